"""Code on its own plate: a head with the language, lines that scroll sideways or wrap, folded where they are many."""

import math
from bisect import bisect_right

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QTextCharFormat

from app.core.code import is_svg
from app.core.language import tr, trn
from app.core.markdown import Block, Span, utf16_length
from app.ui.grounds import fill
from app.ui.icons import pixmap
from app.ui.transcript.code_chunks import LONG, Chunk, chunks_of, columns_of, rows_of
from app.ui.transcript.colouring import Colouring
from app.ui.transcript.headed import CodeView, Deed, Headed
from app.ui.transcript.highlights import Marks
from app.ui.transcript.look import Look
from app.ui.transcript.pieces import Lines

FOLD = 40  # lines; more are folded to the first ones
SHOWN = 30  # of those that are folded
_LONGEST = 6_000  # pixels of one line; a longer one is wrapped there


class CodePiece(Headed):
    """Fenced code, laid out when first seen. Colours change nothing but colours."""

    def __init__(
        self, look: Look, block: Block, width: int, view: CodeView | None = None, growing: bool = False
    ) -> None:
        super().__init__(look, block, width, view)
        self.growing = growing
        self.gutter = 0  # width of the line numbers
        self._layouts: dict[int, Lines] = {}
        self._chunks: list[Chunk] = []
        self._begins = [0]  # where each chunk begins, in characters; one more for the end
        self._starts = [0]  # the same in UTF-16 units,
        self._tops = [0]  # in pixels,
        self._firsts = [0]  # and in lines
        self._note: Lines | None = None  # what is said of lines that are broken
        self._longest = 0.0  # width of the longest line
        self.lines = 0
        if self.view.numbers:
            digits = max(3, len(str(block.text.count("\n") + 1)))
            self.gutter = math.ceil(digits * look.mono_advance) + look.px(14)
        self._room = max(look.px(40), self.width - 2 * self.pad - self.gutter) if self.view.wrap else _LONGEST
        self._columns = max(8, min(LONG, int(self._room / look.mono_advance)))  # of a row of a broken line
        self._read(block.text)

    def _read(self, text: str) -> None:
        """Append the rest of `text` to the chunks that are there."""
        self.text = text
        broken = False
        for chunk in chunks_of(text, self._begins[-1]):
            lines = chunk.text.split("\n")
            columns = max(map(columns_of, lines))
            widest = (min(columns, self._columns) if chunk.broken else columns) * self.look.mono_advance
            self._longest = max(self._longest, widest)
            self._chunks.append(chunk)
            self._begins.append(self._begins[-1] + len(chunk.text) + chunk.ended)
            self._starts.append(self._starts[-1] + utf16_length(chunk.text) + chunk.ended)
            self._firsts.append(self._firsts[-1] + len(lines) - 1 + chunk.ended)
            self._tops.append(self._tops[-1] + self._high(len(self._chunks) - 1, len(lines), widest))
            broken |= chunk.broken
        self.lines = self._firsts[-1]
        self.length = self._starts[-1] - 1
        if broken and self._note is None:
            self._note = self._tell_broken()
        self._show_colours(text)
        self._frame()

    def fit(self, width: int) -> bool:
        """Another width of the plate changes no line, unless lines are wrapped."""
        if self.view.wrap:
            return False
        self.width = width
        self.fit_head()
        if self._note:
            self._note.fit(max(self.look.px(40), width - 2 * self.pad))
        self._frame()
        self.shift = min(self.shift, self.overflow)
        return True

    def _frame(self) -> None:
        """How large the plate is."""
        inside = 0 if self.view.wrap else math.ceil(min(self._longest, _LONGEST))
        self.content = inside + 2 * self.pad + self.gutter
        foot = self._foot_height()
        self.shown = self._fold_top() if self.folded else self._tops[-1]  # height of the lines that are shown
        low = self.look.px(14 if self.overflow else 6 if foot else 12)
        self.height = self.head + self.shown + low + self._note_height() + foot

    def _high(self, index: int, lines: int, widest: float) -> int:
        """The height of a chunk; only where a line wraps does it take a layout to know it."""
        if self._chunks[index].broken:
            return rows_of(self._chunks[index].text, self._columns) * self.look.code_pitch
        if widest >= self._room - 1:
            return self._layout(index).height
        return lines * self.look.code_pitch

    def _layout(self, index: int) -> Lines:
        if index not in self._layouts:
            chunk, broken = self._chunks[index].text, self._chunks[index].broken
            begin = self._begins[index]
            inked: list[tuple[int, int, QTextCharFormat]] = []
            wide = not chunk.isascii()
            for start, end, ink in self.view.colouring.inks(begin, begin + len(chunk)):
                first, last = start - begin, end - begin
                if wide:
                    first = utf16_length(chunk[:first])
                    last = first + utf16_length(chunk[start - begin : end - begin])
                inked.append((first, last - first, self.look.inks[ink]))
            room = self._columns * self.look.mono_advance + 1 if broken else self._room
            self._layouts[index] = Lines(
                self.look,
                (Span(chunk),),
                self.look.mono,
                room,
                self.look.code_pitch,
                inked=inked,
                anywhere=broken,
                forwards=True,
            )
        return self._layouts[index]

    def _tell_broken(self) -> Lines:
        told = tr("Lines of more than {count} characters are broken here. Copied or saved, they are whole.")
        room = max(self.look.px(40), self.width - 2 * self.pad)
        spans = (Span(told.format(count=LONG)),)
        return Lines(self.look, spans, self.look.small, room, round(self.look.small.pixelSize() * 1.5))

    def _note_height(self) -> int:
        return self._note.height + self.look.px(8) if self._note else 0

    def adopt(self, block: Block) -> bool:
        old = self.block
        if block.kind != "code" or (block.language, block.inset, block.file) != (old.language, old.inset, old.file):
            return False
        if not block.text.startswith(self.text) or (self.view.numbers and block.text.count("\n") >= 999 > self.lines):
            return False
        self._layouts.pop(len(self._chunks) - 1, None)  # the last chunk grows, those before it are full
        self._chunks.pop()
        for each in (self._begins, self._starts, self._tops, self._firsts):
            each.pop()
        self.block = block
        self._read(block.text)
        return True

    # ── colours ───────────────────────────────────────────────────────────────────────────────────────

    def _show_colours(self, text: str) -> None:
        known = self.view.colouring
        if known.language != self.block.language or not text.startswith(known.text):
            known = self.view.colouring = Colouring(self.block.language)
        known.show(text, self.growing)

    def settle(self) -> None:
        """It grows no more."""
        self.growing = False
        self.view.colouring.show(self.text, False)

    def colour(self, until: float) -> int:
        """Find out more of the colours until the clock says so; returns how many lines may look different now."""
        begin, end = self.view.colouring.work(until)
        if begin >= end:
            return 0
        first = max(0, bisect_right(self._begins, begin) - 1)
        for index in range(first, len(self._chunks)):
            if self._begins[index] >= end:
                break
            self._layouts.pop(index, None)
        return self.text.count("\n", begin, end) + 1

    # ── head and foot ─────────────────────────────────────────────────────────────────────────────────

    @property
    def folded(self) -> bool:
        """Are only its first lines shown?"""
        return self.view.folded and self.lines > FOLD

    def deeds(self) -> list[tuple[Deed, str, str]]:
        """What can be done with it: name, icon, and what it is called."""
        view = self.view
        found: list[tuple[Deed, str, str]] = [
            ("copy", "copy", tr("Copy code")),
            ("save", "save", tr("Save as file…")),
            ("wrap", "wrap", tr("Do not wrap lines") if view.wrap else tr("Wrap long lines")),
            ("numbers", "numbers", tr("Hide line numbers") if view.numbers else tr("Show line numbers")),
        ]
        if self.lines > FOLD:
            icon = "chevron-down" if self.folded else "chevron-up"
            found.append(("fold", icon, self._fold_label() if self.folded else tr("Show fewer lines")))
        if not self.growing and is_svg(self.block.language, self.text):
            found.append(("picture", "picture", tr("Show picture")))
        return found

    def _fold_label(self) -> str:
        return trn("Show all {count} lines", "Show all {count} lines", self.lines)

    def foot(self) -> QRect:
        """Where the folded lines are offered, in the frame; empty where there are none."""
        high = self._foot_height()
        return QRect(0, self.height - high, self.width, high) if high else QRect()

    def handle(self) -> QRect:
        return super().handle().translated(0, -self._foot_height() - self._note_height())

    def _foot_height(self) -> int:
        return self.look.px(36) if self.folded else 0

    def _fold_top(self) -> int:
        """Below the last line that is shown where the others are folded."""
        index = max(0, bisect_right(self._firsts, SHOWN) - 1)
        while index and self._begins[index] > 0 and self.text[self._begins[index] - 1] != "\n":
            index -= 1  # a part of the line that goes on in this chunk
        before = self._chunks[index].text.split("\n")[: SHOWN - self._firsts[index]]
        if not before:
            return self._tops[index]
        return self._tops[index] + self._layout(index).top_of(utf16_length("\n".join(before)) + 1)

    # ── painting ──────────────────────────────────────────────────────────────────────────────────────

    def paint(self, painter: QPainter, x: int, y: int, clip: QRect, marks: Marks | None) -> None:
        look = self.look
        self.paint_head(painter, x, y, clip)
        painter.save()
        if self.overflow or self.folded:
            cut = self.gutter if self.shift else 0
            lines = QRect(x + 1 + cut, y + self.head, self.width - 2 - cut, self.shown)
            painter.setClipRect(lines, Qt.ClipOperation.IntersectClip)
        top, left = y + self.head, x + self.pad + self.gutter - self.shift
        lowest = min(clip.bottom(), top + self.shown)
        for index in range(max(0, bisect_right(self._tops, clip.top() - top) - 1), len(self._chunks)):
            if top + self._tops[index] > lowest:
                break
            part = marks.within(self._starts[index], self._starts[index + 1]) if marks else None
            painter.setPen(look.text)
            self._layout(index).paint(painter, left, top + self._tops[index], clip, part)
        painter.restore()
        if self._note:
            painter.setPen(look.muted)
            at = y + self.height - self._foot_height() - self._note_height()
            self._note.paint(painter, x + self.pad, at, clip, None)
        if self.gutter:
            self._paint_numbers(painter, x, top, clip.intersected(QRect(x, top, self.width, self.shown)))
        if self.folded:
            self._paint_foot(painter, x, y)
        self.paint_handle(painter, x, y)

    def _paint_numbers(self, painter: QPainter, x: int, top: int, clip: QRect) -> None:
        look = self.look
        painter.save()
        painter.setClipRect(QRect(x, top, self.width, self.shown), Qt.ClipOperation.IntersectClip)
        painter.setFont(look.mono)
        painter.setPen(look.tint(look.muted, 0.75))
        right = x + self.pad + self.gutter - look.px(14)
        first = max(0, bisect_right(self._tops, clip.top() - top) - 1)
        for index in range(first, len(self._chunks)):
            if top + self._tops[index] > clip.bottom():
                break
            lines, layout = self._layout(index), self._layout(index).layout
            text, number = layout.text(), self._firsts[index]
            begins = not self._begins[index] or self.text[self._begins[index] - 1] == "\n"
            for row in range(layout.lineCount()):
                line = layout.lineAt(row)
                start = utf16_start(text, line.textStart())
                if text[start - 1] != "\u2028" if start else not begins:
                    continue
                number += 1
                baseline = top + self._tops[index] + line.y() + line.ascent()
                if clip.top() <= baseline <= clip.bottom() + lines.height:
                    label = str(number)
                    painter.drawText(QPointF(right - len(label) * look.mono_advance, baseline), label)
        painter.restore()

    def _paint_foot(self, painter: QPainter, x: int, y: int) -> None:
        look, foot = self.look, self.foot().translated(x, y)
        fill(painter, QRect(foot.left() + 1, foot.top(), foot.width() - 2, 1), look.border)
        label = self._fold_label()
        painter.setFont(look.small)
        painter.setPen(look.muted)
        side = look.px(14)
        wide = painter.fontMetrics().horizontalAdvance(label)
        left = foot.left() + (foot.width() - wide - side - look.px(6)) // 2
        painter.drawPixmap(left, foot.center().y() - side // 2 + 1, pixmap("chevron-down", look.theme.muted, side))
        painter.drawText(
            foot.adjusted(left - foot.left() + side + look.px(6), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, label
        )

    # ── questions ─────────────────────────────────────────────────────────────────────────────────────

    def position_at(self, x: int, y: int) -> int:
        y -= self.head
        if y < 0:
            return 0
        y = min(y, self.shown - 1)
        index = min(len(self._chunks) - 1, bisect_right(self._tops, y) - 1)
        inside = x - self.pad - self.gutter + self.shift
        return self._starts[index] + self._layout(index).position_at(inside, y - self._tops[index])

    def line_at(self, position: int) -> QRect:
        index = max(0, bisect_right(self._starts, position, 0, len(self._chunks)) - 1)
        if self.folded and self._tops[index] + self._layout(index).top_of(position - self._starts[index]) >= self.shown:
            return self.foot()
        found = self._layout(index).line_at(position - self._starts[index])
        return found.translated(self.pad + self.gutter - self.shift, self.head + self._tops[index])

    def link_at(self, x: int, y: int) -> str:
        return ""


def utf16_start(text: str, position: int) -> int:
    """The character at a position in UTF-16 units."""
    if text.isascii() or max(text) < "\U00010000":
        return position
    return len(text.encode("utf-16-le")[: 2 * position].decode("utf-16-le", "ignore"))
