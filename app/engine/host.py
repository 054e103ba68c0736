"""The parent's side of the model process: starts it, talks to it, notices its end, starts it again."""

import contextlib
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.core import language
from app.core.errors import AppError, EngineGone
from app.core.language import tr
from app.core.params import Loading, Sampling
from app.core.protocol import (
    Count,
    Done,
    End,
    Event,
    Examine,
    Failed,
    Forget,
    Generate,
    Gone,
    Leave,
    Load,
    Loaded,
    LoadProgress,
    ModelInfo,
    Park,
    Question,
    Request,
    SavedAt,
    Timing,
    Turn,
    Unload,
    Unloaded,
)
from app.engine.base import Deliver
from app.engine.gone import gone, of_death, still_loaded
from app.engine.saved import SavedFolder
from app.engine.trial import Trial

if TYPE_CHECKING:
    from app.engine.child import Child, Exchange

PATIENCE = 3.0  # seconds that a stopped request has before its process is killed


class Host:
    """An Engine whose model runs in a child process.

    One background thread waits for the pipe, for the child's end and for new requests; `deliver` is called on it.
    The child is started by the first request, or earlier by `warm`; one that is `held` waits for `warm` with its requests, so
    that a window is painted before the model takes the processor. When the child dies, every open request gets
    Failed(EngineGone), then Gone follows once; the next request starts a new child, which loads the last model first.
    """

    kept: tuple[ModelInfo, ...] = ()  # beside the model in use

    def __init__(
        self,
        deliver: Deliver,
        *,
        patience: float = PATIENCE,
        held: bool = False,
        contexts: Path | None = None,
        ids: Iterator[int] | None = None,
        before_load: Callable[[Load], None] | None = None,
    ) -> None:
        """Nothing is started yet. `contexts` is the folder for saved states; without one nothing is saved.

        Several hosts share `ids`. `before_load` is called on the host's thread; an AppError is the load's failure.
        """
        self._deliver = deliver
        self._saved = None if contexts is None else SavedFolder(contexts)
        self._save_limit = 0  # bytes; the front end knows the preference
        self._patience = patience
        self._held = held
        self._ids = itertools.count(1) if ids is None else ids
        self._before_load = before_load
        self._lock = threading.Lock()  # guards all that the two threads share: the next six
        self._outbox: deque[Request] = deque()
        self.open: dict[int, Request] = {}  # not ended, in the order in which the child serves them, counts aside
        self._stopping: dict[int, float] = {}  # when each was asked to stop
        self._woken = False
        self._wanted = False  # a child should be running
        self._closing = False
        self._exchange: Exchange | None = None  # made with the thread
        self._thread: threading.Thread | None = None
        self._child: Child | None = None
        self._trial = Trial()  # where the engine is to blame for a death, another one gets the same requests
        self._last_load: Load | None = None  # what the child has loaded, or had before it died
        self._bare = False  # the child is a new one that has not loaded it again yet
        self._reload: int | None = None  # the id of that second load while it runs

    # ── called by the window ──

    def warm(self) -> None:
        """Start the child now, so that the first request does not wait for it; what was held goes on."""
        with self._lock:
            self._held = False
            self._wanted = True
            self._wake()

    def load(self, path: Path, loading: Loading = Loading(), template: str = "", *, anew: bool = False) -> int:
        return self._ask(Load(next(self._ids), path, loading, template, anew))

    def keep(self, models: int, seconds: float) -> None:
        """There is one process, and one model in it."""

    def unload(self) -> int:
        return self._ask(Unload(next(self._ids)))

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
        request = Generate(
            next(self._ids), tuple(turns), sampling, prefill, logprobs, background, conversation, thought
        )
        return self._ask(request)

    def count(self, turns: Sequence[Turn], draft: str = "") -> int:
        return self._ask(Count(next(self._ids), tuple(turns), draft))

    def examine(self, turns: Sequence[Turn], thinking: str = "auto", prefill: str = "", thought: str = "") -> int:
        return self._ask(Examine(next(self._ids), tuple(turns), thinking, prefill, thought))

    def park(self, conversation: int) -> int:
        return self._ask(Park(next(self._ids), conversation))

    def forget(self, conversation: int | None = None) -> None:
        if self._saved is not None:
            self._saved.forget(conversation)
            if self._child is not None:  # it may be writing one, and holds what could be written later
                self._ask(Forget(next(self._ids), conversation))

    def save_up_to(self, limit_bytes: int) -> None:
        self._save_limit = limit_bytes
        if self._saved is not None:
            self._saved.trim(limit_bytes)

    def saved_bytes(self) -> int:
        return 0 if self._saved is None else self._saved.bytes()

    def stop(self, request_id: int) -> None:
        with self._lock:
            if (request_id in self.open or request_id == self._reload) and request_id not in self._stopping:
                self._stopping[request_id] = time.monotonic()
                self._write_stops()
                self._wake()

    def close(self) -> None:
        with self._lock:
            self._closing = True
            self._wake()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread() and thread.is_alive():
            thread.join()  # it is not alive where Ctrl+C came while it was being started

    @property
    def process_id(self) -> int | None:
        """Of the child, while there is one."""
        child = self._child
        return None if child is None else child.process_id

    def _ask(self, request: Request) -> int:
        with self._lock:
            self.open[request.id] = request
            self._outbox.append(request)
            self._wanted = True
            self._wake()
        return request.id

    def _wake(self) -> None:
        """Ring for the thread; the lock is held."""
        if self._thread is None:
            if self._closing or self._held:
                return
            from app.engine.child import Exchange

            self._exchange = Exchange()
            self._write_stops()
            self._thread = threading.Thread(target=self._work, args=(self._exchange,), name="engine host", daemon=True)
            self._thread.start()
        if not self._woken and self._exchange is not None:
            self._woken = True
            self._exchange.ring()

    def _write_stops(self) -> None:
        """Put the ids that are to end where the child sees them; the lock is held."""
        ids = list(self._stopping)
        if self._reload is not None and all(id in self._stopping for id in self.open):
            ids.insert(0, self._reload)  # nobody waits for it any more
        if self._exchange is not None:
            self._exchange.write_stops(ids)

    # ── on the background thread ──

    def _work(self, exchange: "Exchange") -> None:
        try:
            while not self._closing:
                self._turn(exchange)
        finally:
            self._end_child()
            with self._lock:
                self._exchange = None
                exchange.close()

    def _turn(self, exchange: "Exchange") -> None:
        """Wait for something, then see to it."""
        rung, heard = exchange.wait(self._child, self._time_left())
        with self._lock:
            if rung:
                exchange.hush()
                self._woken = False
        if self._closing:
            return
        if self._child is not None and heard:
            self._hear(self._child)
        if self._child is not None and self._time_left() == 0:
            self._kill_for_stop()
        self._speak(exchange)

    def _hear(self, child: "Child") -> None:
        """Deliver what the child has said; find out whether it is still there."""
        alive = child.process.is_alive()  # asked first: the last words are heard before it is given up
        try:
            while not self._closing and child.connection.poll():
                self._handle(child.connection.recv())
        except (EOFError, OSError):
            alive = False
        if not alive:
            self._mourn(child)

    def _handle(self, event: Event) -> None:
        self._trial.hear(event)
        if isinstance(event, Gone) or event.id == self._reload:
            return None if isinstance(event, Gone) else self._handle_reload(event)
        ends = isinstance(event, End)
        with self._lock:
            request = self.open.pop(event.id, None) if ends else self.open.get(event.id)
            if ends:
                self._stopping.pop(event.id, None)
                # Those that waited behind it have had no chance to stop before.
                self._stopping = dict.fromkeys(self._stopping, time.monotonic())
                self._write_stops()
        if isinstance(event, Loaded) and isinstance(request, Load):
            self._last_load = request
        elif isinstance(event, Unloaded) or (ends and isinstance(request, Load) and not still_loaded(event)):
            self._last_load = None
        return None if request is None else self._deliver(event)

    def _handle_reload(self, event: Event) -> None:
        """The load that nobody asked for: its progress is told, its failure is the failure of those who waited for it."""
        if not isinstance(event, LoadProgress):
            with self._lock:
                self._stopping.pop(self._reload or 0, None)
                self._reload = None
                self._write_stops()
        if isinstance(event, Done):
            self._bare = True  # stopped; the next request needs it again
        if isinstance(event, Failed):
            self._last_load = None
            self._fail_open(event.error, Generate | Question)
        else:
            self._deliver(event)

    def _speak(self, exchange: "Exchange") -> None:
        """Send what waits; start a child for it where there is none."""
        with self._lock:
            requests = list(self._outbox)
            self._outbox.clear()
            wanted = self._wanted
        if self._child is None and (wanted or requests):
            try:
                self._child = exchange.start_child()
            except OSError as error:
                self._wanted = False
                self._tell_gone(gone(tr("The model process could not be started."), str(error)))
                return
            self._bare = self._last_load is not None
        for request in requests:
            if isinstance(request, Load) and not self._may_load(request):
                continue
            if self._bare and isinstance(request, Generate | Question) and self._last_load is not None:
                again = replace(self._last_load, id=next(self._ids))
                with self._lock:
                    self._reload = again.id
                    self._write_stops()
                self._send(again)
            self._bare = False
            self._send(request)

    def _may_load(self, request: Load) -> bool:
        try:
            if self._before_load is not None:
                self._before_load(request)
        except AppError as error:
            self._handle(Failed(request.id, error, self._last_load is not None))
        return request.id in self.open

    def _send(self, request: Request) -> None:
        saved = None if self._saved is None else SavedAt(self._saved.path, self._save_limit)
        envelope = (request, *language.in_use(), saved)
        with contextlib.suppress(OSError):  # it is gone; the wait tells so next
            if self._child is not None:
                self._child.connection.send(envelope)

    def _time_left(self) -> float | None:
        """Seconds until a stopped request that could have ended has had its time; None: wait for ever.

        The child works on all answers at once, but on nothing else while it loads.
        """
        with self._lock:
            since = [self._stopping[id] for id in self._at_work() if id in self._stopping]
        return max(0.0, min(since) + self._patience - time.monotonic()) if since else None

    def _at_work(self) -> list[int]:
        """The ids of the requests that the child works on; the lock is held."""
        if self._reload is not None:
            waited_for = any(id not in self._stopping for id in self.open)
            return [self._reload, *([] if waited_for else self.open)]
        ids: list[int] = []
        for id, request in self.open.items():
            if isinstance(request, Load | Unload):
                return ids or [id]
            if not isinstance(request, Question):
                ids.append(id)
        return ids

    def _kill_for_stop(self) -> None:
        child = self._child
        assert child is not None
        child.process.kill()
        child.end()
        self._child, self._reload, self._wanted = None, None, False
        with self._lock:
            stopped = [id for id in self.open if id in self._stopping]
            for id in stopped:
                if isinstance(self.open.pop(id), Load):
                    self._last_load = None
            self._stopping.clear()
            self._write_stops()
        for id in stopped:
            self._deliver(Done(id, "stopped", Timing()))
        self._fail_open(gone(tr("The model did not stop in time and was ended."), ""))

    def _mourn(self, child: "Child") -> None:
        code, how, words = child.end()
        with self._lock:
            first = next((request for request in self.open.values() if not isinstance(request, Question)), None)
            self._outbox = deque(self.open.values())  # all of it goes to the next child, or fails
        loading = self._last_load if self._reload is not None else first if isinstance(first, Load) else None
        self._child, self._reload, self._wanted = None, None, self._trial.goes_on(code)
        if not self._wanted:
            self._tell_gone(of_death(loading, self._last_load, f"{how}\n{words}".strip(), code))

    def _tell_gone(self, error: EngineGone) -> None:
        self._fail_open(error)
        with self._lock:
            self._stopping.clear()
            self._write_stops()
        self._deliver(Gone(error))

    def _fail_open(self, error: AppError, kinds: Any = object) -> None:
        """Fail the open requests of these kinds, also those that were not sent yet."""
        with self._lock:
            failed = [id for id, request in self.open.items() if isinstance(request, kinds)]
            for id in failed:
                request = self.open.pop(id)
                self._stopping.pop(id, None)
                if request in self._outbox:
                    self._outbox.remove(request)
        for id in failed:
            self._deliver(Failed(id, error, False))

    def _end_child(self) -> None:
        if self._child is not None:
            if self._saved is not None and self._save_limit:
                self._outbox.append(Leave(next(self._ids)))
                for request in self._outbox:
                    if isinstance(request, Forget | Leave):
                        self._send(request)
                self._child.leave()
            else:
                self._child.dismiss()
            self._child = None
