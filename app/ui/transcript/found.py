"""Where what was found stands in the laid-out text: what is marked in a piece, and going to a match."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

from app.chat.changes import Entry
from app.chat.finding import Match, Spot
from app.core.find import THOUGHT, Passage, Place
from app.core.markdown import utf16_length
from app.core.passage import marks
from app.core.tree import Message
from app.ui.transcript.above import paragraphs
from app.ui.transcript.code import CodePiece
from app.ui.transcript.highlights import Marks, Part
from app.ui.transcript.items import Item, items_of
from app.ui.transcript.pieces import Piece
from app.ui.transcript.rows import Row
from app.ui.transcript.selection import paragraph_of
from app.ui.transcript.wide import WidePiece

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript

Matches = Callable[[int], Sequence[Match]]  # of a message, by its id


class Found:
    """Marks matches in what is in view; asks for those of a message when it is painted."""

    def __init__(self, canvas: "Transcript") -> None:
        self._canvas = canvas
        self._matches_in: Matches | None = None
        self._known: dict[int, tuple[Sequence[Match], dict[Place, tuple[Part, ...]]]] = {}
        self._current: Match | None = None
        self._words: tuple[int, tuple[str, ...]] = (0, ())  # of a message, by its id
        self._parts: dict[Place, tuple[str, tuple[Part, ...]]] = {}  # of it: the text of a piece, and the words there

    # ── what is searched ──────────────────────────────────────────────────────────────────────────────

    def passages(self, message: Message) -> Generator[None, None, list[Passage]]:
        """What a reader sees of a message, each text by itself, found in small steps; it need not be in view."""
        items = self._laid_out(message.id) or items_of(Entry(replace(message, status="done")), False)
        thinking = items[0].thinking
        found = [Passage((THOUGHT, n), text) for n, text in enumerate(paragraphs(thinking)) if text] if thinking else []
        for item in items:
            blocks = yield from item.reading()
            found += [Passage((item.part, n), block.text) for n, block in enumerate(blocks)]
        return found

    def _laid_out(self, message_id: int) -> list[Item]:
        """The row of a message, where it is one that is in view or being written: what it shows is known already."""
        canvas = self._canvas
        near = [canvas.items[index] for index, _ in canvas.reading.visible()] + canvas.items[-4:]
        return [
            item for item in near if item.message_id == message_id and item.first and item.last and not item.editor
        ][:1]

    def start(self) -> tuple[int, Spot]:
        """Where the reader is: the message and the spot of the first line in view."""
        canvas = self._canvas
        for index, y in canvas.reading.visible():
            row, item = canvas.row(index), canvas.items[index]
            if y + row.content_bottom <= 0 or not row.placed:
                continue
            if y + row.content_top > 0 and item.thinking and item.first:
                return item.message_id, Spot((THOUGHT, 0))
            piece, position = row.spot_at(QPoint(0, max(0, -y)))
            return item.message_id, Spot((item.part, piece), position)
        return 0, Spot((0, 0))

    # ── what is marked ────────────────────────────────────────────────────────────────────────────────

    def show(self, matches_in: Matches | None, current: Match | None) -> None:
        """Mark these matches; where they are the same as before, nothing is painted."""
        changed = self._current != current or (matches_in is None) != (self._matches_in is None)
        self._matches_in, self._current = matches_in, current
        for message_id, (matches, _) in list(self._known.items()):
            if matches_in is None or matches_in(message_id) is not matches:
                del self._known[message_id]
                changed = True
        if changed:
            self._canvas.viewport().update()

    def mark_words(self, message_id: int, words: Sequence[str]) -> object:
        """Mark all these words in one message while nothing else is searched; returns what ends it."""
        self._words, self._parts = (message_id, tuple(words)), {}
        self._canvas.viewport().update()
        return self._words

    def unmark_words(self, marked: object) -> None:
        """Mark them no more, unless others have been marked since."""
        if self._words is marked:
            self.mark_words(0, ())

    def _words_in(self, place: Place, text: str) -> tuple[Part, ...]:
        if place not in self._parts or self._parts[place][0] != text:
            found = marks(text, self._words[1])
            parts = tuple((utf16_length(text[:start]), utf16_length(text[:end])) for start, end in found)
            self._parts[place] = text, parts
        return self._parts[place][1]

    def marks(self, index: int, row: Row, piece: int) -> Marks | None:
        """What is marked in a piece of a row, or by a negative number in a paragraph of its thinking."""
        canvas, item = self._canvas, self._canvas.items[index]
        selected = canvas.selection.marked(index, piece, row.length_of(piece))
        if self._matches_in is None:
            worded = piece >= 0 and item.message_id == self._words[0]
            parts = self._words_in((item.part, piece), row.placed[piece].piece.block.text) if worded else ()
            return Marks(selected, parts) if selected or parts else None
        place = (item.part, piece) if piece >= 0 else (THOUGHT, paragraph_of(piece))
        found = self._in(item.message_id).get(place, ())
        current = self._current
        if current is not None and (current.message, current.place) == (item.message_id, place):
            return Marks(selected, found, (current.start, current.end))
        return Marks(selected, found) if selected or found else None

    def _in(self, message_id: int) -> dict[Place, tuple[Part, ...]]:
        if message_id not in self._known and self._matches_in is not None:
            places: dict[Place, list[Part]] = {}
            matches = self._matches_in(message_id)
            for match in matches:
                places.setdefault(match.place, []).append((match.start, match.end))
            self._known[message_id] = matches, {place: tuple(parts) for place, parts in places.items()}
        return self._known[message_id][1]

    # ── going there ───────────────────────────────────────────────────────────────────────────────────

    def go_to(self, match: Match) -> None:
        """Show a match: open what hides it, and scroll as little as needed."""
        canvas = self._canvas
        part, number = match.place
        rows = canvas.items.rows_of(match.message)
        index = next((n for n in rows if canvas.items[n].part == max(0, part)), None)
        if index is None:
            return
        if part == THOUGHT and not canvas.items[index].opened:
            canvas.notes.toggle(match.message)
        row = canvas.row(index)
        if part == THOUGHT:
            line = row.above.line_of(number, match.start)
        elif number < len(row.placed):
            piece = row.placed[number].piece
            if isinstance(piece, CodePiece) and piece.folded and piece.line_at(match.start) == piece.foot():
                canvas.plates.unfold(index, number)
                row = canvas.row(index)
            bring_sideways(row.placed[number].piece, match.start, match.end)
            line = row.line_of(number, match.start)
        else:  # the message is being edited
            line = row.line_of(0, 0)
        canvas.going.to_lines(index, line.top(), line.bottom())


def bring_sideways(piece: Piece, start: int, end: int) -> None:
    """Scroll a wide piece until a part of its text is seen."""
    if isinstance(piece, WidePiece) and piece.overflow:
        free = piece.look.px(40)
        left, right = piece.line_at(start).x(), piece.line_at(end).x()
        if left < free:
            piece.scroll_by(left - 2 * free)
        elif max(left, right) > piece.width - free:
            piece.scroll_by(min(left - 2 * free, max(left, right) - piece.width + 2 * free))
