"""The round button that goes to the end; seen while one reads somewhere else."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QToolButton, QWidget

from app.core.language import tr
from app.ui.icons import icon
from app.ui.transcript.look import Look


class Pill(QToolButton):
    """Lies on the lower edge of the transcript."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Go to the end"))
        self.setToolTip(tr("Go to the end"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the End key does the same
        self._rise = 0
        self.hide()

    def show_look(self, look: Look) -> None:
        """Take colours and sizes."""
        theme, size, drawing = look.theme, look.px(34), look.px(18)
        self._rise = look.px(10)
        self.setFixedSize(size, size)
        self.setIcon(icon("chevron-down", theme.text, drawing))
        self.setIconSize(QSize(drawing, drawing))
        self.setStyleSheet(
            f"QToolButton {{ background: {theme.raised}; border: 1px solid {theme.border}; border-radius: {size // 2}px; }}"
            f"QToolButton:hover {{ background: {theme.hover}; }}"
        )

    def place(self, view: QRect, needed: bool) -> None:
        """Stand in the middle of the lower edge of the view, where it is needed."""
        self.move(view.center().x() - self.width() // 2, view.bottom() - self.height() - self._rise)
        self.setVisible(needed)
