"""A file that one download writes to at a time, whichever thread or process it runs in."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from app.core.errors import InputError
from app.core.language import tr


@contextmanager
def claimed(path: Path) -> Iterator[FileIO]:
    """The file, made if it is not there, to be read and written without a buffer; the system lets it go with the process.

    Raises:
        InputError: somebody else writes to it.
        OSError: it cannot be written.
    """
    while True:
        file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666), "r+b")
        try:
            try:
                _lock(file.fileno())
            except OSError:
                raise InputError(
                    tr("“{file}” is being downloaded already.").format(file=path.stem),
                    tr("Look at the downloads in the open window, or wait until it is done."),
                ) from None
            if not _same(file, path):  # finished and renamed by somebody else between opening and locking
                continue
            yield file
            return
        finally:
            file.close()


def _same(file: FileIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        os.lseek(file, 1 << 60, os.SEEK_SET)  # beyond all that is ever written: a locked byte cannot be read
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
