"""Opening: every old version, a newer one, locked, read-only, full; and what a crash leaves."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.errors import AlreadyRunning, StoreError
from app.core.protocol import Candidate
from app.core.tree import Sent
from app.store import faults
from app.store.database import Database
from app.store.lock import InstanceLock
from app.store.schema import MIGRATIONS
from tests.store.conftest import fill, find, message, texts

VERSIONS = sorted(Path(__file__).parent.glob("versions/*.sql"))


def test_there_is_a_database_of_every_version() -> None:
    assert [int(file.stem) for file in VERSIONS] == list(range(1, len(MIGRATIONS) + 1))


@pytest.mark.parametrize("script", VERSIONS, ids=lambda file: f"version {file.stem}")
def test_a_database_of_every_version_opens(script: Path, path: Path) -> None:
    old = sqlite3.connect(path)
    old.executescript(script.read_text("utf-8"))
    old.close()
    store = Database(path)
    assert store.repaired is None
    assert texts(store) == ["Hello", "你好, stopped in mid"]
    if int(script.stem) > 1:
        answer = store.conversations.messages(1)[1]
        assert (answer.thinking, answer.thinking_s, answer.summary) == ("A greeting.", 1.5, "They greeted.")
        assert answer.candidates == (Candidate("你好", -0.5),)
        assert store.conversations.get(1).overflow == "without"
    if int(script.stem) > 3:
        question, answer = store.conversations.messages(1)
        assert (question.pinned, question.note, answer.pinned, answer.note) == (True, "", False, "In two languages.")
        assert (question.sent, answer.sent) == (None, Sent(left_out=2, context_length=2048))
        assert find(store, "languages")[0].places[0].message == answer.id
    assert store.conversations.messages(1)[1].status == "stopped"  # it was streaming
    assert {row.title for row in store.conversations.listed(9)} == {"Pinned", "Greeting"}
    assert [row.title for row in store.conversations.trashed()] == ["Gone"]
    assert store.preferences.values("preferences") == {"theme": "dark"}
    assert len(find(store, "Hello")) == 1
    if int(script.stem) > 2:
        greeting = store.conversations.get(1)
        assert greeting is not None
        assert (greeting.folder, greeting.tags, greeting.colour) == ("Letters", ("kind", "你好"), "green")
        assert greeting.archived
        assert [folder.name for folder in store.folders.listed()] == ["Empty", "Letters"]
    else:
        assert store.folders.listed() == []
    assert [hit.conversation.title for hit in find(store, "好")] == ["Greeting"]  # of a text that was there before
    assert store.rows("PRAGMA user_version")[0][0] == len(MIGRATIONS)
    store.close()


def test_a_migration_keeps_a_copy_and_runs_once(path: Path) -> None:
    store = Database(path)
    fill(store, "kept")
    store.close()
    more = (*MIGRATIONS, "ALTER TABLE message ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'")
    for _ in range(2):
        newer = Database(path, more)
        assert newer.rows("SELECT text, mood FROM message") == [("kept", "calm")]
        newer.close()
    copy = Database(path.with_name(f"fireside.before-{len(more)}.db"))
    assert texts(copy) == ["kept"]
    copy.close()


def test_a_migration_that_fails_changes_nothing(path: Path) -> None:
    store = Database(path)
    fill(store, "kept")
    store.close()
    with pytest.raises(sqlite3.OperationalError):
        Database(path, (*MIGRATIONS, "CREATE TABLE half (x); SELECT nonsense FROM nowhere"))
    again = Database(path)
    assert texts(again) == ["kept"]
    assert again.rows("SELECT name FROM sqlite_schema WHERE name = 'half'") == []
    again.close()


def test_a_newer_file_is_refused_and_left_alone(path: Path) -> None:
    store = Database(path, (*MIGRATIONS, "CREATE TABLE later (x)"))
    store.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer version") as refused:
        Database(path)
    assert refused.value.hint
    assert path.read_bytes() == before


def test_leftover_streaming_answers_are_stopped_ones(path: Path) -> None:
    store = Database(path)
    row, (first,) = fill(store, "question")
    store.conversations.add_message(message(row.id, "half an", first.id, role="assistant", status="streaming"))
    store.close()
    again = Database(path)
    last = again.conversations.messages(row.id)[-1]
    assert (last.text, last.status, last.finish_reason) == ("half an", "stopped", "stopped")
    again.close()


# ── circumstances ─────────────────────────────────────────────────────────────────────────────────────


def test_a_locked_database(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.database.WAIT_S", 0.05)
    store = Database(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="Another program"):
        fill(store, "cannot be saved now")
    other.execute("ROLLBACK")
    fill(store, "can be saved again")
    other.execute("BEGIN EXCLUSIVE")
    other.close()
    assert texts(store) == ["can be saved again"]
    store.close()


def test_a_database_that_another_program_holds_at_the_start(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.database.WAIT_S", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("CREATE TABLE x (y)")
    with pytest.raises(StoreError, match="Another program"):
        Database(path)
    other.close()


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder that cannot be written to, also when the tests run as root."""
    folder = tmp_path / "closed"
    folder.mkdir()
    Database(folder / "fireside.db").close()
    (folder / "fireside.db").chmod(0o444)
    folder.chmod(0o555)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    opened = []
    if root:  # root may write anywhere: become somebody else, who must be able to come here
        for parent in tmp_path.parents[: len(tmp_path.parents) - 1]:
            if not parent.stat().st_mode & 0o001:
                opened.append((parent, parent.stat().st_mode))
                parent.chmod(parent.stat().st_mode | 0o001)
        tmp_path.chmod(0o755)
        os.seteuid(65534)
    yield folder
    if root:
        os.seteuid(0)
        for parent, mode in opened:
            parent.chmod(mode)
    folder.chmod(0o755)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="folders are closed otherwise there")
def test_a_read_only_folder(read_only: Path) -> None:
    for name in ("fireside.db", "new.db", "sub/new.db"):
        with pytest.raises(StoreError, match="cannot write") as refused:
            Database(read_only / name)
        assert "FIRESIDE_HOME" in refused.value.hint
    with pytest.raises(StoreError, match="cannot write"):
        InstanceLock(read_only)


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    with pytest.raises(StoreError, match="cannot write"):
        Database(tmp_path / "file" / "fireside.db")
    with pytest.raises(StoreError, match="cannot write"):
        InstanceLock(tmp_path / "file")


def test_a_full_disk_loses_nothing_that_was_saved(path: Path) -> None:
    store = Database(path)
    fill(store, "saved before")
    pages = store.rows("PRAGMA page_count")[0][0]
    store.rows(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError, match="full"):
        fill(store, "x" * 100_000)
    assert texts(store) == ["saved before"]
    store.rows("PRAGMA max_page_count = 1000000")
    fill(store, "saved after")
    assert len(store.conversations.listed(9)) == 2
    store.close()


def test_a_fault_of_the_disk_that_is_full_is_told_as_such(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = sqlite3.OperationalError("disk I/O error")
    fault.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    told = faults.store_error(fault, path)
    assert told is not None
    assert "reported an error" in told.message
    monkeypatch.setattr(faults, "LEAST", 2**80)
    told = faults.store_error(fault, path)
    assert told is not None
    assert "The disk is full" in told.message


def test_a_write_that_is_cut_off_is_not_there_afterwards(path: Path, tmp_path: Path) -> None:
    store = Database(path)
    fill(store, "whole")
    with store.write():
        store.conversations.add_message(message(1, "half a transaction", 1))
        store.rows("PRAGMA cache_spill = 1")
        for file in tmp_path.glob("fireside.db*"):  # what the disk holds at this moment
            shutil.copy(file, tmp_path / file.name.replace("fireside", "copy"))
    store.close()
    after = Database(tmp_path / "copy.db")
    assert texts(after) == ["whole"]
    after.close()


def test_a_log_that_is_cut_off_loses_only_its_end(path: Path, tmp_path: Path) -> None:
    store = Database(path)
    for number in range(20):
        fill(store, f"message {number}")
    for file in tmp_path.glob("fireside.db*"):
        shutil.copy(file, tmp_path / file.name.replace("fireside", "copy"))
    store.close()
    log = tmp_path / "copy.db-wal"
    (tmp_path / "copy.db-shm").unlink()
    os.truncate(log, log.stat().st_size - 3000)
    after = Database(tmp_path / "copy.db")
    assert after.repaired is None
    assert len(after.conversations.listed(99)) == 19
    after.close()


def test_one_instance_per_folder(tmp_path: Path) -> None:
    first = InstanceLock(tmp_path / "new folder")
    with pytest.raises(AlreadyRunning) as refused:
        InstanceLock(tmp_path / "new folder")
    assert refused.value.hint
    first.release()
    first.release()
    second = InstanceLock(tmp_path / "new folder")
    second.release()


def test_a_database_in_memory_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = Database(None)
    fill(store, "not kept")
    assert texts(store) == ["not kept"]
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_errors_of_this_program_are_not_dressed_up(store: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        store.rows("SELECT * FROM nowhere")
    with pytest.raises(sqlite3.IntegrityError), store.write():
        store.conversations.add_message(message(999, "in no conversation"))
    fill(store, "works again")
