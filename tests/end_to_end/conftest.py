"""A virtual screen, and the program on it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end import screen_reader
from tests.end_to_end.program import Program
from tests.end_to_end.screen_reader import ScreenReader


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


@pytest.fixture
def desktop(display: str) -> Iterator[dict[str, str]]:
    with screen_reader.desktop(display) as environment:
        yield environment


@pytest.fixture
def reader(desktop: dict[str, str]) -> Iterator[ScreenReader]:
    listening = ScreenReader(desktop["DBUS_SESSION_BUS_ADDRESS"])
    yield listening
    listening.close()


@pytest.fixture
def program(display: str, own_data_folder: Path) -> Iterator[Program]:
    running = Program(display, own_data_folder)
    yield running
    running.kill()
