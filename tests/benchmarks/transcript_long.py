"""What an answer costs while it gets long: CPU of the window and gaps of its event loop, at several lengths, as JSON.

    python -m tests.benchmarks.transcript_long [--kind mixed] [--at 1000,10000] [--seconds 10] [--runs 3]

The answer is first given as long as asked for, then 100 tokens per second are added and shown at 30 Hz. What the probe itself
takes (a timer of 1 ms and a thread that makes tokens) is measured in the same way without an answer and subtracted from
the CPU. `--kind table`, `paragraph`, `code`: one block that never ends; `--at` counts tokens there as well (four letters each).
Gaps are in milliseconds, CPU in per cent of one core: the median of `runs`, each with the seconds given. `busy` is the time on the
processor between two ticks, which other programs change less than the clock. `end_ms` is the longest time on the processor that the
end of the answer takes in one go, `ended_after_ms` how long it takes in all: a long answer is read once more in slices.

    --kind code --at 110000 has 10,000 lines, --kind table --at 14400 has 1,200 rows.
"""

import argparse
import gc
import json
import sys
from collections import deque
from statistics import median
from threading import Event, Thread
from time import perf_counter, process_time, sleep, thread_time

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.chat.changes import Entry
from app.ui.theme import LIGHT
from app.ui.transcript import Transcript
from tests.benchmarks.transcript_stream import KINDS, PARAGRAPH, message

RATE = 100
Figures = dict[str, float]


def text_of(kind: str, tokens: int) -> str:
    """An answer of that kind, so many tokens long."""
    letters = tokens * 4
    match kind:
        case "table":
            head = "| Name | Value | Meaning |\n|---|---:|---|\n"
            rows = (f"| row {n} | {n * 7} | some words that say what it is |\n" for n in range(letters // 30 + 2))
            text = head + "".join(rows)
        case "code":
            text = "```python\n" + "".join(
                f"value_{n} = compute({n}, factor=2)  # words\n" for n in range(letters // 30 + 2)
            )
        case "paragraph":
            text = (PARAGRAPH.strip() + " ") * (letters // len(PARAGRAPH) + 2)
        case _:
            text = KINDS[kind] * (letters // len(KINDS[kind]) + 1)
    return text[:letters]


class Probe:
    """A timer that notes how late it comes, and a thread that makes tokens."""

    def __init__(self, application: QApplication, view: Transcript) -> None:
        self._application, self._view = application, view

    def run(self, answer: int, text: str, seconds: float, start: int) -> Figures:
        """Add tokens of `text` from `start` on to a message; 0 for none."""
        waiting: deque[str] = deque()
        over = Event()
        gaps: list[float] = []
        busy: list[float] = []
        last, worked = perf_counter(), thread_time()

        def produce() -> None:
            begun = perf_counter()
            for number in range(round(seconds * RATE)):
                if (pause := begun + number / RATE - perf_counter()) > 0:
                    sleep(pause)
                waiting.append(text[start + number * 4 : start + number * 4 + 4])
            over.set()

        def tick() -> None:
            nonlocal last, worked
            now, work = perf_counter(), thread_time()
            gaps.append((now - last) * 1000)
            busy.append((work - worked) * 1000)
            last, worked = now, work
            while waiting:
                piece = waiting.popleft()
                if answer:
                    self._view.grow(answer, piece)
            if over.is_set() and not waiting:
                self._application.quit()

        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(tick)
        thread = Thread(target=produce)
        gc.collect()
        begun, used = perf_counter(), process_time()
        last, worked = perf_counter(), thread_time()
        thread.start()
        timer.start(1)
        self._application.exec()
        timer.stop()
        wall, cpu = perf_counter() - begun, process_time() - used
        thread.join()
        gaps.sort()
        busy.sort()
        return {
            "cpu_percent": cpu / wall * 100,
            "gap_p99": gaps[int(len(gaps) * 0.99)],
            "gap_max": gaps[-1],
            "gaps_over_33": sum(gap > 33 for gap in gaps),
            "busy_p99": busy[int(len(busy) * 0.99)],
            "busy_max": busy[-1],
        }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kind", choices=["mixed", "paragraph", "table", "code", "list"], default="mixed")
    options.add_argument("--at", default="1000,10000", help="lengths in tokens")
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()
    application = QApplication(sys.argv[:1])
    view = Transcript()
    view.resize(1000, 800)
    view.set_theme(LIGHT, 100)
    view.show()
    probe = Probe(application, view)
    history = [
        Entry(message(n, "user" if n % 2 else "assistant", "A question" if n % 2 else KINDS["mixed"][:1500]))
        for n in range(1, 21)
    ]
    warm = "".join(f"```{name}\nx = 1\n```\n\n" for name in ("python", "js"))
    view.show_entries([*history, Entry(message(21, "assistant", warm))], key=0)
    wait(application, 1.0)
    idle = [probe.run(0, "", min(5.0, chosen.seconds), 0) for _ in range(chosen.runs)]
    number, report = 100, {}
    for tokens in map(int, chosen.at.split(",")):
        text = text_of(chosen.kind, tokens + round(chosen.seconds * RATE) + 10)
        runs, ends = [], []
        for _ in range(chosen.runs):
            number += 1
            view.show_entries([*history, Entry(message(number, "assistant", "", "streaming"))], key=number)
            view.grow(number, text[: tokens * 4])
            view.frames.show_frame()
            wait(application, 0.5)
            runs.append(probe.run(number, text, chosen.seconds, tokens * 4))
            view.frames.show_frame()
            whole = text[: (tokens + round(chosen.seconds * RATE)) * 4]
            ends.append(end(application, view, Entry(message(number, "assistant", whole))))
        found = {name: median(run[name] for run in runs) for name in runs[0]}
        found["cpu_percent"] -= median(run["cpu_percent"] for run in idle)
        found["gap_max_of_all"] = max(run["gap_max"] for run in runs)
        found["busy_max_of_all"] = max(run["busy_max"] for run in runs)
        found["end_ms"] = max(longest for longest, _ in ends)
        found["ended_after_ms"] = median(whole for _, whole in ends)
        report[str(tokens)] = {name: round(value, 2) for name, value in found.items()}
    probe_only = {name: round(median(run[name] for run in idle), 2) for name in idle[0]}
    print(json.dumps({"kind": chosen.kind, "runs": chosen.runs, "probe": probe_only, "at": report}, indent=1))
    view.formulas.rest()


def end(application: QApplication, view: Transcript, entry: Entry) -> tuple[float, float]:
    """End an answer; the longest time on the processor without a turn of the event loop, and the time until all is done."""
    gc.collect()
    begun, worked = perf_counter(), thread_time()
    view.change_entry(entry)
    application.processEvents()
    longest = thread_time() - worked
    while view.ending.busy:
        worked = thread_time()
        application.processEvents()
        longest = max(longest, thread_time() - worked)
    return longest * 1000, (perf_counter() - begun) * 1000


def wait(application: QApplication, seconds: float) -> None:
    """Let the window do what it has to do."""
    until = perf_counter() + seconds
    while perf_counter() < until:
        application.processEvents()


if __name__ == "__main__":
    main()
