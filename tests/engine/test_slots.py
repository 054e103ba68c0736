"""Nothing is read twice, and what is reused is right: for every kind of memory, token for token as if read anew."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.params import Loading
from app.core.protocol import Started, Turn
from app.engine.decoding.base import Sequence
from app.engine.llama.context import DONE, LAST
from app.engine.llama.log import Log
from app.engine.slots import Slots, common
from tests.engine.conftest import Answered, Desk
from tests.other_architectures import write_hybrid_model, write_recurrent_model, write_windowed_model
from tests.tiny_model import write_tiny_model

Load_ = Callable[..., Desk]
KINDS = {
    "plain": write_tiny_model,
    "windowed": write_windowed_model,
    "recurrent": write_recurrent_model,
    "hybrid": write_hybrid_model,
}
EXACT = {"kv_type": "f32", "flash_attention": "off", "context_length": 1024, "batch_size": 64}


@pytest.fixture(scope="module", params=KINDS)
def path(request: pytest.FixtureRequest, models: Path) -> Path:
    return KINDS[request.param](models / f"{request.param}.gguf")


@pytest.fixture(scope="module")
def pair(path: Path, log: Log) -> Iterator[tuple[Desk, Desk]]:
    """Two of the same model: one that remembers, and one that is made to forget."""
    pair = tuple(Desk(path, Loading(threads=1, slots=3, **EXACT), log) for _ in range(2))  # type: ignore[arg-type]
    yield pair  # type: ignore[misc]  # a tuple of two
    for each in pair:
        each.model.free()


def started(answered: Answered) -> Started:
    first = answered.events[0]
    assert isinstance(first, Started)
    return first


def all_free(desk: Desk) -> bool:
    return desk.model.slots.available == desk.model.context.sequences


SAID = st.sampled_from(["hello", "the user said so", "in an on", "x" * 70, "and the hello then"])
TURNS = st.lists(SAID, min_size=1, max_size=5)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(prompts=st.lists(st.lists(TURNS, min_size=1, max_size=3), min_size=1, max_size=6))
def test_whatever_came_before_the_answer_is_that_of_an_empty_context(
    pair: tuple[Desk, Desk], prompts: list[list[list[str]]]
) -> None:
    warm, cold = pair
    for at_once in prompts:
        conversations = [
            [Turn("assistant" if number % 2 else "user", text) for number, text in enumerate(texts)]
            for texts in at_once
        ]
        requests = [warm.request(turns, strategy="greedy", max_tokens=6) for turns in conversations]
        for turns, events in zip(conversations, warm.events(requests), strict=True):
            cold.model.slots.clear()
            expected = cold.answer_turns(turns, strategy="greedy", max_tokens=6)
            answered = Answered(events)
            assert (answered.text, answered.reason) == (expected.text, expected.reason)
            assert started(expected).reused_tokens == 0
            assert started(answered).reused_tokens < started(answered).prompt_tokens
        assert all_free(warm)
        held = [tuple(sequence.tokens) for sequence in warm.model.slots.idle]
        assert all(held)


def test_the_next_turn_reads_only_what_is_new(pair: tuple[Desk, Desk]) -> None:
    warm, _ = pair
    warm.model.slots.clear()
    turns = [Turn("user", "hello there, and the other one too")]
    first = warm.answer_turns(turns, strategy="greedy", max_tokens=8)
    held = warm.model.slots.idle[-1].tokens
    prompt = [*held, *warm.model.vocabulary.tokenize("<|im_end|>\n<|im_start|>user\nmore", True)]
    begun = warm.model.slots.begin(prompt)
    assert begun is not None
    assert begun.reused == len(held) >= started(first).prompt_tokens
    warm.model.slots.release(begun.sequence)
    assert all_free(warm)


def test_what_left_the_window_is_read_again(desk: Load_, models: Path) -> None:
    path = write_windowed_model(models / "windowed.gguf")
    warm, cold = (desk(path, slots=1, **EXACT | {"context_length": 4096}) for _ in range(2))
    text = "".join(chr(97 + index * 7 % 26) for index in range(2200))
    reused = []
    for asked in (text, text, text[:-20] + "!", text[:300] + "!"):
        cold.model.slots.clear()
        expected = cold.answer(asked, strategy="greedy", max_tokens=6)
        answered = warm.answer(asked, strategy="greedy", max_tokens=6)
        assert answered.text == expected.text
        reused.append(started(answered).reused_tokens)
    assert reused[0] == reused[3] == 0  # the fourth shares 300 tokens, but their window is gone
    assert reused[1] > reused[2] > 2000


@pytest.fixture
def plain(desk: Load_, babbler: Path) -> Desk:
    return desk(babbler, slots=2, **EXACT)


def test_another_answer_to_the_same_question_leaves_the_first_one_there(plain: Desk) -> None:
    one, two = (plain.answer("hello", seed=seed, max_tokens=20) for seed in (1, 2))
    assert started(two).reused_tokens == started(two).prompt_tokens - 1
    assert one.text != two.text
    held = [plain.model.vocabulary.shown(sequence.tokens[-1]) for sequence in plain.model.slots.idle]
    assert len(held) == 2
    again = plain.answer("hello", prefill=two.text, seed=3, max_tokens=5)
    assert started(again).reused_tokens >= started(two).prompt_tokens


def test_an_edited_question_reads_from_the_edit_on(plain: Desk) -> None:
    plain.answer("hello there, user, and the rest", max_tokens=3)
    edited = started(plain.answer("hello there, user, or another rest", max_tokens=3))
    same = len(plain.model.vocabulary.tokenize("<|im_start|>user\nhello there, user,", True))
    assert edited.reused_tokens >= same


def test_requests_that_arrive_together_read_what_they_share_once(plain: Desk) -> None:
    system = [Turn("system", "the hello in an on and " * 12)]
    requests = [plain.request([*system, Turn("user", text)], max_tokens=4, seed=1) for text in ("a", "b", "c")]
    answers = [started(Answered(events)) for events in plain.events(requests)]
    assert answers[0].reused_tokens == 0
    shared = answers[0].prompt_tokens - 16
    assert all(answer.reused_tokens >= shared for answer in answers[1:])


def test_who_waits_for_a_shared_beginning_goes_on_when_its_reader_is_stopped(plain: Desk) -> None:
    text = "the hello in an on and " * 12
    requests = [plain.request([Turn("user", text)], max_tokens=4, seed=seed) for seed in (1, 2)]
    events: dict[int, list[object]] = {request.id: [] for request in requests}
    for request in requests:
        plain.add(request, events[request.id].append)
    plain.model.scheduler.step()
    plain.stopped = {requests[0].id}
    plain.work()
    first, second = (Answered(each) for each in events.values())  # type: ignore[arg-type]  # all are events
    assert (first.reason, second.reason) == ("stopped", "length")
    assert all_free(plain)


def test_the_one_that_was_idle_longest_goes_first(plain: Desk) -> None:
    slots, sequences = plain.model.slots, plain.model.context.sequences
    for number in range(sequences + 3):
        plain.answer(f"{number} hello", max_tokens=1)
    assert len(slots.idle) == sequences
    assert started(plain.answer("0 hello", max_tokens=1)).reused_tokens < 8
    last = started(plain.answer(f"{sequences + 2} hello", max_tokens=1))
    assert last.reused_tokens == last.prompt_tokens - 1
    assert all_free(plain)


def test_forks_share_and_go_their_own_ways(plain: Desk) -> None:
    context, slots = plain.model.context, Slots(plain.model.context)
    tokens = plain.model.vocabulary.tokenize("hello the user, and then", True)
    begun = slots.begin([*tokens, 5])
    assert begun is not None
    first = begun.sequence

    def feed(sequence: Sequence, new: list[int]) -> int:
        assert context.decode([(sequence, new, LAST)], lambda: False) == DONE
        return int(context.logits(len(new) - 1).argmax())

    feed(first, tokens)
    second = slots.fork(first)
    third = slots.fork(first)
    picks = [feed(sequence, [token]) for sequence, token in ((first, 9), (second, 20), (third, 9))]
    assert picks[0] == picks[2]
    slots.become(third, second)
    assert third.tokens == [*tokens, 20]
    assert feed(third, [7]) == feed(second, [7])
    context.cut(second, len(tokens))
    assert feed(second, [9]) == picks[0]
    for sequence in (first, second, third):
        slots.release(sequence)
    slots.clear()
    assert slots.available == context.sequences


def test_a_lost_sequence_is_regained_from_what_others_hold(plain: Desk) -> None:
    context, slots = plain.model.context, Slots(plain.model.context)
    begun = slots.begin([5, 6, 7, 8, 9, 10])
    assert begun is not None
    context.decode([(begun.sequence, [5, 6, 7, 8, 9], LAST)], lambda: False)
    other = slots.fork(begun.sequence)
    tokens = slots.lose(begun.sequence)
    assert tokens == [5, 6, 7, 8, 9]
    assert begun.sequence.tokens == []
    slots.regain(begun.sequence, tokens)
    assert begun.sequence.tokens == tokens
    slots.release(begun.sequence)
    slots.release(other)
    slots.release(other)  # twice does no harm
    slots.clear()


@given(st.lists(st.integers(0, 2)), st.lists(st.integers(0, 2)), st.integers(0, 20))
def test_what_two_have_in_common(one: list[int], two: list[int], limit: int) -> None:
    length = common(one, two, limit)
    assert one[:length] == two[:length]
    assert length <= limit
    assert length in (limit, len(one), len(two)) or one[length] != two[length]
