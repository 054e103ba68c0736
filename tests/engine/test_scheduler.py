"""Many requests at once: the answers of single ones, queued beyond the slots, stopped one by one, patient when memory is short."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.errors import AppError, LoadError
from app.core.protocol import Done, Event, Failed, Generate, Piece, Progress, Started, Turn
from app.engine.decoding import STRATEGIES
from app.engine.decoding.base import Desk as DeskProtocol
from app.engine.decoding.base import Feed, Outcome, Steps
from app.engine.scheduler import ALONE_PIECE
from tests.engine.conftest import Answered, Desk
from tests.other_architectures import write_recurrent_model

Load_ = Callable[..., Desk]
EXACT = {"kv_type": "f32", "flash_attention": "off", "context_length": 1024, "batch_size": 64}
TEXTS = ("hello", "the user said so", "x" * 150, "in an on and the", "hello there", "w" * 40, "7", "so it goes")


class Watched:
    """Events of several requests in the order in which they came."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.events: list[Event] = []

    def ask(self, text: str, *, background: bool = False, **sampling: object) -> Generate:
        request = self.desk.request([Turn("user", text)], background=background, **sampling)
        self.desk.add(request, self.events.append)
        return request

    def step(self, times: int = 1) -> None:
        for _ in range(times):
            self.desk.model.scheduler.step()

    def of(self, request: Generate) -> list[Event]:
        return [event for event in self.events if event.id == request.id]  # type: ignore[union-attr]  # none is Gone

    def answer(self, request: Generate) -> Answered:
        return Answered(self.of(request))

    def ended(self) -> list[int]:
        return [event.id for event in self.events if isinstance(event, Done | Failed)]


@pytest.fixture
def exact(desk: Load_, babbler: Path) -> Desk:
    return desk(babbler, **EXACT)


def nothing_leaked(desk: Desk) -> bool:
    return not desk.model.scheduler.busy and desk.model.slots.available == desk.model.context.sequences


def alone(desk: Desk, text: str, **rows: object) -> str:
    desk.model.slots.clear()
    return desk.answer(text, **rows).text


def test_answers_at_once_are_those_of_single_requests(exact: Desk) -> None:
    rows: dict[str, object] = {"strategy": "greedy", "max_tokens": 20}
    together = exact.together(*TEXTS, **rows)
    assert [answered.text for answered in together] == [alone(exact, text, **rows) for text in TEXTS]
    assert nothing_leaked(exact)


def test_seeded_answers_at_once_are_those_of_single_requests(exact: Desk) -> None:
    rows: dict[str, object] = {"seed": 3, "max_tokens": 20, "repeat_penalty": 1.2}
    together = exact.together(*TEXTS, **rows)
    assert [answered.text for answered in together] == [alone(exact, text, **rows) for text in TEXTS]


def test_more_requests_than_slots_are_queued_not_refused(desk: Load_, babbler: Path) -> None:
    loaded = desk(babbler, slots=2)
    watched = Watched(loaded)
    requests = [watched.ask(text, seed=1, max_tokens=10, stop=()) for text in TEXTS]
    watched.step(2)
    assert sum(isinstance(event, Started) for event in watched.events) == 2
    loaded.work()
    assert {watched.answer(request).reason for request in requests} <= {"length", "end"}
    assert nothing_leaked(loaded)


def test_each_is_stopped_alone(exact: Desk) -> None:
    watched = Watched(exact)
    rows: dict[str, object] = {"strategy": "greedy", "max_tokens": 40}
    first, second, third = (watched.ask(text, **rows) for text in TEXTS[:3])
    watched.step(8)
    exact.stopped = {second.id}
    watched.step()
    assert watched.ended() == [second.id]
    exact.work()
    assert watched.answer(second).reason == "stopped"
    for request, text in ((first, TEXTS[0]), (third, TEXTS[2])):
        assert watched.answer(request).text == alone(exact, text, **rows)
    assert nothing_leaked(exact)


def test_a_queued_request_is_stopped_at_once(desk: Load_, babbler: Path) -> None:
    loaded = desk(babbler, slots=1)
    watched = Watched(loaded)
    watched.ask("hello", max_tokens=100)
    queued = watched.ask("there", max_tokens=100)
    watched.step(3)
    loaded.stopped = {queued.id}
    watched.step()
    assert [type(event) for event in watched.of(queued)] == [Done]
    loaded.work()


def test_a_long_prompt_is_read_in_pieces_while_another_answer_grows(desk: Load_, slow: Path) -> None:
    loaded = desk(slow, batch_size=512)
    watched = Watched(loaded)
    growing = watched.ask("hello", seed=1, max_tokens=2000, temperature=2.0, logit_bias=())
    watched.step(5)
    reading = watched.ask("x" * 1500, max_tokens=1)
    tokens: list[int] = []
    while reading.id not in watched.ended():
        before = len(watched.events)
        watched.step()
        new = watched.events[before:]
        tokens.append(sum(event.tokens for event in new if isinstance(event, Piece) and event.id == growing.id))
    pieces = [event for event in watched.of(reading) if isinstance(event, Progress)]
    assert len(pieces) > 3  # alone it would have been three
    assert sum(tokens) >= len(pieces) - 10  # the other went on with each of them, but for characters of several tokens
    loaded.stopped = {growing.id}
    loaded.work()


def test_a_prompt_alone_is_read_in_whole_batches(desk: Load_, babbler: Path) -> None:
    loaded = desk(babbler, batch_size=512)
    watched = Watched(loaded)
    request = watched.ask("x" * 1200, max_tokens=1)
    loaded.work()
    done = [event.done for event in watched.of(request) if isinstance(event, Progress)]
    assert done[:-1] == [512, 1024]


def test_what_cannot_be_interrupted_reads_in_pieces_that_stop_can_wait_for(desk: Load_, babbler: Path) -> None:
    rows = {**EXACT, "batch_size": 512}
    whole, card = desk(babbler, **rows), desk(babbler, **rows)
    assert whole.model.context.interruptible  # it is on the processor
    card.model.context.interruptible = False  # as it is on a graphics card
    answers = [each.answer("x" * 400, strategy="greedy", max_tokens=4) for each in (whole, card)]
    assert answers[0].text == answers[1].text
    first = [next(event.done for event in each.events if isinstance(event, Progress)) for each in answers]
    assert first[0] > first[1] == ALONE_PIECE


def test_two_prompts_share_each_batch(desk: Load_, babbler: Path) -> None:
    loaded = desk(babbler, batch_size=64)
    watched = Watched(loaded)
    long, short = watched.ask("x" * 600, max_tokens=1), watched.ask("y" * 100, max_tokens=1)
    loaded.work()
    assert watched.ended() == [short.id, long.id]


def test_what_is_in_the_background_waits_for_what_is_not(exact: Desk) -> None:
    watched = Watched(exact)
    title = watched.ask("a title please", background=True, strategy="greedy", max_tokens=30)
    watched.step(5)
    begun = len(watched.of(title))
    question = watched.ask("hello", strategy="greedy", max_tokens=20)
    while question.id not in watched.ended():
        watched.step()
        assert len(watched.of(title)) == begun
    exact.work()
    assert watched.answer(title).text == alone(exact, "a title please", strategy="greedy", max_tokens=30)
    assert nothing_leaked(exact)


def test_background_requests_take_no_slot_from_others(desk: Load_, babbler: Path) -> None:
    loaded = desk(babbler, slots=1)
    watched = Watched(loaded)
    watched.ask("a title please", background=True, max_tokens=30)
    watched.step(3)
    question = watched.ask("hello", max_tokens=3, seed=1)
    watched.step(4)
    assert question.id in watched.ended()
    loaded.work()
    assert nothing_leaked(loaded)


def test_a_background_request_makes_room_for_another_where_sequences_are_few(
    desk: Load_, models: Path, log: object
) -> None:
    loaded = desk(write_recurrent_model(models / "few.gguf"), slots=1)
    watched = Watched(loaded)
    rows: dict[str, object] = {"strategy": "greedy", "max_tokens": 20}
    title = watched.ask("a title please", background=True, **rows)
    watched.step(6)
    question = watched.ask("hello", **rows)
    loaded.work()
    assert watched.ended() == [question.id, title.id]
    for request, text in ((question, "hello"), (title, "a title please")):
        assert watched.answer(request).text == alone(loaded, text, **rows)
    assert nothing_leaked(loaded)


def test_when_memory_is_full_the_youngest_waits_and_nobody_fails(desk: Load_, babbler: Path) -> None:
    loaded = desk(babbler, **EXACT | {"context_length": 256})
    rows: dict[str, object] = {"strategy": "greedy", "max_tokens": 60, "stop": ()}
    texts = [f"{letter}" * 70 for letter in "abcdef"]
    watched = Watched(loaded)
    requests = [watched.ask(text, **rows) for text in texts]
    loaded.work()
    for request, text in zip(requests, texts, strict=True):
        answered = watched.answer(request)
        assert answered.text == alone(loaded, text, **rows)
        assert answered.reason in ("length", "end")
    assert nothing_leaked(loaded)


def test_who_waits_for_memory_before_its_prompt_is_begun_goes_on(desk: Load_, babbler: Path) -> None:
    loaded = desk(babbler, **EXACT | {"context_length": 256})
    rows: dict[str, object] = {"strategy": "greedy", "max_tokens": 20, "stop": ()}
    watched = Watched(loaded)
    first = watched.ask("x" * 225, **rows)
    watched.step(6)
    second = watched.ask("y" * 60, **rows)
    watched.step()
    assert not any(isinstance(event, Progress) for event in watched.of(second))
    loaded.work()
    assert watched.answer(first).reason in ("length", "end", "context_full")
    assert watched.answer(second).text == alone(loaded, "y" * 60, **rows)
    assert nothing_leaked(loaded)


@pytest.mark.parametrize(
    "rows",
    [
        {"strategy": "beam", "beam_width": 3},
        {"strategy": "best_of", "best_of": 3, "seed": 2},
        {"strategy": "guided", "negative_prompt": "in an on", "seed": 2},
    ],
    ids=["beam", "best of", "guided"],
)
def test_strategies_with_several_sequences_wait_for_memory_too(
    desk: Load_, babbler: Path, rows: dict[str, object]
) -> None:
    loaded = desk(babbler, **EXACT | {"context_length": 256})
    rows = rows | {"max_tokens": 40}
    texts = [f"{letter}" * 50 for letter in "abc"]
    together = loaded.together(*texts, **rows)
    assert [answered.text for answered in together] == [alone(loaded, text, **rows) for text in texts]
    assert nothing_leaked(loaded)


def test_idle_sequences_go_before_anybody_waits(desk: Load_, babbler: Path) -> None:
    loaded = desk(babbler, **EXACT | {"context_length": 256})
    for letter in "abcdefgh":
        assert loaded.answer(letter * 100, max_tokens=20, strategy="greedy").reason in ("length", "end")
    assert nothing_leaked(loaded)


def test_alone_the_answer_ends_when_the_context_is_full(desk: Load_, babbler: Path) -> None:
    loaded = desk(babbler, context_length=256)
    answered = loaded.answer("x" * 200, strategy="greedy")
    assert answered.reason == "context_full"
    assert answered.timing.prompt_tokens + answered.timing.completion_tokens == 257
    assert nothing_leaked(loaded)


class Broken:
    """A way of decoding with a bug."""

    sequences = 1

    def run(self, desk: DeskProtocol) -> Steps:
        sequence, _ = yield from desk.read(desk.prompt)
        yield [Feed(desk.fork(sequence), (1,))]
        raise ZeroDivisionError


class Greedy16:
    """Asks for more sequences than there are."""

    sequences = 10_000

    def run(self, desk: DeskProtocol) -> Steps:
        yield []
        return Outcome("end")


def test_a_bug_in_one_way_of_decoding_costs_one_answer(exact: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STRATEGIES, "sample", lambda sampling: Broken())
    watched = Watched(exact)
    broken = watched.ask("hello", strategy="sample")
    other = watched.ask("there", strategy="greedy", max_tokens=10)
    exact.work()
    failed = watched.of(broken)[-1]
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, AppError)
    assert "ZeroDivisionError" in failed.error.detail
    assert watched.answer(other).text == alone(exact, "there", strategy="greedy", max_tokens=10)
    assert nothing_leaked(exact)


def test_a_strategy_that_needs_too_many_sequences_is_refused(exact: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STRATEGIES, "sample", lambda sampling: Greedy16())
    with pytest.raises(LoadError, match="slots"):
        exact.answer("hello")


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_asked_and_stopped_every_request_ends_once_and_nothing_leaks(
    desk: Load_, babbler: Path, seed: int
) -> None:
    chance = random.Random(seed)
    loaded = desk(babbler, slots=3, context_length=512, batch_size=64)
    watched = Watched(loaded)
    asked: list[int] = []
    for _ in range(150):
        match chance.choice(["ask", "ask", "stop", "step", "step", "step"]):
            case "ask":
                text = chance.choice(TEXTS) * chance.choice([1, 1, 2])
                request = watched.ask(
                    text,
                    background=chance.random() < 0.3,
                    strategy=chance.choice(["greedy", "sample"]),
                    max_tokens=chance.choice([0, 3, 50, 400]),
                )
                asked.append(request.id)
            case "stop" if asked:
                loaded.stopped.add(chance.choice(asked[-5:]))
            case _:
                if loaded.model.scheduler.busy:
                    watched.step(chance.choice([1, 5, 30]))
    loaded.work()
    assert sorted(watched.ended()) == sorted(asked)
    assert not any(isinstance(event, Failed) for event in watched.events)
    assert nothing_leaked(loaded)
