"""Texts become valid and short."""

from hypothesis import given
from hypothesis import strategies as st

from app.core.text import shortened, valid


@given(st.text(st.characters(exclude_categories=())))
def test_valid_text_can_be_written(text: str) -> None:
    result = valid(text)
    assert len(result) == len(text)
    result.encode("utf-8")
    assert valid(result) == result


@given(st.text(), st.integers(1, 40))
def test_shortened_is_short(text: str, length: int) -> None:
    result = shortened(text, length)
    assert len(result) <= length
    assert result == text or result.endswith("…")


def test_words_stay_whole() -> None:
    assert shortened("The quick brown fox", 12) == "The quick…"
    assert shortened("今天天气怎么样我想去公园", 6) == "今天天气怎…"
    assert shortened("short", 5) == "short"
