"""What is typed in a dialog is kept however it is closed, and stands there again when it is opened.

slot = slot_of(window, "note:12")
Unfinished(dialog, dialog.box, slot)                        # in the dialog: keeps, offers again, lets go
dialog.saved.connect(window.attempting(slot.through(save)))  # saved: what was kept is forgotten

One of these goes with every box of a dialog that holds more than a word. Only what is saved, or discarded by its
button, is let go; Escape, the close button and the end of the program keep it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPlainTextEdit, QSizePolicy, QWidget

from app.core.language import tr
from app.ui.controls import QuietButton
from app.ui.grounds import Muted
from app.ui.theme import px

if TYPE_CHECKING:
    from app.ui.dialogs import Dialog
    from app.ui.window import Window

PAUSE = 500  # ms without a key before it is written: a program that is killed costs no more


class Slot:
    """The place of one text. This one lasts as long as itself; `slot_of` gives those that outlast the program."""

    def __init__(self) -> None:
        self._text: str | None = None

    @property
    def text(self) -> str | None:
        """What was typed; None where all was saved."""
        return self._text

    def keep(self, text: str | None) -> None:
        """Keep it; None forgets it."""
        self._text = text

    def leave(self, text: str | None) -> None:
        """The same where somebody goes away from it: where something is kept, that is said."""
        self.keep(text)

    def through(self, save: Callable[..., None]) -> Callable[..., None]:
        """A function that saves, and then forgets what was kept; what is refused stays kept."""

        def saved(*given: object) -> None:
            save(*given)
            self.keep(None)

        return saved


class _Kept(Slot):
    """Kept by the session."""

    def __init__(self, window: "Window", conversation_id: int, what: str) -> None:
        super().__init__()
        self._window = window
        self._place = conversation_id, what

    @property
    def text(self) -> str | None:
        return self._window.session.unfinished.text(*self._place)

    def keep(self, text: str | None) -> None:
        self._window.attempt(lambda: self._window.session.unfinished.keep(*self._place, text))

    def leave(self, text: str | None) -> None:
        self.keep(text)
        if text is not None:
            self._window.say(tr("What you typed is kept for when you come back."))


def slot_of(window: "Window", what: str, conversation_id: int | None = None) -> Slot:
    """The slot of something in the conversation in view, or in this one; 0 for what belongs to none."""
    number = window.session.conversation.id if conversation_id is None else conversation_id
    return _Kept(window, number, what)


class Unfinished(QWidget):
    """The line above a box that says that what stands in it was never saved; hidden as long as that is not so."""

    def __init__(
        self, dialog: "Dialog", box: QPlainTextEdit | QLineEdit, slot: Slot, above: QWidget | None = None
    ) -> None:
        """Made when the box has what is saved; `above` is what the line stands above, where that is not the box."""
        super().__init__()
        self._box, self._slot = box, slot
        self._saved = self._text()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(px(8))
        words = Muted(tr("You typed this and did not save it."), size=13)
        words.setWordWrap(True)
        line.addWidget(words, 1)
        self.discard = QuietButton(tr("Discard"))
        self.discard.setAccessibleName(tr("Discard what was typed"))
        self.discard.setAutoDefault(False)
        self.discard.clicked.connect(self._discard)
        line.addWidget(self.discard, 0, Qt.AlignmentFlag.AlignVCenter)
        typed = slot.text
        again = typed is not None and typed != self._saved
        dialog.page.insertWidget(dialog.page.indexOf(above or box), self)
        self.setVisible(again)
        if again:
            self._put(typed or "")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(lambda: slot.keep(self._unsaved()))
        box.textChanged.connect(self._timer.start)
        dialog.finished.connect(self._leave)

    def _text(self) -> str:
        return self._box.text() if isinstance(self._box, QLineEdit) else self._box.toPlainText()

    def _unsaved(self) -> str | None:
        text = self._text()
        return None if text == self._saved else text

    def _put(self, text: str) -> None:
        """In a box of many lines as if it were typed: Ctrl+Z takes it back. A field would offer to complete it."""
        if isinstance(self._box, QLineEdit):
            self._box.setText(text)
        else:
            cursor = QTextCursor(self._box.document())
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.insertText(text)
            self._box.moveCursor(QTextCursor.MoveOperation.End)

    def _discard(self) -> None:
        self._put(self._saved)
        self._box.setFocus()
        self.hide()

    def _leave(self, result: int) -> None:
        """A dialog that was not cancelled saves next, and forgets what is kept when that went well."""
        self._timer.stop()
        (self._slot.keep if result == QDialog.DialogCode.Accepted else self._slot.leave)(self._unsaved())
