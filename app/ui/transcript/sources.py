"""The Markdown of what is selected: the source where blocks are selected whole, else written anew."""

import re
from collections.abc import Sequence
from itertools import pairwise

from app.core.export import closed
from app.core.markdown import Block, displayable, utf16_length, utf16_slice
from app.core.markup import Part, as_markdown
from app.core.record import record
from app.core.regex import regex
from app.ui.transcript.parse import blocks_of, parse
from app.ui.transcript.tokens import tokens_of

_MARK = regex(r"[ \t]{0,3}(?:[-+*]|\d{1,9}[.)])(?:[ \t]+(?:\[[ xX]\][ \t]+)?|$)")
_QUOTE = regex(r"[ \t]{0,3}> ?")
_INDENT = regex(r"[ \t]+")
_FENCE = regex(r"[ \t]*(`{3,}|~{3,})[^\n]*$")


@record
class _Chunk:
    """Some lines of the result, and which lines of the source they stand for."""

    text: str
    first: int
    last: int
    listed: bool  # is it in a list or quote


def source_of(text: str, blocks: Sequence[Block], parts: Sequence[Part | None], *, typed: bool = False) -> str:
    """The Markdown of a message, or of a part of it.

    `blocks` are what is seen of it, `parts` what is selected of each: in UTF-16 units, None for nothing, and no gaps.
    `typed` says that the text is shown as it was typed.
    """
    text = displayable(text)
    lengths = [utf16_length(block.text) for block in blocks]
    if all(_is_whole(part, length) for part, length in zip(parts, lengths, strict=True)):
        return text.strip("\n")
    chosen = [n for n, part in enumerate(parts) if part is not None]
    if not chosen:
        return ""
    if typed:
        return _slice(text, blocks, parts, chosen)
    lines: list[tuple[int, int]] = []
    told = [block.text for block in blocks_of(tokens_of(text), lines=lines)]
    if told != [block.text for block in blocks]:
        return _slice(text, blocks, parts, chosen) if parse(text) != blocks else _anew(blocks, parts, chosen)
    whole = {n for n in chosen if _is_whole(parts[n], lengths[n])}
    whole -= {n for n in whole if any(lines[m] == lines[n] for m in range(len(blocks)) if m not in whole)}
    if len(chosen) == 1 and chosen[0] not in whole:
        return as_markdown(blocks[chosen[0]], parts[chosen[0]], _read)
    source = text.split("\n")
    return _joined(source, [_chunk(source, blocks[n], parts[n], lines[n], n in whole) for n in chosen])


def _read(text: str) -> list[Block]:
    return blocks_of(tokens_of(text))


def _is_whole(part: Part | None, length: int) -> bool:
    return part == (0, length) or (length == 0 and part is not None)


def _chunk(source: Sequence[str], block: Block, part: Part | None, lines: tuple[int, int], whole: bool) -> _Chunk:
    first, last = lines
    if whole:
        return _Chunk("\n".join(source[first:last]), first, last, bool(block.inset))
    begin, following = _prefix(source[first] if first < len(source) else "", block)
    made = as_markdown(block, part, _read).split("\n")
    text = "\n".join([begin + made[0], *(f"{following}{line}".rstrip() for line in made[1:])])
    return _Chunk(text, first, last, bool(block.inset))


def _prefix(line: str, block: Block) -> tuple[str, str]:
    """What stands before a block in its first line because of what it stands in, and in those after it."""
    at, begin, following = 0, "", ""
    for inset in block.inset:
        pattern = _QUOTE if inset == "quote" else _MARK
        found = pattern.match(line, at) or _INDENT.match(line, at)
        if not found:
            break
        at = found.end()
        begin += found[0]
        following += found[0] if inset == "quote" else " " * len(re.sub(r"\[[ xX]\][ \t]+", "", found[0]))
    return begin, following


def _joined(source: Sequence[str], chunks: Sequence[_Chunk]) -> str:
    """The chunks with what stands between them in the source."""
    out = [chunks[0].text]
    for before, chunk in pairwise(chunks):
        if chunk.first == before.first and chunk.last == before.last and chunk.text == before.text:
            continue  # parts of the same paragraph
        between = source[before.last : chunk.first]
        if between:
            out += between
        elif not (before.listed and chunk.listed):
            out.append("")
        out.append(chunk.text)
    return _shifted("\n".join(out)) if chunks[0].listed else "\n".join(out)


def _shifted(text: str) -> str:
    """Without the indentation that the first line has because of what stood above it."""
    lines = text.split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip(" "))
    for number, line in enumerate(lines):
        if line.strip() and not line.startswith(" " * indent):
            break
        lines[number] = line[indent:]
    return "\n".join(lines)


def _slice(text: str, blocks: Sequence[Block], parts: Sequence[Part | None], chosen: Sequence[int]) -> str:
    """A part of a text that is shown as it was typed. Code that is cut gets its fences back."""
    at, begin, end = 0, 0, len(text)
    opening = ending = ""
    for number, block in enumerate(blocks):
        found = max(text.find(block.text, at), at)
        at = found + len(block.text)
        part = parts[number]
        if part is None:
            continue
        code = block.kind == "code"
        if number == chosen[0]:
            begin = found + len(utf16_slice(block.text, 0, part[0]))
            if code and part[0] == 0:
                begin = text.rfind("\n", 0, max(0, found - 1)) + 1
            elif code:
                opening = f"```{block.language}\n"
        if number == chosen[-1]:
            end = found + len(utf16_slice(block.text, 0, part[1]))
            if code and part[1] >= utf16_length(block.text):
                stop = text.find("\n", end + 1)
                stop = len(text) if stop < 0 else stop
                if _FENCE.match(text[end + 1 : stop]):
                    end = stop
                else:
                    ending = "\n```"
            elif code:
                ending = "\n```"
    return opening + text[begin:end] + ending


def _anew(blocks: Sequence[Block], parts: Sequence[Part | None], chosen: Sequence[int]) -> str:
    """Written from what is seen alone."""
    return "\n\n".join(as_markdown(blocks[n], parts[n], _read) for n in chosen)


def together(messages: Sequence[str]) -> str:
    """Messages below each other. A fence that is open in one does not swallow the next."""
    texts = [text for text in messages if text]
    return "\n\n".join([*(closed(text) for text in texts[:-1]), *texts[-1:]])
