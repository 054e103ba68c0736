"""A quiet line below the top bar: one sentence, at most two buttons, and a way to close it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.core.language import tr
from app.ui.controls import IconButton, QuietButton
from app.ui.theme import px, theme_of


class QuietLine(QWidget):
    """It takes no focus, and moves nothing but the page below it."""

    chosen = Signal(str)  # the key of a button; "" where it was closed

    def __init__(self, text: str, buttons: dict[str, str], closing: bool = True) -> None:
        """`buttons` are their texts by key."""
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(px(24), px(4), px(8), px(4))
        layout.setSpacing(px(4))
        layout.addStretch(1)
        self.text = QLabel(text)
        self.text.setWordWrap(True)
        self.text.setMinimumHeight(px(28))
        self.text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        layout.addWidget(self.text, 1000)
        layout.addSpacing(px(4))
        self.buttons: dict[str, QWidget] = {}
        for key, label in buttons.items():
            button = QuietButton(label)
            button.setAccessibleName(label)
            button.clicked.connect(lambda _checked=False, key=key: self.chosen.emit(key))
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
            self.buttons[key] = button
        if closing:
            close = IconButton("close", tr("Close the notice"), size=28)
            close.clicked.connect(lambda: self.chosen.emit(""))
            layout.addWidget(close, 0, Qt.AlignmentFlag.AlignVCenter)
            self.buttons[""] = close
        layout.addStretch(1)
        self.setAccessibleName(text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.surface))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(theme.border))
