"""Pins and notes on messages, and going to a message on any branch."""

import pytest

from app.chat.changes import BranchShown, EntryChanged, ListChanged, UndoPossible
from app.chat.exporting import exported
from app.chat.marking import LONGEST_NOTE
from app.core.errors import InputError, StoreError
from app.core.protocol import Generate
from tests.chat.conftest import Desk


def marks(desk: Desk) -> list[tuple[bool, str]]:
    return [(entry.message.pinned, entry.message.note) for entry in desk.session.entries]


def test_pins_and_notes_are_on_disk_and_told(desk: Desk) -> None:
    desk.talk("one")
    question, answer = (entry.message.id for entry in desk.session.entries)
    desk.changes.clear()
    desk.session.pin_message(question, True)
    desk.session.note_message(answer, "  check the source\n")
    assert [change.entry.message.id for change in desk.told(EntryChanged)] == [question, answer]
    assert marks(desk) == [(True, ""), (False, "check the source")]
    desk.same_on_disk()
    desk.session.pin_message(answer, True)
    desk.session.note_message(answer, "better")
    desk.session.pin_message(question, False)
    assert marks(desk) == [(False, ""), (True, "better")]
    assert not desk.told(ListChanged)  # the order of the list stays
    assert not desk.told(UndoPossible)
    again = desk.reopened()
    again.session.open(desk.session.conversation.id)
    assert marks(again) == [(False, ""), (True, "better")]
    again.store.close()


def test_a_removed_note_comes_back(desk: Desk) -> None:
    desk.talk("one")
    answer = desk.session.entries[1].message.id
    desk.session.note_message(answer, "mine")
    desk.session.pin_message(answer, True)
    desk.changes.clear()
    desk.session.note_message(answer, " \n")
    assert [change.what for change in desk.told(UndoPossible)] == ["The note was removed."]
    assert marks(desk)[1] == (True, "")
    desk.session.undo()
    assert marks(desk)[1] == (True, "mine")
    desk.same_on_disk()


def test_undo_goes_back_in_order_and_overwrites_nothing(desk: Desk) -> None:
    desk.talk("one", "two")
    first, last = desk.session.entries[1].message.id, desk.session.entries[3].message.id
    desk.session.note_message(last, "old")
    desk.session.note_message(last, "")
    desk.session.delete_message(first)
    desk.session.undo()
    assert len(desk.session.entries) == 4
    desk.session.note_message(last, "newer")
    desk.session.undo()  # there is another note by now
    assert marks(desk)[3] == (False, "newer")


def test_a_deleted_message_comes_back_with_its_marks(desk: Desk) -> None:
    desk.talk("one")
    answer = desk.session.entries[1].message.id
    desk.session.note_message(answer, "mine")
    desk.session.pin_message(answer, True)
    desk.session.delete_message(answer)
    assert desk.session.history.search("mine") == []
    desk.session.undo()
    assert marks(desk)[1] == (True, "mine")
    assert [place.message for hit in desk.session.history.search("mine") for place in hit.places] == [answer]


def test_no_model_sees_pins_and_notes(desk: Desk) -> None:
    desk.talk("one")
    for entry in desk.session.entries:
        desk.session.note_message(entry.message.id, "SECRET")
        desk.session.pin_message(entry.message.id, True)
    desk.talk("two")
    desk.session.regenerate()
    desk.session.count_draft("three")
    desk.engine.run()
    assert not any("SECRET" in str(request) for request in desk.engine.requests)
    assert len([request for request in desk.engine.requests if isinstance(request, Generate)]) == 3


def test_versions_have_marks_of_their_own(desk: Desk) -> None:
    desk.talk("one")
    question, answer = (entry.message.id for entry in desk.session.entries)
    for number in (question, answer):
        desk.session.note_message(number, "mine")
        desk.session.pin_message(number, True)
    desk.session.edit(answer, "by hand")
    assert marks(desk)[1] == (False, "")
    desk.session.edit(question, "other")
    desk.engine.run()
    assert marks(desk) == [(False, ""), (False, "")]
    desk.session.show_version(desk.session.entries[0].message.id, 1)
    assert marks(desk)[0] == (True, "mine")


def test_what_is_being_written_cannot_be_marked_yet(desk: Desk) -> None:
    desk.session.say("one")
    question, answer = (entry.message.id for entry in desk.session.entries)
    with pytest.raises(InputError):
        desk.session.note_message(answer, "mine")
    desk.session.note_message(question, "mine")
    desk.engine.run()
    assert marks(desk) == [(False, "mine"), (False, "")]
    desk.same_on_disk()


def test_bad_notes_and_messages_that_are_gone(desk: Desk) -> None:
    desk.talk("one")
    answer = desk.session.entries[1].message.id
    with pytest.raises(InputError) as caught:
        desk.session.note_message(answer, "x" * (LONGEST_NOTE + 1))
    assert caught.value.hint
    desk.session.note_message(answer, "a\0b\ud800")
    assert marks(desk)[1] == (False, "ab\ufffd")
    for what in (
        lambda: desk.session.pin_message(999, True),
        lambda: desk.session.note_message(999, "x"),
        lambda: desk.session.show_message(999),
    ):
        with pytest.raises(InputError):
            what()
    desk.same_on_disk()


def test_a_disk_that_refuses_changes_nothing(desk: Desk) -> None:
    desk.talk("one")
    answer = desk.session.entries[1].message.id
    desk.store.run("PRAGMA query_only = ON")
    with pytest.raises(StoreError):
        desk.session.pin_message(answer, True)
    assert marks(desk)[1] == (False, "")
    desk.store.run("PRAGMA query_only = OFF")
    desk.session.pin_message(answer, True)
    desk.same_on_disk()


def test_going_to_a_message_on_another_branch(desk: Desk) -> None:
    desk.talk("one", "two")
    old = [entry.message.id for entry in desk.session.entries]
    desk.session.edit(old[0], "other")
    desk.engine.run()
    new = [entry.message.id for entry in desk.session.entries]
    desk.changes.clear()
    desk.session.show_message(new[1])  # in view already
    assert not desk.told(BranchShown)
    desk.session.show_message(old[1])
    assert [entry.message.id for entry in desk.told(BranchShown)[0].entries] == old
    desk.same_on_disk()
    assert desk.session.overview.branches == 2
    assert desk.session.overview[old[1]].text == "Hello to you."


def test_marks_are_exported(desk: Desk) -> None:
    desk.talk("one")
    question, answer = (entry.message.id for entry in desk.session.entries)
    desk.session.pin_message(question, True)
    desk.session.note_message(answer, "two\nlines <b>")
    conversation = desk.session.conversation
    text = exported(desk.store, conversation, "markdown")
    assert "## You · pinned\n" in text
    assert "Hello to you.\n\n> **Note**\n>\n> two\n> lines <b>\n" in text
    page = exported(desk.store, conversation, "html")
    assert "<h2>You · pinned</h2>" in page
    assert '<aside class="note" dir="auto"><strong>Note</strong>\ntwo\nlines &lt;b&gt;</aside>' in page
    assert '"note": "two\\nlines <b>"' in exported(desk.store, conversation, "json")
