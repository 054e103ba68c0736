"""Code on its own plate: a head with the language, lines that scroll sideways or wrap, folded where they are many."""

import math
from bisect import bisect_right

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QTextCharFormat

from app.core.code import is_svg
from app.core.language import tr, trn
from app.core.markdown import Block, Span, utf16_length
from app.ui.icons import pixmap
from app.ui.transcript.colouring import Colouring
from app.ui.transcript.headed import CodeView, Deed, Headed
from app.ui.transcript.highlights import Marks
from app.ui.transcript.look import Look
from app.ui.transcript.pieces import Lines

CHUNK = 48  # lines that are laid out together
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
        self._chunks: list[str] = []
        self._begins = [0]  # where each chunk begins, in characters; one more for the end
        self._starts = [0]  # the same in UTF-16 units
        self._tops = [0]  # and in pixels
        self._longest = 0.0  # width of the longest line
        self.lines = 0
        if self.view.numbers:
            digits = max(3, len(str(block.text.count("\n") + 1)))
            self.gutter = math.ceil(digits * look.mono_advance) + look.px(14)
        self._room = max(look.px(40), self.width - 2 * self.pad - self.gutter) if self.view.wrap else _LONGEST
        self._read(block.text)

    def _read(self, text: str) -> None:
        """Append the rest of `text` to the chunks that are there."""
        self.text = text
        rows = text[self._begins[-1] :].split("\n")
        self.lines = (len(self._begins) - 1) * CHUNK + len(rows)
        for start in range(0, len(rows), CHUNK):
            part = rows[start : start + CHUNK]
            chunk = "\n".join(part)
            widest = max(map(_columns, part)) * self.look.mono_advance
            self._longest = max(self._longest, widest)
            self._chunks.append(chunk)
            self._begins.append(self._begins[-1] + len(chunk) + 1)
            self._starts.append(self._starts[-1] + utf16_length(chunk) + 1)
            self._tops.append(self._tops[-1] + self._high(len(self._chunks) - 1, len(part), widest))
        self.length = self._starts[-1] - 1
        inside = 0 if self.view.wrap else math.ceil(min(self._longest, _LONGEST))
        self.content = inside + 2 * self.pad + self.gutter
        self._show_colours(text)
        foot = self._foot_height()
        self.shown = self._fold_top() if self.folded else self._tops[-1]  # height of the lines that are shown
        low = self.look.px(14 if self.overflow else 6 if foot else 12)
        self.height = self.head + self.shown + low + foot

    def _high(self, index: int, lines: int, widest: float) -> int:
        """The height of a chunk; only where a line wraps does it take a layout to know it."""
        if widest >= self._room - 1:
            return self._layout(index).height
        return lines * self.look.code_pitch

    def _layout(self, index: int) -> Lines:
        if index not in self._layouts:
            chunk = self._chunks[index]
            begin = self._begins[index]
            inked: list[tuple[int, int, QTextCharFormat]] = []
            wide = not chunk.isascii()
            for start, end, ink in self.view.colouring.inks(begin, begin + len(chunk)):
                first, last = start - begin, end - begin
                if wide:
                    first = utf16_length(chunk[:first])
                    last = first + utf16_length(chunk[start - begin : end - begin])
                inked.append((first, last - first, self.look.inks[ink]))
            self._layouts[index] = Lines(
                self.look, (Span(chunk),), self.look.mono, self._room, self.look.code_pitch, inked=inked
            )
        return self._layouts[index]

    def adopt(self, block: Block) -> bool:
        old = self.block
        if block.kind != "code" or (block.language, block.inset, block.file) != (old.language, old.inset, old.file):
            return False
        if not block.text.startswith(self.text) or (self.view.numbers and block.text.count("\n") >= 999 > self.lines):
            return False
        self._layouts.pop(len(self._chunks) - 1, None)  # the last chunk grows, those before it are full
        for each in (self._chunks, self._begins, self._starts, self._tops):
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
        return super().handle().translated(0, -self._foot_height())

    def _foot_height(self) -> int:
        return self.look.px(36) if self.folded else 0

    def _fold_top(self) -> int:
        before = self._chunks[0].split("\n")[:SHOWN]
        return self._layout(0).top_of(utf16_length("\n".join(before)) + 1)

    # ── painting ──────────────────────────────────────────────────────────────────────────────────────

    def paint(self, painter: QPainter, x: int, y: int, clip: QRect, marks: Marks | None) -> None:
        look = self.look
        self.paint_head(painter, x, y, clip)
        painter.save()
        path = QPainterPath()
        cut = self.gutter if self.shift else 0
        path.addRoundedRect(
            QRectF(x + 1 + cut, y + self.head, self.width - 2 - cut, self.shown), look.px(7), look.px(7)
        )
        if self.overflow or self.folded:
            painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
        top, left = y + self.head, x + self.pad + self.gutter - self.shift
        lowest = min(clip.bottom(), top + self.shown)
        for index in range(max(0, bisect_right(self._tops, clip.top() - top) - 1), len(self._chunks)):
            if top + self._tops[index] > lowest:
                break
            part = marks.within(self._starts[index], self._starts[index + 1]) if marks else None
            painter.setPen(look.text)
            self._layout(index).paint(painter, left, top + self._tops[index], clip, part)
        painter.restore()
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
            text, number = layout.text(), index * CHUNK
            for row in range(layout.lineCount()):
                line = layout.lineAt(row)
                start = utf16_start(text, line.textStart())
                if start and text[start - 1] != "\u2028":
                    continue
                number += 1
                baseline = top + self._tops[index] + line.y() + line.ascent()
                if clip.top() <= baseline <= clip.bottom() + lines.height:
                    label = str(number)
                    painter.drawText(QPointF(right - len(label) * look.mono_advance, baseline), label)
        painter.restore()

    def _paint_foot(self, painter: QPainter, x: int, y: int) -> None:
        look, foot = self.look, self.foot().translated(x, y)
        painter.fillRect(QRect(foot.left() + 1, foot.top(), foot.width() - 2, 1), look.border)
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
        if self.folded and (index or self._layout(0).top_of(position) >= self.shown):
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


def _columns(line: str) -> float:
    """Width of a line of code in characters; wide scripts take two, a tab up to four."""
    if line.isascii():
        return len(line) + 3 * line.count("\t")
    return sum(2 if ord(character) > 0x1100 else 4 if character == "\t" else 1 for character in line)
