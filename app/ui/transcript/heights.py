"""How high the rows are or may be: ten thousand numbers that a resize changes all at once."""

from collections.abc import Iterable, Iterator


class Heights:
    """Pixels of each row, whole where they were measured since the width changed.

    To stretch all, to add up all and to add up those above a row take about the same time however many there are.
    """

    def __init__(self, heights: Iterable[float] = ()) -> None:
        self._kept = list(heights)  # in `_unit` pixels
        self._unit = 1.0
        self._sum = float(sum(self._kept))
        self._above = (0, 0.0)  # a row, and the sum of those above it

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[float]:
        return (height * self._unit for height in self._kept)

    def __getitem__(self, index: int) -> float:
        return self._kept[index] * self._unit

    def __setitem__(self, index: int, height: float) -> None:
        fresh = height / self._unit
        if grown := fresh - self._kept[index]:
            self._kept[index] = fresh
            self._sum += grown
            if index < self._above[0]:
                self._above = self._above[0], self._above[1] + grown

    def replace(self, start: int, stop: int, heights: Iterable[float]) -> None:
        """Put these in the place of the rows from `start` to before `stop`."""
        self._kept[start:stop] = [height / self._unit for height in heights]
        self._sum = float(sum(self._kept))
        self._above = (0, 0.0)

    def extend(self, heights: Iterable[float]) -> None:
        """Add rows at the end."""
        self.replace(len(self), len(self), heights)

    def stretch(self, factor: float) -> None:
        """All are about so many times what they were."""
        self._unit *= factor

    @property
    def total(self) -> float:
        """Of all rows together."""
        return self._sum * self._unit

    def above(self, row: int) -> float:
        """Of the rows above one."""
        at, height = self._above
        if abs(row - at) > row:
            at, height = 0, 0.0
        height += sum(self._kept[at:row]) - sum(self._kept[row:at])
        self._above = row, height
        return height * self._unit
