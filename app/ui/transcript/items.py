"""The rows of a conversation before they are laid out: what they show, how high they may be, which are kept."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from app.chat.changes import Entry
from app.core.attachments import Attachment, split
from app.core.markdown import Block, Span, attached_block, parts_of, plain_blocks
from app.ui.transcript.above import paragraphs, thinking_label
from app.ui.transcript.headed import CodeView
from app.ui.transcript.look import Look
from app.ui.transcript.parse import WHOLE, parse
from app.ui.transcript.rows import Row
from app.ui.transcript.selection import thought_number
from app.ui.transcript.shown import Shown
from app.ui.transcript.stream import Growing

KEPT = 80  # laid-out rows; about 70 kB each
REMEMBERED = 1_000  # rows that may be shown again as they were left: code wrapped, unfolded, coloured
PART = 12_000  # characters of a row of a message that is too long for one


@dataclass(slots=True, eq=False)
class Item:
    """One row. A very long message has several."""

    entry: Entry
    text: str
    headed: bool = False
    first: bool = True
    last: bool = True
    row: Row | None = None
    growing: Growing | None = None  # while it is being written
    pending: list[str] = field(default_factory=list)  # text that came since the last frame
    progress: tuple[int, int] = (0, 0)
    editor: int = 0
    mark: str = ""  # that the model sees the conversation from here on
    thinking: str = ""  # what was thought before the answer
    thoughts: list[str] = field(default_factory=list)  # of it, what came since the last frame
    thinks_since: float | None = None  # while it is thinking
    thought_s: float = 0.0  # how long it has thought, when that is over
    opened: bool = False  # is the thinking shown
    part: int = 0  # which of the message's rows it is
    clock: Callable[[], float] = perf_counter
    attached: tuple[Attachment, ...] = ()  # below the text of a question
    codes: list[CodeView] | None = None  # how its blocks of code are shown; None while it was never laid out

    @property
    def message_id(self) -> int:
        return self.entry.message.id

    def shown(self) -> Shown:
        thought = self.thought() if self.first else ""
        return Shown(
            self.entry, self.headed, self.first, self.last, self.progress, self.editor,
            self.mark if self.first else "", self.thinking, thought, self.opened, self.codes if self.codes is not None else [],
        )  # fmt: skip

    def think(self, text: str) -> None:
        """Add to the thinking."""
        self.thoughts = []
        self.thinking += text
        if self.thinks_since is None:
            self.thinks_since = self.clock() - self.thought_s

    def answer(self) -> bool:
        """The answer has begun; says whether that ended the thinking."""
        since, self.thinks_since = self.thinks_since, None
        if since is not None:
            self.thought_s = self.clock() - since
        return since is not None

    def thought(self) -> str:
        """How long it took to think; empty where nothing was thought."""
        if not self.thinking:
            return ""
        if self.thinks_since is not None:
            return thinking_label(self.clock() - self.thinks_since, live=True)
        return thinking_label(self.thought_s, live=False)

    def blocks(self) -> Sequence[Block]:
        """What it shows."""
        if self.growing:
            return self.growing.blocks
        if self.row and not self.editor:
            return [item.piece.block for item in self.row.placed]
        if self.entry.message.role != "user":
            return parse(self.text)
        return [*plain_blocks(self.text), *(attached_block(each, number) for number, each in enumerate(self.attached))]

    def thinking_blocks(self) -> Iterator[tuple[int, Block]]:
        """What was thought, where that is shown: its paragraphs as blocks, with their numbers."""
        above = ""
        for number, text in enumerate(
            paragraphs(self.thinking) if self.thinking and self.opened and self.first else ()
        ):
            if text.strip():
                yield thought_number(number), Block("paragraph", (Span(text),), tight=bool(above.strip()))
            above = text

    def read(self) -> Iterator[tuple[int, Block]]:
        """All that there is to read and to select, in order."""
        yield from self.thinking_blocks()
        yield from enumerate(self.blocks())

    def written(self, item: "Item") -> Sequence[Block]:
        """The blocks of the row that takes this one's place; a long text that was read as it came is not read again."""
        growing = self.growing
        if growing and not self.pending and growing.text == item.text and len(item.text) <= WHOLE and growing.exact:
            return growing.blocks
        return item.blocks()

    def estimate(self, look: Look, column: int) -> int:
        """About how high it will be."""
        letters = max(10, column * 2 // look.px(15))
        lines = len(self.text) / letters + self.text.count("\n") * 0.7 + 1
        above = look.px(28) * (bool(self.mark) + bool(self.thinking)) if self.first else 0
        below = look.px(26) if self.last and self.entry.message.note else 0
        below += len(self.attached) * look.px(50)
        return int(lines * look.pitch) + look.px(70) + above + below


def items_of(entry: Entry, headed: bool) -> list[Item]:
    """The rows of a message: one, or for a very long text one for each part."""
    message = entry.message
    if message.status == "streaming":
        item = Item(entry, message.text, headed, growing=Growing(), thinking=message.thinking)
        item.thought_s = message.thinking_s
        if message.text:
            item.pending.append(message.text)
        elif message.thinking:
            item.thinks_since = item.clock() - message.thinking_s
        return [item]
    limit = WHOLE if message.role != "user" else PART * 2
    text, attached = split(message.text) if message.role == "user" else (message.text, ())
    parts = [text] if len(text) <= limit else parts_of(text, PART)
    items = [
        Item(entry, part, headed, first=number == 0, last=number == len(parts) - 1, part=number)
        for number, part in enumerate(parts)
    ]
    items[-1].attached = attached
    items[0].thinking, items[0].thought_s = message.thinking, message.thinking_s
    return items


def answered_by(entry: Entry) -> str:
    """The model that wrote it; "" for a question."""
    return entry.message.model if entry.message.role == "assistant" else ""


def is_headed(entry: Entry, before: str) -> bool:
    """Name the model above an answer where it is another one than for the answer before."""
    return bool(before) and answered_by(entry) not in ("", before)


class Kept:
    """The rows that are laid out, the one used longest ago first; the oldest lose their layout."""

    def __init__(self) -> None:
        self._items: OrderedDict[int, Item] = OrderedDict()
        self._codes: OrderedDict[tuple[int, int], list[CodeView]] = OrderedDict()

    def use(self, item: Item, look: Look, column: int) -> Row:
        """The row laid out."""
        if item.codes is None:
            item.codes = self._codes.setdefault((item.message_id, item.part), [])
            if len(self._codes) > REMEMBERED:
                self._codes.popitem(last=False)
        if item.row is None:
            item.row = Row(look, item.shown(), item.blocks(), column)
        self._items[id(item)] = item  # a row may come laid out from the item that stood here before
        self._items.move_to_end(id(item))
        while len(self._items) > KEPT:
            self._items.popitem(last=False)[1].row = None
        return item.row

    def drop(self, item: Item) -> None:
        """It is to be laid out anew."""
        item.row = None
        self._items.pop(id(item), None)

    def only(self, items: Sequence[Item]) -> None:
        """Let go of all rows but these."""
        wanted = {id(item) for item in items}
        self._items = OrderedDict((key, item) for key, item in self._items.items() if key in wanted)

    def clear(self) -> None:
        """All are."""
        for item in self._items.values():
            item.row = None
        self._items.clear()
