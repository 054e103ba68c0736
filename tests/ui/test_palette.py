"""The command palette finds by parts of names."""

from PySide6.QtCore import Qt

from app.ui.palette import Item, Palette, found, match
from tests.ui.conftest import Desk


def opened(desk: Desk) -> Palette:
    desk.trigger("palette")
    return desk.window.findChildren(Palette)[-1]


def test_starts_of_words_count_more() -> None:
    assert match("nc", "New conversation") > match("nc", "Cancel")
    assert match("xyz", "New conversation") == 0
    items = [Item("a", "Unpin", ""), Item("b", "Pin", "")]
    assert found(items, "pin")[0].key == "b"


def test_enter_runs_the_first(desk: Desk) -> None:
    palette = opened(desk)
    desk.qtbot.keyClicks(palette.field, "conversation list")
    desk.qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert not desk.window.shell.in_view("sidebar")


def test_arrows_choose(desk: Desk) -> None:
    palette = opened(desk)
    first = palette.view.currentIndex().row()
    desk.qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.view.currentIndex().row() == first + 1
    desk.qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    desk.qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.view.currentIndex().row() == len(palette._model.items) - 1


def test_it_shows_shortcuts_and_finds_conversations(desk: Desk) -> None:
    desk.ask("a balcony garden")
    number = desk.session.conversation.id
    desk.session.new()
    palette = opened(desk)
    assert next(item for item in palette._model.items if item.key == "new_chat").shortcut == "Ctrl+N"
    desk.qtbot.keyClicks(palette.field, "balcony")
    desk.qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert desk.session.conversation.id == number


def test_a_click_beside_it_closes_it(desk: Desk) -> None:
    palette = opened(desk)
    desk.qtbot.mouseClick(palette, Qt.MouseButton.LeftButton, pos=palette.rect().bottomLeft())
    desk.qtbot.waitUntil(lambda: not desk.window.findChildren(Palette))
