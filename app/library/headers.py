"""Reads the headers of model files one after the other: here, or, where they are many, in a process of its own.

A thread of the same process would hold up its window: it is Python that reads, for some hundredths of a second each.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from app.core import language
from app.core.errors import AppError
from app.library.description import Description, described

Result = Description | AppError | OSError
Files = Sequence[Sequence[Path]]  # of each model its parts
Read = Callable[[Files], Generator[Result, None, None]]

MANY = 16  # are worth a process
BESIDE = 5  # how much other programs go before it (nice)


def read_here(files: Files) -> Generator[Result, None, None]:
    """What each says, or why it says nothing."""
    for parts in files:
        try:
            yield described(parts)
        except (AppError, OSError) as error:
            yield error


def read_beside(files: Files) -> Generator[Result, None, None]:
    """The same, many of them in a process of its own; what that owes when it is lost is read here."""
    done = 0
    if len(files) >= MANY:
        spawn = multiprocessing.get_context("spawn")
        here, there = spawn.Pipe(duplex=False)
        process = spawn.Process(target=_serve, args=(there, files, language.in_use()), name="headers", daemon=True)
        process.start()
        there.close()
        try:
            with suppress(EOFError, OSError):  # it was lost
                while done < len(files):
                    result: Result = here.recv()
                    done += 1
                    yield result
        finally:
            if done < len(files):
                process.kill()
            process.join()
            here.close()
    yield from read_here(files[done:])


def _serve(there: "Connection[object, object]", files: Files, languages: tuple[str, Path | None]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in the terminal is for the window
    if hasattr(os, "nice"):
        os.nice(BESIDE)
    if languages[1] is not None:
        language.use(languages[0], languages[1])
    with suppress(OSError):  # nobody listens any more
        for result in read_here(files):
            there.send(result)
