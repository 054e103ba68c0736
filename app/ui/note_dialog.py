"""A note of the user's own on a message."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QTextCursor
from PySide6.QtWidgets import QWidget

from app.core.language import tr
from app.ui.dialogs import Dialog
from app.ui.grounds import Muted
from app.ui.problems import TextBox
from app.ui.unfinished import Slot, Unfinished


class NoteDialog(Dialog):
    """Tells the note, an empty one to remove it. Ctrl+Enter saves."""

    saved = Signal(str)

    def __init__(self, note: str, slot: Slot, parent: QWidget | None) -> None:
        """`slot` keeps what is not saved."""
        super().__init__(tr("Note on the message"), parent, width=520, height=340)
        told = Muted(
            tr("For yourself: it stands below the message, is found by the search, and no model sees it."), size=13
        )
        told.setWordWrap(True)
        self.page.addWidget(told)
        self.box = TextBox(note)
        self.box.setTabChangesFocus(True)
        self.box.setAccessibleName(tr("Note"))
        self.page.addWidget(self.box, 1)
        self.unfinished = Unfinished(self, self.box, slot)
        if note:
            self.add_button(tr("Remove note"), left=True).clicked.connect(lambda: self._tell(""))
        self.add_button(tr("Cancel")).clicked.connect(self.reject)
        self.add_button(tr("Save"), primary=True).clicked.connect(lambda: self._tell(self.box.toPlainText()))
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            shortcut = QShortcut(QKeySequence(Qt.KeyboardModifier.ControlModifier | key), self)
            shortcut.activated.connect(lambda: self._tell(self.box.toPlainText()))
        self.fit()
        self.box.moveCursor(QTextCursor.MoveOperation.End)
        self.box.setFocus()

    def _tell(self, note: str) -> None:
        self.accept()
        self.saved.emit(note)
