"""Formulas within lines of text: in the layout each is one letter, unseen and as wide as the formula."""

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QTextCharFormat, QTextLayout, QTextLine

from app.core.markdown import MATH, Span, utf16_length
from app.core.math_marks import latex_of
from app.core.record import record
from app.typeset.formula import Formula, Key
from app.ui.transcript.formulas import EM
from app.ui.transcript.look import Look

_LETTER = "x"  # breaks lines as a letter does: never between a formula and the comma behind it


MEASURED = 400  # characters of a cell that its column's width is made from


@record
class _Set:
    """A formula that is there. Positions in UTF-16 units."""

    start: int  # in the text
    length: int
    at: int  # of its letter in the layout
    key: Key
    formula: Formula


class InlineMath:
    """What of some spans is shown as formulas, and which position of the text is which in the layout."""

    def __init__(self, look: Look, spans: Sequence[Span], font: QFont, widest: float) -> None:
        self._look, self._font = look, font
        self.waiting: set[Key] = set()  # formulas whose source is shown
        self._set: list[_Set] = []
        self.shown: list[str] = []  # the text of each span, as it is laid out
        position = at = 0
        for span in spans:
            text, length = span.text, utf16_length(span.text)
            if span.style & MATH:
                key = latex_of(text)
                found = look.formulas.find(*key) if look.formulas else None
                if found is not None and found.width * self._em <= widest:
                    self._set.append(_Set(position, length, at, key, found))
                    text = _LETTER
                elif found is None:
                    self.waiting.add(key)
            self.shown.append(text)
            position += length
            at += utf16_length(text) if span.style & MATH else length

    @property
    def _em(self) -> float:
        return self._font.pixelSize() * EM

    @property
    def width(self) -> float:
        """Of all formulas together."""
        return sum(each.formula.width for each in self._set) * self._em

    def formats(self) -> list[QTextLayout.FormatRange]:
        """What makes the letters unseen and as wide as the formulas."""
        result = []
        narrow = QFontMetricsF(self._font).horizontalAdvance(_LETTER)
        for each in self._set:
            found = QTextLayout.FormatRange()
            found.start, found.length = each.at, 1
            made = QTextCharFormat()
            made.setForeground(Qt.GlobalColor.transparent)
            made.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
            made.setFontLetterSpacing(each.formula.width * self._em + self._look.px(1) - narrow)
            found.format = made
            result.append(found)
        return result

    def inside(self, position: int, end: bool = False) -> int:
        """The position in the layout of one in the text; within a formula its begin, or where asked for its end."""
        moved = 0
        for each in self._set:
            if position <= each.start:
                break
            if position < each.start + each.length:
                return each.at + end
            moved += each.length - 1
        return position - moved

    def outside(self, position: int) -> int:
        """The position in the text of one in the layout."""
        moved = 0
        for each in self._set:
            if position <= each.at:
                break
            moved += each.length - 1
        return position + moved

    def sources(self) -> list[tuple[int, tuple[int, int]]]:
        """Each formula: its letter in the layout, and from where to where it goes in the text."""
        return [(each.at, (each.start, each.start + each.length)) for each in self._set]

    def extent(self, line: QTextLine) -> tuple[int, int]:
        """How far the formulas of a line reach above and below its baseline, in whole pixels."""
        up = down = 0.0
        for each in self._set:
            if line.textStart() <= each.at < line.textStart() + line.textLength():
                up = max(up, each.formula.ascent * self._em)
                down = max(down, each.formula.descent * self._em)
        free = self._look.px(1)  # between the formulas of two lines
        return (math.ceil(up) + free if up else 0), (math.ceil(down) + free if down else 0)

    def paint(self, painter: QPainter, layout: QTextLayout, x: float, y: float, top: float, bottom: float) -> None:
        """Draw the formulas of the lines between `top` and `bottom` where their letters are."""
        formulas = self._look.formulas
        if formulas is None:
            return
        for each in self._set:
            line = layout.lineForTextPosition(each.at)
            if not line.isValid():
                continue
            baseline = y + line.y() + line.ascent()
            if baseline - each.formula.ascent * self._em > bottom or baseline + each.formula.descent * self._em < top:
                continue
            found: Any = line.cursorToX(each.at)  # the binding also returns the position, in a tuple
            left = x + float(found[0] if isinstance(found, tuple) else found)
            formulas.paint(painter, each.key, each.formula, QPointF(left, baseline), self._font)


def width_of(look: Look, spans: Sequence[Span], font: QFont) -> float:
    """Width of some spans in lines that are not wrapped; of a long text, of its beginning."""
    metrics = QFontMetricsF(font)
    if any(span.style & MATH for span in spans):
        held = InlineMath(look, spans, font, math.inf)
        text = "".join(held.shown)[:MEASURED]
        return max(map(metrics.horizontalAdvance, text.split("\n"))) + held.width
    text = "".join(span.text for span in spans)[:MEASURED]
    return max(map(metrics.horizontalAdvance, text.split("\n")))
