"""The figures of an answer in its row: beside the buttons, or below them where there is no room."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter

from app.ui.transcript.footer import BETWEEN
from app.ui.transcript.look import Look


class Figures:
    """Laid out for one width of the column; `below` is how much higher they make the row."""

    def __init__(self, look: Look, parts: Sequence[str], line: QRect, column: int) -> None:
        """`line` is that of the buttons, from where the last of them ends."""
        self._look = look
        metrics = QFontMetrics(look.small)
        self.text = BETWEEN.join(parts)
        self.below = 0
        width = metrics.horizontalAdvance(self.text) + 2
        if not parts or line.left() + width <= column:
            self.rect = QRect(line.left(), line.top(), width, line.height())
            return
        lines: list[str] = []
        for part in parts:
            longer = f"{lines[-1]}{BETWEEN}{part}" if lines else part
            if lines and metrics.horizontalAdvance(longer) + 2 <= column:
                lines[-1] = longer
            else:
                lines.append(metrics.elidedText(part, Qt.TextElideMode.ElideRight, column - 2))
        self.text = "\n".join(lines)
        self.below = len(lines) * metrics.lineSpacing() + look.px(4)
        width = max(map(metrics.horizontalAdvance, lines)) + 2
        self.rect = QRect(0, line.bottom() + 1, width, self.below)

    def paint(self, painter: QPainter, origin: QPoint) -> None:
        """Draw them in the row that begins at `origin`."""
        if self.text:
            painter.setFont(self._look.small)
            painter.setPen(self._look.muted)
            painter.drawText(self.rect.translated(origin), Qt.AlignmentFlag.AlignVCenter, self.text)
