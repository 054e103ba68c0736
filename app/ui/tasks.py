"""Runs a job in a process of its own and tells on the window's thread what its steps bring."""

import multiprocessing
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.chat.jobs import Ended, Job, run
from app.core import language
from app.core.errors import AppError
from app.core.language import tr

GRACE = 3000  # ms that a job has to end by itself when it is cancelled
GOODBYE = 2.0  # seconds that it has when the window closes


class Task(QObject):
    """One job. It takes its next step when the window has taken in the one before; with `holds`, when `go_on` is called."""

    came = Signal(object)  # what a step brought
    ended = Signal(object)  # AppError, or None: it is done, or was cancelled
    _told = Signal(object)

    def __init__(self, job: Job, parent: QObject, *, holds: bool = False) -> None:
        super().__init__(parent)
        self._job, self._holds = job, holds
        self._languages = language.in_use()
        self._connection: Connection[object, object] | None = None
        self._process: SpawnProcess | None = None
        self._lock = threading.Lock()
        self._over = False
        self.cancelled = False
        self._thread = threading.Thread(target=self._listen, name="task", daemon=True)
        self._told.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(GRACE)
        self._late.timeout.connect(self._kill)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def go_on(self) -> None:
        """What the last step brought is done with."""
        if self._connection is not None and not self._over:
            with suppress(OSError):  # it died; the thread tells
                self._connection.send(not self.cancelled)

    def cancel(self) -> None:
        """End it after the step that it is at; nothing more comes but `ended`."""
        if self.cancelled or self._over:
            return
        self.cancelled = True
        self._late.start()
        if self._holds:
            self.go_on()

    def close(self) -> None:
        """End it now and wait; nothing is told any more."""
        self._over = self.cancelled = True
        self._late.stop()
        if self._thread.ident is None:
            return
        with self._lock:
            connection = self._connection
        if connection is not None:
            with suppress(OSError):  # it has ended
                connection.send(False)
        self._thread.join(GOODBYE)
        if self._thread.is_alive():
            self._kill()
            self._thread.join()

    # ── the thread that listens ───────────────────────────────────────────────────────────────────────

    def _listen(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        here, there = spawn.Pipe()
        process = spawn.Process(target=run, args=(there, self._job, self._languages), name="job", daemon=True)
        with self._lock:
            if self._over:
                here.close()
                there.close()
                return
            process.start()
            self._connection, self._process = here, process
        there.close()
        last: object = None
        try:
            while not isinstance(last := here.recv(), Ended):
                if not self._over:
                    self._told.emit(last)
        except (OSError, EOFError):
            last = Ended(_died())
        process.join()
        with self._lock:
            self._connection = self._process = None
            here.close()  # the process is not closed: another thread may have asked it at the same moment
        if not self._over:
            self._told.emit(last)

    def _kill(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.kill()

    # ── the window's thread ───────────────────────────────────────────────────────────────────────────

    def _take(self, step: object) -> None:
        if self._over:
            return
        if isinstance(step, Ended):
            self._over = True
            self._late.stop()
            self.ended.emit(None if self.cancelled else step.error)
            if step.report and not self.cancelled:
                raise RuntimeError(step.report)  # a fault of the program: it ends in a crash report
            return
        if not self.cancelled:
            self.came.emit(step)
        if not self._holds or self.cancelled:
            self.go_on()


def _died() -> AppError:
    return AppError(
        tr("The work on the files ended unexpectedly."),
        tr("Try again. Nothing half was left behind."),
        "the process died",
    )
