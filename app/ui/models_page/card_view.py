"""What the makers of a model say about it: safe HTML in a view that fetches nothing, not even from this computer."""

import re

from PySide6.QtCore import QSizeF, QUrl, Signal
from PySide6.QtGui import QTextOption, QWheelEvent
from PySide6.QtWidgets import QFrame, QTextBrowser

from app.core.language import tr
from app.core.markdown import LINK_SCHEMES
from app.ui.theme import px, theme_of


class CardView(QTextBrowser):
    """As high as its text, so that the page scrolls and not it."""

    followed = Signal(str)  # an address, for the browser

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(self.horizontalScrollBarPolicy().ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(self.horizontalScrollBarPolicy().ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setAccessibleName(tr("What its makers say"))
        self.document().setDocumentMargin(0)
        self.anchorClicked.connect(self._follow)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)

    def show_card(self, html: str) -> None:
        """Show safe HTML."""
        theme = theme_of(self.palette())
        self.document().setDefaultStyleSheet(
            f"p, li {{ margin-bottom: {px(6)}px; line-height: 140%; }} a {{ color: {theme.accent}; text-decoration: none; }}"
            f"pre, code {{ background: {theme.code}; white-space: pre-wrap; font-size: {px(12)}px; }}"
            f"td, th {{ border: 1px solid {theme.border}; padding: {px(3)}px {px(6)}px; }} blockquote {{ color: {theme.muted}; }}"
        )
        html = re.sub(r"<h([1-6])>", lambda found: _heading(int(found[1])), html)
        html = re.sub(r"</h[1-6]>", "</span></p>", html)
        self.setHtml(html.replace("<table>", '<table cellspacing="0" style="border-collapse: collapse">'))

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:
        """Nothing: whatever a page names stays where it is."""
        return None

    def _follow(self, address: QUrl) -> None:
        if address.toString().lower().startswith(LINK_SCHEMES):
            self.followed.emit(address.toString())

    def _fit(self, size: QSizeF) -> None:
        self.setFixedHeight(int(size.height()) + px(4))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the page scrolls


def _heading(level: int) -> str:
    """The beginning of one. Qt enlarges its own by steps of the font, whatever size they are told."""
    size = px({1: 18, 2: 16}.get(level, 14))
    return f'<p style="margin-top: {px(14)}px"><span style="font-size: {size}px; font-weight: 600">'
