"""What is being read never moves by itself."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.markdown import Block
from app.ui.theme import DARK, LIGHT
from app.ui.transcript import Transcript
from app.ui.transcript.heights import Heights
from app.ui.transcript.reading import Reading
from app.ui.transcript.rows import Row
from tests.benchmarks.transcript_stream import KINDS
from tests.ui.transcript.conftest import entry, long_answer, talk

Pixels = Callable[..., QImage]


@given(st.lists(st.integers(10, 300), min_size=1, max_size=30), st.lists(st.integers(-500, 500), max_size=20))
def test_position_stays_in_the_document(heights: list[int], moves: list[int]) -> None:
    reading = Reading(lambda index: heights[index])
    reading.heights = Heights([50] * len(heights))  # wrong estimates
    reading.view = 200
    reading.settle()
    for move in moves:
        before = [(row, y) for row, y in reading.visible()]
        gone = reading.scroll_by(move)
        assert 0 <= reading.offset < max(1, heights[reading.row])
        after = dict(reading.visible())
        for row, y in before:
            if row in after:
                assert after[row] == y - gone
        if move < 0 and gone > move:
            assert (reading.row, reading.offset) == (0, 0)


def test_opens_at_the_end_or_where_it_was_left(view: Transcript) -> None:
    view.show_entries(talk(40), key=1)
    assert view.reading.following
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()
    assert view.places.left() == ""
    view.message_in_view(10)
    view.scroll_by(33)
    place, left = (view.reading.row, view.reading.offset), view.places.left()
    view.show_entries(talk(6), key=2)
    assert view.reading.following
    view.show_entries(talk(40), key=1, left=left)
    assert (view.reading.row, view.reading.offset) == place
    assert not view.reading.following


@pytest.mark.parametrize("width", [420, 700, 1500])
def test_the_line_is_found_again_in_a_view_of_another_size(view: Transcript, width: int) -> None:
    view.show_entries(talk(40), key=1)
    view.message_in_view(10)
    view.scroll_by(93)
    item, piece, position, y = view.places.line() or pytest.fail("at the end")
    left = view.places.left()
    view.show_entries([], key=0)
    view.resize(width, 500)
    view.set_theme(DARK, 125)
    view.show_entries(talk(40), key=1, left=left)
    view.resize(width + 60, 650)
    index = next(n for n, each in enumerate(view.items) if each.message_id == item.message_id)
    assert (view.reading.top_of(index) or 0) + view.row(index).line_of(piece, position).top() == y
    assert view.places.left() == left


@pytest.mark.parametrize(
    "left", ["77 0 0 0 0", "10 9 400 9999 -99999", "10", "x", "1 2 3 4 5 6", "10 -5 0 -1 99999999"]
)
def test_a_place_that_is_not_there_harms_nothing(view: Transcript, left: str) -> None:
    view.show_entries(talk(40), key=1, left=left)
    assert 0 <= view.reading.row < 40
    view.scroll_by(-50)
    assert [*view.visible_rows()]


def test_nothing_moves_while_an_answer_grows_below(view: Transcript, qtbot: QtBot, pixels: Pixels) -> None:
    view.show_entries([*talk(21), entry(22, status="streaming")], key=1)
    view.scroll_by(-700)
    before = pixels()
    for number in range(40):
        view.grow(22, f"Line {number} of the answer, **bold** and `code`.\n\n")
        view.frames.show_frame()
        assert pixels() == before
    view.change_entry(entry(22, "\n\n".join(f"Line {number}" for number in range(80))))
    assert pixels() == before


def test_nothing_moves_while_reading_in_the_growing_answer(view: Transcript, pixels: Pixels) -> None:
    view.show_entries([entry(1, "?"), entry(2, status="streaming")], key=1)
    view.grow(2, long_answer(1) * 6)
    view.frames.show_frame()
    view.scroll_by(-300)
    before = pixels()
    for number in range(10):
        view.grow(2, f"\n\nmore {number} " + "words " * 60)
        view.frames.show_frame()
    assert pixels() == before


def test_the_end_is_followed(view: Transcript) -> None:
    view.show_entries([entry(1, "?"), entry(2, status="streaming")], key=1)
    for _ in range(30):
        view.grow(2, "A line of text.\n\n")
        view.frames.show_frame()
        assert view.reading.at_end()
    assert not view.pill.isVisible()
    view.scroll_by(-40)
    assert view.pill.isVisible()
    view.scroll_by(400)
    assert view.reading.following


def test_scrolled_pixels_are_those_of_a_fresh_painting(view: Transcript, pixels: Pixels) -> None:
    """While following, only the open block is painted anew and the rest is moved as pixels."""
    view.show_entries([*talk(5), entry(6, status="streaming")], key=1)
    for number in range(25):
        view.grow(6, f"Some words number {number} that fill the line and then some more of them. " * 2)
        if number % 4 == 3:
            view.grow(6, "\n\n")
        view.frames.show_frame()
        QApplication.processEvents()
    top = view.reading.top_of(5)
    assert top is not None
    text = QRect(0, 0, view.viewport().width(), top + view.row(5).content_bottom - 2 * view.look.pitch)
    shown = view.screen().grabWindow(view.winId()).toImage().copy(text)
    assert not shown.isNull()
    assert pixels(text) == shown


def test_steps_up_through_unseen_rows_are_exact(view: Transcript, pixels: Pixels) -> None:
    view.show_entries(talk(120), key=1)
    view.message_in_view(80)
    for _ in range(40):
        before = pixels()
        view.scroll_by(-40)
        after = pixels()
        height = before.height() - 50  # without the edge, where a rounded corner may be cut differently
        assert after.copy(0, 50, after.width(), height) == before.copy(0, 10, before.width(), height)


@pytest.mark.parametrize("width", [500, 1100])
def test_resizing_keeps_the_line(view: Transcript, qtbot: QtBot, width: int) -> None:
    view.show_entries(talk(60), key=1)
    view.message_in_view(20)
    view.scroll_by(37)
    item, piece, position, y = view.places.line() or pytest.fail("at the end")
    view.resize(width, 600)
    qtbot.waitUntil(lambda: view.column == view.look.column(width))
    index = view.items.index(item)
    top = view.reading.top_of(index)
    assert top is not None
    assert top + view.row(index).line_of(piece, position).top() == y


def test_zoom_and_theme_keep_the_line(view: Transcript) -> None:
    view.show_entries(talk(60), key=1)
    view.message_in_view(20)
    view.scroll_by(50)
    item = view.items[view.reading.row]
    view.set_theme(DARK, 150)
    assert view.items[view.reading.row] is item
    view.set_theme(LIGHT, 100)
    assert view.items[view.reading.row] is item


def test_bar_jumps_and_steps(view: Transcript) -> None:
    view.show_entries(talk(200), key=1)
    bar = view.verticalScrollBar()
    bar.setValue(0)
    assert (view.reading.row, view.reading.offset) == (0, 0)
    bar.setValue(bar.maximum() // 2)
    assert 50 < view.reading.row < 150
    bar.setValue(bar.maximum())
    assert view.reading.following


def wheel(view: Transcript, pixel: int = 0, angle: int = 0) -> None:
    phase = Qt.ScrollPhase.ScrollUpdate if pixel else Qt.ScrollPhase.NoScrollPhase
    point = QPointF(400, 300)
    event = QWheelEvent(
        point, view.viewport().mapToGlobal(point), QPoint(0, pixel), QPoint(0, angle),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, phase, False,
    )  # fmt: skip
    QApplication.sendEvent(view.viewport(), event)


def test_wheel_and_touchpad(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries(talk(60), key=1)
    view.message_in_view(30)
    start = view.reading.value
    wheel(view, pixel=-17)
    assert view.reading.value == start + 17
    wheel(view, angle=-120)
    qtbot.waitUntil(lambda: not view.pointer._glide.isActive())
    assert abs(view.reading.value - start - 17 - 76) <= 1
    wheel(view, angle=120)
    qtbot.waitUntil(lambda: not view.pointer._glide.isActive())
    assert abs(view.reading.value - start - 17) <= 1


def test_sending_goes_to_the_end(view: Transcript) -> None:
    view.show_entries(talk(40), key=1)
    view.message_in_view(3)
    view.add_entry(entry(41, "Another question"))
    view.add_entry(entry(42, status="streaming"))
    assert view.reading.following
    assert view.reading.at_end()


def test_another_version_in_the_same_conversation_does_not_jump(view: Transcript, pixels: Pixels) -> None:
    view.show_entries(talk(40), key=1)
    view.message_in_view(20)
    before = pixels()
    view.show_entries([*talk(39), entry(99, "Another end", role="assistant", version=2, versions=2)], key=1)
    assert pixels() == before


def test_nothing_runs_when_nothing_is_written(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(1, "?"), entry(2, status="streaming")], key=1)
    view.grow(2, "word")
    qtbot.waitUntil(lambda: bool(view.row(1).placed))
    assert view.frames.running
    view.change_entry(entry(2, "word"))
    qtbot.waitUntil(lambda: not view.frames.running)


def test_ten_thousand_messages(view: Transcript) -> None:
    view.show_entries(talk(10_000), key=1)
    laid_out = sum(item.row is not None for item in view.items)
    assert laid_out <= 80
    view.message_in_view(5_000)
    assert view.items[view.reading.row].message_id == 5_000
    view.show_start()
    assert view.reading.value == 0


@pytest.mark.parametrize("kind", ["mixed", "code", "list", "table", "paragraph"])
def test_a_grown_answer_looks_like_a_fresh_one(view: Transcript, kind: str) -> None:
    """Layouts that grew piece by piece are those that are made at once."""
    table = "| a | b | c |\n|---|--:|:-:|\n" + "".join(
        f"| {n} | **{n * n}** | {'words ' * (n % 9)} |\n" for n in range(60)
    )
    text = {**KINDS, "table": table + "\nend"}[kind][:6_000] * (1 if kind in ("mixed", "table") else 20)
    view.show_entries([entry(2, status="streaming")], key=1)
    for start in range(0, len(text), 37):
        view.grow(2, text[start : start + 37])
        view.frames.show_frame()
    grown = view.row(0)
    fresh = Row(view.look, grown.shown, grown_blocks(view), view.column)
    assert [(item.x, item.y, item.piece.height, item.piece.length, item.piece.text) for item in grown.placed] == [
        (item.x, item.y, item.piece.height, item.piece.length, item.piece.text) for item in fresh.placed
    ]
    assert grown.height == fresh.height


def grown_blocks(view: Transcript) -> list[Block]:
    growing = view.items[0].growing
    assert growing is not None
    return growing.blocks
