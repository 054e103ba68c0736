"""The downloads of a window: some at a time, in order, kept on disk with all that is needed to go on another day.

Each download has a thread of its own; whoever shows them hears frozen rows, in those threads.
"""

import json
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.core.errors import AppError, InputError
from app.core.language import tr
from app.core.record import record
from app.library.download import Download, Progress
from app.library.line import Stopped
from app.library.pace import Limit
from app.library.source import parse, write_json
from app.library.wanted import Wanted, discard, received

if TYPE_CHECKING:
    from app.library.hub import Hub

State = Literal["waiting", "running", "paused", "failed", "done"]
Make = Callable[..., Download]
VERSION, AT_A_TIME = 1, 2
ENDS_WITHIN_S = 2.0


@record(kw_only=True)
class Item:
    """One model on its way: all its parts, and its projector if it was asked for."""

    number: int  # tells items apart
    name: str  # for people: "owner/name Q4_K_M"
    files: tuple[Wanted, ...]
    state: State = "waiting"
    done: int = 0  # bytes of the files before the one in progress, or of all that is here
    progress: Progress | None = None  # of the file that is being fetched
    message: str = ""  # why it failed
    hint: str = ""

    @property
    def size(self) -> int:
        return sum(file.source.size for file in self.files)

    @property
    def received(self) -> int:
        return self.done + (self.progress.received if self.progress else 0)

    @property
    def bytes_per_second(self) -> float:
        return self.progress.bytes_per_second if self.progress else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Until all of it is here; None as long as nobody can tell."""
        rate = self.bytes_per_second
        return (self.size - self.received) / rate if rate > 1 else None


@dataclass(slots=True)
class _Running:
    """What works on an item, which may be out of the list already."""

    files: tuple[Wanted, ...]
    download: Download | None = None
    thread: threading.Thread | None = None
    wish: Literal["", "pause", "cancel", "close"] = ""


class DownloadQueue:
    """For any thread. Nothing runs before `start`; after `close` nothing does any more."""

    def __init__(
        self,
        file: Path,
        connect: Callable[[], "Hub"],
        tell: Callable[[tuple[Item, ...]], None] = lambda _: None,
        *,
        limit: Limit | None = None,
        make: Make = Download,
        at_a_time: int = AT_A_TIME,
    ) -> None:
        """
        Args:
            file: where the queue is kept; what it holds is read at once.
            connect: gives the Hub with the settings of now; called in the threads of downloads.
            tell: hears all rows after each change, in whatever thread it happened. It must not wait for this queue.
            make: what fetches a file.

        Attributes:
            problem: a sentence where the file of the queue could not be read, else "".
        """
        self._file = file
        self._connect = connect
        self._tell = tell
        self._limit = limit or Limit()
        self._make = make
        self._at_a_time = at_a_time
        self._lock = threading.RLock()
        self._telling = threading.Lock()
        self._open = False
        self._items: dict[int, Item] = {}  # in the order in which they are begun
        self._running: dict[int, _Running] = {}
        self.problem = self._read()
        self._last = max(self._items, default=0)

    # ── what can be asked ─────────────────────────────────────────────────────────────────────────────────

    @property
    def limit(self) -> Limit:
        """The speed of all downloads together; `change` it at any time."""
        return self._limit

    def items(self) -> tuple[Item, ...]:
        """All rows, in order."""
        with self._lock:
            return tuple(self._items.values())

    def start(self) -> None:
        """Go on with what was under way when the queue was closed or lost."""
        with self._lock:
            self._open = True
        self._go_on()

    def add(self, name: str, files: Sequence[Wanted]) -> int:
        """Put a model at the end; returns its number.

        Raises:
            InputError: one of its files is in the queue already.
        """
        with self._lock:
            taken = {file.target for item in self._items.values() if item.state != "done" for file in item.files}
            if any(file.target in taken for file in files):
                raise InputError(
                    tr("{name} is being downloaded already.").format(name=name), tr("Look at the downloads.")
                )
            self._last += 1  # never a number again: what was cancelled may still have a thread
            number = self._last
            self._items[number] = Item(
                number=number, name=name, files=tuple(files), done=sum(received(file) for file in files)
            )
        self._go_on()
        return number

    def pause(self, number: int) -> None:
        """Stop fetching it; what came stays. Nothing where it is not on its way."""
        with self._lock:
            item = self._items.get(number)
            if item is None or item.state not in ("waiting", "running"):
                return
            self._stop(number, "pause")
            self._set(number, state="paused")
        self._go_on()

    def resume(self, number: int) -> None:
        """Go on with what was paused or failed, at the byte where it was."""
        with self._lock:
            item = self._items.get(number)
            if item is None or item.state not in ("paused", "failed"):
                return
            self._set(number, state="waiting", message="", hint="")
        self._go_on()

    def cancel(self, number: int) -> None:
        """Take it out of the queue, and throw away what is not whole."""
        with self._lock:
            item = self._items.pop(number, None)
            running = self._running.get(number)
            self._stop(number, "cancel")
        if item is not None and running is None and item.state != "done":
            _discard(item.files)
        self._go_on()

    def forget_done(self) -> None:
        """Take what is done out of the list; the files stay."""
        with self._lock:
            for number in [item.number for item in self._items.values() if item.state == "done"]:
                del self._items[number]
        self._go_on()

    def move(self, number: int, place: int) -> None:
        """Give it another place in the order; 0 is the first."""
        with self._lock:
            if number not in self._items:
                return
            order = [each for each in self._items if each != number]
            order.insert(max(0, place), number)
            self._items = {each: self._items[each] for each in order}
        self._go_on()

    def allow(self, at_a_time: int) -> None:
        """So many at the same time from now on; what is under way beyond that goes on."""
        with self._lock:
            self._at_a_time = at_a_time
        self._go_on()

    def rest(self) -> None:
        """End all downloads, and wait for nothing; they go on with the next `start`."""
        self._end()
        self._changed()

    def close(self) -> None:
        """The same, when nothing of them works any more."""
        end = time.monotonic() + ENDS_WITHIN_S
        for thread in self._end():
            if thread is not threading.current_thread():
                thread.join(max(0.0, end - time.monotonic()))  # who still looks for a name in the network is left alone
        self._changed()

    def _end(self) -> list[threading.Thread]:
        with self._lock:
            self._open = False
            for number in self._running:
                self._stop(number, "close")
            return [each.thread for each in self._running.values() if each.thread is not None]

    # ── what happens ──────────────────────────────────────────────────────────────────────────────────────

    def _go_on(self) -> None:
        """Begin what may begin, keep what there is now, and tell."""
        with self._lock:
            for item in list(self._items.values()):
                if not self._open or len(self._running) >= self._at_a_time:
                    break
                if item.state == "waiting" and not self._in_use(item):
                    self._begin(item.number)
        self._changed()

    def _in_use(self, item: Item) -> bool:
        """Whether something still works on it, or on one of its files for an item that was cancelled."""
        wanted = {file.target for file in item.files}
        return item.number in self._running or any(
            file.target in wanted for running in self._running.values() for file in running.files
        )

    def _begin(self, number: int) -> None:
        self._set(number, state="running")
        running = self._running[number] = _Running(self._items[number].files)
        running.thread = threading.Thread(
            target=self._work, args=(number, running), name=f"download {number}", daemon=True
        )
        running.thread.start()

    def _work(self, number: int, running: _Running) -> None:
        """A thread's whole life: the files of an item, one after the other."""
        try:
            hub = self._connect()
            for place in range(len(running.files)):
                self._next_file(hub, number, running, place).run()
            self._ended(number, running, state="done")
        except Stopped:
            self._ended(number, running)
        except AppError as error:
            self._ended(number, running, state="failed", message=error.message, hint=error.hint)

    def _next_file(self, hub: "Hub", number: int, running: _Running, place: int) -> Download:
        with self._lock:
            if running.wish:
                raise Stopped
            self._set(number, done=sum(file.source.size for file in running.files[:place]), progress=None)
            running.download = self._make(
                hub,
                running.files[place],
                tell=partial(self._progressed, number),
                renewed=partial(self._renewed, number, running, place),
                limit=self._limit,
                reserved=partial(self._promised, number),
            )
            return running.download

    def _ended(
        self, number: int, running: _Running, state: State = "waiting", message: str = "", hint: str = ""
    ) -> None:
        """The thread of an item has nothing more to do."""
        with self._lock:
            item = self._items.get(number)
            if item is None:
                _discard(running.files)
            elif state == "done":
                self._set(number, state="done", done=item.size, progress=None)
            else:
                if running.wish:  # paused, or wanted again since
                    state, message, hint = ("paused" if item.state == "paused" else "waiting"), "", ""
                done = sum(received(file) for file in item.files)
                self._set(number, state=state, done=done, progress=None, message=message, hint=hint)
            del self._running[number]
        self._go_on()

    def _stop(self, number: int, wish: Literal["pause", "cancel", "close"]) -> None:
        running = self._running.get(number)
        if running is not None and running.wish != "cancel":
            running.wish = wish
            if running.download is not None:
                running.download.stop()

    def _progressed(self, number: int, progress: Progress) -> None:
        with self._lock:
            self._set(number, progress=progress)
        self._tell_all()

    def _renewed(self, number: int, running: _Running, place: int, wanted: Wanted) -> None:
        """A file was changed at the Hub: from now on the other content is fetched, after a restart too."""
        with self._lock:
            running.files = (*running.files[:place], wanted, *running.files[place + 1 :])
            self._set(number, files=running.files)
        self._changed()

    def _promised(self, number: int) -> int:
        """Bytes on the disk that the other downloads under way are still going to take."""
        with self._lock:
            others = [self._items[each] for each in self._running if each != number and each in self._items]
            return sum(max(0, item.size - item.received) for item in others)

    def _set(self, number: int, **values: object) -> None:
        if item := self._items.get(number):
            self._items[number] = replace(item, **values)  # type: ignore[arg-type]  # the names are those of Item

    # ── telling and keeping ───────────────────────────────────────────────────────────────────────────────

    def _tell_all(self) -> None:
        with self._telling:  # two threads must not tell in the other order than what they tell happened
            self._tell(self.items())

    def _changed(self) -> None:
        with self._lock, suppress(OSError):  # a full disk: the parts themselves tell how far they are
            self._write()
        self._tell_all()

    def _write(self) -> None:
        rows = [
            {
                "number": item.number,
                "name": item.name,
                "state": "waiting" if item.state == "running" else item.state,
                "message": item.message,
                "hint": item.hint,
                "files": [{"target": str(file.target), "source": asdict(file.source)} for file in item.files],
            }
            for item in self._items.values()
            if item.state != "done"
        ]
        if rows:
            write_json(self._file, {"version": VERSION, "items": rows}, sync=False)  # a window waits for this
        else:
            self._file.unlink(missing_ok=True)  # so that the next window sees at once that nothing is left

    def _read(self) -> str:
        try:
            read = json.loads(self._file.read_text("utf-8"))
            if read["version"] > VERSION:
                raise ValueError
            items = [_parsed(row) for row in read["items"]]
        except FileNotFoundError:
            return ""
        except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
            with suppress(OSError):
                self._file.replace(self._file.with_suffix(".unread"))
            return tr("The list of downloads could not be read. What came so far is kept; download it again to go on.")
        self._items = {item.number: item for item in items}
        return ""


def _parsed(row: dict[str, object]) -> Item:
    """An item as it was kept; raises TypeError, ValueError or LookupError where it does not fit."""
    files = row["files"]
    number, state = row["number"], row["state"]
    if not isinstance(files, list) or type(number) is not int or state not in ("waiting", "paused", "failed"):
        raise TypeError
    wanted = tuple(Wanted(source=parse(each["source"]), target=Path(each["target"])) for each in files)
    return Item(
        number=number, name=str(row["name"]), files=wanted, state=state, done=sum(received(file) for file in wanted),
        message=str(row["message"]), hint=str(row["hint"]),
    )  # fmt: skip


def _discard(files: Sequence[Wanted]) -> None:
    for file in files:
        discard(file)
