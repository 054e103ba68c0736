"""The model process: reads requests from its pipe, lets the model work, writes events.

It blocks on its pipe when it has nothing to do. The main thread reads the pipe, so that requests are seen while the
model works and the end of the parent ends this process at once. The model works on a thread with a large stack:
llama.cpp splits texts with std::regex, which for some vocabularies goes one call deeper with each character of a
long run, and ends the process at the bottom of the stack.
"""

import contextlib
import faulthandler
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Container
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from app.core import language
from app.core.errors import AppError, LoadError
from app.core.language import tr
from app.core.protocol import (
    Count,
    Done,
    Event,
    Examine,
    Failed,
    Forget,
    Forgotten,
    Generate,
    Leave,
    Load,
    Loaded,
    Park,
    Parked,
    Piece,
    Question,
    Request,
    SavedAt,
    Timing,
    Unload,
    Unloaded,
)

if TYPE_CHECKING:
    from app.engine.llama.log import Log
    from app.engine.loaded import LoadedModel

Envelope = tuple[Request, str, Path | None, SavedAt | None]
# a request, the language of its errors, the folder of the catalogues, where states may be saved
STOP_SLOTS = 64  # stopped requests that can be told at once
STACK_BYTES = 512 << 20  # address space, of which only what is used becomes memory; enough for a run of 500,000
LEAVING = 3.0  # seconds that saving may take when the program ends
READING = 3.0  # seconds before that, to read the answer that was just being written as the next prompt has it
ALL = range(sys.maxsize)  # the ids of all requests
PIECE_GAP = 0.005  # seconds between two pieces at least
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def run(connection: "Connection[Event, Envelope]", stops: Any, last_words: str) -> None:
    """The child process from beginning to end.

    `stops` is shared memory: the ids of requests that are to end. `last_words` is the file that takes what the
    native code writes to stderr before it dies.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in the terminal is the parent's to handle
    _redirect_errors(last_words)
    # Says where Python was when native code died; of its own thread only: to walk the frames of one that runs on can
    # die itself, and then the wrong signal is told.
    faulthandler.enable(file=2, all_threads=False)
    _end_with_parent()
    Worker(connection, stops).work()


class Worker:
    """Serves the requests: hands answers to the scheduler, which works on many at once, and loads in between.

    Counts and examinations are answered between two steps: someone is typing, or waits for them.
    """

    def __init__(self, connection: "Connection[Event, Envelope]", stops: Any) -> None:
        self._connection = connection
        self._stops = stops
        self._arrived: SimpleQueue[tuple[Envelope, float]] = SimpleQueue()
        self._waiting: deque[tuple[Envelope, float]] = deque()
        self._language = ""
        self._saved: SavedAt | None = None
        self._leaving = False
        self._model: LoadedModel | None = None
        self._log: Log | None = None
        self._held: dict[int, Piece] = {}  # by request: what waits for more
        self._written: dict[int, float] = {}  # by request: when its last piece was written

    def work(self) -> None:
        """Serve until the parent closes the pipe."""
        with contextlib.suppress(ValueError, RuntimeError):
            threading.stack_size(STACK_BYTES)
        threading.Thread(target=self._work, name="model", daemon=True).start()
        while True:
            try:
                envelope = self._connection.recv()
            except (EOFError, OSError):
                os._exit(0)  # the parent is gone: nobody is left to answer
            if isinstance(envelope[0], Leave):
                self._leaving = True  # all answers end
                if self._model is None:
                    os._exit(0)
            self._arrived.put((envelope, time.perf_counter()))

    def _work(self) -> None:
        try:
            self._serve_all()
        finally:  # a process without this thread would never answer again
            traceback.print_exc()
            os._exit(1)

    def _serve_all(self) -> None:
        with contextlib.suppress(Exception):  # only to be early: if it fails, the first load says why
            import app.engine.loaded  # noqa: F401
        while True:
            if not self._busy and not self._waiting:
                if self._arrived.empty() and self._use_the_time():
                    continue
                self._waiting.append(self._arrived.get())  # nothing to do: sleep
            self._take_arrived()
            self._serve_waiting()
            if self._busy:
                self._step()
                self._send_held()

    @property
    def _busy(self) -> bool:
        """Is there anything to work on?"""
        return self._model is not None and self._model.scheduler.busy

    @property
    def _urgent(self) -> bool:
        """Is there an answer to work on?"""
        return self._model is not None and self._model.scheduler.urgent

    def _use_the_time(self) -> bool:
        """Nobody waits: read ahead, or save a conversation that was left; False when there is nothing to do."""
        if self._model is None:
            return False
        parking = self._model.parking
        return self._model.read_ahead() or (parking is not None and parking.save_one())

    def _take_arrived(self) -> None:
        """What has arrived meanwhile: counts are answered at once, the rest waits for its turn."""
        while not self._arrived.empty():
            envelope, arrival = self._arrived.get()
            if isinstance(envelope[0], Leave) or (isinstance(envelope[0], Question) and self._model is not None):
                self._serve(envelope, arrival)
            else:
                self._waiting.append((envelope, arrival))

    def _serve_waiting(self) -> None:
        """Serve in order; another model is loaded when all answers of the one in use are done."""
        while self._waiting and not (self._urgent and isinstance(self._waiting[0][0][0], Load | Unload)):
            self._serve(*self._waiting.popleft())
        for each in list(self._waiting):  # behind a load that has to wait
            request = each[0][0]
            if isinstance(request, Generate) and request.id in self._stopped():
                self._waiting.remove(each)
                self._send(Done(request.id, "stopped", Timing()))

    def _step(self) -> None:
        model = self._loaded()
        try:
            model.scheduler.step()
        except Exception as error:  # noqa: BLE001 - the worker's door: a bug costs the answers of this moment
            model.scheduler.fail_all(_bug(error))

    def _send(self, event: Event) -> None:
        """Write an event. Pieces of one answer that follow each other faster than any eye are sent as one.

        A message through the pipe takes 0.06 ms on both sides together; a tiny model makes a token in 0.1 ms.
        """
        if isinstance(event, Piece):
            now = time.perf_counter()
            held = self._held.pop(event.id, None)
            if held is not None and held.kind != event.kind:
                self._write(held)
            elif held is not None:
                event = replace(
                    event,
                    text=held.text + event.text,
                    tokens=held.tokens + event.tokens,
                    chosen=held.chosen + event.chosen,
                )
            if now - self._written.get(event.id, 0.0) < PIECE_GAP:
                self._held[event.id] = event
                return
            self._written[event.id] = now
        elif isinstance(event, Done | Failed):
            if event.id in self._held:
                self._write(self._held.pop(event.id))
            self._written.pop(event.id, None)
        self._write(event)

    def _send_held(self) -> None:
        """Write the pieces that have waited long enough for a next one."""
        if self._held:
            now = time.perf_counter()
            for id in [id for id in self._held if now - self._written.get(id, 0.0) >= PIECE_GAP]:
                self._write(self._held.pop(id))
                self._written[id] = now

    def _write(self, event: Event) -> None:
        if self._leaving:
            return  # nobody listens any more
        try:
            self._connection.send(event)
        except OSError:
            os._exit(0)

    def _serve(self, envelope: Envelope, arrival: float) -> None:
        request, chosen, folder, self._saved = envelope
        if self._saved is not None and self._model is not None and self._model.parking is not None:
            self._model.parking.limit(self._saved)
        if folder is not None and chosen != self._language:
            language.use(chosen, folder)
            self._language = chosen
        if self._model is not None and not isinstance(request, Question):
            self._model.interrupt()
        try:
            self._answer(request, arrival)
        except AppError as error:
            self._send(Failed(request.id, error, self._model is not None))
        except Exception as error:  # noqa: BLE001 - the worker's door: a bug costs one answer
            self._send(Failed(request.id, _bug(error), self._model is not None))

    def _answer(self, request: Request, arrival: float) -> None:
        match request:
            case Load():
                self._load(request)
            case Unload():
                self._free()
                self._send(Unloaded(request.id))
            case Count():
                self._send(self._loaded().count(request))
            case Examine():
                self._send(self._loaded().examine(request))
            case Park():
                parking = None if self._model is None else self._model.parking
                self._send(Parked(request.id, 0 if parking is None else parking.park(request.conversation)))
            case Forget():
                if self._model is not None:
                    self._model.forget(request.conversation)
                self._send(Forgotten(request.id))
            case Leave():
                self._leave()
            case Generate():
                if request.id in self._stopped():
                    self._send(Done(request.id, "stopped", Timing()))
                else:
                    model = self._loaded()
                    model.scheduler.add(model.job(request, arrival, self._send))

    def _load(self, request: Load) -> None:
        # Heavy, and not needed to say that no model is loaded.
        from app.core.network import read_network
        from app.engine.llama.library import api
        from app.engine.llama.log import Log
        from app.engine.llama.model import Cancelled
        from app.engine.loaded import LoadedModel

        if self._log is None:
            self._log = Log()
            api.llama_backend_init()
        if self._model is not None:
            if not request.anew and self._model.is_of(request):
                self._send(Loaded(request.id, self._model.info))
                return
            read_network(request.path)  # a wrong or damaged file costs nothing: the model in use stays
        self._free()  # both models at once may not fit
        try:
            self._model = LoadedModel(request, self._send, self._stopped, self._log, self._saved)
        except Cancelled:
            self._send(Done(request.id, "stopped", Timing()))
        else:
            self._send(Loaded(request.id, self._model.info))

    def _free(self) -> None:
        if self._model is not None:
            self._model.free()
            self._model = None

    def _leave(self) -> None:
        """Save what is worth it and end."""
        if self._busy:
            self._step()  # which ends all answers
        if self._model is not None and self._model.parking is not None:
            for (request, *_), _ in self._waiting:  # a farewell passes by what arrived before it
                if isinstance(request, Forget):
                    self._model.forget(request.conversation)
            self._read_to_the_end(self._model)
            self._model.parking.save_all(LEAVING)
        os._exit(0)

    def _read_to_the_end(self, model: "LoadedModel") -> None:
        """An answer that ended a moment ago is read as the next prompt has it, else it would be read when one comes.

        Its own tokens are of use only as far as the template writes them down as they were.
        """
        end = time.monotonic() + READING
        if model.read_ahead():
            while self._busy and time.monotonic() < end:
                self._step()
            model.interrupt()

    def _loaded(self) -> "LoadedModel":
        if self._model is None:
            raise LoadError(tr("No model is loaded."), tr("Choose a model first."))
        return self._model

    def _stopped(self) -> Container[int]:
        """The ids of all requests that are to end, from the shared memory: 1 µs, no system call."""
        if self._leaving:
            return ALL
        ids: list[int] = self._stops[:]
        return ids


def _bug(error: Exception) -> AppError:
    from app.engine.scheduler import failure

    return failure(error)


def _redirect_errors(path: str) -> None:
    os.environ["GGML_NO_BACKTRACE"] = "1"  # would start a debugger in the moment of death
    with contextlib.suppress(OSError):
        number = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.dup2(number, 2)
        os.close(number)
        os.unlink(path)  # the parent has it open; not on Windows, where the parent deletes it


def _end_with_parent() -> None:
    """Belt to the braces of the closed pipe: Linux ends this process when the parent's thread that made it ends."""
    if sys.platform == "linux":
        import ctypes

        parent = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)
