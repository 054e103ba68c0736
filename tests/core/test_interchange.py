"""Conversations as JSON: what is written is read again, exactly; what is damaged is refused with a sentence."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import InputError
from app.core.interchange import fingerprint, json_text, read, written
from app.core.tree import Conversation, Message
from tests.core.conversations import conversations
from tests.core.samples import NOW

Both = tuple[Conversation, list[Message]]


@settings(max_examples=40)
@given(conversations())
def test_everything_comes_back(both: Both) -> None:
    text = "".join(json_text([both], many=False))
    assert read(json.loads(text, parse_constant=pytest.fail)) == both


@settings(max_examples=15)
@given(st.lists(conversations(most=3), max_size=3))
def test_many_come_back(many: list[Both]) -> None:
    assert [read(each) for each in json.loads("".join(json_text(many, many=True)))] == many


@settings(max_examples=40)
@given(conversations(), st.integers(1, 10**9))
def test_numbers_are_those_of_the_file(both: Both, first: int) -> None:
    conversation, messages = both
    moved = [
        replace(each, id=each.id * 3 + first, conversation=7, parent=each.parent and each.parent * 3 + first)
        for each in messages
    ]
    leaf = conversation.leaf and conversation.leaf * 3 + first
    assert read(written(replace(conversation, id=7, leaf=leaf), moved)) == both


def small() -> dict[str, Any]:
    message = Message(id=1, conversation=0, parent=None, role="user", text="Hi", created=NOW)
    return written(Conversation(id=0, title="T", created=NOW, updated=NOW, leaf=1), [message])


def test_what_has_its_default_is_left_out() -> None:
    assert small() == {
        "format": "fireside-conversation", "version": 1, "title": "T", "leaf": 1,
        "created": "2026-03-04T05:06:07.891234+00:00", "updated": "2026-03-04T05:06:07.891234+00:00",
        "messages": [
            {"id": 1, "parent": None, "role": "user", "text": "Hi", "created": "2026-03-04T05:06:07.891234+00:00"}
        ],
    }  # fmt: skip


def test_an_answer_that_is_still_written_is_a_stopped_one() -> None:
    row = Message(id=1, conversation=0, parent=None, role="assistant", text="H", created=NOW, status="streaming")
    document = written(Conversation(id=0, title="", created=NOW, updated=NOW), [row])
    assert (document["messages"][0]["status"], document["messages"][0]["finish_reason"]) == ("stopped", "stopped")
    document["messages"][0]["status"] = "streaming"
    assert read(document)[1][0].status == "stopped"


def test_a_lone_surrogate_does_not_stop_it() -> None:
    row = Message(id=1, conversation=0, parent=None, role="user", text="a\ud800b", created=NOW)
    text = "".join(json_text([(Conversation(id=0, title="", created=NOW, updated=NOW), [row])], many=False))
    assert read(json.loads(text.encode()))[1][0].text == "a\ufffdb"


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2}, {"version": None}, {"messages": None}, {"messages": [1]}, {"leaf": 9}, {"created": "soon"},
        {"title": 3}, {"pinned": "yes"}, {"folder": 1}, {"tags": "a"}, {"tags": [1]}, {"archived": 1}, {"overflow": "never"}, {"title": None},
    ],
    ids=str,
)  # fmt: skip
def test_a_damaged_conversation_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        read(small() | change)
    assert caught.value.hint


@pytest.mark.parametrize(
    "change",
    [
        {"id": 1.5}, {"parent": 1}, {"parent": "1"}, {"role": "cat"}, {"status": "?"}, {"created": 5}, {"text": None},
        {"thinking_s": "x"}, {"candidates": [1]}, {"candidates": [{"text": "a", "logprob": []}]},
        {"timing": {"prompt_s": True}},
    ],
    ids=str,
)  # fmt: skip
def test_a_damaged_message_is_refused(change: dict[str, Any]) -> None:
    document = small()
    document["messages"][0] |= change
    with pytest.raises(InputError):
        read(document)


def test_order_is_read_as_it_is_typed() -> None:
    document = small() | {"folder": "  My\nwork ", "tags": ["#a", "A", " ", "b, c"], "colour": "red", "archived": True}
    conversation, _ = read(document)
    assert (conversation.folder, conversation.tags) == ("My work", ("a", "b c"))
    assert (conversation.colour, conversation.archived) == ("red", True)


def test_what_a_later_version_adds_is_passed_over() -> None:
    document = small() | {"mood": "calm", "sampling": {"stop": ["a", 1], "x": None, "temperature": 1}, "colour": "teal"}
    document["messages"][0] |= {"stars": 5, "finish_reason": "bored", "timing": 3}
    conversation, messages = read(document)
    assert (conversation.sampling, conversation.colour) == ({"temperature": 1}, "")
    assert (messages[0].finish_reason, messages[0].timing) == (None, None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(small())), json_values, st.booleans(), st.data())
def test_any_value_anywhere_is_read_or_refused(name: str, value: object, inside: bool, data: st.DataObject) -> None:
    document = small()
    if inside:
        row = document["messages"][0]
        row[data.draw(st.sampled_from([*row, "timing", "candidates", "sampling", "thinking", "edited", "summary"]))] = (
            value
        )
    else:
        document[name] = value
    with suppress(InputError):
        read(document)


@settings(max_examples=40)
@given(conversations(), st.data())
def test_the_fingerprint_is_of_what_was_said(both: Both, data: st.DataObject) -> None:
    conversation, messages = both
    mark = fingerprint(conversation, messages)
    renamed = replace(conversation, title="other", created=NOW, pinned=not conversation.pinned, leaf=None)
    moved = [replace(each, id=each.id + 5, parent=each.parent and each.parent + 5, created=NOW) for each in messages]
    assert fingerprint(renamed, moved) == mark
    place = data.draw(st.integers(0, len(messages) - 1))
    messages[place] = replace(messages[place], text=messages[place].text + "!")
    assert fingerprint(conversation, messages) != mark
