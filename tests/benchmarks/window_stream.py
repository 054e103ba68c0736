"""Measures how smooth the window stays while an answer streams in.

    python tests/benchmarks/window_stream.py [--seconds 30] [--rate 100] [--platform offscreen]

A thread delivers tokens at a steady rate, as the host's thread does. The gaps between the ticks of a 1 ms timer in
the window's event loop are the time in which a key press would have waited. Prints JSON, in milliseconds.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (
    "**Temperature** divides the logits before softmax, so that a higher one flattens the distribution.\n\n"
    "1. Take the logits of the last position.\n2. Divide them by the temperature.\n3. Draw one token.\n\n"
    "```python\nprobabilities = softmax(logits / temperature)\ntoken = random.choices(range(vocabulary), probabilities)\n```\n\n"
    "| value | effect |\n| --- | --- |\n| 0 | always the likeliest token |\n| 0.8 | a good start |\n\n"
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rate", type=float, default=100, help="tokens per second")
    parser.add_argument("--platform", default="offscreen")
    given = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = given.platform
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(measure(Path(name), given.seconds, given.rate) | {"platform": given.platform}, indent=2))


def measure(home: Path, seconds: float, rate: float) -> dict[str, object]:
    from PySide6.QtCore import Qt, QTimer

    from app.chat.session import Session
    from app.core.paths import Paths
    from app.core.protocol import Done, Event, Generate, Piece, Started, Timing
    from app.engine.scripted import Scripted
    from app.store.database import Database
    from app.ui.application import Application
    from app.ui.bridge import Bridge
    from app.ui.window import Window

    application = Application()
    store = Database(home / "fireside.db")
    bridge = Bridge()
    engine = Scripted(bridge.deliver, lambda _request: TEXT)
    session = Session(store, engine, bridge.changed.emit, home / "model.gguf")
    bridge.attach(session.handle)
    session.load_model()
    window = Window(session, bridge, Paths(home, home, home))
    window.resize(1200, 800)
    window.show()

    def settle() -> None:
        while engine.step():
            application.processEvents()
        application.processEvents()

    settle()
    for number in range(10):  # 20 messages of history
        session.say(f"Question {number}")
        settle()
    asked = len(engine.requests)
    session.say("Go on for a while")
    while not (fresh := [one for one in engine.requests[asked:] if isinstance(one, Generate)]):
        if not engine.step():  # the turns are counted first
            raise SystemExit("the session did not ask for an answer")
        application.processEvents()
    request = fresh[0]
    words = [word + " " for word in TEXT.split(" ")]

    def stream() -> None:
        events: list[Event] = [Started(request.id, 10, 0)]
        bridge.deliver(events[0])
        began = time.perf_counter()
        for number in range(round(seconds * rate)):
            bridge.deliver(Piece(request.id, words[number % len(words)]))
            time.sleep(max(0.0, began + (number + 1) / rate - time.perf_counter()))
        bridge.deliver(Done(request.id, "end", Timing(completion_tokens=round(seconds * rate), generation_s=seconds)))

    gaps: list[float] = []
    last = 0.0

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        if last:
            gaps.append((now - last) * 1000)
        last = now
        if not session.answering:
            probe.stop()
            window.close()
            application.quit()

    probe = QTimer()
    probe.setTimerType(Qt.TimerType.PreciseTimer)
    probe.setInterval(1)
    probe.timeout.connect(tick)
    probe.start()
    cpu, wall = time.process_time(), time.perf_counter()
    thread = threading.Thread(target=stream)
    thread.start()
    application.exec()
    thread.join()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    engine.close()
    store.close()
    gaps.sort()

    def share(of: float) -> float:
        return round(gaps[int(of * (len(gaps) - 1))], 2)

    return {
        "tokens": round(seconds * rate),
        "gap_ms": {"p50": share(0.5), "p99": share(0.99), "max": share(1.0)},
        "cpu_share": round(cpu / wall, 3),
    }


if __name__ == "__main__":
    main()
