"""A temporary conversation leaves no trace: the real window, model process, database and backup; then every file is read."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.chat.session import Session
from app.core.paths import Paths
from app.core.protocol import FinishReason
from app.engine.host import Host
from app.engine.saved import SavedFolder
from app.main import start_log
from app.store.backup import back_up
from app.store.database import Database
from app.ui.bridge import Bridge
from app.ui.window import Window
from tests.tiny_model import write_tiny_model

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # what a window without a screen says
MARKER = "zanzibar-quokka"
LONG = f"{MARKER} " + "".join(f"{number} is a number. " for number in range(40))  # worth saving with this model
OPEN = "A conversation that is kept. " * 30


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "data", tmp_path / "data" / "cache", tmp_path / "data" / "logs")


@pytest.fixture
def start(paths: Paths, tmp_path: Path, qtbot: QtBot) -> Callable[[], "Program"]:
    model = write_tiny_model(tmp_path / "weighty.gguf", width=256, context=8192, unsaid=20_000)
    return lambda: Program(paths, model, qtbot)


class Program:
    """What `app.main` puts together, in this process."""

    def __init__(self, paths: Paths, model: Path, qtbot: QtBot) -> None:
        self.paths, self._qtbot = paths, qtbot
        self._bridge = bridge = Bridge()
        self.host = Host(bridge.deliver, contexts=paths.contexts)
        self.store = Database(paths.database)
        self.session = Session(self.store, self.host, bridge.changed.emit, model)
        bridge.attach(self.session.handle)
        self.session.resume()
        self.window = Window(self.session, bridge, paths)
        qtbot.addWidget(self.window)
        self.window.show()

    def ask(self, text: str) -> FinishReason | None:
        """Type and send, and wait for the answer."""
        self.session.set_sampling(strategy="greedy", max_tokens=16)
        self.window.composer.editor.setPlainText(text)
        self._qtbot.waitUntil(lambda: not self.window.composer._timer.isActive())  # drafts are kept by now
        self.window.composer.send()
        self._qtbot.waitUntil(lambda: not self.session.answering, timeout=60_000)
        return self.session.entries[-1].message.finish_reason

    def trigger(self, name: str) -> None:
        self.window.actions_by_name[name].trigger()
        QApplication.processEvents()

    def quit(self) -> None:
        self.window.close()
        self._bridge.attach(lambda _event: None)  # the program has no loop any more that would hear of it
        self.store.close()
        self.host.close()


def holding(folder: Path, *words: bytes) -> list[str]:
    """The files in which one of the words stands."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and any(word in path.read_bytes() for word in words):
            found.append(path.name)
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="open files cannot be read there")
def test_nothing_of_it_is_on_the_disk(start: Callable[[], Program], paths: Paths) -> None:
    from datetime import date

    log = start_log(paths)
    words = MARKER.encode(), MARKER.encode("utf-16-le")
    program = start()
    assert program.ask(OPEN)
    program.trigger("temporary_chat")
    assert program.ask(LONG)
    assert program.ask(f"{MARKER} again")
    program.session.regenerate()
    program._qtbot.waitUntil(lambda: not program.session.answering, timeout=60_000)
    program.session.set_system_prompt(MARKER)
    program.window.composer.editor.setPlainText(f"{MARKER} not sent")
    program._qtbot.waitUntil(lambda: not program.window.composer._timer.isActive())
    back_up(paths.database, paths.backups, date(2026, 11, 22))
    assert holding(paths.data, *words) == []
    assert holding(paths.data, OPEN.encode())
    program.quit()
    saved = {found.state.conversation for found in SavedFolder(paths.contexts).files()}
    assert saved == {1}  # what was read of the other one is saved, and of this one nothing
    assert holding(paths.data, *words) == []
    again = start()
    assert again.session.entries[0].message.text == OPEN
    assert again.window.composer.text() == ""
    again.quit()
    assert holding(paths.data, *words) == []
    for handler in list(log.root.handlers):
        if getattr(handler, "baseFilename", ""):
            log.root.removeHandler(handler)
            handler.close()


def test_kept_it_is_found_again(start: Callable[[], Program], paths: Paths) -> None:
    program = start()
    program.trigger("temporary_chat")
    program.ask(LONG)
    assert program.window.middle.mark is not None
    program.window.middle.mark.keep.click()
    program.ask("And then?")
    program.quit()
    assert holding(paths.data, MARKER.encode())
    assert {found.state.conversation for found in SavedFolder(paths.contexts).files()} == {1}
    again = start()
    assert [hit.conversation.id for hit in again.session.history.search(MARKER)] == [1]
    again.quit()
