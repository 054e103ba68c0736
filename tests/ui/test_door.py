"""A second start of the program hands over to the window that is open."""

import json
import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Client, Connection
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

import app.ui.door
from app.ui.door import FAMILY, LONGEST, TOKEN, Door, address_of, hand_over

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


@pytest.fixture(params=["_Socket", "_NamedPipe"])
def door(request: pytest.FixtureRequest, qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """With the ear of this system, and with that of Windows, which hears sockets as well."""
    monkeypatch.setattr("app.ui.door._Socket", getattr(app.ui.door, request.param))
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
        say(folder, json.dumps({"open": None, "token": ""}).encode())
    door.close()


def say(folder: Path, what: bytes) -> Connection:
    caller = Client(address_of(folder), FAMILY)
    with suppress(OSError):  # hung up on while it still speaks
        caller.send_bytes(what)
    return caller


def goes_on(door: Door, folder: Path, qtbot: QtBot) -> None:
    heard: list[object] = []
    door.called.connect(heard.append)
    with qtbot.waitSignal(door.called):
        say(folder, b'{"open": null, "token": ""}')
    assert heard == [None]


@pytest.mark.parametrize(
    "said", [b"no JSON", b"[]", b"{}", b'{"open": 1}', b"\xff", b"[" * 60_000, b"x" * (LONGEST + 1)]
)
def test_what_is_no_message_is_hung_up_on(door: Door, folder: Path, qtbot: QtBot, said: bytes) -> None:
    caller = say(folder, said)
    with suppress(EOFError, OSError):
        assert caller.recv_bytes() == b"taken"  # what has the form of a message and says nothing
    with pytest.raises((EOFError, OSError)):
        caller.recv_bytes()
    goes_on(door, folder, qtbot)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes have no bytes that belong to no message")
@pytest.mark.parametrize("said", [b"", b"\0", b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\x09{}"])
def test_who_speaks_otherwise_is_hung_up_on(door: Door, folder: Path, qtbot: QtBot, said: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(address_of(folder))
        caller.sendall(said)
    goes_on(door, folder, qtbot)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are no files")
def test_it_is_the_users_own_and_leaves_nothing(folder: Path, qtbot: QtBot) -> None:
    door = Door(folder)
    address = Path(address_of(folder))
    assert stat.filemode(address.stat().st_mode) == "srw-------"
    door.close()
    door.close()
    assert not address.exists()
    assert not any(thread.name == "door" for thread in threading.enumerate())
    door = Door(folder)
    address.unlink()  # whoever cleans up there
    door.close()
    assert not any(thread.name == "door" for thread in threading.enumerate())


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are no files")
def test_a_door_that_cannot_be_there_is_none(folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ui.door.CALLS", 1)
    Path(address_of(folder)).mkdir()
    door = Door(folder)
    assert not hand_over(folder, None)
    door.close()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes have no folder")
def test_a_long_path_is_gone_around(folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = folder / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    assert not address_of(folder).startswith(str(deep))
    door = Door(folder)
    goes_on(door, folder, qtbot)
    door.close()


def test_each_data_folder_has_a_door_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert address_of(folder / "one") != address_of(folder / "two")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder / "gone"))
    assert "fireside-" in address_of(folder / "one")
