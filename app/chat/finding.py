"""The search in the open conversation: first where the reader is, then everywhere, a little at a time."""

from bisect import bisect_left
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from time import perf_counter

from app.chat.branch import Branch
from app.core.find import Matcher, Passage, Place
from app.core.record import record
from app.core.tree import Message

MOST = 100_000  # matches; nobody walks through more
_AT_ONCE = 200  # matches between two looks at the clock


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A position in the texts of a message."""

    place: Place
    position: int = 0


@record
class Match:
    """One place where it was found; `start` and `end` in UTF-16 units."""

    message: int
    place: Place
    start: int
    end: int

    @property
    def spot(self) -> Spot:
        return Spot(self.place, self.start)


@dataclass(slots=True)
class _Searched:
    """A message and what was found in it: in plain tuples, so that the collector has nothing to do with 100,000 of them."""

    message: Message
    found: tuple[tuple[Place, int, int], ...] = ()
    due: bool = True  # its text is yet to be searched
    _matches: tuple[Match, ...] | None = None

    def keep(self, found: Iterable[tuple[Place, int, int]]) -> None:
        """This was found in it."""
        self.found, self._matches = tuple(found), None

    @property
    def matches(self) -> tuple[Match, ...]:
        """The same as records, made when they are asked for; the same ones each time."""
        if self._matches is None:
            self._matches = tuple(Match(self.message.id, *each) for each in self.found)
        return self._matches


class Finding:
    """What was found so far, in the order of the messages, and which match is the current one.

    `passages` finds out in small steps what a reader sees of a message. It is asked once for each text of a message,
    and only where the message may hold what is searched for.
    """

    def __init__(self, passages: Callable[[Message], Generator[None, None, Sequence[Passage]]]) -> None:
        self._passages = passages
        self._known: dict[int, tuple[Message, tuple[tuple[Place, str], ...]]] = {}
        self._matcher: Matcher | None = None
        self._messages: list[_Searched] = []
        self._number: dict[int, int] = {}  # of each message
        self._seen: frozenset[int] = frozenset()  # messages of the branch in view
        self._start: tuple[int, Spot] = (0, Spot((0, 0)))  # message and spot that the first match is looked for from
        self._running: Iterator[None] = iter(())
        self._moved = False  # the reader has gone to a match
        self.current: Match | None = None
        self.count = 0
        self.finished = True

    # ── what is searched ──────────────────────────────────────────────────────────────────────────────

    def begin(self, matcher: Matcher | None, start: tuple[int, Spot]) -> None:
        """Search for something else; nothing for None. The first match is the first one from `start` on."""
        self._matcher, self._start = matcher, start
        self.current, self._moved, self.count = None, False, 0
        for searched in self._messages:
            searched.keep(())
            searched.due = True
        self._restart()

    def show(self, messages: Sequence[Message], seen: frozenset[int]) -> None:
        """These messages are searched, `seen` of them are in view. What is known of unchanged ones stays."""
        known = {searched.message.id: searched for searched in self._messages}
        self._messages = []
        for message in messages:
            old = known.get(message.id)
            same = old is not None and _same(old.message, message)
            self._messages.append(old if old is not None and same else _Searched(message, old.found if old else ()))
            self._messages[-1].message = message
        self._number = {searched.message.id: n for n, searched in enumerate(self._messages)}
        self._seen = seen
        self.count = sum(len(searched.found) for searched in self._messages)
        if self.current is not None and self.current.message not in self._number:
            self.current = None
        self._restart()

    def renew(self, message: Message) -> None:
        """The text of a message has changed, or has grown."""
        number = self._number.get(message.id)
        if number is not None:
            self._messages[number].message = message
            self._messages[number].due = True
            self._restart()

    def close(self) -> None:
        """Forget everything."""
        self._known.clear()
        self._messages, self._number = [], {}
        self.begin(None, (0, Spot((0, 0))))

    # ── searching ─────────────────────────────────────────────────────────────────────────────────────

    def work(self, until: float) -> bool:
        """Search on until the clock (`perf_counter`) says so; says whether something is left.

        Raises:
            AppError: what is searched for cannot be searched in this way; nothing is left then.
        """
        try:
            for _ in self._running:
                if perf_counter() >= until:
                    return True
        except BaseException:
            self._running = iter(())
            self.finished = True
            raise
        return False

    def _restart(self) -> None:
        self.finished = False
        self._running = self._search()

    def _search(self) -> Iterator[None]:
        first = self._number.get(self._start[0], 0)
        for searched in [*self._messages[first:], *self._messages[:first]]:
            if searched.due:
                yield from self._search_in(searched)
            self._choose(searched)
            yield
        if self.current is None and not self._moved:  # nothing below where the reader is: what is above it
            matches = (each for n in self._messages if n.message.id in self._seen for each in n.matches)
            self.current = next(matches, None)
        self.finished = True

    def _search_in(self, searched: _Searched) -> Iterator[None]:
        matcher, message, found = self._matcher, searched.message, list[tuple[Place, int, int]]()
        if matcher is not None and self.count < MOST:
            source = f"{message.thinking}\n{message.text}" if message.thinking else message.text
            if matcher.may_be_in(source):
                texts = yield from self._texts(message)
                for place, text in texts:
                    for start, end in matcher.spans(text):
                        found.append((place, start, end))
                        if len(found) % _AT_ONCE == 0:
                            yield
                    yield
        self.count += len(found) - len(searched.found)
        searched.keep(found)
        searched.due = False
        if self.current is not None and self.current.message == message.id:
            self.current = self._nearest(searched.matches, self.current)

    def _texts(self, message: Message) -> Generator[None, None, tuple[tuple[Place, str], ...]]:
        known = self._known.get(message.id)
        if known is None or not _same(known[0], message):
            texts = yield from self._passages(message)
            known = message, tuple((text.place, text.text) for text in texts)
            if message.status != "streaming":
                self._known[message.id] = known
        return known[1]

    def _nearest(self, matches: Sequence[Match], gone: Match) -> Match | None:
        """The match that takes the place of one that was the current one."""
        at = bisect_left(matches, gone.spot, key=lambda match: match.spot)
        return matches[min(at, len(matches) - 1)] if matches else None

    def _choose(self, searched: _Searched) -> None:
        """Take the first match from the start on, if this is where it is. Only what is in view is chosen unasked."""
        if self.current is None and not self._moved and searched.message.id in self._seen:
            number = self._number[searched.message.id]
            first = self._number.get(self._start[0], 0)
            if number >= first:
                here = searched.message.id == self._start[0]
                matches = (each for each in searched.matches if not here or each.spot >= self._start[1])
                self.current = next(matches, None)

    # ── what was found ────────────────────────────────────────────────────────────────────────────────

    def matches_in(self, message_id: int) -> Sequence[Match]:
        """The matches of one message, first to last."""
        number = self._number.get(message_id)
        return self._messages[number].matches if number is not None else ()

    @property
    def number(self) -> int:
        """Which one the current match is, from 1; 0 for none."""
        if self.current is None:
            return 0
        number = self._number[self.current.message]
        before = sum(len(searched.found) for searched in self._messages[:number])
        return before + 1 + self._messages[number].matches.index(self.current)

    def step(self, step: int) -> Match | None:
        """Go to the next match, or to the one before; behind the last one comes the first."""
        ends = list(accumulate(len(searched.found) for searched in self._messages))
        if not ends or not ends[-1]:
            return None
        self._moved = True
        now = self.number
        goal = (now - 1 + step if now else self._from_start(ends, step)) % ends[-1]
        number = next(n for n, end in enumerate(ends) if end > goal)
        searched = self._messages[number]
        self.current = searched.matches[goal - ends[number] + len(searched.found)]
        return self.current

    def _from_start(self, ends: list[int], step: int) -> int:
        """Where a walk begins that has no current match."""
        first = self._number.get(self._start[0], 0)
        before = ends[first - 1] if first else 0
        return before if step > 0 else before - 1


def _same(one: Message, other: Message) -> bool:
    """Is the same to be seen of both?"""
    return (one.text, one.thinking, one.status) == (other.text, other.thinking, other.status)


class Searching:
    """The part of the session that a search asks; the session has the branch."""

    _branch: Branch

    def searched(self, all_branches: bool) -> list[Message]:
        """The messages of the conversation in view: of its branch, or of all of them, each below what it answers."""
        tree = self._branch.tree
        if not all_branches:
            return self._branch.path()
        return [message for first in tree.children(None) for message in tree.below(first.id)]

    def message(self, message_id: int) -> Message:
        """A message as it is now."""
        return self._branch.message(message_id)
