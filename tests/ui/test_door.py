"""A second start of the program hands over to the window that is open."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from app.ui.door import LONGEST, TOKEN, Door, address_of, hand_over

PROJECT = Path(__file__).parents[2]
CALLER = """
import sys
from pathlib import Path
from app.ui.door import hand_over
for file in sys.argv[2:]:
    print(hand_over(Path(sys.argv[1]), Path(file) if file else None))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "Unterlagen 资料"


@pytest.fixture
def door(qtbot: QtBot, folder: Path) -> Iterator[Door]:
    door = Door(folder)
    yield door
    door.close()


def test_a_second_start_hands_over_and_ends(door: Door, folder: Path, qtbot: QtBot) -> None:
    heard: list[object] = []
    door.called.connect(heard.append)
    file = folder / "模型 one.gguf"
    caller = subprocess.Popen(
        [sys.executable, "-c", CALLER, folder, file, ""], stdout=subprocess.PIPE, cwd=PROJECT, env=os.environ | {TOKEN: "token"}
    )  # fmt: skip
    qtbot.waitUntil(lambda: len(heard) == 2, timeout=20_000)
    assert caller.communicate(timeout=20)[0].split() == [b"True", b"True"]
    assert heard == [file, None]  # without a file the window is only to be seen
    assert os.environ.pop(TOKEN) == "token"


def test_nobody_at_home_is_told(folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ui.door.CALLS", 2)
    assert not hand_over(folder, None)
    Path(address_of(folder)).write_text("left by a process that was killed")
    assert not hand_over(folder, None)
    door = Door(folder)
    with qtbot.waitSignal(door.called):
        say(folder, json.dumps({"open": None, "token": ""}).encode() + b"\n")
    door.close()


def say(folder: Path, what: bytes) -> QLocalSocket:
    socket = QLocalSocket()
    socket.connectToServer(address_of(folder))
    socket.write(what)
    socket.flush()
    return socket


@pytest.mark.parametrize("said", [b"no JSON\n", b"[]\n", b"{}\n", b'{"open": 1}\n', b"\xff\n", b"x" * (LONGEST + 1)])
def test_what_is_no_message_is_hung_up_on(door: Door, folder: Path, qtbot: QtBot, said: bytes) -> None:
    heard: list[object] = []
    door.called.connect(heard.append)
    socket = say(folder, said)
    qtbot.waitUntil(lambda: socket.state() == QLocalSocket.LocalSocketState.UnconnectedState)
    assert heard == []
    with qtbot.waitSignal(door.called):  # the door goes on
        say(folder, b'{"open": null, "token": ""}\n')
    assert heard == [None]


def test_each_data_folder_has_a_door_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert address_of(folder / "one") != address_of(folder / "two")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder / "gone"))
    assert "fireside-" in address_of(folder / "one")
