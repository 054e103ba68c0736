"""An answer that came in pieces is the answer that is read at once; and the screen shows what markdown-it's HTML says."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.core.markdown import Block
from app.ui.theme import LIGHT
from app.ui.transcript.items import Item
from app.ui.transcript.look import Look
from app.ui.transcript.parse import parse
from app.ui.transcript.stream import Growing
from tests.ui.transcript.conftest import entry
from tests.ui.transcript.documents import EVERYTHING, MARKDOWN
from tests.ui.transcript.visible import row_of, words_of_html, words_on_screen


def grown(text: str, cuts: list[int]) -> Growing:
    growing = Growing()
    places = sorted(cut % (len(text) + 1) for cut in cuts)
    for start, end in zip([0, *places], [*places, len(text)], strict=True):
        growing.feed(text[start:end])
    return growing


def written(growing: Growing) -> list[Block]:
    """What is shown at the end: the blocks that grew where they are surely right, else the text read once more."""
    item = Item(entry(2, status="streaming"), growing.text, growing=growing)
    return list(item.written(Item(entry(2, growing.text), growing.text)))


CUTS = st.lists(st.integers(0, 10_000), max_size=30)


@settings(max_examples=60)
@given(EVERYTHING, CUTS)
def test_pieces_give_the_blocks_of_the_whole(text: str, cuts: list[int]) -> None:
    growing = grown(text, cuts)
    assert growing.text == text
    assert written(growing) == parse(text)


@settings(max_examples=30)
@given(EVERYTHING)
def test_letters_give_the_blocks_of_the_whole(text: str) -> None:
    growing = Growing()
    for letter in text:
        growing.feed(letter)
    assert written(growing) == parse(text)


def test_code_that_is_never_closed_ends_as_it_is_read_at_once() -> None:
    ends = ["".join(letters) for length in range(4) for letters in product(" \n\tx`~", repeat=length)]
    for text in (opening + end for opening in ("```\n", "~~~py\n", "```\nx\n") for end in ends):
        growing = grown(text, list(range(len(text))))
        assert written(growing) == parse(text)
        if not text.rstrip(" \t").endswith(("`", "~")):  # perhaps closing marks, half written
            assert growing.blocks == parse(text)


@settings(max_examples=60)
@given(MARKDOWN.map(lambda text: text.replace("$$", "$")))  # the other side knows no formulas
def test_the_screen_shows_the_words_of_the_html(qapp: object, text: str) -> None:
    html = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).render(text)
    assert words_on_screen(row_of(Look(LIGHT, 100), parse(text))) == words_of_html(html)


@settings(max_examples=30)
@given(MARKDOWN, CUTS)
def test_the_screen_shows_the_same_while_it_grows(qapp: object, text: str, cuts: list[int]) -> None:
    look = Look(LIGHT, 100)
    assert words_on_screen(row_of(look, grown(text, cuts).blocks)) == words_on_screen(row_of(look, parse(text)))
