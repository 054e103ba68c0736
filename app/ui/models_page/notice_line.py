"""A quiet line that says why something is not to be had, with what can be done about it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from app.core.errors import AppError
from app.core.language import tr
from app.ui.controls import QuietButton
from app.ui.grounds import Card, Muted, Picture
from app.ui.theme import px


class NoticeLine(Card):
    """Hidden while there is nothing to say. It takes no keyboard."""

    acted = Signal()

    def __init__(self) -> None:
        super().__init__(colour="surface")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(px(14), px(10), px(8), px(10))
        layout.setSpacing(px(12))
        self._pictures = {"warning": Picture("warning", 18, "danger"), "info": Picture("info", 18)}
        for picture in self._pictures.values():
            layout.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(px(2))
        self.message, self.hint = QLabel(), Muted(size=13)
        for label in (self.message, self.hint):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)  # names from elsewhere are in it
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            texts.addWidget(label)
        layout.addLayout(texts, 1)
        self.button = QuietButton(tr("Try again"))
        self.button.setAccessibleName(tr("Try again"))
        self.button.clicked.connect(self.acted)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def say(self, message: str, hint: str = "", button: str = "", *, picture: str = "info") -> None:
        """Say it; an empty message hides the line."""
        for name, each in self._pictures.items():
            each.setVisible(name == picture)
        self.message.setText(message)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        if button:
            self.button.setText(button)
            self.button.setAccessibleName(button)
        self.button.setVisible(bool(button))
        self.setAccessibleName(f"{message} {hint}".strip())
        self.setVisible(bool(message))

    def say_error(self, error: AppError | None, button: str = "") -> None:
        """What went wrong and the next step; None hides the line."""
        if error is None:
            self.hide()
        else:
            self.say(error.message, error.hint, button or tr("Try again"), picture="warning")
