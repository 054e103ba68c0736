"""Finding again what was being read: after another layout, and when a conversation is opened once more."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

from app.ui.transcript.items import Item

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript

Place = tuple[Item, int, int, int] | None  # item, block in it, position in the block, y in the view; None at the end


class Places:
    """Knows the line being read, and where each conversation was left."""

    def __init__(self, canvas: "Transcript") -> None:
        self._canvas = canvas
        self._left: dict[object, tuple[int, int, int] | None] = {}  # key → message, part, offset; None at the end

    def remember(self, key: object) -> None:
        """Another conversation will be shown: note where this one was."""
        reading, items = self._canvas.reading, self._canvas.items
        if key is None or not items:
            return
        here = items[reading.row]
        part = reading.row - next(n for n, item in enumerate(items) if item.message_id == here.message_id)
        self._left[key] = None if reading.following else (here.message_id, part, reading.offset)

    def renumber(self, key: object) -> None:
        """What is shown has another key from now on, and is shown anew: the same row stays in view."""
        self._canvas.key = key

    def recall(self, key: object) -> None:
        """Go to where the conversation was left, to its end when it was not here before."""
        reading = self._canvas.reading
        message_id, part, offset = self._left.get(key) or (0, 0, 0)
        first = next((n for n, item in enumerate(self._canvas.items) if item.message_id == message_id), None)
        reading.following = first is None
        reading.row, reading.offset = (0, 0) if first is None else (first + part, offset)

    def shows(self, message_id: int) -> bool:
        """Can something of a message be seen?"""
        items = self._canvas.items
        return any(items[index].message_id == message_id for index, _, _ in self._canvas.visible_rows())

    def line(self) -> Place:
        """The first line that is wholly in view, and where it is."""
        canvas = self._canvas
        if canvas.reading.following or not canvas.items or not canvas.column:
            return None
        index, offset = canvas.reading.row, canvas.reading.offset
        row = canvas.row(index)
        if offset >= row.content_bottom and index + 1 < len(canvas.items):  # only its buttons are in view
            offset -= row.height
            index += 1
            row = canvas.row(index)
        piece, position = row.spot_at(QPoint(0, offset))
        line = row.line_of(piece, position)
        if line.top() < offset and row.placed:
            piece, position = row.spot_at(QPoint(0, min(line.bottom() + canvas.look.pitch, row.content_bottom)))
            line = row.line_of(piece, position)
        return canvas.items[index], piece, position, line.top() - offset

    def return_to(self, place: Place) -> None:
        """Put the line back to where it was in the view."""
        if place is None:
            return
        canvas = self._canvas
        item, piece, position, y = place
        if item in canvas.items:
            index = canvas.items.index(item)
        else:
            index = -1
            for index in [n for n, each in enumerate(canvas.items) if each.message_id == item.message_id]:
                count = len(canvas.items[index].blocks())  # a long answer that is finished comes in parts
                if piece < count or canvas.items[index].last:
                    break
                piece -= count
        if index >= 0:
            canvas.reading.row = index
            canvas.reading.offset = canvas.row(index).line_of(piece, position).top() - y
