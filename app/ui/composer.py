"""The card in which a message is written: it grows with its text and sends or stops."""

import json

from PySide6.QtCore import QEvent, QMimeData, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
    QTextCursor,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.core.language import tr, trn
from app.ui.controls import IconButton, QuietButton
from app.ui.grounds import Card, Muted
from app.ui.icons import icon
from app.ui.theme import px, theme_of

LONG = 20_000  # characters: more than this is kept beside the editor, which would take seconds to lay it out
BLINKING = 5000  # ms without a key before the cursor stands still: its blinking is all that an idle window costs
STANDARD_FLASH = 1000  # ms, where the desktop's own is not known any more
COUNTING = 200  # ms without a key before the tokens are counted


class Editor(QPlainTextEdit):
    """The text; tells the keys that mean something."""

    sent = Signal()
    recalled = Signal()
    pasted_long = Signal(str)
    lit = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.send_key = "enter"
        self.preediting = False
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.viewport().setAutoFillBackground(False)
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
                (event.matches(QKeySequence.StandardKey.Undo) and not self.document().isUndoAvailable())
                or (event.key() == Qt.Key.Key_K and event.modifiers() == Qt.KeyboardModifier.ControlModifier)
            )
        ):
            event.ignore()  # nothing to undo here: the key brings back what was deleted in the window
            return False
        return super().event(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        if source.hasText():
            text = source.text().replace("\r\n", "\n").replace("\0", "")
            if len(text) > LONG:
                self.pasted_long.emit(text)
            else:
                self.insertPlainText(text)
                self.ensureCursorVisible()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._blink()
        self.lit.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.lit.emit(False)


class Composer(QWidget):
    """The card with editor, long pasted text, hint, and the round button that sends or stops."""

    submitted = Signal(str)
    stop_asked = Signal()
    recall_asked = Signal()
    drafted = Signal(str)  # the text rests: tokens can be counted, the draft kept
    resized = Signal()

    def __init__(self, send_key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._long = ""
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
        self._chip = QuietButton()
        self._chip.clicked.connect(self._drop_long)
        self._chip.setAccessibleName(tr("Remove the pasted text"))
        self._chip.hide()
        layout.addWidget(self._chip, 0, Qt.AlignmentFlag.AlignLeft)
        self.editor = Editor()
        self.editor.setPlaceholderText(tr("Write a message"))
        self.editor.setViewportMargins(0, 0, px(8), 0)
        layout.addWidget(self.editor)
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
        self.editor.recalled.connect(self.recall_asked)
        self.editor.pasted_long.connect(self._take_long)
        self.editor.lit.connect(self.card.light)
        self.editor.textChanged.connect(self._changed)
        self.editor.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.button.clicked.connect(self._press)
        self.set_send_key(send_key)
        self._changed()
        self._timer.stop()
        self._fit()

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
        """The whole message: what was typed and, below it, what was pasted as a long text."""
        typed = self.editor.toPlainText()
        return f"{typed}\n\n{self._long}" if typed.strip() and self._long else typed or self._long

    def show_text(self, text: str) -> None:
        """Put a text into the box, the cursor at its end."""
        self._long = text if len(text) > LONG else ""
        self.editor.setPlainText("" if self._long else text)
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        self._show_chip()
        self._changed()

    def draft(self) -> str:
        """The text as it is kept with the conversation."""
        typed = self.editor.toPlainText()
        return json.dumps([typed, self._long]) if self._long or typed.startswith('["') else typed

    def show_draft(self, draft: str) -> None:
        """Put a kept draft back."""
        typed, self._long = draft, ""
        if draft.startswith('["'):
            try:
                typed, self._long = json.loads(draft)
            except ValueError:
                typed = draft  # a message that only looks like one of ours
        self.editor.setPlainText(typed)
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        self._show_chip()
        self._changed()

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
        if not self._answering and self.text().strip():
            self.submitted.emit(self.text())

    def _press(self) -> None:
        if self._answering:
            self.stop_asked.emit()
        else:
            self.send()
        self.editor.setFocus()

    def _changed(self) -> None:
        self._enable()
        if self.editor.document().isEmpty() and not self._long:
            self._tokens.clear()
        self._timer.start()

    def _enable(self) -> None:
        self.button.setEnabled(self._answering or bool(self._long) or not self.editor.document().isEmpty())

    def show_tokens(self, count: int) -> None:
        """How many tokens the message takes; 0 shows nothing."""
        self._tokens.setText(trn("{count} token", "{count} tokens", count) if count and self.text() else "")

    def _take_long(self, text: str) -> None:
        self._long = f"{self._long}\n{text}" if self._long else text
        self._show_chip()
        self._changed()

    def _drop_long(self) -> None:
        self._long = ""
        self._show_chip()
        self._changed()
        self.editor.setFocus()

    def _show_chip(self) -> None:
        self._chip.setVisible(bool(self._long))
        if self._long:
            text = trn("Pasted text, {count} character", "Pasted text, {count} characters", len(self._long))
            self._chip.setText(text)
            self._chip.setIcon(icon("close", theme_of(self.palette()).muted, px(14)))
            self._chip.setAccessibleName(tr("Remove: {what}").format(what=text))
            self._chip.setToolTip(tr("Remove the pasted text"))
        self.resized.emit()

    def _fit(self, *_size: object) -> None:
        """As many lines as the text has, as far as there is room."""
        line = self.editor.fontMetrics().lineSpacing()
        most = max(line, self._room)
        height = round(min(max(line, self.editor.text_height(most)), most)) + px(4)
        if height != self.editor.height() or self.editor.minimumHeight() != height:
            self.editor.setFixedHeight(height)
            self.resized.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._hint.setVisible(self.width() > px(380))

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        self.editor.setFocus()
