"""Text in a terminal, where wide characters take two columns."""

import unicodedata

NEVER_FIRST = "，。、；：？！）》」』”’…,.;:?!)]}"  # of a line


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
