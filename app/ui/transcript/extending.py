"""Selecting with the keyboard: Shift and the arrows let the selection grow by letters, words and lines."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTextBoundaryFinder
from PySide6.QtGui import QKeyEvent

from app.core.markdown import utf16_slice
from app.ui.transcript.found import bring_sideways
from app.ui.transcript.laying import formula_around
from app.ui.transcript.selection import Selection, Spot

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript
    from app.ui.transcript.rows import Row

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Home: -1, Qt.Key.Key_End: 1}  # fmt: skip
_FAR = 1 << 20  # pixels; beyond the end of every line


class Extending:
    """Moves the head of the selection. It begins where the mouse clicked last, else at the message with the keyboard."""

    def __init__(self, canvas: "Transcript") -> None:
        self._canvas = canvas
        self._column = -1  # where on its line the head was before it went up or down; -1: it did not

    def press(self, event: QKeyEvent) -> bool:
        """Handle a key; False where it is another one."""
        canvas, key = self._canvas, event.key()
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        words = held == Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
        if not canvas.items or not (words or held == Qt.KeyboardModifier.ShiftModifier) or key not in _STEPS:
            return False
        step, selection = _STEPS[Qt.Key(key)], self._begun()
        row, piece, position = selection.head
        sideways = key in (Qt.Key.Key_Left, Qt.Key.Key_Right)
        if sideways or key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._column = -1
        if sideways:
            head = self._by_letter(row, piece, position, step, words)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            head = self._by_line(row, piece, position, step)
        elif words:
            last = len(canvas.items) - 1
            head = (0, 0, 0) if step < 0 else self._end(last, max(0, len(canvas.row(last).placed) - 1))
        else:
            head = self._along(row, piece, position, _FAR * step)
        canvas.select(Selection(selection.anchor, head))
        laid = canvas.row(head[0])
        if 0 <= head[1] < len(laid.placed):
            bring_sideways(laid.placed[head[1]].piece, head[2], head[2])
        line = laid.line_of(*head[1:])
        canvas.going.to_lines(head[0], line.top(), line.bottom())
        return True

    def _begun(self) -> Selection:
        """The selection as it is; where there is none, a place in view where one may begin."""
        canvas = self._canvas
        row, selection = canvas.keys.row, canvas.selection
        inside = any(index == selection.head[0] for index, _, _ in canvas.visible_rows())
        if selection or (inside and row is None and selection.head != (0, 0, 0)):
            return selection
        spot = (row, 0, 0) if row is not None else canvas.pointer.spot_at(QPoint(canvas.left, canvas.reading.cover))
        return Selection(spot, spot)

    # ── steps ─────────────────────────────────────────────────────────────────────────────────────────

    def _by_letter(self, row: int, piece: int, position: int, step: int, words: bool) -> Spot:
        laid = self._canvas.row(row)
        length = _length(laid, piece)
        if not 0 <= position + step <= length:
            beside = self._beside(row, piece, step)
            return (row, piece, position) if beside is None else (*beside, 0) if step > 0 else self._end(*beside)
        text = laid.text_of(piece)
        kind = QTextBoundaryFinder.BoundaryType.Word if words else QTextBoundaryFinder.BoundaryType.Grapheme
        finder = QTextBoundaryFinder(kind, text)
        finder.setPosition(position)
        found = position
        while True:
            before, found = found, finder.toNextBoundary() if step > 0 else finder.toPreviousBoundary()
            if found < 0:
                found = length if step > 0 else 0
                break
            if not words or utf16_slice(text, min(before, found), max(before, found)).strip():
                break
        formula = formula_around(laid.placed[piece].piece, found) if piece >= 0 else None
        return row, piece, (formula[step > 0] if formula else found)

    def _by_line(self, row: int, piece: int, position: int, step: int) -> Spot:
        laid = self._canvas.row(row)
        line = laid.line_of(piece, position)
        if self._column < 0:
            self._column = line.left()
        if 0 <= piece < len(laid.placed):
            item = laid.placed[piece]
            y = (line.bottom() + 6 if step > 0 else line.top() - 3) - item.y
            found = item.piece.position_at(self._column - item.x, y) if 0 <= y < item.piece.height else position
            if (found - position) * step > 0 and laid.line_of(piece, found).top() != line.top():
                return row, piece, found
        beside = self._beside(row, piece, step)
        if beside is None:
            return self._along(row, piece, position, _FAR * step)
        row, piece = beside
        return self._along(row, piece, 0 if step > 0 else _length(self._canvas.row(row), piece), self._column)

    def _along(self, row: int, piece: int, position: int, x: int) -> Spot:
        """The position that is nearest to an x on the line of another one."""
        laid = self._canvas.row(row)
        if not 0 <= piece < len(laid.placed):
            return row, piece, position
        item = laid.placed[piece]
        y = laid.line_of(piece, position).center().y() - item.y
        return row, piece, item.piece.position_at(x - item.x, y)

    def _beside(self, row: int, piece: int, step: int) -> tuple[int, int] | None:
        """The next block in that direction, or None where the conversation ends."""
        canvas = self._canvas
        piece = max(piece, -1) + step
        while not 0 <= piece < len(canvas.row(row).placed):
            row += step
            if not 0 <= row < len(canvas.items):
                return None
            piece = 0 if step > 0 else len(canvas.row(row).placed) - 1
        return row, piece

    def _end(self, row: int, piece: int) -> Spot:
        return row, piece, _length(self._canvas.row(row), piece)


def _length(row: "Row", piece: int) -> int:
    return row.length_of(piece) if piece < len(row.placed) else 0
