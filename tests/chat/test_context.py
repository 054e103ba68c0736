"""When a conversation outgrows the context: nothing is left out before the user said so, and all of it is told."""

import pytest

from app.chat.changes import Busy, ContextFull, ContextUsed, Problem, SeenFrom
from app.core.errors import ContextError, InputError, LoadError
from app.core.protocol import Failed
from tests.chat.conftest import LONG, QUESTION, Desk, Make, overflow


def asked_turns(desk: Desk) -> list[str]:
    """The questions of the last request, by their numbers."""
    return [turn.text.split()[1] for turn in desk.engine.asked[-1].turns if turn.role == "user"]


def test_it_asks_before_anything_is_left_out(full: Desk) -> None:
    before = len(full.engine.asked)
    question = overflow(full)
    assert (question.state, question.messages, question.tokens) == ("asking", 2, 85)
    assert question.raise_to == 1024
    assert full.told(ContextFull) == [question]
    assert len(full.engine.asked) == before  # the model has heard of nothing
    stored = full.store.conversations.messages(full.session.conversation.id)
    assert [(message.role, message.status) for message in stored[-2:]] == [("user", "done"), ("assistant", "streaming")]
    assert full.session.answering
    full.same_on_disk()


def test_continuing_without(full: Desk) -> None:
    overflow(full)
    full.session.context.leave_out()
    full.engine.run()
    assert full.shown()[-1] == "Hello to you."
    assert asked_turns(full) == ["1", "2", "3"]
    assert full.engine.asked[-1].turns[0].text == "Be brief."
    assert full.session.left_out == 2
    assert full.session.context.question.state == "settled"
    third = full.session.entries[2].message.id
    assert full.session.context.seen_from == SeenFrom(third, 2)
    full.same_on_disk()


def test_what_was_chosen_is_remembered(full: Desk) -> None:
    overflow(full)
    full.session.context.leave_out()
    full.engine.run()
    full.changes.clear()
    for number in range(4, 7):
        full.talk(QUESTION.format(number=number))
    assert not [change for change in full.changes if isinstance(change, ContextFull)]
    moved = [change.message_id for change in full.changes if isinstance(change, SeenFrom)]
    assert moved == sorted(set(moved))  # the mark moves on, and only on
    assert full.told(ContextUsed)[-1].left_out > 2
    again = full.reopened()
    again.session.resume()
    again.session.load_model()
    again.engine.context_length = 400
    again.engine.run()
    assert again.session.conversation.overflow == "without"
    assert again.session.context.seen_from.left_out > 2
    again.store.close()


def test_it_asks_again_when_told_to(full: Desk) -> None:
    overflow(full)
    full.session.context.leave_out()
    full.engine.run()
    full.session.context.choose("ask")
    full.engine.run()
    assert full.session.context.seen_from == SeenFrom(None)
    full.session.say("And now?")
    full.engine.run()
    assert full.session.context.question.state == "asking"


def test_raising_the_context_sends_everything(full: Desk) -> None:
    overflow(full)
    full.session.context.raise_length()
    assert full.session.context.question.state == "settled"
    full.engine.run()
    assert full.engine.loads[-1].loading.context_length == 1024
    assert asked_turns(full) == ["0", "1", "2", "3"]
    assert full.shown()[-1] == "Hello to you."
    assert full.session.loading.context_length == 1024
    assert full.session.left_out == 0
    assert full.session.conversation.overflow == "ask"
    full.same_on_disk()


def test_a_context_that_the_machine_cannot_hold_is_taken_back(full: Desk) -> None:
    overflow(full)
    full.engine.load_error = LoadError("There is not enough memory.", "Choose a shorter context.")
    full.session.context.raise_length()
    full.engine.run_until(Failed)
    full.engine.load_error = None
    full.engine.run()
    assert full.told(Problem)[-1].error.message == "There is not enough memory."
    assert full.session.loading.context_length == 0
    assert full.session.context.question.state == "asking"  # the model is back as it was
    full.session.context.leave_out()
    full.engine.run()
    assert full.shown()[-1] == "Hello to you."


def test_a_model_that_cannot_see_more_is_not_raised(make_desk: Make) -> None:
    desk = make_desk(context=400)
    desk.talk(*(QUESTION.format(number=number) for number in range(3)))
    assert overflow(desk).raise_to == 0
    with pytest.raises(InputError):
        desk.session.context.raise_length()
    assert desk.session.context.question.state == "asking"


def test_another_conversation_is_not_asked(full: Desk) -> None:
    overflow(full)
    first = full.session.conversation.id
    full.session.new()
    assert full.session.context.question.state == "settled"
    with pytest.raises(InputError):
        full.session.context.leave_out()
    full.session.open(first)
    assert full.session.context.question.state == "asking"
    full.session.context.leave_out()
    full.engine.run()
    assert full.shown()[-1] == "Hello to you."


def test_whoever_goes_elsewhere_is_told_that_the_question_waits(full: Desk) -> None:
    overflow(full)
    first = full.session.conversation.id
    full.changes.clear()
    full.session.new()
    assert "waits for you" in full.told(Problem)[-1].error.message
    full.changes.clear()
    full.session.open(first)
    assert not full.told(Problem)
    full.session.stop()


def test_a_question_that_comes_in_another_conversation_is_told(full: Desk) -> None:
    first = full.session.conversation.id
    full.session.unload_model()
    full.engine.run()
    full.session.say(QUESTION.format(number=3))
    full.session.new()
    full.changes.clear()
    full.engine.run()
    assert "waits for you" in full.told(Problem)[-1].error.message
    full.session.open(first)
    assert full.session.context.question.state == "asking"
    full.session.stop()


def test_a_question_outlives_the_model_process(full: Desk) -> None:
    overflow(full)
    full.engine.die()
    assert full.session.model_state.state == "failed"
    full.session.context.show_question()
    assert full.session.context.question.state == "asking"
    full.session.context.leave_out()
    full.engine.run()
    assert full.shown()[-1] == "Hello to you."
    full.same_on_disk()


def test_a_restart_while_it_asks_loses_nothing(full: Desk) -> None:
    overflow(full)
    again = full.reopened()
    again.session.resume()
    assert again.shown()[-2] == QUESTION.format(number=3)
    assert again.session.entries[-1].message.status == "stopped"
    again.store.close()
    full.session._answering.message = None


def test_another_model_may_be_chosen_instead(full: Desk) -> None:
    overflow(full)
    full.engine.context_length = 4000
    full.session.load_model(full.built_in.with_name("larger.gguf"))
    full.engine.run()
    assert full.session.context.question.state == "settled"
    assert asked_turns(full) == ["0", "1", "2", "3"]
    assert full.told(Busy)[-1].answering is False


def test_versions_and_edits_are_planned_too(full: Desk) -> None:
    overflow(full)
    full.session.context.leave_out()
    full.engine.run()
    full.session.edit(full.session.entries[-2].message.id, "Question 8 " + LONG)
    full.engine.run()
    assert asked_turns(full)[-1] == "8"
    full.session.regenerate()
    full.engine.run()
    assert full.session.left_out >= 2
    full.session.show_version(full.session.entries[0].message.id, 1)
    full.engine.run()
    assert full.session.context.seen_from.left_out >= 2


def test_a_short_conversation_is_not_counted_before_it_is_sent(desk: Desk) -> None:
    desk.talk("Hello")
    kinds = [type(request).__name__ for request in desk.engine.requests]
    assert kinds.index("Generate") < kinds.index("Count")


def test_a_message_longer_than_the_context(make_desk: Make) -> None:
    desk = make_desk(context=400)
    desk.talk("Hello")
    for text in ("word " * 500, "z" * 1_000_000, "word " * 600):
        desk.talk(text)
        answer = desk.session.entries[-1].message
        assert answer.status == "failed"
        assert "longer" in answer.error
        assert desk.session.entries[-2].message.text == text
        assert desk.told(Problem)[-1].error.hint
        desk.same_on_disk()
    desk.talk("A short one")  # the long ones before it do not fit
    assert desk.session.context.question.messages == 5
    desk.session.context.leave_out()
    desk.engine.run()
    assert desk.shown()[-1] == "Hello to you."
    assert [turn.text for turn in desk.engine.asked[-1].turns] == ["A short one"]


def test_a_prompt_that_the_engine_finds_too_long_after_all(desk: Desk) -> None:
    desk.talk("One", "Two", "Three")
    desk.engine.answer = lambda request: ContextError("Too long.") if len(request.turns) > 3 else "Short enough."
    desk.talk("Four")
    assert desk.session.context.question.state == "asking"
    desk.session.context.leave_out()
    desk.engine.run()
    assert desk.shown()[-1] == "Short enough."
    assert 4 <= desk.session.left_out <= 6
    desk.engine.answer = lambda request: ContextError("Too long.", "Shorten it.")
    desk.talk("Five")
    assert desk.session.entries[-1].message.error == "Too long. Shorten it."
    desk.same_on_disk()


def test_what_is_left_out_stays_the_same_for_a_while(make_desk: Make) -> None:
    desk = make_desk(context=1000)
    desk.session.context.choose("without")
    firsts = []
    for number in range(30):
        desk.talk(f"Question {number} " + "word " * 40)
        firsts.append(desk.engine.asked[-1].turns[0].text.split()[1])
    assert len(set(firsts[-12:])) <= 4


def test_the_meter_counts_the_draft(desk: Desk) -> None:
    desk.session.count_draft("before there is a model")
    desk.session.load_model()
    desk.engine.run()
    desk.changes.clear()
    desk.session.count_draft("one")
    desk.session.count_draft("one two")
    desk.engine.run()
    (used,) = desk.told(ContextUsed)
    assert (used.draft, used.total) == (2, 2048)
    desk.session.count_draft("a" * 1_000_000)
    assert desk.told(ContextUsed)[0].draft == 250_000
