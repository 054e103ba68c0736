"""Markdown becomes the blocks that it means, whatever the text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.markdown import (
    BOLD,
    CODE,
    ITALIC,
    RAISED,
    STRIKE,
    Block,
    Span,
    chunks,
    displayable,
    plain_blocks,
    utf16_length,
    utf16_slice,
)
from app.ui.transcript.parse import parse
from app.ui.transcript.sources import source_of
from app.ui.transcript.stream import Growing


def test_inline_styles() -> None:
    (block,) = parse("plain **bold *both*** `code` ~~gone~~")
    assert block.spans == (
        Span("plain "),
        Span("bold ", BOLD),
        Span("both", BOLD | ITALIC),
        Span(" "),
        Span("code", CODE),
        Span(" "),
        Span("gone", STRIKE),
    )


def test_links_images_and_bare_addresses() -> None:
    (block,) = parse(
        "[a](https://a.example) ![cat](http://b.example/c.png) see https://c.example/d_(e). <https://f.example>"
    )
    assert [(span.text, span.link) for span in block.spans if span.link] == [
        ("a", "https://a.example"),
        ("http://b.example/c.png", "http://b.example/c.png"),
        ("https://c.example/d_(e)", "https://c.example/d_(e)"),
        ("https://f.example", "https://f.example"),
    ]
    assert "Image: cat http" in block.text


def test_an_image_in_the_address_is_told_in_short_and_leads_nowhere() -> None:
    (block,) = parse("![](data:image/png;base64," + "A" * 5_000 + ") a")
    assert len(block.text) < 60
    assert not any(span.link for span in block.spans)


def test_footnotes_stand_where_they_are_written() -> None:
    blocks = parse(
        "Word[^1], [^note], not `[^2]`, nor [^a-z].\n\n[^1]: One\n    more\n\n[^note]: **Two**\n[^3]:\n\nEnd"
    )
    assert [span.text for span in blocks[0].spans if span.style & RAISED] == ["[1]", "[note]"]
    assert "[^2]" in blocks[0].text
    assert blocks[0].text.endswith(" nor [^a-z].")
    assert [(block.text, block.inset) for block in blocks[1:]] == [
        ("[1] One\nmore", ("item",)),
        ("[note] Two", ("item",)),
        ("[3]", ("item",)),
        ("End", ()),
    ]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x"])
def test_dangerous_link_targets_stay_text(address: str) -> None:
    (block,) = parse(f"[click]({address})")
    assert not any(span.link.startswith("javascript") for span in block.spans)


def test_lists_keep_their_depth_and_numbers() -> None:
    blocks = parse("3. three\n4. four\n   - nested\n\n- [ ] open\n- [x] done")
    assert [(block.marker, len(block.inset), block.text) for block in blocks] == [
        ("3.", 1, "three"),
        ("4.", 1, "four"),
        ("•", 2, "nested"),
        ("☐", 1, "open"),
        ("☑", 1, "done"),
    ]


def test_quotes_code_tables_and_rules() -> None:
    blocks = parse("> quoted\n> > deeper\n\n```py extra\nx = 1\n```\n\n|a|b|\n|:-:|-:|\n|1|2|\n\n---\n\n# Title")
    assert [block.kind for block in blocks] == ["paragraph", "paragraph", "code", "table", "rule", "heading"]
    assert blocks[1].inset == ("quote", "quote")
    assert (blocks[2].language, blocks[2].text) == ("py", "x = 1")
    assert blocks[3].aligns == ("center", "right")
    assert blocks[3].text == "a\tb\n1\t2"
    assert blocks[5].level == 1


def test_html_is_text() -> None:
    assert parse("<div>\nhello <b>you</b>\n</div>")[0].text == "<div>\nhello <b>you</b>\n</div>"


@pytest.mark.parametrize(
    "text",
    [
        ">" * 10_000,
        "[" * 10_000,
        "[a" * 5_000,
        "`" * 50_001 + "a",
        "> " * 300 + "deep",
        "*a **b " * 2_000,
        "(" * 10_000,
    ],
    ids=["quotes", "brackets", "labels", "ticks", "nested", "stars", "parentheses"],
)
def test_nothing_of_a_hostile_text_is_lost(text: str) -> None:
    shown = "".join(block.text for block in parse(text))
    letters = re.sub(r"[^ab]", "", text)
    assert re.sub(r"[^ab]", "", shown) == letters or "`" in text


def test_a_question_is_shown_as_it_was_typed() -> None:
    blocks = plain_blocks("# not a *heading*\n  two\n\n```sh\nls\n```\nend")
    assert [(block.kind, block.text) for block in blocks] == [
        ("paragraph", "# not a *heading*\n  two"),
        ("code", "ls"),
        ("paragraph", "end"),
    ]


def test_an_unclosed_fence_runs_to_the_end() -> None:
    assert plain_blocks("a\n```\nb") == [Block("paragraph", (Span("a"),)), Block("code", (Span("b"),))]


@given(st.text(st.characters(codec=None, exclude_categories=[])))
def test_displayable_text_is_harmless(text: str) -> None:
    shown = displayable(text)
    shown.encode()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]", shown)
    assert displayable(shown) == shown


def test_lone_surrogates_and_pairs() -> None:
    assert displayable("a\ud83d\ude00b") == "a😀b"
    assert displayable("a\ud83db\x00") == "a�b␀"


@given(st.text("ab \n", max_size=300), st.integers(3, 40))
def test_chunks_lose_only_line_ends(text: str, size: int) -> None:
    parts = list(chunks(text, size))
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")
    assert all(len(part) <= size * 1.5 + 1 for part in parts)


def test_utf16_positions() -> None:
    text = "a😀é"
    assert utf16_length(text) == 4
    assert utf16_slice(text, 1, 3) == "😀"
    assert utf16_slice(text, 0, 2) == "a"


PARTS = [
    "A paragraph with **bold** and `code`.\nSecond line\n\n",
    "## Heading\n",
    "- one\n- two\n  - nested\n  - more\n- three\n\n",
    "1. first\n2. second\n\n   inside\n3. third\n",
    "> quote\n> goes on\n\n",
    "```python\ndef f():\n    return '```'\n\n```\n",
    "~~~\ntilde\n~~~\n",
    "| a | b |\n|---|--:|\n| 1 | 2 |\n| 3 | *4* |\n\n",
    "| a | b |\n|---|---|\n" + "".join(f"| {n} | *some* words {n} |\n" for n in range(30)) + "\n",
    "---\n",
    "Title\n=====\n",
    "    indented code\n\n",
    "- a\n\n  ```\n  code in a list\n  ```\n- b\n",
    "中文段落，没有空格。😀\n\n",
    "<b>html</b>\n\n",
    "text without an end",
    "* x\n\n* y\n",
    "A note[^1] and another[^long].\n\n",
    "[^1]: The note\n    goes on.\n\n    And on.\n",
    "[^long]: ~~Other~~ note\n\n",
    "- [ ] to do\n- [x] done www.a.example, b@c.example\n\n",
    "![picture](https://a.example/p.png) ~~gone~~\n\n",
    "```js title='a.js'\nlet a\n```\n",
    "> ```\n> quoted code\n> ```\n\n",
    "\n",
]


def essence(blocks: list[Block]) -> list[object]:
    """What must be the same while streaming: all but the distances that only the whole list decides."""
    return [
        (
            b.kind,
            b.spans,
            b.level,
            tuple("item" if i == "wide" else i for i in b.inset),
            b.marker,
            b.language,
            b.rows,
            b.aligns,
        )
        for b in blocks
    ]


@given(st.lists(st.sampled_from(PARTS), max_size=8), st.data())
def test_streaming_in_any_pieces_gives_the_whole_parse(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=20)))
    growing = Growing()
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        growing.feed(text[start:end])
    assert growing.text == text
    if growing.exact:
        assert growing.blocks == parse(text)
    assert essence(growing.blocks) == essence(parse(text))


@given(st.text("ab*`-#>|~1. \n", max_size=60))
def test_streaming_letter_by_letter_never_loses_text(text: str) -> None:
    growing = Growing()
    for letter in text:
        growing.feed(letter)
    shown = "".join(block.text for block in growing.blocks)
    assert re.sub(r"[^ab]", "", shown) == re.sub(r"[^ab]", "", "".join(block.text for block in parse(text)))


def test_surrogate_halves_in_two_pieces_become_one_character() -> None:
    growing = Growing()
    growing.feed("a\ud83d")
    growing.feed("\ude00\r")
    growing.feed("\nb")
    assert growing.blocks[0].text == "a😀\nb"


def test_closed_blocks_are_not_read_again() -> None:
    growing = Growing()
    for _ in range(50):
        growing.feed("A paragraph.\n\n- item\n- item\n\n")
    assert growing.closed >= 148
    assert len(growing._tail) < 60


def test_a_list_from_zero_counts_on_while_it_grows() -> None:
    growing = Growing()
    for letter in "0) a\n1) b\n2) c":
        growing.feed(letter)
    assert [block.marker for block in growing.blocks] == ["0.", "1.", "2."]


def test_an_item_that_begins_with_a_list_keeps_its_own_mark() -> None:
    assert [(block.marker, len(block.inset), block.text) for block in parse("1. - a\n   - b")] == [
        ("1.", 1, ""),
        ("•", 2, "a"),
        ("•", 2, "b"),
    ]


def test_marks_that_turn_the_direction_are_told_by_number() -> None:
    assert displayable("a\u202eb\u2066c\u200f") == "a‹U+202E›b‹U+2066›c\u200f"


@pytest.mark.parametrize("stray", ["", "2 * 3 and snake_case. ", "a stray ` here. ", "**open. "])
def test_a_long_paragraph_is_not_read_again_from_its_beginning(stray: str) -> None:
    text = stray + "Some **bold** words and a [link](https://a.example) in it. " * 40 + "\n\nEnd"
    growing = Growing(long=200)
    longest = 0
    for start in range(0, len(text), 7):
        growing.feed(text[start : start + 7])
        longest = max(longest, len(growing._tail))
    assert growing.blocks == parse(text)
    assert longest < 500 or stray in ("a stray ` here. ", "**open. ")


@pytest.mark.parametrize(
    "sentence",
    [
        "Plain words that go on and on. ",
        "Some **bold** and [a link](https://a.example) here. ",
        "没有空格的长段落，一句接一句。",
        "a\n",
    ],
)
def test_the_parts_of_a_very_long_paragraph_close_one_after_the_other(sentence: str) -> None:
    text = sentence * (15_000 // len(sentence)) + "\n\nEnd"
    growing = Growing()
    most = 0
    for start in range(0, len(text), 611):
        before = list(growing.blocks)
        growing.feed(text[start : start + 611])
        assert growing.blocks[: growing.unchanged] == before[: growing.unchanged]
        most = max(most, len(growing.blocks) - growing.closed)
    assert growing.blocks == parse(text)
    assert most < 7


def test_a_very_long_paragraph_that_turns_out_to_be_hostile_is_shown_as_it_is_written() -> None:
    text = "Some **bold** words and more. " * 600 + "[" * 3_000
    growing = Growing()
    for start in range(0, len(text), 611):
        before = list(growing.blocks)
        growing.feed(text[start : start + 611])
        assert growing.blocks[: growing.unchanged] == before[: growing.unchanged]
    assert "".join(block.text for block in growing.blocks) == text


@pytest.mark.parametrize("text", ["[" * 3_000, "> " * 300 + "deep", "|a|\n|-|\n" + "|b|\n" * 40 + "[" * 3_000])
def test_what_would_take_the_parser_too_long_grows_as_it_is_written(text: str) -> None:
    growing = Growing()
    for start in range(0, len(text), 100):
        growing.feed(text[start : start + 100])
    shown = "".join(block.text for block in growing.blocks)
    assert shown.count("[") == text.count("[")
    assert shown.count("b") == text.count("b")
    assert not growing.exact


@pytest.mark.parametrize("text", ["42.", "words\n\n42.", "42.\n\nwords", "0.\n"])
def test_a_number_with_nothing_behind_it_is_words(text: str) -> None:
    """Markdown says that it is a list with an empty item; it answers a question, and is to be selected."""
    blocks = parse(text)
    assert [(block.kind, block.marker, block.inset) for block in blocks] == [("paragraph", "", ())] * len(blocks)
    assert [block.text for block in blocks] == text.split()
    growing = Growing()
    for letter in text:
        growing.feed(letter)
    assert growing.blocks == blocks
    last = blocks[-1].text
    parts = [None] * (len(blocks) - 1) + [(0, len(last) - 1)]
    assert source_of(text, blocks, parts) == last[:-1]


@pytest.mark.parametrize(
    ("text", "markers"),
    [
        ("1.\n2.", ["1.", "2."]),
        ("- 3.", ["•", "3."]),
        ("-", ["•"]),
        ("+", ["•"]),
        ("42)", ["42."]),
        ("007.", ["7."]),
        ("1. a\n2.", ["1.", "2."]),
    ],
)
def test_other_empty_items_keep_their_marks(text: str, markers: list[str]) -> None:
    assert [block.marker for block in parse(text)] == markers
    growing = Growing()
    for letter in text:
        growing.feed(letter)
    assert [block.marker for block in growing.blocks] == markers
