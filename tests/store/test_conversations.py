"""Rows come back as they went in."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.protocol import Candidate, Timing
from app.core.tree import Message, Sent
from app.store.database import Database
from tests.store.conftest import NOW, conversation, fill, find, message


def test_everything_of_a_message_survives(store: Database) -> None:
    row = store.conversations.add(conversation(sampling={"stop": ("a", "b"), "top_k": 3}, pinned=True, titled=True))
    first = store.conversations.add_message(message(row.id, "Question"))
    full = store.conversations.add_message(
        message(
            row.id, "Answer", first.id, role="assistant", status="failed", model="Guide", model_digest="abc",
            sampling={"temperature": 0.5, "stop": ("x",)}, finish_reason="length",
            timing=Timing(1, 2, 3, 0.4, 0.5, 0.6), error="It broke.", edited=True, thinking="Let me see.", thinking_s=1.5,
            candidates=(Candidate("Answer", -0.5), Candidate("Other", -1.25)), summary="A question was asked.",
        )
    )  # fmt: skip
    assert store.conversations.messages(row.id) == [first, full]
    changed = replace(
        row, leaf=full.id, deleted=NOW, title="Other", system_prompt="Be kind.", updated=NOW, overflow="without"
    )
    store.conversations.update(changed)
    assert store.conversations.get(row.id) == changed
    assert store.conversations.get(99) is None


UNUSUAL: dict[str, object] = {
    "status": "stopped", "error": "It broke.", "edited": True, "candidates": (Candidate("A", -0.5),),
    "summary": "A question was asked.", "pinned": True, "note": "mine",
    "thinking": "Hm.", "thinking_s": 0.5, "timing": Timing(1), "sent": Sent(1), "sampling": {"top_k": 3}, "model": "Other",
    "model_digest": "def", "finish_reason": "stopped", "role": "system",
}  # fmt: skip


def test_messages_that_differ_in_one_thing_survive_among_others(store: Database) -> None:
    row = store.conversations.add(conversation())
    usual: dict[str, object] = dict(
        role="assistant", model="Guide", model_digest="abc", finish_reason="end", sent=Sent()
    )
    added: list[Message] = []
    with store.write():
        for number in range(300):
            parent = added[-1].id if added and number % 7 else None
            one = list(UNUSUAL.items())[number % len(UNUSUAL)]
            for values in (usual, usual | dict([one]), dict([one]), {"pinned": True}):
                added.append(store.conversations.add_message(message(row.id, f"text {number}", parent, **values)))
    read = store.conversations.messages(row.id)
    assert read == added
    assert len({id(each.sampling) for each in read[::4]}) == 1  # what many have in common is in memory once
    assert all(store.conversations.message(each.id) == each for each in added[: 8 * len(UNUSUAL)])


def test_figures_that_are_damaged_are_none(store: Database) -> None:
    row = store.conversations.add(conversation())
    kept = store.conversations.add_message(message(row.id, "Answer", role="assistant", timing=Timing(1)))
    for damaged in ("[1", '"word"', "{}x", '{"no_such_figure": 1}'):
        store.run("UPDATE message SET timing = ?", (damaged,))
        assert store.conversations.messages(row.id) == [replace(kept, timing=None)]


@given(st.text(st.characters(exclude_categories=())))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_any_text_survives(store: Database, text: str) -> None:
    row, (kept,) = fill(store, text, title=text)
    expected = "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)
    assert store.conversations.messages(row.id)[0].text == expected
    assert store.conversations.get(row.id).title == expected
    store.conversations.update_message(replace(kept, text=text + "more"))
    store.conversations.remove_messages([kept])
    store.rows("INSERT INTO message_index(message_index) VALUES ('integrity-check')")


def test_the_list_shows_pinned_first_then_newest(store: Database) -> None:
    for title, minutes, pinned in (("old", 1, False), ("pinned", 0, True), ("new", 2, False)):
        store.conversations.add(conversation(title, updated=NOW + timedelta(minutes=minutes), pinned=pinned))
    store.conversations.add(conversation("trash", deleted=NOW))
    assert [row.title for row in store.conversations.listed(10)] == ["pinned", "new", "old"]
    assert [row.title for row in store.conversations.listed(2)] == ["pinned", "new"]
    assert [row.title for row in store.conversations.trashed()] == ["trash"]


def test_emptying_the_trash_removes_messages_and_index(store: Database) -> None:
    row, _ = fill(store, "findable words", "more")
    kept, _ = fill(store, "other findable words")
    store.conversations.update(replace(row, deleted=NOW))
    store.conversations.empty_trash()
    assert store.conversations.get(row.id) is None
    assert store.conversations.messages(row.id) == []
    assert [hit.conversation.id for hit in find(store, "findable")] == [kept.id]


def test_a_conversation_of_many_levels_can_be_removed_and_restored(store: Database) -> None:
    row, messages = fill(store, *(f"message {number}" for number in range(1500)))
    store.conversations.remove_messages(messages)
    assert store.conversations.messages(row.id) == []
    store.conversations.restore_messages(messages)
    assert store.conversations.messages(row.id) == messages


def test_ids_are_not_used_twice(store: Database) -> None:
    row, messages = fill(store, "one", "two")
    store.conversations.remove_messages(messages[1:])
    again = store.conversations.add_message(message(row.id, "three", messages[0].id))
    assert again.id > messages[1].id


def test_a_transaction_is_all_or_nothing(store: Database) -> None:
    class Interrupted(Exception):
        pass

    try:
        with store.write():
            fill(store, "never")  # a transaction inside
            raise Interrupted
    except Interrupted:
        assert store.conversations.listed(9) == []
    fill(store, "works again")
    assert len(store.conversations.listed(9)) == 1


def test_settings(store: Database) -> None:
    store.preferences.set_text("a", "text")
    store.preferences.set_values("b", {"x": 1.5, "y": ("p", "q"), "z": False})
    assert store.preferences.text("a") == "text"
    assert store.preferences.values("b") == {"x": 1.5, "y": ("p", "q"), "z": False}
    store.preferences.set_text("a", "")
    store.preferences.set_values("b", {})
    assert store.preferences.text("a", "gone") == "gone"
    assert store.preferences.values("b") == {}
    for broken in ("[1]", "{", "null"):
        store.preferences.set_text("c", broken)
        assert store.preferences.values("c") == {}
