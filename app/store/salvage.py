"""Reads what can be read of a damaged database into a new one; the damaged file is kept."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.core.commands import BY_NAME
from app.core.errors import StoreError, sentences
from app.core.language import tr, trn
from app.store.backup import backups
from app.store.scrape import scrape

PROBED = 50_000  # row ids that are tried one by one where a part of a table cannot be read


def salvage(path: Path, make_empty: Callable[[Path], sqlite3.Connection]) -> StoreError:
    """Put a new database in the place of a damaged one, with every row that can be read.

    Args:
        path: the damaged file.
        make_empty: makes an empty database of the present version.

    Returns:
        What to tell the user: how much was saved, and where the damaged file lies.
    """
    aside = _aside(path)
    fresh = path.with_name(path.name + ".salvaged")
    for left in (fresh, fresh.with_name(fresh.name + "-wal"), fresh.with_name(fresh.name + "-shm")):
        left.unlink(missing_ok=True)
    for ending in ("", "-wal"):
        if (file := path.with_name(path.name + ending)).exists():
            file.replace(aside.with_name(aside.name + ending))
    path.with_name(path.name + "-shm").unlink(missing_ok=True)

    target = make_empty(fresh)
    source = sqlite3.connect(aside, isolation_level=None)
    try:
        target.execute("BEGIN")
        _copy(source, target, "folder")  # an old file has none; conversations bring theirs along
        readable = [_copy(source, target, table) for table in ("setting", "conversation", "message")]
        if not all(readable):
            _scrape(aside, target)
        count = _join_up(target)
        target.execute("COMMIT")
    finally:
        source.close()
        target.close()
    fresh.replace(path)
    return StoreError(
        tr("The file with your conversations was damaged and has been repaired.")
        + " "
        + trn("{count} message was saved.", "{count} messages were saved.", count),
        _next_step(path, aside),
        str(aside),
    )


def _next_step(path: Path, aside: Path) -> str:
    kept = tr("The damaged file is kept as {file}.").format(file=aside.name)
    if not backups(path.parent / "backups"):
        return kept
    command = tr(BY_NAME["restore_backup"].label).rstrip("…")
    return sentences(kept, tr("“{command}” brings back the conversations of an earlier day.").format(command=command))


def _aside(path: Path) -> Path:
    today = datetime.now().strftime("%Y-%m-%d")
    aside = path.with_name(f"{path.stem}.damaged-{today}.db")
    number = 2
    while aside.exists():
        aside = path.with_name(f"{path.stem}.damaged-{today}-{number}.db")
        number += 1
    return aside


def _scrape(path: Path, target: sqlite3.Connection) -> None:
    """Add rows from a file that SQLite cannot make sense of."""
    for table, rows in zip(("conversation", "message"), scrape(path), strict=True):
        names = [column[1] for column in target.execute(f"PRAGMA table_info({table})")]
        for row in rows.values():
            columns = ", ".join(names[: len(row)])
            with suppress(sqlite3.Error):  # a row of rubbish that looked like one
                target.execute(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))})", row)


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> bool:
    """Copy the readable rows of a table; False when not even its columns are known.

    Columns that one side does not know are left out.
    """
    columns = [row[1] for row in target.execute(f"PRAGMA table_info({table})")]
    try:
        there = {row[1] for row in source.execute(f"PRAGMA table_info({table})")}
    except sqlite3.DatabaseError:
        return False
    columns = [column for column in columns if column in there]
    if not columns:
        return False
    insert = f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    for row in _readable(source, table, columns):
        try:
            target.execute(insert, row)
        except sqlite3.IntegrityError:
            continue  # a value that is missing: the row was read from a page of rubbish
    return True


def _readable(source: sqlite3.Connection, table: str, columns: list[str]) -> Iterator[Any]:
    """Rows from the front until one cannot be read, from the back likewise, and the gap one id at a time."""
    key, names = columns[0], ", ".join(columns)
    ends: list[Any] = [None, None]
    for end, order in enumerate(("ASC", "DESC")):
        try:
            for row in source.execute(f"SELECT {names} FROM {table} ORDER BY {key} {order}"):
                if end == 1 and ends[0] is not None and row[0] <= ends[0]:
                    return
                ends[end] = row[0]
                yield row
            return  # all of it could be read
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            continue
    if key != "id":
        return
    first = int(ends[0] or 0) + 1
    last = int(ends[1]) if ends[1] is not None else first + PROBED
    for number in range(first, min(last, first + PROBED)):
        try:
            yield from source.execute(f"SELECT {names} FROM {table} WHERE id = ?", (number,)).fetchall()
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            continue


def _join_up(target: sqlite3.Connection) -> int:
    """Give messages whose conversation or parent is lost a place; returns how many messages there are."""
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    lost = target.execute(
        "SELECT DISTINCT conversation FROM message WHERE conversation NOT IN (SELECT id FROM conversation)"
    ).fetchall()
    for (number,) in lost:
        target.execute(
            "INSERT INTO conversation (id, title, titled, created, updated, pinned, system_prompt, sampling) "
            "VALUES (?, ?, 1, ?, ?, 0, '', '{}')",
            (number, tr("Recovered conversation"), now, now),
        )
    target.execute("UPDATE message SET parent = NULL WHERE parent NOT IN (SELECT id FROM message)")
    # A leaf that is lost: the youngest message is on the branch that was used last.
    target.execute(
        "UPDATE conversation SET leaf = (SELECT max(id) FROM message WHERE message.conversation = conversation.id) "
        "WHERE leaf IS NULL OR leaf NOT IN (SELECT id FROM message)"
    )
    return int(target.execute("SELECT count(*) FROM message").fetchone()[0])
