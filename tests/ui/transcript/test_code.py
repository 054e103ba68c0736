"""Blocks of code on the canvas: colours that move nothing, folding, wrapping, numbers, saving; by mouse and keyboard."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from app.core.aloud import description
from app.ui.theme import DARK
from app.ui.transcript import Transcript
from app.ui.transcript.code import FOLD, SHOWN, CodePiece
from tests.ui.transcript.conftest import entry

LONG = "\n".join(f"x_{n} = {n}  # 注释 😀" for n in range(1, 121))
WIDE = "print('" + "word " * 60 + "')"
SHORT = f"Before.\n\n```python\n{WIDE}\nreturn 1\n```\n\nAfter."


def fenced(code: str) -> str:
    return f"Before.\n\n```python\n{code}\n```\n\nAfter."


def code_of(view: Transcript, row: int = 1) -> CodePiece:
    return next(item.piece for item in view.row(row).placed if isinstance(item.piece, CodePiece))


def show(view: Transcript, text: str) -> CodePiece:
    view.show_entries([entry(1, "Q"), entry(2, text)], key=1)
    view.show_start()
    return code_of(view)


def at(view: Transcript, point: QPoint) -> QPoint:
    """A point of the block as one of the viewport."""
    item = next(item for item in view.row(1).placed if isinstance(item.piece, CodePiece))
    return QPoint(view.left + item.x, (view.reading.top_of(1) or 0) + item.y) + point


def press(view: Transcript, qtbot: QtBot, deed: str) -> None:
    place = next(rect for name, rect in code_of(view).buttons() if name == deed)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at(view, place.center()))


def test_colours_change_colours_only(view: Transcript, qtbot: QtBot, pixels: Callable[..., QImage]) -> None:
    piece = show(view, fenced(LONG))
    before = [(piece.line_at(p), piece.length, piece.height, piece.content) for p in (0, 5, 400)]
    pixels()
    assert piece.view.colouring.finished
    assert piece._layout(0).layout.formats()
    assert [(piece.line_at(p), piece.length, piece.height, piece.content) for p in (0, 5, 400)] == before
    assert piece.text == LONG


def test_colours_are_counted_as_qt_counts(view: Transcript, pixels: Callable[..., QImage]) -> None:
    piece = show(view, fenced("a = '😀'  # 😀\nb = 1"))
    pixels()
    text = piece._layout(0).layout.text().encode("utf-16-le")
    found = {
        text[2 * each.start : 2 * (each.start + each.length)].decode("utf-16-le")
        for each in piece._layout(0).layout.formats()
    }
    assert found == {"'😀'", "# 😀", "1"}


def test_another_theme_keeps_colours_and_view(view: Transcript, qtbot: QtBot, pixels: Callable[..., QImage]) -> None:
    show(view, SHORT)
    press(view, qtbot, "wrap")
    pixels()
    view.set_theme(DARK, 100)
    piece = code_of(view)
    assert piece.view.wrap
    assert piece.view.colouring.finished
    assert piece._layout(0).layout.formats()[0].format.foreground().color() == DARK.function


def test_many_lines_are_folded_and_open_without_moving(view: Transcript, qtbot: QtBot) -> None:
    piece = show(view, fenced(LONG))
    assert piece.folded
    assert piece.shown == SHOWN * view.look.code_pitch
    assert piece.deeds()[-1][2] == "Show all 120 lines"
    place = view.reading.row, view.reading.offset
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at(view, QPoint(60, 60)))
    view.scroll_by(500)
    place = view.reading.row, view.reading.offset
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at(view, piece.foot().center()))
    assert (view.reading.row, view.reading.offset) == place
    assert not code_of(view).folded
    assert code_of(view).shown == 120 * view.look.code_pitch
    view.keys.select_all()
    assert LONG in view.selected_text()


def test_folding_what_is_being_read_leads_to_the_fold(view: Transcript) -> None:
    show(view, fenced(LONG))
    view.plates.do(1, 1, "fold")
    view.scroll_by(1500)
    view.plates.do(1, 1, "fold")
    assert code_of(view).folded
    foot = at(view, code_of(view).foot().center())
    assert 0 <= foot.y() < view.viewport().height()


def test_following_ends_where_a_block_opens_below(view: Transcript) -> None:
    view.show_entries([entry(1, "Q"), entry(2, fenced(LONG))], key=1)
    assert view.reading.following
    before = at(view, QPoint(0, 0))
    view.plates.do(1, 1, "fold")
    assert at(view, QPoint(0, 0)) == before
    assert not view.reading.following


def test_forty_lines_are_not_folded(view: Transcript) -> None:
    assert not show(view, fenced("\n".join("x" for _ in range(FOLD)))).folded


def test_what_was_read_as_it_was_written_stays_open(view: Transcript) -> None:
    view.show_entries([entry(1, "Q"), entry(2, status="streaming")], key=1)
    view.grow(2, fenced(LONG))
    view.frames.show_frame()
    height = code_of(view).height
    view.change_entry(entry(2, fenced(LONG)))
    assert not code_of(view).folded
    assert code_of(view).height == height
    assert not code_of(view).growing or view.plates.busy


def test_wrapping_and_numbers(view: Transcript, qtbot: QtBot) -> None:
    piece = show(view, SHORT)
    assert piece.overflow
    low, below = piece.height, view.row(1).placed[2].y
    press(view, qtbot, "wrap")
    assert not code_of(view).overflow
    grown = code_of(view).height - low
    assert grown > 0
    assert view.row(1).placed[2].y == below + grown
    press(view, qtbot, "numbers")
    assert code_of(view).gutter
    assert code_of(view).text == f"{WIDE}\nreturn 1"
    press(view, qtbot, "wrap")
    press(view, qtbot, "numbers")
    assert (code_of(view).height, code_of(view).gutter) == (low, 0)


def test_saving_tells_a_name_and_the_text(view: Transcript, qtbot: QtBot) -> None:
    show(view, "```py title='a.py'\nx = 1\n```")
    with qtbot.waitSignal(view.plates.save_asked) as caught:
        press(view, qtbot, "save")
    assert caught.args == ["a.py", "x = 1"]
    assert code_of(view).label == "a.py"


@pytest.mark.qt_log_ignore("This plugin does not support")  # raising and grabbing, as the offscreen one says
def test_code_by_keyboard(view: Transcript, qtbot: QtBot) -> None:
    show(view, fenced(LONG))
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    for _ in range(len(view.row(1).stops())):
        qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert view.keys.code == 1
    assert description(code_of(view).block) == "Code, python, 120 lines"
    qtbot.keyClick(view, Qt.Key.Key_Return)
    (menu,) = view.findChildren(QMenu)
    labels = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert labels == ["Copy code", "Save as file…", "Wrap long lines", "Show line numbers", "Show all 120 lines"]
    menu.actions()[0].trigger()
    assert QGuiApplication.clipboard().text() == LONG
    menu.close()


@pytest.mark.parametrize("width", [120, 200, 400])
def test_a_narrow_head_keeps_the_copy_button(view: Transcript, width: int) -> None:
    piece = CodePiece(view.look, show(view, SHORT).block, width)
    assert piece.buttons()[0][0] == "copy"
    assert all(rect.left() >= 0 for _, rect in piece.buttons())
