"""What the window asks when old messages do not fit any more."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.chat.changes import ContextFull
from app.core.language import tr, trn
from app.ui.controls import PrimaryButton
from app.ui.grounds import Card, Heading, Muted, Picture
from app.ui.theme import px


class ContextQuestion(Card):
    """Lies above the composer while an answer waits. It takes no focus; Tab reaches its buttons."""

    raise_asked = Signal()
    summary_asked = Signal()
    leave_out_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(px(16), px(12), px(16), px(12))
        layout.setSpacing(px(12))
        layout.addWidget(Picture("info", 20, "accent"), 0, Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(px(2))
        self.title = Heading("", size=14)
        self.hint = Muted(size=13)
        for label in (self.title, self.hint):
            label.setWordWrap(True)
            texts.addWidget(label)
        self._buttons = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._buttons.setSpacing(px(8))
        self.raise_length = PrimaryButton()
        self.summarise = QPushButton(tr("Summarise them"))
        self.leave_out = QPushButton(tr("Continue without them"))
        for button, signal in (
            (self.raise_length, self.raise_asked),
            (self.summarise, self.summary_asked),
            (self.leave_out, self.leave_out_asked),
        ):
            button.setAccessibleName(button.text())
            button.clicked.connect(signal)
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)
        texts.addLayout(self._buttons)
        layout.addLayout(texts, 1)
        self.hide()

    def show_question(self, question: ContextFull) -> None:
        """Ask it, tell that the summary is being written, or be gone."""
        asking = question.state == "asking"
        if asking:
            self.title.setText(
                trn(
                    "{count} earlier message would be left out",
                    "{count} earlier messages would be left out",
                    question.messages,
                )
            )
            told = tr(
                "They have {tokens} tokens; the model cannot see the whole conversation any more. Nothing is left out before you choose, and your message is saved."
            )
            self.hint.setText(told.format(tokens=f"{question.tokens:,}"))
        else:
            self.title.setText(
                trn(
                    "The model is summarising {count} earlier message…",
                    "The model is summarising {count} earlier messages…",
                    question.messages,
                )
            )
            self.hint.setText(tr("The summary takes their place for the model. You keep every message."))
        self._buttons.setContentsMargins(0, px(8) if asking else 0, 0, 0)
        length = f"{question.raise_to:,}"
        self.raise_length.setText(tr("Raise the context to {tokens}").format(tokens=length))
        self.raise_length.setAccessibleName(self.raise_length.text())
        self.raise_length.setVisible(asking and question.raise_to > 0)
        self.summarise.setVisible(asking and question.can_summarise)
        self.leave_out.setVisible(asking)
        self.setAccessibleName(f"{self.title.text()}. {self.hint.text()}")
        appears = self.isHidden() and question.state != "settled"
        self.setVisible(question.state != "settled")
        self._turn()
        if appears and QAccessible.isActive():  # a screen reader says it, wherever the keyboard is
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        """The buttons stand side by side where there is room."""
        needed = px(64)
        for button in (self.raise_length, self.summarise, self.leave_out):
            button.ensurePolished()  # the bold letters come with the style
            button.updateGeometry()
            needed += (button.sizeHint().width() + px(8)) * button.isVisibleTo(self)
        narrow = self.width() < needed
        direction = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if self._buttons.direction() != direction:
            self._buttons.setDirection(direction)
