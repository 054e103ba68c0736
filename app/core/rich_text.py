"""Blocks and parts of them as HTML for the clipboard: styles inline, nothing that would have to be fetched."""

from collections.abc import Iterable, Sequence
from html import escape

from app.core.markdown import BOLD, CODE, ITALIC, LINK_SCHEMES, MATH, RAISED, STRIKE, Block, Span, utf16_slice
from app.core.markup import Part, part_of

_MONO = "font-family:monospace"
_PRE = f"{_MONO};white-space:pre-wrap;background:#f4f1ec;color:#22201d;padding:8px"
_CELL = "border:1px solid #c8c2b8;padding:4px 8px;text-align:"
_QUOTE = "margin-left:0;padding-left:12px;border-left:3px solid #c8c2b8"
_BOXES = ("☐", "☑")  # of tasks
_TAGS = ((BOLD, "b"), (ITALIC, "i"), (STRIKE, "s"), (RAISED, "sup"))

Selected = tuple[Block, Part | None]  # a block and which part of its text; nothing of it for None


def as_html(messages: Iterable[Sequence[Selected]]) -> str:
    """A page of what is selected of some messages."""
    return "<html><body>" + "".join(_message(blocks) for blocks in messages) + "</body></html>"


def _message(blocks: Sequence[Selected]) -> str:
    out: list[str] = []
    open_: list[tuple[str, str]] = []  # what stands around the next block: its kind, and what closes it
    for block, part in blocks:
        if part is None:
            continue
        marker = block.marker if part[0] == 0 else ""
        depth = len(block.inset) - 1 if marker else len(block.inset)  # so much of it may go on
        kinds = [_kind(name) for name in block.inset]
        kept = 0
        while kept < min(len(open_), depth) and open_[kept][0] == kinds[kept]:
            kept += 1
        listing = _list_tag(marker) if marker else ""
        goes_on = marker and kept == depth and len(open_) > kept and open_[kept] == ("item", f"</li></{listing}>")
        while len(open_) > kept + bool(goes_on):
            out.append(open_.pop()[1])
        if goes_on:
            out.append(f"</li>{_item(marker)}")
        for level in range(len(open_), len(kinds)):
            last = level == len(kinds) - 1
            tag, close = _opening(kinds[level], marker if last else "")
            out.append(tag)
            open_.append((kinds[level], close))
        out.append(_block(block, part, f"{marker} " if marker in _BOXES else ""))
    out += [close for _, close in reversed(open_)]
    return "".join(out)


def _kind(inset: str) -> str:
    return "quote" if inset == "quote" else "item"


def _list_tag(marker: str) -> str:
    return "ol" if marker[:1].isdecimal() else "ul"


def _opening(kind: str, marker: str) -> tuple[str, str]:
    if kind == "quote":
        return f'<blockquote style="{_QUOTE}">', "</blockquote>"
    if _list_tag(marker) == "ol":
        return f'<ol start="{int(marker.rstrip("."))}"><li>', "</li></ol>"
    return f"<ul>{_item(marker)}", "</li></ul>"


def _item(marker: str) -> str:
    """The beginning of an item; one that has a box or nothing at its beginning has no bullet beside it."""
    return "<li>" if marker and marker not in _BOXES else '<li style="list-style-type:none">'


def _block(block: Block, part: Part, box: str) -> str:
    match block.kind:
        case "code":
            return f'<pre style="{_PRE}">{escape(utf16_slice(block.text, *part))}</pre>'
        case "table":
            return _table(block, part)
        case "rule":
            return "<hr>"
        case "heading":
            return f"<h{block.level}>{box}{_inline(part_of(block.spans, *part))}</h{block.level}>"
        case _:
            return f'<p dir="auto">{box}{_inline(part_of(block.spans, *part))}</p>'


def _table(block: Block, part: Part) -> str:
    rows, at = [], 0
    for number, row in enumerate(block.rows):
        cells = []
        touched = False
        for column, cell in enumerate(row):
            shown = part_of(cell, part[0] - at, part[1] - at)
            touched |= bool(shown)
            tag = "td" if number else "th"
            align = block.aligns[column] if column < len(block.aligns) else "left"
            cells.append(f'<{tag} style="{_CELL}{align}">{_inline(shown)}</{tag}>')
            at += sum(len(span.text.encode("utf-16-le")) // 2 for span in cell) + 1
        if touched:
            rows.append(f"<tr>{''.join(cells)}</tr>")
    return f'<table style="border-collapse:collapse">{"".join(rows)}</table>'


def _inline(spans: Iterable[Span]) -> str:
    return "".join(_span(span) for span in spans)


def _span(span: Span) -> str:
    text = escape(span.text).replace("\n", "<br>")
    if span.style & (CODE | MATH):
        text = f'<code style="{_MONO}">{text}</code>'
    for style, tag in _TAGS:
        if span.style & style:
            text = f"<{tag}>{text}</{tag}>"
    if span.link.lower().startswith(LINK_SCHEMES):
        text = f'<a href="{escape(span.link, quote=True)}">{text}</a>'
    return text
