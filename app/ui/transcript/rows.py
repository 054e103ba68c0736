"""One message laid out: its blocks below each other, the card around a question, the line of actions below."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter

from app.core.markdown import LINK_SCHEMES, Block
from app.typeset.formula import Key
from app.ui.rounded import paint_plate
from app.ui.transcript.above import Above
from app.ui.transcript.attachment_piece import AttachmentPiece
from app.ui.transcript.below import Below
from app.ui.transcript.foot import Foot
from app.ui.transcript.footer import Action
from app.ui.transcript.headed import CodeView, Headed
from app.ui.transcript.highlights import Marks
from app.ui.transcript.laying import gap, lay_out, plate, waiting
from app.ui.transcript.look import Look
from app.ui.transcript.margins import indent, inset_of, needed, paint_bars, paint_marker
from app.ui.transcript.parse import Plain
from app.ui.transcript.pieces import Link, Piece, TextPiece
from app.ui.transcript.reuse import Known
from app.ui.transcript.selection import paragraph_of
from app.ui.transcript.shown import Button, Shown
from app.ui.transcript.wide import TablePiece


@dataclass(slots=True)
class Placed:
    """A piece and where its top left corner is in the row."""

    piece: Piece
    x: int
    y: int

    @property
    def rect(self) -> QRect:
        return QRect(self.x, self.y, self.piece.width, self.piece.height)


class Row:
    """Laid out for one width of the column. (0, 0) is the column's left edge and the row's top."""

    def __init__(self, look: Look, shown: Shown, blocks: Sequence[Block], column: int) -> None:
        self.look = look
        self.column = column
        self.placed: list[Placed] = []
        self.asked = shown.entry.message.role == "user"
        self.shown = shown
        self.above = Above(look, shown, column)
        self.content_top = self.content_bottom = 0
        self.height = 0
        self.card = QRect()
        self.buttons: list[Button] = []
        self.blocks = blocks
        self._plain = False  # is its text shown as it is written, though it is Markdown?
        self.fill(blocks)

    # ── layout ────────────────────────────────────────────────────────────────────────────────────────

    def fill(self, blocks: Sequence[Block], same: int = 0) -> int:
        """Show these blocks, of which the first `same` are known not to have changed.

        Blocks that are as they were keep their layout. Returns from which y on the row looks different.
        """
        look, shown = self.look, self.shown
        self.above = Above(look, shown, self.column, self.above)
        top = self.above.bottom
        moved = top - self.content_top
        for item in self.placed if moved else ():
            item.y += moved
        self.content_top = top
        self._plain = isinstance(blocks, Plain) and not shown.editor
        self.blocks = blocks
        if shown.editor:
            blocks = ()
        kept = min(same, len(self.placed))
        while kept < min(len(self.placed), len(blocks)) and self.placed[kept].piece.block == blocks[kept]:
            kept += 1
        old = self.placed[kept] if kept < len(self.placed) else None
        adopted = old is not None and kept < len(blocks) and old.piece.adopt(blocks[kept])
        known = Known([item.piece for item in self.placed[kept + adopted :]])
        del self.placed[kept:]
        changed = 0 if moved else self._bottom()
        coded = sum(item.piece.block.kind == "code" for item in self.placed)
        for index in range(kept, len(blocks)):
            block = blocks[index]
            view = self._code_view(coded, block) if block.kind == "code" else None
            coded += view is not None
            growing = shown.entry.message.status == "streaming" and index == len(blocks) - 1
            if old is not None and adopted and index == kept:
                piece = old.piece
            elif (found := known.take(block, view)) is not None:
                piece = found
            elif view:
                piece = plate(look, block, self._room(block), view, growing)
            else:
                piece = lay_out(look, block, self._room(block))
            self.placed.append(Placed(piece, 0, 0))
        self._stack(kept)
        return changed

    def fit(self, column: int) -> None:
        """Lay it out for another width of the column; what looks the same in it stays as it is."""
        self.column = column
        self.above = Above(self.look, self.shown, column, self.above)
        self.content_top = self.above.bottom
        for item in self.placed:
            old, room = item.piece, self._room(item.piece.block)
            if old.fit(room):
                continue
            if isinstance(old, Headed):
                item.piece = plate(self.look, old.block, room, old.view, old.growing)
            else:
                item.piece = lay_out(self.look, old.block, room)
        self._stack(0)

    def _room(self, block: Block) -> int:
        """How wide a block may be."""
        return max(self.look.px(80), self._width - inset_of(self.look, block))

    @property
    def _width(self) -> int:
        """How wide the content may be."""
        return self.column if not self.asked else round(self.column * 0.8) - 2 * self.look.px(16)

    def _bottom(self) -> int:
        """Where the blocks end that are placed."""
        if self.placed:
            return self.placed[-1].y + self.placed[-1].piece.height
        return self.content_top + (self.look.px(11) if self.asked and self.shown.first else 0)

    def _stack(self, first: int) -> None:
        """Place the pieces from `first` on below each other, and what stands below them."""
        look, rest = self.look, self.placed[first:]
        left = look.px(16) if self.asked else 0
        del self.placed[first:]
        y = self._bottom()
        for item in rest:
            block = item.piece.block
            y += gap(look, self.placed[-1].piece.block, block) if self.placed else 0
            item.x, item.y = left + indent(look, item.piece, self._width), y
            y += item.piece.height
            self.placed.append(item)
        if self.asked:
            y = self._wrap_card(y, self.content_top, look.px(16))
        self.content_bottom = max(y, self.content_top + self.shown.editor)
        self._finish()

    def relay(self, number: int) -> None:
        """Lay a block of code out as its view says now, and move what is below it."""
        item = self.placed[number]
        old = item.piece
        if isinstance(old, Headed):
            item.piece = plate(self.look, old.block, old.width, old.view, old.growing)
        grown = item.piece.height - old.height
        for below in self.placed[number + 1 :]:
            below.y += grown
        self.card.setHeight(self.card.height() + (grown if self.asked else 0))
        self.content_bottom += grown
        self._finish()

    def _code_view(self, number: int, block: Block) -> CodeView:
        """How the row's code block of that number is shown. What was read as it was written stays open."""
        codes = self.shown.codes
        while len(codes) <= number:
            codes.append(self._seen(block) or CodeView(folded=self.shown.entry.message.status != "streaming"))
        return codes[number]

    def _seen(self, block: Block) -> CodeView | None:
        """How a block was shown in the row that stood here before."""
        seen = self.shown.seen or []
        for view in seen:
            known = view.colouring
            if known.language == block.language and known.text and block.text.startswith(known.text.rstrip("\n")):
                seen.remove(view)
                return view
        return None

    def renew(self, formulas: set[Key]) -> bool:
        """Lay out anew what was waiting for one of these; says whether anything was."""
        moved = 0
        renewed = False
        for item in self.placed:
            item.y += moved
            if not waiting(item.piece).isdisjoint(formulas):
                before, renewed = item.piece.height, True
                block = item.piece.block
                item.piece = lay_out(self.look, block, self._room(block))
                item.x = indent(self.look, item.piece, self.column)
                moved += item.piece.height - before
        if renewed:
            self.content_bottom += moved
            self._finish()
        return renewed

    def _wrap_card(self, y: int, top: int, pad: int) -> int:
        """Draw the card as narrow as its content and move it to the right edge of the column."""
        look, shown = self.look, self.shown
        bottom = y + (look.px(11) if shown.last else 0)
        whole = not (shown.first and shown.last)
        wide = any(not isinstance(item.piece, TextPiece | AttachmentPiece) for item in self.placed)
        widest = max((needed(look, item.piece) for item in self.placed), default=0)
        room = round(self.column * 0.8) - 2 * pad
        width = (room if whole or wide else min(room, max(look.px(24), widest))) + 2 * pad
        left = self.column - width
        for item in self.placed:
            item.x = left + pad + indent(look, item.piece, width - 2 * pad)
        self.card = QRect(left, top, width, bottom - top)
        return bottom

    def _finish(self) -> None:
        """Place what stands below the content."""
        look, shown = self.look, self.shown
        self.below = Below(look, shown, self.column, self.content_top, self.content_bottom, self.card, self._plain)
        self.foot = Foot(look, shown, self.column, self.below.bottom, bool(self.placed))
        self.buttons = [*self.above.buttons, *self.below.buttons, *self.foot.buttons]
        self.height = self.foot.bottom

    # ── painting ──────────────────────────────────────────────────────────────────────────────────────

    def paint(
        self,
        painter: QPainter,
        origin: QPoint,
        clip: QRect,
        marks: Callable[[int], Marks | None],
        hovered: object = None,
        lively: bool = True,
        copied: bool = False,
    ) -> None:
        """Draw the row.

        `marks` tells what is marked in a piece, and by negative numbers in the paragraphs of the thinking; `hovered` is the button that the pointer is on; `lively` shows buttons that wait for the pointer or the
        keyboard; `copied` says that the message has just been put on the clipboard.
        """
        x, y = origin.x(), origin.y()
        if self.asked and not self.shown.editor:
            self._paint_card(painter, self.card.translated(origin))
        self.above.paint(painter, origin, clip, marks, hovered)
        self.below.paint(painter, origin, clip, hovered)
        before: Placed | None = None
        for index, item in enumerate(self.placed):
            top = y + item.y
            if top > clip.bottom():
                break
            if top + item.piece.height >= clip.top():
                area = item.rect.translated(origin)
                above = (before.piece, y + before.y + before.piece.height) if before else None
                paint_bars(painter, self.look, item.piece, area, above)
                paint_marker(painter, self.look, item.piece, area)
                item.piece.paint(painter, x + item.x, top, clip, marks(index))
            before = item
        self.foot.paint(painter, origin, hovered, lively, copied)

    def _paint_card(self, painter: QPainter, card: QRect) -> None:
        look, shown, radius = self.look, self.shown, self.look.px(14)
        painter.save()
        painter.setClipRect(card, Qt.ClipOperation.IntersectClip)
        stretch = card.adjusted(0, 0 if shown.first else -2 * radius, 0, 0 if shown.last else 2 * radius)
        paint_plate(painter, stretch, radius, look.raised, look.border)
        painter.restore()

    # ── questions ─────────────────────────────────────────────────────────────────────────────────────

    def button_at(self, point: QPoint) -> Action | None:
        return next((button.action for button in self.buttons if button.rect.contains(point)), None)

    def stops(self) -> list[Button]:
        """Where the keyboard can be: the buttons, each block of code, each attachment, and the links that open."""
        found = list(self.buttons)
        for index, item in enumerate(self.placed):
            if isinstance(item.piece, Headed | AttachmentPiece):
                found.append(Button(Action("code", "", item.piece.label), item.rect, index))
            for which, link in enumerate(links_of(item.piece)):
                if link.address.lower().startswith(LINK_SCHEMES):
                    rect = link.rect.translated(item.x, item.y)
                    found.append(Button(Action("link", "", link.text), rect, index, link.address, which))
        return found

    def piece_at(self, point: QPoint) -> int | None:
        """The piece that a point is on."""
        return next((index for index, item in enumerate(self.placed) if item.rect.contains(point)), None)

    def text_of(self, piece: int) -> str:
        """What a piece says, or by a negative number a paragraph of the thinking."""
        lines = self.above.lines_of(paragraph_of(piece)) if piece < 0 else self.placed[piece].piece
        return lines.text if lines is not None else ""

    def length_of(self, piece: int) -> int:
        """The same in UTF-16 units."""
        lines = self.above.lines_of(paragraph_of(piece)) if piece < 0 else self.placed[piece].piece
        return lines.length if lines is not None else 0

    def spot_at(self, point: QPoint) -> tuple[int, int]:
        """The piece and the position in its text that are nearest to a point; also in what was thought."""
        if (thought := self.above.spot_at(point)) is not None:
            return thought
        for index, item in enumerate(self.placed):
            if point.y() < item.y + item.piece.height or index == len(self.placed) - 1:
                if point.y() < item.y:
                    return index, 0
                if point.y() >= item.y + item.piece.height:
                    return index, item.piece.length
                return index, item.piece.position_at(point.x() - item.x, point.y() - item.y)
        return 0, 0

    def line_of(self, piece: int, position: int) -> QRect:
        """The line that holds a position, in the row."""
        if piece < 0:
            if not (line := self.above.line_of(paragraph_of(piece), position)).isNull():
                return line
            piece = position = 0  # the thinking is folded
        if not self.placed:
            return QRect(0, 0, 1, self.height)
        item = self.placed[min(piece, len(self.placed) - 1)]
        return item.piece.line_at(max(0, min(position, item.piece.length))).translated(item.x, item.y)

    def link_at(self, point: QPoint) -> str:
        index = self.piece_at(point)
        if index is None:
            return ""
        item = self.placed[index]
        return item.piece.link_at(point.x() - item.x, point.y() - item.y)


def links_of(piece: Piece) -> list[Link]:
    """The links in a piece, in the order of reading."""
    return piece.links() if isinstance(piece, TextPiece | TablePiece) else []
