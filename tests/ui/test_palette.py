"""The command palette finds by parts of names."""

from PySide6.QtCore import Qt

from app.core import language
from app.core.commands import COMMANDS
from app.core.fuzzy import match
from app.core.paths import bundled
from app.ui.palette import Item, Palette, command_items, found
from tests.ui.conftest import Desk


def opened(desk: Desk) -> Palette:
    desk.trigger("palette")
    return desk.window.findChildren(Palette)[-1]


def test_starts_of_words_count_more() -> None:
    assert match("nc", "New conversation") > match("nc", "Cancel")
    assert match("xyz", "New conversation") == 0
    items = [Item("a", "Unpin", ""), Item("b", "Pin", "")]
    assert found(items, "pin")[0].key == "b"


def test_commands_are_found_by_what_they_do_and_by_their_english_names(desk: Desk) -> None:
    def first(query: str) -> str | int:
        return found(command_items(COMMANDS), query)[0].key

    assert first("zoom") == "zoom_in"
    assert first("licence") == "licences"
    assert first("where your data lies") == "about"
    assert first("larger") == "zoom_in"
    language.use("zh_CN", bundled("resources/translations"))
    assert first("zoom out") == "zoom_out"
    assert first("new conv") == "new_chat"
    assert first("GGUF") == "open_model"
    assert first("新") == "new_chat"


def test_it_says_when_nothing_is_found(desk: Desk) -> None:
    palette = opened(desk)
    desk.qtbot.keyClicks(palette.field, "xyzzy")
    assert palette._nothing.isVisible()
    assert not palette.view.isVisible()
    desk.qtbot.keyClick(palette.field, Qt.Key.Key_Return)  # does nothing
    palette.field.setText("pin")
    assert palette.view.isVisible()
    assert not palette._nothing.isVisible()


def test_enter_runs_the_first(desk: Desk) -> None:
    palette = opened(desk)
    desk.qtbot.keyClicks(palette.field, "conversation list")
    desk.qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert not desk.window.shell.in_view("sidebar")


def test_escape_gives_the_keyboard_back(desk: Desk) -> None:
    window = desk.window
    desk.ask("Hello")
    for before in (window.transcript, window.sidebar.search, window.composer.editor):
        before.setFocus()
        palette = opened(desk)
        assert palette.field.hasFocus()
        desk.qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
        assert before.hasFocus()
    window.transcript.setFocus()
    palette = opened(desk)
    window.sidebar.search.setFocus()  # as a click does
    palette.close()
    assert window.sidebar.search.hasFocus()
    window.sidebar.search.setFocus()
    palette = opened(desk)
    desk.trigger("toggle_sidebar")  # what had the keyboard is out of sight
    palette.close()
    assert window.composer.editor.hasFocus()


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
