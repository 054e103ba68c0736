"""What becomes of saved contexts when conversations are left, changed and deleted."""

from app.chat.changes import Problem
from app.core.errors import LoadError
from app.core.protocol import Done, Failed, Forget, Gone, Park
from tests.chat.conftest import Desk


def parked(desk: Desk) -> list[int]:
    return [request.conversation for request in desk.engine.requests if isinstance(request, Park)]


def forgotten(desk: Desk) -> list[int | None]:
    return [request.conversation for request in desk.engine.requests if isinstance(request, Forget)]


def test_answers_belong_to_their_conversation(desk: Desk) -> None:
    desk.talk("Hello")
    desk.session.new()
    desk.talk("Again")
    assert [request.conversation for request in desk.engine.asked] == [1, 2]


def test_a_conversation_is_parked_when_it_is_left(desk: Desk) -> None:
    desk.session.new()
    desk.talk("Hello")
    desk.session.open(1)  # it is in view already
    assert parked(desk) == []
    desk.session.new()
    desk.session.new()
    assert parked(desk) == [1]
    desk.talk("Another one")
    desk.session.open(1)
    assert parked(desk) == [1, 2]


def test_one_that_is_still_answered_is_parked_after_the_answer(desk: Desk) -> None:
    desk.talk("Hello")
    desk.session.say("More")
    desk.session.new()
    assert parked(desk) == []
    desk.engine.run_until(Done)
    assert parked(desk) == [1]


def test_without_a_model_nothing_is_parked(desk: Desk) -> None:
    desk.talk("Hello")
    desk.session.unload_model()
    desk.session.new()
    assert parked(desk) == []


def test_that_it_could_not_be_saved_is_no_problem(desk: Desk) -> None:
    desk.talk("Hello")
    desk.session.new()
    (request,) = [request for request in desk.engine.requests if isinstance(request, Park)]
    desk.session.handle(Failed(request.id, LoadError("Something went wrong."), True))
    assert desk.told(Problem) == []
    desk.session.open(1)
    desk.talk("Again")
    desk.session.new()
    desk.engine.die()
    assert len(desk.told(Problem)) == 1
    desk.session.handle(Gone(LoadError("It ended.")))


def test_deleting_a_message_forgets_what_was_read_with_it(desk: Desk) -> None:
    desk.talk("Hello")
    desk.session.delete_message(desk.session.entries[-1].message.id)
    assert forgotten(desk) == [1]
    desk.session.undo()
    assert forgotten(desk) == [1]


def test_another_system_prompt_forgets_what_began_with_the_old_one(desk: Desk) -> None:
    desk.session.set_system_prompt("Before there is anything.")
    assert forgotten(desk) == []
    desk.talk("Hello")
    desk.session.set_system_prompt("Be brief.")
    assert forgotten(desk) == [1]


def test_the_trash_keeps_it_until_it_is_emptied(desk: Desk) -> None:
    for text in ("One", "Two", "Three"):
        desk.talk(text)
        desk.session.new()
    desk.session.history.trash(1)
    desk.session.history.trash(3)
    assert forgotten(desk) == []
    desk.session.history.empty_trash()
    assert sorted(forgotten(desk)) == [1, 3]  # type: ignore[type-var]  # each has a number
    assert desk.store.conversations.ids() == {2}


def test_the_preference_holds_from_the_start_and_at_once(desk: Desk) -> None:
    assert desk.engine.saved_limit == 8 << 30
    desk.session.set_preferences(saved_contexts=2)
    assert desk.engine.saved_limit == 2 << 30
    desk.session.set_preferences(saved_contexts=0)
    assert desk.engine.saved_limit == 0
    desk.session.saved_contexts.clear()
    assert forgotten(desk) == [None]
    assert desk.session.saved_contexts.bytes == 0
    again = desk.reopened()
    assert again.engine.saved_limit == 0
    again.store.close()
