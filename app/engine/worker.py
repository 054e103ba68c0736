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
from collections.abc import Callable
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
    Request,
    SavedAt,
    Started,
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
PIECE_GAP = 0.005  # seconds between two pieces at least
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def run(connection: "Connection[Event, Envelope]", stops: Any, last_words: str) -> None:
    """The child process from beginning to end.

    `stops` is shared memory: the ids of requests that are to end. `last_words` is the file that takes what the
    native code writes to stderr before it dies.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in the terminal is the parent's to handle
    _redirect_errors(last_words)
    faulthandler.enable(file=2)  # says where Python was when native code died
    _end_with_parent()
    Worker(connection, stops).work()


class Worker:
    """Serves the requests in order, except that counts go first: someone is typing."""

    def __init__(self, connection: "Connection[Event, Envelope]", stops: Any) -> None:
        self._connection = connection
        self._stops = stops
        self._arrived: SimpleQueue[tuple[Envelope, float]] = SimpleQueue()
        self._waiting: deque[tuple[Envelope, float]] = deque()
        self._language = ""
        self._model: LoadedModel | None = None
        self._log: Log | None = None
        self._held: Piece | None = None
        self._last_piece = 0.0

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
            if not self._waiting:
                self._waiting.append(self._arrived.get())
            self._serve(*self._waiting.popleft())
            self._answer_counts()

    def _send(self, event: Event) -> None:
        """Write an event. Pieces that follow each other faster than any eye are sent as one.

        A message through the pipe takes 0.06 ms on both sides together; a tiny model makes a token in 0.1 ms.
        """
        if isinstance(event, Piece):
            if self._held is not None:
                event = Piece(event.id, self._held.text + event.text, self._held.tokens + event.tokens)
            now = time.perf_counter()
            if now - self._last_piece < PIECE_GAP:
                self._held = event
                return
            self._held, self._last_piece = None, now
        elif self._held is not None:
            held, self._held = self._held, None
            self._write(held)
        elif isinstance(event, Started):
            self._last_piece = 0.0  # the first piece is sent at once
        self._write(event)

    def _write(self, event: Event) -> None:
        try:
            self._connection.send(event)
        except OSError:
            os._exit(0)

    def _answer_counts(self) -> None:
        """Take what has arrived meanwhile; counts are answered at once, the rest waits."""
        while not self._arrived.empty():
            envelope, arrival = self._arrived.get()
            if isinstance(envelope[0], Count) and self._model is not None:
                self._serve(envelope, arrival)
            else:
                self._waiting.append((envelope, arrival))

    def _serve(self, envelope: Envelope, arrival: float) -> None:
        request, chosen, folder, _ = envelope
        if folder is not None and chosen != self._language:
            language.use(chosen, folder)
            self._language = chosen
        try:
            self._answer(request, arrival)
        except AppError as error:
            self._send(Failed(request.id, error, self._model is not None))
        except Exception as error:  # noqa: BLE001 - the worker's door: a bug costs one answer
            words = "".join(traceback.format_exception(error))
            failure = LoadError(
                tr("Something in the engine went wrong."), tr("Try again, or load the model again."), words
            )
            self._send(Failed(request.id, failure, self._model is not None))

    def _answer(self, request: Request, arrival: float) -> None:
        match request:
            case Load():
                self._load(request)
            case Unload():
                self._free()
                self._send(Unloaded(request.id))
            case Count():
                self._send(self._loaded().count(request))
            case Park():
                self._send(Parked(request.id, 0))
            case Forget():
                self._send(Forgotten(request.id))
            case Leave():
                os._exit(0)
            case Generate():
                stopped = self._stopped(request.id)
                if stopped():
                    self._send(Done(request.id, "stopped", Timing()))
                else:
                    answer = self._loaded().generate(request, arrival, self._send, stopped, self._answer_counts)
                    self._send(answer)

    def _load(self, request: Load) -> None:
        # Heavy, and not needed to say that no model is loaded.
        from app.core.models import checked_size
        from app.engine.llama.library import api
        from app.engine.llama.log import Log
        from app.engine.llama.model import Cancelled
        from app.engine.loaded import LoadedModel

        if self._log is None:
            self._log = Log()
            api.llama_backend_init()
        checked_size(request.path)  # a wrong path costs nothing: the model in use stays
        self._free()  # both models at once may not fit
        try:
            self._model = LoadedModel(request, self._send, self._stopped(request.id), self._log)
        except Cancelled:
            self._send(Done(request.id, "stopped", Timing()))
        else:
            self._send(Loaded(request.id, self._model.info))

    def _free(self) -> None:
        if self._model is not None:
            self._model.free()
            self._model = None

    def _loaded(self) -> "LoadedModel":
        if self._model is None:
            raise LoadError(tr("No model is loaded."), tr("Choose a model first."))
        return self._model

    def _stopped(self, request_id: int) -> Callable[[], bool]:
        """Asks the shared memory whether this request is to end: 1 µs, no system call."""
        stops = self._stops
        return lambda: request_id in stops[:]


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
