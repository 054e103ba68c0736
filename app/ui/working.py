"""A strip that says what is being done with files, how far it is, and how to end it; one can go on talking meanwhile."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.core.language import tr
from app.ui.controls import QuietButton
from app.ui.grounds import Card, Elided
from app.ui.theme import mixed, px, theme_of


class Bar(QWidget):
    """How much is done: a thin line that fills, or is only there while nobody knows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.share: float | None = None
        self.setFixedHeight(px(4))
        self.setAccessibleName(tr("Progress"))

    def show_share(self, share: float | None) -> None:
        """0 to 1; None where it is not known."""
        self.share = share
        self.setAccessibleDescription("" if share is None else f"{round(share * 100)} %")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box, radius = QRectF(self.rect()), self.height() / 2
        painter.setBrush(mixed(theme.muted, theme.raised, 0.25))
        painter.drawRoundedRect(box, radius, radius)
        if self.share:
            box.setWidth(max(box.height(), box.width() * min(1.0, self.share)))
            painter.setBrush(QColor(theme.accent))
            painter.drawRoundedRect(box, radius, radius)


class Working(Card):
    """Text, bar and a button that ends it."""

    cancel_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(px(16), px(6), px(8), px(6))
        layout.setSpacing(px(12))
        texts = QVBoxLayout()
        texts.setSpacing(px(4))
        texts.addStretch(1)
        self.text = Elided("")
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        texts.addWidget(self.text)
        self.bar = Bar()
        texts.addWidget(self.bar)
        texts.addStretch(1)
        layout.addLayout(texts, 1)
        self.cancel = QuietButton(tr("Cancel"))
        self.cancel.setAccessibleName(tr("Cancel"))
        self.cancel.clicked.connect(self.cancel_asked)
        layout.addWidget(self.cancel)
        self.hide()

    def show_work(self, text: str, share: float | None) -> None:
        """Say what is done and how far it is."""
        self.text.say(text)
        self.bar.show_share(share)
        self.setAccessibleName(text)
        self.show()
