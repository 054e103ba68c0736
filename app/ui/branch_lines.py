"""Draws the lines of the branch overview: lanes on the left, who says what, versions and dates on the right."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.core.language import tr, trn
from app.core.overview import Line
from app.core.record import record
from app.core.text import shortened
from app.core.tree import Message
from app.ui.icons import pixmap
from app.ui.theme import RADIUS, SMALL, Theme, mixed, px, theme_of

LINE = Qt.ItemDataRole.UserRole
LANES = 12  # beyond so many, lanes share the last place
Index = QModelIndex | QPersistentModelIndex


@record
class Shown:
    """A line with what is drawn of it."""

    line: Line
    message: Message
    words: str
    top: bool = False  # the first line of all
    alone: bool = False  # no lane leads to it: it was looked for
    passing: bool = False  # the branch in view goes on further down, past this line


def speaker(message: Message) -> str:
    """Who says it."""
    if message.role == "user":
        return tr("You")
    return message.model or tr("Answer") if message.role == "assistant" else tr("Instructions")


def folded_label(line: Line) -> str:
    """What stands for a run."""
    return trn("{count} message", "{count} messages", len(line.messages))


def day_and_time(message: Message) -> str:
    """When it was said."""
    return f"{message.created.astimezone():%Y-%m-%d %H:%M}"


class LineDelegate(QStyledItemDelegate):
    """One line of text, with a second one for a note."""

    def __init__(self, parent: QListView) -> None:
        super().__init__(parent)
        self._view = parent

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        shown: Shown = index.data(LINE)
        if shown.line.folded:
            return QSize(0, px(30))
        return QSize(0, px(54) if shown.message.note else px(36))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        shown: Shown = index.data(LINE)
        box: QRect = option.rect
        state: QStyle.StateFlag = option.state
        theme = theme_of(self._view.palette())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, box, state, theme)
        left = self._paint_lanes(painter, box, shown, theme)
        if shown.line.folded:
            self._paint_folded(painter, box.adjusted(left - box.left(), 0, 0, 0), shown, theme)
        else:
            self._paint_message(painter, box.adjusted(left - box.left(), 0, -px(10), 0), shown, theme)
        painter.restore()

    def _paint_ground(self, painter: QPainter, box: QRect, state: QStyle.StateFlag, theme: Theme) -> None:
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        ground = box.adjusted(0, 1, 0, -1)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover if chosen else theme.surface))
            painter.drawRoundedRect(ground, px(RADIUS), px(RADIUS))
        if chosen and self._view.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), px(1.5)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground.adjusted(1, 0, -1, 0), px(RADIUS), px(RADIUS))

    # ── lanes ─────────────────────────────────────────────────────────────────────────────────────────

    def _x(self, box: QRect, lane: int) -> float:
        return box.left() + px(18) + min(lane, LANES) * px(18)

    def _paint_lanes(self, painter: QPainter, box: QRect, shown: Shown, theme: Theme) -> int:
        """Draw the lanes that pass and the message's own dot; returns where the text begins."""
        line = shown.line
        middle = box.top() + px(18) if not line.folded else box.center().y()
        quiet, strong = QPen(mixed(theme.muted, theme.window, 0.45), px(1.5)), QPen(QColor(theme.accent), px(2))
        if not shown.alone:
            self._paint_passing(painter, box, shown, middle, quiet, strong)
        x = self._x(box, line.lane)
        if line.folded:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.accent) if line.in_view else mixed(theme.muted, theme.window, 0.7))
            for step in (-1, 0, 1):
                painter.drawEllipse(QPointF(x, middle + step * px(6)), px(1.75), px(1.75))
        else:
            radius = px(4.5)
            painter.setPen(strong if line.in_view else quiet)
            painter.setBrush(QColor(theme.accent) if line.in_view else QColor(theme.window))
            painter.drawEllipse(QPointF(x, middle), radius, radius)
            if line.last:  # where the branch in view ends
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(QPointF(x, middle), radius + px(3), radius + px(3))
        return round(x) + px(18)

    def _paint_passing(
        self, painter: QPainter, box: QRect, shown: Shown, middle: float, quiet: QPen, strong: QPen
    ) -> None:
        line = shown.line
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for lane in range(line.lane):
            painter.setPen(strong if shown.passing and lane == 0 else quiet)  # what is in view is the first lane
            x = self._x(box, lane)
            painter.drawLine(QPointF(x, middle if shown.top else box.top()), QPointF(x, box.bottom() + 1))
        x, room = self._x(box, line.lane), px(10) if line.folded else 0
        painter.setPen(strong if line.in_view else quiet)
        if line.begins:
            before = self._x(box, line.lane - 1)
            path = QPainterPath(QPointF(before, middle if shown.top else box.top()))
            path.quadTo(QPointF(before, middle), QPointF(x, middle))
            painter.setPen(quiet)
            painter.drawPath(path)
        elif not shown.top:
            painter.drawLine(QPointF(x, box.top()), QPointF(x, middle - room))
        if not line.ends:
            painter.setPen(strong if line.in_view and not line.last else quiet)
            painter.drawLine(QPointF(x, middle + room), QPointF(x, box.bottom() + 1))

    # ── text ──────────────────────────────────────────────────────────────────────────────────────────

    def _fonts(self) -> tuple[QFont, QFont, QFont]:
        font = QFont(self._view.font())
        small, bold = QFont(font), QFont(font)
        small.setPixelSize(px(SMALL))
        bold.setWeight(QFont.Weight.DemiBold)
        return font, small, bold

    def _paint_folded(self, painter: QPainter, box: QRect, shown: Shown, theme: Theme) -> None:
        painter.setFont(self._fonts()[1])
        painter.setPen(QColor(theme.muted))
        text = folded_label(shown.line)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        side = px(12)
        at = box.left() + painter.fontMetrics().horizontalAdvance(text) + px(6)
        painter.drawPixmap(at, box.center().y() - side // 2 + 1, pixmap("chevron-down", theme.muted, side))

    def _paint_message(self, painter: QPainter, box: QRect, shown: Shown, theme: Theme) -> None:
        line, message = shown.line, shown.message
        font, small, bold = self._fonts()
        first = QRect(box.left(), box.top(), box.width(), px(36))
        side, middle = px(14), first.center().y() + 1
        right = first.right()
        wide = box.width() > px(420)
        if wide:
            date = day_and_time(message)
            right = self._write_right(painter, first, right, date, small, QColor(theme.muted)) - px(10)
        if message.pinned:
            right -= side
            painter.drawPixmap(right, middle - side // 2, pixmap("pin", theme.accent, side))
            right -= px(8)
        if line.versions > 1:
            label = f"{line.version}/{line.versions}"
            width = QFontMetrics(small).horizontalAdvance(label) + px(12)
            right -= width
            badge = QRect(right, middle - px(9), width, px(18))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mixed(theme.accent if line.in_view else theme.muted, theme.window, 0.16))
            painter.drawRoundedRect(badge, px(9), px(9))
            painter.setFont(small)
            painter.setPen(QColor(theme.text))
            painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, label)
            right -= px(10)
        who = speaker(message)
        painter.setFont(bold)
        painter.setPen(QColor(theme.text))
        name = QFontMetrics(bold).elidedText(who, Qt.TextElideMode.ElideRight, px(120))
        advance = QFontMetrics(bold).horizontalAdvance(name) + px(10)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(first, flags, name)
        painter.setFont(font)
        room = max(0, right - first.left() - advance)
        painter.setPen(QColor(theme.text) if line.in_view else mixed(theme.text, theme.window, 0.75))
        words = QFontMetrics(font).elidedText(shown.words, Qt.TextElideMode.ElideRight, room)
        painter.drawText(first.adjusted(advance, 0, 0, 0), flags, words)
        if message.note:
            below = QRect(box.left(), first.bottom() - px(6), box.width(), px(20))
            painter.drawPixmap(below.left(), below.center().y() - side // 2, pixmap("note", theme.muted, side))
            painter.setFont(small)
            painter.setPen(QColor(theme.muted))
            note = " ".join(shortened(message.note, 300).split())
            note = QFontMetrics(small).elidedText(note, Qt.TextElideMode.ElideRight, below.width() - px(20))
            painter.drawText(below.adjusted(px(20), 0, 0, 0), flags, note)

    def _write_right(self, painter: QPainter, box: QRect, right: int, text: str, font: QFont, colour: QColor) -> int:
        width = QFontMetrics(font).horizontalAdvance(text) + 2
        painter.setFont(font)
        painter.setPen(colour)
        place = QRect(right - width, box.top(), width, box.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
        return right - width
