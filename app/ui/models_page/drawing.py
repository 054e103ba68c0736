"""Draws the lines of the list of models."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QStyledItemDelegate, QToolTip, QWidget

from app.chat.model_facts import kind_of
from app.core.language import tr, trn
from app.core.models import count
from app.core.verdict import in_gigabytes, pill
from app.library.arranged import Heading, Line, Row
from app.library.places import origin_name
from app.ui.grounds import plain_tip
from app.ui.icons import pixmap
from app.ui.models_page.pill import HEIGHT, explained, paint_pill, pill_width
from app.ui.theme import RADIUS, SMALL, Theme, mixed, px, theme_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionViewItem

    from app.ui.models_page.lines import ModelList

LINE = Qt.ItemDataRole.UserRole
ROW = 58  # height of every line at 100 %: with 1,000 of one height none is measured
Index = QModelIndex | QPersistentModelIndex
SIDE = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


def about(row: Row) -> str:
    """The second line: what kind of model it is, how large, and where it is from; of a broken one why."""
    entry, said = row.entry, row.entry.said
    if entry.problem is not None:
        return str(entry.problem)
    parts = []
    if said is not None:
        parts += [count(said.parameters) if said.parameters else "", said.quantization]
    parts.append(in_gigabytes(entry.file_bytes))
    if said is not None and said.context_length:
        parts.append(trn("{count} token", "{count} tokens", said.context_length))
    parts += [kind_of(entry), origin_name(entry.origin)]
    return "  ·  ".join(part for part in parts if part)


class Drawer(QStyledItemDelegate):
    """A name with its figures below it, and the pill at the end of the line."""

    def __init__(self, view: "ModelList") -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, _option: "QStyleOptionViewItem", _index: Index) -> QSize:
        return QSize(0, px(ROW))

    def paint(self, painter: QPainter, option: "QStyleOptionViewItem", index: Index) -> None:
        line: Line = index.data(LINE)
        theme = theme_of(self._view.palette())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRect(option.rect)
        if isinstance(line, Heading):
            self._heading(painter, box, line, theme)
        else:
            row = box.adjusted(px(2), 1, -px(2), -1)
            self._plate(painter, row, index, theme)
            if self._view.indexWidget(index) is None:  # the field for another name is lower than the row
                self._row(painter, row, line, theme)
        painter.restore()

    def _heading(self, painter: QPainter, box: QRect, line: Heading, theme: Theme) -> None:
        font = QFont(self._view.font())
        font.setPixelSize(px(SMALL))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        side = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft
        painter.drawText(box.adjusted(px(14), 0, -px(12), -px(8)), side, f"{line.text}  {line.count}")

    def _plate(self, painter: QPainter, box: QRect, index: Index, theme: Theme) -> None:
        chosen = self._view.currentIndex() == index
        over = (
            self._view.underMouse()
            and self._view.indexAt(self._view.viewport().mapFromGlobal(self._view.cursor().pos())) == index
        )
        if chosen or over:
            focused = chosen and self._view.hasFocus()
            painter.setPen(QPen(mixed(theme.accent, theme.window, 0.7), 1) if focused else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover) if chosen else mixed(theme.hover, theme.window, 0.5))
            painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), px(RADIUS), px(RADIUS))

    def _row(self, painter: QPainter, box: QRect, row: Row, theme: Theme) -> None:
        room = box.adjusted(px(12), px(8), -px(12), -px(8))
        right = self._end(painter, room, row, theme)
        room.setRight(right - px(12))
        upper = QRect(room.left(), room.top(), room.width(), px(22))
        lower = QRect(room.left(), upper.bottom() + 1, room.width(), px(18))
        font = QFont(self._view.font())
        font.setWeight(QFont.Weight.Medium)
        painter.setFont(font)
        wide = upper.width()
        mark = tr("In use") if row.in_use else ""
        small = QFont(font)
        small.setPixelSize(px(SMALL - 1))
        if mark:
            wide -= QFontMetrics(small).horizontalAdvance(mark) + px(22)
        metrics = QFontMetrics(font)
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, max(px(40), wide))
        painter.setPen(QColor(theme.muted if row.entry.problem is not None else theme.text))
        painter.drawText(upper, SIDE, name)
        if mark:
            self._mark(painter, upper, metrics.horizontalAdvance(name), mark, small, theme)
        font = QFont(self._view.font())
        font.setPixelSize(px(SMALL))
        painter.setFont(font)
        painter.setPen(QColor(theme.danger if row.entry.problem is not None else theme.muted))
        painter.drawText(
            lower, SIDE, QFontMetrics(font).elidedText(about(row), Qt.TextElideMode.ElideRight, lower.width())
        )

    def _mark(self, painter: QPainter, line: QRect, after: int, text: str, font: QFont, theme: Theme) -> None:
        painter.setFont(font)
        box = QRect(line.left() + after + px(8), line.center().y() - px(8), 0, px(17))
        box.setWidth(QFontMetrics(font).horizontalAdvance(text) + px(14))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(theme.accent, theme.window, 0.16))
        painter.drawRoundedRect(QRectF(box), px(5), px(5))
        painter.setPen(QColor(theme.accent))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _end(self, painter: QPainter, room: QRect, row: Row, theme: Theme) -> int:
        """The pill, or a warning; returns where it begins."""
        place = self.pill_box(room, row)
        if row.judgement is not None:
            painter.setFont(self._view.font())
            paint_pill(painter, place, pill(row.judgement.verdict), row.judgement.verdict, theme)
        elif row.entry.problem is not None:
            painter.drawPixmap(place.topLeft(), pixmap("warning", theme.danger, place.width()))
        else:
            return room.right()
        return place.left()

    def pill_box(self, room: QRect, row: Row) -> QRect:
        """Where the pill stands in a line without its margins."""
        if row.judgement is None:
            side = px(18)
            return QRect(room.right() - side, room.center().y() - side // 2, side, side)
        width = pill_width(pill(row.judgement.verdict), self._view.font())
        return QRect(room.right() - width, room.center().y() - px(HEIGHT) // 2, width, px(HEIGHT))

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: "QStyleOptionViewItem", index: Index
    ) -> bool:
        row = index.data(LINE)
        if not isinstance(row, Row):
            return False
        room = QRect(option.rect).adjusted(px(14), px(9), -px(14), -px(9))
        if row.judgement is not None and self.pill_box(room, row).contains(event.pos()):
            text = explained(row.judgement)
        elif row.entry.problem is not None:
            text = f"{row.entry.path}\n\n{row.entry.problem}"
        else:
            text = f"{row.name}\n{row.entry.path}"
        QToolTip.showText(event.globalPos(), plain_tip(text), view)
        return True

    # ── writing a name over ───────────────────────────────────────────────────────────────────────────

    def createEditor(self, parent: QWidget, _option: "QStyleOptionViewItem", _index: Index) -> QWidget:
        field = QLineEdit(parent)
        field.setAccessibleName(tr("Name of the model"))
        return field

    def updateEditorGeometry(self, editor: QWidget, option: "QStyleOptionViewItem", _index: Index) -> None:
        box: QRect = option.rect
        height = px(34)
        editor.setGeometry(QRect(box.left() + px(4), box.center().y() - height // 2, box.width() - px(8), height))
