"""Blocks and parts of them written as Markdown again: so that what is read back says the same."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from app.core.language import tr
from app.core.markdown import BOLD, CODE, ITALIC, MATH, MUTED, RAISED, STRIKE, Block, Span, utf16_length, utf16_slice
from app.core.regex import regex

Part = tuple[int, int]  # of a text, in UTF-16 units
Reader = Callable[[str], Sequence[Block]]

_CLOSING = regex(r"(?<!\S)(#+)\s*$")
_SIGNS = regex(r"([\\`*_<>$~|])")
_ENTITY = regex(r"&(?=#?\w+;)")
_BEGIN = regex(r"^(\s*)(?:([#+=-])|(\d+)([.)]))", re.MULTILINE)  # of a line that would be something else
_NOTE = regex(r"\[([^\]]+)\] ")
_STYLES = (BOLD, ITALIC, STRIKE)
_STYLED = BOLD | ITALIC | STRIKE


def part_of(spans: Iterable[Span], start: int, end: int) -> tuple[Span, ...]:
    """The spans of a part of their text. Formulas are taken whole."""
    found, at = [], 0
    for span in spans:
        length = utf16_length(span.text)
        first, last = max(0, start - at), min(length, end - at)
        if first < last:
            found.append(span if span.style & MATH else replace(span, text=utf16_slice(span.text, first, last)))
        at += length
    return tuple(found)


def as_markdown(block: Block, part: Part | None, read: Reader) -> str:
    """A block, or a part of its text, as Markdown without what it stands in.

    `read` is the parser that judges which signs have to be escaped.
    """
    whole = (0, utf16_length(block.text))
    start, end = part or whole
    match block.kind:
        case "code":
            return fenced(utf16_slice(block.text, start, end), block.language)
        case "table":
            return _table(block, start, end, read)
        case "math":
            return block.text.strip()
        case "rule":
            return "---"
        case "heading":
            inline = written(part_of(block.spans, start, end), read).replace("\n", " ")
            inline = _CLOSING.sub(r"\\\1", inline)  # marks at the end of a heading would close it
            return f"{'#' * block.level} {inline}"
        case _:
            return written(part_of(block.spans, start, end), read)


def fenced(code: str, language: str = "") -> str:
    """Code between fences that are longer than any in it."""
    longest = max((len(run) for run in re.findall(r"^ {0,3}(`+)", code, re.MULTILINE)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}" if code else f"{fence}{language}\n{fence}"


def written(spans: Sequence[Span], read: Reader) -> str:
    """Spans as Markdown: with as few escapes as do, and without styles where Markdown cannot tell them here."""
    spans = _trimmed(spans)
    tries = [(False, "*"), (True, "*"), (False, "_"), (True, "_")]
    for escaped, mark in tries:
        text = _inline(spans, escaped, mark)
        if _same(read(text), spans):
            return text
    plain = [replace(span, style=span.style & ~_STYLED) for span in spans]
    text = _inline(plain, True, "*")
    return text if _same(read(text), plain) else _inline(spans, True, "*")


def _trimmed(spans: Sequence[Span]) -> list[Span]:
    """Neighbours in the same style as one; without blanks at the ends, which Markdown does not keep."""
    found: list[Span] = []
    for span in spans:
        if found and (found[-1].style, found[-1].link) == (span.style, span.link) and not span.style & MATH:
            found[-1] = replace(span, text=found[-1].text + span.text)
        elif span.text:
            found.append(span)
    while found and not found[0].style & (CODE | MATH) and not found[0].text.strip():
        del found[0]
    while found and not found[-1].style & (CODE | MATH) and not found[-1].text.strip():
        del found[-1]
    if found and not found[0].style & CODE:
        found[0] = replace(found[0], text=found[0].text.lstrip())
    if found and not found[-1].style & CODE:
        found[-1] = replace(found[-1], text=found[-1].text.rstrip())
    return found


def _same(blocks: Sequence[Block], spans: Sequence[Span]) -> bool:
    """Is that what these spans say, in one paragraph?"""
    if not spans:
        return not blocks
    if len(blocks) != 1 or blocks[0].kind != "paragraph" or blocks[0].inset:
        return False
    return list(_signs(blocks[0].spans)) == list(_signs(spans))


def _signs(spans: Iterable[Span]) -> Iterator[tuple[str, int, str]]:
    """Sign by sign with style and link; blanks have no style."""
    for span in spans:
        for sign in span.text:
            blank = sign.isspace()
            yield " " if blank else sign, 0 if blank else span.style, "" if blank else span.link


# ── inline ────────────────────────────────────────────────────────────────────────────────────────────


def _inline(spans: Sequence[Span], escaped: bool, mark: str) -> str:
    """Open and close marks around the spans, those that last longest outermost."""
    pieces = list(_images(_outside(spans)))
    marks = {BOLD: "**", ITALIC: mark, STRIKE: "~~"}
    wanted = [_needs(piece) for piece in pieces]
    open_: list[int | str] = []
    out: list[str] = []

    def close() -> None:
        key = open_.pop()
        out.append(f"]({_address(key)})" if isinstance(key, str) else marks[key])

    for number, (piece, needs) in enumerate(zip(pieces, wanted, strict=True)):
        while any(key not in needs for key in open_):
            close()
        for key in sorted((key for key in needs if key not in open_), key=lambda key: -_lasts(wanted, number, key)):
            open_.append(key)
            out.append("[" if isinstance(key, str) else marks[key])
        out.append(_text(piece, escaped))
    while open_:
        close()
    text = "".join(out)
    return _BEGIN.sub(_harmless, text) if escaped else text


def _outside(spans: Sequence[Span]) -> list[Span]:
    """Blanks at the ends of a style belong to what is around it, for Markdown knows no others."""
    pieces: list[Span] = []
    for span in spans:
        text = span.text
        if not span.style & _STYLED or span.style & (CODE | MATH):
            pieces.append(span)
            continue
        left, right = len(text) - len(text.lstrip()), len(text.rstrip())
        parts = [text] if left >= right else [text[:left], text[left:right], text[right:]]
        pieces += [replace(span, text=part) for part in parts if part]
    for number, piece in enumerate(pieces):
        if not piece.text.strip() and not piece.style & (CODE | MATH):
            around = [pieces[n].style for n in (number - 1, number + 1) if 0 <= n < len(pieces)]
            shared = around[0] & around[1] & _STYLED if len(around) == 2 else 0
            pieces[number] = replace(piece, style=(piece.style & ~_STYLED) | (piece.style & shared))
    return pieces


def _images(spans: Sequence[Span]) -> Iterator[Span]:
    """An image is its words and its address again."""
    before, after = tr("Image: {name}").split("{name}")
    skip = False
    for number, span in enumerate(spans):
        if skip:
            skip = False
            continue
        following = spans[number + 1] if number + 1 < len(spans) else Span("")
        name = span.text.rstrip().removeprefix(before).removesuffix(after)
        if span.style & MUTED and number == 0 and _NOTE.fullmatch(span.text) and not following.style & RAISED:
            yield Span(f"[^{span.text[1:-2]}]: ", MATH)  # a note; nothing in it is escaped
        elif span.style & MUTED and following.link and following.text == following.link:
            words = "" if name == tr("Image:") else name
            yield Span(f"![{words}]({_address(following.link)})", MATH)
            skip = True
        else:
            yield span


def _needs(span: Span) -> list[int | str]:
    if span.style & MATH:
        return [style for style in _STYLES if span.style & style]
    link: list[int | str] = [span.link] if span.link and not _is_bare(span) else []
    return link + [style for style in _STYLES if span.style & style]


def _is_bare(span: Span) -> bool:
    """Is it an address that is a link by itself?"""
    return span.link in (span.text, f"http://{span.text}", f"mailto:{span.text}") and not span.style & CODE


def _lasts(wanted: Sequence[Sequence[int | str]], number: int, key: int | str) -> int:
    """For how many pieces a mark stays."""
    end = number
    while end < len(wanted) and key in wanted[end]:
        end += 1
    return end - number


def _text(span: Span, escaped: bool) -> str:
    if span.style & MATH:
        return span.text
    if span.style & CODE:
        return _code(span.text)
    if span.style & RAISED and (found := re.fullmatch(r"\[([^\]]+)\]", span.text)):
        return f"[^{found[1]}]"
    if not escaped or (span.link and _is_bare(span)):
        return span.text
    text = _SIGNS.sub(r"\\\1", _ENTITY.sub("&amp;", span.text))
    return text.replace("[", "&#91;")  # for \[ begins a formula


def _code(text: str) -> str:
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    spaced = text.startswith("`") or text.endswith("`") or (text[:1] == text[-1:] == " " and text.strip())
    return f"{fence} {text} {fence}" if spaced else f"{fence}{text}{fence}"


def _address(link: int | str) -> str:
    text = str(link)
    return f"<{text}>" if re.search(r"[\s()<>]", text) or not text else text


def _harmless(match: re.Match[str]) -> str:
    return f"{match[1]}\\{match[2]}" if match[2] else f"{match[1]}{match[3]}\\{match[4]}"


# ── tables ────────────────────────────────────────────────────────────────────────────────────────────


def _table(block: Block, start: int, end: int, read: Reader) -> str:
    """The rows that a part touches, below the head; a part of one cell as text."""
    rows: list[list[tuple[Span, ...]]] = []
    touched: list[tuple[Span, ...]] = []
    at = 0
    for row in block.rows:
        cells = []
        for cell in row:
            length = sum(utf16_length(span.text) for span in cell)
            inside = start < at + length and end > at
            cells.append(part_of(cell, start - at, end - at) if inside else ())
            touched += cells[-1:] if inside else []
            at += length + 1
        rows.append(cells)
    if len(touched) <= 1:
        return written(touched[0], read) if touched else ""
    marks = {"left": "---", "center": ":-:", "right": "--:"}
    lines = [_row(block.rows[0], read), "|" + "|".join(marks[align] for align in block.aligns) + "|"]
    lines += [_row(cells, read) for cells in rows[1:] if any(cells)]
    return "\n".join(lines)


def _row(cells: Iterable[Sequence[Span]], read: Reader) -> str:
    texts = (written(cell, read).replace("\n", " ") for cell in cells)
    return "| " + " | ".join(re.sub(r"(?<!\\)\|", r"\\|", text) for text in texts) + " |"
