"""What a screen reader finds in the transcript: messages, in them headings, paragraphs, code and tables, in these links.

The tree is made of what the rows say now whenever it is asked for: nodes hold nothing but their place in it. Pressing a
link is left to the keyboard: an interface for actions that is made in Python ends the process (PySide 6.11).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import (
    QAccessible,
    QAccessibleInterface,
    QColor,
    QWindow,
)
from PySide6.QtWidgets import QAccessibleWidget
from shiboken6 import isValid

from app.core.markdown import Block
from app.ui.transcript.described import NOTHING, Thing, message
from app.ui.transcript.items import Item

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript


class List(QAccessibleWidget):
    """The transcript itself."""

    def __init__(self, canvas: "Transcript") -> None:
        super().__init__(canvas, QAccessible.Role.List, canvas.accessibleName())
        self.canvas = canvas
        self._rows: dict[int, Node] = {}
        self._read: tuple[Item | None, str, Sequence[Block]] = (None, "", ())

    def thing(self, index: int) -> Thing:
        """The message at a place. One that is not laid out is read once for all questions about it."""
        item = self.canvas.items[index]
        if item.row or item.growing:
            return message(self.canvas, index, item.blocks())
        if (self._read[0], self._read[1]) != (item, item.text):
            self._read = (item, item.text, item.blocks())
        return message(self.canvas, index, self._read[2])

    def childCount(self) -> int:
        return len(self.canvas.items)

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt takes None for none, its stubs do not say so
        if not 0 <= index < len(self.canvas.items):
            return None
        if index not in self._rows:
            self._rows[index] = Node(self, self, index)
        return self._rows[index]

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return child.index if isinstance(child, Node) and child.above is self else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt takes None for none, its stubs do not say so
        canvas = self.canvas
        point = canvas.viewport().mapFromGlobal(QPoint(x, y))
        if canvas.viewport().rect().contains(point):
            for index, origin, row in canvas.visible_rows():
                if origin.y() <= point.y() < origin.y() + row.height:
                    return self.child(index)
        return None

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt takes None for none, its stubs do not say so
        """What has the keyboard: a message, or what in it can be reached."""
        keys = self.canvas.keys
        if not self.canvas.hasFocus():
            return None
        if keys.row is None:
            return self
        row = self.child(keys.row)
        if isinstance(row, Node) and keys.button >= 0:
            return row.find(keys.button) or row
        return row


class Node(QAccessibleInterface):
    """A message, or something in it. One that is gone is told to be invalid."""

    def __init__(self, root: List, above: "List | Node", index: int) -> None:
        super().__init__()
        self.root, self.above, self.index = root, above, index
        self._below: dict[int, Node] = {}

    @property
    def thing(self) -> Thing:
        """What it is at the moment."""
        if not isValid(self.root.canvas):
            return NOTHING
        if isinstance(self.above, Node):
            above = self.above.thing
            return above.inside(self.index) if self.index < above.count else NOTHING
        return self.root.thing(self.index) if self.index < len(self.root.canvas.items) else NOTHING

    @property
    def row(self) -> int:
        """The row that it stands in."""
        return self.above.row if isinstance(self.above, Node) else self.index

    def find(self, stop: int) -> "Node | None":
        """What the keyboard reaches at that stop of the row."""
        if self.thing.stop() == stop:
            return self
        found = (self.child(index) for index in range(self.childCount()) if self.role() != QAccessible.Role.Section)
        return next((hit for child in found if isinstance(child, Node) and (hit := child.find(stop))), None)

    def isValid(self) -> bool:
        return self.thing is not NOTHING

    def object(self) -> QObject | None:  # type: ignore[override]  # Qt takes None for none, its stubs do not say so
        return None

    def window(self) -> QWindow | None:  # type: ignore[override]  # Qt takes None for none, its stubs do not say so
        return self.root.canvas.window().windowHandle() if isValid(self.root.canvas) else None

    def parent(self) -> QAccessibleInterface:
        return self.above

    def childCount(self) -> int:
        return self.thing.count

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt takes None for none, its stubs do not say so
        if not 0 <= index < self.thing.count:
            return None
        if index not in self._below:
            self._below[index] = Node(self.root, self, index)
        return self._below[index]

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt takes None for none, its stubs do not say so
        for index in range(self.childCount()):
            child = self.child(index)
            if child is not None and child.rect().contains(x, y):
                return child
        return None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return child.index if isinstance(child, Node) and child.above is self else -1

    def role(self) -> QAccessible.Role:
        return self.thing.role

    def rect(self) -> QRect:
        canvas = self.root.canvas
        thing = self.thing
        top = canvas.reading.top_of(self.row) if thing is not NOTHING else None
        if top is None:
            return QRect()
        place = thing.place()
        if place.isNull():
            return QRect()
        return QRect(canvas.viewport().mapToGlobal(place.topLeft() + QPoint(canvas.left, top)), place.size())

    def text(self, kind: QAccessible.Text) -> str:
        match kind:
            case QAccessible.Text.Name:
                return self.thing.name
            case QAccessible.Text.Description:
                return self.thing.description
            case _:
                return ""

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """A message is changed in the editor only."""

    def state(self) -> QAccessible.State:
        found, thing, canvas = QAccessible.State(), self.thing, self.root.canvas
        if thing is NOTHING:
            found.invalid = 1
            return found
        found.readOnly = 1
        is_message = isinstance(self.above, List)
        stop = -1 if is_message else thing.stop()
        found.focusable = int(is_message or stop >= 0)
        held = canvas.hasFocus() and canvas.keys.row == self.row
        found.focused = int(held and canvas.keys.button == stop and bool(found.focusable))
        found.linked = int(thing.role == QAccessible.Role.Link)
        found.offscreen = int(canvas.reading.top_of(self.row) is None)
        return found

    def backgroundColor(self) -> QColor:
        return self.root.canvas.look.window

    def foregroundColor(self) -> QColor:
        return self.root.canvas.look.text
