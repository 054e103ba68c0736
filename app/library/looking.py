"""Looks at what lies on this computer for somebody who must not wait: in a thread, answered by records.

Many new headers are read in a process of its own (`headers`).
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path

from app.core.params import Loading
from app.core.record import record
from app.core.verdict import Judgement, Room
from app.library.collection import Collection
from app.library.headers import read_beside
from app.library.judging import USUAL, Knows, everything, judgement_of
from app.library.kept import Said
from app.library.on_disk import Listing, trace

ENDS_WITHIN_S = 2.0


@record(kw_only=True)
class Looked:
    """What was found. With `over` false the headers of new files are still being read, and another one comes."""

    number: int  # of the look
    listing: Listing
    room: Room  # that counts
    judgements: Mapping[Path, Judgement | None] = field(repr=False)
    over: bool = True


@record
class Unchanged:
    """Nothing was added, removed or written to since the look before."""

    number: int


@record
class Reading:
    """So many headers of new files are read, of so many."""

    done: int
    total: int


Told = Looked | Unchanged | Reading


@record
class _Asked:
    number: int
    loadings: Mapping[Path, Loading]
    if_changed: bool
    before: Callable[[Room, Listing], Room]


class _GivenUp(Exception):
    """Nobody wants to hear it any more."""


class Looking:
    """For any thread. One look at a time; what is asked meanwhile follows it, as one look."""

    def __init__(
        self,
        collection: Collection,
        measure: Callable[[], Room],
        tell: Callable[[Told], None],
        knows: Knows = everything,
    ) -> None:
        """
        Args:
            measure: the memory of all devices; called in the thread.
            tell: hears what was found, in the thread.
            knows: which architectures the engine can load; called in the thread.
        """
        self._collection = collection
        self._measure = measure
        self._tell = tell
        self._knows = knows
        self._lock = threading.Lock()
        self._last = 0
        self._next: _Asked | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._seen: tuple[str, Said] | None = None  # of the thread

    def look(
        self,
        loadings: Mapping[Path, Loading],
        *,
        if_changed: bool = False,
        room: Callable[[Room, Listing], Room] = lambda there, _: there,
    ) -> int:
        """Look, and tell; returns the number of the look. One that is asked before it begins is done with it.

        Args:
            loadings: how files are loaded that are not loaded in the usual way.
            if_changed: tell nothing but that, where everything is as it was.
            room: what of the measured room counts; called in the thread.
        """
        with self._lock:
            if self._closed:
                return self._last
            self._last += 1
            whole = not if_changed or (self._next is not None and not self._next.if_changed)
            self._next = _Asked(self._last, dict(loadings), not whole, room)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="look", daemon=True)
                self._thread.start()
            return self._last

    def close(self) -> None:
        """Nothing is told any more."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(ENDS_WITHIN_S)  # a disk that does not answer is not waited for

    # ── in the thread ─────────────────────────────────────────────────────────────────────────────────────

    def _work(self) -> None:
        while True:
            with self._lock:
                asked, self._next = self._next, None
                if asked is None or self._closed:
                    self._thread = None
                    return
            try:
                self._look(asked)
            except _GivenUp:
                pass
            except BaseException:  # a fault of the program, which is told elsewhere; the next look begins anew
                with self._lock:
                    self._thread = self._next = None
                raise

    def _look(self, asked: _Asked) -> None:
        seen = trace(self._collection.places), self._collection.kept.read()
        if asked.if_changed and seen == self._seen:
            self._say(Unchanged(asked.number))
            return
        measured = self._measure()

        def found(listing: Listing, over: bool) -> Looked:
            self._go_on()
            there = asked.before(measured, listing)
            judgements = {
                entry.path: judgement_of(entry, there, asked.loadings.get(entry.path, USUAL), self._knows)
                for entry in listing.entries
            }
            return Looked(number=asked.number, listing=listing, room=there, judgements=judgements, over=over)

        self._say(
            found(
                self._collection.listing(
                    lambda done, total: self._say(Reading(done, total)),
                    lambda listing: self._say(found(listing, over=False)),
                    read_beside,
                ),
                over=True,
            )
        )
        self._seen = seen

    def _say(self, told: Told) -> None:
        self._go_on()
        self._tell(told)

    def _go_on(self) -> None:
        if self._closed:
            raise _GivenUp
