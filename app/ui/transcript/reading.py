"""The reading position: (row, offset) and nothing else; the scroll bar is derived from it, never the other way round."""

from collections.abc import Callable, Iterator
from itertools import accumulate

from app.ui.transcript.heights import Heights


class Reading:
    """Which row is at the top of the view, and how much of it is above the edge. All sizes in whole pixels.

    `measure` lays a row out and returns its exact height; it is called for rows in view only. Heights of the others
    are estimates, and since nothing is counted from the top of the document, an estimate that becomes exact moves
    nothing that is seen.
    """

    def __init__(self, measure: Callable[[int], int]) -> None:
        self._measure = measure
        self.heights = Heights()
        self.row = 0
        self.offset = 0
        self.view = 0  # height of the view
        self.margin = 0  # kept free below the last row
        self.cover = 0  # of the view's upper edge, what something lies on; the first row can be scrolled below it
        self._head = 0  # free space above the first row that is left when nothing lies there any more
        self.following = True  # stays at the end as it grows; ended by scrolling up

    @property
    def total(self) -> int:
        """Height of everything."""
        return round(self.heights.total) + self.margin

    @property
    def value(self) -> int:
        """Pixels above the view, as the scroll bar tells them."""
        return round(self.heights.above(self.row)) + self.offset

    def visible(self) -> Iterator[tuple[int, int]]:
        """The rows in view and where each begins, from the top down."""
        y, index = -self.offset, self.row
        while index < len(self.heights) and y < self.view:
            height = self._exact(index)
            yield index, y
            y += height
            index += 1

    def top_of(self, index: int) -> int | None:
        """Where a row begins, if it is in view."""
        return next((y for row, y in self.visible() if row == index), None)

    def _exact(self, index: int) -> int:
        self.heights[index] = height = self._measure(index)
        return height

    def scroll_by(self, distance: int) -> int:
        """Move down by so many pixels (up when negative); returns how far it really went."""
        if distance == 0 or not self.heights:
            return 0
        if distance < 0:
            self.following = False
        before = self.row, self.offset
        self.offset += distance
        missing = self._settle()
        if distance > 0:
            self._head = min(self._head, self._free)
            self.following |= self.at_end() and not self._free
        return 0 if (self.row, self.offset) == before else distance - missing

    def go_to(self, index: int, offset: int = 0) -> None:
        """Put a row at the top of the view."""
        self.row, self.offset = max(0, min(index, len(self.heights) - 1)), offset
        self._head, self.following = 0, False
        self._settle()
        self.following = self.at_end() and not self._free

    def go_below_cover(self, index: int) -> None:
        """Put a row at the top of what is free of the view."""
        self.go_to(index, -self.cover)

    def lay_over(self, height: int) -> None:
        """Something lies on so many pixels of the upper edge, or on none any more. Nothing moves by that."""
        self._head = self._free
        self.cover = height

    @property
    def _free(self) -> int:
        """Pixels that are free above the first row."""
        return max(0, -self.offset) if self.row == 0 else 0

    def jump(self, value: int) -> None:
        """Go where the scroll bar was dragged to."""
        ends = list(accumulate(self.heights))
        row = next((index for index, end in enumerate(ends) if end > value), len(ends) - 1)
        if row >= 0:
            self.go_to(row, round(value - (ends[row] - self.heights[row])))

    def go_to_end(self) -> None:
        """Show the last line at the lower edge, and follow it."""
        self.following = True
        self.settle()

    def settle(self) -> None:
        """Make the position fit after heights or the view changed: the end if it is followed, else where it was."""
        if self.following:
            self.row, self.offset = len(self.heights), 0
            if self.heights:
                self.row -= 1
                self.offset = self._exact(self.row) + self.margin - self.view
            self._head = 0
        self._settle()

    def at_end(self) -> bool:
        """Is the lower edge of the last row in view?"""
        y = -self.offset
        for index in range(self.row, len(self.heights)):
            y += self._exact(index)
            if y > self.view:
                return False
        return y + self.margin <= self.view

    def _settle(self) -> int:
        """Bring the offset into its row and the last row to the lower edge; returns how far it had to go back."""
        if not self.heights:
            self.row = self.offset = 0
            return 0
        self._carry()
        back = 0
        highest = 0 if self.following else -min(max(self.cover, self._head), self._free)
        room = self.view + self.offset - self.margin
        for index in range(self.row, len(self.heights)):
            room -= self._exact(index)
            if room <= 0:
                break
        if room > 0:  # space is left below the end
            self.offset -= room
            back = room
            self._carry()
        if self.row == 0 and self.offset < highest:
            back += self.offset - highest
            self.offset = highest
        return back

    def _carry(self) -> None:
        while self.offset < 0 and self.row > 0:
            self.row -= 1
            self.offset += self._exact(self.row)
        while self.row < len(self.heights) - 1 and self.offset >= (height := self._exact(self.row)):
            self.offset -= height
            self.row += 1
