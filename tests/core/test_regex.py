"""A late pattern is what Python's own is."""

import re

import pytest

from app.core.regex import regex


def test_it_finds_what_pythons_own_finds() -> None:
    late, own = regex(r"(\w)=(\d+)", re.IGNORECASE), re.compile(r"(\w)=(\d+)", re.IGNORECASE)
    text = "a=1, B=22"
    assert late.findall(text) == own.findall(text)
    assert [found.span() for found in late.finditer(text)] == [found.span() for found in own.finditer(text)]
    assert late.sub(r"\2", text) == own.sub(r"\2", text)
    assert late.search("nothing") is None
    assert late.match("c=3", 0, 3)
    assert (late.pattern, late.flags, late.groups) == (own.pattern, own.flags, own.groups)
    assert regex(rb"\d").findall(b"1a2") == [b"1", b"2"]


def test_it_is_compiled_when_it_is_used() -> None:
    wrong = regex("(")
    with pytest.raises(re.error):
        wrong.search("")
