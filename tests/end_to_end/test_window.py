"""From keystroke to disk: the real program on a virtual screen, the built-in model, real key presses."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core.paths import bundled

pytestmark = pytest.mark.skipif(
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


@pytest.fixture
def display() -> Iterator[str]:
    """A virtual screen of its own, so that no other window takes the keys."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as announced:
        number = announced.readline().strip()
    assert number, "the virtual screen did not start"
    yield f":{number}"
    server.terminate()
    server.wait(10)


class Program:
    """The running application, as a person at the keyboard and the disk see it."""

    def __init__(self, display: str, home: Path) -> None:
        self._environment = {
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "FIRESIDE_HOME": str(home),
            "LC_ALL": "C.UTF-8",
        }
        self._database = home / "fireside.db"
        self.process = subprocess.Popen([sys.executable, "-m", "app"], env=self._environment)
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
        ran = subprocess.run(
            ["xdotool", *arguments], env=self._environment, capture_output=True, text=True, check=False
        )
        return ran.stdout

    def type(self, text: str) -> None:
        self.xdotool("type", "--delay", "10", text)

    def press(self, *keys: str) -> None:
        self.xdotool("key", "--delay", "30", *keys)

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


@pytest.fixture
def program(display: str, own_data_folder: Path) -> Iterator[Program]:
    running = Program(display, own_data_folder)
    yield running
    running.kill()


def test_a_question_typed_is_answered_and_kept(program: Program, display: str, own_data_folder: Path) -> None:
    assert bundled("models/guide.gguf").exists()
    program.type("what is temperature")
    program.press("Return")
    until(lambda: program.finished(2), "the answer on disk")
    (role, text, _), (answering, answer, _) = program.messages()
    assert (role, text, answering) == ("user", "what is temperature", "assistant")
    assert str(answer).strip()

    program.press("ctrl+r")  # regenerate keeps the first answer
    until(lambda: program.finished(3), "the second version")
    assert program.messages()[1][1] == answer

    program.press("Up")  # the empty box brings the last message back
    program.press("End")
    program.type(" in short")
    program.press("Return")
    until(lambda: program.finished(5), "the answer to the changed message")
    assert program.messages()[3][1] == "what is temperature in short"

    assert program.close() == 0
    again = Program(display, own_data_folder)
    assert again.finished(5)
    assert again.close() == 0


def test_two_conversations_one_in_the_trash(program: Program) -> None:
    program.type("hello")
    program.press("Return")
    until(lambda: program.finished(2), "the first answer")
    program.press("ctrl+n")
    program.type("thank you")
    program.press("Return")
    until(lambda: program.finished(4), "the second answer")
    program.press("ctrl+shift+BackSpace")
    until(lambda: program.rows("select 1 from conversation where deleted is not null"), "the trash")
    program.press("ctrl+z")
    until(lambda: not program.rows("select 1 from conversation where deleted is not null"), "the way back")
    assert program.close() == 0


def test_the_palette_runs_a_command_by_its_name(program: Program) -> None:
    program.press("ctrl+k")
    program.type("quit")
    program.press("Return")
    assert program.process.wait(PATIENCE_S) == 0


def test_the_selftest_passes_on_this_screen(display: str, own_data_folder: Path) -> None:
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    ran = subprocess.run(
        [sys.executable, "-m", "app", "--selftest"], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert not own_data_folder.exists(), "it works in a folder of its own"
