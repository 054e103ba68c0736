"""Several models kept loaded, each in a process of its own, so that going back to one takes no time."""

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.params import Loading, Sampling
from app.core.protocol import Done, Event, Failed, Gone, Load, Loaded, LoadProgress, ModelInfo, Timing, Turn, Unloaded
from app.engine.base import Deliver
from app.engine.host import PATIENCE, Host
from app.engine.saved import SavedFolder

if TYPE_CHECKING:
    from app.core.verdict import Room

Cancel = Callable[[], None]
Alarm = Callable[[float, Callable[[], None]], Cancel]  # seconds, and what is called then, on any thread


@dataclass(eq=False, slots=True)
class Held:
    """A model process, and what it holds."""

    host: Host
    asked: Load | None = None  # the last load, without its number
    loading: int | None = None  # its number while it is on its way
    loaded: ModelInfo | None = None
    used: float = 0.0  # when it was last the one in use
    forgotten: list[int | None] = field(default_factory=list)  # conversations, while it ends

    def is_of(self, request: Load) -> bool:
        """Whether it holds exactly this, or will."""
        return self.asked == request and (self.loaded is not None or self.loading is not None)

    @property
    def idle_bytes(self) -> int:
        """Of its weights that the system counts as free, because it could read them again."""
        if self.loaded is None or self.asked is None or self.loaded.devices or not self.asked.loading.memory_map:
            return 0
        return self.loaded.file_bytes


class Pool:
    """An Engine that keeps the models that were in use before loaded, as far as number, memory and time allow.

    One of them is in use: what is asked goes to it. A load brings another one into use; when it fails, the earlier
    one is in use again, as it was. Before a model is loaded, those go that it would not fit beside, the one used least
    lately first. What happens to a model that is not in use is told to nobody; it is loaded anew when it is wanted.
    """

    def __init__(
        self,
        deliver: Deliver,
        *,
        held: bool = False,
        contexts: Path | None = None,
        patience: float = PATIENCE,
        room: "Callable[[], Room] | None" = None,
        clock: Callable[[], float] = time.monotonic,
        alarm: Alarm | None = None,
    ) -> None:
        """Nothing is started yet; see Host for the first three. `room` measures the memory, for itself without one."""
        self._deliver = deliver
        self._waits = held
        self._contexts = contexts
        self._saved = None if contexts is None else SavedFolder(contexts)
        self._patience = patience
        self._room = room or _room
        self._clock, self._alarm = clock, alarm or _timer
        self._ids = itertools.count(1)
        self._lock = threading.Lock()  # guards all that follows; a host's own lock may be taken within it
        self._held: list[Held] = []
        self._current: Held | None = None
        self._earlier: Held | None = None  # in use before the one that is loading
        self._ending: dict[Held, threading.Thread] = {}
        self._models, self._seconds = 1, 0.0
        self._limit = 0  # bytes of saved states
        self._cancel: Cancel | None = None  # of the alarm
        self._closing = False

    # ── called by the window ──

    def warm(self) -> None:
        """Start a process now, so that the first request does not wait for it; what was held goes on."""
        with self._lock:
            self._waits = False
            self._in_use()
            for held in self._held:
                held.host.warm()

    def load(self, path: Path, loading: Loading = Loading(), template: str = "", *, anew: bool = False) -> int:
        request = Load(0, path, loading, template)
        with self._lock:
            before = self._current
            held = next((each for each in self._held if each.is_of(request)), None) or self._free() or self._new()
            if before is not held and before is not None:
                before.used = self._clock()
                if before.loaded is not None:
                    self._earlier = before
            self._earlier = None if self._earlier is held else self._earlier
            self._current, held.asked = held, request
            held.loading = held.host.load(path, loading, template, anew=anew)
            self._watch()
            return held.loading

    def unload(self) -> int:
        """Nothing is kept: it is the memory that is wanted."""
        with self._lock:
            held = self._in_use()
            self._earlier = None
            for other in [each for each in self._held if each is not held]:
                self._end(other)
            return held.host.unload()

    def keep(self, models: int, seconds: float) -> None:
        with self._lock:
            self._models, self._seconds = models, seconds
            self._end_surplus()
            self._watch()

    @property
    def kept(self) -> tuple[ModelInfo, ...]:
        with self._lock:
            return tuple(each.loaded for each in reversed(self._idle()) if each.loaded is not None)

    def generate(
        self,
        turns: Sequence[Turn],
        sampling: Sampling = Sampling(),
        prefill: str = "",
        *,
        logprobs: int = 0,
        background: bool = False,
        conversation: int = 0,
        thought: str = "",
    ) -> int:
        with self._lock:
            return self._in_use().host.generate(
                turns,
                sampling,
                prefill,
                logprobs=logprobs,
                background=background,
                conversation=conversation,
                thought=thought,
            )

    def count(self, turns: Sequence[Turn], draft: str = "") -> int:
        with self._lock:
            return self._in_use().host.count(turns, draft)

    def examine(self, turns: Sequence[Turn], thinking: str = "auto", prefill: str = "", thought: str = "") -> int:
        with self._lock:
            return self._in_use().host.examine(turns, thinking, prefill, thought)

    def park(self, conversation: int) -> int:
        with self._lock:
            return self._in_use().host.park(conversation)

    def forget(self, conversation: int | None = None) -> None:
        if self._saved is not None:
            self._saved.forget(conversation)
        with self._lock:
            for held in self._ending:
                held.forgotten.append(conversation)
            for held in self._held:
                held.host.forget(conversation)

    def save_up_to(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        if self._saved is not None:
            self._saved.trim(limit_bytes)
        with self._lock:
            for held in self._held:
                held.host.save_up_to(limit_bytes)

    def saved_bytes(self) -> int:
        return 0 if self._saved is None else self._saved.bytes()

    def stop(self, request_id: int) -> None:
        with self._lock:
            for held in self._held:
                held.host.stop(request_id)

    def close(self) -> None:
        with self._lock:
            self._closing = True
            if self._cancel is not None:
                self._cancel()
            for held in list(self._held):
                self._end(held)
            ending = list(self._ending.values())
        for thread in ending:
            if thread is not threading.current_thread():
                thread.join()

    @property
    def process_id(self) -> int | None:
        """Of the process of the model in use, while there is one."""
        current = self._current
        return None if current is None else current.host.process_id

    # ── inside; the lock is held ──

    def _in_use(self) -> Held:
        if self._current is None:
            self._current = self._new()
        return self._current

    def _free(self) -> Held | None:
        """The process in use where it has nothing: at the start, after its model was unloaded, after its end."""
        current = self._current
        return current if current is not None and current.loaded is None and current.loading is None else None

    def _new(self) -> Held:
        host = Host(
            lambda event: self._heard(held, event),
            patience=self._patience,
            held=self._waits,
            contexts=self._contexts,
            ids=self._ids,
            before_load=lambda request: self._make_room(held, request),
        )
        held = Held(host)
        if self._closing:
            host.close()
        else:
            self._held.append(held)
        if self._limit:
            host.save_up_to(self._limit)
        return held

    def _idle(self) -> list[Held]:
        """Those that hold a model and are not in use, the one used least lately first."""
        idle = [each for each in self._held if each is not self._current and each.loaded is not None]
        return sorted(idle, key=lambda each: (each is self._earlier, each.used))

    def _end_surplus(self) -> None:
        """End those that are more than the person allows; not the one that may be needed again in a moment."""
        loaded = sum(each.loaded is not None for each in self._held)
        surplus = [each for each in self._idle() if each is not self._earlier][: max(0, loaded - self._models)]
        for held in surplus:
            self._end(held)

    def _end(self, held: Held) -> threading.Thread:
        """Let a process save what is worth it and end, which may take a while."""
        if held in self._held:
            self._held.remove(held)
            self._current = None if self._current is held else self._current
            self._earlier = None if self._earlier is held else self._earlier
            thread = threading.Thread(target=self._see_off, args=(held,), name="model end", daemon=True)
            self._ending[held] = thread
            thread.start()
        return self._ending[held]

    def _watch(self) -> None:
        """Have the alarm ring when the first of the idle ones has had its time."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
        idle = [each for each in self._idle() if each is not self._earlier]
        if self._seconds and idle and not self._closing:
            first = min(each.used for each in idle)
            self._cancel = self._alarm(max(0.0, first + self._seconds - self._clock()), self._expire)

    # ── on other threads ──

    def _see_off(self, held: Held) -> None:
        held.host.close()
        with self._lock:
            del self._ending[held]
            closing = self._closing
        if self._saved is not None:
            for conversation in held.forgotten:  # it may just have saved them
                self._saved.forget(conversation)
        for request in () if closing else tuple(held.host.open):
            self._deliver(Done(request, "stopped", Timing()))

    def _expire(self) -> None:
        """The alarm rang."""
        with self._lock:
            self._cancel = None
            for held in self._idle():
                if held is not self._earlier and held.used + self._seconds <= self._clock():
                    self._end(held)
            self._watch()

    def _heard(self, held: Held, event: Event) -> None:
        """What a host delivers, on its thread."""
        with self._lock:
            told = self._noted(held, event)
        if told is not None:
            self._deliver(told)

    def _noted(self, held: Held, event: Event) -> Event | None:
        """Take note of what a process has or has not; the event as it is told, None where it is not."""
        match event:
            case Gone():
                return self._died(held, event)
            case LoadProgress():
                return event if held is self._current else None
            case Loaded():
                return self._loaded(held, event)
            case Unloaded():
                held.loaded = None
            case Failed() | Done() if event.id == held.loading:
                return self._not_loaded(held, event)
        return event

    def _died(self, held: Held, event: Gone) -> Gone | None:
        held.loaded = held.loading = None
        if held is self._current:
            return event
        if held in self._held:
            self._end(held)
        return None

    def _loaded(self, held: Held, event: Loaded) -> Event | None:
        asked, held.loaded = event.id == held.loading, event.model
        held.loading = None if asked else held.loading
        held.used = self._clock()
        if held is self._current:
            self._earlier = None
            for other in [each for each in self._idle() if each.loaded and each.loaded.path == event.model.path]:
                self._end(other)  # the same file, loaded otherwise
        told = event if held is self._current else Done(event.id, "stopped", Timing()) if asked else None
        self._end_surplus()
        self._watch()
        return told

    def _not_loaded(self, held: Held, event: Failed | Done) -> Failed | Done:
        held.loading = None
        has = isinstance(event, Failed) and event.loaded  # what it had before
        held.loaded = held.loaded if has else None
        if held is self._current:
            if self._earlier is None:
                return event
            self._current, self._earlier = self._earlier, None
        if not has and held in self._held:
            self._end(held)
        there = self._current is not None and self._current.loaded is not None
        return replace(event, loaded=there) if isinstance(event, Failed) else event

    def _make_room(self, held: Held, request: Load) -> None:
        """Before a model is loaded: those go that it would not fit beside.

        Raises:
            AppError: the file is no model; nothing has changed.
        """
        from app.core.network import read_network  # the first paint does not wait for them
        from app.core.verdict import fits_beside

        network = None
        while True:
            with self._lock:
                others = [each for each in self._held if each is not held and each.loaded is not None]
                ending = list(self._ending.values())
                if held is not self._current or held.loaded is not None or not (others or ending):
                    return  # given up meanwhile, or there already, or alone
            if network is None:
                network = read_network(request.path)
            if fits_beside(network, request.loading, self._room(), sum(each.idle_bytes for each in others)):
                return
            with self._lock:
                if not ending and held is self._current and (idle := self._idle()):
                    ending = [self._end(idle[0])]
            if not ending:
                return
            for thread in ending:
                thread.join()


def _room() -> "Room":
    from app.engine.room import room  # the first paint does not wait for it

    return room()


def _timer(seconds: float, ring: Callable[[], None]) -> Cancel:
    timer = threading.Timer(seconds, ring)
    timer.daemon = True
    timer.start()
    return timer.cancel
