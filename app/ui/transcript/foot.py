"""What a row ends with: why an answer failed, the line of buttons, and the figures beside it."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter

from app.core.language import tr
from app.core.markdown import Span
from app.ui.icons import pixmap
from app.ui.transcript.figures import Figures
from app.ui.transcript.footer import Action
from app.ui.transcript.look import Look
from app.ui.transcript.pieces import Lines
from app.ui.transcript.shown import Button, Shown


class Foot:
    """Laid out for one width of the column, below what ends at `y`; the row ends at `bottom`.

    `below_content` says that something stands above it.
    """

    def __init__(self, look: Look, shown: Shown, column: int, y: int, below_content: bool) -> None:
        self._look, self._shown, self._column = look, shown, column
        self.buttons: list[Button] = []
        self.figures: Figures | None = None
        self.error: Lines | None = None
        self.error_top = y
        self.bottom = y
        if not shown.last:
            return
        message = shown.entry.message
        if message.status == "failed":
            spans = (Span(message.error or tr("The answer could not be written.")),)
            self.error = Lines(look, spans, look.body, column - look.px(28), look.pitch)
            self.error_top = y + (look.px(8) if below_content else 0)
            y = self.error_top + self.error.height
        if shown.editor:
            self.bottom = y + look.px(14)
            return
        self._place_buttons(y + look.px(4))

    def _place_buttons(self, y: int) -> None:
        look, shown = self._look, self._shown
        asked, size = shown.entry.message.role == "user", look.px(28)
        found = shown.actions
        widths = [self._button_width(action, size) for action in found]
        wide = sum(widths) + (self._counter() if shown.entry.versions > 1 else 0)
        x = self._column - wide + look.px(6) if asked else -look.px(6)
        for action, width in zip(found, widths, strict=True):
            if action.name == "next":
                x += self._counter()
            self.buttons.append(Button(action, QRect(x, y, width, size)))
            x += width
        if not asked:
            self.figures = Figures(look, shown.figures, QRect(x + look.px(8), y, 0, size), self._column)
        below = self.figures.below if self.figures else 0
        waiting = shown.entry.message.status == "streaming"
        self.bottom = y + (size if found or waiting else 0) + below + look.px(0 if asked else 10)

    def _button_width(self, action: Action, size: int) -> int:
        if not action.told:
            return size
        return size + QFontMetrics(self._look.small).horizontalAdvance(action.label) + self._look.px(10)

    def _counter(self) -> int:
        return self._look.px(34)

    def paint(self, painter: QPainter, origin: QPoint, hovered: object, lively: bool, copied: bool) -> None:
        """Draw it, as `Row.paint` says."""
        look, entry = self._look, self._shown.entry
        if self.error:
            self._paint_error(painter, origin + QPoint(0, self.error_top))
        after: Button | None = None
        for button in self.buttons:
            if button.action.name == "next":
                after = button
            if lively or button.action.name in ("previous", "next", "retry"):
                over = hovered == button.action.name
                self._paint_button(painter, button.action, button.rect.translated(origin), over, copied)
        if after:
            painter.setFont(look.small)
            painter.setPen(look.muted)
            counter = QRect(after.rect.x() - self._counter(), after.rect.y(), self._counter(), after.rect.height())
            painter.drawText(
                counter.translated(origin), Qt.AlignmentFlag.AlignCenter, f"{entry.version}/{entry.versions}"
            )
        if self.figures:
            self.figures.paint(painter, origin)

    def _paint_error(self, painter: QPainter, at: QPoint) -> None:
        look = self._look
        assert self.error is not None
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.danger)
        painter.drawRoundedRect(
            QRect(at.x(), at.y() + look.px(2), look.px(3), self.error.height - look.px(4)), 1.5, 1.5
        )
        painter.setPen(look.danger)
        room = QRect(at, at + QPoint(self._column, self.error.height))
        self.error.paint(painter, at.x() + look.px(14), at.y(), room, None)

    def _paint_button(self, painter: QPainter, action: Action, rect: QRect, hovered: bool, copied: bool) -> None:
        look = self._look
        if hovered and action.enabled:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.hover)
            painter.drawRoundedRect(rect, look.px(6), look.px(6))
        size = look.px(16)
        colour = look.theme.text if hovered and action.enabled else look.theme.muted
        if not action.enabled:
            painter.setOpacity(0.35)
        done = copied and action.name == "copy"
        picture = pixmap("check" if done else action.icon, look.theme.good if done else colour, size)
        left = rect.x() + (look.px(8) if action.told else (rect.width() - size) // 2)
        painter.drawPixmap(left, rect.y() + (rect.height() - size) // 2, picture)
        painter.setOpacity(1.0)
        if action.told:
            painter.setFont(look.small)
            painter.setPen(look.text)
            painter.drawText(rect.adjusted(look.px(30), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, action.label)
