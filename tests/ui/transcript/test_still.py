"""The line that is being read stays where it is, whatever else happens: not one pixel above or below it moves by itself."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.chat.changes import SeenFrom
from app.typeset.formula import Formula
from app.ui.theme import DARK, LIGHT
from app.ui.transcript import Transcript
from tests.ui.transcript.conftest import entry, long_answer, talk

Pixels = Callable[..., QImage]
CODE = "```python\n" + "\n".join(f"line_{n} = {n}" for n in range(80)) + "\n```"
RICH = (
    f"Words with $x^2$ in them, and then more of them. {'Some words. ' * 30}\n\n$$\ny = x\n$$\n\n{CODE}\n\nAnd an end."
)
FORMULAS = (("x^2", False), ("y = x", True))
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="90"><rect width="40" height="90"/></svg>'


def rich(count: int) -> list[object]:
    return [
        entry(n, RICH if n % 2 == 0 else f"Question {n}?", thinking="Hm.\nSo." if n % 4 == 0 else "")
        for n in range(1, count + 1)
    ]


def line_read(view: Transcript) -> tuple[int, int, int, int]:
    """The line at the top: its message, the block in it, the position there, and where it is in the view."""
    place = view.places.line()
    assert place is not None
    item, piece, position, y = place
    return item.message_id, piece, position, y


def still_there(view: Transcript, line: tuple[int, int, int, int]) -> bool:
    """Is the line where it was?"""
    message, piece, position, y = line
    index = next(number for number, item in enumerate(view.items) if item.message_id == message)
    top = view.reading.top_of(index)
    return top is not None and top + view.row(index).line_of(piece, position).top() == y


def formulas_come(view: Transcript) -> None:
    """All that are waited for arrive, higher than a line."""
    for key in FORMULAS:
        view.formulas._take(key, Formula(SVG, 2.5, 2.0, 1.5, ()))
    view.formulas._tell()


def above(view: Transcript) -> int:
    return view.reading.row - 1


EVENTS: dict[str, Callable[[Transcript], object]] = {
    "the answer goes on": lambda view: (view.grow(40, "more words " * 40 + "\n\n"), view.frames.show_frame()),
    "it thinks": lambda view: (view.grow(40, "Hm. " * 30, "thinking"), view.frames.show_frame()),
    "the answer ends": lambda view: view.change_entry(entry(40, "It was so. " * 50)),
    "formulas arrive": formulas_come,
    "the heights above become known": lambda view: [view.row(n) for n in range(max(0, view.reading.row - 12), view.reading.row)],
    "the mark moves": lambda view: view.notes.show_seen_from(SeenFrom(3, 2)),
    "a message above changes": lambda view: view.change_entry(entry(2, "Short now.")),
    "a message below changes": lambda view: view.change_entry(entry(36, "Short now.")),
    "code below is unfolded": lambda view: view.plates.do(view.reading.row + 2, 2, "fold") if code_at(view, view.reading.row + 2) else None,
    "code above is unfolded": lambda view: view.plates.do(above(view), 2, "fold") if code_at(view, above(view)) else None,
    "thinking above is shown": lambda view: view.notes.toggle(4),
    "wider": lambda view: view.resize(1000, 600),
    "narrower": lambda view: view.resize(520, 600),
    "higher": lambda view: view.resize(view.width(), 700),
    "lower": lambda view: view.resize(view.width(), 420),
    "larger letters": lambda view: view.set_theme(LIGHT, 130),
    "another theme": lambda view: view.set_theme(DARK, 100),
    "the same rows again": lambda view: view.show_entries([item.entry for item in view.items if item.first], key=1),
    "a row is added": lambda view: view.add_entry(entry(41 + len(view.items), "An answer", role="assistant")),
}  # fmt: skip


def code_at(view: Transcript, index: int) -> bool:
    if not 0 <= index < len(view.items):
        return False
    placed = view.row(index).placed
    return len(placed) > 2 and placed[2].piece.block.kind == "code"


def open_in_the_middle(view: Transcript, offset: int, message: int = 20) -> None:
    view.resize(800, 600)
    view.set_theme(LIGHT, 100)
    view.formulas._known.update(dict.fromkeys(FORMULAS))  # no process is needed to know when they arrive
    view.show_entries([*rich(39), entry(40, status="streaming")], key=1)  # type: ignore[list-item]
    view.message_in_view(message)
    view.scroll_by(offset)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("offset", [0, 57, 260])
def test_the_line_that_is_read_stays(view: Transcript, event: str, offset: int) -> None:
    open_in_the_middle(view, offset)
    before = line_read(view)
    EVENTS[event](view)
    QApplication.processEvents()
    assert still_there(view, before)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.sampled_from(sorted(EVENTS)), max_size=6), st.integers(0, 500))
def test_it_stays_in_any_order_of_events(view: Transcript, events: list[str], offset: int) -> None:
    open_in_the_middle(view, offset)
    for event in events:
        before = line_read(view)
        EVENTS[event](view)
        assert still_there(view, before), event


STILL = ["the answer goes on", "it thinks", "the answer ends", "the heights above become known", "a message above changes",
         "a message below changes", "thinking above is shown", "a row is added", "the same rows again"]  # fmt: skip


@pytest.mark.parametrize("event", STILL)
def test_no_pixel_moves(view: Transcript, pixels: Pixels, event: str) -> None:
    open_in_the_middle(view, 57)
    area = QRect(QPoint(0, 0), view.viewport().size()).adjusted(0, 0, 0, -60)
    before = pixels(area)
    EVENTS[event](view)
    assert pixels(area) == before


def test_no_pixel_moves_above_what_arrives(view: Transcript, pixels: Pixels) -> None:
    """A formula that comes into view moves only what is below it."""
    view.formulas._known.update(dict.fromkeys(FORMULAS))
    view.show_entries([entry(1, "Q"), entry(2, RICH), *talk(12)[2:]], key=1)
    view.show_start()
    row = view.row(1)
    top = view.reading.top_of(1)
    assert top is not None
    area = QRect(0, 0, view.viewport().width(), top + row.placed[0].y)
    before = pixels(area)
    formulas_come(view)
    assert view.row(1) is not row or row.height > 0
    assert pixels(area) == before


@pytest.mark.parametrize("height", [400, 700])
def test_another_height_of_the_window_moves_nothing(view: Transcript, pixels: Pixels, height: int) -> None:
    open_in_the_middle(view, 57)
    area = QRect(0, 0, view.viewport().width(), 340)
    before = pixels(area)
    view.resize(800, height)
    QApplication.processEvents()
    assert pixels(area) == before


def test_a_very_long_answer_that_ends_stays(view: Transcript) -> None:
    """It grew as one row and is cut into several at its end."""
    text = long_answer(1) * 300
    view.show_entries([entry(1, "Q"), entry(2, status="streaming")], key=1)
    view.grow(2, text)
    view.frames.show_frame()
    view.show_start()
    view.scroll_by(round(view.reading.heights[1]) * 2 // 3)
    before = line_read(view)
    text_read = view.row(1).placed[before[1]].piece.text[before[2] :]
    view.change_entry(entry(2, text))
    assert len(view.items) > 2
    place = view.places.line()
    assert place is not None
    item, piece, position, y = place
    assert y == before[3]
    assert item.row is not None
    assert (item.row.placed[piece].piece.text[position:], item.part > 0) == (text_read, True)
