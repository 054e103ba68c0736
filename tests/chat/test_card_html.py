"""The pages of repositories: what is written there is shown, and nothing of it is trusted."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from app.chat.card_html import KEPT, LONGEST, SINGLE, card_html


class Seen(HTMLParser):
    """What a page consists of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in SINGLE:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


HOSTILE = """
# Model <script>alert(1)</script>
<img src="https://tracker.example/x.png" onerror="alert(1)">![pic](https://tracker.example/y.png)
<iframe src="https://tracker.example/"></iframe><object data="file:///etc/passwd"></object>
<link rel="stylesheet" href="https://tracker.example/z.css"><style>@import url(https://tracker.example/a.css);</style>
<a href="javascript:alert(1)">one</a> [two](javascript:alert(2)) <a href="file:///etc/passwd">three</a>
<a href="https://good.example/?a=1&b=2" onclick="alert(1)" style="background:url(https://tracker.example/b)">four</a>
<div style="background-image:url('https://tracker.example/c')" background="https://tracker.example/d">five</div>
<table background="https://tracker.example/e"><tr><td>six</table><video src="x">seven</video><base href="https://tracker.example">
<meta http-equiv="refresh" content="0;url=https://tracker.example"><svg onload=alert(1)><image href="https://tracker.example/f"/></svg>
<!-- <img src=https://tracker.example/g> --> <?php echo 1 ?> eight
"""


def test_hostile() -> None:
    html = card_html(HOSTILE)
    for word in ("one", "two", "three", "four", "five", "six", "eight"):
        assert word in html
    seen = Seen(html)
    assert "tracker" not in html
    assert seen.attributes == [("href", "https://good.example/?a=1&b=2")]
    assert set(seen.tags) <= KEPT | SINGLE


def test_what_is_meant_is_kept() -> None:
    html = card_html(
        "# A\n\n**b** `c < d`\n\n- e\n\n| f | g |\n|---|---|\n| 1 | 2 |\n\n<center><h2>h</h2></center>\n\n```\ni\n```"
    )
    for part in (
        "<h1>A</h1>",
        "<strong>b</strong>",
        "<code>c &lt; d</code>",
        "<li>e</li>",
        "<th>f</th>",
        "<h2>h</h2>",
        "<pre>",
    ):
        assert part in html
    Seen(html)


def test_nothing_to_read() -> None:
    assert card_html("") == card_html('<img src="x">\n\n<!-- x -->') == ""


def test_long_ones_are_cut() -> None:
    html = card_html("word " * LONGEST)
    assert len(html) < LONGEST * 1.2
    assert "The rest is on the page at the Hub." in html


@given(
    some.lists(
        some.sampled_from(
            ["<", ">", "/", "script", "img", " src=", "a", " href=", "'", '"', "javascript:", "http://x", "<p>", "</p>", "<td>",
             "</table>", "<li>", "<!--", "-->", "\n\n", "&lt;", "&#x3c;", "style", "svg", "<a ", "](", "[", "`", "\x00", "|"]
        ),
        max_size=20,
    ).map("".join)
)  # fmt: skip
@example("<svg/><p>after</p>")
def test_whatever_is_written(text: str) -> None:
    seen = Seen(card_html(text))
    assert set(seen.tags) <= KEPT | SINGLE
    assert all(name == "href" and re.match("(https?://|mailto:)", value or "") for name, value in seen.attributes)
    assert not seen.open


@pytest.mark.parametrize("text", ["<div>" * 50_000, "<td>" * 50_000, "[" * 40_000, "<!--" * 10_000, "|a" * 20_000])
def test_attacks_end(text: str) -> None:
    Seen(card_html(text))
