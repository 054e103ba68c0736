"""A process that does one kind of work, started with the first piece of it and ended when there is no more to do."""

import multiprocessing
import threading
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Generic, TypeVar

Ask = TypeVar("Ask")

LOADING = 30.0  # seconds that the process has to begin
GOODBYE = 1.0  # seconds that it has to leave


class Helper(Generic[Ask]):
    """Takes pieces of work and tells, on a thread of its own, what became of each.

    The thread lives as long as the process, and both only while there is something to do. A piece that takes too
    long costs the process, and the next one gets a new one.

    Args:
        name: of the thread and the process.
        run: what the process does: it sends True when it is ready, then an answer for each piece that it is sent.
        deliver: called with each piece and its answer, on another thread; None where there is none.
        patience: seconds for a piece.
        idle: seconds until the process ends.
    """

    def __init__(
        self,
        name: str,
        run: "Callable[[Connection[object, object]], None]",
        deliver: Callable[[Ask, object], None],
        patience: float,
        idle: float,
    ) -> None:
        self._name, self._run = name, run
        self._deliver = deliver
        self._patience, self._idle = patience, idle
        self._change = threading.Condition()
        self._asked: deque[Ask] = deque()
        self._thread: threading.Thread | None = None
        self._process: SpawnProcess | None = None
        self._connection: Connection[object, object] | None = None
        self._closed = False

    @property
    def running(self) -> bool:
        """Is there a process?"""
        return self._thread is not None

    def ask(self, piece: Ask) -> None:
        """Do this, after what was asked for before."""
        with self._change:
            if self._closed:
                return
            self._asked.append(piece)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._change.notify()

    def close(self) -> None:
        """End the process at once; what is still asked for is forgotten."""
        with self._change:
            self._closed = True
            self._asked.clear()
            thread = self._thread
            if self._process is not None:
                self._process.kill()
            self._change.notify()
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._asked or self._closed, self._idle)
                piece = self._asked.popleft() if self._asked else None
            if piece is None:
                self._end()
                with self._change:
                    if not self._asked:  # what was asked for meanwhile gets a new process
                        self._thread = None
                        return
                continue
            found = self._done(piece)
            if not self._closed:
                self._deliver(piece, found)

    def _done(self, piece: Ask) -> object:
        try:
            if self._connection is None and not self._begin():
                return None
            assert self._connection is not None
            self._connection.send(piece)
            if self._speaks(self._patience):
                return self._connection.recv()
        except (OSError, EOFError):  # it died, of this piece or before it began
            pass
        self._end(at_once=True)
        return None

    def _begin(self) -> bool:
        """Start the process; False where it does not come to work."""
        spawn = multiprocessing.get_context("spawn")
        here, there = spawn.Pipe()
        process = spawn.Process(target=self._run, args=(there,), name=self._name, daemon=True)
        try:
            with self._change:
                if self._closed:
                    return False
                process.start()
                self._process, self._connection = process, here
        finally:
            there.close()
        if self._speaks(LOADING) and here.recv():
            return True
        self._end(at_once=True)
        return False

    def _speaks(self, seconds: float) -> bool:
        """Wait until it has something to say, or has ended."""
        assert self._connection is not None
        assert self._process is not None
        return self._connection in wait([self._connection, self._process.sentinel], seconds)

    def _end(self, at_once: bool = False) -> None:
        with self._change:
            process, self._process = self._process, None
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        if process is not None:
            if not at_once:
                process.join(GOODBYE)
            if process.is_alive():
                process.kill()
            process.join()
            process.close()
