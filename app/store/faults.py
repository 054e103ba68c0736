"""What SQLite and the file system report, as sentences with a next step."""

import sqlite3
from pathlib import Path

from app.core.errors import StoreError
from app.core.language import tr

LEAST = 256 * 1024  # bytes; with less a database cannot be opened


class Damaged(StoreError):
    """The database file cannot be read as it should; opening it again repairs it."""


def store_error(error: sqlite3.Error | OSError, path: Path) -> StoreError | None:
    """The sentence for an error that the user can act on; None for what is a bug of this program."""
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, OSError):
        return _cannot_write(path, detail)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind, the rest the circumstance
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreError(
                tr("Another program is using your conversations."),
                tr("Close programs that may use {file}, then try again.").format(file=path.name),
                detail,
            )
        case sqlite3.SQLITE_FULL:
            return _full(detail)
        case sqlite3.SQLITE_IOERR if _no_room(path):  # what it maps into memory fails in its own way
            return _full(detail)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return _cannot_write(path, detail)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return Damaged(
                tr("The file with your conversations is damaged."),
                tr("Start Fireside again; it saves what can be read."),
                detail,
            )
        case sqlite3.SQLITE_IOERR:
            return StoreError(
                tr("The disk reported an error while your conversations were read or saved."),
                tr("Check the disk and its cable or network, then try again."),
                detail,
            )
    return None


def _full(detail: str) -> StoreError:
    return StoreError(
        tr("The disk is full; this could not be saved."),
        tr("Free some space, then try again. What was saved before is safe."),
        detail,
    )


def _no_room(path: Path) -> bool:
    import shutil  # only for this, which is rare

    try:
        return shutil.disk_usage(path.parent).free < LEAST
    except OSError:
        return False


def newer(path: Path, found: int, known: int) -> StoreError:
    """The file was written by a later version of the program."""
    return StoreError(
        tr("Your conversations were saved by a newer version of Fireside."),
        tr("Install the newest version, or move {file} away to start afresh.").format(file=path.name),
        f"schema {found}, known up to {known}, in {path}",
    )


def _cannot_write(path: Path, detail: str) -> StoreError:
    return StoreError(
        tr("Fireside cannot write to the folder {folder}.").format(folder=path.parent),
        tr("Allow writing there, or set FIRESIDE_HOME to a folder of your own."),
        detail,
    )
