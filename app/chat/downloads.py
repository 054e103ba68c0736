"""The downloads of a window: started when there is something to do, held to the preferences, told at a bearable pace.

downloads = Downloads(paths, access, preferences, bridge.way, changed, arrived)
downloads.start()                       # goes on with what an earlier window left; nothing where that is nothing
downloads.add(repository, variant)
downloads.items                         # the rows as they are now, in order
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.chat.connection import Access, connection, folder_of, limit_of
from app.core.params import Preferences
from app.core.paths import Paths
from app.core.record import record

if TYPE_CHECKING:  # json, locks and all of the transfer: not before something is to be downloaded
    from app.library.queue import DownloadQueue, Item
    from app.library.repository import RemoteFile, Repository, Variant

Items = tuple["Item", ...]
Way = Callable[[Callable[[None], None]], Callable[[None], None]]
TELLS_EVERY_S = 0.1


@record
class Together:
    """All that is on its way, as one."""

    count: int = 0  # models that run or wait for their turn
    received: int = 0
    size: int = 0
    bytes_per_second: float = 0.0
    name: str = ""  # of the only one, or of the first

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.received / self.size if self.size else 0.0


class Downloads:
    """Single-threaded, as all of chat: what the threads tell comes to `handle` by the way that is given."""

    def __init__(
        self,
        paths: Paths,
        access: Access,
        preferences: Preferences,
        way: Way,
        changed: Callable[[], None],
        arrived: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            way: makes of a function one that any thread may call, and that calls it in the thread of this object.
            changed: is called when `items` are others, some ten times a second while bytes come.
            arrived: is called when a model is whole.
        """
        self._paths = paths
        self._access = access
        self._preferences = preferences
        self._deliver = way(self.handle)
        self._changed = changed
        self._arrived = arrived
        self._queue: DownloadQueue | None = None
        self._lock = threading.Lock()
        self._shape: object = None  # of what was told last: everything but numbers of bytes
        self._told_at = 0.0
        self._closed = False
        self._done: frozenset[int] = frozenset()
        self.items: Items = ()
        self.problem = ""  # a sentence where the list of an earlier window could not be read

    @property
    def folder(self) -> Path:
        """Where they go."""
        return folder_of(self._preferences, self._paths)

    @property
    def offline(self) -> bool:
        """Whether they wait because nothing is to go out."""
        return self._access.way.offline

    def start(self) -> None:
        """Go on with what an earlier window left, if it left anything."""
        if self._paths.downloads.exists():
            self._open()

    def follow(self, preferences: Preferences) -> None:
        """The preferences are others now; what is under way follows at once."""
        before, self._preferences = self._preferences, preferences
        self._access.way = connection(preferences)
        if self._queue is None:
            return
        if limit_of(before) != limit_of(preferences):
            self._queue.limit.change(limit_of(preferences))
        self._queue.allow(preferences.downloads_at_once)
        if self.offline:
            self._queue.rest()
        else:
            self._queue.start()

    def add(self, repository: "Repository", variant: "Variant", projector: "RemoteFile | None" = None) -> None:
        """Fetch a model, with what it needs for pictures if that is given.

        Raises:
            InputError: it is on its way already, or has a name that cannot be kept here.
            HubError: the Hub tells no checksum.
        """
        from app.library.wanted import wanted

        files = [*variant.files, *([projector] if projector else [])]
        name = f"{repository.repository} {variant.quantization or variant.name}"
        for item in self.items:  # what is done is fetched once more only where it was removed since
            if item.state == "done" and item.files[0].source.path == variant.files[0].path and item.name == name:
                self._open().cancel(item.number)
        self._open().add(name, [wanted(repository, each, self.folder) for each in files])
        self.handle()

    def of(self, repository: str, variant: "Variant") -> "Item | None":
        """The row of a variant, if it has one."""
        for item in self.items:
            first = item.files[0].source
            if first.repository == repository and first.path == variant.files[0].path:
                return item
        return None

    # ── what can be done with a row ───────────────────────────────────────────────────────────────────────

    def pause(self, number: int) -> None:
        """Stop fetching it; what came stays."""
        self._open().pause(number)
        self.handle()

    def resume(self, number: int) -> None:
        """Go on with what was paused or failed, at the byte where it was."""
        self._open().resume(number)
        self.handle()

    def cancel(self, number: int) -> None:
        """Take it out of the list, and throw away what is not whole."""
        self._open().cancel(number)
        self.handle()

    def move(self, number: int, place: int) -> None:
        """Give it another place in the order; 0 is the first."""
        self._open().move(number, place)
        self.handle()

    def clear_finished(self) -> None:
        """Take what is done out of the list; the files stay."""
        self._open().forget_done()
        self.handle()

    # ── what is told ──────────────────────────────────────────────────────────────────────────────────────

    @property
    def together(self) -> Together:
        """What runs or waits for its turn."""
        busy = [item for item in self.items if item.state in ("running", "waiting")]
        if not any(item.state == "running" for item in busy):
            return Together()
        return Together(
            len(busy), sum(item.received for item in busy), sum(item.size for item in busy),
            sum(item.bytes_per_second for item in busy), busy[0].name,
        )  # fmt: skip

    def handle(self, _told: None = None) -> None:
        """Something happened: see how it stands now. What a thread saw may be older than what was asked for since."""
        if self._closed or self._queue is None:
            return
        self.items = items = self._queue.items()
        done = frozenset(item.number for item in items if item.state == "done")
        new, self._done = done - self._done, done
        if new:
            self._arrived()
        self._changed()

    def close(self) -> None:
        """End all downloads; the next window goes on with them."""
        self._closed = True
        if self._queue is not None:
            self._queue.close()
        self._access.close()

    def _open(self) -> "DownloadQueue":
        if self._queue is None:
            from app.library.pace import Limit
            from app.library.queue import DownloadQueue

            self._queue = queue = DownloadQueue(
                self._paths.downloads, self._access.hub, self._hear, limit=Limit(limit_of(self._preferences)),
                at_a_time=self._preferences.downloads_at_once,
            )  # fmt: skip
            self.problem = queue.problem
            if not self.offline:
                queue.start()
            self.handle()
        return self._queue

    def _hear(self, items: Items) -> None:
        """In any thread: tell what is new, and bytes only some ten times a second."""
        shape = [
            (item.number, item.state, item.message, item.progress and (item.progress.stage, item.progress.reason))
            for item in items
        ]
        with self._lock:
            now = time.monotonic()
            if shape == self._shape and now - self._told_at < TELLS_EVERY_S:
                return
            self._shape, self._told_at = shape, now
        self._deliver(None)
