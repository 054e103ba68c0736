"""A copy of the database each day: made in the background, checked, thinned out, and put back when it is needed."""

import os
import re
import shutil
import sqlite3
import threading
from collections.abc import Iterable
from contextlib import closing, suppress
from datetime import date, datetime
from pathlib import Path

from app.core.errors import AppError, InputError, StoreError
from app.core.language import tr
from app.core.record import record
from app.store import faults
from app.store.schema import MIGRATIONS

DAYS, WEEKS = 7, 4  # of which a copy is kept: the newest days, and before them the newest of each week
PAGES = 64  # that are copied at once, a quarter of a megabyte
PAUSE_S = 0.01  # between them, so that the disk is there for others too
SPARE = 256 * 2**20  # bytes that must be left on the disk
WAIT_S = 5.0  # for a lock that another connection holds

_NAME = re.compile(r"fireside-(\d{4}-\d\d-\d\d)\.db")


@record
class Copy:
    """A backup."""

    path: Path
    day: date
    size: int  # bytes


class DailyBackup:
    """Makes the day's copy on a thread of its own, from a connection of its own; nobody waits for it.

    In WAL mode a reader never holds up the one who writes: the copy is the database as it was when it began.
    """

    def __init__(self, database: Path, folder: Path) -> None:
        self._database, self._folder = database, folder
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.problem = ""  # why there is no copy, for the log

    def start(self, today: date | None = None) -> None:
        """Begin, unless there is a copy of today."""
        day = today or datetime.now().date()
        if not (self._folder / _name(day)).exists():
            self._thread = threading.Thread(target=self._run, args=(day,), name="backup", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End at once; a copy that is not finished is dropped. May be called before `start`."""
        self._stopped.set()
        self.join()

    def join(self) -> None:
        """Wait until it is done."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, day: date) -> None:
        try:
            back_up(self._database, self._folder, day, self._stopped)
        except (sqlite3.Error, OSError, StoreError) as error:  # tomorrow it is tried again
            self.problem = f"{type(error).__name__}: {error}"
            import logging

            logging.getLogger("fireside").warning("no backup: %s", self.problem)


def back_up(database: Path, folder: Path, day: date, stopped: threading.Event | None = None) -> Path | None:
    """Copy the database step by step, check the copy, and drop the copies that are not kept any more.

    Args:
        stopped: set by another thread when it is to be given up.

    Returns:
        The copy; None where the disk has too little room for one.

    Raises:
        sqlite3.Error, OSError: it could not be made, or was given up; there is no trace of it.
    """
    stopped = stopped or threading.Event()
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.part*"):
        left.unlink(missing_ok=True)
    if shutil.disk_usage(folder).free < database.stat().st_size + SPARE:
        return None
    part = folder / (_name(day) + ".part")
    try:
        _copy(database, part, stopped)
        _check(part, stopped)
        os.replace(part, folder / _name(day))
    finally:
        part.unlink(missing_ok=True)
    copies = backups(folder)
    keep = kept(copy.day for copy in copies)
    for copy in copies:
        if copy.day not in keep:
            copy.path.unlink(missing_ok=True)
    return folder / _name(day)


def backups(folder: Path) -> list[Copy]:
    """The copies, newest first."""
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            if match := _NAME.fullmatch(path.name):
                with suppress(ValueError):
                    found.append(Copy(path, date.fromisoformat(match[1]), path.stat().st_size))
    return sorted(found, key=lambda copy: copy.day, reverse=True)


def kept(days: Iterable[date]) -> set[date]:
    """The days whose copies are kept: the newest seven, and the newest of each of four weeks before them."""
    newest_first = sorted(set(days), reverse=True)
    weeks: dict[tuple[int, int], date] = {}
    for day in newest_first[DAYS:]:
        weeks.setdefault(day.isocalendar()[:2], day)
    return {*newest_first[:DAYS], *list(weeks.values())[:WEEKS]}


def chosen(folder: Path, name: str) -> Path:
    """The backup of a day, such as 2026-11-22, or a file.

    Raises:
        InputError: there is none.
    """
    for copy in backups(folder):
        if name in (copy.day.isoformat(), copy.path.name):
            return copy.path
    if (path := Path(name).expanduser()).is_file():
        return path
    raise InputError(
        tr("There is no backup “{name}”.").format(name=name), tr("fireside restore --list shows the backups.")
    )


@record
class Contents:
    """What a backup holds, and what would become of the conversations of now: ids alone tell them apart."""

    conversations: int  # without the trash, as all of these
    messages: int
    gone: int  # that are not in it
    changed: int  # that are as they were then
    back: int  # that are not there now


def contents(database: Path, backup: Path) -> Contents:
    """Look into a backup, beside a window that has the database open.

    Raises:
        InputError: it is damaged, or no backup of Fireside.
        StoreError: it is of a newer version, or cannot be read.
    """
    try:
        with closing(_reader(backup)) as connection:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if version > len(MIGRATIONS):
                raise faults.newer(backup, version, len(MIGRATIONS))
            then = dict(connection.execute("SELECT id, updated FROM conversation WHERE deleted IS NULL"))
            messages = int(connection.execute("SELECT count(*) FROM message").fetchone()[0])
        now: dict[int, str] = {}
        if database.exists():
            with closing(_reader(database)) as connection:
                now = dict(connection.execute("SELECT id, updated FROM conversation WHERE deleted IS NULL"))
    except sqlite3.Error as error:
        raise _told(error, backup) from error
    both = then.keys() & now.keys()
    changed = sum(then[number] != now[number] for number in both)
    return Contents(len(then), messages, len(now) - len(both), changed, len(then) - len(both))


def restore(database: Path, backup: Path) -> Path | None:
    """Put a backup in the place of the database, which is kept under another name; no other connection may be open.

    Returns:
        Where the database of before lies; None where there was none.

    Raises:
        InputError: the backup is damaged, or no database of Fireside.
        StoreError: it is of a newer version, the disk is full, or the folder cannot be written to.
    """
    return put_in_place(database, prepared(database, backup))


def prepared(database: Path, backup: Path) -> Path:
    """Copy a backup to beside the database and check it; takes its time, and may be done while the database is open.

    Raises:
        InputError: the backup is damaged, or no database of Fireside.
        StoreError: it is of a newer version, the disk is full, or the folder cannot be written to.
    """
    incoming = database.with_name(database.name + ".restoring")
    whole = False
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        incoming.unlink(missing_ok=True)
        with closing(_reader(backup)) as source, closing(sqlite3.connect(incoming)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
        _check(incoming)
        with incoming.open("rb+") as file:
            os.fsync(file.fileno())
        whole = True
        return incoming
    except sqlite3.Error as error:
        raise _told(error, backup) from error
    except OSError as error:
        raise _refused(error, database) from error
    finally:
        if not whole:
            with suppress(OSError):
                incoming.unlink(missing_ok=True)


def put_in_place(database: Path, incoming: Path) -> Path | None:
    """Let a prepared copy take the place of the database, which is kept; no other connection may be open.

    At every moment there is a whole database under its name: the new one takes the place of the old one at once.

    Returns:
        Where the database of before lies; None where there was none.

    Raises:
        StoreError: the disk is full, or the folder cannot be written to; nothing was changed.
    """
    try:
        aside = _set_aside(database) if database.exists() else None
        os.replace(incoming, database)
        return aside
    except OSError as error:
        raise _refused(error, database) from error
    finally:
        with suppress(OSError):
            incoming.unlink(missing_ok=True)


def _told(error: sqlite3.Error, backup: Path) -> AppError:
    told = faults.store_error(error, backup)
    if told is not None and not isinstance(told, faults.Damaged):
        return told
    return InputError(
        tr("{name} is damaged, or is not a backup of Fireside.").format(name=backup.name),
        tr("Choose another one. Nothing was changed."),
        str(error),
    )


def _refused(error: OSError, database: Path) -> AppError:
    told = faults.store_error(error, database)
    assert told is not None  # an OSError always has a sentence
    return told


def _copy(database: Path, part: Path, stopped: threading.Event) -> None:
    """Copy what a read transaction sees; it lasts until the end, so that nothing written meanwhile begins it anew."""

    def pause(*_: int) -> None:
        if stopped.wait(PAUSE_S):
            raise InterruptedError("given up")

    part.touch(0o600)
    with closing(_reader(database)) as source, closing(sqlite3.connect(part)) as target:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        source.backup(target, pages=PAGES, progress=pause)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, that can be read from a medium without writing


def _check(path: Path, stopped: threading.Event | None = None) -> None:
    """Raises what is wrong with a copy: SQLite's error, or StoreError for one that is newer than this program."""
    with closing(_reader(path)) as connection:
        if stopped is not None:
            connection.set_progress_handler(stopped.is_set, 100_000)
        result = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        connection.execute("SELECT count(*) FROM conversation JOIN message ON 0").fetchone()
    if result != "ok" or version == 0:
        raise sqlite3.DatabaseError(result)
    if version > len(MIGRATIONS):
        raise faults.newer(path, version, len(MIGRATIONS))


def _reader(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=WAIT_S, isolation_level=None)


def aside_name(database: Path) -> Path:
    """Under which name the database is kept when another one takes its place."""
    stem, number = f"{database.stem}.replaced-{datetime.now():%Y-%m-%d}", 1
    while (aside := database.with_name(f"{stem}{f'-{number}' if number > 1 else ''}.db")).exists():
        number += 1
    return aside


def _set_aside(database: Path) -> Path:
    """Keep the database under a second name, with everything that its write-ahead log holds."""
    log = database.with_name(database.name + "-wal")
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(database, isolation_level=None, timeout=WAIT_S)) as connection,
    ):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    aside = aside_name(database)
    try:
        os.link(database, aside)
    except (OSError, NotImplementedError):  # a file system without second names
        half = aside.with_name(aside.name + ".part")
        shutil.copy2(database, half)
        os.replace(half, aside)
    if log.exists():  # of a damaged database; beside the new one SQLite would take it for its own
        os.replace(log, aside.with_name(aside.name + "-wal"))
    database.with_name(database.name + "-shm").unlink(missing_ok=True)
    return aside


def _name(day: date) -> str:
    return f"fireside-{day.isoformat()}.db"
