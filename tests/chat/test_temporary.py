"""A temporary conversation works like any other and reaches nothing that is written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.chat.changes import BranchShown, ListChanged, Renumbered
from app.core.errors import InputError, StoreError
from app.core.protocol import Done, Forget, Park, Piece
from tests.chat.conftest import Desk

SECRET = "xyzzy-plugh"


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    desk = make_desk()
    desk.session.load_model(Path("a.gguf"))
    desk.engine.run()
    desk.talk("Before")
    desk.session.new_temporary()
    return desk


def written(desk: Desk) -> bytes:
    """All bytes in the folder of the database."""
    return b"".join(path.read_bytes() for path in desk.path.parent.rglob("*") if path.is_file())


def test_it_is_answered_and_edited_like_any_other(desk: Desk) -> None:
    session = desk.session
    assert session.temporary
    desk.talk("One", "Two")
    session.regenerate()
    desk.engine.run()
    session.edit(session.entries[2].message.id, "Three")
    desk.engine.run()
    session.set_system_prompt("Be brief.")
    session.set_sampling(temperature=0.1)
    assert desk.shown() == ["One", "Hello to you.", "Three", "Hello to you."]
    session.delete_message(session.entries[2].message.id)
    assert desk.shown() == ["One", "Hello to you.", "Two", "Hello to you."]
    session.undo()
    assert desk.shown() == ["One", "Hello to you.", "Three", "Hello to you."]
    assert session.conversation.system_prompt == "Be brief."
    assert [item.title for item in session.history.listed()] == ["Before"]


def test_nothing_of_it_is_in_the_folder_while_it_is_in_view_nor_after(desk: Desk) -> None:
    desk.engine.says = f"You said {SECRET}."
    desk.talk(SECRET, f"{SECRET} again")
    desk.session.set_system_prompt(SECRET)
    desk.session.keep_draft(desk.session.conversation.id, SECRET)
    assert desk.session.draft(desk.session.conversation.id) == SECRET
    assert b"Before" in written(desk)
    assert SECRET.encode() not in written(desk)
    assert not desk.session.history.search(SECRET)
    desk.session.new()
    assert SECRET.encode() not in written(desk)
    again = desk.reopened()
    again.session.resume()
    assert again.shown() == ["Before", "Hello to you."]
    again.store.close()


def test_the_engine_is_told_no_number_of_it(desk: Desk) -> None:
    desk.talk("One")
    desk.session.delete_message(desk.session.entries[-1].message.id)
    desk.session.set_system_prompt("Other")
    before = len(desk.engine.requests)
    desk.session.new()
    assert desk.engine.asked[-1].conversation == 0
    assert not [each for each in desk.engine.requests[before:] if isinstance(each, Park)]
    assert not [each for each in desk.engine.requests if isinstance(each, Forget)]


def test_it_is_gone_when_it_is_left_with_what_was_deleted_of_it_and_its_answer(desk: Desk) -> None:
    desk.talk("One")
    desk.session.delete_message(desk.session.entries[-1].message.id)
    desk.session.say("Two")
    desk.engine.run_until(Piece)
    left = desk.session.conversation.id
    desk.session.open(1)
    assert not desk.session.answering
    desk.engine.run()
    desk.session.undo()
    assert desk.shown() == ["Before", "Hello to you."]
    desk.session.keep_draft(left, "too late")
    assert desk.session.draft(left) == ""
    desk.session.new_temporary()
    assert desk.session.conversation.id > left
    assert desk.shown() == []


def test_an_answer_in_another_conversation_goes_on(desk: Desk) -> None:
    desk.session.open(1)
    desk.session.say("More")
    desk.engine.run_until(Piece)
    desk.session.new_temporary()
    desk.engine.run()
    assert desk.store.conversations.messages(1)[-1].text == "Hello to you."
    assert desk.session.entries == ()


def test_what_was_deleted_elsewhere_comes_back_without_ending_it(desk: Desk) -> None:
    desk.session.open(1)
    desk.session.history.trash(1)
    desk.session.new_temporary()
    desk.talk("One")
    desk.session.undo()
    assert desk.session.temporary
    assert [item.id for item in desk.session.history.listed()] == [1]


def test_it_can_be_kept_with_all_its_versions(desk: Desk) -> None:
    desk.talk("One", "Two")
    desk.session.regenerate()
    desk.engine.run()
    desk.session.show_version(desk.session.entries[-1].message.id, 1)
    before = desk.session.entries
    number = desk.session.conversation.id
    desk.session.keep_draft(number, "half")
    desk.changes.clear()
    desk.session.keep()
    kinds = [type(change) for change in desk.changes]
    assert kinds.index(Renumbered) < kinds.index(BranchShown) < kinds.index(ListChanged)
    assert not desk.session.temporary
    assert [(each.message.text, each.version, each.versions) for each in desk.session.entries] == [
        (each.message.text, each.version, each.versions) for each in before
    ]
    desk.same_on_disk()
    desk.talk("Three")
    assert desk.engine.asked[-1].conversation == desk.session.conversation.id
    again = desk.reopened()
    again.session.resume()
    assert again.shown()[-2:] == ["Three", "Hello to you."]
    again.store.close()


def test_an_empty_one_becomes_an_empty_conversation(desk: Desk) -> None:
    desk.session.set_sampling(temperature=0.3)
    desk.session.set_system_prompt("Be brief.")
    desk.session.keep()
    assert desk.session.conversation.id == 0
    assert (desk.session.sampling.temperature, desk.session.conversation.system_prompt) == (0.3, "Be brief.")
    desk.session.keep()
    assert desk.session.conversation.id == 0


def test_keeping_waits_for_the_answer_or_ends_it(desk: Desk) -> None:
    desk.session.say("One")
    desk.engine.run_until(Piece)
    with pytest.raises(InputError):
        desk.session.keep()
    desk.session.keep(stop=True)
    assert desk.session.entries[-1].message.status == "stopped"
    desk.same_on_disk()
    desk.engine.run_until(Done)
    desk.same_on_disk()


def test_a_disk_that_refuses_to_keep_it_leaves_it_as_it_was(desk: Desk) -> None:
    desk.talk("One")
    desk.store.run("CREATE TRIGGER full BEFORE INSERT ON message BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises((StoreError, Exception), match="full"):
        desk.session.keep()
    assert desk.session.temporary
    desk.store.run("DROP TRIGGER full")
    assert len(desk.store.conversations.ids()) == 1
    desk.session.keep()
    assert desk.shown() == ["One", "Hello to you."]
