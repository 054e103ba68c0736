"""The HTML page: everything is on it, nothing is fetched, nothing runs."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.chat.export_html import as_html
from app.core.attachments import attachment, joined
from app.core.tree import Conversation, Message, Tree
from tests.core.conversations import conversations
from tests.core.samples import NOW

TALK = Conversation(id=1, title="<b>T</b>", created=NOW, updated=NOW, leaf=2, system_prompt="<i>kind</i>")
FETCHING = {"src", "srcset", "action", "background", "poster", "data", "formaction", "ping"}


class Page(HTMLParser):
    """The elements of a page, with what they could fetch or run, and the text that is seen."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.dangers: list[str] = []
        self.text = ""
        self.source = page
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in FETCHING or name.startswith("on"):
                self.dangers.append(f"{tag} {name}={value}")
            if name == "href":
                self.links.append(value or "")
        if tag in ("script", "img", "iframe", "object", "embed", "link", "form", "svg", "base", "video", "audio"):
            self.dangers.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def page(answer: str, question: str = "Q") -> Page:
    rows = [
        Message(id=1, conversation=1, parent=None, role="user", text=question, created=NOW),
        Message(
            id=2, conversation=1, parent=1, role="assistant", text=answer, created=NOW, thinking="*Hm*", thinking_s=3
        ),
    ]
    return Page(as_html(TALK, Tree(rows)))


def test_markdown_is_rendered_and_typed_text_is_not() -> None:
    seen = page("| a | b |\n|---|---|\n| 1 | ~~2~~ |\n\n```py\nx < 1\n```\n**bold**", question="**as typed**\n<br>")
    assert {"table", "s", "code", "strong", "details", "em"} <= set(seen.tags)
    assert "**as typed**\n<br>" in seen.text
    assert "x < 1" in seen.text
    assert "<b>T</b>" in seen.text
    assert "<i>kind</i>" in seen.text
    assert "Thought for 3 s" in seen.text


def test_it_shows_what_the_window_shows() -> None:
    seen = page(
        "- [x] done\n- [ ] **to** do\n\n* [ ] one\n* two\n\nline one\nline two https://example.org/a. and[^1] [^a-z]\n\n"
        "[^1]: the note\n\n[^2]: \n\n`www.example.org` [x](https://example.org/b)\n"
    )
    assert "☑ done" in seen.text
    assert "☐ to do" in seen.text
    assert "☐ one" in seen.text
    assert seen.tags.count("br") == 1
    assert seen.links == ["https://example.org/a", "https://example.org/b"]
    assert "and[1] [^a-z]" in seen.text
    assert "[1] the note" in seen.text
    assert seen.source.count("list-style-type:none") == 1


def test_formulas_are_for_the_browser_to_set() -> None:
    seen = page(r"So $\frac{a}{b}$, $\unknown$ and" "\n\n$$x^2$$\n\n| $y$ |\n|---|\n")
    assert seen.tags.count("math") == 3
    assert {"mfrac", "msup", "annotation"} <= set(seen.tags)
    assert r"$\unknown$" in seen.text
    assert not seen.dangers


@pytest.mark.parametrize("mark", ["> ", "- ", "> - "])
def test_nothing_is_nested_too_deeply_to_be_seen(mark: str) -> None:
    seen = page(mark * 100 + "at the bottom")
    assert "at the bottom" in seen.text


def test_attachments_are_folded() -> None:
    seen = page("A", question=joined("Read this.", [attachment("<b>notes.txt", "one\n```\n<script>two")]))
    assert seen.tags.count("details") == 2  # with the thinking
    assert "pre" in seen.tags
    assert "<b>notes.txt" in seen.text
    assert "one\n```\n<script>two" in seen.text
    assert "attachment=" not in seen.text
    assert not seen.dangers


def test_it_stands_on_its_own() -> None:
    text = as_html(replace(TALK, leaf=None), Tree([]))
    assert "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text
    assert not re.search(r"url\(|@import|https?:", text)


@pytest.mark.parametrize(
    "answer",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "![p](https://example.org/p.png)",
        "[x](javascript:alert(1))", "[x](data:text/html,1)", "<svg onload=alert(1)>", "[x](file:///etc/passwd)",
        '[x](https://a.example "t\\" onclick=alert(1)")', "<a href='javascript:1'>x</a>", "<javascript:alert(1)>",
        "![x](javascript:alert(1))", '![" onload="x](https://a.example)', "<!-- c -->", "&lt;script&gt;",
    ],
)  # fmt: skip
def test_nothing_is_fetched_or_run(answer: str) -> None:
    seen = page(answer, question=answer)
    assert seen.dangers == []
    assert all(link.startswith(("https://", "http://", "mailto:")) for link in seen.links)


def test_a_picture_is_a_link_to_it() -> None:
    seen = page("![A *cat*](https://example.org/c.png)")
    assert seen.links == ["https://example.org/c.png"]
    assert "A cat" in seen.text or "A *cat*" in seen.text


@settings(max_examples=60)
@given(st.text(max_size=60), st.text("<>\"'&`*_[]()!:/ \njavscript#|-~", max_size=60))
def test_any_text(one: str, two: str) -> None:
    seen = page(one + two, question=two + one)
    assert seen.dangers == []


@settings(max_examples=20)
@given(conversations())
def test_any_conversation(both: tuple[Conversation, list[Message]]) -> None:
    conversation, messages = both
    text = as_html(conversation, Tree(messages), all_branches=True)
    assert text.count("<article") == len(messages) + bool(conversation.system_prompt.strip())
    text.encode()
