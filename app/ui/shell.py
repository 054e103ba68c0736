"""Where the parts of the window lie: side by side where there is room, over the middle where there is not."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.ui.theme import px, theme_of

SIDEBAR = 272  # width at 100 %
PANEL = 328
PANEL_FROM = 1000  # a narrower window folds the panel
SIDEBAR_FROM = 640  # a narrower one the sidebar too


class Scrim(QWidget):
    """Darkens the middle while a side lies over it; a click folds the side."""

    pressed = Signal()

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        self.pressed.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(0, 0, 0, 110 if theme_of(self.palette()).dark else 60))


class Shell(QWidget):
    """Sidebar, middle and panel. `wanted` is what the user chose; `laid_over` is the side that lies over the middle."""

    shaped = Signal()  # which sides are in view may have changed

    def __init__(self, sidebar: QWidget, middle: QWidget, panel: QWidget, wanted: dict[str, bool]) -> None:
        super().__init__()
        self._sides = {"sidebar": sidebar, "panel": panel}
        self._middle = middle
        self.wanted = wanted
        self._over = ""
        self.page: QWidget | None = None
        middle.setParent(self)
        self._scrim = Scrim(self)
        self._scrim.pressed.connect(lambda: self.toggle(self._over))
        self._scrim.hide()
        sidebar.setParent(self)
        panel.setParent(self)

    def set_panel(self, panel: QWidget) -> None:
        """Put the real panel in place of the empty ground that the first paint shows."""
        old, self._sides["panel"] = self._sides["panel"], panel
        panel.setParent(self)
        old.hide()
        old.deleteLater()
        self._lay()

    def show_page(self, page: QWidget | None) -> None:
        """Let a page take the place of the middle and the panel; None: they are back. The page before is gone."""
        old, self.page = self.page, page
        if page is not None:
            page.setParent(self)
            page.show()
            page.stackUnder(self._scrim)
        if self._over == "panel":
            self._over = ""
        self._lay()
        if old is not None and old is not page:
            old.hide()
            old.deleteLater()

    def docked(self, side: str) -> bool:
        """Is there room for the side beside the middle."""
        return self.width() >= px(PANEL_FROM if side == "panel" else SIDEBAR_FROM)

    def in_view(self, side: str) -> bool:
        """Can the side be seen."""
        if side == "panel" and self.page is not None:
            return False
        return self.wanted[side] if self.docked(side) else self._over == side

    def toggle(self, side: str) -> None:
        """Show or hide a side."""
        if not side or (side == "panel" and self.page is not None):
            return
        if self.docked(side):
            self.wanted[side] = not self.wanted[side]
        else:
            self._over = "" if self._over == side else side
        self._lay()

    def fold_over(self) -> None:
        """Fold the side that lies over the middle, if there is one."""
        if self._over:
            self.toggle(self._over)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._over and self.docked(self._over):
            self._over = ""
        self._lay()

    def _lay(self) -> None:
        wide, high = self.width(), self.height()
        left, right = 0, wide
        for side, widget in self._sides.items():
            width = min(px(SIDEBAR if side == "sidebar" else PANEL), wide - px(48))
            if self.in_view(side):
                widget.setGeometry(0 if side == "sidebar" else wide - width, 0, width, high)
                if self.docked(side):
                    left, right = (width, right) if side == "sidebar" else (left, wide - width)
        self._middle.setGeometry(left, 0, right - left, high)
        self._middle.setVisible(self.page is None)
        if self.page is not None:
            self.page.setGeometry(left, 0, wide - left, high)
        self._scrim.setGeometry(0, 0, wide, high)
        self._scrim.setVisible(bool(self._over))
        if self._over:
            self._scrim.raise_()
            self._sides[self._over].raise_()
        for side, widget in self._sides.items():
            widget.setVisible(self.in_view(side))
        self.shaped.emit()
