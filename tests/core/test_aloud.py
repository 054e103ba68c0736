"""What is said of an answer while it is written: whole sentences, each once, none left out."""

import re

from hypothesis import given
from hypothesis import strategies as st

from app.core.aloud import Aloud
from app.core.markdown import Block, Span


def paragraph(text: str, marker: str = "") -> Block:
    return Block("paragraph", (Span(text),), marker=marker)


def heard(texts: list[str], ended: bool = True) -> list[list[str]]:
    """What is said as one paragraph grows from text to text."""
    aloud = Aloud()
    last = len(texts) - 1
    return [aloud.hear([paragraph(text)], ended and number == last) for number, text in enumerate(texts)]


def test_a_sentence_is_said_when_its_end_has_come() -> None:
    assert heard(["It is", "It is so.", "It is so. And", "It is so. And then? Yes", "It is so. And then? Yes!"]) == [
        [], [], ["It is so."], ["And then?"], ["Yes!"],
    ]  # fmt: skip


def test_a_point_within_a_sentence_ends_none() -> None:
    assert heard(["About 3.5 of e.g. Dr. No, see a.b, and so on. Next", ""], ended=False)[0] == [
        "About 3.5 of e.g. Dr. No, see a.b, and so on."
    ]


def test_chinese_sentences() -> None:
    assert heard(["你好。今天天气", "你好。今天天气很好！是"], ended=False) == [["你好。"], ["今天天气很好！"]]


def test_blocks_that_are_no_prose_are_told_of_when_they_are_whole() -> None:
    code = Block("code", (Span("a = 1\nb = 2"),), language="python")
    table = Block("table", rows=(((Span("a"),),), ((Span("1"),),)))
    aloud = Aloud()
    assert aloud.hear([paragraph("See:"), code], False) == ["See:"]
    assert aloud.hear([paragraph("See:"), code, table], False) == ["Code, python, 2 lines"]
    assert aloud.hear([paragraph("See:"), code, table, Block("rule"), paragraph("End")], True) == [
        "Table with 1 row", "End",
    ]  # fmt: skip


def test_marks_of_items_are_said() -> None:
    items = [paragraph("one", "•"), paragraph("two", "7."), paragraph("three", "☐"), paragraph("four", "☑")]
    assert Aloud().hear(items, True) == ["one", "7. two", "To do: three", "Done: four"]


@given(st.lists(st.text("ab .!?\n。", max_size=30), max_size=6), st.data())
def test_everything_is_said_once(texts: list[str], data: st.DataObject) -> None:
    aloud = Aloud()
    said: list[str] = []
    for number in range(len(texts)):
        whole = [paragraph(text) for text in texts[:number]]
        for end in sorted(data.draw(st.lists(st.integers(0, len(texts[number])), max_size=4))):
            said += aloud.hear([*whole, paragraph(texts[number][:end])], False)
    said += aloud.hear([paragraph(text) for text in texts], True)
    letters = re.compile(r"[ab]")
    assert letters.findall("".join(said)) == letters.findall("".join(texts))
