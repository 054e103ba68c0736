"""Another width breaks lines anew and does nothing else again; what comes of it is what a fresh layout would be."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.core.attachments import attachment, joined
from app.core.markdown import Block
from app.ui.theme import DARK, LIGHT
from app.ui.transcript import Transcript
from app.ui.transcript.headed import CodeView
from app.ui.transcript.heights import Heights
from app.ui.transcript.items import items_of
from app.ui.transcript.look import Look
from app.ui.transcript.parse import parse
from app.ui.transcript.rows import Row
from app.ui.transcript.shown import Shown
from tests.ui.transcript.conftest import entry, talk
from tests.ui.transcript.documents import EVERYTHING
from tests.work import work_of

WIDTHS = st.lists(st.integers(120, 900), min_size=1, max_size=3)
CODE = "```python\n" + "def f(x):\n    return " + "x + " * 60 + "1\n" * 45 + "```"
TABLE = "|a|b|c|\n|:-:|--:|-|\n|" + "many words " * 9 + "|`2` שלום|3|\n|x|" + "y" * 90 + "|$z$|"
RICH = (
    "Words with `code in them` and more. " * 5 + f"\n\n> # שלום {'עולם ' * 30}\n\n- one\n- two two\n\n{CODE}\n\n{TABLE}"
)


def picture(row: Row) -> QImage:
    image = QImage(row.column + 60, row.height + 20, QImage.Format.Format_RGB32)
    image.fill(row.look.window)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    row.paint(painter, QPoint(30, 10), image.rect(), lambda _piece: None)
    painter.end()
    return image


def places(row: Row) -> list[object]:
    pieces = [(item.rect, item.piece.line_at(item.piece.length), item.piece.baseline) for item in row.placed]
    return [row.height, row.content_bottom, row.card, pieces, [button.rect for button in row.buttons]]


def same(row: Row, fresh: Row) -> None:
    assert places(row) == places(fresh)
    assert picture(row) == picture(fresh)


def blocks_of(text: str) -> list[Block]:
    return list(parse(text))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(EVERYTHING, WIDTHS)
def test_any_row(qapp: QApplication, text: str, widths: list[int]) -> None:
    look, blocks = Look(LIGHT, 100), blocks_of(text)
    row = Row(look, Shown(entry(2)), blocks, 700)
    for width in widths:
        row.fit(width)
        same(row, Row(look, Shown(entry(2)), blocks, width))


@pytest.mark.parametrize(
    "view",
    [
        CodeView(),
        CodeView(wrap=True, numbers=True),
        CodeView(folded=True),
        CodeView(told="No picture. " * 9, numbers=True),
    ],
)
@pytest.mark.parametrize("width", [150, 333, 760])
def test_code_tables_and_other_directions(qapp: QApplication, view: CodeView, width: int) -> None:
    look, blocks = Look(DARK, 125), blocks_of(RICH)
    row = Row(look, Shown(entry(2), codes=[view]), blocks, 500)
    picture(row)  # all of it is laid out
    row.fit(width)
    same(row, Row(look, Shown(entry(2), codes=[view]), blocks, width))


@pytest.mark.parametrize("width", [150, 333, 760])
@pytest.mark.parametrize(
    "given_entry",
    [
        entry(1, joined("What does this do? " * 9, [attachment("a.py", "x = 1\n" * 50)])),
        entry(2, "Words. " * 40, thinking="A thought. " * 20, note="Mine. " * 30, pinned=True, versions=3),
        entry(2, "Words.", status="failed", error="It could not be read, because of something. " * 4),
    ],
)
def test_what_stands_around_the_text(qapp: QApplication, given_entry: "object", width: int) -> None:
    look = Look(LIGHT, 100)

    def fresh(column: int) -> Row:
        (item,) = items_of(given_entry, True)  # type: ignore[arg-type]
        item.opened = True
        return Row(look, item.shown(), item.blocks(), column)

    row = fresh(500)
    row.fit(width)
    same(row, fresh(width))


def test_nothing_is_laid_out_again(view: Transcript) -> None:
    view.show_entries([*talk(20), entry(21, "Q"), entry(22, RICH)], key=1)
    view.message_in_view(11)
    view.viewport().grab()
    rows = [row for _, _, row in view.visible_rows()]
    before = [[id(item.piece) for item in row.placed] for row in rows]

    def narrower() -> None:
        view.resize(560, 600)
        view.viewport().grab(QRect(0, 0, 560, 600))

    assert work_of(narrower).laid_out == 0
    again = [row for _, _, row in view.visible_rows()]
    assert [[id(item.piece) for item in row.placed] for row in again] == before[: len(again)]
    assert all(row.column == view.column for row in again)


def test_a_row_out_of_view_is_fitted_when_it_is_seen(view: Transcript) -> None:
    view.show_entries(talk(40), key=1)
    seen = view.row(39)
    view.message_in_view(4)
    before = seen.column
    view.resize(500, 600)
    assert seen.column == before
    view.scroll_to_end()
    assert view.row(39) is seen
    assert seen.column == view.column


@settings(max_examples=40)
@given(
    st.lists(st.integers(1, 500), min_size=1, max_size=12),
    st.lists(st.tuples(st.sampled_from(["set", "replace", "stretch", "extend", "ask"]), st.integers(0, 11), st.integers(1, 300)), max_size=12),
)  # fmt: skip
def test_heights_add_up(heights: list[int], steps: list[tuple[str, int, int]]) -> None:
    kept, plain = Heights(heights), [float(height) for height in heights]
    for step, at, number in steps:
        at = min(at, len(plain) - 1)
        if step == "set":
            kept[at] = plain[at] = number
        elif step == "replace":
            kept.replace(at, at + 1, [number, 1.0])
            plain[at : at + 1] = [number, 1.0]
        elif step == "extend":
            kept.extend([number])
            plain.append(number)
        elif step == "stretch":
            kept.stretch(number / 100)
            plain = [height * number / 100 for height in plain]
        assert kept.above(at) == pytest.approx(sum(plain[:at]))
        assert kept.total == pytest.approx(sum(plain))
        assert list(kept) == pytest.approx(plain)
        assert kept[at] == pytest.approx(plain[at])
