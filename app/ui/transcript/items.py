"""The rows of a conversation before they are laid out: what they show, how high they may be, which are kept."""

from collections import OrderedDict
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

from app.chat.changes import Entry
from app.core.attachments import Attachment, split
from app.core.markdown import Block, Span, attached_block, parts_of, plain_blocks
from app.core.tree import Message
from app.ui.transcript.above import paragraphs, thinking_label
from app.ui.transcript.colouring import Colouring
from app.ui.transcript.headed import CodeView
from app.ui.transcript.look import Look
from app.ui.transcript.parse import WHOLE, parse, reading
from app.ui.transcript.rows import Row
from app.ui.transcript.selection import thought_number
from app.ui.transcript.shown import Shown
from app.ui.transcript.stream import Growing

KEPT = 80  # laid-out rows; about 70 kB each
REMEMBERED = 1_000  # rows that may be shown again as they were left: code wrapped or unfolded
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
    progress: tuple[int, int] = (0, 0)
    editor: int = 0
    mark: str = ""  # that the model sees the conversation from here on
    thinking: str = ""  # what was thought before the answer
    thinks_since: float | None = None  # while it is thinking
    thought_s: float = 0.0  # how long it has thought, when that is over
    opened: bool = False  # is the thinking shown
    part: int = 0  # which of the message's rows it is
    clock: Callable[[], float] = perf_counter
    attached: tuple[Attachment, ...] = ()  # below the text of a question
    codes: list[CodeView] | None = None  # how its blocks of code are shown; None while it was never laid out
    seen: list[CodeView] | None = None  # how those of the row were shown that stood here before

    @property
    def message_id(self) -> int:
        return self.entry.message.id

    @property
    def is_laid_out(self) -> bool:
        """Is it laid out, or being written?"""
        return self.row is not None or self.growing is not None

    def shown(self) -> Shown:
        thought = self.thought() if self.first else ""
        return Shown(
            self.entry, self.headed, self.first, self.last, self.progress, self.editor,
            self.mark if self.first else "", self.thinking, thought, self.opened, self.codes if self.codes is not None else [],
            self.seen,
        )  # fmt: skip

    def think(self, text: str) -> None:
        """Add to the thinking."""
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
        return self._typed()

    def reading(self) -> Generator[None, None, Sequence[Block]]:
        """What `blocks` returns, in small steps where it must be read for that."""
        if self.growing or (self.row and not self.editor) or self.entry.message.role == "user":
            return self.blocks()
        blocks = yield from reading(self.text)
        return blocks

    def _typed(self) -> list[Block]:
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
        if growing and not growing.pending and len(item.text) <= WHOLE and growing.text == item.text and growing.exact:
            return growing.blocks
        return item.blocks()

    def estimate(self, look: Look, column: int) -> float:
        """About how high it will be."""
        return estimates([self], look, column)[0]


def estimates(rows: Iterable[Item | Message], look: Look, column: int) -> list[float]:
    """About how high rows will be; a message stands for its row, where it has one that was not made yet."""
    letters = max(10, column * 2 // look.px(15))
    pitch, beside, line, note, chip = look.pitch, look.px(70), look.px(28), look.px(26), look.px(50)
    found, known = list[float](), dict[int, int]()  # numbers that are the same are in memory once
    for row in rows:
        text = row.text
        height = int((len(text) / letters + text.count("\n") * 0.7 + 1) * pitch) + beside
        if not isinstance(row, Item):
            height += line * bool(row.thinking) + note * bool(row.note)
        else:
            if row.first and (row.mark or row.thinking):
                height += line * (bool(row.mark) + bool(row.thinking))
            if row.last and row.entry.message.note:
                height += note
            height += len(row.attached) * chip
        found.append(known.setdefault(height, height))
    return found


def special(messages: Sequence[Message]) -> list[int]:
    """The places of messages that may be more than one row, or a row that shows something else than their text."""
    limit = min(WHOLE, PART * 2)
    return [
        number
        for number, message in enumerate(messages)
        if len(text := message.text) > limit
        or message.status == "streaming"
        or (text[-1:] in ("`", "~") and message.role == "user")  # attachments
    ]


def items_of(entry: Entry, headed: bool) -> list[Item]:
    """The rows of a message: one, or for a very long text one for each part."""
    message = entry.message
    if message.status == "streaming":
        growing = Growing()
        item = Item(entry, message.text, headed, growing=growing, thinking=message.thinking)
        item.thought_s = message.thinking_s
        if message.text:
            growing.pending.append(message.text)
        elif message.thinking:
            item.thinks_since = item.clock() - message.thinking_s
        return [item]
    limit = WHOLE if message.role != "user" else PART * 2
    text, attached = split(message.text) if message.role == "user" else (message.text, ())
    if len(text) <= limit:
        return [Item(entry, text, headed, thinking=message.thinking, thought_s=message.thinking_s, attached=attached)]
    parts = parts_of(text, PART)
    items = [
        Item(entry, part, headed, first=number == 0, last=number == len(parts) - 1, part=number)
        for number, part in enumerate(parts)
    ]
    items[-1].attached = attached
    items[0].thinking, items[0].thought_s = message.thinking, message.thinking_s
    return items


def answered_by(message: Message) -> str:
    """The model that wrote it; "" for a question."""
    return message.model if message.role == "assistant" else ""


def is_headed(model: str, before: str) -> bool:
    """Name the model above an answer where it is another one than for the answer before."""
    return bool(before) and model not in ("", before)


class Kept:
    """The rows that are laid out, the one used longest ago first; the oldest lose their layout."""

    def __init__(self) -> None:
        self._items: OrderedDict[int, Item] = OrderedDict()
        self._read: dict[int, tuple[Item, Sequence[Block]]] = {}  # by `id`; what rows said that were laid out before
        self._codes: OrderedDict[tuple[int, int], list[CodeView]] = OrderedDict()

    def use(self, item: Item, look: Look, column: int) -> Row:
        """The row, laid out for that width."""
        if item.codes is None:
            item.codes = self._codes.pop((item.message_id, item.part), [])
        if item.row is None:
            known = self._read.pop(id(item), None)
            item.row = Row(look, item.shown(), known[1] if known else item.blocks(), column)
        elif item.row.column != column:
            item.row.fit(column)
        self._items[id(item)] = item  # a row may come laid out from the item that stood here before
        self._items.move_to_end(id(item))
        while len(self._items) > KEPT:
            self._put_away(self._items.popitem(last=False)[1])
        return item.row

    def _put_away(self, item: Item) -> None:
        """Let go of a row; what was done to its blocks of code is not forgotten, their colours are."""
        item.row = None
        if item.growing:
            return
        codes, item.codes = item.codes, None
        for view in codes or ():
            view.colouring = Colouring("")
        if codes:
            self._codes[item.message_id, item.part] = codes
            if len(self._codes) > REMEMBERED:
                self._codes.popitem(last=False)

    def drop(self, item: Item) -> None:
        """It is to be laid out anew."""
        item.row = None
        self._items.pop(id(item), None)
        self._read.pop(id(item), None)

    def only(self, items: Iterable[Item]) -> None:
        """Let go of all rows but these."""
        if self._items:
            wanted = {id(item) for item in items}
            for item in [item for key, item in self._items.items() if key not in wanted]:
                del self._items[id(item)]
                self._put_away(item)
        self._read.clear()

    def clear(self) -> None:
        """All are, with what they say."""
        laid_out = [(key, item) for key, item in self._items.items() if item.row is not None and not item.growing]
        self._read = {key: (item, item.row.blocks) for key, item in laid_out if item.row is not None}
        for item in self._items.values():
            item.row = None
        self._items.clear()
