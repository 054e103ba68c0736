"""The running application on a virtual screen, as a person at the keyboard and the disk see it."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

on_a_screen = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="needs Linux with Xvfb and xdotool"
)
PATIENCE_S = 60


def until(found: Callable[[], object], what: str) -> None:
    """Look until it is there; another process has no signal to wait for."""
    late = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while not found():
        assert time.monotonic() < late, f"waited in vain for {what}"
        pause.wait(0.05)


class Program:
    """The running application, as a person at the keyboard and the disk see it."""

    def __init__(self, display: str, home: Path, desktop: Mapping[str, str] | None = None) -> None:
        """Start it with this data folder; `desktop` is what the environment says of the desktop besides."""
        self.environment = {
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "FIRESIDE_HOME": str(home),
            "LC_ALL": "C.UTF-8",
            **(desktop or {}),
        }
        self._database = home / "fireside.db"
        self.process = subprocess.Popen([sys.executable, "-m", "app"], env=self.environment)
        self._window = ""
        try:
            until(self._find_window, "the window")
        except AssertionError:
            self.kill()
            raise
        self.xdotool("windowfocus", "--sync", self._window)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def _find_window(self) -> bool:
        assert self.process.poll() is None, "it ended by itself"
        found = self.xdotool("search", "--onlyvisible", "--class", "fireside").split()
        self._window = found[-1] if found else ""
        return bool(found)

    def xdotool(self, *arguments: str) -> str:
        """Run a command of xdotool and return what it prints."""
        ran = subprocess.run(["xdotool", *arguments], env=self.environment, capture_output=True, text=True, check=False)
        return ran.stdout

    def type(self, text: str) -> None:
        self.xdotool("type", "--delay", "10", text)

    def press(self, *keys: str) -> None:
        self.xdotool("key", "--delay", "30", *keys)

    def click(self, at: tuple[int, int]) -> None:
        self.xdotool("mousemove", *map(str, at), "click", "1")

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Take hold at one place of the screen, carry it to another in steps as a hand does, and let go."""
        self.xdotool("mousemove", *map(str, start), "mousedown", "1")
        for step in range(1, 11):
            on_the_way = (round(a + (b - a) * step / 10) for a, b in zip(start, end, strict=True))
            self.xdotool("mousemove", *map(str, on_the_way), "sleep", "0.05")
        self.xdotool("mouseup", "1")

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Ask the disk, as another reader of the same file."""
        if not self._database.exists():
            return []
        with contextlib.closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as connection:
            try:
                return connection.execute(query).fetchall()
            except sqlite3.OperationalError:  # the file is being made
                return []

    def messages(self) -> list[tuple[object, ...]]:
        return self.rows("select role, text, status from message order by id")

    def finished(self, count: int) -> bool:
        """Are there this many messages, none of them still being written?"""
        found = self.messages()
        return len(found) == count and all(status == "done" for _, _, status in found)

    def close(self) -> int:
        self.press("ctrl+q")
        return self.process.wait(PATIENCE_S)
