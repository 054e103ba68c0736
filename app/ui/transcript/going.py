"""Going to a place in the conversation: a message, a question, some lines. Below what lies on the upper edge."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript


class Going:
    """Moves the reader, never further than needed."""

    def __init__(self, canvas: "Transcript") -> None:
        self._canvas = canvas

    def to_message(self, message_id: int) -> None:
        """Show a message, its first line at the top."""
        for index in self._canvas.items.rows_of(message_id)[:1]:
            self._to_top(index)

    def to_row(self, index: int) -> None:
        """Scroll as little as needed to show a row, its end where it does not fit."""
        canvas, reading = self._canvas, self._canvas.reading
        top = reading.top_of(index)
        if top is None:
            reading.go_below_cover(index)
        else:
            top -= reading.cover
            below = top + canvas.row(index).height + reading.cover - reading.view
            if below > 0:
                reading.scroll_by(min(below, top) if top > 0 else below)
            elif top < 0:
                reading.scroll_by(top)
        canvas.moved()

    def to_question(self, step: int) -> None:
        """Bring the next message of the user to the top, or the one before; behind the last one the end."""
        canvas, reading = self._canvas, self._canvas.reading
        tops = dict(reading.visible())
        asked = canvas.items.asked()
        if step > 0:
            last = max(tops, default=-1)
            goal = next((n for n in asked if (tops[n] > reading.cover + 1 if n in tops else n > last)), None)
        else:
            before = [n for n in asked if (tops[n] < reading.cover - 1 if n in tops else n < reading.row)]
            goal = before[-1] if before else None
        if goal is not None:
            self._to_top(goal)
        elif step > 0:
            canvas.scroll_to_end()
        else:
            self._to_top(0)

    def to_lines(self, index: int, top: int, bottom: int) -> None:
        """Scroll as little as needed to see some lines of a row, with a few beside them; nothing if they are seen."""
        canvas, reading = self._canvas, self._canvas.reading
        free = min(2 * canvas.look.pitch, max(0, reading.view - reading.cover - (bottom - top)) // 3)
        row = reading.top_of(index)
        if row is None and index < reading.row:
            reading.go_to(index, top - reading.cover - free)
        elif row is None:
            reading.go_to(index, bottom + free - reading.view)
        elif row + top < reading.cover:
            reading.scroll_by(row + top - reading.cover - free)
        elif row + bottom > reading.view:
            reading.scroll_by(row + bottom + free - reading.view)
        canvas.moved()

    def _to_top(self, index: int) -> None:
        self._canvas.reading.go_below_cover(index)
        self._canvas.moved()
