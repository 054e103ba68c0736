"""The list of conversations: opening, renaming, folders, the archive, tags, colours."""

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QMenu

from app.core.listing import COLOURS, FolderLine, Heading, Summary
from app.ui.colours import INKS, ink, paint_colour
from app.ui.sidebar_list import ConversationList, carried, told
from app.ui.sidebar_rows import HEIGHT, ROW
from app.ui.theme import DARK, LIGHT, Theme, px
from tests.ui.conftest import Desk
from tests.ui.listed import search, shown, talk, titles

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def place_of(view: ConversationList, row: int) -> QPoint:
    return view.visualRect(view.lines_model.index(row)).topLeft() + QPoint(40, 12)


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
        row = view.lines_model.row_of(number)
        index = view.lines_model.index(row)
        place = view.drawer._buttons(view.visualRect(index), view.lines_model.lines[row])[name].center()
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


def test_the_trash_and_the_archive_are_used_by_keyboard(desk: Desk) -> None:
    for text in ("one", "two", "three"):
        desk.ask(text)
        desk.trigger("delete_chat" if text != "three" else "archive_chat")
        desk.trigger("new_chat")
    sidebar = desk.window.sidebar

    def press(key: Qt.Key) -> None:
        held = QApplication.focusWidget()
        assert held is not None
        desk.qtbot.keyClick(held, key)
        QApplication.processEvents()

    desk.trigger("show_trash")
    press(Qt.Key.Key_Space)
    assert [each.title for each in desk.session.history.trashed()] == ["one"]
    press(Qt.Key.Key_Space)  # the keyboard stays in the trash
    assert desk.session.history.trashed() == []
    assert sidebar.trash_in_view()
    press(Qt.Key.Key_Escape)
    assert not sidebar.trash_in_view()
    assert sidebar.list.hasFocus()
    desk.trigger("show_archive")
    assert sidebar.mode == "archive"
    press(Qt.Key.Key_Return)
    assert desk.session.conversation.title == "three"
    desk.trigger("show_archive")
    press(Qt.Key.Key_Escape)
    assert sidebar.mode == "list"
    desk.session.history.arranging.archive(desk.session.conversation.id, False)
    desk.trigger("show_archive")  # with nothing in it
    press(Qt.Key.Key_Space)
    assert sidebar.mode == "list"


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
    desk.qtbot.waitUntil(lambda: model.lines[0] == Heading("Pinned"))


def test_thousands_of_conversations_are_shown(desk: Desk) -> None:
    rows = [
        Summary(number, f"c{number}", (NOW - timedelta(days=number / 50)).isoformat()) for number in range(1, 10_000)
    ]
    desk.window.sidebar.show_lines(rows, 7)
    view = desk.window.sidebar.list
    assert view.currentIndex().data(ROW).id == 7
    assert not view.grab().isNull()
    assert view.visualRect(view.lines_model.index(9_000)).top() > 8_900 * px(HEIGHT)


def test_the_list_stays_where_one_reads_when_it_changes(desk: Desk) -> None:
    view = desk.window.sidebar.list
    rows = [Summary(number, f"c{number}", NOW.isoformat()) for number in range(1, 500)]
    desk.window.sidebar.show_lines(rows, 1)
    view.verticalScrollBar().setValue(3000)
    desk.window.sidebar.show_lines([rows[5], *rows[:5], *rows[6:]], 1)
    assert view.verticalScrollBar().value() == 3000
    desk.window.sidebar.show_lines(rows, 400)  # another one was opened
    assert view.viewport().rect().intersects(view.visualRect(view.currentIndex()))


# ── folders ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_folder_is_made_named_folded_and_deleted(desk: Desk) -> None:
    (one,) = talk(desk, "one")
    sidebar, view = desk.window.sidebar, desk.window.sidebar.list
    sidebar.folder_asked.emit()
    field = QApplication.focusWidget()
    assert field is not None
    assert field.accessibleName() == "Name of the folder"
    desk.qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    desk.qtbot.keyClicks(field, "Work")
    desk.qtbot.keyClick(field, Qt.Key.Key_Return)
    desk.qtbot.waitUntil(lambda: FolderLine("Work", False, 0) in shown(desk))
    desk.session.history.arranging.move(one, "Work")
    desk.qtbot.waitUntil(lambda: FolderLine("Work", False, 1) in shown(desk))
    row = view.lines_model.row_of_folder("Work")
    desk.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place_of(view, row))
    assert FolderLine("Work", True, 1) in shown(desk)
    assert titles(desk) == []
    view.setFocus()
    view.setCurrentIndex(view.lines_model.index(row))
    desk.qtbot.keyClick(view, Qt.Key.Key_Right)
    assert titles(desk) == ["one"]
    view.setCurrentIndex(view.lines_model.index(view.lines_model.row_of(one)))
    desk.qtbot.keyClick(view, Qt.Key.Key_Left)
    assert isinstance(view.line(), FolderLine)
    desk.qtbot.keyClick(view, Qt.Key.Key_Left)
    assert titles(desk) == []
    desk.qtbot.keyClick(view, Qt.Key.Key_Delete)
    desk.qtbot.waitUntil(lambda: titles(desk) == ["one"])
    assert desk.session.history.arranging.folders() == []
    desk.trigger("undo_delete")
    desk.qtbot.waitUntil(lambda: FolderLine("Work", True, 1) in shown(desk))


def test_f2_is_about_the_line_with_the_keyboard(desk: Desk) -> None:
    one, _ = talk(desk, "one", "two")
    desk.session.history.arranging.make("Work")
    QApplication.processEvents()
    view = desk.window.sidebar.list
    view.setFocus()
    for row, name in ((view.lines_model.row_of(one), "Title"), (view.lines_model.row_of_folder("Work"), "folder")):
        view.setCurrentIndex(view.lines_model.index(row))
        desk.qtbot.keyClick(view, Qt.Key.Key_F2)
        field = QApplication.focusWidget()
        assert field is not None
        assert name in field.accessibleName()
        desk.qtbot.keyClick(field, Qt.Key.Key_Escape)
        desk.qtbot.waitUntil(lambda: view.state() == ConversationList.State.NoState)
        view.setFocus()


def drop(desk: Desk, conversation_id: int, row: int, *, data: QMimeData | None = None) -> bool:
    """As if a conversation was dragged to a line of the list, and dropped there; says whether it was taken."""
    view = desk.window.sidebar.list
    data = data or carried(conversation_id)
    at = place_of(view, row) if row >= 0 else view.viewport().rect().bottomLeft() + QPoint(20, -2)
    given = (Qt.DropAction.MoveAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(at, *given)
    QApplication.sendEvent(view.viewport(), enter)
    if not enter.isAccepted():
        return False
    move = QDragMoveEvent(at, *given)
    QApplication.sendEvent(view.viewport(), move)
    assert not view.grab().isNull()
    # Qt keeps the widget that took the enter until it drops or leaves, by an address that outlives the widget.
    end = QDropEvent(QPointF(at), *given) if move.isAccepted() else QDragLeaveEvent()
    QApplication.sendEvent(view.viewport(), end)
    desk.run()
    return move.isAccepted()


def test_a_conversation_is_dragged_into_a_folder_and_out_of_it(desk: Desk) -> None:
    one, two, three = talk(desk, "one", "two", "three")
    arranging, history = desk.session.history.arranging, desk.session.history
    arranging.make("Work")
    QApplication.processEvents()
    model = desk.window.sidebar.list.lines_model
    assert drop(desk, one, model.row_of_folder("Work"))
    assert history.get(one).folder == "Work"
    assert drop(desk, two, model.row_of(one))  # on what lies in a folder
    assert history.get(two).folder == "Work"
    assert drop(desk, two, model.row_of(three))
    assert history.get(two).folder == ""
    assert drop(desk, two, model.row_of_folder("Work"))
    assert drop(desk, two, next(n for n, line in enumerate(model.lines) if line == Heading("Today", loose=True)))
    assert history.get(two).folder == ""
    assert drop(desk, one, -1)  # below the last line
    assert history.get(one).folder == ""
    assert not drop(desk, one, next(n for n, line in enumerate(model.lines) if line == Heading("Folders")))
    desk.trigger("undo_delete")
    assert history.get(one).folder == "Work"
    desk.session.history.pin(three, True)
    QApplication.processEvents()
    assert not drop(desk, one, model.row_of(three))
    search(desk, "one")
    assert not drop(desk, one, 0)  # what was found is in no order


def test_other_things_are_not_dropped(desk: Desk) -> None:
    (one,) = talk(desk, "one")
    desk.session.history.arranging.make("Work")
    QApplication.processEvents()
    data = QMimeData()
    data.setText("1")
    assert not drop(desk, one, desk.window.sidebar.list.lines_model.row_of_folder("Work"), data=data)


# ── archive, tags, colours ────────────────────────────────────────────────────────────────────────────


def test_the_archive(desk: Desk) -> None:
    one, two = talk(desk, "one", "two")
    desk.session.open(one)
    desk.trigger("archive_chat")
    desk.qtbot.waitUntil(lambda: titles(desk) == ["two"])
    assert desk.session.conversation.id == one  # it stays in view
    assert desk.window.middle.toast.isVisible()
    assert titles_of_search(desk, "one") == ["one"]
    desk.trigger("show_archive")
    assert titles(desk) == ["one"]
    assert desk.window.sidebar._back.isVisible()
    desk.trigger("archive_chat")
    desk.qtbot.waitUntil(lambda: titles(desk) == [])
    assert "Nothing is archived." in desk.window.sidebar._empty.text()
    desk.window.sidebar._back.click()
    assert sorted(titles(desk)) == ["one", "two"]
    desk.session.history.arranging.archive(two, True)
    desk.trigger("undo_delete")
    desk.qtbot.waitUntil(lambda: sorted(titles(desk)) == ["one", "two"])


def titles_of_search(desk: Desk, text: str) -> list[str]:
    search(desk, text)
    found = titles(desk)
    search(desk, "")
    return found


def test_what_is_said_in_an_archived_conversation_brings_it_back(desk: Desk) -> None:
    talk(desk, "one")
    desk.trigger("archive_chat")
    desk.ask("more")
    assert not desk.session.conversation.archived
    desk.qtbot.waitUntil(lambda: titles(desk) == ["one"])


@pytest.mark.qt_log_ignore("This plugin does not support")  # masks, raising and grabbing, as the offscreen one says
def test_the_menu_of_each_line(desk: Desk) -> None:
    (one,) = talk(desk, "one")
    desk.session.history.arranging.move(one, "Work")
    QApplication.processEvents()
    view = desk.window.sidebar.list
    for row, names in (
        (view.lines_model.row_of(one), {"Pin", "Rename", "Move to folder…", "Tags and colour…", "Archive"}),
        (view.lines_model.row_of_folder("Work"), {"Rename", "Delete folder", "New folder"}),
        (0, {"New folder"}),
    ):
        view._ask_menu(place_of(view, row))
        menu = desk.window.sidebar.findChildren(QMenu)[-1]
        assert names <= {action.text() for action in menu.actions()}
        menu.close()
        QApplication.processEvents()


def test_all_that_is_seen_is_told(desk: Desk) -> None:
    row = Summary(1, "One", NOW.isoformat(), True, "Work", '["a", "b"]', "green", True)
    assert told(row) == "One, pinned, archived, Folder Work, Tags: a, b, Colour: Green"
    assert told(FolderLine("Work", True, 1)) == "Folder Work, 1 conversation, folded"
    desk.window.sidebar.show_lines([row, FolderLine("Work", False, 0)], 1)
    assert not desk.window.sidebar.list.grab().isNull()


def contrast(one: QColor, other: QColor) -> float:
    """As in WCAG 2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""

    def light(colour: QColor) -> float:
        parts = (colour.redF(), colour.greenF(), colour.blueF())
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("colour", INKS)
def test_a_colour_is_seen_on_every_ground(theme: Theme, colour: str) -> None:
    assert all(
        contrast(ink(colour, theme), QColor(ground)) >= 3 for ground in (theme.surface, theme.hover, theme.raised)
    )


@pytest.mark.usefixtures("qapp")
def test_each_colour_has_a_shape_of_its_own() -> None:
    assert set(INKS) == set(COLOURS) - {""}
    shapes = []
    for colour in INKS:
        picture = QPixmap(40, 40)
        picture.fill(Qt.GlobalColor.white)
        painter = QPainter(picture)
        paint_colour(painter, colour, QPointF(20, 20), 24, LIGHT)
        painter.end()
        image = picture.toImage()
        shapes.append([image.pixelColor(x, y).lightness() < 200 for x in range(40) for y in range(40)])
    for number, shape in enumerate(shapes):
        for other in shapes[number + 1 :]:
            assert sum(one != two for one, two in zip(shape, other, strict=True)) > 60


def test_the_keyboard_goes_to_the_message_when_the_last_conversation_is_deleted(desk: Desk) -> None:
    desk.ask("Hello")
    desk.window.sidebar.list.setFocus()
    desk.trigger("delete_chat")
    assert desk.window.composer.editor.hasFocus()
