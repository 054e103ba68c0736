"""The quantizer in a process of its own, which is ended at once when nobody wants the copy any more.

A process is the only way to end it: llama.cpp asks nobody while it quantizes. How far it is tells the growing file.
"""

import multiprocessing
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from app.core import language
from app.core.errors import AppError, EngineGone
from app.core.language import tr
from app.core.record import record
from app.core.shrink import Forecast, Order
from app.engine.aside import deaf_to_ctrl_c, settle, told

LOOKS_EVERY_S = 0.1
BESIDE = 5  # how much other programs go before it (nice)


class Stopped(Exception):
    """Whoever asked for a copy has asked to stop."""


@record
class _Made:
    """The copy is written."""


def forecast(order: Order) -> Forecast:
    """What the quantizer would do, told by a process of its own.

    Raises:
        AppError: it could not do it.
    """
    said = _Child(order, None).run(lambda: None)
    assert isinstance(said, Forecast)
    return said


class Quantizing:
    """Writes one copy. `run` blocks, `stop` may come from any thread.

    Args:
        unfinished: the file it is written to, in the folder where it stays, its name in ASCII. It is removed if the
            copy does not become whole.
    """

    def __init__(self, order: Order, unfinished: Path) -> None:
        self._unfinished = unfinished
        self._child = _Child(order, unfinished)

    def stop(self) -> None:
        """End `run` at once."""
        self._child.stop()

    def run(self, tell: Callable[[int], None]) -> None:
        """Write it.

        Args:
            tell: hears ten times a second how many bytes are written, in this thread.

        Raises:
            Stopped: `stop` was called.
            AppError: it cannot be done.
        """
        whole = False
        try:
            self._child.run(lambda: tell(_size(self._unfinished)))
            whole = True
        finally:
            if not whole:
                with suppress(OSError):
                    self._unfinished.unlink(missing_ok=True)


class _Child:
    """The process, and its only word."""

    def __init__(self, order: Order, unfinished: Path | None) -> None:
        self._order = order
        self._unfinished = unfinished
        self._lock = threading.Lock()
        self._stopped = False
        self._process: SpawnProcess | None = None

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.kill()

    def run(self, look: Callable[[], None]) -> "Forecast | _Made":
        """What the process says; `look` is called while it says nothing."""
        spawn = multiprocessing.get_context("spawn")
        here, there = spawn.Pipe(duplex=False)
        work = (there, self._order, self._unfinished, language.in_use())
        process = spawn.Process(target=_serve, args=work, name="quantizer", daemon=True)
        try:
            with self._lock:
                if self._stopped:
                    raise Stopped
                with deaf_to_ctrl_c():
                    process.start()
                    self._process = process
            there.close()
            while not wait([here, process.sentinel], LOOKS_EVERY_S):
                look()
            said: Forecast | _Made | AppError = here.recv()
        except EOFError:
            if self._stopped:
                raise Stopped from None
            raise EngineGone(
                tr("The quantizer ended in the middle of its work."),
                tr("The file may be damaged, or memory was short: download it again, or close other programs."),
            ) from None
        finally:
            there.close()
            here.close()
            with self._lock:
                self._process = None
            if process.pid is not None:
                process.kill()  # it has said all it had to say
                process.join()
                process.close()
        if isinstance(said, AppError):
            raise said
        return said


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _serve(
    connection: "Connection[Forecast | _Made | AppError, None]",
    order: Order,
    unfinished: Path | None,
    spoken: tuple[str, Path | None],
) -> None:
    """The process from beginning to end."""
    settle(spoken)
    threading.Thread(target=_leave_with_parent, args=(unfinished,), daemon=True).start()
    try:
        from app.engine.llama import quantizer  # heavy, and not for the process that only asks

        if unfinished is None:
            connection.send(quantizer.forecast(order))
        else:
            if hasattr(os, "nice"):
                os.nice(BESIDE)
            os.chdir(unfinished.parent)
            quantizer.quantize(order, unfinished.name)
            connection.send(_Made())
    except Exception as error:  # noqa: BLE001 - this process's door, like the worker's
        connection.send(told(error))


def _leave_with_parent(unfinished: Path | None) -> None:
    """A copy that nobody waits for is not finished, whatever ended the parent."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    if unfinished is not None:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    os._exit(1)
