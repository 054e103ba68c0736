"""The Markdown of what is selected: exact where blocks are whole, and what it says when it is read back."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.markdown import MATH, Block, Span, utf16_length, utf16_slice
from app.core.markup import Part, as_markdown, part_of, written
from app.core.rich_text import as_html
from app.ui.transcript.parse import blocks_of, parse
from app.ui.transcript.sources import source_of, together
from app.ui.transcript.tokens import tokens_of

WORDS = st.text("ab *_`[]()<>#~|\\$!&;:.-+=0123456789é中😀\n", min_size=1, max_size=12)
INLINE = st.lists(
    st.one_of(
        st.sampled_from(["word ", "**bold** ", "*it* ", "`co de` ", "~~gone~~ ", "$x^2$ ", "[link](http://a.b) ", "***both*** ", "2 * 3 ",
                         "snake_case ", "a\nb ", "http://c.d ", "中文**粗体**字 ", "😀 ", "`` a`b `` ", r"\*no\* ", "&amp; ", "a|b ", "[^1] "]),
        st.sampled_from(["one", "two ", "3. ", "- ", "# "]),
    ),
    min_size=1, max_size=5,
).map(lambda parts: "".join(parts).strip() or "x")  # fmt: skip
CODE = st.sampled_from(["```python\nx = 1\n\ny = [2]\n```", "~~~\n```\n~~~", "    indented\n    code", "```\n```"])
TABLE = st.sampled_from(["| a | b |\n|:-|-:|\n| one **two** | 3 |\n| `c` | d |", "|x|\n|-|\n|y|"])
ITEMS = st.lists(INLINE.map(lambda text: text.replace("\n", " ")), min_size=1, max_size=4)


def nested(items: list[str]) -> str:
    """A list whose items lie in each other."""
    return "\n".join("  " * (n % 3) + f"- {item}" for n, item in enumerate(items))


DOCUMENTS = st.lists(
    st.one_of(
        INLINE,
        INLINE.map(lambda text: "## " + text.replace("\n", " ")),
        CODE,
        TABLE,
        ITEMS.map(lambda items: "\n".join(f"- {item}" for item in items)),
        ITEMS.map(lambda items: "\n\n".join(f"{n}. {item}" for n, item in enumerate(items, 1))),
        ITEMS.map(nested),
        INLINE.map(lambda text: "> " + text.replace("\n", "\n> ")),
        INLINE.map(lambda text: f"- item\n\n  {text.replace(chr(10), ' ')}\n\n  ```\n  code\n  ```"),
        st.sampled_from(["$$\nE = mc^2\n$$", "---", "- [ ] task\n- [x] done", "text with \\[x^2\\] inside it"]),
    ),
    min_size=1,
    max_size=5,
).map("\n\n".join)


def selected(blocks: list[Block], start: tuple[int, int], end: tuple[int, int]) -> list[Part | None]:
    parts: list[Part | None] = []
    for number, block in enumerate(blocks):
        length = utf16_length(block.text)
        first = 0 if number > start[0] else start[1] if number == start[0] else length
        last = length if number < end[0] else min(end[1], length) if number == end[0] else 0
        inside = start[0] < number < end[0] or (length == 0 and start[0] <= number <= end[0])
        parts.append((first, last) if first < last or inside else None)
    return parts


def spoken(blocks: list[Block], parts: list[Part | None] | None = None) -> str:
    """What is said, without blanks and without the source of formulas that are cut."""
    texts = []
    for number, block in enumerate(blocks):
        part = parts[number] if parts else (0, utf16_length(block.text))
        if part is None:
            continue
        if block.kind in ("code", "table"):
            texts.append(utf16_slice(block.text, *part))
        elif block.kind == "math":
            texts.append(block.text)
        elif block.kind == "paragraph" and re.fullmatch(r"\s*\d{1,9}[.)]\s*", utf16_slice(block.text, *part)):
            continue  # an item that is nothing but its number: elsewhere that is a marker
        else:
            texts += [span.text for span in part_of(block.spans, *part)]
    return "".join("".join(texts).split())


@given(DOCUMENTS, st.data())
def test_what_is_copied_says_what_was_selected(text: str, data: st.DataObject) -> None:
    blocks = parse(text)
    spots = st.tuples(st.integers(0, max(0, len(blocks) - 1)), st.integers(0, 12))
    start, end = sorted((data.draw(spots), data.draw(spots)))
    for number, position in (start, end):
        if blocks and number < len(blocks):
            got = blocks[number].text.encode("utf-16-le")[2 * position : 2 * position + 2]
            if got and 0xDC <= got[1] <= 0xDF:  # in the middle of a pair; nobody can select that
                return
    parts = selected(blocks, start, end)
    if any(blocks[n].kind == "table" for n in {start[0], end[0]} if n < len(blocks)):
        return  # a table that is cut has its head again
    found = source_of(text, blocks, parts)
    assert spoken(parse(found)) == spoken(blocks, parts)


@given(DOCUMENTS)
def test_lines_are_known_for_each_block(text: str) -> None:
    lines: list[tuple[int, int]] = []
    blocks = blocks_of(tokens_of(text), lines=lines)
    assert len(lines) == len(blocks)
    assert lines == sorted(lines)
    assert all(0 <= first < last <= text.count("\n") + 1 for first, last in lines)


@given(DOCUMENTS)
def test_whole_blocks_are_the_source(text: str) -> None:
    blocks = parse(text)
    assert source_of(text, blocks, [(0, utf16_length(block.text)) for block in blocks]) == text.strip("\n")


@given(st.lists(st.builds(Span, WORDS, st.sampled_from([0, 0, 1, 2, 3, 4, 8])), min_size=1, max_size=4))
def test_any_words_are_written_so_that_they_are_read_back(spans: list[Span]) -> None:
    said = "".join("".join(span.text for span in spans).split())
    found = parse(written(spans, parse))
    plain = "".join("".join(block.text for block in found).split())
    if "$" not in said and "\\" not in said and "`" not in said and "\n" not in "".join(span.text for span in spans):
        assert plain == said


CASES = {
    "bold stays": ("Some **bold words** here", [(0, 5, 17)], "**bold words** h"),
    "code in words": ("Use `find . -x` now", [(0, 5, 15)], "`ind . -x` n"),
    "formulas whole": ("So $x^2 + y$ is", [(0, 5, 14)], "$x^2 + y$ i"),
    "a link": ("See [the page](http://a.b/c) now", [(0, 4, 12)], "[the page](http://a.b/c)"),
    "code keeps its fence": ("```python\none\ntwo\nthree\n```", [(0, 4, 13)], "```python\ntwo\nthree\n```"),
    "a heading": ("## A heading here", [(0, 2, 9)], "## heading"),
    "a heading that ends in its marks": ("## one # two", [(0, 0, 5)], "## one \\#"),
    "in an item": ("- one two\n- three", [(0, 4, 7)], "two"),
    "from item to item": ("- one two\n- three four", [(0, 4, 7), (1, 0, 5)], "- two\n- three"),
    "whole items": ("1. one\n2. two\n3. three", [(1, 0, 3), (2, 0, 5)], "2. two\n3. three"),
    "a nested item": ("- one\n    - two\n    - three", [(1, 0, 3), (2, 0, 2)], "- two\n- th"),
    "a quotation": ("> first\n>\n> second", [(0, 2, 5), (1, 0, 6)], "> rst\n>\n> second"),
    "blocks between": ("# Title\n\nSome *text*\n\n---\n\nlast one", [(0, 2, 5), (1, 0, 9), (2, 0, 0), (3, 0, 4)],
                       "# tle\n\nSome *text*\n\n---\n\nlast"),
    "a task": ("- [ ] open **now**\n- [x] done", [(0, 0, 6), (1, 0, 4)], "- [ ] open **n**\n- [x] done"),
    "a cell": ("|a|b|\n|-|-|\n|one **two**|x|", [(0, 4, 9)], "one **t**"),
    "rows": ("|a|b|\n|-|:-:|\n|one|x|\n|two|y|", [(0, 6, 15)], "| a | b |\n|---|:-:|\n| e | x |\n| two | y |"),
    "no needless escapes": ("snake_case and 2 * 3 are fine", [(0, 0, 24)], "snake_case and 2 * 3 are"),
    "needed escapes": (r"a \*b\* c", [(0, 0, 5)], r"a \*b\*"),
    "an image": ("![a cat](http://x.y/z.png) is here", [(0, 0, 31)], "![a cat](http://x.y/z.png) i"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_parts(name: str) -> None:
    text, chosen, expected = CASES[name]
    blocks = parse(text)
    parts: list[Part | None] = [None] * len(blocks)
    for number, start, end in chosen:
        parts[number] = (start, end)
    assert source_of(text, blocks, parts) == expected


def test_what_was_typed_is_taken_as_it_is() -> None:
    text = "Look **here**:\n```py\none\ntwo\n```\nand there"
    from app.core.markdown import plain_blocks

    blocks = plain_blocks(text)
    assert source_of(text, blocks, [(5, 14), (0, 7), None], typed=True) == "**here**:\n```py\none\ntwo\n```"
    assert source_of(text, blocks, [None, (0, 7), (0, 3)], typed=True) == "```py\none\ntwo\n```\nand"
    assert source_of(text, blocks, [None, (4, 7), (0, 9)], typed=True) == "```py\ntwo\n```\nand there"
    assert source_of(text, blocks, [(0, 14), (0, 3), None], typed=True) == "Look **here**:\n```py\none\n```"


def test_messages_stand_apart() -> None:
    assert together(["```\nopen", "", "next", "```\nlast"]) == "```\nopen\n```\n\nnext\n\n```\nlast"


def test_a_part_of_a_formula_is_the_formula() -> None:
    assert part_of((Span("a "), Span("$x^2$", MATH)), 3, 5) == (Span("$x^2$", MATH),)
    assert as_markdown(parse("$$\nx\n$$")[0], (1, 2), parse) == "$$\nx\n$$"


def test_rich_text() -> None:
    text = (
        "# Title\n\nSome **bold** *it* `code` [link](http://a.b) [bad](javascript:x) <b>\n\n- one\n  - two\n- three\n\n"
        "1. first\n\n> quoted\n\n```\nx < 1\n```\n\n|a|\n|-|\n|b|\n\n![cat](http://x.y/z.png)\n\n- [x] done"
    )
    blocks = parse(text)
    html = as_html([[(block, (0, utf16_length(block.text))) for block in blocks]])
    for piece in (
        "<h1>Title</h1>", "<b>bold</b>", "<i>it</i>", "code</code>", '<a href="http://a.b">link</a>', "&lt;b&gt;",
        "<ul><li><p dir=\"auto\">one</p><ul><li><p dir=\"auto\">two</p></li></ul></li><li><p dir=\"auto\">three</p></li></ul>",
        '<ol start="1"><li>', "</blockquote>", "x &lt; 1</pre>", "<td",
        '<ul><li style="list-style-type:none"><p dir="auto">☑ done</p></li></ul>',
    ):  # fmt: skip
        assert piece in html, piece
    for never in ("<img", "<script", 'href="javascript', "<link", "url("):
        assert never not in html


@given(DOCUMENTS, st.data())
def test_rich_text_is_well_formed(text: str, data: st.DataObject) -> None:
    from xml.etree import ElementTree

    blocks = parse(text)
    starts = data.draw(st.lists(st.integers(0, 6), min_size=len(blocks), max_size=len(blocks)))
    chosen = [(block, (start, start + 9)) for block, start in zip(blocks, starts, strict=True)]
    ElementTree.fromstring(as_html([chosen]).replace("<br>", "<br/>").replace("<hr>", "<hr/>"))
