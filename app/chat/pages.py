"""A conversation as a row of small pieces of HTML, each short enough to be laid out at once: what pages are made of."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from app.chat.page_markdown import markdown_reader, parsed
from app.core.attachments import split
from app.core.export import heading, passages, thought, title_of
from app.core.language import tr
from app.core.markdown import chunks, displayable
from app.core.math_marks import latex_of
from app.core.record import record
from app.core.tree import Conversation, Tree

Kind = Literal["title", "date", "who", "heading", "text", "code"]
Ground = Literal["", "said", "thought", "quoted"]  # what it stands on: paper, a field of one's own words, beside a bar

LINES = 60  # of code in a piece
ROWS = 30  # of a table
ITEMS = 20  # of a list
LONGEST = 20_000  # characters of a paragraph; a longer one is shown as it is written


@record
class Piece:
    """Where `html` has an image with the source "formula:3", the third of `formulas` belongs, or `sources` if not."""

    kind: Kind
    html: str
    ground: Ground = ""
    first: bool = True  # it stands apart from the piece before; else it goes on with it
    formulas: tuple[tuple[str, bool], ...] = ()  # LaTeX, and whether on lines of its own
    sources: tuple[str, ...] = ()


def pieces(conversation: Conversation, tree: Tree, all_branches: bool = False) -> Iterator[Piece]:
    """The same that the web page shows, from the title to the last message."""
    reader = markdown_reader()
    reader.add_render_rule("math_inline", _formula)
    reader.add_render_rule("math_block", _formula)
    yield Piece("title", _safe(title_of(conversation)))
    yield Piece("date", f"{conversation.created.astimezone():%Y-%m-%d %H:%M}")
    if conversation.system_prompt.strip():
        yield Piece("who", _safe(tr("Instructions")))
        yield from _typed(conversation.system_prompt)
    for passage in passages(conversation, tree, all_branches):
        message = passage.message
        yield Piece("who", _safe(heading(passage, all_branches)))
        if message.thinking.strip():
            yield Piece("text", f"<em>{_safe(thought(message))}</em>", "thought")
            yield from _written(reader, message.thinking, "thought")
        if message.role == "assistant":
            yield from _written(reader, message.text, "")
        else:
            yield from _typed(message.text)
        if message.error:
            yield Piece("text", f"<p><em>{_safe(message.error)}</em></p>")
        if message.note:
            yield Piece("text", f"<p><b>{_safe(tr('Note'))}</b></p>", "thought")
            yield Piece("text", f'<p class="typed">{_safe(message.note)}</p>', "thought", first=False)


def _typed(text: str) -> Iterator[Piece]:
    """What a person wrote, as it was typed, and what is attached to it."""
    said, attached = split(text)
    for number, part in enumerate(chunks(displayable(said).strip("\n"))):
        yield Piece("text", f'<p class="typed">{escape(part)}</p>', "said", not number)
    for each in attached:
        yield Piece("text", f"<p><b>{_safe(each.name)}</b></p>", "said")
        yield from _code(displayable(each.text), "said")


def _written(reader: MarkdownIt, text: str, ground: Ground) -> Iterator[Piece]:
    """Markdown, block by block."""
    shown = displayable(text)
    tokens = parsed(reader, shown)
    if tokens is not None:
        yield from _blocks(reader, tokens, ground)
        return
    for number, part in enumerate(chunks(shown)):
        yield Piece("text", f'<p class="typed">{escape(part)}</p>', ground, not number)


def _blocks(reader: MarkdownIt, tokens: list[Token], ground: Ground) -> Iterator[Piece]:
    start = 0
    while start < len(tokens):
        end = _end(tokens, start)
        yield from _block(reader, tokens[start:end], ground)
        start = end


def _end(tokens: Sequence[Token], start: int) -> int:
    """Behind the token that closes what the one at `start` opens."""
    level, at = tokens[start].level, start + 1
    if tokens[start].nesting == 1:
        while not (tokens[at].nesting == -1 and tokens[at].level == level):
            at += 1
        at += 1
    return at


def _block(reader: MarkdownIt, tokens: list[Token], ground: Ground) -> Iterator[Piece]:
    kind = tokens[0].type
    if kind in ("fence", "code_block"):
        yield from _code(tokens[0].content, ground)
    elif kind == "paragraph_open" and len(tokens[1].content) > LONGEST:
        for number, part in enumerate(chunks(tokens[1].content)):
            yield Piece("text", f'<p class="typed">{escape(part)}</p>', ground, not number)
    elif kind in ("bullet_list_open", "ordered_list_open"):
        yield from _grouped(reader, tokens, 1, ITEMS, ground)
    elif kind == "table_open":
        yield from _table(reader, tokens, ground)
    elif kind == "blockquote_open" and not ground:
        yield from _blocks(reader, tokens[1:-1], "quoted")
    else:
        yield _piece(reader, tokens, ground, kind="heading" if kind == "heading_open" else "text")


def _code(text: str, ground: Ground) -> Iterator[Piece]:
    """Code, so many of its lines together."""
    lines = text.rstrip("\n").split("\n")
    for at in range(0, len(lines), LINES):
        code = "\n".join(part for line in lines[at : at + LINES] for part in chunks(line))
        yield Piece("code", f"<pre>{escape(code)}</pre>", ground, not at)


def _grouped(reader: MarkdownIt, tokens: list[Token], at: int, most: int, ground: Ground) -> Iterator[Piece]:
    """A list, so many of its items together; the numbers go on."""
    opening, closing = tokens[0], tokens[-1]
    number = int(opening.attrs.get("start", 1) or 1)
    first = True
    while at < len(tokens) - 1:
        start, count = at, 0
        while at < len(tokens) - 1 and count < most:
            at, count = _end(tokens, at), count + 1
        head = opening.copy()
        if opening.type == "ordered_list_open":
            head.attrs = {**opening.attrs, "start": number}
        yield _piece(reader, [head, *tokens[start:at], closing], ground, first)
        number, first = number + count, False


def _table(reader: MarkdownIt, tokens: list[Token], ground: Ground) -> Iterator[Piece]:
    """A table, so many of its rows together, each time below its head."""
    head_end = _end(tokens, 1)
    head, at, first = tokens[:head_end], head_end + 1, True
    if head_end >= len(tokens) - 1:  # it has no body
        yield _piece(reader, tokens, ground)
        return
    body, body_end = tokens[head_end], len(tokens) - 2
    while at < body_end:
        start, count = at, 0
        while at < body_end and count < ROWS:
            at, count = _end(tokens, at), count + 1
        yield _piece(reader, [*head, body, *tokens[start:at], tokens[body_end], tokens[-1]], ground, first)
        first = False


def _piece(
    reader: MarkdownIt, tokens: Sequence[Token], ground: Ground, first: bool = True, kind: Kind = "text"
) -> Piece:
    found: list[str] = []
    html = reader.renderer.render(tokens, reader.options, {"formulas": found})
    return Piece(kind, html, ground, first, tuple(latex_of(each) for each in found), tuple(found))


def _formula(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    env["formulas"].append(tokens[index].content)
    image = f'<img src="formula:{len(env["formulas"]) - 1}" />'
    return image if tokens[index].type == "math_inline" else f'<p class="math" align="center">{image}</p>'


def _safe(text: str) -> str:
    return escape(displayable(text))
