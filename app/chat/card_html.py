"""The page of a repository as HTML that can be shown without fear: words, lists, tables and links, and nothing fetched.

Cards are Markdown with any HTML in it. What is written is read anew, and only what is known here is written again:
no picture, no script, no style, no address but those of links, which are followed when somebody clicks.
"""

from collections.abc import Sequence
from html import escape
from html.parser import HTMLParser

from app.core.language import tr
from app.core.markdown import LINK_SCHEMES, displayable

LONGEST = 24_000  # characters that are shown; more would be laid out for seconds
TANGLED = {
    "[": 2000,
    "<!--": 200,
    "](": 1000,
    "***": 1000,
}  # of which more are read in a time that grows with their square
DEEPEST = 40  # tags within each other
KEPT = {
    "p", "b", "strong", "i", "em", "s", "del", "code", "pre", "blockquote", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5",
    "h6", "table", "thead", "tbody", "tr", "th", "td", "sub", "sup", "a", "dl", "dt", "dd", "u", "kbd",
}  # fmt: skip
SINGLE = {"br", "hr"}
AS_PARAGRAPH = {"div", "section", "article", "center", "details", "summary", "figure", "figcaption", "header", "footer"}
SILENT = {
    "script",
    "style",
    "head",
    "title",
    "template",
    "noscript",
    "iframe",
    "object",
    "svg",
    "math",
    "video",
    "audio",
}
CELLS = 4000  # of tables; Qt lays out more of them too slowly


def card_html(text: str) -> str:
    """A card as safe HTML; "" for one with nothing to read in it."""
    from markdown_it import MarkdownIt  # 40 ms that nobody pays who looks at no card

    cut, text = len(text) > LONGEST, _shortened(text)
    if any(text.count(mark) > most for mark, most in TANGLED.items()):
        return f"<pre>{escape(displayable(text))}</pre>"
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    written = reader.render(displayable(text))
    page = _Page()
    page.feed(written)
    page.close()
    html = page.html()
    if cut and html:
        html += f"<p><em>{escape(tr('The rest is on the page at the Hub.'))}</em></p>"
    return html


def _shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    end = text.rfind("\n\n", LONGEST // 2, LONGEST)
    return text[: end if end > 0 else LONGEST]


class _Page(HTMLParser):
    """Reads HTML, and writes what of it is harmless."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._open: list[str] = []
        self._silent: list[str] = []
        self._cells = 0

    def html(self) -> str:
        """What was written, all tags closed; "" where it says nothing."""
        if not any(piece.strip() and not piece.startswith("<") for piece in self._out):
            return ""
        return "".join(self._out) + "".join(f"</{tag}>" for tag in reversed(self._open))

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if self._silent or tag in SILENT:
            if tag in SILENT:
                self._silent.append(tag)
            return
        if tag in ("td", "th"):
            self._cells += 1
        if tag in SINGLE:
            self._out.append(f"<{tag}>")
        elif tag in AS_PARAGRAPH:
            self._start("p", "<p>")
        elif tag == "a":
            goal = next((value or "" for name, value in attrs if name == "href"), "").strip()
            good = goal.lower().startswith(LINK_SCHEMES) and goal.isprintable()
            self._start("a", f'<a href="{escape(goal, quote=True)}">' if good else "<a>")
        elif tag in KEPT and self._cells <= CELLS:
            self._start(tag, f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag in self._silent:
                del self._silent[self._silent.index(tag) :]
            return
        tag = "p" if tag in AS_PARAGRAPH else tag
        if tag in self._open:
            while (last := self._open.pop()) != tag:
                self._out.append(f"</{last}>")
            self._out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._out.append(escape(data))

    def _start(self, tag: str, written: str) -> None:
        if tag in ("p", "li", "td", "th", "tr") and tag == (self._open or [""])[-1]:
            self.handle_endtag(tag)  # as browsers do
        if len(self._open) < DEEPEST:
            self._open.append(tag)
            self._out.append(written)
