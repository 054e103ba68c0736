"""Markdown into blocks: markdown-it's tokens, flattened."""

import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, cast

from app.core.addresses import addresses
from app.core.language import tr
from app.core.markdown import (
    BOLD,
    CODE,
    ITALIC,
    MATH,
    MUTED,
    NOTE_LABEL,
    RAISED,
    STRIKE,
    Align,
    Block,
    Inset,
    Kind,
    Span,
    code_block,
    displayable,
    plain_blocks,
)
from app.core.math_marks import latex_of
from app.core.regex import regex
from app.ui.transcript.cutting import cut
from app.ui.transcript.hostile import in_cell, is_heavy, is_hostile
from app.ui.transcript.tokens import token_steps

if TYPE_CHECKING:
    from markdown_it.token import Token

WHOLE = 80_000  # characters that are read at once; a longer text comes in parts, or is shown as it is written

_SPECIAL = regex(
    r"[*_`\[\]<>&#~|\\$]|^[^\S\n]*([-+=]|\d+[.)])(?:\s|$)|^[^\S\n]*(-{2,}|={2,})|://|www\.|@|^ {4}|^\t|  \n",
    re.MULTILINE,
)
_WORDLESS = ("fence", "code_block", "math_block", "hr", "table_open")
_STYLES = {"strong": BOLD, "em": ITALIC, "s": STRIKE}


class Plain(list[Block]):
    """The blocks of a text that is shown as it is written: to read it as Markdown would take too long."""


def parse(text: str) -> list[Block]:
    """The blocks of a whole message."""
    steps = reading(text)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return cast("list[Block]", end.value)


def reading(text: str) -> Generator[None, None, list[Block]]:
    """Read a whole message in small steps; the end of these returns its blocks."""
    text = displayable(text)
    if len(text) > WHOLE:
        return plain_blocks(text)
    if is_hostile(text):
        return Plain(plain_blocks(text))
    if not _SPECIAL.search(text):  # most short answers; spares them the parser
        return list(_paragraphs(text))
    yield
    tokens = yield from token_steps(text)
    if is_heavy(tokens):
        return Plain(plain_blocks(text))
    blocks: list[Block] = []
    starts = [index for index, token in enumerate(tokens) if token.level == 0 and token.nesting >= 0]
    for begin, end in pairwise([*starts, len(tokens)]):
        blocks += blocks_of(tokens[begin:end])
        yield
    return blocks


def _paragraphs(text: str) -> Iterator[Block]:
    for part in re.split(r"\n(?:[ \t]*\n)+", text.strip()):
        lines = "\n".join(line.strip() for line in part.split("\n")).strip()
        for index, spans in enumerate(cut((Span(lines),)) if lines else ()):
            yield Block("paragraph", spans, tight=index > 0)


class _List:
    """A list that is being walked through."""

    def __init__(self, number: int | None, wide: bool) -> None:
        self.number = number  # of the next item; None in a bulleted list
        self.inset: Inset = "wide" if wide else "item"


def blocks_of(
    tokens: "Sequence[Token]",
    number: int | None = None,
    continued: bool = False,
    lead: tuple[Span, ...] = (),
    lines: list[tuple[int, int]] | None = None,
    goes_on: bool = False,
) -> list[Block]:
    """Flatten block tokens.

    `continued` says that the first list goes on from items before it, `number` what its first item is numbered;
    `lead` is the beginning of the first paragraph, which is not in the tokens; `goes_on` says that parts of it were cut
    off before that. `lines` takes from which line to which each block goes.
    """
    here = (0, 0)
    blocks: list[Block] = []
    insets: list[Inset] = []
    lists: list[_List] = []
    marker = note = ""
    lone = ""
    first = not continued  # the first block of an outermost list stands apart from what is above it
    table: list[list[tuple[Span, ...]]] = []
    aligns: list[Align] = []
    level = 0
    for index, token in enumerate(tokens):
        if lines is not None:
            lines += [here] * (len(blocks) - len(lines))  # of what the token before has made
            here = _lines_of(tokens, index) or here
        if note and token.type in _WORDLESS:
            blocks.append(Block("paragraph", (Span(note, MUTED),), inset=tuple(insets)))
            note = ""
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                if not lists:
                    first = not continued
                    lone = "" if continued else _lone(tokens, index)
                start = None
                if token.type == "ordered_list_open":
                    start = (
                        number if number is not None and continued and not lists else int(token.attrGet("start") or 0)
                    )
                    if start == 0 and token.attrGet("start") is None:
                        start = 1
                continued = False
                lists.append(_List(start, start is not None and start + _items(tokens, index) > 100))
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
            case "list_item_open":
                if marker:  # an item that begins with a list: its own mark stands above
                    blocks.append(Block("paragraph", (Span(""),), inset=tuple(insets), marker=marker, tight=not first))
                    first = False
                inner = lists[-1]
                marker = "•" if inner.number is None else f"{inner.number}."
                if inner.number is not None:
                    inner.number += 1
                insets.append(inner.inset)
            case "list_item_close":
                if marker and lone:
                    blocks.append(Block("paragraph", (Span(lone),), inset=tuple(insets[:-1])))
                elif marker:  # an empty item
                    blocks.append(Block("paragraph", (Span(""),), inset=tuple(insets), marker=marker, tight=not first))
                if marker:
                    marker, first = "", False
                insets.pop()
            case "blockquote_open":
                insets.append("quote")
            case "blockquote_close":
                insets.pop()
            case "footnote_reference_open":
                note = f"[{token.meta['label']}]"
                insets.append("item")
            case "footnote_reference_close":
                if note:  # an empty one
                    blocks.append(Block("paragraph", (Span(note, MUTED),), inset=tuple(insets)))
                note = ""
                insets.pop()
            case "heading_open":
                level = int(token.tag[1])
            case "heading_close" | "paragraph_close":
                level = 0
            case "inline" if table and table[-1] is not None and token.level > 0 and in_cell(tokens, index):
                table[-1].append(tuple(spans_of(token.children or ())))
            case "inline":
                spans = (*lead, *spans_of(token.children or ()))
                if lead:
                    spans, lead = tuple(joined(spans)), ()
                tight = bool(lists) and tokens[index - 1].hidden and not first
                if note:
                    note, spans = "", (Span(f"{note} ", MUTED), *spans)
                if marker and not level:
                    marker, spans = _task(marker, spans)
                if spans or marker:
                    for part, piece in enumerate(cut(spans) if level else _parts(spans, goes_on)):
                        kind: Kind = "heading" if level else "math" if _is_display(piece) else "paragraph"
                        blocks.append(
                            Block(
                                kind,
                                piece,
                                level,
                                tuple(insets),
                                marker if not part else "",
                                tight or goes_on or part > 0,
                            )
                        )
                goes_on = False
                marker, first = "", False
            case "fence" | "code_block":
                code = token.content[:-1] if token.content.endswith("\n") else token.content
                blocks.append(code_block(code, token.info, tuple(insets), marker))
                marker, first = "", False
            case "math_block":
                source = (Span(token.content, MATH),)
                blocks.append(Block("math", source, inset=tuple(insets), marker=marker))
                marker, first = "", False
            case "hr":
                blocks.append(Block("rule", inset=tuple(insets), marker=marker))
                marker, first = "", False
            case "tr_open":
                table.append([])
            case "th_open":
                aligns.append(_align(token))
            case "table_close":
                rows = tuple(tuple(row) for row in table)
                blocks.append(Block("table", inset=tuple(insets), marker=marker, rows=rows, aligns=tuple(aligns)))
                table, aligns, marker, first = [], [], "", False
            case _:
                continue
    if lines is not None:
        lines += [here] * (len(blocks) - len(lines))
    return blocks


_WITH_LINES = ("inline", "fence", "code_block", "math_block", "hr", "table_open", "list_item_open")


def _lines_of(tokens: "Sequence[Token]", index: int) -> tuple[int, int] | None:
    """The lines of the block that a token begins or is."""
    token = tokens[index]
    if token.map is None or token.type not in _WITH_LINES or in_cell(tokens, index):
        return None
    begin, end = token.map
    return begin, begin + 1 if token.type == "list_item_open" else end  # an item without words of its own


def _items(tokens: "Sequence[Token]", index: int) -> int:
    """How many items the list that opens at `index` has."""
    level, count = tokens[index].level, 0
    for token in tokens[index + 1 :]:
        if token.level == level and token.nesting < 0:
            break
        count += token.type == "list_item_open" and token.level == level + 1
    return count


def _lone(tokens: "Sequence[Token]", index: int) -> str:
    """The number that is all there is of the list that opens at `index`; "" where there is more, or another kind.

    Markdown says that it is a list with one empty item. Who writes nothing but "42." means words, to be selected as such.
    """
    opened = tokens[index]
    kinds = [token.type for token in tokens[index + 1 : index + 4]]
    if opened.type != "ordered_list_open" or kinds != ["list_item_open", "list_item_close", "ordered_list_close"]:
        return ""
    item = tokens[index + 1]
    as_marked = item.markup == "." and item.info == str(int(item.info))  # as the mark of the item would have it
    return f"{item.info}." if item.map == opened.map and as_marked else ""


def _align(token: "Token") -> Align:
    style = str(token.attrGet("style") or "")
    return "center" if "center" in style else "right" if "right" in style else "left"


def _task(marker: str, spans: tuple[Span, ...]) -> tuple[str, tuple[Span, ...]]:
    """An item that begins with [ ] or [x] has a box in place of its bullet."""
    if spans and (found := re.match(r"\[([ xX])\] +", spans[0].text)) and not spans[0].style:
        rest = spans[0].text[found.end() :]
        return ("☐" if found[1] == " " else "☑"), ((Span(rest), *spans[1:]) if rest else spans[1:])
    return marker, spans


def _is_display(spans: tuple[Span, ...]) -> bool:
    return len(spans) == 1 and bool(spans[0].style & MATH) and latex_of(spans[0].text)[1]


def _parts(spans: tuple[Span, ...], goes_on: bool) -> Iterator[tuple[Span, ...]]:
    """A paragraph, cut where it holds formulas that stand on lines of their own, and where it is very long."""
    start = 0
    for index, span in enumerate(spans):
        if span.style & MATH and latex_of(span.text)[1]:
            if before := _trimmed(spans[start:index]):
                yield from cut(before, goes_on)
            yield (span,)
            start = index + 1
    rest = _trimmed(spans[start:]) if start else spans
    if rest or not start:
        yield from cut(rest, goes_on)


def _trimmed(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Without the spaces that stood between words and a formula that is now below or above them."""
    if not spans:
        return ()
    spans = (*spans[:-1], replace(spans[-1], text=spans[-1].text.rstrip()))
    spans = (replace(spans[0], text=spans[0].text.lstrip()), *spans[1:])
    return tuple(span for span in spans if span.text)


def spans_of(children: "Sequence[Token]") -> list[Span]:
    """Flatten inline tokens; neighbours in the same style become one span."""
    spans: list[Span] = []
    depth = {BOLD: 0, ITALIC: 0, STRIKE: 0}
    links: list[str] = []

    def add(text: str, style: int = 0, link: str = "") -> None:
        if not text:
            return
        style |= sum(flag for flag, open_ in depth.items() if open_)
        spans.append(Span(text, style, link or (links[-1] if links else "")))

    for token in children:
        name, _, edge = token.type.rpartition("_")
        if name in _STYLES:
            depth[_STYLES[name]] += 1 if edge == "open" else -1
        elif token.type == "link_open":
            links.append(str(token.attrGet("href") or ""))
        elif token.type == "link_close":
            links.pop()
        elif token.type == "code_inline":
            add(token.content, CODE)
        elif token.type == "math_inline":
            add(token.content, MATH)
        elif token.type in ("softbreak", "hardbreak"):  # models mean the line ends that they write
            add("\n")
        elif token.type == "footnote_ref":
            label = token.meta["label"]
            add(*((f"[{label}]", RAISED) if NOTE_LABEL.fullmatch(label) else (f"[^{label}]", 0)))
        elif token.type == "image":  # never fetched: its address is told, and opens as that of a link does
            source = str(token.attrGet("src") or "")
            alt = _alt(token.children or ())
            add((tr("Image: {name}").format(name=alt) if alt else tr("Image:")) + " ", MUTED)
            if source.lower().startswith("data:"):
                add(source[:40] + ("…" if len(source) > 40 else ""))
            else:
                add(source, link=source)
        elif links:
            add(token.content)
        else:
            for text, link in addresses(token.content):
                add(text, link=link)
    return list(joined(spans))


def joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Neighbours in the same style as one span."""
    open_: list[str] = []
    last = Span("")
    for span in spans:
        if open_ and (span.style, span.link) == (last.style, last.link) and not span.style & MATH:
            open_.append(span.text)
            continue
        if open_:
            yield Span("".join(open_), last.style, last.link)
        open_, last = [span.text], span
    if open_:
        yield Span("".join(open_), last.style, last.link)


def _alt(children: "Sequence[Token]") -> str:
    """What an image says; images in it say it as well."""
    return "".join(
        _alt(token.children or ()) if token.type == "image" else " " if token.type.endswith("break") else token.content
        for token in children
    )
