"""Code in chunks that are laid out one at a time: some lines each, or a part of a line that is very long."""

import math
from collections.abc import Iterator
from typing import NamedTuple

LINES = 48  # of a chunk, at most
LONG = 700  # characters of a line; a longer one is broken into rows, wherever that is
_PART = 8_000  # characters that are laid out together, about


class Chunk(NamedTuple):
    """Some lines, or a part of a broken one."""

    text: str
    ended: bool  # a line ends with it
    broken: bool  # it is part of a line that is too long


def chunks_of(text: str, begin: int) -> Iterator[Chunk]:
    """The chunks from a position on where one begins. The last one may change as the text grows, no other does."""
    lines: list[str] = []
    size = 0
    inside = begin > 0 and text[begin - 1] != "\n"
    for line in text[begin:].split("\n"):
        if not inside and len(line) <= LONG:
            lines.append(line)
            size += len(line)
            if len(lines) == LINES or size > _PART:
                yield Chunk("\n".join(lines), True, False)
                lines, size = [], 0
            continue
        if lines:
            yield Chunk("\n".join(lines), True, False)
            lines, size = [], 0
        for at in range(0, len(line) or 1, _PART):
            yield Chunk(line[at : at + _PART], at + _PART >= len(line), True)
        inside = False
    if lines:
        yield Chunk("\n".join(lines), True, False)


def columns_of(line: str) -> int:
    """Width of a line of code in characters; wide scripts take two, a tab up to four."""
    if line.isascii():
        return len(line) + 3 * line.count("\t")
    return sum(2 if ord(character) > 0x1100 else 4 if character == "\t" else 1 for character in line)


def rows_of(part: str, columns: int) -> int:
    """How many rows a part of a broken line takes. Where letters of two widths are mixed, each may end a little early."""
    whole = len(part) if part.isascii() and "\t" not in part else math.ceil(columns_of(part) * columns / (columns - 3))
    return max(1, math.ceil(whole / columns))
