"""What stands beside a block: the bars of the quotes it is in, and the mark of the list item that it begins.

Both are on the left; where the block is written from right to left, on the right.
"""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from app.core.markdown import Block, Inset
from app.ui.transcript.look import Look
from app.ui.transcript.pieces import Piece, TextPiece
from app.ui.transcript.wide import TablePiece

_WIDTHS = {"quote": 18, "item": 26, "wide": 40}


def inset_width(look: Look, name: Inset) -> int:
    """How far a container moves its content away from the edge."""
    return look.px(_WIDTHS[name])


def inset_of(look: Look, block: Block) -> int:
    """How far all containers of a block do."""
    return sum(inset_width(look, name) for name in block.inset) if block.inset else 0


def is_mirrored(piece: Piece) -> bool:
    """Is it written from right to left, with all that stands beside it on the right?"""
    if isinstance(piece, TextPiece):
        return piece.lines.backwards
    return isinstance(piece, TablePiece) and piece.backwards


def indent(look: Look, piece: Piece, width: int) -> int:
    """How far from the left edge of so much room a block stands: its containers are on the side where it begins."""
    inset = inset_of(look, piece.block)
    return width - inset - piece.width if is_mirrored(piece) else inset


def needed(look: Look, piece: Piece) -> int:
    """How much room what is seen of a block takes, its containers included."""
    return inset_of(look, piece.block) + (piece.lines.needed if isinstance(piece, TextPiece) else piece.width)


def paint_bars(painter: QPainter, look: Look, piece: Piece, area: QRect, above: tuple[Piece, int] | None) -> None:
    """The bars of the quotes that a block stands in, joined to those of the block above, which ends at that y."""
    insets = piece.block.inset
    if "quote" not in insets:
        return
    mirrored = is_mirrored(piece)
    x = area.right() + 1 + inset_of(look, piece.block) if mirrored else area.left() - inset_of(look, piece.block)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.border)
    thick = look.px(3)
    for depth, name in enumerate(insets):
        if name == "quote":
            same = above is not None and above[0].block.inset[: depth + 1] == insets[: depth + 1]
            joined = same and above is not None and is_mirrored(above[0]) == mirrored
            top = above[1] if joined and above else area.top()
            painter.drawRect(QRect(x - thick if mirrored else x, top, thick, area.bottom() + 1 - top))
        x += -inset_width(look, name) if mirrored else inset_width(look, name)


def paint_marker(painter: QPainter, look: Look, piece: Piece, area: QRect) -> None:
    """The bullet, number or box of a list item that begins with this block."""
    marker = piece.block.marker
    if not marker:
        return
    inside = 0  # quotes within the item
    for name in reversed(piece.block.inset):
        if name != "quote":
            break
        inside += inset_width(look, name)
    mirrored = is_mirrored(piece)
    edge = area.right() + 1 + inside if mirrored else area.left() - inside
    out = 1 if mirrored else -1
    baseline = area.top() + piece.baseline
    if marker == "•":
        size = look.px(5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.muted)
        rise = QFontMetricsF(look.body).xHeight() / 2
        painter.drawEllipse(QPointF(edge + out * look.px(12), baseline - rise), size / 2, size / 2)
    elif marker in "☐☑":
        side = look.px(14)
        left = edge + look.px(8) if mirrored else edge - look.px(8) - side
        _paint_box(painter, look, QRectF(left, baseline - side + look.px(2), side, side), marker == "☑")
    else:
        painter.setPen(look.muted)
        painter.setFont(look.body)
        width = QFontMetricsF(look.body).horizontalAdvance(marker)
        begin = edge + look.px(8) if mirrored else edge - look.px(8) - width
        painter.drawText(QPointF(begin, baseline), marker[-1] + marker[:-1] if mirrored else marker)


def _paint_box(painter: QPainter, look: Look, box: QRectF, checked: bool) -> None:
    painter.setPen(QPen(look.accent if checked else look.muted, 1.2))
    painter.setBrush(look.accent if checked else Qt.GlobalColor.transparent)
    painter.drawRoundedRect(box, look.px(3), look.px(3))
    if checked:
        pen = QPen(QColor(look.theme.on_accent), look.px(1.8))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        size = box.width()
        painter.drawPolyline(
            [
                box.topLeft() + QPointF(size * 0.24, size * 0.54),
                box.topLeft() + QPointF(size * 0.43, size * 0.72),
                box.topLeft() + QPointF(size * 0.77, size * 0.3),
            ]
        )
