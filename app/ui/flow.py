"""Widgets side by side, and on further lines where there is no more room."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class Flow(QLayout):
    """As words in a text."""

    def __init__(self, parent: QWidget | None = None, *, gap: int = 8) -> None:
        """`gap` lies between widgets and between lines, in pixels."""
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._lay(QRect(0, 0, width, 0), place=False)

    def setGeometry(self, box: QRect) -> None:
        super().setGeometry(box)
        self._lay(box, place=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _lay(self, box: QRect, *, place: bool) -> int:
        """Put everything where it belongs, or only tell the height that it takes."""
        x, y, high = box.x(), box.y(), 0
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint()
            if x > box.x() and x + size.width() > box.right() + 1:
                x, y, high = box.x(), y + high + self._gap, 0
            if place:
                item.setGeometry(QRect(QPoint(x, y), QSize(min(size.width(), box.width()), size.height())))
            x, high = x + size.width() + self._gap, max(high, size.height())
        return y + high - box.y()
