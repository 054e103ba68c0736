"""Formulas in the transcript: read whole and in pieces, set by a real process, shown without moving what is read."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from app.core.markdown import CODE, MATH, Block, Span
from app.ui.theme import DARK
from app.ui.transcript import Transcript
from app.ui.transcript.math_piece import MathPiece
from app.ui.transcript.parse import parse
from app.ui.transcript.pieces import TextPiece
from app.ui.transcript.stream import Growing
from app.ui.transcript.wide import TablePiece
from tests.ui.transcript.conftest import entry, long_answer
from tests.ui.transcript.test_parse import essence

WIDE = "$$" + " + ".join(f"a_{{{n}}} x^{{{n}}}" for n in range(40)) + "$$"


def kinds(text: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in parse(text)]


def set_all(view: Transcript, qtbot: QtBot) -> None:
    """Wait until all formulas in view are there."""
    qtbot.waitUntil(lambda: not view.formulas.waiting, timeout=60_000)


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────


def test_within_a_paragraph() -> None:
    (block,) = parse(r"*if* $a_1*b_1$ and \(c\) cost $5 and $6, `$x$` or \$y\$")
    assert [span.text for span in block.spans if span.style & MATH] == ["$a_1*b_1$", r"\(c\)"]
    assert Span("$x$", CODE) in block.spans
    assert block.text.endswith("cost $5 and $6, $x$ or $y$")


def test_neighbours_stay_apart() -> None:
    (block,) = parse("**$a$**$b$")
    assert [span.text for span in block.spans] == ["$a$", "$b$"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$$\na\n\nb\n$$", [("math", "$$\na\n\nb\n$$")]),
        ("is\n\\[\na\n\\]\nso", [("paragraph", "is"), ("math", "\\[\na\n\\]"), ("paragraph", "so")]),
        ("is $$a$$ so", [("paragraph", "is"), ("math", "$$a$$"), ("paragraph", "so")]),
        (r"so \[a\].", [("paragraph", "so"), ("math", r"\[a\]"), ("paragraph", ".")]),
        ("- $$a$$\n- b", [("math", "$$a$$"), ("paragraph", "b")]),
        ("> $$\n> a\n> $$", [("math", "$$\na\n$$")]),
        ("    $$a$$", [("code", "$$a$$")]),
        ("```\n$$a$$\n```", [("code", "$$a$$")]),
        ("# $a$ is", [("heading", "$a$ is")]),
        ("\\begin{align}\na\n\\end{align}", [("math", "\\begin{align}\na\n\\end{align}")]),
        ("- $$\n  a\n\nb $$", [("paragraph", "$$\na"), ("paragraph", "b $$")]),
        ("$$ is money", [("paragraph", "$$ is money")]),
    ],
)
def test_on_lines_of_their_own(text: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(text) == expected


PARTS = [
    "$$\n", "a = b\n", "\n", "text ", "$x$ ", "$5 and $6 ", "\\[\n", "\\]\n", "\\[ a \\] ", "\\( b \\) ", "$$ c $$",
    "\\begin{align}\n", "\\end{align}\n", "- item\n", "  ", "> ", "$$", "$", "`$x$`", "\\$", "# h\n", "1. ", "\n\n",
    "---\n", "|a|b|\n|-|-|\n|$x$|1|\n", ".", " where ",
]  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.sampled_from(PARTS), max_size=14).map("".join), st.data())
def test_streaming_in_any_pieces_gives_the_whole_parse(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=20)))
    growing = Growing()
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        growing.feed(text[start:end])
    assert essence(growing.blocks) == essence(parse(text))


@given(st.lists(st.sampled_from([part for part in PARTS if part[0] != "|"]), max_size=14).map("".join))
def test_nothing_is_lost(text: str) -> None:
    shown = "".join(block.text for block in parse(text))
    letters = re.compile("[abcx56]")
    assert letters.findall(shown) == letters.findall(text)


# ── showing ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_source_is_shown_until_the_formula_is_there(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(2, "Let $x^2$ be.\n\n$$\\frac{a}{b}$$\n\n|$y$|\n|-|\n|1|")], key=1)
    text, display, table = (item.piece for item in view.row(0).placed)
    assert isinstance(text, TextPiece)
    assert isinstance(display, MathPiece)
    assert isinstance(table, TablePiece)
    assert text.waiting == {("x^2", False)}
    assert display.waiting == {(r"\frac{a}{b}", True)}
    assert table.waiting == {("y", False)}
    set_all(view, qtbot)
    assert not any(item.piece.waiting for item in view.row(0).placed)  # type: ignore[attr-defined]
    assert [item.piece.text for item in view.row(0).placed] == [text.text, display.text, table.text]


def test_what_cannot_be_set_stays_as_its_source(view: Transcript, qtbot: QtBot) -> None:
    text = r"$\ce{H2O}$ and $$\frac{$$"
    view.show_entries([entry(2, text)], key=1)
    before = view.row(0).height
    set_all(view, qtbot)
    assert view.row(0).height == before
    assert [item.piece.text for item in view.row(0).placed] == [r"$\ce{H2O}$ and", r"$$\frac{$$"]


def test_formulas_that_are_known_are_shown_at_once(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(2, "Let $x^2$ be.")], key=1)
    set_all(view, qtbot)
    view.show_entries([entry(4, "Again $x^2$.")], key=2)
    assert not view.formulas.waiting
    view.set_theme(DARK, 150)
    view.row(0)
    assert not view.formulas.waiting


def test_what_is_read_does_not_move_when_formulas_come(
    view: Transcript, qtbot: QtBot, pixels: Callable[..., QImage]
) -> None:
    high = r"$$\begin{pmatrix}a\\b\\c\\d\\e\\f\end{pmatrix}$$"
    view.show_entries([entry(2, f"{high}\n\n" + long_answer(2) * 8)], key=1)
    line = view.row(0).line_of(3, 0)
    view.reading.go_to(0, line.top() - 40)
    view.moved()
    before = pixels(QRect(0, 40, 780, 400))
    height = view.row(0).height
    set_all(view, qtbot)
    assert view.row(0).height > height
    assert pixels(QRect(0, 40, 780, 400)) == before


def test_formulas_come_while_the_answer_is_written(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(2, status="streaming")], key=1)
    for piece in ("So $x", "^2$ is\n\n$$\n\\frac", "{a}{b}\n", "$$\n\nand"):
        view.grow(2, piece)
        view.frames.show_frame()
    set_all(view, qtbot)
    placed = view.row(0).placed
    assert [item.piece.text for item in placed] == ["So $x^2$ is", "$$\n\\frac{a}{b}\n$$", "and"]
    assert isinstance(placed[1].piece, MathPiece)
    assert not placed[1].piece.waiting


# ── working with them ─────────────────────────────────────────────────────────────────────────────────


def test_copying_gives_latex(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(2, "😀 let $x^2$ be\n\n$$\\frac{a}{b}$$\n\nend")], key=1)
    set_all(view, qtbot)
    view.keys.select_all()
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "😀 let $x^2$ be\n\n$$\\frac{a}{b}$$\n\nend"


def test_a_formula_is_selected_as_a_whole(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(2, "let $x^2 + y^2$ be\n\n$$\\frac{a}{b}$$")], key=1)
    set_all(view, qtbot)
    row = view.row(0)
    top = view.reading.top_of(0) or 0
    inline, display = (item.piece for item in row.placed)
    assert isinstance(inline, TextPiece)
    (area,) = inline.lines.rects(4, 15)
    assert area.width() > 40
    first = QPoint(view.left, top + row.placed[0].y) + area.center().toPoint()
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=first)
    assert view.selected_text() == "$x^2 + y^2$"
    second = QPoint(view.left + display.width // 2, top + row.placed[1].rect.center().y())
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=second)
    assert view.selected_text() == "$$\\frac{a}{b}$$"
    assert view.pointer.latex_at(first) == "$x^2 + y^2$"
    assert view.pointer.latex_at(second) == "$$\\frac{a}{b}$$"
    assert view.pointer.latex_at(first - QPoint(area.toRect().width(), 0)) == ""


def test_the_menu_of_a_formula_copies_it(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(2, "let $x^2$ be")], key=1)
    labels = {action.text(): action for action in view.keys.build_menu(0, latex="$x^2$").actions()}
    labels["Copy as LaTeX"].trigger()
    assert QGuiApplication.clipboard().text() == "$x^2$"
    assert "Copy as LaTeX" not in {action.text() for action in view.keys.build_menu(0).actions()}


@pytest.mark.parametrize("text", ["ab $x^2$ cd $y$ ef", "$x$", "😀$x$😀"])
def test_positions_in_lines_are_those_of_the_text(view: Transcript, qtbot: QtBot, text: str) -> None:
    view.show_entries([entry(2, text)], key=1)
    set_all(view, qtbot)
    piece = view.row(0).placed[0].piece
    assert isinstance(piece, TextPiece)
    spots = {piece.position_at(x, 5) for x in range(0, 300, 2)}
    inside = {
        place
        for found in re.finditer(r"\$[^$]*\$", text)
        for place in range(_units(text[: found.start()]) + 1, _units(text[: found.end()]))
    }
    assert spots == set(range(_units(text) + 1)) - inside - {n + 1 for n in _pairs(text)}
    for spot in spots:
        assert piece.position_at(piece.line_at(spot).x(), 5) == spot


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _pairs(text: str) -> list[int]:
    """Where characters of two units begin."""
    return [_units(text[:index]) for index, letter in enumerate(text) if ord(letter) > 0xFFFF]


def test_the_baseline_is_that_of_the_text(view: Transcript, qtbot: QtBot, pixels: Callable[..., QImage]) -> None:
    view.show_entries([entry(2, r"HHHH $\mathrm{HHHH}$")], key=1)
    set_all(view, qtbot)
    piece = view.row(0).placed[0].piece
    assert isinstance(piece, TextPiece)
    origin = QPoint(view.left, (view.reading.top_of(0) or 0) + view.row(0).placed[0].y)
    (area,) = piece.lines.rects(5, piece.length)
    lowest = [
        max(y for x in range(image.width()) for y in range(image.height()) if image.pixelColor(x, y).lightness() < 128)
        for image in (
            pixels(QRect(origin, origin + QPoint(int(area.left()) - 4, piece.height))),
            pixels(QRect(origin + QPoint(int(area.left()), 0), origin + QPoint(int(area.right()), piece.height))),
        )
    ]
    assert abs(lowest[0] - lowest[1]) <= 1


def test_tall_formulas_make_room_in_their_line_alone(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(2, r"low $x$" + "\n" + r"high $\begin{pmatrix}a\\b\\c\end{pmatrix}$" + "\nlow")], key=1)
    set_all(view, qtbot)
    piece = view.row(0).placed[0].piece
    assert isinstance(piece, TextPiece)
    assert piece.lines.top_of(5) == 0
    assert piece.height > 4 * view.look.pitch
    first = piece.lines.layout.lineAt(1)
    assert first.y() > piece.lines.layout.lineAt(0).y() + view.look.pitch


def test_a_formula_wider_than_the_column_is_scrolled(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(2, WIDE)], key=1)
    set_all(view, qtbot)
    piece = view.row(0).placed[0].piece
    assert isinstance(piece, MathPiece)
    assert piece.width == view.column
    assert piece.overflow > 0
    before = view.viewport().grab().toImage()
    assert piece.scroll_by(200)
    view.viewport().update()
    assert view.viewport().grab().toImage() != before
    assert piece.position_at(0, 5) == 0


def test_the_colour_is_that_of_the_theme(view: Transcript, qtbot: QtBot, pixels: Callable[..., QImage]) -> None:
    view.show_entries([entry(2, r"$\blacksquare\blacksquare\blacksquare$")], key=1)
    set_all(view, qtbot)
    view.set_theme(DARK, 100)
    area = QRect(view.left, 0, 60, 30)
    image = pixels(area)
    brightest = max(image.pixelColor(x, y).lightness() for x in range(60) for y in range(30))
    assert brightest > 180


@pytest.mark.parametrize(
    "text",
    ["$" * 20_000, "$x$ " * 3_000, "\\[" * 10_000, "$$\n" * 5_000, "$" + "{" * 900 + "$", "$$" + "x" * 10_000 + "$$"],
    ids=["dollars", "formulas", "brackets", "lines", "braces", "long"],
)
def test_hostile_texts_are_shown(view: Transcript, text: str, qtbot: QtBot) -> None:
    view.show_entries([entry(2, text)], key=1)
    view.scroll_to_end()
    view.viewport().grab()
    assert [Block] * len(view.items[0].blocks()) == [type(block) for block in view.items[0].blocks()]
