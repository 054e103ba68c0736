"""Bare addresses are found, with the punctuation that is theirs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.addresses import addresses


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see http://a.example/b_(c)).", [("http://a.example/b_(c)", "http://a.example/b_(c)")]),
        ("www.a.example/b, and", [("www.a.example/b", "http://www.a.example/b")]),
        ("mail me@a.example.", [("me@a.example", "mailto:me@a.example")]),
        ("https://me@a.example/", [("https://me@a.example/", "https://me@a.example/")]),
        ("foo.www.a.example x@y www. @name http://", []),
        ("见https://a.example/。", [("https://a.example/", "https://a.example/")]),
    ],
)
def test_addresses(text: str, found: list[tuple[str, str]]) -> None:
    assert [(part, goal) for part, goal in addresses(text) if goal] == found


@given(st.text("a.w@:/ htps()", max_size=60))
def test_nothing_is_lost(text: str) -> None:
    assert "".join(part for part, _ in addresses(text)) == text
