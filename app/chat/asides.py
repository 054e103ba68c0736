"""What takes longer than a window may wait and is about model files: done in a thread, answered in the window's own.

asides.begin(lambda go: read_header(path), show)      # `show` is given Over: its result, or the error
"""

from collections.abc import Callable
from typing import Any

from app.library.chores import Chores, Going, Over, Work

Way = Callable[[Callable[[Any], None]], Callable[[Any], None]]
Then = Callable[[Over], None]
Progress = Callable[[Going], None]


class Asides:
    """Single-threaded: the answers come by the way that is given."""

    def __init__(self, way: Way) -> None:
        """`way` makes of a function one that any thread may call, and that calls it in the thread of this object."""
        self._way = way
        self._chores: dict[str, Chores] = {}
        self._open: dict[tuple[str, int], tuple[Then, Progress]] = {}

    def begin(
        self, work: Work, then: Then, going: Progress = lambda _: None, *, line: str = "read"
    ) -> Callable[[], None]:
        """Do it; returns what cancels it: then nothing is told any more.

        Args:
            then: is given the end.
            going: is told how far it is.
            line: what is in one line is done one after the other; what is in another one does not wait for it.
        """
        if line not in self._chores:
            self._chores[line] = Chores(self._way(lambda told: self._take(line, told)))
        number = self._chores[line].begin(work)
        self._open[line, number] = then, going

        def cancel() -> None:
            self._open.pop((line, number), None)
            self._chores[line].cancel(number)

        return cancel

    def close(self) -> None:
        """Nothing is told any more."""
        self._open.clear()
        for chores in self._chores.values():
            chores.close()

    def _take(self, line: str, told: Going | Over) -> None:
        found = self._open.get((line, told.number))
        if found is None:
            return
        if isinstance(told, Going):
            found[1](told)
        else:
            del self._open[line, told.number]
            found[0](told)
