"""The list of conversations: days, search, open, pin, rename."""

from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from app.chat.history import Listed
from app.core.tree import Conversation
from app.ui.sidebar_list import ROW, lines
from tests.ui.conftest import Desk

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def conversation(number: int, days: float, *, pinned: bool = False) -> Listed:
    then = NOW - timedelta(days=days)
    return Listed(Conversation(id=number, title=f"c{number}", created=then, updated=then, pinned=pinned))


def test_conversations_stand_under_their_days() -> None:
    listed = [conversation(1, 90, pinned=True)] + [
        conversation(number, days) for number, days in enumerate((0, 0.1, 1, 3, 20, 60, 400), 2)
    ]
    headings = [line.heading for line in lines(listed, NOW, searching=False) if line.heading]
    assert headings == ["Pinned", "Today", "Yesterday", "Previous 7 days", "Previous 30 days", "April", "May 2025"]


def test_a_search_has_no_headings() -> None:
    assert not any(line.heading for line in lines([conversation(1, 0), conversation(2, 9)], NOW, searching=True))


def test_search_finds_titles_and_texts(desk: Desk) -> None:
    desk.engine.answer = lambda _request: "Basil likes the sun."
    desk.ask("balcony plants")
    desk.session.new()
    desk.engine.answer = lambda _request: "Nothing to see."
    desk.ask("something else")
    desk.qtbot.keyClicks(desk.window.sidebar.search, "basil")
    model = desk.window.sidebar.list.lines_model
    desk.qtbot.waitUntil(lambda: len(model.lines) == 1)
    assert "Basil" in model.lines[0].snippet
    desk.window.sidebar.search.clear()
    desk.qtbot.waitUntil(lambda: len(model.lines) == 3)


def test_a_search_without_result_says_so(desk: Desk) -> None:
    desk.ask("one")
    desk.qtbot.keyClicks(desk.window.sidebar.search, "qqqq")
    desk.qtbot.waitUntil(desk.window.sidebar._empty.isVisible)


def test_a_click_opens(desk: Desk) -> None:
    desk.ask("one")
    first = desk.session.conversation.id
    desk.session.new()
    view = desk.window.sidebar.list
    index = view.lines_model.index(view.lines_model.row_of(first))
    desk.qtbot.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).topLeft() + QPoint(20, 12)
    )
    assert desk.session.conversation.id == first


def test_the_buttons_under_the_pointer_pin_and_delete(desk: Desk) -> None:
    desk.ask("one")
    number = desk.session.conversation.id
    view = desk.window.sidebar.list
    for name, done in (
        ("pin", lambda: desk.session.conversation.pinned),
        ("trash", lambda: [one.id for one in desk.session.history.trashed()] == [number]),
    ):
        index = view.lines_model.index(view.lines_model.row_of(number))
        place = view.drawer._buttons(view.visualRect(index))[name].center()
        desk.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        QApplication.processEvents()
        assert done()


def test_keys_open_and_delete(desk: Desk) -> None:
    desk.ask("one")
    first = desk.session.conversation.id
    desk.session.new()
    view = desk.window.sidebar.list
    desk.qtbot.keyClick(desk.window.sidebar.search, Qt.Key.Key_Down)
    assert view.hasFocus()
    desk.qtbot.keyClick(view, Qt.Key.Key_Return)
    assert desk.session.conversation.id == first
    view.setFocus()
    desk.qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert desk.session.history.trashed()


def test_the_list_waits_while_a_title_is_written(desk: Desk) -> None:
    desk.ask("one")
    desk.trigger("rename_chat")
    desk.session.history.pin(desk.session.conversation.id, True)
    QApplication.processEvents()
    field = QApplication.focusWidget()
    assert field is not None
    assert field.accessibleName() == "Title"
    desk.qtbot.keyClick(field, Qt.Key.Key_Escape)
    model = desk.window.sidebar.list.lines_model
    desk.qtbot.waitUntil(lambda: model.lines[0].heading == "Pinned")


def test_thousands_of_conversations_are_shown(desk: Desk) -> None:
    listed = [conversation(number, number / 50) for number in range(1, 3000)]
    desk.window.sidebar.show_conversations(listed, 7)
    view = desk.window.sidebar.list
    assert view.currentIndex().data(ROW).conversation.id == 7
    assert not view.grab().isNull()
