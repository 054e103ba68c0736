"""The card in which a message is written: it grows with its text and sends or stops."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.core.attachments import joined, pasted, read, split, written
from app.core.export import quoted
from app.core.language import tr, trn
from app.ui.attaching import RETURNED, Attached, AttachingEdit
from app.ui.chips import ChipBar
from app.ui.controls import IconButton
from app.ui.grounds import Card, Muted
from app.ui.theme import px

BLINKING = 5000  # ms without a key before the cursor stands still: its blinking is all that an idle window costs
STANDARD_FLASH = 1000  # ms, where the desktop's own is not known any more
COUNTING = 200  # ms without a key before the tokens are counted


class Editor(AttachingEdit):
    """The text; tells the keys that mean something."""

    sent = Signal()
    recalled = Signal()
    lit = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.send_key = "enter"
        self.preediting = False
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setTabChangesFocus(True)
        clear = self.palette()  # and not by the viewport: what becomes of one that Qt made, see `own_viewport`
        clear.setColor(QPalette.ColorRole.Base, QColor(0, 0, 0, 0))
        self.setPalette(clear)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.setAccessibleName(tr("Message"))
        self._flash = QApplication.cursorFlashTime() or STANDARD_FLASH
        self._still = QTimer(self)
        self._still.setSingleShot(True)
        self._still.setInterval(BLINKING)
        self._still.timeout.connect(lambda: QApplication.setCursorFlashTime(0))

    def text_height(self, most: int) -> float:
        """Pixels that the text takes, counted as far as `most`; scripts of other fonts may have taller lines."""
        height, block = 0.0, self.document().firstBlock()
        while block.isValid() and height < most:
            height += self.blockBoundingRect(block).height()
            block = block.next()
        return height

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        super().inputMethodEvent(event)
        self.preediting = bool(event.preeditString())

    def rest(self) -> None:
        """No timer runs on."""
        self._still.stop()

    def _blink(self) -> None:
        """The cursor blinks while someone is here."""
        if QApplication.cursorFlashTime() != self._flash:
            QApplication.setCursorFlashTime(self._flash)
        self._still.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._blink()
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if enter and not self.preediting:
            plain = held == Qt.KeyboardModifier.NoModifier
            if held == Qt.KeyboardModifier.ControlModifier or (plain and self.send_key == "enter"):
                self.sent.emit()
            elif plain or held == Qt.KeyboardModifier.ShiftModifier:
                self.insertPlainText("\n")
                self.ensureCursorVisible()
            else:
                event.ignore()
        elif event.key() == Qt.Key.Key_Up and held == Qt.KeyboardModifier.NoModifier and not self.toPlainText():
            self.recalled.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and (
                (event.matches(QKeySequence.StandardKey.Undo) and not self.can_undo())
                or (event.key() == Qt.Key.Key_K and event.modifiers() == Qt.KeyboardModifier.ControlModifier)
            )
        ):
            event.ignore()  # nothing to undo here: the key brings back what was deleted in the window
            return False
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._blink()
        self.lit.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.lit.emit(False)


class Composer(QWidget):
    """The card with editor, attachments, hint, and the round button that sends or stops."""

    submitted = Signal(str)
    stop_asked = Signal()
    recall_asked = Signal()
    refused = Signal(object)  # AppError: something could not be attached
    drafted = Signal(str)  # the text rests: tokens can be counted, the draft kept
    resized = Signal()

    def __init__(self, send_key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answering = False
        self._room = px(240)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(COUNTING)
        self._timer.timeout.connect(lambda: self.drafted.emit(self.text()))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.card = Card(radius=16)
        outer.addWidget(self.card)
        layout = QVBoxLayout(self.card)
        layout.setContentsMargins(px(16), px(12), px(8), px(8))
        layout.setSpacing(px(4))
        self.bar = ChipBar()
        layout.addWidget(self.bar)
        self.editor = Editor()
        self.editor.setPlaceholderText(tr("Write a message"))
        self.editor.setViewportMargins(0, 0, px(8), 0)
        layout.addWidget(self.editor)
        self.attached = Attached(self.editor, self.bar)
        line = QHBoxLayout()
        line.setSpacing(px(8))
        self._hint = Muted()
        line.addWidget(self._hint)
        line.addStretch(1)
        self._tokens = Muted()
        self._tokens.setToolTip(tr("How much of the context this message takes"))
        line.addWidget(self._tokens)
        self.button = IconButton("send", tr("Send"), size=36, filled=True)
        line.addWidget(self.button)
        layout.addLayout(line)
        self.setFocusProxy(self.editor)
        self.editor.sent.connect(self.send)
        self.editor.recalled.connect(self._recall)
        self.attached.changed.connect(self._attached)
        self.attached.refused.connect(self.refused)
        self.editor.lit.connect(self.card.light)
        self.editor.textChanged.connect(self._changed)
        self.editor.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.button.clicked.connect(self._press)
        self.set_send_key(send_key)
        self._changed()
        self._timer.stop()
        self._fit()

    def show_temporary(self, temporary: bool) -> None:
        """Say in the empty box that nothing of it is kept, or not."""
        self.editor.setPlaceholderText(
            tr("Write a message that is kept nowhere") if temporary else tr("Write a message")
        )

    def set_send_key(self, send_key: str) -> None:
        """Which key sends, as in the preferences."""
        self.editor.send_key = send_key
        self._tell_keys()

    def _tell_keys(self) -> None:
        if self.editor.send_key == "enter":
            self._hint.setText(tr("Enter sends, Shift+Enter breaks the line"))
        else:
            self._hint.setText(tr("Ctrl+Enter sends, Enter breaks the line"))

    def text(self) -> str:
        """The whole message: what was typed and, below it, the attachments."""
        return joined(self.editor.toPlainText(), self.attached.attachments)

    def show_text(self, text: str) -> None:
        """Put a message into the box, the cursor at its end."""
        typed, attached = split(text)
        if len(typed) > RETURNED:
            typed, attached = "", (pasted(typed), *attached)
        self.attached.show(typed, attached)
        self._changed()

    def quote(self, text: str) -> None:
        """Put Markdown as a quotation where the cursor is, an empty line below it; what is written there stays."""
        text = quoted(text.strip("\n"))
        if len(text) > RETURNED:
            self.attached.paste(text)
            return
        cursor = self.editor.textCursor()
        cursor.setPosition(cursor.selectionEnd())
        line = cursor.block()
        lead = "\n\n" if cursor.positionInBlock() else "\n" if line.previous().text().strip() else ""
        cursor.insertText(f"{lead}{text}\n\n")
        self.editor.setTextCursor(cursor)
        self.editor.ensureCursorVisible()
        self.editor.setFocus()

    def draft(self) -> str:
        """The text as it is kept with the conversation."""
        return written(self.editor.toPlainText(), self.attached.attachments)

    def show_draft(self, draft: str) -> None:
        """Put a kept draft back."""
        self.attached.show(*read(draft))
        self._changed()

    def attach(self, paths: Sequence[Path]) -> None:
        """Attach text files."""
        self.attached.read_files(paths)

    def rest(self) -> None:
        """Tell nothing more: the window closes."""
        self._timer.stop()
        self.editor.rest()

    def clear(self) -> None:
        """Empty the box after a message was taken."""
        self.show_text("")

    def set_answering(self, answering: bool) -> None:
        """Show Stop in place of Send, or Send again. Whoever was on Stop goes on typing."""
        if self._answering and not answering and self.button.hasFocus():
            self.editor.setFocus()  # Qt would give the keyboard to whatever comes next: the button may be of no use now
        self._answering = answering
        self.button.show_icon("stop" if answering else "send")
        self.button.say(tr("Stop") if answering else tr("Send"), "Esc" if answering else "")
        self._enable()

    def set_room(self, height: int) -> None:
        """How tall the editor may become, in pixels."""
        self._room = max(px(24), height)
        self._fit()

    def send(self) -> None:
        """Tell the text; whoever takes it clears the box."""
        text = self.text()
        if not self._answering and text.strip():
            self.submitted.emit(text)

    def _recall(self) -> None:
        if self._is_empty():
            self.recall_asked.emit()

    def _press(self) -> None:
        if self._answering:
            self.stop_asked.emit()
        else:
            self.send()
        self.editor.setFocus()

    def _changed(self) -> None:
        self._enable()
        if self._is_empty():
            self._tokens.clear()
        self._timer.start()

    def _enable(self) -> None:
        self.button.setEnabled(self._answering or not self._is_empty())

    def _is_empty(self) -> bool:
        return self.editor.document().isEmpty() and not self.attached.attachments

    def show_tokens(self, count: int) -> None:
        """How many tokens the message takes; 0 shows nothing."""
        self._tokens.setText(trn("{count} token", "{count} tokens", count) if count and not self._is_empty() else "")

    def _attached(self) -> None:
        self._changed()
        self._fit()
        self.resized.emit()

    def _fit(self, *_size: object) -> None:
        """As many lines as the text has, as far as there is room."""
        line = self.editor.fontMetrics().lineSpacing()
        beside = self.bar.height() + px(4) if self.attached.attachments else 0
        most = max(line, self._room - beside)
        height = round(min(max(line, self.editor.text_height(most)), most)) + px(4)
        if height != self.editor.height() or self.editor.minimumHeight() != height:
            self.editor.setFixedHeight(height)
            self.resized.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._hint.setVisible(self.width() > px(380))

    def take_key(self, event: QKeyEvent) -> None:
        """Write what was typed elsewhere, and go on here."""
        self.editor.setFocus()
        self.editor.keyPressEvent(event)

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        self.editor.setFocus()
