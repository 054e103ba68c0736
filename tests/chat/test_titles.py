"""Titles are made from the first message, without a model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.titles import title_from


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Hello", "Hello"),
        ("What is a token? And what is a logit?", "What is a token?"),
        ("Explain it. Briefly.", "Explain it"),
        ("# A **bold** heading\nmore", "A bold heading"),
        ("> quoted `code` here", "quoted code here"),
        ("1. first\n2. second", "first"),
        ("- [x](http://example.org) marks the spot", "x marks the spot"),
        ("```python\nprint(1)\n```", "print(1)"),
        ("\n\n   \n  Spaced   out  ", "Spaced out"),
        ("今天天气怎么样？我想出门。", "今天天气怎么样？"),
        ("snake_case_name and 2*3*4", "snake_case_name and 234"),
        ("???", "???"),
        ("   ", ""),
        ("Please write a long story about a fox who lives in the forest and likes to read",
         "Please write a long story about a fox who lives…"),
        ("nul\0byte", "nulbyte"),
    ],
)  # fmt: skip
def test_titles(text: str, title: str) -> None:
    assert title_from(text) == title


@given(st.text())
def test_any_title_is_one_short_line(text: str) -> None:
    title = title_from(text)
    assert len(title) <= 50
    assert len(title.splitlines()) <= 1
    assert bool(title) == bool(text.replace("\0", "").strip()) or not title


def test_a_megabyte_takes_no_time() -> None:
    assert title_from("(" * 1_000_000) == "(" * 49 + "…"
    assert title_from("[" * 1_000_000 + "a") != ""
    assert len(title_from("a" * 1_000_000)) == 50
