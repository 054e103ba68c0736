"""Signs of life in a row that is being written: the caret behind the last word, the bar of the prompt being read."""

import math
from time import perf_counter

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from app.core.language import tr
from app.ui.transcript.look import Look
from app.ui.transcript.rows import Row


def paint_caret(painter: QPainter, look: Look, row: Row, origin: QPoint, progress: tuple[int, int]) -> None:
    """Draw the caret where the next word will stand, or how much of the prompt has been read."""
    breath = 0.55 + 0.45 * math.cos(perf_counter() * 2 * math.pi / 1.3)
    painter.setPen(Qt.PenStyle.NoPen)
    colour = QColor(look.accent)
    colour.setAlphaF(0.35 + 0.65 * max(0.0, min(1.0, breath)))
    if row.placed:
        piece = len(row.placed) - 1
        line = row.line_of(piece, row.placed[piece].piece.length)
        size = look.px(8)
        painter.setBrush(colour)
        at = origin + QPoint(line.right() + look.px(10), line.center().y() + look.px(1))
        painter.drawEllipse(QPointF(min(at.x(), origin.x() + row.column - size), at.y()), size / 2, size / 2)
        return
    middle = origin + QPoint(0, row.content_bottom + look.px(15))
    done, total = progress
    if total > 0 and done < total:
        text = tr("Reading {percent} %").format(percent=done * 100 // total)
        painter.setFont(look.small)
        painter.setPen(look.muted)
        painter.drawText(QPointF(middle.x(), middle.y() + look.px(4)), text)
        left = painter.fontMetrics().horizontalAdvance(text) + look.px(12)
        bar = QRectF(middle.x() + left, middle.y() - look.px(1), look.px(160), look.px(3))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.border)
        painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.setBrush(look.accent)
        bar.setWidth(bar.width() * done / total)
        painter.drawRoundedRect(bar, 1.5, 1.5)
        return
    if row.shown.thought:  # its seconds go on
        return
    for number in range(3):  # three dots that rise one after the other
        lift = math.sin(perf_counter() * 2 * math.pi / 1.3 - number * 0.7)
        colour.setAlphaF(0.35 + 0.3 * (1 + lift))
        painter.setBrush(colour)
        centre = QPointF(middle.x() + look.px(4 + number * 12), middle.y() - look.px(1.5) * lift)
        painter.drawEllipse(centre, look.px(6) / 2, look.px(6) / 2)
