"""A block of code shown as the picture that it draws."""

import math

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.core.language import tr
from app.core.markdown import Block, Span, utf16_length
from app.ui.pictures.order import LARGEST
from app.ui.pictures.pictures import told
from app.ui.transcript.headed import CodeView, Deed, Drawing, Headed
from app.ui.transcript.highlights import Marks
from app.ui.transcript.look import Look
from app.ui.transcript.pieces import Lines

_PAPER = "#ffffff"  # drawings are made for it
_HIGHEST = 900  # pixels at 100 %
_FILLED = 480  # width at 100 % of a drawing that does not say any


class PicturePiece(Headed):
    """The picture at its own size, smaller where there is no room, on white paper in every theme."""

    def __init__(self, look: Look, block: Block, width: int, view: CodeView, drawing: Drawing) -> None:
        super().__init__(look, block, width, view)
        self.drawing = drawing
        self.shape = shape = drawing.shape
        self.text = block.text
        self.length = utf16_length(self.text)
        self.content = width
        scale = look.zoom / 100
        edge = look.px(12)
        room = max(1, width - 2 * self.pad - 2 * edge)
        wide = _FILLED * scale if shape.fills else shape.width * scale
        wide = min(wide, room, look.px(_HIGHEST) * shape.width / shape.height)
        high = wide * shape.height / shape.width
        self.picture = QRectF(self.pad + edge, self.head + edge, max(1.0, wide), max(1.0, high))
        self._paper = self.picture.adjusted(-edge, -edge, edge, edge)
        self.height = math.ceil(self._paper.bottom()) + look.px(12)
        self._caption: Lines | None = None
        if sentence := told(shape.left_out):
            self._caption = Lines(
                look, (Span(sentence),), look.small, max(1, width - 2 * self.pad), round(look.small.pixelSize() * 1.5)
            )
            self._caption_top = self.height - look.px(4)
            self.height = self._caption_top + self._caption.height + look.px(10)

    def deeds(self) -> list[tuple[Deed, str, str]]:
        return [
            ("copy", "copy", tr("Copy code")),
            ("save", "save", tr("Save picture as SVG…")),
            ("picture", "code", tr("Show code")),
        ]

    def more_deeds(self) -> list[tuple[Deed, str, str]]:
        return [("save_png", "picture", tr("Save picture as PNG…"))]

    def png_size(self) -> tuple[int, int]:
        """In pixels: twice as large as it is shown at 100 %, as far as that is allowed."""
        wide = _FILLED if self.shape.fills else self.shape.width
        high = wide * self.shape.height / self.shape.width
        scale = min(2.0, math.sqrt(LARGEST / (wide * high)))
        return max(1, math.floor(wide * scale)), max(1, math.floor(high * scale))

    def adopt(self, block: Block) -> bool:
        return block == self.block

    def fit(self, width: int) -> bool:
        return False

    def paint(self, painter: QPainter, x: int, y: int, clip: QRect, marks: Marks | None) -> None:
        look = self.look
        self.paint_head(painter, x, y, clip)
        painter.setPen(QPen(look.border, 1))
        painter.setBrush(QColor(_PAPER))
        paper = self._paper.translated(x, y)
        painter.drawRoundedRect(paper, look.px(6), look.px(6))
        self.drawing.pictures.paint(painter, self.text, self.picture.translated(x, y))
        if marks:
            over = QColor(look.current if marks.current else look.found if marks.found else look.selected)
            over.setAlpha(120)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(over)
            painter.drawRoundedRect(paper, look.px(6), look.px(6))
        if self._caption:
            painter.setPen(look.muted)
            self._caption.paint(painter, x + self.pad, y + self._caption_top, clip, None)

    def position_at(self, x: int, y: int) -> int:
        return 0 if y < self.picture.center().y() else self.length

    def line_at(self, position: int) -> QRect:
        top = self.head if position < self.length or not self.length else round(self.picture.bottom())
        return QRect(self.pad, top, 1, self.look.pitch)

    def link_at(self, x: int, y: int) -> str:
        return ""
