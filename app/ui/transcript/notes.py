"""What the canvas knows of rows beside their messages: where the model's view begins, and which thinking is open."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.chat.changes import SeenFrom
from app.ui.transcript.above import mark_label
from app.ui.transcript.items import Item
from app.ui.transcript.listed import Items
from app.ui.transcript.selection import Selection

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript


class Notes:
    """Keeps them while rows come and go."""

    def __init__(self, canvas: "Transcript") -> None:
        self._canvas = canvas
        self._seen_from = SeenFrom(None)
        self._opened: set[int] = set()

    def dress(self, items: Iterable[Item]) -> bool:
        """Tell rows what is known of them; says whether one looks different now."""
        label = mark_label(self._seen_from.left_out, self._seen_from.summarised)
        changed, first, shown = False, self._seen_from.message_id, self._opened
        for item in items:
            message = item.entry.message.id
            mark = label if message == first and item.first else ""
            opened = message in shown
            if (item.mark, item.opened) != (mark, opened):
                item.mark, item.opened = mark, opened
                self._canvas.kept.drop(item)
                changed = True
        return changed

    def dress_all(self, items: Items) -> bool:
        """The same for all rows that were made, and for the one that has the mark, which counts in its height."""
        for row in items.rows_of(self._seen_from.message_id)[:1] if self._seen_from.message_id is not None else ():
            items[row]
        return self.dress(item for _, item in items.made())

    def show_seen_from(self, seen_from: SeenFrom) -> None:
        """Mark from where on the model sees the conversation; the line being read stays."""
        items = self._canvas.items
        for row in items.rows_of(seen_from.message_id)[:1] if seen_from.message_id is not None else ():
            items[row]  # made before it is known, so that the mark is a change
        self._seen_from = seen_from
        self._renew()

    def toggle(self, message_id: int) -> None:
        """Show or hide what was thought before an answer."""
        self._opened ^= {message_id}
        canvas = self._canvas
        if canvas.selection.thinks:  # what is folded away cannot be selected
            canvas.select(Selection(canvas.selection.anchor, canvas.selection.anchor))
        self._renew()

    def _renew(self) -> None:
        canvas = self._canvas
        place = canvas.places.line()
        if not self.dress_all(canvas.items):
            return
        for index, item in canvas.items.made():
            if item.row is None:
                canvas.reading.heights[index] = item.estimate(canvas.look, canvas.column)
        canvas.places.return_to(place)
        canvas.moved()
