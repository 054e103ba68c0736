"""Grounds with round corners and a thin border.

To stroke a round path takes several times as long as to fill it, and more than all the letters on it. So a border is what
is seen of one ground around another, or between two outlines.
"""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath


def paint_plate(painter: QPainter, place: QRect, radius: int, ground: QColor, line: QColor) -> None:
    """Draw a ground within a border of one pixel, which is the outermost pixel of its place."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(line)
    painter.drawRoundedRect(place, radius + 0.5, radius + 0.5)
    painter.setBrush(ground)
    painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), radius - 0.5, radius - 0.5)


def paint_border(painter: QPainter, place: QRect, radius: int, line: QColor) -> None:
    """The same border around nothing."""
    path = QPainterPath()  # what is in both outlines is not filled
    path.addRoundedRect(QRectF(place), radius + 0.5, radius + 0.5)
    path.addRoundedRect(QRectF(place).adjusted(1, 1, -1, -1), radius - 0.5, radius - 0.5)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(line)
    painter.drawPath(path)
