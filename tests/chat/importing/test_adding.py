"""What was found reaches the disk whole, once, and changes nothing that is there."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.chat.exporting import conversations, exported, exported_together
from app.chat.importing.adding import Preview, added, previewed
from app.chat.importing.found import Found, Unread
from app.chat.importing.reading import read
from app.core.errors import InputError
from app.store.database import Database
from app.store.reading import ReadOnly
from tests.chat.importing import files


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "fireside.db")
    yield database
    database.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([files.chatgpt(), files.claude(), files.open_webui()]))
    return path


def previews(told: Iterator[Preview | Unread]) -> list[Preview]:
    return [each for each in told if isinstance(each, Preview)]


def everything(store: Database) -> list[object]:
    return [store.rows(f"SELECT * FROM {table} ORDER BY 1") for table in ("conversation", "message")]


def test_a_preview_writes_nothing(store: Database, file: Path) -> None:
    told = previews(previewed(store, read([file, file])))
    assert [(each.title, each.messages, each.program) for each in told[:3]] == [
        ("Rivers", 3, "ChatGPT"), ("A poem", 2, "Claude"), ("Hello", 3, "Open WebUI"),
    ]  # fmt: skip
    assert [each.there for each in told] == [None, None, None, 0, 0, 0]
    assert everything(store) == [[], []]


def test_importing_twice_adds_nothing(store: Database, file: Path) -> None:
    assert [each.there for each in previews(added(store, read([file])))] == [None] * 3
    before = everything(store)
    again = previews(added(store, read([file, file])))
    assert all(each.there for each in again)
    assert everything(store) == before
    assert store.conversations.listed(9)[0].title == "Hello"  # it is pinned


def test_one_that_was_gone_on_with_is_not_added_again(store: Database, file: Path) -> None:
    list(added(store, read([file])))
    row = store.conversations.listed(9)[0]
    last = store.conversations.messages(row.id)[-1]
    store.conversations.add_message(replace(last, id=0, parent=last.id, text="More"))
    assert all(each.there for each in previews(added(store, read([file]))))


def test_one_that_was_removed_for_good_is_added_again(store: Database, file: Path) -> None:
    list(added(store, read([file])))
    for row in store.conversations.listed(9):
        store.conversations.update(replace(row, deleted=row.created))
    assert all(each.there for each in previews(added(store, read([file]))))  # still in the trash
    store.conversations.empty_trash()
    assert [each.there for each in previews(added(store, read([file])))] == [None] * 3


def test_what_was_exported_comes_back_as_it_was(store: Database, file: Path, tmp_path: Path) -> None:
    list(added(store, read([file])))
    out = tmp_path / "all.json"
    out.write_text("".join(exported_together(store, conversations(store))), "utf-8")
    assert all(each.there for each in previews(added(store, read([out]))))
    other = Database(tmp_path / "other.db")
    assert [each.there for each in previews(added(other, read([out])))] == [None] * 3
    for row in store.conversations.listed(9):
        (twin,) = [each for each in other.conversations.listed(9) if each.title == row.title]
        assert exported(other, twin, "json") == exported(store, row, "json")
    other.close()


def test_settings_that_are_not_known_stay_behind(store: Database) -> None:
    (found,) = read_one(files.claude(), store)
    sampling = {"temperature": 0.5, "top_k": "many", "mood": "calm"}
    found = replace(found, conversation=replace(found.conversation, sampling=sampling, title=""))
    list(added(store, [found]))
    row = store.conversations.listed(9)[0]
    assert (row.sampling, row.title) == ({"temperature": 0.5}, "Read this")


def read_one(document: object, store: Database) -> list[Found]:
    assert store.path is not None
    path = store.path.with_name("one.json")
    path.write_text(json.dumps(document))
    return [each for each in read([path]) if isinstance(each, Found)]


def test_a_failure_in_the_middle_leaves_whole_conversations(store: Database, file: Path) -> None:
    def found() -> Iterator[Found | Unread]:
        for number, each in enumerate(read([file])):
            assert isinstance(each, Found)
            broken = replace(each.messages[-1], parent=99)
            yield each if number != 1 else replace(each, messages=(*each.messages[:-1], broken))

    with pytest.raises(KeyError):
        list(added(store, found()))
    assert [row.title for row in store.conversations.listed(9)] == ["Rivers"]
    assert len(store.rows("SELECT 1 FROM message")) == 3


def test_reading_beside_an_open_window(store: Database, file: Path) -> None:
    list(added(store, read([file])))
    assert store.path is not None
    beside = ReadOnly(store.path)
    with store.write():
        assert len(conversations(beside)) == 3
    assert all(each.there for each in previews(previewed(beside, read([file]))))
    assert exported(beside, conversations(beside)[0], "markdown").startswith("# Hello\n")
    with pytest.raises(TypeError):
        beside.conversations.empty_trash()
    beside.close()


def test_a_number_that_is_not_there(store: Database) -> None:
    with pytest.raises(InputError):
        conversations(store, 9)
