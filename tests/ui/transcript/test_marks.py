"""Pins and notes in the transcript: seen, reached by mouse and keyboard, and never moving what is being read."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.chat.changes import Entry
from app.ui.theme import DARK
from app.ui.transcript import Transcript
from tests.ui.transcript.conftest import entry, talk

Pixels = Callable[..., QImage]


def marked(each: Entry, **more: object) -> Entry:
    return replace(each, message=replace(each.message, **more))  # type: ignore[arg-type]  # rows by name


def press(view: Transcript, qtbot: QtBot, index: int, name: str) -> None:
    rect = next(button.rect for button in view.row(index).buttons if button.action.name == name)
    at = rect.center() + QPoint(view.left, view.reading.top_of(index) or 0)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_a_note_makes_room_below_and_a_pin_makes_none(view: Transcript) -> None:
    view.show_entries(talk(2), key=1)
    for index, each in enumerate(talk(2)):
        height, card = view.row(index).height, view.row(index).card
        view.change_entry(marked(each, pinned=True))
        assert (view.row(index).height, view.row(index).card) == (height, card)
        view.change_entry(marked(each, pinned=True, note="a note"))
        assert height < view.row(index).height < height + 40
        view.change_entry(marked(each, note="many words " * 200))
        assert view.row(index).height > height + 200
        view.change_entry(each)
        assert view.row(index).height == height


def test_they_are_pressed(view: Transcript, qtbot: QtBot) -> None:
    entries = [marked(each, pinned=True, note="mine") for each in talk(2)]
    view.show_entries(entries, key=1)
    for index in (0, 1):
        view.message_in_view(index + 1)
        with qtbot.waitSignal(view.marks.pin_asked) as caught:
            press(view, qtbot, index, "pin")
        assert caught.args == [index + 1, False]
        with qtbot.waitSignal(view.marks.note_asked) as caught:
            press(view, qtbot, index, "note")
        assert caught.args == [index + 1]


def test_they_are_seen_in_both_themes(view: Transcript, pixels: Pixels) -> None:
    for theme in (view.look.theme, DARK):
        view.set_theme(theme, 100)
        seen: set[bytes] = set()
        for more in ({}, {"pinned": True}, {"note": "mine"}, {"pinned": True, "note": "mine"}):
            view.show_entries([marked(each, **more) for each in talk(2)], key=1)
            seen.add(bytes(pixels().constBits()))
        assert len(seen) == 4


def test_what_is_being_read_does_not_move(view: Transcript, pixels: Pixels) -> None:
    entries = talk(30)
    view.show_entries(entries, key=1)
    view.message_in_view(15)
    view.scroll_by(30)
    before = pixels()
    for number in (2, 14, 29):  # far above, right above, below
        view.change_entry(marked(entries[number - 1], pinned=True, note="words " * 60))
        assert pixels() == before
        view.change_entry(entries[number - 1])
        assert pixels() == before


def test_the_keyboard_reaches_them(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([marked(each, pinned=True, note="mine") for each in talk(2)], key=1)
    view.setFocus()
    view.keys.row = None
    view.keys.walk(-1)
    names = [button.action.name for button in view.row(1).stops()]
    assert names[:2] == ["pin", "note"]
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    with qtbot.waitSignal(view.marks.pin_asked):
        qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    with qtbot.waitSignal(view.marks.note_asked):
        qtbot.keyClick(view, Qt.Key.Key_Return)


def test_which_message_was_chosen(view: Transcript, qtbot: QtBot) -> None:
    assert view.marks.chosen() is None
    assert view.marks.in_view() == 0
    view.show_entries(talk(6), key=1)
    assert view.marks.chosen() == view.marks.chosen("assistant") == 6
    view.message_in_view(3)
    assert view.marks.in_view() == 3
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(view.left + 5, 5))
    assert view.marks.chosen() == 3
    assert view.marks.chosen("assistant") == 6
    view.setFocus()
    view.keys.walk(1)
    view.keys.walk(1)
    assert view.marks.chosen() == view.items[view.keys.row or 0].message_id
    view.show_entries(talk(2), key=2)
    assert view.marks.chosen() in (1, 2)


def test_long_messages_have_the_pin_at_their_beginning_and_the_note_at_their_end(view: Transcript) -> None:
    view.show_entries([marked(entry(1, "word " * 30_000), pinned=True, note="mine")], key=1)
    assert len(view.items) > 2
    names = [[button.action.name for button in view.row(index).below.buttons] for index in range(len(view.items))]
    assert names[0] == ["pin"]
    assert names[-1] == ["note"]
    assert not any(names[1:-1])


def test_a_screen_reader_is_told(view: Transcript) -> None:
    view.show_entries([marked(entry(2, "text"), pinned=True, note="mine")], key=1)
    QApplication.processEvents()
    found = QAccessible.queryAccessibleInterface(view)
    assert found.child(0).text(QAccessible.Text.Description).endswith("pinned · Note: mine")


def test_odd_notes(view: Transcript, pixels: Pixels) -> None:
    for note in ("\x00\u202e", "漢字" * 400, "x" * 3000, "a\n\n\nb", "😀"):
        view.show_entries([marked(each, pinned=True, note=note) for each in talk(2)], key=note)
        pixels()
        view.resize(360, 600)
        pixels()
        view.resize(800, 600)
