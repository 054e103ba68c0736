"""How fast long conversations open, jump and resize, and what a pasted megabyte costs: milliseconds as JSON.

python -m tests.benchmarks.transcript_open
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from time import perf_counter

from PySide6.QtWidgets import QApplication

from app.chat.changes import Entry
from app.core.tree import Message
from app.ui.theme import DARK, LIGHT
from app.ui.transcript import Transcript
from tests.benchmarks.transcript_stream import CODE, KINDS, PARAGRAPH


def entries(count: int) -> list[Entry]:
    answers = (PARAGRAPH * 2, PARAGRAPH + CODE, KINDS["mixed"], PARAGRAPH)
    return [
        Entry(
            Message(
                id=n + 1,
                conversation=1,
                parent=n or None,
                role="assistant" if n % 2 else "user",
                text=answers[n // 2 % 4]
                if n % 2
                else f"Question {n}: what does this setting do, and when is it useful?",
                created=datetime.now(UTC),
            )
        )
        for n in range(count)
    ]


def resident() -> float:
    """Megabytes in memory, where the system tells them."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))
    except OSError:
        return 0.0


def main() -> None:
    application = QApplication(sys.argv[:1])
    view = Transcript()
    view.resize(1000, 800)
    view.set_theme(LIGHT, 100)
    view.show_entries(entries(20), key=0)
    view.show()
    for _ in range(10):
        application.processEvents()

    def timed(work: Callable[[], object]) -> float:
        begun = perf_counter()
        work()
        view.viewport().repaint()
        return round((perf_counter() - begun) * 1000, 1)

    report: dict[str, object] = {}
    for count in (200, 2_000, 10_000):
        rows = entries(count)
        before = resident()
        opened = timed(partial(view.show_entries, rows, key=count))
        jumps = sorted(timed(partial(view.message_in_view, n * count // 40 + 1)) for n in range(40))
        steps = sorted(timed(lambda: view.scroll_by(-60)) for _ in range(200))
        report[str(count)] = {
            "open_ms": opened,
            "jump_ms": {"p50": jumps[20], "max": jumps[-1]},
            "scroll_ms": {"p50": steps[100], "p99": steps[198], "max": steps[-1]},
            "narrower_ms": timed(lambda: view.resize(700, 800)),
            "wider_ms": timed(lambda: view.resize(1000, 800)),
            "theme_ms": timed(lambda: view.set_theme(DARK, 110)),
            "added_mb": round(resident() - before, 1),
        }
        view.set_theme(LIGHT, 100)
    pasted = {
        "lines": "A line of a log file with some words in it\n" * 24_000,
        "one_line": "word " * 200_000,
        "one_word": "x" * 1_000_000,
    }
    for name, text in pasted.items():
        message = Message(id=99_999, conversation=1, parent=None, role="user", text=text, created=datetime.now(UTC))
        report[f"megabyte_{name}"] = {
            "shown_ms": timed(partial(view.show_entries, [Entry(message)], key="paste")),
            "start_ms": timed(view.show_start),
            "scroll_max_ms": max(timed(lambda: view.scroll_by(400)) for _ in range(60)),
        }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
