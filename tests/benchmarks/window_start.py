"""Measures the start: from the command to the first paint of a window with 20 messages, and the memory it takes.

    python tests/benchmarks/window_start.py [--runs 15] [--platform offscreen]

Prints medians as JSON. The time runs from just before the process is made to the end of the first paint of the
transcript; memory is that of the window's process, without the model's, one second later. In turn with it, the smallest
window of PySide6 is started in the same way: how many times as long ours takes says more on a busy machine than seconds do.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
ANSWER = (
    "**Temperature** sets how varied an answer is.\n\n- low: the likeliest token wins\n- high: rarer ones get a chance\n\n"
    "```python\nprobabilities = softmax(logits / temperature)\n```\n\nTry it with the slider on the right."
)

EMPTY = """
import sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

class Window(QMainWindow):
    seen = False

    def paintEvent(self, event):
        super().paintEvent(event)
        if not self.seen:
            self.seen = True
            QTimer.singleShot(0, self, self.end)

    def end(self):
        print({"first_paint_s": time.monotonic() - float(sys.argv[1]), "cpu_s": time.process_time()})
        QApplication.quit()

application = QApplication(["empty"])
window = Window()
window.resize(1280, 800)
window.show()
application.exec()
"""


def fill(home: Path) -> None:
    """A conversation of 20 messages, open when the application was closed."""
    from app.chat.session import Session
    from app.engine.scripted import Scripted
    from app.store.database import Database

    store = Database(home / "fireside.db")
    events: list[object] = []
    engine = Scripted(events.append, lambda _request: ANSWER)
    session = Session(store, engine, lambda _change: None, ROOT / "models/guide.gguf")
    for number in range(10):
        session.say(f"Question {number}: what does temperature do?")
        while engine.step():
            session.handle(events.pop())  # type: ignore[arg-type]  # it holds events
    session.close()
    store.close()


def started(script: list[str], environment: dict[str, str]) -> dict[str, float]:
    """What a process says that is given the time at which it was made."""
    command = [sys.executable, *script, repr(time.monotonic())]
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(output.splitlines()[-1].replace("'", '"'))
    return found


def median(results: list[dict[str, float]], what: str) -> float:
    """Of all runs."""
    return statistics.median(one[what] for one in results)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--platform", default="offscreen")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as name:
        environment = os.environ | {"FIRESIDE_HOME": name, "QT_QPA_PLATFORM": given.platform}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # nobody who uses the application compiles it at each start
        fill(Path(name))
        results, empty = [], []
        for _ in range(given.runs + 1):
            results.append(started([str(Path(__file__).with_name("first_paint.py"))], environment))
            empty.append(started(["-c", EMPTY], environment))
        del results[0], empty[0]  # the first warms the disk
    paints = sorted(one["first_paint_s"] for one in results)
    report = {
        "runs": given.runs,
        "platform": given.platform,
        "messages": results[0]["messages"],
        "first_paint_s": {"median": statistics.median(paints), "min": paints[0], "max": paints[-1]},
        "cpu_to_first_paint_s": {"median": median(results, "cpu_s")},
        "of_an_empty_window_s": {"median": median(empty, "first_paint_s"), "cpu": median(empty, "cpu_s")},
        "times_as_long": {
            "clock": round(median(results, "first_paint_s") / median(empty, "first_paint_s"), 2),
            "cpu": round(median(results, "cpu_s") / median(empty, "cpu_s"), 2),
        },
        "rss_mb": {"median": median(results, "rss_mb")},
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
