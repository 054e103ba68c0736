"""A formula on lines of its own: in the middle of the column, or scrolled sideways where it is wider."""

import math

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter

from app.core.markdown import CODE, Block, Span, utf16_length
from app.core.math_marks import latex_of
from app.typeset.formula import Key
from app.ui.transcript.formulas import EM
from app.ui.transcript.highlights import Marked, Marks
from app.ui.transcript.look import Look
from app.ui.transcript.pieces import Lines
from app.ui.transcript.wide import WidePiece


class MathPiece(WidePiece):
    """The formula, or its source as code while it is not there and where it cannot be set."""

    def __init__(self, look: Look, block: Block, width: int) -> None:
        super().__init__(look, block, width)
        self._room = width
        self._pad = look.px(4)
        self._lines: Lines | None = None
        self.waiting: set[Key] = set()
        self._read(block)

    def _read(self, block: Block) -> None:
        self.block = block
        self.text = block.text
        self.length = utf16_length(self.text)
        look = self.look
        self._key = latex_of(self.text)
        self._formula = look.formulas.find(*self._key) if look.formulas else None
        self.waiting = set() if self._formula else {self._key}
        if self._formula is None:
            spans = (Span(self.text, CODE),)
            self._lines = Lines(look, spans, look.body, self._room, look.pitch, forwards=True)
            self.content, self.height = self._room, self._lines.height
            return
        em = look.body.pixelSize() * EM
        self._lines = None
        self._wide = math.ceil(self._formula.width * em)
        self.content = self._wide if self._wide > self._room else self._room
        high = math.ceil((self._formula.ascent + self._formula.descent) * em)
        self.height = max(look.pitch, high + 2 * self._pad) + (look.px(10) if self.overflow else 0)

    @property
    def baseline(self) -> float:
        """Of the source, or of the formula."""
        if self._lines:
            return self._lines.baseline
        assert self._formula is not None
        em = self.look.body.pixelSize() * EM
        high = (self._formula.ascent + self._formula.descent) * em
        return (self._bottom() - high) / 2 + self._formula.ascent * em

    def paint(self, painter: QPainter, x: int, y: int, clip: QRect, marks: Marks | None) -> None:
        look = self.look
        painter.setPen(look.text)
        if self._lines:
            self._lines.paint(painter, x, y, clip, marks)
            return
        formulas = look.formulas
        if self._formula is None or formulas is None:
            return
        painter.save()
        painter.setClipRect(QRectF(x, y, self._room, self.height), Qt.ClipOperation.IntersectClip)
        left = x + self._left()
        if marks:
            ground = look.current if marks.current else look.found if marks.found else look.selected
            painter.fillRect(QRectF(left, y, self._wide, self._bottom()), ground)
        painter.setPen(look.text)
        formulas.paint(painter, self._key, self._formula, QPointF(left, y + self.baseline), look.body)
        painter.restore()
        self.paint_handle(painter, x, y)

    def _left(self) -> int:
        """Where the formula begins in the frame."""
        if self.overflow:
            return -self.shift
        return 0 if self.block.marker else (self._room - self._wide) // 2

    def _bottom(self) -> int:
        return self.height - (self.look.px(10) if self.overflow else 0)

    def position_at(self, x: int, y: int) -> int:
        if self._lines:
            return self._lines.position_at(x, y)
        return 0 if x < self._left() + self._wide / 2 else self.length

    def formula_at(self, x: int, y: int) -> Marked:
        """The whole text where it is not shown as such."""
        return None if self._lines else (0, self.length)

    def line_at(self, position: int) -> QRect:
        if self._lines:
            return self._lines.line_at(position)
        left = self._left() + (self._wide if position else 0)
        return QRect(left, 0, 1, self._bottom())

    def link_at(self, x: int, y: int) -> str:
        return ""

    def adopt(self, block: Block) -> bool:
        return block == self.block

    def fit(self, width: int) -> bool:
        return False
