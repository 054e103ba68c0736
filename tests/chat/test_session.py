"""What the session does with messages, seen from outside: entries, disk and the changes that it tells."""

import pytest

from app.chat.changes import (
    BranchShown,
    Busy,
    EntryAdded,
    EntryChanged,
    ModelState,
    Problem,
    PromptRead,
    TextGrew,
    UndoPossible,
)
from app.core.errors import InputError
from app.core.protocol import Candidate, LoadProgress, Piece


def test_saying_stores_first_then_loads_then_answers(desk) -> None:
    desk.session.say("Hello, who are you? I ask for a friend.")
    stored = desk.store.conversations.messages(desk.session.conversation.id)
    assert [(message.role, message.status) for message in stored] == [("user", "done"), ("assistant", "streaming")]
    assert desk.engine.asked == []  # the model is on its way
    assert desk.session.conversation.title == "Hello, who are you?"
    desk.engine.run()
    assert desk.shown() == ["Hello, who are you? I ask for a friend.", "Hello to you."]
    answer = desk.session.entries[1].message
    assert (answer.status, answer.finish_reason, answer.model) == ("done", "end", "guide")
    assert answer.timing is not None
    assert answer.timing.completion_tokens == 3
    assert [change.answering for change in desk.changes if isinstance(change, Busy)] == [True, False]
    assert "".join(change.text for change in desk.changes if isinstance(change, TextGrew)) == "Hello to you."
    assert len([change for change in desk.changes if isinstance(change, PromptRead)]) == 2
    assert len(desk.told(EntryAdded)) == 2
    desk.same_on_disk()


@pytest.mark.parametrize("text", ["", "  \n\t"])
def test_nothing_to_send(desk, text: str) -> None:
    with pytest.raises(InputError):
        desk.session.say(text)
    assert desk.session.conversation.id == 0
    assert desk.session.history.listed() == []


def test_one_answer_at_a_time(desk) -> None:
    desk.session.say("One")
    for busy in (
        lambda: desk.session.say("Two"),
        lambda: desk.session.regenerate(),
        lambda: desk.session.continue_answer(),
        lambda: desk.session.edit(desk.session.entries[0].message.id, "Other"),
    ):
        with pytest.raises(InputError):
            busy()
    desk.engine.run()
    desk.talk("Two")
    assert desk.shown() == ["One", "Hello to you.", "Two", "Hello to you."]


def test_stop_keeps_what_is_there(desk) -> None:
    desk.session.say("Hello")
    desk.engine.run_until(Piece)
    desk.session.stop()
    desk.engine.run()
    answer = desk.session.entries[-1].message
    assert (answer.text, answer.status, answer.finish_reason) == ("Hello", "stopped", "stopped")
    desk.same_on_disk()


def test_stop_while_the_model_loads(desk) -> None:
    desk.session.say("Hello")
    desk.engine.run_until(LoadProgress)
    desk.session.stop()
    assert desk.session.entries[-1].message.status == "stopped"
    desk.engine.run()
    assert desk.session.model_state.state == "ready"
    assert desk.engine.asked == []


def test_cancelling_the_load_stops_the_answer(desk) -> None:
    desk.session.say("Hello")
    desk.engine.run_until(LoadProgress)
    desk.session.cancel_loading()
    desk.engine.run()
    assert desk.session.entries[-1].message.status == "stopped"
    assert desk.session.model_state.state == "none"


def test_regenerate_keeps_the_earlier_answer(desk) -> None:
    desk.talk("Hello")
    desk.engine.says = "Another one."
    desk.session.regenerate()
    desk.engine.run()
    assert desk.shown() == ["Hello", "Another one."]
    entry = desk.session.entries[-1]
    assert (entry.version, entry.versions) == (2, 2)
    desk.session.show_version(entry.message.id, 1)
    assert desk.shown() == ["Hello", "Hello to you."]
    desk.same_on_disk()
    again = desk.reopened()
    again.session.resume()
    assert again.shown() == ["Hello", "Hello to you."]
    again.store.close()


def test_editing_ones_own_message_asks_again(desk) -> None:
    desk.talk("Helo", "More")
    desk.session.edit(desk.session.entries[0].message.id, "Hello")
    desk.engine.run()
    assert desk.shown() == ["Hello", "Hello to you."]
    assert desk.session.entries[0].versions == 2
    desk.session.show_version(desk.session.entries[0].message.id, 1)
    assert desk.shown() == ["Helo", "Hello to you.", "More", "Hello to you."]
    desk.same_on_disk()


def test_editing_an_answer_asks_nobody(desk) -> None:
    desk.talk("Hello")
    before = len(desk.engine.asked)
    desk.session.edit(desk.session.entries[1].message.id, "Better words.")
    desk.engine.run()
    assert desk.shown() == ["Hello", "Better words."]
    assert desk.session.entries[1].message.edited
    assert len(desk.engine.asked) == before
    desk.talk("And now?")
    assert [turn.text for turn in desk.engine.asked[-1].turns] == ["Hello", "Better words.", "And now?"]
    desk.same_on_disk()


def test_continuing_begins_with_what_is_there(desk) -> None:
    desk.session.say("Hello")
    desk.engine.run_until(Piece)
    desk.session.stop()
    desk.engine.run()
    desk.engine.says = ", and so on."
    desk.session.continue_answer()
    desk.engine.run()
    assert desk.shown() == ["Hello", "Hello, and so on."]
    assert desk.engine.asked[-1].prefill == "Hello"
    assert [turn.role for turn in desk.engine.asked[-1].turns] == ["user"]
    assert desk.session.entries[1].versions == 2
    desk.same_on_disk()


def test_an_answer_that_is_at_its_end_gets_no_second_version(desk) -> None:
    desk.talk("Hello")
    desk.engine.says = ""
    desk.told(Problem)
    desk.session.continue_answer()
    desk.engine.run()
    (told,) = desk.told(Problem)
    assert told.error.message == "The model has nothing to add to this answer."
    assert desk.shown() == ["Hello", "Hello to you."]
    assert desk.session.entries[1].versions == 1
    assert not desk.session.answering
    desk.same_on_disk()
    desk.session.continue_answer()
    desk.session.new()  # nobody looks: it stays, and nothing is told in another conversation
    desk.engine.run()
    assert not desk.told(Problem)


def test_deleting_and_undo(desk) -> None:
    desk.talk("One", "Two", "Three")
    all_of_it = desk.shown()
    desk.session.delete_message(desk.session.entries[4].message.id)
    assert desk.shown() == all_of_it[:4]
    desk.session.delete_message(desk.session.entries[0].message.id)
    assert desk.shown() == []
    assert len(desk.told(UndoPossible)) == 2
    desk.same_on_disk()
    desk.session.undo()
    assert desk.shown() == all_of_it[:4]
    desk.session.undo()
    desk.session.undo()  # nothing is left to undo
    assert desk.shown() == all_of_it
    desk.same_on_disk()


def test_deleting_a_version_shows_the_next_one(desk) -> None:
    desk.talk("One")
    desk.engine.says = "Second."
    desk.session.regenerate()
    desk.engine.run()
    desk.session.delete_message(desk.session.entries[1].message.id)
    assert desk.shown() == ["One", "Hello to you."]


def test_deleting_the_running_answer_ends_it(desk) -> None:
    desk.session.say("One")
    desk.engine.run_until(Piece)
    desk.session.delete_message(desk.session.entries[0].message.id)
    desk.engine.run()
    assert desk.shown() == []
    assert not desk.session.answering
    desk.session.undo()
    assert desk.shown() == ["One", "Hello"]
    desk.same_on_disk()


def test_a_message_that_is_gone(desk) -> None:
    desk.talk("Hello")
    for act in (
        lambda: desk.session.regenerate(999),
        lambda: desk.session.edit(999, "x"),
        lambda: desk.session.delete_message(999),
        lambda: desk.session.show_version(999, 1),
        lambda: desk.session.open(999),
        lambda: desk.session.continue_answer(desk.session.entries[0].message.id),
    ):
        with pytest.raises(InputError):
            act()
    desk.session.show_version(desk.session.entries[1].message.id, 7)  # out of range changes nothing
    assert desk.shown() == ["Hello", "Hello to you."]


def test_changes_tell_what_is_so(desk) -> None:
    desk.talk("Hello")
    shown = [change for change in desk.changes if isinstance(change, EntryChanged)]
    assert shown[-1].entry == desk.session.entries[-1]
    desk.session.regenerate()
    assert desk.told(BranchShown)[-1].entries == desk.session.entries
    desk.engine.run()
    states = [change.state for change in desk.changes if isinstance(change, ModelState)]
    assert states == []


def test_thinking_is_kept_apart_from_the_answer(desk) -> None:
    desk.engine.says = "<think>They greet me. I greet back.</think>Hello to you."
    desk.session.say("Hello")
    desk.engine.run_until(Piece)
    assert desk.session.entries[-1].message.thinking == "They"
    desk.session.tick()
    assert desk.store.conversations.messages(desk.session.conversation.id)[-1].thinking == "They"
    desk.engine.run()
    answer = desk.session.entries[-1].message
    assert (answer.text, answer.thinking) == ("Hello to you.", "They greet me. I greet back.")
    assert answer.thinking_s > 0
    assert answer.timing.thinking_tokens == 6
    grown = [change for change in desk.changes if isinstance(change, TextGrew)]
    assert "".join(change.text for change in grown if change.kind == "thinking") == answer.thinking
    assert "".join(change.text for change in grown if change.kind == "answer") == answer.text
    desk.talk("More")
    assert desk.engine.asked[-1].turns[1].thinking == answer.thinking  # the template decides
    assert desk.session.history.search("greet me") == []
    desk.same_on_disk()


def test_stopping_in_mid_thought(desk) -> None:
    desk.engine.says = "<think>One two three.</think>Hello."
    desk.session.say("Hello")
    desk.engine.run_until(Piece)
    desk.session.stop()
    desk.engine.run()
    answer = desk.session.entries[-1].message
    assert (answer.text, answer.thinking, answer.status) == ("", "One", "stopped")
    assert answer.thinking_s > 0
    desk.same_on_disk()


def test_another_candidate_becomes_the_answer(desk) -> None:
    desk.engine.candidates = (Candidate("Hello to you.", -0.5), Candidate("Good day.", -0.75))
    desk.talk("Hello")
    assert desk.session.entries[-1].message.candidates == ()
    desk.session.set_sampling(strategy="beam")
    desk.talk("Hello")
    answer = desk.session.entries[-1].message
    assert answer.candidates == desk.engine.candidates
    desk.session.take_candidate(answer.id, 1)
    taken = desk.session.entries[-1]
    assert (taken.message.text, taken.version, taken.versions) == ("Good day.", 2, 2)
    assert taken.message.candidates == answer.candidates
    with pytest.raises(InputError):
        desk.session.take_candidate(answer.id, 2)
    desk.same_on_disk()


def test_the_tokens_that_were_chosen_can_be_asked_for(desk) -> None:
    desk.session.logprobs = 3
    desk.talk("Hello")
    assert desk.engine.asked[-1].logprobs == 3
    assert [chosen.text for chosen in desk.session.chosen] == ["Hello", " to", " you."]
