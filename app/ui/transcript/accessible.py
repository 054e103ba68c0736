"""What a screen reader finds in the transcript: a list with one item for each message, its text as the name."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect
from PySide6.QtGui import QAccessible, QAccessibleInterface, QColor, QWindow
from PySide6.QtWidgets import QAccessibleWidget
from shiboken6 import isValid

from app.core.language import tr
from app.ui.transcript.footer import BETWEEN, figures
from app.ui.transcript.marks import marks_told

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript

_LONGEST = 20_000  # characters of a message that are handed over


class List(QAccessibleWidget):
    """The transcript itself."""

    def __init__(self, canvas: "Transcript") -> None:
        super().__init__(canvas, QAccessible.Role.List, canvas.accessibleName())
        self._canvas = canvas
        self._rows: dict[int, Message] = {}

    def childCount(self) -> int:
        return len(self._canvas.items)

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt takes None for none, its stubs do not say so
        if not 0 <= index < len(self._canvas.items):
            return None
        if index not in self._rows:
            self._rows[index] = Message(self._canvas, self, index)
        return self._rows[index]

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return child.index if isinstance(child, Message) else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt takes None for none, its stubs do not say so
        for index in range(self.childCount()):
            child = self.child(index)
            if child is not None and child.rect().contains(x, y):
                return child
        return None


class Message(QAccessibleInterface):
    """One row."""

    def __init__(self, canvas: "Transcript", parent: List, index: int) -> None:
        super().__init__()
        self._canvas, self._parent, self.index = canvas, parent, index

    def isValid(self) -> bool:
        return isValid(self._canvas) and self.index < len(self._canvas.items)

    def object(self) -> QObject | None:  # type: ignore[override]  # Qt takes None for none, its stubs do not say so
        return None

    def window(self) -> QWindow | None:  # type: ignore[override]  # Qt takes None for none, its stubs do not say so
        return self._canvas.window().windowHandle() if isValid(self._canvas) else None

    def parent(self) -> QAccessibleInterface:
        return self._parent

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt takes None for none, its stubs do not say so
        return None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt takes None for none, its stubs do not say so
        return None

    def childCount(self) -> int:
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def rect(self) -> QRect:
        canvas = self._canvas
        top = canvas.reading.top_of(self.index) if self.isValid() else None
        if top is None:
            return QRect()
        place = QRect(canvas.left, top, canvas.column, canvas.reading.heights[self.index])
        return QRect(canvas.viewport().mapToGlobal(place.topLeft()), place.size())

    def text(self, kind: QAccessible.Text) -> str:
        if not self.isValid():
            return ""
        item = self._canvas.items[self.index]
        if kind == QAccessible.Text.Name:
            speaker = tr("You") if item.entry.message.role == "user" else item.entry.message.model or tr("Answer")
            said = "\n".join(block.text for block in item.blocks())[:_LONGEST]
            return f"{speaker}: {said or item.entry.message.error}"
        if kind != QAccessible.Text.Description:
            return ""
        marks = marks_told(item.entry.message)
        return BETWEEN.join(filter(None, (item.mark, item.thought(), *figures(item.entry), marks)))

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """A message is changed in the editor only."""

    def state(self) -> QAccessible.State:
        return QAccessible.State()

    def backgroundColor(self) -> QColor:
        return self._canvas.look.window

    def foregroundColor(self) -> QColor:
        return self._canvas.look.text
