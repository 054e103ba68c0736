"""Where a value comes from: a small mark beside a row, and the sentence for it."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.chat.sampling import Origin
from app.core.language import tr
from app.core.params import Row, Value, shown
from app.ui.icons import pixmap
from app.ui.theme import px, theme_of

PICTURES: dict[Origin, str] = {"file": "chip", "listed": "bulb", "model": "pin"}
SIDE = 14


def origin_word(origin: Origin) -> str:
    """In a word or two."""
    return {
        "default": tr("default"),
        "listed": tr("recommended list"),
        "file": tr("model's file"),
        "model": tr("yours, for this model"),
        "conversation": tr("this conversation"),
    }[origin]


def origin_told(origin: Origin, row: Row, start: Value) -> str:
    """A sentence; `start` is what every conversation with the model starts with."""
    text = {
        "default": tr("Default: {usual}"),
        "listed": tr("From Fireside's list of recommended models: {value}. Default: {usual}"),
        "file": tr("From the model's file: {value}. Default: {usual}"),
        "model": tr("Kept by you for this model: {value}. Default: {usual}"),
        "conversation": tr("Set for this conversation. With this model it starts at {value}."),
    }[origin]
    return text.format(value=shown(row, start), usual=shown(row, row.default))


class OriginMark(QWidget):
    """The mark; nothing where the value is the default, or the button that resets it says enough."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.origin: Origin = "default"
        self.setFixedSize(px(SIDE), px(SIDE))
        self.hide()

    def show_origin(self, origin: Origin, told: str) -> None:
        """Show where the value comes from; `told` says it in a sentence."""
        self.origin = origin
        self.setToolTip(told)
        self.setAccessibleName(origin_word(origin))
        self.setAccessibleDescription(told)
        self.setVisible(origin in PICTURES)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(SIDE), px(SIDE))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.origin in PICTURES:
            theme = theme_of(self.palette())
            colour = theme.accent if self.origin == "model" else theme.muted
            QPainter(self).drawPixmap(0, 0, pixmap(PICTURES[self.origin], colour, self.width()))
