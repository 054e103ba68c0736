"""How long the list of 10,000 conversations takes to open, filter, fold and scroll: milliseconds as JSON.

    python -m tests.benchmarks.sidebar [--conversations 10000]

Measured is from asking the session to the end of the paint, in a sidebar of the size that it has in the window.
"""

import argparse
import gc
import json
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

from PySide6.QtWidgets import QApplication

from app.chat.history import History
from app.ui.sidebar import Sidebar
from app.ui.theme import LIGHT, dress
from tests.benchmarks.made_conversations import Texts, made

ROUNDS = 30


Times = list[tuple[float, float]]  # on the clock, and of the processor alone, which other programs change less


def quantiles(times: Times) -> dict[str, float]:
    clock, busy = sorted(time for time, _ in times), sorted(time for _, time in times)
    return {
        "p50_ms": round(clock[len(clock) // 2], 1), "p95_ms": round(clock[int(len(clock) * 0.95)], 1),
        "max_ms": round(clock[-1], 1), "processor_p50_ms": round(busy[len(busy) // 2], 1),
        "processor_p95_ms": round(busy[int(len(busy) * 0.95)], 1),
    }  # fmt: skip


def add_time(times: Times, work: Callable[[], object]) -> None:
    begun, worked = perf_counter(), process_time()
    work()
    times.append(((perf_counter() - begun) * 1000, (process_time() - worked) * 1000))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=10_000)
    chosen = parser.parse_args()
    application = QApplication(sys.argv[:1])
    dress(application, LIGHT, 100)
    gc.freeze()  # as the program does
    with tempfile.TemporaryDirectory() as folder:
        store = made(Path(folder) / "fireside.db", chosen.conversations, 2)
        history = History(store, *[lambda *_given: None] * 4)

        def show(sidebar: Sidebar, open_id: int = 0) -> None:
            now = datetime.now().astimezone()
            sidebar.show_lines(history.lines(sidebar.mode, sidebar.query(), now), open_id)
            sidebar.list.viewport().repaint()

        def timed(work: Callable[[], object], rounds: int = ROUNDS) -> dict[str, float]:
            times: Times = []
            for _ in range(rounds):
                add_time(times, work)
            return quantiles(times)

        def opened() -> Sidebar:
            sidebar = Sidebar()
            sidebar.resize(272, 800)
            sidebar.show()
            application.processEvents()
            return sidebar

        opening: Times = []
        for _ in range(ROUNDS):
            sidebar = opened()
            add_time(opening, partial(show, sidebar, 77))
            sidebar.deleteLater()
            application.processEvents()
        sidebar = opened()
        show(sidebar)
        listed = len(history.listed())
        bar = sidebar.list.verticalScrollBar()
        words = iter(Texts().words[100:])
        rows = history.listed()

        def scroll() -> None:
            bar.setValue((bar.value() + 60) % bar.maximum())
            sidebar.list.viewport().repaint()

        def jump() -> None:
            bar.setValue((bar.value() + bar.maximum() * 7 // 10) % bar.maximum())
            sidebar.list.viewport().repaint()

        def search() -> None:
            sidebar.search.setText(next(words))
            show(sidebar)

        def clear() -> None:
            sidebar.search.clear()
            show(sidebar)

        def move() -> None:
            history.arranging.move(rows[50].id, "Work" if history.get(rows[50].id).folder != "Work" else "")
            show(sidebar)

        def fold() -> None:
            folder = next(each for each in history.arranging.folders() if each.name == "Work")
            history.arranging.fold("Work", not folder.folded)
            show(sidebar)

        searching: Times = []
        clearing: Times = []
        for _ in range(ROUNDS):
            for work, times in ((search, searching), (clear, clearing)):
                add_time(times, work)
        report = {
            "conversations": chosen.conversations, "in_the_list": listed, "lines": len(sidebar.list.lines_model.lines),
            "open": quantiles(opening), "filter": quantiles(searching), "back_to_all": quantiles(clearing),
            "read_from_disk": timed(history.listed), "scroll_60_px": timed(scroll, 300), "jump": timed(jump, 60),
            "fold_a_folder": timed(fold), "move_to_a_folder": timed(move), "goal_ms": 50,
        }  # fmt: skip
        print(json.dumps(report, indent=1))
        sidebar.close()
        store.close()


if __name__ == "__main__":
    main()
