"""How long the Models page takes with 1,000 files, and whether the window stays awake while headers are read: JSON.

    python -m tests.benchmarks.models_page [--files 1000] [--new 500] [--vocabulary 32000]

Measured are milliseconds of the window's thread alone (and on the clock): opening the page until it is painted, with all
headers known; taking in what the thread found; one letter in the filter; another model chosen; a step of scrolling. Then the longest gap
between two turns of the event loop while 500 headers are read that are new, and the same of a loop that does nothing
beside a program that does nothing: what the machine itself adds.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.chat.session import Session
from app.core.paths import Paths, bundled
from app.engine.scripted import Scripted
from app.store.database import Database
from app.ui.application import Application
from app.ui.bridge import Bridge
from app.ui.window import Window
from tests.benchmarks.models_list import write_files

ROUNDS = 15


def timed(work: Callable[[], object], rounds: int = ROUNDS) -> dict[str, float]:
    """Of the thread, and on the clock."""
    busy, clock = [], []
    for _ in range(rounds):
        begun, worked = perf_counter(), thread_time()
        work()
        busy.append((thread_time() - worked) * 1000)
        clock.append((perf_counter() - begun) * 1000)
    return {"ms": round(median(busy), 1), "worst_ms": round(max(busy), 1), "clock_ms": round(median(clock), 1)}


class Gaps:
    """The time between two turns of the event loop, longest first."""

    def __init__(self) -> None:
        self._timer = QTimer()
        self._timer.timeout.connect(self._turn)
        self._last = perf_counter()
        self.gaps: list[float] = []

    def start(self) -> None:
        self._last = perf_counter()
        self._timer.start(0)

    def stop(self) -> dict[str, float]:
        self._timer.stop()
        found = sorted(self.gaps, reverse=True)
        return {
            "longest_ms": round(found[0], 1), "p999_ms": round(found[len(found) // 1000], 1), "turns": len(found),
        }  # fmt: skip

    def _turn(self) -> None:
        now = perf_counter()
        self.gaps.append((now - self._last) * 1000)
        self._last = now


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--new", type=int, default=500)
    parser.add_argument("--vocabulary", type=int, default=32_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        os.environ["HOME"] = os.environ["FIRESIDE_HOME"] = name
        write_files(home / "models", chosen.files - chosen.new, chosen.vocabulary)
        application = Application()
        store, bridge = Database(home / "fireside.db"), Bridge()
        engine = Scripted(bridge.deliver)
        session = Session(store, engine, bridge.changed.emit, bundled("models/guide.gguf"))
        bridge.attach(session.handle)
        window = Window(session, bridge, Paths(home, home / "cache", home / "logs"))
        window.resize(1280, 800)
        window.show()

        def until_looked() -> None:
            models = window.models
            while models.looking or not models.looked:
                QApplication.processEvents()

        window.opening.models()
        until_looked()
        report: dict[str, object] = {"files": chosen.files, "new": chosen.new}

        gaps = Gaps()
        write_files(home / "models" / "more", chosen.new, chosen.vocabulary)
        gaps.start()
        window.models.look()
        until_looked()
        report["event loop while new headers are read"] = gaps.stop()
        idle, done = Gaps(), threading.Event()
        QTimer.singleShot(3000, done.set)
        idle.start()
        while not done.is_set():
            QApplication.processEvents()
        report["event loop of an idle program"] = idle.stop()

        def opened() -> None:
            window.opening.leave_models()
            window.opening.models()
            QApplication.processEvents()
            window.repaint()

        report["page opened"] = timed(opened, 7)
        until_looked()
        desk = window.opening.desk
        assert desk is not None
        view, texts = desk.tab.list, iter("model-1" * ROUNDS)

        def keystroke() -> None:
            text = desk.tab.filter.text() + next(texts)
            desk.tab.filter.setText(text if len(text) < 8 else "")
            view.viewport().repaint()

        report["one letter in the filter"] = timed(keystroke, ROUNDS * 2)
        desk.tab.filter.clear()
        report["list shown anew"] = timed(desk.here.show_list)

        def next_model() -> None:
            index = view.lines_model.index(view.currentIndex().row() + 1)
            view.setCurrentIndex(index)
            desk.page.repaint()

        report["another model chosen"] = timed(next_model)

        def scrolled() -> None:
            bar = view.verticalScrollBar()
            bar.setValue(bar.value() + 60)
            view.viewport().repaint()

        report["scrolled by 60 pixels"] = timed(scrolled)
        window.close()
        engine.close()
        store.close()
        del application
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    sys.exit(main())
