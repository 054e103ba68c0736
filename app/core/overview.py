"""All branches of a conversation on lines that stay few: straight runs are folded, side branches stand one lane further right.

A lane goes on with the message in view, else with the child that has most below it. The other children begin lanes of
their own and come first, so that a lane to the left of a line always goes on below it, and n messages never need more
than log2(n) + 1 lanes beside the first.
"""

import re
from collections.abc import Container, Iterator
from itertools import groupby

from app.core.record import record
from app.core.regex import regex
from app.core.tree import Message, Tree

FEWEST = 3  # messages that are folded; fewer are shown
EXCERPT = 160  # characters
BEFORE = 30  # of them, before what was looked for
_SIGNS = regex(r"[*_`#>~|$\\]+|^\s*[-+]\s|\[(?=[^\]]*\]\()|\]\([^)\s]*\)", re.MULTILINE)


@record
class Line:
    """One message, or several that follow each other and are folded."""

    messages: tuple[int, ...]
    lane: int = 0
    in_view: bool = False  # on the branch in view
    last: bool = False  # the last message of the branch in view
    version: int = 1
    versions: int = 1  # of the first one
    begins: bool = False  # a lane begins here
    ends: bool = False  # nothing follows on this lane

    @property
    def folded(self) -> bool:
        """Does it stand for several?"""
        return len(self.messages) > 1

    @property
    def first(self) -> int:
        """Id of the message, or of the first one."""
        return self.messages[0]


class Overview:
    """The branches as they are when this is made; `leaf` is the last message in view."""

    def __init__(self, tree: Tree, leaf: int | None) -> None:
        self._tree = tree
        self._path = {message.id for message in tree.path(leaf)}
        self._leaf = leaf
        self._plain: set[int] = set()
        self._lines = list(self._laid_out())

    def __getitem__(self, message_id: int) -> Message:
        return self._tree[message_id]

    def __contains__(self, message_id: int) -> bool:
        return message_id in self._tree

    @property
    def branches(self) -> int:
        """How many ends there are."""
        return sum(line.ends for line in self._lines)

    def lines(self, opened: Container[int] = ()) -> list[Line]:
        """The lines from top to bottom; runs whose first message is in `opened` are shown message by message."""
        result: list[Line] = []
        for plain, run in groupby(self._lines, self._group()):
            found = list(run)
            if plain is None or len(found) < FEWEST or found[0].first in opened:
                result += found
            else:
                result.append(Line(tuple(line.first for line in found), found[0].lane, found[0].in_view))
        return result

    def run_of(self, message_id: int) -> int:
        """The first message of the run that a message would be folded into; 0 where it stands alone."""
        for plain, run in groupby(self._lines, self._group()):
            found = [line.first for line in run]
            if message_id in found:
                return found[0] if plain is not None and len(found) >= FEWEST else 0
        return 0

    def found(self, query: str) -> list[Line]:
        """The messages whose text or note holds every word, in the order of the lines, all on one lane."""
        words = query.casefold().split()
        result = []
        for line in self._lines:
            message = self._tree[line.first]
            text = f"{message.text}\n{message.note}".casefold()
            if all(word in text for word in words):
                result.append(_alone(line))
        return result

    def marked(self) -> list[Line]:
        """The messages that are pinned or have a note."""
        return [_alone(line) for line in self._lines if self._tree[line.first].pinned or self._tree[line.first].note]

    def _group(self) -> "_Grouping":
        return _Grouping(self)

    def _is_plain(self, line: Line) -> bool:
        """Does it say no more than that the conversation goes on?"""
        return line.first in self._plain

    def _laid_out(self) -> Iterator[Line]:
        sizes = self._sizes()
        waiting: list[tuple[Message, int, bool, int, int]] = []
        #   message, lane, does the lane begin with it, version, of how many; the next one last

        def put(children: list[Message], lane: int) -> None:
            if not children:
                return
            main = next((child for child in children if child.id in self._path), None)
            main = main or max(children, key=lambda child: (sizes[child.id], child.id))
            count, place = len(children), children.index(main) + 1
            waiting.append((main, lane, False, place, count))
            for number in range(count, 0, -1):
                if number != place:
                    waiting.append((children[number - 1], lane + 1, True, number, count))

        put(self._tree.children(None), 0)
        while waiting:
            message, lane, begins, place, count = waiting.pop()
            children = self._tree.children(message.id)
            last = message.id == self._leaf
            if len(children) == count == 1 and not (last or message.pinned or message.note or message.parent is None):
                self._plain.add(message.id)
            seen = message.id in self._path
            yield Line((message.id,), lane, seen, last, place, count, begins, not children)
            put(children, lane)

    def _sizes(self) -> dict[int, int]:
        """How many messages each has below it, itself among them."""
        order = [message for first in self._tree.children(None) for message in self._tree.below(first.id)]
        sizes = dict.fromkeys((message.id for message in order), 1)
        for message in reversed(order):
            if message.parent is not None:
                sizes[message.parent] += sizes[message.id]
        return sizes


class _Grouping:
    """Gives the plain messages of one straight run the same key, and None to all others."""

    def __init__(self, overview: Overview) -> None:
        self._overview = overview
        self._run = 0
        self._before: Line | None = None

    def __call__(self, line: Line) -> int | None:
        before, self._before = self._before, line
        if not self._overview._is_plain(line):
            return None
        if before is None or self._overview[line.first].parent != before.first or before.in_view != line.in_view:
            self._run += 1
        return self._run


def _alone(line: Line) -> Line:
    """The line without its place among the others."""
    return Line(line.messages, 0, line.in_view, line.last, line.version, line.versions, ends=True)


def excerpt(text: str, query: str = "") -> str:
    """The beginning of a text on one line without the signs of Markdown; with a query, what stands around it."""
    start = 0
    if query and (places := [at for word in query.split() if (at := text.lower().find(word.lower())) >= 0]):
        start = max(0, min(places) - BEFORE)
    cut = text[start : start + 2 * EXCERPT]
    line = " ".join(_SIGNS.sub("", cut).split())
    long = len(line) > EXCERPT or start + 2 * EXCERPT < len(text)
    return ("…" if start else "") + line[:EXCERPT] + ("…" if long else "")
