"""Where tokens stand on lines, against the plain text."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from app.core.markdown import displayable
from app.core.token_text import LONGEST_LINE, TokenText

PIECES = st.lists(st.text(st.sampled_from("ab \n\n\r\x07é漢😀\u202e"), max_size=4), max_size=30)


def units(text: str) -> bytes:
    return text.encode("utf-16-le")


@given(PIECES, st.sets(st.integers(0, 29)))
def test_every_character_belongs_to_its_token(pieces: list[str], special: set[int]) -> None:
    shown = [displayable(piece) for piece in pieces]
    tokens = TokenText("".join(pieces), tuple(accumulate(map(len, pieces))), special)
    assert "\n".join(tokens.lines) == "".join(shown)
    said: dict[int, str] = {}
    for number, line in enumerate(tokens.lines):
        at = 0
        for mark in tokens.marks(number):
            assert mark.start == at  # no gap between two tokens
            at = mark.end
            text = units(line)[2 * mark.start : 2 * mark.end].decode("utf-16-le")
            said[mark.token] = said.get(mark.token, "") + text + "\n" * mark.breaks
            assert mark.special == (mark.token in special)
        assert at == len(units(line)) // 2
    assert said == {number: text for number, text in enumerate(shown) if text}


def test_long_lines_are_cut_and_places_found() -> None:
    text = "x" * (LONGEST_LINE + 5) + "\nend"
    tokens = TokenText(text, (LONGEST_LINE + 1, len(text)), {1})
    assert list(map(len, tokens.lines)) == [LONGEST_LINE, 5, 3]
    assert [(mark.token, mark.start, mark.end, mark.breaks) for mark in tokens.marks(1)] == [
        (0, 0, 1, False),
        (1, 1, 5, True),
    ]
    assert tokens.find("end") == LONGEST_LINE + 6
    assert tokens.find("no") == -1
    assert [tokens.line_of(place) for place in (0, LONGEST_LINE, LONGEST_LINE + 6)] == [0, 1, 2]
    assert tokens.marks(3) == tokens.marks(-1) == []
