"""Full-text search finds words in any script, and no query makes it fail."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.store.database import Database
from app.store.search import FREQUENT, NEWEST, PAGE, PLACES
from tests.store.conftest import NOW, fill, find, message


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
        ("很好", ["关于天气"]),
        ("好。", ["关于天气"]),  # at the end of a text
        ("。", ["关于天气"]),
        ("UE", []),
        ("ÖÜ", ["Größe"]),
    ],
)
def test_queries(filled: Database, query: str, titles: list[str]) -> None:
    assert [hit.conversation.title for hit in find(filled, *query.split())] == titles


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)


@given(st.lists(words, min_size=1, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
def test_no_query_fails(filled: Database, wanted: list[str]) -> None:
    find(filled, *wanted)


readable = st.characters(min_codepoint=32, exclude_categories=("C", "Z"))


@given(st.text(readable, min_size=1, max_size=12), st.sampled_from(["{} after", "before {} after", "before {}", "{}"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=120)
def test_what_was_written_is_found(store: Database, word: str, text: str) -> None:
    row, _ = fill(store, text.format(word))
    assert row.id in [hit.conversation.id for hit in find(store, word, limit=1000)]


def test_exact_words_stand_as_they_are(store: Database) -> None:
    fill(store, "the quick brown fox", title="One")
    fill(store, "brown quick", title="Two")
    assert [hit.conversation.title for hit in find(store, "quick brown")] == ["One"]
    assert len(find(store, "quick", "brown")) == 2


def test_hits_name_the_newest_messages_and_show_the_places(store: Database) -> None:
    row, messages = fill(store, "needle one", "nothing", "x" * 500 + " the needle\n two " + "y" * 500, "needle three")
    fill(store, *["needle"] * (PLACES + 2), title="Many")
    many, (hit) = find(store, "needle")
    assert (hit.conversation.id, [place.message for place in hit.places]) == (
        row.id,
        [messages[3].id, messages[2].id, messages[0].id],
    )
    assert hit.places[1].conversation == hit.conversation
    found = hit.places[1].passage
    assert "the needle two" in found.text
    assert [found.text[start:end] for start, end in found.marks] == ["needle"]
    assert len(many.places) == PLACES


def test_titles_come_before_texts_and_the_newest_first(store: Database) -> None:
    for title, text in (("Needle", "x"), ("Old", "needle"), ("New", "needle"), ("Needle and thread", "needle")):
        fill(store, text, title=title)
    found = find(store, "needle")
    assert [hit.conversation.title for hit in found] == ["Needle and thread", "Needle", "New", "Old"]
    assert [len(hit.places) for hit in found] == [1, 0, 1, 1]
    assert [hit.conversation.title for hit in find(store, "needle", limit=3)][-1] == "New"


def test_a_word_that_fills_pages_still_finds_the_rest(store: Database) -> None:
    fill(store, "needle", title="Old")
    fill(store, *["the needle again"] * (PAGE + 5), title="Long")
    assert [hit.conversation.title for hit in find(store, "needle")] == ["Long", "Old"]
    assert [hit.conversation.title for hit in find(store, "ne")] == ["Long", "Old"]
    assert [hit.conversation.title for hit in find(store, "ne", "th")] == ["Long"]


@pytest.mark.parametrize("texts", [FREQUENT + 1, NEWEST + FREQUENT])
def test_short_words_are_found_whether_frequent_or_not(store: Database, texts: int) -> None:
    fill(store, "old 猫 here", title="Old")
    fill(store, *["another 猫 there"] * texts, title="Frequent")
    fill(store, *["nothing"] * NEWEST * 2, title="Filler")
    assert [hit.conversation.title for hit in find(store, "猫")] == ["Frequent", "Old"]
    fill(store, *["and 猫"] * (FREQUENT * 2), title="Now")
    assert [hit.conversation.title for hit in find(store, "猫")] == ["Now", "Frequent", "Old"]


# ── filters ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def ordered(store: Database) -> Database:
    """Conversations of three days with folders, tags and models."""
    rows = (
        ("One", 1, {"folder": "Work", "tags": ("a", "ä ö")}, "Guide"),
        ("Two", 2, {"folder": "Garden", "tags": ("a",), "archived": True}, "Qwen"),
        ("Three", 3, {"pinned": True}, "Guide"),
        ("Gone", 3, {"folder": "Work", "tags": ("a",), "deleted": NOW}, "Guide"),
    )
    for title, day, values, model in rows:
        then = NOW.replace(day=day)
        row, (asked,) = fill(store, "needle asked", title=title)
        store.conversations.update(replace(row, created=then, updated=then, **values))
        store.conversations.update_message(replace(asked, created=then))
        said = message(row.id, "needle said", asked.id, role="assistant", model=model, created=then)
        store.conversations.add_message(said)
    return store


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        ({"tags": (("a",),)}, ["One", "Two"]),
        ({"tags": (("a",), ("ä ö",))}, ["One"]),
        ({"tags": (("ä ö", "b"),)}, ["One"]),
        ({"tags": (("ö",),)}, []),
        ({"folders": ("Work",)}, ["One"]),
        ({"folders": ("Work", "Garden")}, ["One", "Two"]),
        ({"models": ("Guide",)}, ["Three", "One"]),
        ({"models": ("Guide", "Qwen")}, ["Three", "One", "Two"]),
        ({"models": ("Guide",), "roles": ("user",)}, []),
        ({"roles": ("assistant",), "folders": ("Garden",)}, ["Two"]),
        ({"after": date(2026, 3, 2)}, ["Three", "Two"]),
        ({"before": date(2026, 3, 2)}, ["One"]),
        ({"after": date(2026, 3, 2), "before": date(2026, 3, 3)}, ["Two"]),
        ({"after": date(2026, 3, 2), "models": ("Guide",)}, ["Three"]),
        ({"after": date(2027, 1, 1)}, []),
    ],
)
def test_filters(ordered: Database, wanted: dict[str, Any], titles: list[str]) -> None:
    """Without words in the order of the list, the archive behind it; with words in the order of what was said."""
    assert [hit.conversation.title for hit in find(ordered, **wanted)] == titles
    found = find(ordered, "needle", **wanted)
    assert sorted(hit.conversation.title for hit in found) == sorted(titles)
    assert find(ordered, "nowhere", **wanted) == []
    assert {hit.conversation.title for hit in find(ordered, "ne", **wanted)} == set(titles)


def test_roles_choose_the_messages(ordered: Database) -> None:
    (hit,) = find(ordered, "needle", roles=("user",), folders=("Work",))
    assert [place.passage.text for place in hit.places] == ["needle asked"]


def test_a_title_counts_where_a_message_fits(ordered: Database) -> None:
    assert [hit.conversation.title for hit in find(ordered, "two", models=("Qwen",))] == ["Two"]
    assert find(ordered, "two", models=("Guide",)) == []
    assert find(ordered, "two", after=date(2026, 3, 3)) == []


def test_tags_of_a_damaged_row_break_nothing(ordered: Database) -> None:
    ordered.run("UPDATE conversation SET tags = '[\"a' WHERE title = 'Two'")
    assert [hit.conversation.title for hit in find(ordered, tags=(("a",),))] == ["One"]
    assert ordered.folders.tags() == ["a", "ä ö"]
    assert all(row.tags == () for row in ordered.conversations.summaries(archived=True))


def test_the_index_follows_changes(store: Database) -> None:
    row, (first,) = fill(store, "question")
    answer = store.conversations.add_message(message(row.id, "", first.id, role="assistant", status="streaming"))
    store.conversations.update_message(replace(answer, text="half written"))
    assert find(store, "half") == find(store, "en") == []  # enters the index when it is finished
    done = replace(answer, text="half written and finished", status="done")
    store.conversations.update_message(done)
    assert find(store, "finished")[0].places[0].message == find(store, "ed")[0].places[0].message == answer.id
    store.conversations.update_message(replace(done, text="changed"))
    assert find(store, "finished") == find(store, "sh") == []
    store.conversations.update(replace(row, title="Another name"))
    assert find(store, "Another")[0].places == ()
    store.conversations.update(replace(row, deleted=NOW))
    assert find(store, "changed") == find(store, "ed") == []
    for index in ("message_index", "title_index"):
        store.rows(f"INSERT INTO {index}({index}) VALUES ('integrity-check')")


def test_notes_are_found_as_they_stand(store: Database) -> None:
    row, (first, second) = fill(store, "question", "answer")
    mark = store.conversations.mark

    def found(*words: str, **wanted: object) -> list[tuple[int, str]]:
        hits = find(store, *words, **wanted)
        return [(place.message, place.passage.text) for hit in hits for place in hit.places]

    mark(second.id, pinned=False, note="Für später, the Source is missing")
    assert found("source", "missing") == [(second.id, "Für später, the Source is missing")]
    assert found("SPÄTER") == found("ür") == found("source")
    assert found("answer") == [(second.id, "answer")]
    assert found("answer", "source") == []  # text and note are two places
    mark(second.id, pinned=True, note="checked 好了, an answer")
    assert found("source") == []
    assert found("好") == [(second.id, "checked 好了, an answer")]
    assert found("answer") == [(second.id, "answer")]  # once
    mark(first.id, pinned=False, note="checked")
    assert found("checked") == [(second.id, "checked 好了, an answer"), (first.id, "checked")]
    assert found("checked", roles=("assistant",)) == []
    assert found("checked", after=date(2027, 1, 1)) == []
    mark(second.id, pinned=False, note="")
    assert found("checked") == [(first.id, "checked")]
    store.conversations.update(replace(row, deleted=NOW))
    assert found("checked") == []


def test_notes_are_read_from_their_index(store: Database) -> None:
    plan = store.rows("EXPLAIN QUERY PLAN SELECT m.id, m.conversation, m.note FROM message m WHERE m.note <> ''")
    assert "USING COVERING INDEX message_noted" in plan[0][3]
