"""Shift and the arrows select as they do in a text box, across blocks and messages."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.ui.transcript import Transcript
from app.ui.transcript.selection import Selection
from app.ui.transcript.wide import WidePiece
from tests.ui.transcript.conftest import entry, talk
from tests.ui.transcript.test_selection import point_of

SHIFT, WORDS = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier  # fmt: skip
LEFT, RIGHT, UP, DOWN = Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down


def press(view: Transcript, qtbot: QtBot, key: Qt.Key, times: int = 1, held: Qt.KeyboardModifier = SHIFT) -> str:
    for _ in range(times):
        qtbot.keyClick(view, key, held)
    return view.selected_text()


@pytest.fixture
def clicked(view: Transcript, qtbot: QtBot) -> Transcript:
    """The mouse has clicked behind "one " of the answer."""
    view.show_entries(
        [entry(1, "Why?"), entry(2, "one 😀two three\n\n- item\n\n```\ncode\n```"), entry(3, "And?")], key=1
    )
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point_of(view, 1, 0, 4))
    return view


def test_letters_and_words(clicked: Transcript, qtbot: QtBot) -> None:
    assert press(clicked, qtbot, RIGHT) == "😀"
    assert press(clicked, qtbot, RIGHT, 2) == "😀tw"
    assert press(clicked, qtbot, LEFT, 3) == ""
    assert press(clicked, qtbot, LEFT, 2) == "e "
    assert press(clicked, qtbot, LEFT, held=WORDS) == "one "
    assert press(clicked, qtbot, Qt.Key.Key_End) == "😀two three"
    assert press(clicked, qtbot, Qt.Key.Key_Home) == "one "


def test_lines_blocks_and_messages(clicked: Transcript, qtbot: QtBot) -> None:
    press(clicked, qtbot, DOWN)
    assert clicked.selected_text().startswith("😀two three\n\n• ")
    assert press(clicked, qtbot, DOWN).startswith("😀two three\n\n• item\n\n")
    assert press(clicked, qtbot, DOWN, 2).endswith("code\n\nAnd?")
    assert press(clicked, qtbot, DOWN, 2).endswith("code\n\nAnd?")  # there is no more
    assert press(clicked, qtbot, UP, 9) == "Why?\n\none "
    assert press(clicked, qtbot, Qt.Key.Key_End, held=WORDS).endswith("code\n\nAnd?")
    assert press(clicked, qtbot, Qt.Key.Key_Home, held=WORDS) == "Why?\n\none "


def test_every_letter_is_reached_and_left_again(clicked: Transcript, qtbot: QtBot) -> None:
    press(clicked, qtbot, Qt.Key.Key_Home, held=WORDS)
    start = clicked.selection.head
    clicked.select(Selection(start, start))
    heads = [start]
    while (press(clicked, qtbot, RIGHT), clicked.selection.head)[1] != heads[-1]:
        heads.append(clicked.selection.head)
    assert clicked.selection.end[0] == 2
    assert heads == sorted(set(heads))
    for head in reversed(heads[:-1]):
        press(clicked, qtbot, LEFT)
        assert clicked.selection.head == head


def test_lines_of_a_paragraph_keep_the_column(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(2, "some words of one length " * 40)], key=1)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point_of(view, 0, 0, 12))
    press(view, qtbot, DOWN)
    first, second = view.row(0).line_of(0, 12), view.row(0).line_of(0, view.selection.head[2])
    assert second.top() > first.top()
    assert abs(second.left() - first.left()) < 12
    press(view, qtbot, UP)
    assert view.selection.head == (0, 0, 12)


def test_it_begins_at_the_message_with_the_keyboard_and_is_followed(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries(talk(40), key=1)
    view.show_start()
    qtbot.keyClick(view, DOWN, Qt.KeyboardModifier.AltModifier)
    row = view.keys.row
    assert row is not None
    press(view, qtbot, RIGHT, 3)
    assert view.selection == Selection((row, 0, 0), (row, 0, 3))
    press(view, qtbot, DOWN, 40)
    head = view.selection.head
    assert head[0] > row + 5
    top = view.reading.top_of(head[0])
    assert top is not None
    assert 0 <= top + view.row(head[0]).line_of(*head[1:]).top() < view.viewport().height()


def test_a_formula_is_taken_as_a_whole(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(2, "a $x^2$ b")], key=1)
    qtbot.waitUntil(lambda: not view.row(0).placed[0].piece.waiting, timeout=60_000)  # type: ignore[attr-defined]
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point_of(view, 0, 0, 2))
    assert press(view, qtbot, RIGHT) == "$x^2$"


@pytest.mark.parametrize("text", ["```\n" + "word " * 60 + "\n```", "|" + "some words|" * 30 + "\n" + "|-" * 30 + "|"])
def test_what_is_wide_is_scrolled_along(view: Transcript, qtbot: QtBot, text: str) -> None:
    view.show_entries([entry(2, text)], key=1)
    piece = view.row(0).placed[0].piece
    assert isinstance(piece, WidePiece)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point_of(view, 0, 0, 2))
    press(view, qtbot, Qt.Key.Key_End, held=WORDS)
    assert 0 < piece.line_at(piece.length).x() < piece.width
    assert piece.shift > 0
    press(view, qtbot, Qt.Key.Key_Home, held=WORDS)
    assert piece.shift == 0
