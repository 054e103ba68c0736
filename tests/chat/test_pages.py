"""What pages are made of: the same words that the web page has, in pieces that are never large."""

import re
from datetime import UTC, datetime
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from app.chat.pages import LINES, Piece, pieces
from app.core.tree import Conversation, Message, Tree

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def paged(answer: str, **fields: object) -> list[Piece]:
    """The pieces of a question and an answer."""
    talk = Conversation(id=1, title="Talk", created=NOW, updated=NOW, leaf=2)
    said = Message(id=1, conversation=1, parent=None, role="user", text="  Why?\n<b>", created=NOW)
    answered = Message(id=2, conversation=1, parent=1, role="assistant", text=answer, created=NOW, model="M", **fields)  # type: ignore[arg-type]  # as the test gives them
    return list(pieces(talk, Tree([said, answered])))


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_title_date_and_who_said_what() -> None:
    found = paged("Because.", thinking="Hm.", thinking_s=3.0, error="It broke.")
    assert [(piece.kind, piece.ground, plain(piece.html)) for piece in found] == [
        ("title", "", "Talk"),
        ("date", "", f"{NOW.astimezone():%Y-%m-%d %H:%M}"),
        ("who", "", "You"),
        ("text", "said", "Why? <b>"),
        ("who", "", "M"),
        ("text", "thought", "Thought for 3 s"),
        ("text", "thought", "Hm."),
        ("text", "", "Because."),
        ("text", "", "It broke."),
    ]
    assert "  Why?" in found[3].html


def test_quotations_stand_beside_a_bar_and_what_is_nested_deepest_is_shown_as_written() -> None:
    found = paged("> one\n>\n> > two\n\nthree")[4:]
    assert [(piece.ground, plain(piece.html)) for piece in found[1:]] == [
        ("quoted", "one"),
        ("quoted", "two"),
        ("", "three"),
    ]
    assert "at the bottom" in paged("> " * 100 + "at the bottom")[-1].html


def test_long_code_goes_on_in_pieces_that_belong_together() -> None:
    code = [piece for piece in paged("```\n" + "x\n" * (2 * LINES + 1) + "```") if piece.kind == "code"]
    assert [piece.first for piece in code] == [True, False, False]
    assert sum(piece.html.count("x") for piece in code) == 2 * LINES + 1


def test_long_lists_keep_their_numbers_and_long_tables_their_head() -> None:
    found = paged("3. a\n" + "1. b\n" * 44)
    assert [int(start) for piece in found for start in re.findall(r'<ol start="(\d+)"', piece.html)] == [3, 23, 43]
    assert sum(piece.html.count("<li>") for piece in found) == 45
    found = paged("|head|\n|-|\n" + "|cell|\n" * 70)
    assert [piece.html.count("<th>") for piece in found if "<table>" in piece.html] == [1, 1, 1]
    assert sum(piece.html.count("<td>cell</td>") for piece in found) == 70
    assert any("<th>" in piece.html for piece in paged("|only a head|\n|-|\n"))


def test_formulas_are_taken_out_and_come_with_their_source() -> None:
    (piece,) = [piece for piece in paged("If $a_1$ and $b_1$, *then*.") if piece.formulas]
    assert piece.formulas == (("a_1", False), ("b_1", False))
    assert piece.sources == ("$a_1$", "$b_1$")
    assert piece.html.count('<img src="formula:') == 2
    assert "<em>then</em>" in piece.html
    (display,) = [piece for piece in paged("$$\nx^2\n$$") if piece.formulas]
    assert display.formulas == (("x^2", True),)


def test_nothing_in_an_answer_becomes_an_image() -> None:
    found = paged('<img src="formula:0" /> ![](formula:0) ![x](http://a/b.png)')
    assert not any("<img" in piece.html for piece in found)


@given(st.text(alphabet=st.sampled_from("ab *_`~#>-1.|$\\[](){}\n<&中😀\ud800\r\0"), max_size=300))
def test_any_answer_has_pages(answer: str) -> None:
    for piece in paged(answer, thinking=answer):
        piece.html.encode()
        assert len(piece.formulas) == len(piece.sources) == piece.html.count('<img src="formula:')
