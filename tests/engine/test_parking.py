"""Saving and restoring through a real model process: leaving a conversation, another model, the end of the program."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.params import Loading, Sampling
from app.core.protocol import Done, Failed, Forgotten, Gone, Loaded, Parked, Piece, SavedAt, Started, Turn, Unloaded
from app.engine.llama.log import Log
from app.engine.parking import Parking
from app.engine.saved import SavedFolder
from app.engine.state import SavedStates
from tests.engine.conftest import LATE, Answered, Desk, Watched
from tests.engine.reading import ARCHITECTURES

GIB = 1 << 30
LONG = "".join(
    f"{number} is a number. " for number in range(40)
)  # some 550 tokens, worth saving with a model of some size
GREEDY = Sampling(strategy="greedy", max_tokens=12)


class Saving(Watched):
    """A host that may save."""

    def __init__(self, folder: Path, limit: int = GIB) -> None:
        super().__init__(contexts=folder)
        self.folder = SavedFolder(folder)
        self.host.save_up_to(limit)

    def answer(
        self, text: str = LONG, conversation: int = 1, *, turns: list[Turn] | None = None
    ) -> tuple[Started, str]:
        """What an answer began with, and its text."""
        asked = self.host.generate(turns or [Turn("user", text)], GREEDY, conversation=conversation)
        started = self.until(Started, Failed)
        assert isinstance(started, Started), started
        return started, self.text_of(asked)

    def park(self, conversation: int = 1) -> int:
        asked = self.host.park(conversation)
        parked = self.until(Parked)
        assert isinstance(parked, Parked)
        assert parked.id == asked
        return parked.tokens

    def saved(self) -> list[int]:
        """The conversations that have a complete state on disk."""
        return sorted(found.state.conversation for found in self.folder.files() if not found.half)

    def wait_for(self, conversations: list[int]) -> None:
        """Until just these are on disk; writing goes on in the model process."""
        end, pause = time.monotonic() + LATE, threading.Event()
        while self.saved() != conversations:
            assert time.monotonic() < end, (self.saved(), conversations)
            pause.wait(0.002)  # the processor is for those that write


@pytest.fixture
def saving(tmp_path: Path) -> Iterator[Callable[..., Saving]]:
    hosts: list[Saving] = []

    def make(**options: int) -> Saving:
        hosts.append(Saving(tmp_path / "contexts", **options))
        return hosts[-1]

    yield make
    for each in hosts:
        each.host.close()


def test_a_conversation_that_was_left_goes_on_in_another_process(saving: Callable[..., Saving], weighty: Path) -> None:
    first = saving()
    first.load(weighty)
    started, text = first.answer()
    assert started.restored_tokens == 0
    assert first.park() > 500
    first.wait_for([1])
    again = first.answer()
    assert again[1] == text
    second = saving()
    second.load(weighty)
    restored, text_after = second.answer()
    assert text_after == text
    assert restored.restored_tokens == restored.reused_tokens == restored.prompt_tokens - 1
    assert 0 < restored.restore_s < 5
    done = second.seen[-1]
    assert isinstance(done, Done)
    assert (done.timing.restored_tokens, done.timing.restore_s) == (restored.restored_tokens, restored.restore_s)
    assert second.answer()[0].restored_tokens == 0  # now the model has it


def test_another_question_is_answered_before_anything_is_saved(saving: Callable[..., Saving], slow: Path) -> None:
    each = saving()
    each.load(slow)
    each.answer()
    each.host.park(1)
    asked = each.host.generate([Turn("user", "hi")], GREEDY, conversation=2)
    each.end_of(asked)
    each.wait_for([1])


def test_leaving_twice_or_what_is_not_worth_it(saving: Callable[..., Saving], weighty: Path, babbler: Path) -> None:
    each = saving()
    assert each.park() == 0  # nothing is loaded
    each.load(weighty)
    assert each.park() == 0
    each.answer("hi", 3)
    assert each.park(3) == 0
    each.answer(LONG, conversation=0)
    assert each.park(0) == 0
    each.answer()
    assert 0 < each.park() <= each.park()  # meanwhile more may have been read ahead
    each.load(babbler)
    each.answer()
    assert each.park() == 0  # its whole prompt takes a few milliseconds


@pytest.mark.parametrize("how", ["unload", "load", "close"])
def test_what_was_not_left_is_saved_at_the_end(
    saving: Callable[..., Saving], weighty: Path, babbler: Path, how: str
) -> None:
    each = saving()
    each.load(weighty)
    texts = {conversation: each.answer(f"{conversation} {LONG}", conversation)[1] for conversation in (1, 2)}
    if how == "unload":
        each.host.unload()
        each.until(Unloaded)
    elif how == "load":
        each.load(babbler)
    else:
        each.host.close()
    assert each.saved() == [1, 2]
    other = saving()
    other.load(weighty)
    for conversation, text in texts.items():
        started, again = other.answer(f"{conversation} {LONG}", conversation)
        assert started.restored_tokens > 500
        assert again == text


def test_room_is_made_for_what_comes_back(saving: Callable[..., Saving], weighty: Path) -> None:
    each = saving()
    each.load(weighty, context_length=1024)  # holds one of the conversations
    _, text = each.answer()
    each.park()
    each.wait_for([1])
    each.answer("2 " + LONG, 2)
    started, again = each.answer()
    assert started.restored_tokens > 500
    assert again == text
    each.wait_for([1, 2])  # the second one was saved when its room was needed
    assert each.answer("2 " + LONG, 2)[0].restored_tokens > 500


def test_quitting_in_the_middle_of_an_answer_saves_what_was_read(saving: Callable[..., Saving], slow: Path) -> None:
    each = saving()
    each.load(slow)
    each.answer()
    each.host.generate([Turn("user", LONG), Turn("assistant", "."), Turn("user", LONG)], GREEDY, conversation=1)
    each.until(Started)
    each.host.close()
    assert each.saved() == [1]


@pytest.mark.parametrize("stopped", [True, False])
def test_after_quitting_in_the_middle_of_an_answer_only_what_is_new_is_read(
    saving: Callable[..., Saving], weighty: Path, stopped: bool
) -> None:
    """Also where the text of the answer is written down in other tokens than it came in, as babble is."""
    first = saving()
    first.load(weighty)
    turns = [Turn("user", LONG)]
    asked = first.host.generate(turns, Sampling(seed=1, max_tokens=2000), conversation=1)
    text = ""
    while len(text) < 60:
        piece = first.until(Piece)
        assert isinstance(piece, Piece)
        text += piece.text
    if stopped:  # as the window does it
        first.host.stop(asked)
    first.host.close()
    assert first.saved() == [1]
    second = saving()
    second.load(weighty)
    started, _ = second.answer(turns=[*turns, Turn("assistant", text), Turn("user", "And then?")])
    new = len("<|im_end|>\n<|im_start|>user\nAnd then?<|im_end|>\n<|im_start|>assistant\n")
    assert started.prompt_tokens - started.restored_tokens <= new


def test_quitting_while_a_model_is_loaded_does_not_wait_for_it(saving: Callable[..., Saving], slow: Path) -> None:
    each = saving()
    each.host.warm()
    each.host.load(slow)
    each.host.close()
    assert each.saved() == []


def test_a_killed_process_loses_only_what_it_had_not_saved(saving: Callable[..., Saving], weighty: Path) -> None:
    each = saving()
    each.load(weighty)
    _, text = each.answer()
    each.park()
    each.wait_for([1])
    each.answer("2 " + LONG, 2)
    number = each.host.process_id
    assert number is not None
    os.kill(number, signal.SIGKILL)
    each.until(Gone)
    each.host.generate([Turn("user", "hi")], GREEDY)
    each.until(Loaded)
    each.until(Done)
    assert each.saved() == [1]
    started, again = each.answer()
    assert started.restored_tokens > 500
    assert again == text


def test_a_conversation_in_which_something_was_deleted_leaves_no_trace(
    saving: Callable[..., Saving], weighty: Path
) -> None:
    each = saving()
    each.load(weighty)
    for conversation in (1, 2):
        each.answer(f"{conversation} {LONG}", conversation)
        each.park(conversation)
    each.wait_for([1, 2])
    each.answer(f"1 {LONG} and more", 1)
    each.host.forget(1)
    assert each.saved() == [2]
    each.until(Forgotten)
    assert each.park(1) == 0
    started, _ = each.answer(f"1 {LONG} and something else", 1)
    assert started.reused_tokens > 500  # what the model still holds of it is used
    assert each.park(1) > 500  # and what it holds now was said after that
    each.wait_for([1, 2])
    each.host.forget()
    assert each.saved() == []
    each.until(Forgotten)
    each.host.close()
    assert each.saved() == []


def test_an_answer_that_was_running_leaves_no_trace_either(saving: Callable[..., Saving], slow: Path) -> None:
    each = saving()
    each.load(slow)
    asked = [each.host.generate([Turn("user", f"{number} {LONG}")], GREEDY, conversation=1) for number in (1, 2)]
    each.until(Started)
    each.host.forget(1)
    ended = {event.id for event in (each.until(Done), each.until(Done)) if isinstance(event, Done)}
    assert ended == set(asked)
    assert each.park(1) == 0
    each.host.close()
    assert each.saved() == []


def test_forgetting_works_without_a_model_process(saving: Callable[..., Saving], weighty: Path) -> None:
    each = saving()
    each.load(weighty)
    each.answer()
    each.host.close()
    other = saving()
    assert other.host.saved_bytes() > 500_000
    other.host.forget(2)
    assert other.saved() == [1]
    other.host.forget(1)
    assert other.saved() == []
    assert other.host.saved_bytes() == 0
    assert other.host.process_id is None


def test_the_limit_holds_at_once(saving: Callable[..., Saving], weighty: Path) -> None:
    each = saving()
    each.load(weighty)
    each.answer()
    each.park()
    each.wait_for([1])
    each.host.save_up_to(0)
    assert each.saved() == []
    each.answer("2 " + LONG, 2)
    assert each.park(2) == 0
    each.host.save_up_to(GIB)
    assert each.park(2) > 0
    each.wait_for([2])


def test_without_a_folder_nothing_is_saved(watched: Watched, weighty: Path, tmp_path: Path) -> None:
    watched.host.save_up_to(GIB)
    watched.load(weighty)
    watched.text_of(watched.host.generate([Turn("user", LONG)], GREEDY, conversation=1))
    watched.host.park(1)
    parked = watched.until(Parked)
    assert isinstance(parked, Parked)
    assert parked.tokens == 0
    watched.host.forget(1)
    assert watched.host.saved_bytes() == 0
    watched.host.close()
    assert list(tmp_path.iterdir()) == []


def test_no_process_stays_behind(saving: Callable[..., Saving], weighty: Path) -> None:
    each = saving()
    each.load(weighty)
    each.answer()
    number = each.host.process_id
    assert number is not None
    each.host.close()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


# ── every kind of memory ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("at_once", [False, True])
def test_the_next_turn_goes_on_from_disk(
    desk: Callable[..., Desk], tmp_path: Path, log: Log, name: str, at_once: bool
) -> None:
    """Also where the model cannot go back: what was read ahead, or what the prompt had in common with the next one."""
    path = ARCHITECTURES[name](tmp_path / "model.gguf")

    def opened(saves: bool) -> Desk:
        opened = desk(path, context_length=1536, slots=4)
        if saves:  # all of it: what a tiny model reads is never worth it
            model, loading = opened.model, Loading(threads=1, context_length=1536, slots=4)
            at = SavedAt(tmp_path / "contexts", GIB)
            states = SavedStates(at, model._model, model.info.digest, model.context, loading, log, worth=0, reserve=0)
            model.parking = Parking(states, model.slots)
        return opened

    def ask(each: Desk, turns: list[Turn]) -> Answered:
        request = replace(each.request(turns, strategy="greedy", max_tokens=16), conversation=1)
        return Answered(each.events([request])[0])

    turns = [Turn("user", LONG)]
    answers: list[str] = []
    for saves in (True, False):
        before = opened(saves)
        first = ask(before, turns)
        if not at_once and before.model.read_ahead():
            before.work()
        if before.model.parking is not None:
            before.model.parking.save_all(30)
        after = opened(saves)
        second = ask(after, [*turns, Turn("assistant", first.text), Turn("user", "And then?")])
        if saves and not (at_once and name == "sliding window"):  # of which only the last window is saved
            assert second.timing.restored_tokens > 500
        answers += [first.text, second.text]
    assert answers[:2] == answers[2:]
