"""A running model process, and what its parent shares with it: the pipe, the stopped ids, the bell.

Apart from `host`, so that the window is painted before multiprocessing is even imported.
"""

import contextlib
import multiprocessing
import os
import signal
import tempfile
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from app.core.protocol import Event
from app.core.record import record
from app.engine.aside import deaf_to_ctrl_c
from app.engine.worker import STOP_SLOTS, Envelope, run

GOODBYE = 1.0  # seconds that a process has to leave when it is told to
FAREWELL = 8.0  # seconds for one that reads to the end and saves what it has read before it leaves
LAST_WORDS = 4000  # bytes of the child's stderr that are kept


class Exchange:
    """Shared memory that tells a child which requests are to end, and a bell that wakes the host's thread."""

    def __init__(self) -> None:
        self._stops: Any = multiprocessing.RawArray("q", STOP_SLOTS)
        self._ear, self._bell = multiprocessing.Pipe(duplex=False)

    def write_stops(self, ids: Sequence[int]) -> None:
        """The requests that are to end; the child looks between tokens and between batches."""
        written = list(ids)[:STOP_SLOTS]
        self._stops[:] = written + [0] * (STOP_SLOTS - len(written))

    def start_child(self) -> "Child":
        """Start a model process.

        Raises:
            OSError: the system has no room for it.
        """
        return Child.start(self._stops)

    def ring(self) -> None:
        """Wake the thread that waits; once is enough until it has called `hush`."""
        if not self._bell.closed:
            self._bell.send_bytes(b"!")

    def hush(self) -> None:
        """Take note of the bell."""
        self._ear.recv_bytes()

    def wait(self, child: "Child | None", timeout: float | None) -> tuple[bool, bool]:
        """Block until something happens: did the bell ring, and has the child spoken or ended?"""
        ears: list[Any] = [self._ear]
        if child is not None:
            ears += [child.connection, child.process.sentinel]
        ready = wait(ears, timeout)
        rung = self._ear in ready
        return rung, len(ready) > rung

    def close(self) -> None:
        """No more bells."""
        self._ear.close()
        self._bell.close()


@record
class Child:
    """A running model process."""

    process: SpawnProcess
    process_id: int
    connection: "Connection[Envelope, Event]"
    last_words: "LastWords"

    @classmethod
    def start(cls, stops: Any) -> "Child":
        spawn = multiprocessing.get_context("spawn")
        here, there = spawn.Pipe()
        words = LastWords()
        process = spawn.Process(target=run, args=(there, stops, words.name), name="model", daemon=True)
        try:
            with deaf_to_ctrl_c():
                process.start()
        except OSError:
            here.close()
            words.read()
            raise
        finally:
            there.close()
        assert process.pid is not None
        return cls(process, process.pid, here, words)

    def dismiss(self) -> None:
        """Let it go in peace: it ends when its pipe does."""
        self.connection.close()
        self.process.join(GOODBYE)
        if self.process.is_alive():
            self.process.kill()
        self.end()

    def leave(self) -> None:
        """Let it save what it has been told to save with its last request; it ends by itself."""
        self.process.join(FAREWELL)
        self.dismiss()

    def end(self) -> tuple[int | None, str, str]:
        """Wait for the end that has come or is near; the exit code, the same in words, and what was written to stderr."""
        self.connection.close()
        self.process.join(GOODBYE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        code = self.process.exitcode
        self.process.close()
        return code, _in_words(code), self.last_words.read()


def _in_words(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return f"ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"ended by signal {-code}"
    return f"exit code {code}"


class LastWords:
    """The file that takes a child's stderr. The child deletes it as soon as it has it open; we read it nevertheless."""

    def __init__(self) -> None:
        self.name = ""
        self._number = -1
        with contextlib.suppress(OSError):  # no room for temporary files: then there are no last words
            self._number, self.name = tempfile.mkstemp(prefix="fireside-engine-", suffix=".log")

    def read(self) -> str:
        """What was written last; the file is gone afterwards."""
        if self._number < 0:
            return ""
        with open(self._number, "rb") as file:
            self._number = -1
            file.seek(max(0, file.seek(0, os.SEEK_END) - LAST_WORDS))
            words = file.read().decode("utf-8", "replace").strip()
        with contextlib.suppress(OSError):
            os.unlink(self.name)
        return words
