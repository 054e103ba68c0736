"""Regular expressions: what they find, what is wrong with them, and that none of them can hold up the window."""

from contextlib import suppress

import pytest

from app.core.errors import InputError
from app.core.find import Query
from app.core.markdown import utf16_slice
from app.ui.patterns import PART, Pattern


def found(pattern: str, text: str, **how: bool) -> list[str]:
    return [utf16_slice(text, *span) for span in Pattern(Query(pattern, regex=True, **how)).spans(text)]


@pytest.mark.parametrize(
    ("pattern", "text", "how", "expected"),
    [
        (r"w\w+d", "Word wood 😀 wild", {}, ["Word", "wood", "wild"]),
        (r"w\w+d", "Word wood", {"case": True}, ["wood"]),
        (r"^b", "a\nb", {}, ["b"]),
        (r"a|ab", "ab abc", {"words": True}, ["ab"]),
        (r"\w+", "中文 é", {}, ["中文", "é"]),
        (r"x*", "axx", {}, ["xx"]),
        ("b", "a\n" * PART + "😀b\n" + "a\n" * PART + "b", {}, ["b", "b"]),
        ("b", "a" * PART + "b" * 3, {}, ["b", "b", "b"]),
    ],
)
def test_what_is_found(pattern: str, text: str, how: dict[str, bool], expected: list[str]) -> None:
    assert found(pattern, text, **how) == expected


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(a", "A bracket “(” is not closed."),
        ("a)", "A bracket “)” closes nothing."),
        ("[a", "A bracket “[” is not closed."),
        ("*a", "There is nothing that “*”, “+” or “?” could repeat."),
        ("a\\", "A sign is missing behind the last “\\”."),
        ("[z-a]", "A range runs backwards."),
        ("((((((((((a{100}){100}){100}){100}){100}){100}){100}){100}){100}){100})", "This pattern is too large."),
        ("(" * 400 + ")" * 400, "This pattern is too large."),
        ("(?P<n", "This is not a regular expression: something is wrong near sign 6."),
        ("(*LIMIT_MATCH=4000000000)(a+)+$", "This is not a regular expression: something is wrong near sign"),
    ],
)
@pytest.mark.parametrize("words", [False, True])
def test_what_is_wrong_is_said(pattern: str, said: str, words: bool) -> None:
    with pytest.raises(InputError) as caught:
        Pattern(Query(pattern, words=words, regex=True))
    assert caught.value.message.startswith(said)
    assert caught.value.hint


@pytest.mark.parametrize(
    "pattern",
    [r"(a+)+$", r"(a|aa)+$", r"(\w+\s?)*$", r"\b(?:(\w+\s?)*\b\d)", r"(a?){30}[bc]", r"(.*)*\d", r"^(([a-z])+.)+[A-Z]([a-z])+$"],
)  # fmt: skip
@pytest.mark.parametrize("text", ["a" * 60_000 + "!", "word word " * 3_000 + "!"])
def test_a_pattern_that_takes_too_long_is_given_up(pattern: str, text: str) -> None:
    """Without a limit each of the worst ones would take longer than the universe is old."""
    with suppress(InputError):
        assert all(end > start for start, end in Pattern(Query(pattern, regex=True)).spans(text))


def test_the_worst_pattern_says_so() -> None:
    with pytest.raises(InputError, match="takes too long"):
        found("(a+)+$", "a" * 1_000 + "!")
