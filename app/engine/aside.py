"""How a process beside the parent's begins and ends: Ctrl+C is the parent's, and it speaks the parent's language."""

import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from pathlib import Path

from app.core import language
from app.core.errors import AppError, LoadError
from app.core.language import tr


@contextmanager
def deaf_to_ctrl_c() -> Iterator[None]:
    """A process begun within does not hear Ctrl+C, which is its parent's; Python would complain of it while it starts."""
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # where it begins later, it takes the block away
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def settle(spoken: tuple[str, Path | None]) -> None:
    """The first thing in a process that has one answer to give: deaf to Ctrl+C, silent, in the language of `language.in_use`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be blocked
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what native code writes before it dies helps nobody here
    chosen, folder = spoken
    if folder is not None:
        language.use(chosen, folder)


def told(error: Exception) -> AppError:
    """What the parent hears of it; a fault of the program comes with its traceback as the detail."""
    if isinstance(error, AppError):
        return error
    words = "".join(traceback.format_exception(error))
    return LoadError(tr("Something in the engine went wrong."), tr("Try again."), words)
