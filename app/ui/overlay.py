"""What lies over the window while one types and chooses: a field, a list below it, and the window in shade."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QListView, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.ui.grounds import Card
from app.ui.theme import px


class Overlay(QWidget):
    """The keyboard stays in the field; whoever derives from it fills the list, says what keys do, and calls `_appear`."""

    closed = Signal()

    def __init__(self, asks: str, called: str, listed: str, parent: QWidget) -> None:
        """`asks` stands in the empty field; the others are the names of field and list for screen readers."""
        super().__init__(parent)
        self._window = parent
        self._before = QApplication.focusWidget()
        self._card = Card(self, radius=12)
        self._column = QVBoxLayout(self._card)
        self._column.setContentsMargins(px(8), px(8), px(8), px(8))
        self._column.setSpacing(px(6))
        self.field = QLineEdit()
        self.field.setPlaceholderText(asks)
        self.field.setAccessibleName(called)
        self.field.installEventFilter(self)
        self._column.addWidget(self.field)
        self.view = QListView()
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setAccessibleName(listed)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setMouseTracking(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._column.addWidget(self.view, 1)

    def _appear(self) -> None:
        self._window.installEventFilter(self)
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus()

    def _place(self) -> None:
        """Over the whole window; where the card lies is for whoever derives from it."""
        self.setGeometry(self._window.rect())

    def give_back(self, otherwise: Callable[[], None]) -> None:
        """Give the keyboard to what had it before, or do this where that is gone. What was clicked meanwhile keeps it."""
        now, before = QApplication.focusWidget(), self._before
        if now is not None and now is not self and not self.isAncestorOf(now):
            return
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus()
        else:
            otherwise()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._window.removeEventFilter(self)
        self.closed.emit()
        self.deleteLater()
        super().closeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What is typed while a button has the keyboard is for the field."""
        if event.text() and event.text().isprintable():
            self.field.setFocus()
            QApplication.sendEvent(self.field, event)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._card.geometry().contains(event.position().toPoint()):
            self.close()

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(0, 0, 0, 60))
