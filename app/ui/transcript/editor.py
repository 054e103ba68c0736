"""Editing a message in its place: a text box that grows with its text, its attachments, Save and Cancel."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.core.attachments import joined, split
from app.core.language import tr
from app.core.markdown import displayable
from app.ui.attaching import Attached, AttachingEdit
from app.ui.chips import ChipBar
from app.ui.grounds import Elided
from app.ui.transcript.look import Look
from app.ui.unfinished import PAUSE

_LINES = 16  # it grows up to so many lines, then it scrolls


class Editor(QFrame):
    """Laid over the row of message `message_id`."""

    saved = Signal(int, str)
    cancelled = Signal()
    resized = Signal()  # wants another height
    refused = Signal(object)  # AppError: something could not be attached
    rested = Signal()  # nothing was typed for a moment: what there is can be kept

    def __init__(self, message_id: int, text: str, sends: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.message_id = message_id
        self.setObjectName("messageEditor")
        self._sends = sends
        self._text = AttachingEdit(self)
        self._bar = ChipBar(self)
        self.attached = Attached(self._text, self._bar)
        self.show_text(text)
        self._original = self.text
        self._text.setAccessibleName(tr("Edit message"))
        self._text.setFrameShape(QFrame.Shape.NoFrame)
        self._text.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._text.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._text.document().setDocumentMargin(2)
        self._text.installEventFilter(self)
        self._text.document().documentLayout().documentSizeChanged.connect(self.resized)
        self._save = QPushButton(tr("Send") if sends else tr("Save"), self)
        self._save.setToolTip("Ctrl+Enter")
        self._cancel = QPushButton(tr("Cancel"), self)
        self._cancel.setToolTip("Esc")
        self._save.clicked.connect(self.save)
        self._cancel.clicked.connect(self.cancelled)
        self._usual = (
            tr("Ctrl+Enter sends, Enter breaks the line") if sends else tr("Ctrl+Enter saves, Enter breaks the line")
        )
        self._hint = Elided(self._usual, self)
        self._hint.setIndent(2)  # as the text above it
        self.discard = QPushButton(tr("Discard"), self)
        self.discard.setAccessibleName(tr("Discard what was typed"))
        self.discard.clicked.connect(self._discard)
        self.discard.hide()
        row = QHBoxLayout()
        row.addWidget(self._hint, 1)
        row.addWidget(self.discard)
        row.addWidget(self._cancel)
        row.addWidget(self._save)
        column = QVBoxLayout(self)
        column.addWidget(self._bar)
        column.addWidget(self._text, 1)
        column.addLayout(row)
        self._row, self._column = row, column
        self.attached.changed.connect(self.resized)
        self.attached.refused.connect(self.refused)
        self.setFocusProxy(self._text)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE)
        self._pause.timeout.connect(self.rested)
        self._text.textChanged.connect(self._pause.start)
        self.attached.changed.connect(self._pause.start)

    def rest(self) -> None:
        """No timer runs on."""
        self._pause.stop()

    def show_look(self, look: Look) -> None:
        """Take colours and sizes."""
        theme, px = look.theme, look.px
        self._text.setFont(look.body)
        self._save.setFont(look.small)
        self._cancel.setFont(look.small)
        self.discard.setFont(look.small)
        self._hint.setFont(look.small)
        self._column.setContentsMargins(px(14), px(10), px(10), px(10))
        self._column.setSpacing(px(6))
        self._row.setSpacing(px(6))
        self.setStyleSheet(
            f"#messageEditor {{ background: {theme.raised}; border: 1px solid {theme.accent}; border-radius: {px(14)}px; }}"
            f"QPlainTextEdit {{ background: transparent; color: {theme.text};"
            f" selection-background-color: {theme.selection}; selection-color: {theme.text}; border: none; }}"
            f"QLabel {{ color: {theme.muted}; background: transparent; }}"
            f"QPushButton {{ color: {theme.text}; background: transparent; border: 1px solid {theme.border};"
            f" border-radius: {px(8)}px; padding: {px(5)}px {px(14)}px; }}"
            f"QPushButton:hover {{ background: {theme.hover}; }}"
            f"QPushButton:focus {{ border-color: {theme.accent}; }}"
            f"QPushButton[primary=true] {{ background: {theme.accent}; color: {theme.on_accent};"
            f" border-color: {theme.accent}; }}"
        )
        self._save.setProperty("primary", True)
        self._save.style().polish(self._save)

    def wanted(self, look: Look) -> int:
        """The height that shows all of the text, up to a limit."""
        lines = min(_LINES, max(1, round(self._text.document().size().height())))
        beside = self._bar.height() + look.px(6) if self.attached.attachments else 0
        return int(lines * self._text.fontMetrics().lineSpacing() + look.px(10 + 10 + 6 + 30) + 12) + beside

    @property
    def text(self) -> str:
        """What is written now."""
        return joined(self._text.toPlainText(), self.attached.attachments)

    @property
    def is_changed(self) -> bool:
        """Was anything typed."""
        return self.text != self._original

    def show_text(self, text: str) -> None:
        """Put a text into the box; the attachments of a question stand beside it."""
        typed, attached = split(text) if self._sends else (text, ())
        self.attached.show(displayable(typed), attached)

    @property
    def unsaved(self) -> str | None:
        """What was typed; None where it is what the message says."""
        return self.text if self.is_changed else None

    def show_unfinished(self, text: str) -> None:
        """Put back what was typed and not saved, and say so."""
        self.show_text(text)
        if self.is_changed:
            self._hint.say(tr("Not saved yet"))
            self.discard.show()
            self.discard.setFont(self._cancel.font())  # being shown, it took the application's

    def _discard(self) -> None:
        self.show_text(self._original)
        self._hint.say(self._usual)
        self._text.setFocus()
        self.discard.hide()

    def save(self) -> None:
        """Hand the text over; an empty one is not taken."""
        if self.text.strip():
            self.saved.emit(self.message_id, self.text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ctrl+Enter and Esc belong to the editor while it has the keyboard, whatever they do in the window."""
        if event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) and isinstance(event, QKeyEvent):
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            saves = enter and bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            if saves or event.key() == Qt.Key.Key_Escape:
                event.accept()
                if event.type() == QEvent.Type.KeyPress:
                    if saves:
                        self.save()
                    else:
                        self.cancelled.emit()
                return True
        return super().eventFilter(watched, event)
