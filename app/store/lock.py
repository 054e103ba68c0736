"""One window per data folder: a lock file that the system lets go by itself when the process ends."""

import os
import sys
from pathlib import Path

from app.core.errors import AlreadyRunning
from app.core.language import tr
from app.store import faults


class InstanceLock:
    """Held from construction until `release` or the end of the process.

    Raises:
        AlreadyRunning: another process holds it.
        StoreError: the folder cannot be written to.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / "fireside.lock"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            told = faults.store_error(error, path)
            assert told is not None  # an OSError always has a sentence
            raise told from error
        try:
            _lock(self._file)
        except OSError as error:
            os.close(self._file)
            raise AlreadyRunning(
                tr("Fireside is already open with these conversations."),
                tr("Use the window that is open, or set FIRESIDE_HOME to another folder."),
                f"{path}: {error}",
            ) from error

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_error: object) -> None:
        self.release()

    def release(self) -> None:
        """Let the lock go; may be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
