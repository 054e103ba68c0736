"""The round button that goes to the end; seen while one reads somewhere else."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QToolButton, QWidget

from app.core.language import tr
from app.ui.icons import icon
from app.ui.transcript.look import Look


class Pill(QToolButton):
    """Lies on the lower edge of the transcript; says so when something was written below meanwhile."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setToolTip(tr("Go to the end"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the End key does the same
        self._rise = 0
        self._look: Look | None = None
        self._news = False
        self._show_news()
        self.hide()

    @property
    def news(self) -> bool:
        """Does it say that there is something new below?"""
        return self._news

    def tell_news(self, news: bool) -> None:
        """Something was written below what is being read, or all is seen now."""
        if news != self._news:
            self._news = news
            self._show_news()

    def _show_news(self) -> None:
        self.setText(tr("New") if self._news else "")
        self.setAccessibleName(tr("Go to what is new") if self._news else tr("Go to the end"))
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if self._news else Qt.ToolButtonStyle.ToolButtonIconOnly
        self.setToolButtonStyle(style)
        self._fit()

    def show_look(self, look: Look) -> None:
        """Take colours and sizes."""
        theme, drawing = look.theme, look.px(18)
        self._look = look
        self._rise = look.px(10)
        self.setFont(look.small)
        self.setIcon(icon("chevron-down", theme.text, drawing))
        self.setIconSize(QSize(drawing, drawing))
        self.setStyleSheet(
            f"QToolButton {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.border};"
            f" border-radius: {look.px(34) // 2}px; padding: 0; }}"
            f"QToolButton:hover {{ background: {theme.hover}; }}"
        )
        self._fit()

    def _fit(self) -> None:
        if self._look is None:
            return
        look, size = self._look, self._look.px(34)
        words = QFontMetrics(look.small).horizontalAdvance(self.text())
        middle = self.x() + self.width() // 2
        self.setFixedSize(size + (words + look.px(16) if self._news else 0), size)
        self.move(middle - self.width() // 2, self.y())

    def place(self, view: QRect, needed: bool) -> None:
        """Stand in the middle of the lower edge of the view, where it is needed."""
        if not needed:
            self.tell_news(False)
        self.move(view.center().x() - self.width() // 2, view.bottom() - self.height() - self._rise)
        self.setVisible(needed)
