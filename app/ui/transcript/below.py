"""What stands below a message: a note in muted ink, what is to be said of its text; and a small pin beside it."""

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QPainter

from app.core.language import tr
from app.core.markdown import Span, displayable
from app.core.text import shortened
from app.ui.icons import pixmap
from app.ui.transcript.footer import Action
from app.ui.transcript.look import Look
from app.ui.transcript.pieces import Lines
from app.ui.transcript.shown import Button, Shown

LONGEST = 2000  # characters of a note that are shown


class Below:
    """Laid out for one width of the column, below the content that ends at `y`; what follows begins at `bottom`.

    A question, which stands in a `card` at the right edge, has its note and its pin beside that edge. `plain` says
    that the text is shown as it is written, which is told.
    """

    def __init__(
        self, look: Look, shown: Shown, column: int, top: int, y: int, card: QRect, plain: bool = False
    ) -> None:
        self._look = look
        self.buttons: list[Button] = []
        self._note: Lines | None = None
        self._told: Lines | None = None
        self._told_at = y + look.px(6)
        if plain:
            told = tr("This text is shown as it was written: it would take too long to read as Markdown.")
            self._told = Lines(look, (Span(told),), look.small, column, look.px(18))
            y = self._told_at + self._told.height
        self.bottom = y
        message = shown.entry.message
        if shown.first and message.pinned and not shown.editor:
            side, gap = look.px(14), look.px(6)
            left = card.left() - side - gap if not card.isNull() else -side - look.px(2)
            at = QRect(left, (card.top() + look.px(10) if not card.isNull() else top + look.px(4)), side, side)
            self.buttons.append(Button(Action("pin", "pin", tr("Pinned: take the pin away")), at))
        if shown.last and message.note and not shown.editor:
            self._place_note(displayable(message.note), column, y, not card.isNull())

    def _place_note(self, note: str, column: int, y: int, right: bool) -> None:
        look = self._look
        font = QFont(look.body)
        font.setPixelSize(look.px(13))
        inset = look.px(22)
        room = round(column * 0.8) if right else column
        self._note = Lines(look, (Span(shortened(note, LONGEST)),), font, room - inset, look.px(19))
        width = min(room, self._note.width + inset)
        top = y + look.px(8 if right else 6)
        rect = QRect(column - width if right else 0, top, width, self._note.height)
        label = tr("Note: {note}").format(note=shortened(" ".join(note.split()), 200))
        self.buttons.append(Button(Action("note", "note", label), rect))
        self.bottom = rect.bottom() + 1 + look.px(2)

    def paint(self, painter: QPainter, origin: QPoint, clip: QRect, hovered: object) -> None:
        """Draw it; `hovered` is the name of the button that the pointer is on."""
        look = self._look
        if self._told is not None:
            painter.setPen(look.muted)
            self._told.paint(painter, origin.x(), origin.y() + self._told_at, clip, None)
        for button in self.buttons:
            rect, over = button.rect.translated(origin), hovered == button.action.name
            if not rect.adjusted(-8, -8, 8, 8).intersects(clip):
                continue
            if button.action.name == "pin":
                colour = look.theme.text if over else look.theme.accent
                painter.drawPixmap(rect.topLeft(), pixmap("pin", colour, rect.width()))
            elif self._note is not None:
                self._paint_note(painter, rect, clip, over)

    def _paint_note(self, painter: QPainter, rect: QRect, clip: QRect, over: bool) -> None:
        look, side = self._look, self._look.px(14)
        assert self._note is not None
        if over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.hover)
            painter.drawRoundedRect(QRectF(rect.adjusted(-4, -2, 4, 2)), look.px(6), look.px(6))
        painter.drawPixmap(rect.left(), rect.top() + look.px(3), pixmap("note", look.theme.muted, side))
        painter.setPen(look.text if over else look.muted)
        self._note.paint(painter, rect.left() + look.px(22), rect.top(), clip, None)
