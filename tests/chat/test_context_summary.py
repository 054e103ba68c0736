"""A summary takes the place of what does not fit: made in pieces, taken in by the next one, asked about where it fails."""

from dataclasses import replace

import pytest

from app.chat.changes import ModelState, Problem, SeenFrom
from app.chat.summary import INSTRUCTION, can_summarise
from app.core.errors import ContextError, InputError
from app.core.protocol import Counted, Piece
from tests.chat.conftest import QUESTION, Desk, Make, overflow


def test_summarising(full: Desk) -> None:
    overflow(full)
    full.engine.says = "They asked about words."
    full.session.context.summarise()
    assert full.session.context.question.state == "summarising"
    asked = full.engine.asked[-1]
    assert (asked.background, asked.sampling.strategy) == (True, "greedy")
    assert asked.turns[0].text == INSTRUCTION
    assert "User: Question 0" in asked.turns[1].text
    assert "Assistant: Hello to you." in asked.turns[1].text
    full.engine.run_until(Counted)
    full.engine.says = "Hello again."
    full.engine.run()
    turns = full.engine.asked[-1].turns
    assert turns[0].text.startswith("Be brief.")
    assert turns[0].text.endswith("They asked about words.")
    first = full.session.context.seen_from
    assert (first.left_out, first.summary) == (0, "They asked about words.")
    assert first.summarised == len(full.session.entries) - sum(len(t.text) > 0 for t in turns[1:]) - 1
    assert full.shown()[-1] == "Hello again."
    full.same_on_disk()
    requests = len(full.engine.asked)
    full.talk("A short one")
    assert len(full.engine.asked) == requests + 1  # the summary is written once
    assert full.engine.asked[-1].turns[0].text.endswith("They asked about words.")


def test_a_summary_is_there_after_a_restart_and_can_be_taken_away(full: Desk) -> None:
    overflow(full)
    full.session.context.summarise()
    full.engine.run()
    again = full.reopened()
    again.session.resume()
    assert again.session.context.seen_from.summary == "Hello to you."  # known before a model is
    assert again.session.conversation.overflow == "summarise"
    again.session.context.forget_summary()
    assert again.session.context.seen_from == SeenFrom(None)
    assert again.session.conversation.overflow == "ask"
    assert not any(entry.message.summary for entry in again.session.entries)
    again.same_on_disk()
    again.store.close()


def test_a_later_summary_takes_in_the_earlier_one(full: Desk) -> None:
    overflow(full)
    full.engine.says = "The first summary."
    full.session.context.summarise()
    full.engine.run()
    before = len(full.engine.asked)
    while len([entry for entry in full.session.entries if entry.message.summary]) < 2:
        full.talk(QUESTION.format(number=9))
    later = [request for request in full.engine.asked[before:] if request.background]
    assert "The first summary." in later[0].turns[1].text
    assert full.session.context.question.state == "settled"
    assert full.engine.asked[-1].turns[0].text.count("Summary of the conversation") == 1
    full.same_on_disk()


def test_what_is_too_long_for_one_reading_is_summarised_piece_by_piece(make_desk: Make) -> None:
    desk = make_desk(context=4000, trained=4000)
    desk.talk(*(f"Question {number} " + "word " * 700 for number in range(4)))
    desk.session.load_model(context_length=400)
    desk.engine.run()
    desk.session.say("And now?")
    desk.engine.run()
    desk.engine.says = "Short."
    desk.session.context.summarise()
    desk.engine.run()
    steps = [request for request in desk.engine.asked if request.background]
    assert len(steps) > 8
    assert all("Summary of what was said before:\nShort." in step.turns[1].text for step in steps[1:])
    read = " ".join(step.turns[1].text for step in steps)
    assert read.count("word") >= 4 * 700 - len(steps)  # a word may be cut in two
    assert desk.shown()[-1] == "Short."


def test_a_model_that_is_too_small_is_not_asked_to_summarise(full: Desk) -> None:
    model = full.session.model_state.model
    assert model is not None
    small = replace(model, parameters=2_400_000)
    assert can_summarise(model)  # it does not say how large it is
    assert can_summarise(replace(model, parameters=360_000_000))
    full.session._model._set(ModelState("ready", small.path, 1.0, small))
    full.session.context.choose("summarise")
    assert not overflow(full).can_summarise
    with pytest.raises(InputError):
        full.session.context.summarise()
    full.session.context.leave_out()
    full.engine.run()
    assert full.shown()[-1] == "Hello to you."


@pytest.mark.parametrize("says", ["", "  "])
def test_a_summary_that_fails_asks_again(full: Desk, says: str) -> None:
    overflow(full)
    full.engine.says = says
    full.session.context.summarise()
    full.engine.run()
    assert full.session.context.question.state == "asking"
    assert isinstance(full.told(Problem)[-1].error, ContextError)
    assert full.session.conversation.overflow == "ask"
    full.engine.says = "Hello to you."
    full.session.context.leave_out()
    full.engine.run()
    assert full.shown()[-1] == "Hello to you."
    full.same_on_disk()


@pytest.mark.parametrize("summarising", [False, True])
def test_stopping_while_it_asks_or_summarises(full: Desk, summarising: bool) -> None:
    overflow(full)
    if summarising:
        full.session.context.summarise()
        full.engine.run_until(Piece)
    full.session.stop()
    full.engine.run()
    assert full.session.context.question.state == "settled"
    assert full.session.entries[-1].message.status == "stopped"
    assert not full.session.answering
    with pytest.raises(InputError):
        full.session.context.leave_out()
    full.same_on_disk()
    full.session.try_again()
    full.engine.run()
    assert full.session.context.question.state == ("settled" if summarising else "asking")
