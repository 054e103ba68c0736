"""The examples of the CommonMark and GFM specifications: nothing of theirs is lost or doubled on the screen."""

import json
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from app.ui.theme import LIGHT
from app.ui.transcript.look import Look
from app.ui.transcript.parse import parse
from tests.ui.transcript.visible import row_of, words_of_html, words_on_screen

SPEC = Path(__file__).parent / "spec"
WITH_HTML = MarkdownIt("commonmark")
WITHOUT_HTML = MarkdownIt("commonmark", {"html": False})


def examples() -> list[object]:
    found = []
    for path in sorted(SPEC.glob("*.json")):
        for number, section, markdown, html in json.loads(path.read_text(encoding="utf-8"))["examples"]:
            found.append(pytest.param(markdown, html, id=f"{path.stem.split('-')[0]}-{number}-{section}"))
    return found


def expected(markdown: str, html: str) -> list[str]:
    """The words of the example's HTML; where raw HTML is in it, those that remain when it is read as text."""
    if WITH_HTML.render(markdown) != WITHOUT_HTML.render(markdown):
        html = WITHOUT_HTML.render(markdown)
    return words_of_html(html)


@pytest.mark.parametrize(("markdown", "html"), examples())
def test_the_screen_shows_the_words_of_the_specification(qapp: object, markdown: str, html: str) -> None:
    row = row_of(Look(LIGHT, 100), parse(markdown))
    assert words_on_screen(row) == expected(markdown, html)
