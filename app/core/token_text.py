"""A text that is made of tokens, line by line, with the place of each token in units of UTF-16 as Qt counts them."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from itertools import accumulate

from app.core.markdown import displayable
from app.core.record import record

LONGEST_LINE = 2000  # characters; longer ones are cut, because a line is laid out as a whole


@record
class Mark:
    """The part of a token that is on a line."""

    token: int  # its place among the tokens
    start: int  # UTF-16 units in the line
    end: int
    special: bool
    breaks: bool = False  # the line's end is in it


class TokenText:
    """Token n is `text[ends[n - 1]:ends[n]]`; control characters are shown as pictures.

    Attributes:
        lines: what is shown, to be joined by line breaks.
    """

    def __init__(self, text: str, ends: Sequence[int], special: Collection[int]) -> None:
        self._ends = list(ends)
        if displayable(text) != text:
            pieces = [displayable(text[start:end]) for start, end in zip((0, *ends), ends, strict=False)]
            text, self._ends = "".join(pieces), list(accumulate(map(len, pieces)))
        self._text = text
        self._special = frozenset(special)
        self.lines: list[str] = []
        self._starts: list[int] = []
        start = 0
        for line in text.split("\n"):
            for at in range(0, max(1, len(line)), LONGEST_LINE):
                self.lines.append(line[at : at + LONGEST_LINE])
                self._starts.append(start + at)
            start += len(line) + 1

    def marks(self, line: int) -> list[Mark]:
        """The tokens of a line from left to right. A token without text has no place."""
        if not 0 <= line < len(self.lines):
            return []
        shown, first = self.lines[line], self._starts[line]
        last = first + len(shown)
        breaks = last < len(self._text) and self._text[last] == "\n"
        found = []
        token = bisect_right(self._ends, first)
        while token < len(self._ends):
            start = max(first, self._ends[token - 1] if token else 0)
            end = self._ends[token]
            if start > last or (start == last and not breaks):
                break
            if end > start:
                place = _units(shown[: start - first]), _units(shown[: min(end, last) - first])
                found.append(Mark(token, *place, token in self._special, breaks and end > last))
            token += 1
        return found

    def line_of(self, place: int) -> int:
        """The line that holds a character of the shown text."""
        return max(0, bisect_right(self._starts, place) - 1)

    def find(self, text: str, after: int = 0) -> int:
        """Where a text begins; -1 where it is not shown as it is."""
        return self._text.find(displayable(text), after)


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
