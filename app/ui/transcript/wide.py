"""Blocks that may be wider than the column and scroll sideways in themselves: what they share, and tables."""

import math
from bisect import bisect_right
from collections.abc import Iterator

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from app.core.markdown import BOLD, CODE, ITALIC, MUTED, STRIKE, Block, Span, utf16_length
from app.typeset.formula import Key
from app.ui.grounds import fill
from app.ui.rounded import paint_border
from app.ui.transcript.highlights import Marked, Marks
from app.ui.transcript.inline_math import MEASURED, width_of
from app.ui.transcript.look import Look
from app.ui.transcript.pieces import Lines, Link, is_right_to_left


class WidePiece:
    """What code and tables share: a frame, a content wider than it, and a handle to move it by."""

    def __init__(self, look: Look, block: Block, width: int) -> None:
        self.block = block
        self.look = look
        self.width = width  # of the frame
        self.height = 0
        self.content = 0  # width of the content
        self.shift = 0  # how far it is scrolled to the left

    @property
    def overflow(self) -> int:
        """How far the content can be scrolled."""
        return max(0, self.content - self.width)

    def scroll_by(self, distance: int) -> bool:
        """Scroll sideways; False at the end of the way."""
        before = self.shift
        self.shift = min(self.overflow, max(0, self.shift + distance))
        return self.shift != before

    def handle(self) -> QRect:
        """The handle that shows where in the content one is; empty where all of it is seen."""
        if not self.overflow:
            return QRect()
        pad, thick = self.look.px(8), self.look.px(4)
        track = self.width - 2 * pad
        long = max(self.look.px(24), track * self.width // self.content)
        return QRect(
            pad + (track - long) * self.shift // self.overflow, self.height - thick - self.look.px(3), long, thick
        )

    def paint_handle(self, painter: QPainter, x: int, y: int) -> None:
        if self.overflow:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.look.border)
            thick = self.look.px(4) / 2
            painter.drawRoundedRect(QRectF(self.handle().translated(x, y)), thick, thick)


class TablePiece(WidePiece):
    """A table: columns as wide as their content where there is room, else wrapped, else scrolled.

    One whose head is written from right to left begins on the right.

    A row whose cells are one line of Latin letters each is as high as any other such row; its cells are laid out when
    first seen. So a table of thousands of rows or columns can grow, and its columns with it.
    """

    def __init__(self, look: Look, block: Block, width: int) -> None:
        super().__init__(look, block, width)
        self._room = width
        self._pad = (look.px(12), look.px(6))
        self._wanted = [0.0] * max(len(row) for row in block.rows)
        self._columns: list[int] = []
        self.backwards = is_right_to_left("".join(span.text for cell in block.rows[0] for span in cell))
        self._cells: list[list[Lines | None]] = []
        self._starts: list[list[int]] = []
        self._widths: list[list[float]] = []  # of each cell on one line
        self._ends: list[int] = []  # where each row's text ends, with the mark behind it
        self._tops = [0]
        metrics, mono = QFontMetricsF(look.body), QFontMetricsF(look.mono)
        same = mono.ascent() <= metrics.ascent() + 1 and mono.descent() <= metrics.descent() + 1
        self._harmless = BOLD | STRIKE | MUTED | ITALIC | (CODE if same else 0)  # styles that make no line higher
        self._read(0)
        self.shift = self.overflow if self.backwards else 0

    @property
    def text(self) -> str:
        """What is selected and copied."""
        return self.block.text

    @property
    def baseline(self) -> float:
        """Of the head."""
        return self._pad[1] + self._cell(0, 0).baseline

    def _read(self, first: int) -> None:
        """Lay out the rows from `first` on; all of them where that makes a column wider."""
        block, count = self.block, len(self._wanted)
        del self._widths[first:]
        for row in block.rows[first:]:
            self._widths.append([width_of(self.look, cell, self.look.headings[-1]) for cell in row])
            for column, width in enumerate(self._widths[-1]):
                self._wanted[column] = max(self._wanted[column], width + 2 * self._pad[0] + 4)
        columns = self._share(self._room)
        if columns != self._columns:
            first, self._columns = 0, columns
        del self._cells[first:], self._starts[first:], self._ends[first:]
        position = self._ends[-1] if first else 0
        for row in block.rows[first:]:
            starts = []
            for column in range(count):
                starts.append(position)
                if column < len(row):
                    position += utf16_length("".join(span.text for span in row[column])) + 1
            self._cells.append([None] * count)
            self._starts.append(starts)
            self._ends.append(position)
        self.length = position - 1
        self._stack(first)

    def fit(self, width: int) -> bool:
        """Share another width; only columns that are wider or narrower in it are laid out anew."""
        at_end = self.shift == self.overflow
        self._room = width
        columns = self._share(width)
        if columns != self._columns:
            self._columns = columns
            rooms = [size - 2 * self._pad[0] for size in columns]
            for cells in self._cells:
                cells[:] = [cell if cell and cell.fit(room) else None for cell, room in zip(cells, rooms, strict=True)]
            self._stack(0)
        else:
            self._frame()
        self.shift = self.overflow if self.backwards and at_end else min(self.shift, self.overflow)
        return True

    def _stack(self, first: int) -> None:
        """Place the rows from `first` on below each other."""
        del self._tops[first + 1 :]
        for number in range(first, len(self._cells)):
            high = self.look.pitch
            if not self._easy(number):
                high = max(self._cell(number, column).height for column in range(len(self._columns)))
            self._tops.append(self._tops[-1] + high + 2 * self._pad[1])
        self._frame()

    def _frame(self) -> None:
        self.content = sum(self._columns)
        self.width = min(self._room, self.content)
        self.height = self._tops[-1] + 1 + (self.look.px(10) if self.overflow else 0)

    def _easy(self, number: int) -> bool:
        """Is each cell of a row surely one line of usual height?"""
        for cell, width, column in zip(self.block.rows[number], self._widths[number], self._columns, strict=False):
            if width > column - 2 * self._pad[0]:
                return False
            for span in cell:
                hard = span.style & ~self._harmless or len(span.text) > MEASURED or "\n" in span.text
                if hard or not span.text.isascii():
                    return False
            if len(cell) > 1 and sum(len(span.text) for span in cell) > MEASURED:
                return False
        return True

    def _cell(self, number: int, column: int) -> Lines:
        """A cell of a row, laid out."""
        found = self._cells[number][column]
        if found is None:
            found = self._cells[number][column] = self._lines(number, column)
        return found

    def _lines(self, number: int, column: int) -> Lines:
        row, aligns = self.block.rows[number], self.block.aligns
        spans = row[column] if column < len(row) else ()
        if number == 0:
            spans = tuple(Span(span.text, span.style | BOLD, span.link) for span in spans)
        align = aligns[column] if column < len(aligns) else "left"
        if self.backwards and align == "left":  # where nothing is said
            align = "right"
        width = self._columns[column] - 2 * self._pad[0]
        return Lines(self.look, spans, self.look.body, width, self.look.pitch, align=align)

    def _share(self, width: int) -> list[int]:
        """The width of each column, padding included."""
        wanted, count = self._wanted, len(self._wanted)
        least = [min(size, self.look.px(110)) for size in wanted]
        if sum(wanted) <= width:
            return [math.ceil(size) for size in wanted]
        if sum(least) >= width:
            return [math.ceil(min(size, self.look.px(160))) for size in wanted]
        # Columns that need less than their share keep it; the others divide what is left.
        left, open_ = float(width), list(range(count))
        result = [0.0] * count
        while open_:
            share = left / len(open_)
            small = [column for column in open_ if wanted[column] <= share]
            if not small:
                for column in open_:
                    result[column] = share
                break
            for column in small:
                result[column] = wanted[column]
                left -= wanted[column]
                open_.remove(column)
        return [math.floor(size) for size in result]

    def paint(self, painter: QPainter, x: int, y: int, clip: QRect, marks: Marks | None) -> None:
        look, frame = self.look, QRect(x, y, self.width, self._tops[-1] + 1)
        painter.save()
        painter.setClipRect(QRect(x, y, self.width, self._tops[1]), Qt.ClipOperation.IntersectClip)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.code)
        painter.drawRoundedRect(frame, look.px(8), look.px(8))  # of which the head is seen
        painter.restore()
        painter.save()
        if self.overflow:
            painter.setClipRect(frame, Qt.ClipOperation.IntersectClip)
        for number in range(max(0, bisect_right(self._tops, clip.top() - y) - 1), len(self._cells)):
            top = y + self._tops[number]
            if top > clip.bottom():
                break
            if number:
                fill(painter, QRect(x, top, self.width, 1), look.border)
            for column, left in self._seen(x, clip):
                cell, start = self._cell(number, column), self._starts[number][column]
                part = marks.within(start, start + cell.length) if marks else None
                painter.setPen(look.text)
                cell.paint(painter, left + self._pad[0], top + self._pad[1], clip, part)
        painter.restore()
        paint_border(painter, frame, look.px(8), look.border)
        self.paint_handle(painter, x, y)

    def _seen(self, x: int, clip: QRect) -> Iterator[tuple[int, int]]:
        """The columns in view, and where each begins."""
        left, right = x - self.shift, min(clip.right(), x + self.width)
        for column in self._from_left():
            width = self._columns[column]
            if left > right:
                break
            if left + width >= max(clip.left(), x):
                yield column, left
            left += width

    def _from_left(self) -> range:
        """The columns in the order in which they stand on the screen."""
        count = len(self._columns)
        return range(count - 1, -1, -1) if self.backwards else range(count)

    def _left_of(self, column: int) -> int:
        return sum(self._columns[column + 1 :] if self.backwards else self._columns[:column])

    @property
    def waiting(self) -> set[Key]:
        """The formulas whose source is shown."""
        return {key for row in self._cells for cell in row if cell and cell.math for key in cell.math.waiting}

    def formula_at(self, x: int, y: int) -> Marked:
        """The part of the text that is the formula at a point."""
        number, column, point = self._cell_at(x, y)
        found = self._cell(number, column).formula_at(point.x(), point.y())
        start = self._starts[number][column]
        return (found[0] + start, found[1] + start) if found else None

    def _cell_at(self, x: int, y: int) -> tuple[int, int, QPointF]:
        number = min(len(self._cells) - 1, max(0, bisect_right(self._tops, y) - 1))
        x += self.shift
        column = 0
        for column in self._from_left():
            if x < self._columns[column]:
                break
            x -= self._columns[column]
        else:
            x += self._columns[column]
        return number, column, QPointF(x - self._pad[0], y - self._tops[number] - self._pad[1])

    def position_at(self, x: int, y: int) -> int:
        number, column, point = self._cell_at(x, y)
        found = self._cell(number, column).position_at(point.x(), point.y())
        return min(self.length, self._starts[number][column] + found)

    def line_at(self, position: int) -> QRect:
        for number in reversed(range(len(self._cells))):
            for column in reversed(range(len(self._columns))):
                if self._starts[number][column] <= position:
                    left = self._left_of(column) + self._pad[0] - self.shift
                    found = self._cell(number, column).line_at(position - self._starts[number][column])
                    return found.translated(left, self._tops[number] + self._pad[1])
        return QRect(0, 0, 1, self.height)

    def link_at(self, x: int, y: int) -> str:
        number, column, point = self._cell_at(x, y)
        return self._cell(number, column).link_at(point.x(), point.y())

    def links(self) -> list[Link]:
        """The links and where each begins; only rows that have some are laid out for it."""
        found = []
        for number, row in enumerate(self.block.rows):
            if any(span.link for cell in row for span in cell):
                for column in range(len(self._columns)):
                    cell = self._cell(number, column)
                    left = self._left_of(column) + self._pad[0] - self.shift
                    at = QPoint(left, self._tops[number] + self._pad[1])
                    found += [Link(link.text, link.address, link.rect.translated(at)) for link in cell.found_links()]
        return found

    def adopt(self, block: Block) -> bool:
        old = self.block
        if block.kind != "table" or (block.inset, block.aligns) != (old.inset, old.aligns):
            return False
        known = len(old.rows) - 1  # the last row may have been half written
        if block.rows[:known] != old.rows[:known] or any(len(row) != len(self._wanted) for row in block.rows[known:]):
            return False
        self.block = block
        begun = self.shift == self.overflow
        self._read(known)
        self.shift = self.overflow if self.backwards and begun else self.shift
        return True
