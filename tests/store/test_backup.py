"""A copy each day: whole, checked, thinned out, put back; and nothing is lost on the way."""

import os
import sqlite3
import stat
import sys
import threading
from collections import namedtuple
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InputError, StoreError
from app.store import backup
from app.store.database import Database
from app.store.reading import ReadOnly
from tests.store.conftest import fill

TODAY = date(2026, 11, 22)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def texts(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM message ORDER BY id")]


def test_the_first_start_of_a_day_makes_a_copy(store: Database, path: Path, folder: Path) -> None:
    fill(store, "one", "two")
    daily = backup.DailyBackup(path, folder)
    daily.start(TODAY)
    daily.join()
    (copy,) = backup.backups(folder)
    assert (copy.day, copy.path.name, texts(copy.path)) == (TODAY, "fireside-2026-11-22.db", ["one", "two"])
    assert sorted(each.name for each in folder.iterdir()) == [copy.path.name]
    if sys.platform != "win32":
        assert stat.S_IMODE(copy.path.stat().st_mode) == 0o600
    fill(store, "three")
    again = backup.DailyBackup(path, folder)
    again.start(TODAY)
    again.join()
    assert texts(copy.path) == ["one", "two"]
    again.start(TODAY + timedelta(1))
    again.join()
    assert [each.day for each in backup.backups(folder)] == [TODAY + timedelta(1), TODAY]


def test_writing_goes_on_meanwhile_and_the_copy_is_of_one_moment(
    store: Database, path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, *("x" * 3000 for _ in range(400)))
    monkeypatch.setattr(backup, "PAGES", 16)
    daily = backup.DailyBackup(path, folder)
    daily.start(TODAY)
    written = 0
    while daily._thread is not None and daily._thread.is_alive():
        fill(store, "meanwhile")
        written += 1
    assert written > 1
    assert daily.problem == ""
    kept = texts(backup.backups(folder)[0].path)
    assert len(kept) in range(400, 400 + written)
    assert len(texts(path)) == 400 + written


def test_closing_the_window_gives_it_up_at_once(
    store: Database, path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, *("x" * 3000 for _ in range(100)))
    monkeypatch.setattr(backup, "PAGES", 1)
    monkeypatch.setattr(backup, "PAUSE_S", 30.0)
    daily = backup.DailyBackup(path, folder)
    daily.stop()  # before it began
    daily = backup.DailyBackup(path, folder)
    daily.start(TODAY)
    daily.stop()
    assert list(folder.iterdir()) == []


def test_a_full_disk_gets_no_copy(store: Database, path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(backup.shutil, "disk_usage", lambda _: usage(10**9, 10**9, backup.SPARE))
    assert backup.back_up(path, folder, TODAY) is None
    assert list(folder.iterdir()) == []


def test_what_cannot_be_copied_is_told_in_the_log_alone(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"no database at all, but long enough for a header" * 50)
    for name in ("broken.db", "nowhere.db"):
        daily = backup.DailyBackup(tmp_path / name, folder)
        daily.start(TODAY)
        daily.join()
        assert daily.problem
        assert list(folder.iterdir()) == []


def test_what_a_crash_left_is_removed(store: Database, path: Path, folder: Path) -> None:
    folder.mkdir()
    for name in ("fireside-2026-11-20.db.part", "fireside-2026-11-20.db.part-journal"):
        (folder / name).write_bytes(b"x")
    backup.back_up(path, folder, TODAY)
    assert [each.name for each in folder.iterdir()] == ["fireside-2026-11-22.db"]


def test_old_copies_go(store: Database, path: Path, folder: Path) -> None:
    folder.mkdir()
    for age in range(1, 60):
        (folder / f"fireside-{TODAY - timedelta(age)}.db").touch()
    (folder / "my own.db").touch()
    backup.back_up(path, folder, TODAY)
    days = [each.day for each in backup.backups(folder)]
    assert days[:7] == [TODAY - timedelta(age) for age in range(7)]
    assert days[7:] == [date(2026, 11, 15), date(2026, 11, 8), date(2026, 11, 1), date(2026, 10, 25)]
    assert (folder / "my own.db").exists()


@given(st.sets(st.dates(date(2020, 1, 1), date(2021, 1, 1)), max_size=80))
def test_seven_days_and_four_weeks(days: set[date]) -> None:
    kept = backup.kept(days)
    newest = sorted(days, reverse=True)
    assert kept <= days
    assert set(newest[:7]) <= kept
    weeks = [day.isocalendar()[:2] for day in kept - set(newest[:7])]
    assert len(weeks) == len(set(weeks)) <= 4
    assert len(kept) >= min(len(days), 7)


def test_day_after_day_there_is_always_an_old_one() -> None:
    days: set[date] = set()
    for number in range(200):
        days = backup.kept({*days, TODAY + timedelta(number)})
    oldest = (max(days) - min(days)).days
    assert len(days) == 11
    assert 22 <= oldest <= 35


def test_restoring(path: Path, folder: Path) -> None:
    store = Database(path)
    fill(store, "old")
    store.close()
    backup.back_up(path, folder, TODAY)
    store = Database(path)
    fill(store, "new")
    store.close()
    for _ in range(2):
        aside = backup.restore(path, backup.chosen(folder, "2026-11-22"))
        assert aside is not None
        assert aside.parent == path.parent
    store = Database(path)
    assert [row.text for row in store.conversations.messages(1)] == ["old"]
    assert store.repaired is None
    store.close()
    kept = sorted(path.parent.glob("fireside.replaced-*.db"))
    assert sorted(map(texts, kept)) == [["old"], ["old", "new"]]
    assert not list(path.parent.glob("*.restoring*"))


def test_restoring_keeps_what_the_log_of_a_killed_program_held(path: Path, folder: Path) -> None:
    store = Database(path)
    fill(store, "old")
    backup.back_up(path, folder, TODAY)
    fill(store, "not in the file yet")
    killed = path.with_name("killed.db")
    for ending in ("", "-wal"):
        killed.with_name(killed.name + ending).write_bytes(path.with_name(path.name + ending).read_bytes())
    store.close()
    aside = backup.restore(killed, backup.backups(folder)[0].path)
    assert aside is not None
    assert texts(aside) == ["old", "not in the file yet"]
    assert texts(killed) == ["old"]


def test_restoring_over_a_damaged_database(path: Path, folder: Path) -> None:
    store = Database(path)
    fill(store, "old")
    store.close()
    backup.back_up(path, folder, TODAY)
    path.write_bytes(b"damaged" * 1000)
    path.with_name(path.name + "-wal").write_bytes(b"its log")
    aside = backup.restore(path, backup.backups(folder)[0].path)
    assert aside is not None
    assert aside.read_bytes().startswith(b"damaged")
    assert texts(path) == ["old"]


def test_restoring_where_there_is_nothing(store: Database, path: Path, folder: Path, tmp_path: Path) -> None:
    fill(store, "one")
    copy = backup.back_up(path, folder, TODAY)
    assert copy is not None
    fresh = tmp_path / "fresh" / "fireside.db"
    assert backup.restore(fresh, copy) is None
    assert texts(fresh) == ["one"]


def test_a_damaged_backup_changes_nothing(store: Database, path: Path, folder: Path) -> None:
    fill(store, *("x" * 500 for _ in range(300)))
    copy = backup.back_up(path, folder, TODAY)
    assert copy is not None
    store.close()
    before = path.read_bytes()
    data = bytearray(copy.read_bytes())
    data[8192 : len(data) - 4096] = os.urandom(len(data) - 12288)
    other = folder / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE something (x)")
    for content in (bytes(data), b"", b"text", other.read_bytes()):
        copy.write_bytes(content)
        with pytest.raises(InputError) as caught:
            backup.restore(path, copy)
        assert caught.value.hint
        assert path.read_bytes() == before
    assert not [each for each in path.parent.iterdir() if "restoring" in each.name or "replaced" in each.name]


def test_a_backup_of_a_newer_version_is_refused(store: Database, path: Path, folder: Path) -> None:
    copy = backup.back_up(path, folder, TODAY)
    assert copy is not None
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer"):
        backup.restore(path, copy)


def test_without_second_names_it_is_copied(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError("not supported")

    Database(path).close()
    backup.back_up(path, folder, TODAY)
    monkeypatch.setattr(backup.os, "link", refused)
    aside = backup.restore(path, backup.backups(folder)[0].path)
    assert aside is not None
    assert aside.exists()


def test_choosing(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        backup.chosen(folder, "2026-11-22")
    (tmp_path / "file.db").touch()
    assert backup.chosen(folder, str(tmp_path / "file.db")) == tmp_path / "file.db"


def test_reading_only(store: Database, path: Path, tmp_path: Path) -> None:
    fill(store, "one")
    reader = ReadOnly(path)
    assert [row.text for row in reader.conversations.messages(1)] == ["one"]
    for write in (lambda: reader.run("DELETE FROM message"), lambda: reader.run_many("x", []), reader.write):
        with pytest.raises(TypeError):
            write()
    with pytest.raises(sqlite3.OperationalError):
        reader.rows("SELECT nonsense")
    reader.close()
    with pytest.raises(StoreError, match="no conversations"):
        ReadOnly(tmp_path / "nowhere.db")
    for version, word in ((1, "older"), (99, "newer")):
        with closing(sqlite3.connect(tmp_path / f"{version}.db")) as other:
            other.execute(f"PRAGMA user_version = {version}")
        with pytest.raises(StoreError, match=word):
            ReadOnly(tmp_path / f"{version}.db")
    (tmp_path / "broken.db").write_bytes(b"nothing that SQLite knows" * 200)
    with pytest.raises(StoreError, match="damaged"):
        ReadOnly(tmp_path / "broken.db")


def test_no_thread_is_left(store: Database, path: Path, folder: Path) -> None:
    daily = backup.DailyBackup(path, folder)
    daily.start(TODAY)
    daily.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "backup"]
