"""Folders on disk: made by hand or brought along, renamed, removed, and what else can be named in a search."""

from dataclasses import replace

from app.core.listing import Folder
from app.store.database import Database
from tests.store.conftest import NOW, conversation, fill, message


def test_folders_are_listed_by_name_also_empty_ones(store: Database) -> None:
    for name in ("work", "Äpfel", "Garden"):
        store.folders.add(Folder(name))
    assert [folder.name for folder in store.folders.listed()] == ["Garden", "work", "Äpfel"]


def test_a_conversation_brings_its_folder_along(store: Database) -> None:
    row = store.conversations.add(conversation("One", folder="Work"))
    store.conversations.update(replace(row, folder="Garden"))
    assert store.folders.listed() == [Folder("Garden"), Folder("Work")]
    assert store.folders.inside("Garden") == [row.id]


def test_folded_is_remembered_when_something_comes_in(store: Database) -> None:
    store.folders.add(Folder("Work", folded=True))
    store.conversations.add(conversation("One", folder="Work"))
    assert store.folders.listed() == [Folder("Work", folded=True)]


def test_a_renamed_folder_keeps_what_is_in_it(store: Database) -> None:
    store.folders.add(Folder("Work", folded=True))
    inside = store.conversations.add(conversation("One", folder="Work"))
    gone = store.conversations.add(conversation("Two", folder="Work", deleted=NOW))
    store.folders.rename("Work", "Office")
    assert store.folders.listed() == [Folder("Office", folded=True)]
    assert store.folders.inside("Office") == [inside.id, gone.id]


def test_conversations_of_a_removed_folder_stay(store: Database) -> None:
    row = store.conversations.add(conversation("One", folder="Work"))
    store.folders.remove("Work")
    assert store.folders.listed() == []
    assert store.conversations.get(row.id) == replace(row, folder="")


def test_summaries_are_the_list_without_trash_and_archive(store: Database) -> None:
    for title, values in (
        ("old", {}), ("gone", {"deleted": NOW}), ("kept", {"archived": True, "tags": ("a", "b"), "colour": "red"}),
        ("pinned", {"pinned": True, "folder": "Work"}), ("new", {"updated": NOW.replace(year=2027)}),
    ):  # fmt: skip
        store.conversations.add(conversation(title, **values))
    assert [row.title for row in store.conversations.summaries()] == ["pinned", "new", "old"]
    assert store.conversations.summaries()[0].folder == "Work"
    (kept,) = store.conversations.summaries(archived=True)
    assert (kept.title, kept.tags, kept.colour) == ("kept", ("a", "b"), "red")


def test_the_list_is_read_from_an_index_alone(store: Database) -> None:
    heard: list[str] = []
    store._connection.set_trace_callback(heard.append)
    store.conversations.summaries()
    store._connection.set_trace_callback(None)
    (plan,) = store.rows(f"EXPLAIN QUERY PLAN {heard[0]}")
    assert "COVERING INDEX conversation_list" in plan[3]


def test_tags_and_models_that_are_in_use(store: Database) -> None:
    store.conversations.add(conversation("One", tags=("rare", "often")))
    store.conversations.add(conversation("Two", tags=("often", "你好")))
    row, (asked,) = fill(store, "asked")
    for model in ("Qwen", "Guide", "Qwen", ""):
        store.conversations.add_message(message(row.id, "said", asked.id, role="assistant", model=model))
    assert store.folders.tags() == ["often", "rare", "你好"]
    assert store.folders.models() == ["Guide", "Qwen"]
