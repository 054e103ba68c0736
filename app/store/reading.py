"""A database opened to be read only, beside a window that has it open, or a copy of one."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from app.core.errors import StoreError
from app.core.language import tr
from app.store import faults
from app.store.conversations import Conversations
from app.store.preferences import Settings
from app.store.schema import MIGRATIONS

WAIT_S = 1.0  # for a lock that another program holds


class ReadOnly:
    """See `Database`; nothing is changed, repaired or migrated.

    Raises:
        StoreError: there is no such file, it is damaged, or of another version of the program.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=WAIT_S)
        except sqlite3.Error as error:
            raise self._told(error) from error
        try:
            version = int(self.rows("PRAGMA user_version")[0][0])
            if version > len(MIGRATIONS):
                raise faults.newer(path, version, len(MIGRATIONS))
            if version < len(MIGRATIONS):
                raise StoreError(
                    tr("These conversations were saved by an older version of Fireside."),
                    tr("Close the window and start Fireside again, then try again."),
                    f"schema {version} in {path}",
                )
        except BaseException:
            self._connection.close()
            raise
        self.conversations = Conversations(self)
        self.preferences = Settings(self)

    def close(self) -> None:
        """Let the file go; may be called twice."""
        self._connection.close()

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """All rows of a query."""
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._told(error) from error

    def each(self, statement: str, values: Sequence[object] = ()) -> Iterator[Any]:
        """The rows of a query one by one."""
        try:
            yield from self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise self._told(error) from error

    def run(self, statement: str, values: Sequence[object] = ()) -> int:
        """Nothing is written here: calling it is a bug."""
        raise TypeError(f"read only: {statement}")

    def run_many(self, statement: str, values: Iterable[Sequence[object]]) -> None:
        """Nothing is written here: calling it is a bug."""
        raise TypeError(f"read only: {statement}")

    def write(self) -> AbstractContextManager[None]:
        """Nothing is written here: calling it is a bug."""
        raise TypeError("read only")

    def _told(self, error: sqlite3.Error) -> Exception:
        if not self.path.exists():
            return StoreError(tr("There are no conversations yet."), tr("Start Fireside and write the first message."))
        return faults.store_error(error, self.path) or error
