"""The trash, in place of the list."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.core.language import tr
from app.core.tree import Conversation
from app.ui.controls import IconButton, QuietButton
from app.ui.dialogs import confirmed, scrolled
from app.ui.grounds import Elided, Muted
from app.ui.icons import icon
from app.ui.sidebar_rows import title_of
from app.ui.theme import px, theme_of

SHOWN = 200  # what was deleted last; the rest follows when these are gone


class TrashPage(QWidget):
    """Deleted conversations, each with a button that brings it back."""

    left = Signal()
    restored = Signal(int)
    emptied = Signal()

    def __init__(self, conversations: Sequence[Conversation]) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(2))
        line = QHBoxLayout()
        back = QuietButton(icon("chevron-left", theme_of(self.palette()).muted, px(16)), tr("Trash"))
        back.setAccessibleName(tr("Back to the conversations"))
        back.clicked.connect(self.left)
        self._first: QWidget = back  # that the keyboard goes to
        line.addWidget(back)
        line.addStretch(1)
        if conversations:
            empty = QuietButton(tr("Empty the trash"))
            empty.setAccessibleName(tr("Empty the trash"))
            empty.clicked.connect(self._confirm_empty)
            line.addWidget(empty)
        layout.addLayout(line)
        layout.addWidget(self._rows(conversations), 1)

    def _rows(self, conversations: Sequence[Conversation]) -> QWidget:
        body = QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(px(10), 0, 0, 0)
        rows.setSpacing(0)
        if not conversations:
            rows.addWidget(Muted(tr("The trash is empty."), size=13))
        for conversation in conversations[:SHOWN]:
            line = QHBoxLayout()
            line.addWidget(Elided(title_of(conversation)), 1)
            restore = IconButton("restore", tr("Restore {title}").format(title=title_of(conversation)), size=28)
            restore.clicked.connect(lambda _checked=False, number=conversation.id: self.restored.emit(number))
            line.addWidget(restore)
            if conversation is conversations[0]:
                self._first = restore
            rows.addLayout(line)
        rows.addStretch(1)
        return scrolled(body)

    def take_focus(self) -> None:
        """Give the keyboard to what was deleted last, or to the way back."""
        self._first.setFocus()

    def _confirm_empty(self) -> None:
        question = tr("Delete everything in the trash for good?")
        if confirmed(self.window(), question, tr("This cannot be undone."), tr("Delete for good")):
            self.emptied.emit()
