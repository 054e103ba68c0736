"""All rows of the branch in view, of which only those that somebody looks at are made."""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import overload

from app.chat.changes import Entries, Entry
from app.core.tree import Message
from app.ui.transcript.items import Item, answered_by, estimates, is_headed, items_of, special
from app.ui.transcript.look import Look

MADE = 300  # items that are kept for rows that somebody looked at


class Items(Sequence[Item]):
    """Every row has its place from the beginning, and its item when that is first asked for: in a long conversation few are.
    Of those that nobody looked at for long, most are forgotten again.

    `dress` is told of each item that is made. Going through the whole sequence makes all of them; what only wants to
    know about messages asks `messages`, where each row has the one that it shows or shows a part of.
    """

    def __init__(
        self, entries: Iterable[Entry] = (), dress: Callable[[Iterable[Item]], object] = lambda made: None
    ) -> None:
        self._entries, self._dress = Entries.of(entries), dress
        self.messages: list[Message] = list(self._entries.messages)
        self._items: list[Item | None] = [None] * len(self.messages)
        self._looked_at: deque[Item] = deque()  # those that were made for that
        for number in reversed(special(self.messages)):  # from the end, so that the numbers before stay right
            self.replace(number, number + 1, self._items_of(number))

    def __len__(self) -> int:
        return len(self.messages)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> list[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | list[Item]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        item = self._items[index]
        if item is None:
            (item,) = made = self._items_of(index)
            self._items[index] = item
            self._dress(made)
            self._looked_at.append(item)
            if len(self._looked_at) > MADE:
                self._let_go()
        return item

    def _let_go(self) -> None:
        """Forget the item that was made longest ago, if it would be made again just as it is and is not laid out."""
        old = self._looked_at.popleft()
        number = self._number(old)
        if number is None:
            return
        if old.is_laid_out or old.editor or not self._is_same(number, old):
            self._looked_at.append(old)
        else:
            self._items[number] = None

    def __contains__(self, item: object) -> bool:
        return isinstance(item, Item) and self._number(item) is not None

    def index(self, item: object, start: int = 0, stop: int | None = None) -> int:
        """The number of a row that was made."""
        number = self._number(item) if isinstance(item, Item) else None
        if number is None or not start <= number < (len(self) if stop is None else stop):
            raise ValueError("there is no such row")
        return number

    def _number(self, item: Item) -> int | None:
        return next((number for number in self.rows_of(item.message_id) if self._items[number] is item), None)

    def made(self) -> Iterator[tuple[int, Item]]:
        """The rows that were made, with their numbers: nobody knows anything of the others."""
        return ((number, item) for number, item in enumerate(self._items) if item is not None)

    def rows_of(self, message_id: int) -> list[int]:
        """The numbers of the rows that show a message: none where it is not in view."""
        messages = self.messages
        first = bisect_left(
            messages, message_id, key=lambda message: message.id
        )  # an answer's number is the higher one
        if first == len(messages) or messages[first].id != message_id:
            return [number for number, message in enumerate(messages) if message.id == message_id]
        last = first + 1
        while last < len(messages) and messages[last].id == message_id:
            last += 1
        return list(range(first, last))

    def asked(self) -> list[int]:
        """The numbers of the rows with which questions begin."""
        messages = self.messages
        before = (None, *messages)
        return [n for n, message in enumerate(messages) if message.role == "user" and message is not before[n]]

    def model_before(self, index: int) -> str:
        """The model of the last answer above a row; "" for none."""
        above = (self.messages[number] for number in range(index - 1, -1, -1))
        return next((model for message in above if (model := answered_by(message))), "")

    def heights(self, look: Look, column: int) -> list[float]:
        """How high they are, where that is known, or may be."""
        rows = [item or message for item, message in zip(self._items, self.messages, strict=True)]
        found = estimates(rows, look, column)
        for number, item in self.made():
            if item.row is not None and item.row.column == column:
                found[number] = item.row.height
        return found

    # ── changes ───────────────────────────────────────────────────────────────────────────────────────

    def replace(self, start: int, stop: int, items: Sequence[Item]) -> None:
        """Put these in the place of the rows from `start` to before `stop`."""
        self._items[start:stop] = items
        self.messages[start:stop] = [item.entry.message for item in items]

    def extend(self, items: Sequence[Item]) -> None:
        """Add rows at the end."""
        self.replace(len(self), len(self), items)

    def keep(self, before: "Items") -> None:
        """Take over, with their layout, the items that were made for the same rows."""
        known = {item.message_id: item for _, item in before.made() if item.first and item.last and not item.growing}
        for number, message in enumerate(self.messages) if known else ():
            old = known.get(message.id)
            if old is not None and self._is_same(number, old):
                self._items[number] = old
                self._looked_at.append(old)

    def _is_same(self, number: int, item: Item) -> bool:
        """Does an item show what one would that was made anew?"""
        entry = self._entries.of_message(self.messages[number])
        return item.entry == entry and item.headed == self._headed(number)

    def _items_of(self, number: int) -> list[Item]:
        return items_of(self._entries.of_message(self.messages[number]), self._headed(number))

    def _headed(self, number: int) -> bool:
        model = answered_by(self.messages[number])
        return bool(model) and is_headed(model, self.model_before(number))
