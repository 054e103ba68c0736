"""Finding again what was being read: after another layout, and when a conversation is opened once more."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

from app.ui.transcript.items import Item

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript

Place = tuple[Item, int, int, int] | None  # item, block in it, position in the block, y in the view; None at the end


class Places:
    """Knows the line being read, and finds the one at which a conversation was left."""

    def __init__(self, canvas: "Transcript") -> None:
        self._canvas = canvas
        self._held: tuple[Place, int, int] | None = None  # the line that was returned to, and the position since then

    def left(self) -> str:
        """The line being read, as a text that finds it again in another run; empty at the end."""
        place = self.line()
        if place is None:
            return ""
        item, *where = place
        return " ".join(map(str, (item.message_id, item.part, *where)))

    def renumber(self, key: object) -> None:
        """What is shown has another key from now on, and is shown anew: the same row stays in view."""
        self._canvas.key = key

    def recall(self, left: str) -> None:
        """Go to where the conversation was left, to its end where it was not or that is not there any more."""
        reading, items = self._canvas.reading, self._canvas.items
        reading.following, reading.row, reading.offset = True, 0, 0
        try:
            message_id, part, *where = map(int, left.split())
            piece, position, y = where
        except ValueError:
            return
        found = items.rows_of(message_id)
        if found:
            reading.following = False
            self.return_to((items[found[min(max(0, part), len(found) - 1)]], piece, position, y))

    def shows(self, message_id: int) -> bool:
        """Can something of a message be seen?"""
        items = self._canvas.items
        return any(items.messages[index].id == message_id for index, _, _ in self._canvas.visible_rows())

    def line(self) -> Place:
        """The first line that is wholly in view, and where it is."""
        canvas = self._canvas
        if canvas.reading.following or not canvas.items or not canvas.column:
            return None
        if self._held is not None and self._held[1:] == (canvas.reading.row, canvas.reading.offset):
            return self._held[0]  # nobody has moved since: however often the width changes, it is the same line
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
            for index in canvas.items.rows_of(item.message_id):
                count = len(canvas.items[index].blocks())  # a long answer that is finished comes in parts
                if piece < count or canvas.items[index].last:
                    break
                piece -= count
        if index >= 0:
            canvas.reading.row = index
            canvas.reading.offset = canvas.row(index).line_of(piece, position).top() - y
            canvas.reading.settle()
            self._held = (canvas.items[index], piece, position, y), canvas.reading.row, canvas.reading.offset
