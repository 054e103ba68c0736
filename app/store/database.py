"""The database file: opened, checked, migrated and repaired; every statement passes through here."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from app.core.errors import StoreError
from app.store import faults
from app.store.conversations import Conversations
from app.store.folders import Folders
from app.store.preferences import Settings
from app.store.schema import MIGRATIONS

WAIT_S = 1.0  # for a lock that another program holds
BESIDE_S = 10.0  # for one that the window holds
SETTLED_PAGES = 2000  # of the write-ahead log, 8 MB; beyond that it is moved into the file
ALWAYS_CHECKED = 16 * 2**20  # bytes; a larger file is checked only after an end that was not clean


class Database:
    """One SQLite file, or a database in memory that leaves no trace. Used by one thread.

    Attributes:
        conversations: conversations and their messages.
        folders: folders, and the names that a search can be narrowed to.
        preferences: everything that is remembered by name.
        repaired: set when the file was damaged; a sentence that says what was saved and where the old file lies.

    Raises:
        StoreError: the file is locked, newer than this program, not writable, or the disk is full.
    """

    def __init__(self, path: Path | None, migrations: Sequence[str] = MIGRATIONS, *, beside: bool = False) -> None:
        """`beside` a window that has it open: the file is neither checked, repaired nor migrated, and its answers go on."""
        self.path = path
        self._beside = beside
        self.repaired: StoreError | None = None
        self._migrations = migrations
        self._depth = 0
        with self._told():
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._connection = self._open()
            except sqlite3.DatabaseError as error:
                if path is None or beside or not isinstance(faults.store_error(error, path), faults.Damaged):
                    raise
                self._repair(path)
        self.conversations = Conversations(self)
        self.folders = Folders(self)
        self.preferences = Settings(self)
        if not beside:
            self.conversations.end_streaming()
        if path is not None and not beside and self._mark(path).exists():
            self._rebuild_indexes()  # integrity_check does not look into them
            self._mark(path).unlink(missing_ok=True)

    def close(self) -> None:
        """Write everything into the one file and let it go; may be called twice."""
        with suppress(sqlite3.Error):  # nothing is lost: the next opening reads the write-ahead log
            self._connection.close()

    def settle(self) -> None:
        """Move a long write-ahead log into the file. Takes three syncs, so that it is done when nobody waits."""
        if self.path is None or self._depth:
            return
        with suppress(OSError, sqlite3.Error):  # the log stays, and is moved another time
            if self.path.with_name(self.path.name + "-wal").stat().st_size > SETTLED_PAGES * 4096:
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    # ── statements ────────────────────────────────────────────────────────────────────────────────────

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """All rows of a query."""
        with self._told():
            return self._connection.execute(statement, values).fetchall()

    def each(self, statement: str, values: Sequence[object] = ()) -> Iterator[Any]:
        """The rows of a query one by one, for what may be long; all of them are to be taken."""
        with self._told():
            yield from self._connection.execute(statement, values)

    def run(self, statement: str, values: Sequence[object] = ()) -> int:
        """One statement that writes, inside `write()` or on its own; returns the row id of an insert."""
        with self._told():
            return self._connection.execute(statement, values).lastrowid or 0

    def run_many(self, statement: str, values: Iterable[Sequence[object]]) -> None:
        """One statement for many rows."""
        with self._told():
            self._connection.executemany(statement, values)

    @contextmanager
    def write(self) -> Iterator[None]:
        """A transaction: all or nothing, on disk when the outermost block ends."""
        if self._depth:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            return
        with self._told():
            self._connection.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
            with self._told():
                self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk has rolled back by itself
                self._connection.execute("ROLLBACK")
            raise
        finally:
            self._depth = 0

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors that the user can act on, as StoreError; a damaged file is marked for a full check."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            told = faults.store_error(error, self.path or Path("memory"))
            if told is None:
                raise
            if isinstance(told, faults.Damaged) and self.path is not None:
                with suppress(OSError):
                    self._mark(self.path).touch()
            raise told from error

    # ── opening ───────────────────────────────────────────────────────────────────────────────────────

    def _open(self) -> sqlite3.Connection:
        """A connection to a file that is whole and of this program's version."""
        unclean = self.path is not None and self.path.with_name(self.path.name + "-wal").exists()
        connection = sqlite3.connect(
            self.path or ":memory:", timeout=BESIDE_S if self._beside else WAIT_S, isolation_level=None
        )
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > len(self._migrations) and self.path:
                raise faults.newer(self.path, version, len(self._migrations))
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")  # a commit is on the disk, not only with the system
            connection.execute(f"PRAGMA wal_autocheckpoint = {2 * SETTLED_PAGES}")  # `settle` comes before
            connection.execute("PRAGMA temp_store = MEMORY")
            if not self._beside:
                self._check(connection, unclean)
                self._migrate(connection, version)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check(self, connection: sqlite3.Connection, unclean: bool) -> None:
        if self.path is None:
            return
        if self._mark(self.path).exists():
            result = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        elif unclean or self.path.stat().st_size <= ALWAYS_CHECKED:
            result = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        else:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            result = "ok"
        if result != "ok":
            raise _damaged(result)

    def _migrate(self, connection: sqlite3.Connection, version: int) -> None:
        """Run the migrations that the file has not seen, each in a transaction, after a copy was made."""
        if 0 < version < len(self._migrations) and self.path:
            copy = sqlite3.connect(self.path.with_name(f"{self.path.stem}.before-{len(self._migrations)}.db"))
            try:
                connection.backup(copy)
            finally:
                copy.close()
        for number, script in enumerate(self._migrations[version:], start=version + 1):
            try:
                connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _repair(self, path: Path) -> None:
        from app.store.salvage import salvage  # needed once in a lifetime, if ever

        self.repaired = salvage(path, self._make_empty)
        self._mark(path).unlink(missing_ok=True)
        self._connection = self._open()

    def _make_empty(self, path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None)
        self._migrate(connection, 0)
        return connection

    def _rebuild_indexes(self) -> None:
        with self.write():
            for index in ("message_index", "title_index"):
                self.run(f"INSERT INTO {index}({index}) VALUES ('rebuild')")

    @staticmethod
    def _mark(path: Path) -> Path:
        """An empty file that asks the next opening for a full check."""
        return path.with_name(path.name + ".check")


def _damaged(result: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(result)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
