"""Text in a terminal, where wide characters take two columns."""

import shutil
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import PurePath
from typing import TextIO

NEVER_FIRST = "，。、；：？！）》」』”’…,.;:?!)]}"  # of a line


def columns_of(stream: TextIO) -> int:
    """How many columns there are where it is written to; 0 where that is no terminal, and lines may be of any length."""
    return shutil.get_terminal_size().columns if stream.isatty() else 0


def say(text: str, stream: TextIO | None = None, begin: str = "") -> None:
    """Print a paragraph on lines that the terminal has room for, each behind `begin`."""
    stream = stream or sys.stdout
    print("\n".join(folded(text, columns_of(stream), begin, begin)), file=stream)


def width(text: str) -> int:
    """How many columns it takes."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def left(text: str, columns: int) -> str:
    """The text with blanks behind it, as wide as asked for."""
    return text + " " * (columns - width(text))


def right(text: str, columns: int) -> str:
    """The same with the blanks before it."""
    return " " * (columns - width(text)) + text


def shortened(text: str, columns: int) -> str:
    """At most so many columns of it, with "…" for what is gone."""
    if width(text) <= columns:
        return text
    while text and width(text) > columns - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def wrapped(text: str, columns: int) -> list[str]:
    """The text on lines of so many columns; it may break at blanks and beside wide characters."""
    lines = [""]
    for piece in _pieces(" ".join(text.split())):
        if width(lines[-1] + piece.rstrip()) > columns and lines[-1]:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines]


def folded(text: str, columns: int, begin: str = "", then: str = "") -> list[str]:
    """The same with something before the first line and before those that follow. 0 columns: as long as it is."""
    if not columns or width(begin + text) <= columns:
        return [begin + text]
    first, *rest = wrapped(text, columns - max(width(begin), width(then)))
    return [begin + first, *(then + line for line in rest)]


def listed(rows: Sequence[tuple[str, str]], columns: int) -> list[str]:
    """What and its text beside each other; a long text goes on below itself. A path stays whole, to be copied."""
    room = max(width(what) for what, _ in rows) + 2
    lines: list[str] = []
    for what, text in rows:
        lines += folded(text, 0 if PurePath(text).is_absolute() else columns, left(what, room), " " * room)
    return lines


def _pieces(text: str) -> list[str]:
    """What is not to be broken, in order."""
    pieces: list[str] = []
    for character in text:
        before = pieces[-1][-1] if pieces else " "
        breaks = before == " " or _columns(before) == 2 or _columns(character) == 2
        if pieces and (not breaks or character == " " or character in NEVER_FIRST or before in "（《「『“‘"):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces
