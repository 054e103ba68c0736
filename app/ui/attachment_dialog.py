"""One attachment opened: to be read, and in the composer to be edited."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.core.attachments import Attachment, attachment
from app.core.language import tr
from app.core.markdown import chunks, displayable
from app.ui.chips import size_of
from app.ui.dialogs import Dialog
from app.ui.grounds import Card, Muted
from app.ui.theme import SMALL, TEXT, px
from app.ui.unfinished import Slot, Unfinished

_LINE = 4_000  # characters of a line; longer ones are shown cut, for each would be laid out in one long go
_AT_ONCE = 60_000  # characters that are put into the box in one go


class AttachmentDialog(Dialog):
    """Shows the text; with `edited`, the name and the text can be changed."""

    saved = Signal(object)  # Attachment
    put_back_asked = Signal(object)  # the same

    def __init__(
        self,
        shown: Attachment,
        parent: QWidget | None,
        *,
        edited: bool = False,
        may_return: bool = False,
        slot: Slot | None = None,
    ) -> None:
        """`slot` keeps the text where it is edited and not saved."""
        super().__init__(shown.name, parent, width=820, height=640)
        self._shown, self._slot = shown, slot
        text = displayable(shown.text)
        cut = max(map(len, text.split("\n"))) > _LINE
        self._edited = edited and not cut
        self.name = QLineEdit(shown.name)
        self.name.setAccessibleName(tr("Name"))
        self.name.setMaxLength(60)
        self.name.setVisible(self._edited)
        self.page.addWidget(self.name)
        self.told = Muted(size_of(shown), size=13)
        self.told.setWordWrap(True)
        if cut:
            hint = tr("Long lines are shown cut, so it can only be read here. Copy it to have it as it is.")
            self.told.setText(f"{self.told.text()}. {hint}")
        self.page.addWidget(self.told)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(tr("Text of the attachment"))
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setTabChangesFocus(True)
        self.text.setReadOnly(True)
        self.text.viewport().setAutoFillBackground(False)
        self.text.setTextInteractionFlags(
            self.text.textInteractionFlags() | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        if shown.language != "text":
            font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
            font.setPixelSize(px(SMALL + 1))
            self.text.setFont(font)
        else:
            font = self.text.font()
            font.setPixelSize(px(TEXT))
            self.text.setFont(font)
        self._card = card = Card()
        inside = QVBoxLayout(card)
        inside.setContentsMargins(px(12), px(8), px(4), px(8))
        inside.addWidget(self.text)
        self.page.addWidget(card, 1)
        self._buttons_for(may_return)
        self.fit()
        self._waiting = _parts(text, cut)
        self._filling = QTimer(self)
        self._filling.setInterval(0)
        self._filling.timeout.connect(self._fill)
        self._fill()
        self.text.setFocus()

    def _buttons_for(self, may_return: bool) -> None:
        copy = self.add_button(tr("Copy all"), left=True)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.whole()))
        if not self._edited:
            self.add_close()
        else:
            self.add_button(tr("Cancel")).clicked.connect(self.reject)
            self.save = self.add_button(tr("Save"), primary=True)
            self.save.setEnabled(False)  # until all of the text is there
            self.save.setToolTip("Ctrl+Enter")
            self.save.clicked.connect(self._save)
        if may_return:
            back = self.add_button(tr("Put back as plain text"), left=True)
            back.clicked.connect(self._put_back)

    def _fill(self) -> None:
        """Put the next part of the text into the box."""
        end = QTextCursor(self.text.document())
        end.movePosition(QTextCursor.MoveOperation.End)
        if self._waiting:
            end.insertText(self._waiting.pop(0))
        if self._waiting:
            self._filling.start()
            return
        self._filling.stop()
        if self._edited and self.text.isReadOnly():
            self.text.document().clearUndoRedoStacks()
            self.text.setReadOnly(False)
            self.save.setEnabled(True)
            if self._slot is not None:
                self.unfinished = Unfinished(self, self.text, self._slot, self._card)

    def whole(self) -> str:
        """The text as it is now."""
        return self.text.toPlainText() if self._edited and not self.text.isReadOnly() else self._shown.text

    def _now(self) -> Attachment:
        text = self.whole()
        if text == displayable(self._shown.text):
            text = self._shown.text
        return attachment(self.name.text(), text, self._shown.language)

    def _save(self) -> None:
        now = self._now()
        self.accept()
        self.saved.emit(now)

    def _put_back(self) -> None:
        now = self._now()
        self.accept()
        self.put_back_asked.emit(now)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier and self._edited:
            self.save.click()
        else:
            super().keyPressEvent(event)


def _parts(text: str, cut: bool) -> list[str]:
    """The text in parts that can be put into the box one after the other; with `cut`, without long lines."""
    if cut:
        text = "\n".join("\n".join(chunks(line, _LINE)) if len(line) > _LINE else line for line in text.split("\n"))
    parts, start = [], 0
    while start < len(text):
        end = text.find("\n", start + _AT_ONCE)
        end = end + 1 if end >= 0 else len(text)
        parts.append(text[start:end])
        start = end
    return parts
