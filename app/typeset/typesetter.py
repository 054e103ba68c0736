"""The window's side of the process that sets formulas: started with the first one, ended when there is no more to do."""

import multiprocessing
import threading
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from app.typeset.formula import Formula, Key
from app.typeset.worker import run

LOADING = 30.0  # seconds that the process has to begin
PATIENCE = 20.0  # and that it has for one formula, however busy the machine is
IDLE = 45.0  # after so many seconds without a formula it ends
GOODBYE = 1.0  # seconds that it has to leave


class Typesetter:
    """Takes formulas and tells, on a thread of its own, what became of each.

    The thread lives as long as the process, and both only while there is something to do. A formula that takes too
    long costs the process, and the next one gets a new one.

    Args:
        deliver: called for each formula, on another thread; None for one that cannot be set.
        patience: seconds for a formula.
        idle: seconds until the process ends.
    """

    def __init__(
        self, deliver: Callable[[Key, Formula | None], None], patience: float = PATIENCE, idle: float = IDLE
    ) -> None:
        self._deliver = deliver
        self._patience, self._idle = patience, idle
        self._change = threading.Condition()
        self._asked: deque[Key] = deque()
        self._thread: threading.Thread | None = None
        self._process: SpawnProcess | None = None
        self._connection: Connection[object, object] | None = None
        self._closed = False

    @property
    def running(self) -> bool:
        """Is there a process?"""
        return self._thread is not None

    def ask(self, key: Key) -> None:
        """Set this formula, after those that were asked for before."""
        with self._change:
            if self._closed:
                return
            self._asked.append(key)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="typesetter", daemon=True)
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
                key = self._asked.popleft() if self._asked else None
                if key is None:
                    self._thread = None
            if key is None:
                self._end()
                return
            found = self._set(key)
            if not self._closed:
                self._deliver(key, found)

    def _set(self, key: Key) -> Formula | None:
        try:
            if self._connection is None and not self._begin():
                return None
            assert self._connection is not None
            self._connection.send(key)
            if self._speaks(self._patience):
                answer = self._connection.recv()
                return answer if isinstance(answer, Formula) else None
        except (OSError, EOFError):  # it died, of this formula or before it began
            pass
        self._end(at_once=True)
        return None

    def _begin(self) -> bool:
        """Start the process; False where it does not come to work."""
        spawn = multiprocessing.get_context("spawn")
        here, there = spawn.Pipe()
        process = spawn.Process(target=run, args=(there,), name="typesetter", daemon=True)
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
