"""What the session does, seen from outside: entries, disk and the changes that it tells."""

from dataclasses import replace
from pathlib import Path

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
from app.chat.model import template_notice
from app.core.errors import InputError, StoreError
from app.core.protocol import Candidate, Failed, LoadProgress, Piece
from app.store.database import Database
from tests.chat.conftest import TOO_MUCH


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


def test_trash_and_undo(desk) -> None:
    desk.talk("One")
    conversation = desk.session.conversation.id
    desk.session.history.trash(conversation)
    assert desk.session.conversation.id == 0
    assert desk.session.history.listed() == []
    assert [row.id for row in desk.session.history.trashed()] == [conversation]
    desk.session.undo()
    assert desk.session.conversation.id == conversation
    assert desk.shown() == ["One", "Hello to you."]
    desk.session.history.trash(conversation)
    desk.session.history.empty_trash()
    desk.session.undo()
    assert desk.session.history.listed() == desk.session.history.trashed() == []


def test_trashing_the_conversation_that_is_answered(desk) -> None:
    desk.session.say("One")
    desk.engine.run_until(Piece)
    desk.session.history.trash(desk.session.conversation.id)
    desk.engine.run()
    assert not desk.session.answering
    desk.session.undo()
    assert desk.shown() == ["One", "Hello"]


def test_an_answer_goes_on_when_another_conversation_is_opened(desk) -> None:
    desk.session.say("One")
    first = desk.session.conversation.id
    desk.engine.run_until(Piece)
    desk.session.new()
    desk.engine.run_until(Piece)
    assert desk.session.entries == ()
    desk.session.open(first)
    assert desk.shown() == ["One", "Hello to"]
    desk.session.new()
    desk.engine.run()
    desk.session.open(first)
    assert desk.shown() == ["One", "Hello to you."]
    desk.same_on_disk()


def test_renaming_pinning_and_the_order_of_the_list(desk) -> None:
    desk.talk("First")
    first = desk.session.conversation.id
    desk.session.new()
    desk.talk("Second")
    history = desk.session.history
    assert [row.title for row in history.listed()] == ["Second", "First"]
    history.pin(first, True)
    history.rename(first, "  A better\nname ")
    assert [row.title for row in history.listed()] == ["A better name", "Second"]
    desk.session.open(first)
    assert desk.session.conversation.titled
    history.rename(first, "Again")
    assert desk.session.conversation.title == "Again"
    with pytest.raises(InputError):
        history.rename(first, " \n")
    with pytest.raises(InputError):
        history.rename(999, "Gone")
    desk.same_on_disk()


def test_sampling_layers(desk, make_desk) -> None:
    with pytest.raises(InputError):
        desk.session.keep_sampling_for_model()  # no model yet
    desk.engine.recommended = {"temperature": 0.6, "nonsense": 1}
    desk.session.load_model()
    desk.engine.run()
    assert desk.session.sampling.temperature == 0.6
    desk.session.set_sampling(temperature=1.1, top_k=20)
    desk.talk("Hello")
    assert desk.session.sampling.temperature == 1.1
    assert desk.engine.asked[-1].sampling.top_k == 20
    assert desk.session.entries[-1].message.sampling == {"temperature": 1.1, "top_k": 20}
    desk.session.reset_sampling("temperature")
    assert desk.session.sampling.temperature == 0.6
    desk.session.set_sampling(temperature=0.9)
    desk.session.keep_sampling_for_model()
    assert desk.session.conversation.sampling == {}
    desk.session.new()
    assert (desk.session.sampling.temperature, desk.session.sampling.top_k) == (0.9, 20)
    assert (desk.session.layers.base, desk.session.layers.kept) == (desk.session.sampling, True)
    desk.session.set_sampling(temperature=0.9)  # is so anyway
    assert desk.session.conversation.sampling == {}
    desk.session.keep_sampling_for_model(False)
    assert desk.session.sampling.temperature == 0.6
    desk.session.set_sampling(stop=("END", "x"))
    desk.talk("Hello")
    desk.same_on_disk()
    with pytest.raises(InputError):
        desk.session.set_sampling(temperature=9)
    desk.session.reset_sampling()
    assert desk.session.sampling.stop == ()


def test_loading_settings_belong_to_the_file(desk) -> None:
    desk.session.load_model()
    desk.engine.run()
    desk.session.set_loading(context_length=4096)
    desk.engine.run()
    assert desk.engine.loads[-1].loading.context_length == 4096
    desk.session.load_model(Path("other.gguf"))
    desk.engine.run()
    assert desk.engine.loads[-1].loading.context_length == 0
    desk.session.load_model(Path("guide.gguf"))
    assert desk.session.loading.context_length == 4096
    with pytest.raises(InputError):
        desk.session.set_loading(batch_size=1)


def test_a_model_that_does_not_load(desk) -> None:
    desk.session.load_model(Path("letter.docx"))
    desk.engine.run()
    assert desk.session.model_state.state == "failed"
    (problem,) = desk.told(Problem)
    assert problem.retry
    desk.session.say("Hello")
    desk.engine.run()
    answer = desk.session.entries[-1].message
    assert (answer.status, answer.error) == ("failed", "This is not a model. Choose another file.")
    assert len(desk.told(Problem)) == 1
    desk.session.load_model(Path("guide.gguf"))
    desk.engine.run()
    desk.session.try_again()
    desk.engine.run()
    assert desk.shown() == ["Hello", "Hello to you."]
    assert desk.session.entries[-1].versions == 1  # the empty failure is gone
    desk.same_on_disk()


def test_a_wrong_file_leaves_the_model_in_use(desk) -> None:
    desk.session.load_model()
    desk.engine.run()
    before = desk.session.model_state
    desk.changes.clear()
    desk.session.load_model(Path("letter.docx"))
    assert desk.session.model_state.state == "loading"
    desk.engine.run()
    assert desk.session.model_state == before
    (problem,) = desk.told(Problem)
    assert (problem.error.message, problem.retry) == ("This is not a model.", False)
    desk.session.load_model(Path("letter.docx"))
    desk.session.say("Hello")  # meanwhile
    desk.engine.run()
    assert desk.shown() == ["Hello", "Hello to you."]
    assert len(desk.told(Problem)) == 1
    desk.engine.die()
    assert desk.session.model_state.state == "failed"
    desk.same_on_disk()


def test_a_model_that_does_not_fit_makes_room_for_the_one_before(desk) -> None:
    desk.session.load_model(Path("small.gguf"))
    desk.engine.run()
    before = desk.session.model_state
    desk.changes.clear()
    desk.session.load_model(Path("huge.gguf"))
    desk.session.say("Hello")  # meanwhile
    desk.engine.run()
    assert desk.session.model_state == before
    assert [load.path.stem for load in desk.engine.loads] == ["small", "huge", "small"]
    assert desk.shown() == ["Hello", "Hello to you."]
    (problem,) = desk.told(Problem)
    assert (problem.error.message, problem.retry) == ("There is not enough memory.", False)
    assert problem.error.hint == "Choose a smaller model. Meanwhile the earlier model is loaded again."


def test_settings_that_do_not_work_are_given_up(desk) -> None:
    desk.session.load_model(Path("small.gguf"))
    desk.session.set_loading(batch_size=64)
    desk.engine.run()
    before = desk.session.model_state
    desk.session.set_loading(context_length=TOO_MUCH)
    desk.engine.run()
    assert desk.session.model_state == before
    assert (desk.session.loading.context_length, desk.session.loading.batch_size) == (0, 64)
    assert desk.engine.loads[-1].loading == desk.session.loading


def test_the_earlier_model_does_not_load_either(desk) -> None:
    desk.session.load_model(Path("small.gguf"))
    desk.engine.run()
    desk.session.load_model(Path("huge.gguf"))
    desk.engine.run_until(Failed)
    desk.engine.die()
    assert desk.session.model_state.state == "failed"


def test_a_model_that_ends_the_process_makes_room_for_the_one_before(desk) -> None:
    desk.session.load_model(Path("small.gguf"))
    desk.engine.run()
    before = desk.session.model_state
    desk.changes.clear()
    desk.session.load_model(Path("other.gguf"))
    desk.engine.die()  # Failed, then Gone
    desk.engine.run()
    assert desk.session.model_state == before
    (problem,) = desk.told(Problem)
    assert problem.error.hint.endswith("Meanwhile the earlier model is loaded again.")


def test_a_model_that_is_not_spoken_to_in_its_own_format(desk) -> None:
    desk.session.load_model()
    desk.engine.run()
    model = desk.session.model_state.model
    assert template_notice(model) is None
    missing = template_notice(replace(model, template_source="ChatML"))
    assert missing is not None
    assert "no chat template" in missing.message
    broken = template_notice(replace(model, template_source="ChatML", template_problem="It fails in line 3."))
    assert broken is not None
    assert "cannot be used" in broken.message
    assert broken.detail == "It fails in line 3."


def test_a_wrong_file_after_one_that_was_given_up(desk) -> None:
    desk.session.load_model()
    desk.engine.run()
    desk.session.load_model(Path("large.gguf"))
    desk.engine.run_until(LoadProgress)
    desk.engine.run_until(LoadProgress)
    desk.engine.run_until(LoadProgress)  # too late to be stopped
    desk.session.load_model(Path("letter.docx"))
    desk.engine.run()
    state = desk.session.model_state
    assert (state.state, state.path) == ("ready", Path("large.gguf"))


def test_the_model_process_dies_in_mid_answer(desk) -> None:
    desk.session.say("Hello")
    desk.engine.run_until(Piece)
    desk.engine.die()
    answer = desk.session.entries[-1].message
    assert (answer.text, answer.status) == ("Hello", "failed")
    assert "ended" in answer.error
    assert desk.session.model_state.state == "failed"
    (problem,) = desk.told(Problem)  # one, not one each for answer, count and process
    assert problem.retry
    desk.same_on_disk()
    desk.session.try_again()
    desk.engine.run()
    assert desk.shown() == ["Hello", "Hello to you."]
    assert desk.session.entries[-1].versions == 2
    desk.same_on_disk()


def test_the_model_process_dies_while_idle(desk) -> None:
    desk.talk("Hello")
    desk.changes.clear()
    desk.engine.die()
    assert [change.retry for change in desk.changes if isinstance(change, Problem)] == [True]
    desk.talk("Again")
    assert desk.shown()[-2:] == ["Again", "Hello to you."]


def test_the_text_reaches_the_disk_with_the_tick(desk) -> None:
    desk.session.say("Hello")
    desk.engine.run_until(Piece)
    desk.engine.step()
    conversation = desk.session.conversation.id
    assert desk.store.conversations.messages(conversation)[-1].text == ""
    desk.session.tick()
    assert desk.store.conversations.messages(conversation)[-1].text == "Hello to"
    desk.store.close()  # as if the process ended here
    again = Database(desk.path)
    last = again.conversations.messages(conversation)[-1]
    assert (last.text, last.status) == ("Hello to", "stopped")
    again.close()
    desk.session._answering.message = None


@pytest.mark.parametrize("text", ["nul\0byte", "lone \ud83d surrogate", "emoji 😀", "中文"])
def test_odd_characters_survive(desk, text: str) -> None:
    desk.talk(text)
    assert desk.shown()[0] == text.replace("\ud83d", "\ufffd")
    desk.same_on_disk()
    desk.session.set_system_prompt(text)
    desk.session.history.rename(desk.session.conversation.id, text)
    desk.same_on_disk()
    desk.session.history.search(text)


def test_preferences_and_what_is_remembered(desk) -> None:
    desk.session.set_preferences(theme="dark", system_prompt="Be kind.")
    desk.session.remember("draft:1", "half a thought")
    desk.session.new()
    assert desk.session.conversation.system_prompt == "Be kind."
    with pytest.raises(InputError):
        desk.session.set_preferences(zoom=3)
    again = desk.reopened()
    assert again.session.preferences.theme == "dark"
    assert again.session.recall("draft:1") == "half a thought"
    assert again.session.recall("draft:2", "none") == "none"
    again.store.close()


def test_the_start_goes_on_where_the_user_left_off(desk) -> None:
    desk.talk("Hello")
    again = desk.reopened()
    again.session.resume()
    assert again.shown() == ["Hello", "Hello to you."]
    assert again.session.model_state.state == "loading"
    again.session.set_preferences(read_back=False, load_at_start=False)
    third = again.reopened()
    third.session.resume()
    assert (third.session.entries, third.session.model_state.state) == ((), "none")
    third.store.close()


def test_loading_again_while_answering_stops_the_answer(desk) -> None:
    desk.session.say("Hello")
    desk.engine.run_until(Piece)
    desk.session.load_model(Path("other.gguf"))
    assert desk.session.entries[-1].message.status == "stopped"
    desk.engine.run()
    assert desk.session.model_state.model is not None
    assert desk.session.model_state.model.name == "other"


def test_unloading(desk) -> None:
    desk.talk("Hello")
    desk.session.unload_model()
    assert desk.session.model_state.state == "none"
    desk.engine.run()
    desk.talk("More")
    assert desk.session.model_state.state == "ready"
    assert desk.shown()[-1] == "Hello to you."


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


def test_a_second_load_overtakes_the_first(desk) -> None:
    desk.session.say("Hello")
    desk.session.load_model(Path("other.gguf"))
    desk.engine.run()
    assert desk.session.entries[-1].message.model == "other"
    assert desk.session.entries[-1].message.status == "done"
    assert desk.told(Problem) == []


def full(desk) -> None:
    """The disk is full from now on."""
    pages = desk.store.rows("PRAGMA page_count")[0][0]
    desk.store.rows(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_refuses_the_message_and_keeps_everything(desk) -> None:
    desk.talk("Hello")
    shown, asked = desk.shown(), len(desk.engine.asked)
    full(desk)
    with pytest.raises(StoreError):
        desk.session.say("x" * 100_000)
    assert (desk.shown(), len(desk.engine.asked)) == (shown, asked)
    desk.same_on_disk()


def test_a_disk_that_fills_up_while_answering(desk) -> None:
    desk.engine.says = "many words " * 3000
    desk.session.say("Hello")
    desk.engine.run_until(Piece)
    full(desk)
    desk.engine.step(5000)
    desk.session.tick()
    desk.session.tick()
    assert len(desk.told(Problem)) == 1  # told once, not once a second
    desk.engine.run()
    assert len(desk.told(Problem)) == 1
    answer = desk.session.entries[-1].message
    assert (answer.status, len(answer.text)) == ("done", 33000)
    first = desk.session.conversation.id
    desk.session.new()
    desk.store.rows("PRAGMA max_page_count = 1000000")
    desk.session.open(first)
    assert desk.session.entries[-1].message == answer  # the disk does not have it yet
    desk.talk("And now?")
    desk.same_on_disk()


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
