"""A damaged database: what is whole comes back, the old file is kept, a search index is built anew."""

import os
import sqlite3
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import StoreError
from app.store.backup import back_up
from app.store.database import Database
from app.store.scrape import scrape
from tests.store.conftest import fill, find, texts


@pytest.fixture
def many(path: Path) -> Path:
    store = Database(path)
    for number in range(60):
        fill(store, *(f"conversation {number} text {place} " + "words " * 60 for place in range(10)))
    store.preferences.set_text("kept", "setting")
    store.close()
    return path


def repaired(path: Path) -> Database:
    store = Database(path)
    assert store.repaired is not None
    aside = path.parent / Path(store.repaired.detail).name
    assert aside.exists()
    assert aside.name in store.repaired.hint
    assert store.rows("PRAGMA integrity_check") == [("ok",)]
    assert store.rows("PRAGMA foreign_key_check") == []
    return store


def damage(path: Path, start: int, length: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xa5" * length)


@pytest.mark.parametrize("part", [0.2, 0.4, 0.6, 0.8])
def test_a_damaged_page_costs_only_what_was_on_it(many: Path, part: float) -> None:
    damage(many, int(many.stat().st_size * part) // 4096 * 4096, 4096)
    store = repaired(many)
    saved = store.rows("SELECT count(*) FROM message")[0][0]
    assert saved > 500
    assert len(store.conversations.listed(99)) >= 55
    fill(store, "life goes on")
    store.close()
    again = Database(many)
    assert again.repaired is None
    again.close()


def test_a_file_that_is_cut_short(many: Path) -> None:
    os.truncate(many, many.stat().st_size // 2)
    store = repaired(many)
    store.close()


@pytest.mark.parametrize("content", [b"this is not a database, just text" * 100, b"\0" * 65536])
def test_a_file_of_rubbish_is_kept_aside(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    store = repaired(path)
    assert store.conversations.listed(9) == []
    assert Path(store.repaired.detail).read_bytes() == content
    assert "earlier day" not in store.repaired.hint
    store.close()


def test_where_there_is_a_backup_it_is_named(many: Path) -> None:
    back_up(many, many.parent / "backups", date(2026, 11, 22))
    os.truncate(many, many.stat().st_size // 2)
    store = repaired(many)
    assert store.repaired is not None
    assert "“Restore a backup” brings back the conversations of an earlier day." in store.repaired.hint
    store.close()


@pytest.mark.parametrize("length", [100, 4096, 65536])
def test_a_file_whose_beginning_is_lost_gives_back_the_rest(many: Path, length: int) -> None:
    store = Database(many)
    long = "a long message, 很长 " * 3000  # over many pages
    row, _ = fill(store, long, title="Long")
    store.close()
    with many.open("r+b") as file:
        file.write(b"\0" * length)
    store = repaired(many)
    saved = store.rows("SELECT count(*) FROM message")[0][0]
    assert saved == 601 if length <= 4096 else saved > 450
    assert texts(store, row.id) == [long]
    assert store.conversations.get(row.id) is not None
    assert find(store, "text", "9")
    store.close()


@given(st.binary(max_size=200), st.integers(0, 300), st.binary(min_size=1, max_size=3))
def test_no_rubbish_breaks_the_last_resort(rubbish: bytes, cells: int, filling: bytes) -> None:
    page = b"\x0d\0\0" + cells.to_bytes(2, "big") + b"\0\0\0" + rubbish
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rubbish"
        file.write_bytes(b"\0" * 4096 + (page + filling * 4096)[:4096] + (filling * 4096)[:4096])
        assert scrape(file) == ({}, {})


def test_all_columns_of_a_file_without_a_beginning_come_back(path: Path) -> None:
    store = Database(path)
    row, (kept,) = fill(store, "what was said")
    whole = replace(kept, thinking="thought", thinking_s=2.0, summary="summed up")
    store.conversations.update_message(whole)
    row = replace(row, overflow="summarise", folder="Work", tags=("a", "ä"), colour="blue", archived=True)
    store.conversations.update(row)
    store.close()
    damage(path, 0, 100)
    again = repaired(path)
    assert again.conversations.messages(row.id) == [whole]
    assert again.conversations.get(row.id) == replace(row, leaf=kept.id)
    assert [folder.name for folder in again.folders.listed()] == ["Work"]
    again.close()


def test_two_repairs_on_one_day_keep_both_files(path: Path) -> None:
    for _ in range(2):
        path.write_bytes(b"rubbish " * 1000)
        repaired(path).close()
    assert len(list(path.parent.glob("*.damaged-*.db"))) == 2


def test_messages_that_lost_their_parents_keep_a_place(path: Path) -> None:
    store = Database(path)
    fill(store, "first", "second")
    fill(store, "third")
    store.close()
    raw = sqlite3.connect(path)  # without foreign keys
    raw.executescript("DELETE FROM message WHERE text = 'first'; DELETE FROM conversation WHERE id = 2;")
    page = raw.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'message_parent'").fetchone()[0]
    raw.close()
    damage(path, (page - 1) * 4096, 4096)
    store = repaired(path)
    assert texts(store, 1) == ["second"]
    assert texts(store, 2) == ["third"]
    assert store.conversations.get(2).title == "Recovered conversation"
    store.close()


def test_damage_that_shows_later_is_told_and_repaired_at_the_next_start(many: Path) -> None:
    store = Database(many)
    store.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    store.rows("PRAGMA cache_size = 1")
    damage(many, 4096 * 8, many.stat().st_size - 4096 * 10)
    with pytest.raises(StoreError, match="damaged"):
        store.rows("SELECT sum(length(text)) FROM message")
    store.close()
    repaired(many).close()


def test_a_damaged_search_index_is_built_anew_at_the_next_start(many: Path) -> None:
    store = Database(many)
    store.run("UPDATE message_index_data SET block = x'ffffffff' WHERE id > 10")
    with pytest.raises(StoreError, match="damaged"):
        find(store, "conversation")
    store.close()
    again = Database(many)
    assert again.repaired is None
    assert len(find(again, "conversation", limit=99)) == 60
    again.rows("INSERT INTO message_index(message_index) VALUES ('integrity-check')")
    again.close()
    assert not list(many.parent.glob("*.check"))
