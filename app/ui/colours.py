"""The colours of conversations. Each has a shape of its own, so that it is told apart without seeing colours."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.ui.theme import Theme

INKS = {"red": "danger", "yellow": "number", "green": "good", "blue": "function", "purple": "type", "grey": "muted"}
SIDES = {"yellow": (3, -90), "blue": (4, 0)}  # corners, and how far it is turned


def ink(colour: str, theme: Theme) -> QColor:
    """The colour in a theme, strong enough on its grounds."""
    return QColor(getattr(theme, INKS[colour]))


def paint_colour(painter: QPainter, colour: str, centre: QPointF, size: float, theme: Theme) -> None:
    """Draw the mark of a colour: a disc, a triangle, a square, a diamond, a cross or a ring. Nothing for no colour."""
    if colour not in INKS:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink(colour, theme))
    box = QRectF(centre.x() - size / 2, centre.y() - size / 2, size, size)
    if colour == "green":
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 1, 1)
    elif colour == "purple":
        thick = size * 0.34
        painter.drawRect(QRectF(centre.x() - thick / 2, box.top(), thick, size))
        painter.drawRect(QRectF(box.left(), centre.y() - thick / 2, size, thick))
    elif colour in SIDES:
        painter.drawPolygon(_polygon(centre, size * (0.62 if colour == "yellow" else 0.58), *SIDES[colour]))
    elif colour == "grey":
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink(colour, theme), size * 0.2))
        inset = size * 0.12
        painter.drawEllipse(box.adjusted(inset, inset, -inset, -inset))
    else:
        painter.drawEllipse(box)
    painter.restore()


def _polygon(centre: QPointF, radius: float, corners: int, turned: float) -> QPolygonF:
    from math import cos, radians, sin

    steps = (radians(turned + 360 / corners * number) for number in range(corners))
    drop = radius * 0.2 if corners == 3 else 0  # a triangle stands above its middle
    return QPolygonF([centre + QPointF(radius * cos(step), radius * sin(step) + drop) for step in steps])
