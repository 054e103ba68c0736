"""Laid-out blocks: what can be painted, hit and selected. Positions in a piece count UTF-16 units, as Qt does."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Protocol
from unicodedata import bidirectional

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QPainter,
    QPen,
    QTextCharFormat,
    QTextLayout,
    QTextLine,
    QTextOption,
)

from app.core.markdown import CODE, MATH, Block, Span, utf16_length
from app.core.record import record
from app.typeset.formula import Key
from app.ui.grounds import fill
from app.ui.transcript.highlights import Marked, Marks
from app.ui.transcript.inline_math import InlineMath
from app.ui.transcript.look import ALIGNMENT, Look

_GROUNDS = 300  # words of code in one text that get a ground; nobody writes more, and to find their places takes long


@record
class Link:
    """A link in a piece: what it says, where it leads, and where it begins on the screen."""

    text: str
    address: str
    rect: QRect


class Piece(Protocol):
    """A block laid out for a width; (0, 0) is its top left corner, side scrolling left out."""

    block: Block
    length: int  # of the text, in UTF-16 units
    width: int  # that the content really takes
    height: int

    @property
    def text(self) -> str: ...  # what is selected and copied
    @property
    def baseline(self) -> float: ...  # of the first line

    def paint(self, painter: QPainter, x: int, y: int, clip: QRect, marks: Marks | None) -> None: ...
    def position_at(self, x: int, y: int) -> int: ...
    def line_at(self, position: int) -> QRect: ...
    def link_at(self, x: int, y: int) -> str: ...
    def adopt(self, block: Block) -> bool: ...
    def fit(self, width: int) -> bool: ...  # for another width; False where that takes a new piece


class Lines:
    """Styled text in lines of even pitch: a QTextLayout whose lines we place ourselves.

    Each begins at the edge that its script begins at; code, which is `forwards`, at the left one whatever it says.

    The layout is never ended: so it keeps the shapes of the letters, which cost most, and another width takes no more than
    to break the lines anew.
    """

    def __init__(
        self,
        look: Look,
        spans: Sequence[Span],
        font: QFont,
        width: float,
        pitch: int,
        *,
        align: str = "left",
        wrap: bool = True,
        anywhere: bool = False,
        forwards: bool = False,
        inked: Sequence[tuple[int, int, QTextCharFormat]] = (),
    ) -> None:
        self.look = look
        self.text = "".join(span.text for span in spans)
        formulas = any(span.style & MATH for span in spans)
        self.math = InlineMath(look, spans, font, width) if formulas else None
        shown = self.math.shown if self.math else [span.text for span in spans]
        self.layout = QTextLayout("".join(shown).replace("\n", "\u2028"), font)
        self.layout.setCacheEnabled(True)  # else to draw it ends it, and the shapes are lost
        option = QTextOption(ALIGNMENT[align])
        mode = QTextOption.WrapMode.WrapAnywhere if anywhere else QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
        option.setWrapMode(mode if wrap else QTextOption.WrapMode.NoWrap)
        self.backwards = not forwards and is_right_to_left(self.text)
        if self.backwards:  # its lines begin at the right edge
            option.setTextDirection(Qt.LayoutDirection.RightToLeft)
            if align == "left":
                option.setAlignment(Qt.AlignmentFlag.AlignRight)
        elif forwards:  # else Qt looks at each line
            option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        option.setTabStopDistance(4 * look.mono_advance)
        self.layout.setTextOption(option)
        self.width = self.needed = self.height = 0  # that it takes; how wide its letters are
        self._room = width  # that there is
        self.links: list[tuple[int, int, str, str]] = []  # from, to, address, text
        coded: list[tuple[int, int]] = []
        formats = []
        position = 0
        for span, text in zip(spans, shown, strict=True):
            length = utf16_length(text)
            if (span.style or span.link) and (not span.style & MATH or text is span.text):
                formats.append(_range(position, length, look.format(span.style, bool(span.link))))
                if span.style & (CODE | MATH):
                    coded.append((position, position + length))
            if span.link:
                self.links.append((position, position + length, span.link, span.text))
            position += length
        self.length = utf16_length(self.text) if self.math else position
        if self.math:
            formats += self.math.formats()
        formats += [_range(*each) for each in inked]  # in UTF-16 units
        if formats:
            self.layout.setFormats(formats)
        self._coded = coded[:_GROUNDS]
        self._rigid = align == "left" and (forwards or self.text.isascii())  # unbroken lines are the same in any width
        self._breaks = self.layout.text().count("\u2028")
        self._pitch = pitch
        metrics = QFontMetricsF(font)
        self._rise = round((pitch - metrics.ascent() - metrics.descent()) / 2 + metrics.ascent())
        self.layout.beginLayout()
        self._place(width)

    def fit(self, width: float) -> bool:
        """Break the lines for another width; False where new Lines are needed, because formulas may have room or not."""
        if width == self._room:
            return True
        if self.math:
            return False
        if not (self._rigid and self.needed <= width and self.layout.lineCount() == self._breaks + 1):
            self.layout.clearLayout()
            self._place(width)
        self._room = width
        return True

    def _place(self, width: float) -> None:
        rise, pitch = self._rise, self._pitch
        y, widest = 0, 0.0
        self._room = width
        self._tops = [0]
        while (line := self.layout.createLine()).isValid():
            line.setLineWidth(width)
            extra = max(
                0, math.ceil(line.ascent()) - rise - 2
            )  # a taller script moves its line down, not into the next
            up, down = self.math.extent(line) if self.math else (0, 0)
            extra = max(extra, up - rise)
            line.setPosition(QPointF(0, y + extra + rise - line.ascent()))
            y += pitch + extra + max(0, down - (pitch - rise))
            self._tops.append(y)
            widest = max(widest, line.naturalTextWidth())
        self.needed, self.height = math.ceil(widest), y
        self.width = math.ceil(width) if self.backwards else self.needed
        self.plates = [rect for start, end in self._coded for rect in self._rects(start, end)]

    @property
    def baseline(self) -> float:
        """Of the first line."""
        line = self.layout.lineAt(0)
        return line.y() + line.ascent()

    def top_of(self, position: int) -> int:
        """Where the line that holds a position begins."""
        return self._tops[max(0, self.layout.lineForTextPosition(position).lineNumber())]

    def rects(self, start: int, end: int) -> list[QRectF]:
        """Where a part of the text stands: one rectangle for each line that it touches."""
        return self._rects(*self._inside(start, end))

    def _inside(self, start: int, end: int) -> tuple[int, int]:
        """A part of the text as a part of the layout; formulas that it touches are in it."""
        return (self.math.inside(start), self.math.inside(end, end=True)) if self.math else (start, end)

    def _rects(self, start: int, end: int) -> list[QRectF]:
        found = []
        first = self.layout.lineForTextPosition(start)
        if not first.isValid():
            return []
        for number in range(first.lineNumber(), self.layout.lineCount()):
            line = self.layout.lineAt(number)
            if line.textStart() >= end:
                break
            left = _x(line, max(start, line.textStart()))
            right = _x(line, min(end, line.textStart() + line.textLength()))
            if left != right:
                found.append(QRectF(min(left, right), line.y(), abs(right - left), line.height()))
        return found

    def paint(self, painter: QPainter, x: float, y: float, clip: QRect, marks: Marks | None) -> None:
        """Draw what lies in `clip` with the painter's pen."""
        if self.plates:
            pen = painter.pen()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.look.hover if self.look.theme.dark else self.look.code)
            for plate in self.plates:
                painter.drawRoundedRect(plate.translated(x, y).adjusted(-2, 0, 2, 0), 4, 4)
            painter.setPen(pen)
        inked: list[QTextLayout.FormatRange] = []
        if marks:
            if marks.selected and marks.selected[0] < marks.selected[1]:
                for rect in self._marks(*self._inside(*marks.selected)):
                    painter.fillRect(rect.translated(round(x), round(y)), self.look.selected)
            inked = self._paint_found(painter, x, y, clip, marks)
        self.layout.draw(painter, QPointF(x, y), inked, QRectF(clip))
        if self.math:
            self.math.paint(painter, self.layout, x, y, clip.top(), clip.bottom())

    def _paint_found(
        self, painter: QPainter, x: float, y: float, clip: QRect, marks: Marks
    ) -> list[QTextLayout.FormatRange]:
        """Lay a ground under what was found; returns the ink that is read best on it."""
        inked = []
        look, pen = self.look, painter.pen()
        for part in marks.found:
            current = part == marks.current
            start, end = self._inside(*part)
            rects = [rect.translated(x, y) for rect in self._rects(start, end)]
            if not rects or rects[-1].bottom() < clip.top():
                continue
            if rects[0].top() > clip.bottom():
                break
            painter.setBrush(look.current if current else look.found)
            painter.setPen(QPen(look.accent, 1) if current else Qt.PenStyle.NoPen)
            for rect in rects:
                painter.drawRoundedRect(rect.adjusted(-1.5, 0.5, 1.5, -0.5), 3, 3)
            letters = [at for at, _ in self.math.sources() if start <= at < end] if self.math else []
            for one, other in pairwise([start - 1, *letters, end]):  # the letter of a formula stays unseen
                if other > one + 1:
                    inked.append(_range(one + 1, other - one - 1, look.on_found))
        painter.setPen(pen)
        return inked

    def _marks(self, start: int, end: int) -> list[QRect]:
        """What a selection paints: whole lines without gaps between them, and the line end where that is selected."""
        found = []
        for number in range(self.layout.lineForTextPosition(start).lineNumber(), self.layout.lineCount()):
            line = self.layout.lineAt(number)
            if line.textStart() >= end:
                break
            over = end > line.textStart() + line.textLength()
            one, other = (
                _x(line, max(start, line.textStart())),
                _x(line, min(end, line.textStart() + line.textLength())),
            )
            left, right = min(one, other), max(one, other) + (self.look.px(4) if over or one == other else 0)
            top = self._tops[number]
            found.append(QRect(round(left), top, round(right - left), self._tops[number + 1] - top))
        return found

    def position_at(self, x: float, y: float) -> int:
        """The position in the text that is nearest to a point."""
        count = self.layout.lineCount()
        for number in range(count):
            line = self.layout.lineAt(number)
            if y < line.y() + line.height() + 3 or number == count - 1:
                found = int(line.xToCursor(x))
                return self.math.outside(found) if self.math else found
        return 0

    def line_at(self, position: int) -> QRect:
        """The line that holds a position, narrowed to the cursor there."""
        position = min(position, self.length)
        position = self.math.inside(position) if self.math else position
        line = self.layout.lineForTextPosition(position)
        if not line.isValid():
            return QRect(0, 0, 1, self.height)
        return QRect(round(_x(line, position)), round(line.y()), 1, round(line.height()))

    def link_at(self, x: float, y: float) -> str:
        """The address of the link at a point, or ""."""
        for start, end, link, _ in self.links:
            if any(rect.contains(x, y) for rect in self._rects(start, end)):
                return link
        return ""

    def found_links(self) -> list[Link]:
        """The links and where each begins."""
        places = ((text, link, self._rects(start, end)) for start, end, link, text in self.links)
        return [Link(text, link, rects[0].toAlignedRect() if rects else QRect()) for text, link, rects in places]

    def formula_at(self, x: float, y: float) -> Marked:
        """The part of the text that is the formula at a point."""
        for at, source in self.math.sources() if self.math else ():
            if any(rect.contains(x, y) for rect in self._rects(at, at + 1)):
                return source
        return None


def _range(start: int, length: int, form: QTextCharFormat) -> QTextLayout.FormatRange:
    found = QTextLayout.FormatRange()
    found.start, found.length, found.format = start, length, form
    return found


def is_right_to_left(text: str) -> bool:
    """Is the first letter that has a direction one of Hebrew, Arabic or the like?"""
    if text.isascii():
        return False
    kinds = (bidirectional(character) for character in text[:200])
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"


def _x(line: QTextLine, position: int) -> float:
    result: Any = line.cursorToX(position)  # the binding also returns the position, in a tuple
    return float(result[0] if isinstance(result, tuple) else result)


class TextPiece:
    """A paragraph or heading."""

    def __init__(self, look: Look, block: Block, width: int) -> None:
        self.block = block
        self.look = look
        level = block.level
        font = look.headings[level - 1] if level else look.body
        pitch = max(look.pitch, round(font.pixelSize() * 1.35)) if level else look.pitch
        self.lines = Lines(look, block.spans, font, max(1, width), pitch)
        self.text = self.lines.text
        self.length = self.lines.length
        self.waiting: set[Key] = self.lines.math.waiting if self.lines.math else set()
        self._measure()

    def _measure(self) -> None:
        self.width, self.height = self.lines.width, self.lines.height
        self.baseline = self.lines.baseline

    def paint(self, painter: QPainter, x: int, y: int, clip: QRect, marks: Marks | None) -> None:
        painter.setPen(self.look.muted if self.block.level == 6 else self.look.text)
        self.lines.paint(painter, x, y, clip, marks)

    def position_at(self, x: int, y: int) -> int:
        return self.lines.position_at(x, y)

    def line_at(self, position: int) -> QRect:
        return self.lines.line_at(position)

    def link_at(self, x: int, y: int) -> str:
        return self.lines.link_at(x, y)

    def links(self) -> list[Link]:
        """The links and where each begins."""
        return self.lines.found_links()

    def formula_at(self, x: int, y: int) -> Marked:
        """The part of the text that is the formula at a point."""
        return self.lines.formula_at(x, y)

    def adopt(self, block: Block) -> bool:
        """Take a block's new text without a new layout of all of it; False where that cannot be done."""
        return False

    def fit(self, width: int) -> bool:
        """Lay it out for another width; False where that takes a new piece."""
        fits = self.lines.fit(max(1, width))
        self._measure()
        return fits


class RulePiece:
    """A line across the column."""

    text = ""
    length = 0

    def __init__(self, look: Look, block: Block, width: int) -> None:
        self.block = block
        self.look = look
        self.width = width
        self.height = look.px(9)
        self.baseline = self.height / 2 + QFontMetricsF(look.body).xHeight() / 2

    def paint(self, painter: QPainter, x: int, y: int, clip: QRect, marks: Marks | None) -> None:
        fill(painter, QRect(x, y + self.height // 2, self.width, 1), self.look.border)

    def position_at(self, x: int, y: int) -> int:
        return 0

    def line_at(self, position: int) -> QRect:
        return QRect(0, 0, 1, self.height)

    def link_at(self, x: int, y: int) -> str:
        return ""

    def adopt(self, block: Block) -> bool:
        return block == self.block

    def fit(self, width: int) -> bool:
        self.width = width
        return True
