"""How smooth the window stays while an answer is written at 100 tokens per second: gaps of the event loop as JSON.

python -m tests.benchmarks.transcript_stream [--tokens 3000] [--history 20] [--rate 100] [--kind mixed]
"""

import argparse
import json
import sys
from collections import deque
from datetime import UTC, datetime
from threading import Thread
from time import perf_counter, process_time, sleep

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.chat.changes import Entry
from app.core.protocol import Role
from app.core.tree import Message, Status
from app.ui.theme import LIGHT
from app.ui.transcript import Transcript

PARAGRAPH = (
    "The temperature divides every logit before the **softmax**, so that a low value sharpens the distribution and a "
    "high one flattens it; see `sampling.cpp` and the [notes](https://example.org/notes) for *details*.\n\n"
)
LIST = "".join(f"{n}. Item number {n} with some words that say what it is about\n" for n in range(1, 9)) + "\n"
CODE = (
    "```python\n"
    + "".join(f"def function_{n}(value: int) -> int:\n    return value * {n}\n\n" for n in range(8))
    + "```\n\n"
)
TABLE = (
    "| Name | Value | Meaning |\n|---|---:|---|\n"
    + "".join(f"| row {n} | {n * 7} | some words |\n" for n in range(8))
    + "\n"
)
KINDS = {
    "mixed": PARAGRAPH * 3 + "## A heading\n\n" + LIST + CODE + PARAGRAPH + "> " + PARAGRAPH + TABLE,
    "paragraphs": PARAGRAPH,
    "paragraph": PARAGRAPH.strip() + " ",
    "code": CODE,
    "list": "- one more item of a list that never ends\n",
}


def message(number: int, role: Role, text: str, status: Status = "done") -> Message:
    return Message(
        id=number,
        conversation=1,
        parent=number - 1 or None,
        role=role,
        text=text,
        status=status,
        created=datetime.now(UTC),
    )


def tokens(text: str, count: int) -> list[str]:
    """Pieces of four characters, about what a tokenizer makes."""
    whole = text * (count * 4 // len(text) + 1)
    return [whole[start : start + 4] for start in range(0, count * 4, 4)]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tokens", type=int, default=3000)
    options.add_argument("--history", type=int, default=20)
    options.add_argument("--rate", type=float, default=100)
    options.add_argument("--kind", choices=[*KINDS, "table", "lines"], default="mixed")
    chosen = options.parse_args()
    application = QApplication(sys.argv[:1])
    view = Transcript()
    view.resize(1000, 800)
    view.set_theme(LIGHT, 100)
    entries = [
        Entry(message(n, "user" if n % 2 else "assistant", "A question" if n % 2 else KINDS["mixed"][:1500]))
        for n in range(1, chosen.history + 1)
    ]
    view.show_entries(entries, key=1)
    view.show()
    for _ in range(20):
        application.processEvents()
    answer = chosen.history + 1
    view.add_entry(Entry(message(answer, "assistant", "", "streaming")))
    text = KINDS.get(chosen.kind, "")
    table = "| Name | Value |\n|---|---|\n" + "| some words | and more |\n" * (chosen.tokens // 6)
    lines = "```python\n" + "".join(f"x_{n} = {n}  # words\n" for n in range(chosen.tokens))
    pieces = tokens(text or (table if chosen.kind == "table" else lines), chosen.tokens)
    waiting: deque[str] = deque()
    gaps: list[float] = []
    fed = 0
    last = perf_counter()

    def produce() -> None:
        begun = perf_counter()
        for number, piece in enumerate(pieces):
            if (pause := begun + number / chosen.rate - perf_counter()) > 0:
                sleep(pause)
            waiting.append(piece)

    def tick() -> None:
        nonlocal last, fed
        now = perf_counter()
        gaps.append((now - last) * 1000)
        last = now
        while waiting:
            view.grow(answer, waiting.popleft())
            fed += 1
        if fed == len(pieces):
            probe.stop()
            done = message(answer, "assistant", "".join(pieces))
            QTimer.singleShot(100, lambda: finish(done))

    def finish(done: Message) -> None:
        nonlocal ended
        begun = perf_counter()
        try:
            view.change_entry(Entry(done))
            application.processEvents()
            ended = (perf_counter() - begun) * 1000
        finally:
            application.quit()

    ended = 0.0
    probe = QTimer()
    probe.setTimerType(Qt.TimerType.PreciseTimer)
    probe.timeout.connect(tick)
    producer = Thread(target=produce)
    begun, used = perf_counter(), process_time()
    producer.start()
    probe.start(1)
    application.exec()
    wall, cpu = perf_counter() - begun, process_time() - used
    producer.join()
    gaps.sort()
    report = {
        "kind": chosen.kind,
        "tokens": chosen.tokens,
        "history": chosen.history,
        "gap_ms": {
            "p50": round(gaps[len(gaps) // 2], 2),
            "p99": round(gaps[int(len(gaps) * 0.99)], 2),
            "max": round(gaps[-1], 2),
        },
        "end_ms": round(ended, 2),
        "cpu_share": round(cpu / wall, 4),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
