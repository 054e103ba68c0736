"""A text with its tokens: those that steer the model as chips, on wish all of them."""

from typing import Any

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFontDatabase,
    QFontInfo,
    QHelpEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QTextBlock,
    QTextCursor,
    QTextLine,
)
from PySide6.QtWidgets import QPlainTextEdit, QToolTip, QWidget

from app.core.language import tr
from app.core.protocol import Examined
from app.core.token_text import Mark, TokenText
from app.ui.problems import TextBox
from app.ui.theme import FAMILIES, mixed, px, theme_of


class TokenView(TextBox):
    """Read only; lays out what is in view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prompt: Examined | None = None
        self._tokens = TokenText("", (), ())
        self._all = False
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setAccessibleName(tr("Prompt"))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setFamilies([QFontInfo(font).family(), *FAMILIES])  # an alias would be lost among several
        font.setPixelSize(px(13))
        self.setFont(font)
        self.document().setDocumentMargin(px(6))

    def show_prompt(self, prompt: Examined) -> None:
        """Show its text from the beginning."""
        self._prompt = prompt
        self._tokens = TokenText(prompt.text, prompt.ends, prompt.special)
        self.setPlainText("\n".join(self._tokens.lines))

    def show_all(self, all_tokens: bool) -> None:
        """Mark every token, or only those that steer the model."""
        self._all = all_tokens
        self.viewport().update()

    def find_part(self, text: str, after: int) -> int:
        """Where a part of the prompt begins behind a place; -1 where the template has changed it."""
        return self._tokens.find(text, after)

    def go_to(self, place: int) -> None:
        """Show a place in the text, at the upper edge where that can be."""
        block = self.document().findBlockByNumber(self._tokens.line_of(place))
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        self.setTextCursor(cursor)
        self.setTextCursor(QTextCursor(block))

    # ── painting ──────────────────────────────────────────────────────────────────────────────────────

    def paintEvent(self, event: QPaintEvent) -> None:
        """The chips, then the text on them."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = theme_of(self.palette())
        control = mixed(theme.accent, theme.raised, 0.22)
        edge = QPen(mixed(theme.accent, theme.raised, 0.55), 1)
        plain = [mixed(theme.muted, theme.raised, share) for share in (0.14, 0.26)]
        block, offset = self.firstVisibleBlock(), self.contentOffset()
        while block.isValid():
            area = self.blockBoundingGeometry(block).translated(offset)
            if area.top() > event.rect().bottom():
                break
            for mark in self._tokens.marks(block.blockNumber()):
                if not (mark.special or self._all):
                    continue
                painter.setPen(edge if mark.special else Qt.PenStyle.NoPen)
                painter.setBrush(control if mark.special else QColor(plain[mark.token % 2]))
                for rect in _rects(block, mark):
                    inner = rect.translated(area.topLeft()).adjusted(0.5, 0.5, -0.5, -0.5)
                    painter.drawRoundedRect(inner, px(3), px(3))
            block = block.next()
        painter.end()
        super().paintEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """What the token under the pointer is."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._prompt is not None:
            cursor = self.cursorForPosition(event.pos())
            at = cursor.positionInBlock()
            marks = self._tokens.marks(cursor.blockNumber())
            mark = next((each for each in marks if each.start <= at < max(each.end, each.start + 1)), None)
            if mark is not None:
                told = tr("Token {place} of {count}, number {id}").format(
                    place=f"{mark.token + 1:,}", count=f"{len(self._prompt.ids):,}", id=self._prompt.ids[mark.token]
                )
                QToolTip.showText(event.globalPos(), told, self.viewport())
            return True
        return super().viewportEvent(event)


def _rects(block: QTextBlock, mark: Mark) -> list[QRectF]:
    """Where the token stands in its block, a rectangle for each line of it."""
    layout = block.layout()
    found = []
    for number in range(layout.lineForTextPosition(mark.start).lineNumber(), layout.lineCount()):
        line = layout.lineAt(number)
        start, end = max(mark.start, line.textStart()), min(mark.end, line.textStart() + line.textLength())
        if line.textStart() > mark.end or (line.textStart() == mark.end and mark.end > mark.start):
            break
        left, right = _x(line, start), _x(line, end)
        if mark.breaks and number == layout.lineCount() - 1:
            right += px(6)  # the break itself
        if right != left:
            found.append(QRectF(min(left, right), line.y(), abs(right - left), line.height()))
    return found


def _x(line: QTextLine, position: int) -> float:
    result: Any = line.cursorToX(position)  # the binding also returns the position, in a tuple
    return float(result[0] if isinstance(result, tuple) else result)
