"""Full-text search finds words in any script, and no query makes it fail."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.store.database import Database
from app.store.search import snippet
from tests.store.conftest import NOW, fill, message


@pytest.fixture
def filled(store: Database) -> Database:
    fill(store, "How do I bake bread?", "Mix flour, water, salt; wait.", title="Baking")
    fill(store, "今天天气怎么样?", "东京的天气很好。", title="关于天气")
    fill(store, 'foo-bar NEAR(x) "quoted" 100%_sure C++', title="Odd characters")
    fill(store, "Über den Wolken, ÄÖÜ", title="Größe")
    return store


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("bread", ["Baking"]),
        ("BREAD", ["Baking"]),
        ("rea", ["Baking"]),  # inside a word
        ("flour salt", ["Baking"]),  # both words, in any order
        ("salt flour", ["Baking"]),
        ("bread salt", []),  # in two messages
        ("Baking", ["Baking"]),  # in the title alone
        ("天气怎么样", ["关于天气"]),
        ("天气", ["关于天气"]),  # two characters
        ("东", ["关于天气"]),
        ("foo-bar", ["Odd characters"]),
        ('"quoted"', ["Odd characters"]),
        ('"', ["Odd characters"]),
        ("NEAR(x)", ["Odd characters"]),
        ("%_", ["Odd characters"]),
        ("C++", ["Odd characters"]),
        ("%", ["Odd characters"]),
        ("über", ["Größe"]),
        ("öü", ["Größe"]),
        ("größe", ["Größe"]),
        ("nowhere", []),
        ("", []),
        (" \0 ", []),
    ],
)
def test_queries(filled: Database, query: str, titles: list[str]) -> None:
    assert [hit.conversation.title for hit in filled.conversations.search(query, 50)] == titles


@given(st.text(st.characters(exclude_categories=()), max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
def test_no_query_fails(filled: Database, query: str) -> None:
    filled.conversations.search(query, 50)


@given(st.text(st.characters(min_codepoint=32, exclude_categories=("C", "Z")), min_size=1, max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_what_was_written_is_found(store: Database, word: str) -> None:
    row, _ = fill(store, f"before {word} after")
    assert row.id in [hit.conversation.id for hit in store.conversations.search(word, 1000)]


def test_a_hit_names_the_newest_message_and_shows_the_place(store: Database) -> None:
    row, messages = fill(store, "needle one", "nothing", "x" * 500 + " the needle\n two " + "y" * 500)
    (hit,) = store.conversations.search("needle", 9)
    assert (hit.conversation.id, hit.message_id) == (row.id, messages[2].id)
    assert "the needle two" in hit.snippet
    assert hit.snippet.startswith("…")
    assert hit.snippet.endswith("…")
    assert len(hit.snippet) < 130


def test_the_index_follows_changes(store: Database) -> None:
    row, (first,) = fill(store, "question")
    answer = store.conversations.add_message(message(row.id, "", first.id, role="assistant", status="streaming"))
    store.conversations.update_message(replace(answer, text="half written"))
    assert store.conversations.search("half", 9) == []  # enters the index when it is finished
    done = replace(answer, text="half written and finished", status="done")
    store.conversations.update_message(done)
    assert store.conversations.search("finished", 9)[0].message_id == answer.id
    store.conversations.update_message(replace(done, text="changed"))
    assert store.conversations.search("finished", 9) == []
    store.conversations.update(replace(row, title="Another name"))
    assert store.conversations.search("Another", 9)[0].message_id is None
    store.conversations.update(replace(row, deleted=NOW))
    assert store.conversations.search("changed", 9) == []
    for index in ("message_index", "title_index"):
        store.rows(f"INSERT INTO {index}({index}) VALUES ('integrity-check')")


def test_snippet_of_a_short_text() -> None:
    assert snippet("only this", ["this"]) == "only this"
    assert snippet("", ["x"]) == ""
