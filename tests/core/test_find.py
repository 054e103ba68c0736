"""What is found in a text, and what can be told of a source before it is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.find import Literally, Query
from app.core.markdown import utf16_slice
from app.ui.transcript.parse import parse


def found(text: str, query: str, **how: bool) -> list[str]:
    return [utf16_slice(text, *span) for span in Literally(Query(query, **how)).spans(text)]


@pytest.mark.parametrize(
    ("text", "query", "how", "expected"),
    [
        ("Word and word", "word", {}, ["Word", "word"]),
        ("Word and word", "word", {"case": True}, ["word"]),
        ("😀 a word 😀 word", "word", {}, ["word", "word"]),
        ("words and sword", "word", {"words": True}, []),
        ("a word, (word) word_", "word", {"words": True}, ["word", "word"]),
        ("用Python写", "python", {"words": True}, ["Python"]),
        ("大语言模型的上下文", "模型", {"words": True}, ["模型"]),
        ("C++ and c", "c++", {"words": True}, ["C++"]),
        ("two\nwords, two\u00a0words", "two words", {}, ["two\nwords", "two\u00a0words"]),
        ("I don’t say “no”", 'don\'t say "no"', {}, ["don’t say “no”"]),
        ("I don’t", "don't", {"case": True}, []),
        ("a.b axb", "a.b", {}, ["a.b"]),
        ("ÄRGER ärger", "ärger", {}, ["ÄRGER", "ärger"]),
        ("aaaa", "aa", {}, ["aa", "aa"]),
    ],
)
def test_what_is_found(text: str, query: str, how: dict[str, bool], expected: list[str]) -> None:
    assert found(text, query, **how) == expected


@given(st.text("ab 😀é中", max_size=40), st.text("ab 😀é中", min_size=1, max_size=4))
def test_positions_count_as_qt_does(text: str, query: str) -> None:
    spans = list(Literally(Query(query, case=True)).spans(text))
    assert [utf16_slice(text, *span) for span in spans] == [query] * len(spans)
    assert len(spans) == text.count(query)


MARKUP = st.lists(
    st.sampled_from(
        ["wo", "rd", "s", " ", "**", "*", "_", "`", "~~", "\n", "\n\n", "- ", "> ", "1. ", "# ", "&amp;", "[a](http://b.c)", "\\*",
         "| a | b |\n|-|-|\n| c | ", "$x$", "```\n", "![pic](x.png)", "[^1]", "[r]", "\n\n[r]: http://x.y\n", "中文", "😀", "<b>", "&eacute;"]
    ),
    max_size=20,
).map("".join)  # fmt: skip


@given(MARKUP, st.sampled_from(["word", "words", "o", "words word", "中文", "é", "ab", "pic", "a c", "&", "*"]))
def test_a_source_that_is_passed_over_holds_nothing(source: str, query: str) -> None:
    matcher = Literally(Query(query))
    if not matcher.may_be_in(source):
        assert not [block for block in parse(source) if list(matcher.spans(block.text))]
