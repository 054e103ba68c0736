"""Each conversation opens where it was left: in this run, after another text size or language, and after a restart."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QApplication

from app.chat.session import Session
from app.core.paths import Paths
from app.store.database import Database
from app.ui.window import Window
from tests.ui.conftest import Desk

QUESTION = "question {}\n" + "and more of it\n" * 8


def talk(desk: Desk, count: int = 9) -> int:
    """A conversation that is longer than the window; its id."""
    desk.session.new()
    for number in range(count):
        desk.ask(QUESTION.format(number))
    return desk.session.conversation.id


def read(desk: Desk, message: int) -> str:
    """Scroll to a line within a message; where that is."""
    transcript = desk.window.transcript
    transcript.message_in_view(desk.session.entries[message].message.id)
    transcript.scroll_by(41)
    return seen(desk)


def seen(desk: Desk) -> str:
    QApplication.processEvents()
    return desk.window.transcript.places.left()


def reopened(desk: Desk, folder: Path) -> Desk:
    """The program after a restart."""
    desk.window.close()
    desk.session._store.close()
    session = Session(Database(folder / "fireside.db"), desk.engine, desk.bridge.changed.emit, folder / "small.gguf")
    desk.bridge.attach(session.handle)
    session.resume()
    window = Window(session, desk.bridge, Paths(folder, folder, folder))
    desk.qtbot.addWidget(window)
    window.show()
    desk.qtbot.waitUntil(lambda: window.panel is not None)
    return replace(desk, window=window, session=session)


def test_in_one_run(desk: Desk) -> None:
    first = talk(desk)
    place = read(desk, 6)
    assert place
    second = talk(desk)  # which is at its end
    desk.session.open(first)
    assert seen(desk) == place
    desk.session.open(second)
    assert seen(desk) == ""
    desk.session.open(first)
    desk.window.transcript.scroll_to_end()
    desk.session.open(second)
    desk.session.open(first)
    assert seen(desk) == ""


def test_with_text_of_another_size_and_in_another_language(desk: Desk) -> None:
    talk(desk)
    place = read(desk, 6)
    desk.window.prefer(zoom=125)
    assert seen(desk) == place
    desk.window.prefer(language="zh_CN")
    assert seen(desk) == place


def test_after_a_restart(desk: Desk, tmp_path: Path) -> None:
    first = talk(desk)
    earlier = read(desk, 2)
    second = talk(desk)
    place = read(desk, 8)
    again = reopened(desk, tmp_path)
    assert again.session.conversation.id == second
    assert seen(again) == place
    again.session.open(first)
    assert seen(again) == earlier
    again.window.close()
    again.session._store.close()


def test_what_is_removed_for_good_leaves_no_place_and_no_draft(desk: Desk) -> None:
    first = talk(desk)
    read(desk, 6)
    desk.window.composer.editor.setPlainText("half a thought")
    talk(desk, 1)
    names = "SELECT key FROM setting WHERE key LIKE ? ORDER BY key"
    store = desk.session._store
    assert store.rows(names, (f"%:{first}",)) == [(f"kept:draft:{first}",), (f"kept:place:{first}",)]
    desk.session.history.trash(first)
    desk.session.history.empty_trash()
    assert store.rows(names, (f"%:{first}",)) == []


def test_of_a_temporary_conversation_nothing_is_written(desk: Desk) -> None:
    desk.session.new_temporary()
    for number in range(9):
        desk.ask(QUESTION.format(number))
    read(desk, 6)
    desk.session.new()
    assert desk.session._store.rows("SELECT key FROM setting WHERE key LIKE 'kept:place:%'") == []
