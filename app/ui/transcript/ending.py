"""The end of a long answer: it stays as it was read while it came, until it has been read once more as a whole."""

from collections.abc import Generator
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.core.markdown import Block
from app.ui.transcript.items import Item
from app.ui.transcript.parse import WHOLE, reading

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript

AT_ONCE = 3_000  # characters; a longer text is read in slices
_SLICE = 0.004  # seconds of each of them


class Ending(QObject):
    """Reads in slices of time; what turns out to be something else is then laid out anew, and nothing but that."""

    def __init__(self, canvas: "Transcript") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._readings: list[tuple[Item, Generator[None, None, list[Block]]]] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go_on)

    @property
    def busy(self) -> bool:
        """Is there something left to read?"""
        return bool(self._readings)

    def take_over(self, item: Item, before: Item) -> bool:
        """A row has ended that was `before` while it grew. Says whether what it shows may stay for now."""
        growing = before.growing
        if growing is None or not AT_ONCE < len(item.text) <= WHOLE or growing.text != item.text or growing.exact:
            return False
        self._readings.append((item, reading(item.text)))
        self._timer.start(0)
        return True

    def rest(self) -> None:
        """Read no more."""
        self._timer.stop()
        self._readings.clear()

    def finish(self) -> None:
        """Read all that is left now."""
        self._timer.stop()
        while self._readings:
            self._read_on(float("inf"))

    def _go_on(self) -> None:
        self._read_on(perf_counter() + _SLICE)
        if self._readings:
            self._timer.start(0)

    def _read_on(self, until: float) -> None:
        item, steps = self._readings[0]
        try:
            while perf_counter() < until:
                next(steps)
        except StopIteration as end:
            del self._readings[0]
            self._show(item, end.value)

    def _show(self, item: Item, blocks: list[Block]) -> None:
        """Show what it means as a whole. The line being read stays."""
        canvas, row = self._canvas, item.row
        if row is None or item.editor or item not in canvas.items:
            canvas.kept.drop(item)  # whoever lays it out next reads it then
            return
        place = canvas.places.line()
        row.fill(blocks)
        canvas.reading.heights[canvas.items.index(item)] = row.height
        canvas.places.return_to(place)
        canvas.moved()
