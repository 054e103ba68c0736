"""What stands above a message: from where the model sees the conversation, who answers, and what was thought."""

from bisect import bisect_right
from collections.abc import Callable, Iterator

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter

from app.core.language import tr, trn
from app.core.markdown import Span, displayable
from app.ui.grounds import fill
from app.ui.icons import pixmap
from app.ui.transcript.footer import Action, Name
from app.ui.transcript.highlights import Marks
from app.ui.transcript.look import Look
from app.ui.transcript.pieces import Lines
from app.ui.transcript.selection import thought_number
from app.ui.transcript.shown import Button, Shown


class Above:
    """Laid out for one width of the column; the row's content begins at `bottom`.

    Paragraphs of the thinking that are as they were in `before` keep their layout.
    """

    def __init__(self, look: Look, shown: Shown, column: int, before: "Above | None" = None) -> None:
        self._look, self._shown, self._column = look, shown, column
        self.buttons: list[Button] = []
        self._name = QRect()
        self._bar = QRect()
        self._thoughts: list[tuple[int, int, Lines]] = []  # number and y of each paragraph
        asked = shown.entry.message.role == "user"
        y = 0
        if shown.first and shown.mark:
            y = self._place_mark(look.px(10))
        if not shown.first:
            y = look.px(4) if not asked else 0
        elif asked:
            y += look.px(16)
        else:
            y += look.px(6)
            if shown.headed:
                self._name = QRect(0, y, column, look.px(18))
                y += look.px(22)
            if shown.thought:
                y = self._place_thoughts(y, before)
        self.bottom = y

    def _place_mark(self, y: int) -> int:
        look = self._look
        wide = QFontMetrics(look.small).horizontalAdvance(self._shown.mark) + look.px(24)
        width = min(self._column, wide)
        self._add("seen_from", tr("What the model sees"), QRect((self._column - width) // 2, y, width, look.px(26)))
        return y + look.px(26)

    def _place_thoughts(self, y: int, before: "Above | None") -> int:
        look, shown = self._look, self._shown
        label = tr("Hide what the model thought") if shown.opened else tr("Show what the model thought")
        width = QFontMetrics(look.small).horizontalAdvance(shown.thought) + look.px(36)
        self._add("thinking", label, QRect(-look.px(6), y, min(width, self._column + look.px(6)), look.px(26)))
        y += look.px(28)
        if not shown.opened:
            return y + look.px(2)
        font = QFont(look.body)
        font.setPixelSize(look.px(13.5))
        known = {lines.text: lines for _, _, lines in before._thoughts} if before is not None else {}
        top = y
        for number, paragraph in enumerate(paragraphs(shown.thinking)):
            if not paragraph.strip():
                y += look.px(6)
                continue
            lines, room = known.get(paragraph), self._column - look.px(16)
            if lines is None or not lines.fit(room):
                lines = Lines(look, (Span(paragraph),), font, room, look.px(20))
            self._thoughts.append((number, y, lines))
            y += lines.height
        self._bar = QRect(look.px(2), top, look.px(2), y - top)
        return y + look.px(12)

    def _add(self, name: Name, label: str, rect: QRect) -> None:
        self.buttons.append(Button(Action(name, "", label), rect))

    def say(self, thought: str) -> QRect:
        """Tell another duration of the thinking; returns what is to be painted."""
        self._shown.thought = thought
        return next((button.rect for button in self.buttons if button.action.name == "thinking"), QRect())

    def covers(self, point: QPoint) -> bool:
        """Is a point of the row on what was thought?"""
        return self._bar.top() <= point.y() <= self._bar.bottom() and 0 <= point.x() < self._column

    def spot_at(self, point: QPoint) -> tuple[int, int] | None:
        """The number of a paragraph and the position in it that are nearest to a point above the content, if any are."""
        if not self._thoughts or point.y() >= self.bottom:
            return None
        index = bisect_right(self._thoughts, point.y(), key=lambda each: each[1] + each[2].height)
        if index == len(self._thoughts):
            number, _, lines = self._thoughts[-1]
            return thought_number(number), lines.length
        number, y, lines = self._thoughts[index]
        inside = point.y() - y
        return thought_number(number), lines.position_at(point.x() - self._look.px(16), inside) if inside >= 0 else 0

    def lines_of(self, paragraph: int) -> Lines | None:
        """A paragraph of the thinking laid out, where it is shown."""
        return next((lines for number, _, lines in self._thoughts if number == paragraph), None)

    def line_of(self, paragraph: int, position: int) -> QRect:
        """The line of the thinking that holds a position, in the row; empty where it is not shown."""
        found = next(((y, lines) for number, y, lines in self._thoughts if number == paragraph), None)
        return found[1].line_at(position).translated(self._look.px(16), found[0]) if found else QRect()

    def paint(
        self, painter: QPainter, origin: QPoint, clip: QRect, marks: Callable[[int], Marks | None], hovered: object
    ) -> None:
        """Draw it; `hovered` is the name of the button that the pointer is on."""
        look = self._look
        painter.setFont(look.small)
        for button in self.buttons:
            rect = button.rect.translated(origin)
            over = hovered == button.action.name
            if button.action.name == "seen_from":
                self._paint_mark(painter, rect, origin.x(), over)
            else:
                self._paint_thinking(painter, rect, over)
        if not self._name.isNull():
            painter.setPen(look.muted)
            name = self._shown.entry.message.model
            painter.drawText(self._name.translated(origin), Qt.AlignmentFlag.AlignVCenter, name)
        for number, y, lines in self._in_view(origin, clip):
            painter.setPen(look.muted)
            lines.paint(painter, origin.x() + look.px(16), y, clip, marks(thought_number(number)))
        if not self._bar.isNull():
            fill(painter, self._bar.translated(origin), look.border)

    def _in_view(self, origin: QPoint, clip: QRect) -> Iterator[tuple[int, int, Lines]]:
        for number, y, lines in self._thoughts:
            top = origin.y() + y
            if top <= clip.bottom() and top + lines.height >= clip.top():
                yield number, top, lines

    def _paint_mark(self, painter: QPainter, rect: QRect, left: int, over: bool) -> None:
        look = self._look
        middle = rect.center().y()
        fill(painter, QRect(left, middle, max(0, rect.left() - left), 1), look.border)
        right = left + self._column
        fill(painter, QRect(rect.right(), middle, max(0, right - rect.right()), 1), look.border)
        self._ground(painter, rect, over)
        painter.setPen(look.text if over else look.muted)
        room = rect.width() - look.px(16)
        text = painter.fontMetrics().elidedText(self._shown.mark, Qt.TextElideMode.ElideRight, room)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_thinking(self, painter: QPainter, rect: QRect, over: bool) -> None:
        look, side = self._look, self._look.px(14)
        self._ground(painter, rect, over)
        name = "chevron-down" if self._shown.opened else "chevron-right"
        colour = look.theme.text if over else look.theme.muted
        painter.drawPixmap(rect.left() + look.px(6), rect.center().y() - side // 2 + 1, pixmap(name, colour, side))
        painter.setPen(look.text if over else look.muted)
        box = rect.adjusted(look.px(24), 0, 0, 0)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._shown.thought)

    def _ground(self, painter: QPainter, rect: QRect, over: bool) -> None:
        if over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._look.hover)
            painter.drawRoundedRect(QRectF(rect), self._look.px(6), self._look.px(6))


def paragraphs(thinking: str) -> list[str]:
    """The thinking as it is shown, each paragraph laid out by itself."""
    return displayable(thinking).split("\n")


def thinking_label(seconds: float, live: bool) -> str:
    """How long it takes or took; nothing shorter than a second is told."""
    whole = int(seconds)
    if live:
        return tr("Thinking… {seconds} s").format(seconds=whole) if whole else tr("Thinking…")
    return tr("Thought for {seconds} s").format(seconds=max(1, round(seconds)))


def mark_label(left_out: int, summarised: int) -> str:
    """What is told of the messages before the mark."""
    parts = [tr("The model sees the conversation from here")]
    if summarised:
        parts.append(trn("{count} earlier message summarised", "{count} earlier messages summarised", summarised))
    if left_out:
        parts.append(trn("{count} earlier message left out", "{count} earlier messages left out", left_out))
    return " · ".join(parts)
