"""What a temporary conversation looks like: a line above it that says so, and the question before it is left."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.core.language import tr
from app.ui.controls import QuietButton
from app.ui.dialogs import Dialog
from app.ui.grounds import Muted, Picture
from app.ui.theme import mixed, px, theme_of

if TYPE_CHECKING:
    from app.ui.window import Window


class TemporaryMark(QWidget):
    """A quiet strip: this conversation is kept nowhere, and the button that keeps it."""

    keep_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(px(24), px(4), px(16), px(4))
        layout.setSpacing(px(8))
        layout.addStretch(1)
        layout.addWidget(Picture("temporary", 18), 0, Qt.AlignmentFlag.AlignVCenter)
        self.text = QLabel(tr("Temporary conversation: it is never written to the disk."))
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        layout.addWidget(self.text, 1000)
        self.keep = QuietButton(tr("Keep"))
        self.keep.setAccessibleName(tr("Keep this conversation"))
        self.keep.setToolTip(tr("Write it to the disk; from then on it is a conversation like any other."))
        self.keep.clicked.connect(self.keep_asked)
        layout.addWidget(self.keep, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addStretch(1)
        self.setAccessibleName(self.text.text())
        self.hide()

    def show_mark(self, temporary: bool, said: bool) -> None:
        """Say it, or not; what holds no message cannot be kept."""
        self.keep.setVisible(said)
        self.setVisible(temporary)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.fillRect(self.rect(), mixed(theme.accent, theme.window, 0.08))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(theme.border))


def ask_to_leave(window: "Window", then: Callable[[], None]) -> Dialog:
    """Ask what becomes of the temporary conversation in view; `then` is what leaves it, and nothing happens before."""
    dialog = Dialog(tr("Leave the temporary conversation?"), window, width=460)
    told = Muted(tr("It is kept nowhere. When you leave it, it is gone for good."), size=14)
    told.setWordWrap(True)
    dialog.page.addWidget(told)
    keeping = dialog.add_button(tr("Keep it"), left=True)
    keeping.setVisible(bool(window.session.entries))  # what was only typed is no conversation yet
    staying = dialog.add_button(tr("Stay"))
    leaving = dialog.add_button(tr("Leave it"), primary=True)

    def keep() -> None:
        window.session.keep(stop=True)
        then()

    def done(what: Callable[[], None]) -> None:
        dialog.accept()
        window.attempt(what)

    keeping.clicked.connect(lambda: done(keep))
    leaving.clicked.connect(lambda: done(then))
    staying.clicked.connect(dialog.reject)
    dialog.fit()
    staying.setFocus()
    dialog.open()
    return dialog
