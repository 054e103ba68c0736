"""What is marked in a text. Positions count UTF-16 units, as Qt does."""

from bisect import bisect_left, bisect_right

from app.core.record import record

Part = tuple[int, int]  # of a piece's text, from and to
Marked = Part | None  # the selected part of a piece


@record
class Marks:
    """What is marked in a text: what is selected, what was found there, and the find that the reader went to."""

    selected: Marked = None
    found: tuple[Part, ...] = ()  # first to last
    current: Marked = None

    def within(self, start: int, end: int) -> "Marks | None":
        """The marks of a part of the text, counted from where that begins."""
        first = bisect_right(self.found, start, key=lambda part: part[1])
        last = bisect_left(self.found, end, key=lambda part: part[0])
        found = tuple((max(0, part[0] - start), min(end, part[1]) - start) for part in self.found[first:last])
        selected, current = _cut(self.selected, start, end), _cut(self.current, start, end)
        return Marks(selected, found, current) if selected or found or current else None


def _cut(part: Marked, start: int, end: int) -> Marked:
    """Of a part, what lies in another one, counted from where that begins."""
    if part is None or part[0] >= end or part[1] <= start:
        return None
    return max(0, part[0] - start), min(part[1], end) - start
