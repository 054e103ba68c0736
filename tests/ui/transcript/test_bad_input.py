"""Texts that are out to hurt: each is shown, readable and copyable, and no step of the window does more than a bounded work.

Work is counted, not timed: calls of functions, letters that were searched, letters that were laid out.
"""

from collections.abc import Callable

import pytest
from PySide6.QtGui import QGuiApplication

from app.core.markdown import displayable
from app.ui.transcript import Transcript
from app.ui.transcript.code import CodePiece
from app.ui.transcript.parse import WHOLE, Plain
from app.ui.transcript.selection import END, Selection
from tests.ui.transcript.conftest import entry
from tests.work import Work, work_of

LONG = 60_000  # letters
HOSTILE: dict[str, str] = {
    "unclosed fence": "Before.\n\n```python\n" + "x = [1, 2, 3]\n" * 5_000,
    "unclosed fences": "```\n~~~\n" * 800,
    "quotes": ">" * 10_000 + " deep",
    "spaced quotes": "> " * 10_000 + "deep",
    "quotes below each other": "\n".join(">" * n for n in range(1, 200)),
    "brackets": "[" * 10_000 + "x" + "]" * 10_000,
    "open brackets": "[" * 10_000,
    "images": "![" * 10_000,
    "links": "[a](b" * 2_000,
    "labels": "[a][b]" * 4_000,
    "parentheses": "[a](" + "(" * 10_000,
    "lists": "- " * 3_000 + "deep",
    "lists below each other": "\n".join("  " * n + "- a" for n in range(200)),
    "numbers": "1. " * 10_000,
    "one line": "word " * (LONG // 5),
    "one word": "x" * LONG,
    "one line of code": "```\n" + "y" * LONG + "\n```",
    "one wide line of code": "```\n" + "中" * (LONG // 2) + "\n```",
    "one line in a table": "|a|\n|-|\n|" + "z " * 20_000 + "|",
    "one heading": "# " + "w " * 20_000,
    "backticks": "`" * 2_000_000,
    "backticks apart": "` " * 8_000,
    "backticks of all lengths": "a".join("`" * n for n in range(1, 300)),
    "stars": "*a **b " * 2_000,
    "stars alone": "*" * LONG,
    "lines below": "_a __b " * 2_000,
    "tildes": "~~a " * 2_000,
    "angles": "<a " * 10_000,
    "angles alone": "<" * LONG,
    "html": "<div>\n" * 1_000,
    "entities": "&amp;" * 3_000,
    "ampersands": "&" * 20_000,
    "escapes": "\\" * 20_000,
    "dollars": "$a " * 4_000,
    "dollars alone": "$" * 20_000,
    "open formulas": "\\(a \\[b " * 5_000,
    "environments": "\\begin{align}\n" * 700,
    "definitions": "".join(f"[a{n}]: /b\n" for n in range(1_000)),
    "notes": "[^1]" * 2_000,
    "note texts": "".join(f"[^{n}]: a\n" for n in range(500)),
    "columns": "|a" * 800 + "|\n" + "|-" * 800 + "|\n" + "|b" * 800 + "|",
    "rows": "|a|b|\n|-|-|\n" + "|c|d|\n" * 1_500,
    "rules": "---\n" * 1_000,
    "addresses": "http://a.b/" * 5_000,
    "www": "www." * 10_000,
    "mail": "a@b." * 10_000,
    "controls": "\x00\x07\x1b[31m\x7f" * 2_000,
    "directions": "a\u202eb\u2066c\u2069" * 4_000,
    "surrogates": "\ud800 \udfff" * 10_000,
    "marks on marks": "a" + "\u0301" * 20_000,
    "joiners": "👩\u200d" * 10_000,
    "tabs": "\t" * LONG,
    "blanks": " " * LONG,
    "line ends": "\n" * 20_000,
    "carriage returns": "a\r" * 4_000,
    "separators": "a\u2028b\u2029" * 3_000,
}
STEP = Work(calls=400_000, letters=20_000_000, laid_out=60_000)  # the most that one step may do
OPEN = Work(calls=450_000, letters=20_000_000, laid_out=60_000)  # to read it and lay it out
FRAME = Work(calls=200_000, letters=1_000_000, laid_out=10_000)  # while it grows
LESS_IS_SEEN = (  # of these, Markdown hides what is not text
    "entities", "definitions", "links", "labels", "numbers", "unclosed fence", "note texts", "columns", "html", "lists",
)  # fmt: skip


def within(action: Callable[[], object], limit: Work, what: str) -> None:
    found = work_of(action)
    assert found.calls <= limit.calls, f"{what}: {found}"
    assert found.letters <= limit.letters, f"{what}: {found}"
    assert found.laid_out <= limit.laid_out, f"{what}: {found}"


def signs(text: str) -> str:
    """The letters and digits of a text."""
    return "".join(filter(str.isalnum, text))


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_shown_scrolled_and_copied(view: Transcript, name: str) -> None:
    text = HOSTILE[name]
    view.show_entries([entry(1, "Q"), entry(2, text)], key=name)
    view.viewport().grab()
    within(lambda: (view.show_start(), view.viewport().grab()), STEP, "start")
    within(lambda: (view.scroll_by(500), view.viewport().grab()), STEP, "scroll")
    view.act(1, "copy")
    assert QGuiApplication.clipboard().text() == displayable(text)
    view.select(Selection((1, 0, 0), (len(view.items) - 1, END, END)))
    view.selected_text().encode()
    shown = signs("".join(block.text for item in view.items[1:] for block in item.blocks()))
    meant = signs(displayable(text))
    assert shown == meant or (name in LESS_IS_SEEN and len(shown) <= len(meant))


@pytest.mark.parametrize("name", HOSTILE)
def test_it_grows(view: Transcript, name: str) -> None:
    """Near its end, where each frame would read most again."""
    text = HOSTILE[name][:5_000]
    view.show_entries([entry(1, "Q"), entry(2, status="streaming")], key=name)
    for start in range(0, len(text), 1_700):
        view.grow(2, text[start : start + 1_700])
        view.frames.show_frame()
    for letter in ("a", "\n"):
        view.grow(2, letter)
        within(lambda: (view.frames.show_frame(), view.viewport().grab()), FRAME, "frame")
    view.change_entry(entry(2, text + "a\n"))
    view.ending.finish()


@pytest.mark.parametrize("name", ["rows", "mail", "angles", "stars", "dollars alone", "ampersands", "backticks apart"])
def test_it_opens(view: Transcript, name: str) -> None:
    within(lambda: view.show_entries([entry(1, "Q"), entry(2, HOSTILE[name])], key=name), OPEN, "open")


@pytest.mark.parametrize(
    "name", ["backticks apart", "ampersands", "quotes", "open brackets", "links", "one line in a table", "environments"]
)
def test_that_it_is_shown_as_it_is_written_is_told(view: Transcript, name: str) -> None:
    view.show_entries([entry(1, "Q"), entry(2, HOSTILE[name])], key=name)
    assert isinstance(view.row(1).blocks, Plain)
    plain = view.row(1).height
    row = view.row(1)
    row.fill(list(row.blocks))
    assert row.height < plain


@pytest.mark.parametrize("letter", ["y", "中"])
def test_a_line_of_a_million_letters_is_broken_and_copied_whole(view: Transcript, letter: str) -> None:
    code = f"a = 1\n{letter * 1_000_000}\nb = 2"
    view.show_entries([entry(1, "Q"), entry(2, f"```python\n{code}\n```")], key=1)
    piece = view.row(1).placed[0].piece
    assert isinstance(piece, CodePiece)
    assert (piece.text, piece.lines, len(code) > WHOLE) == (code, 3, True)
    for position in (6, 3_000, 700_000, piece.length):
        line = piece.line_at(position)
        assert piece.position_at(line.x(), line.center().y()) == position
        assert line.bottom() < piece.height
    view.show_start()
    within(lambda: view.viewport().grab(), STEP, "start")
    view.reading.jump(view.reading.total // 2)
    within(lambda: view.viewport().grab(), STEP, "middle")
    assert len(piece._layouts) < 20
