"""The session and what it keeps: the list, the trash, preferences, the start, a disk that is full."""

import pytest

from app.chat.changes import (
    Problem,
)
from app.core.errors import InputError, StoreError
from app.core.protocol import Piece
from app.store.database import Database


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
