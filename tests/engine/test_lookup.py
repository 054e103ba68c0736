"""Prompt lookup: the same answers, guesses only where they pay, and what batches cost."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.paths import bundled
from app.engine.decoding.lookup import Lookup, StepCosts
from tests.engine.conftest import Desk

Load_ = Callable[..., Desk]
COPY = "hello there, the user said: the hello in an on the hello, and " * 4


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guesses cost nothing, so that every one is tried."""
    monkeypatch.setattr(StepCosts, "__call__", lambda self, tokens: 1.0)
    monkeypatch.setattr("app.engine.decoding.lookup.LEAST_GAIN", 0.0)


def costs(**seconds: float) -> StepCosts:
    """`n4=0.5`: a batch of four takes half a second."""
    result = StepCosts()
    for name, value in seconds.items():
        result.note(int(name[1:]), value)
    return result


@pytest.mark.parametrize(
    "rows",
    [
        {"strategy": "greedy"},
        {"temperature": 0.0, "max_tokens": 150},
        {"seed": 4, "temperature": 0.3},
        {"seed": 5, "temperature": 1.0, "repeat_penalty": 1.2},
        {"seed": 6, "mirostat": "2", "mirostat_tau": 1.0},
    ],
)
@pytest.mark.usefixtures("free")
def test_the_answer_is_the_one_without(desk: Load_, babbler: Path, rows: dict[str, object]) -> None:
    rows = {"max_tokens": 150} | rows
    drafted = 0
    for text in (COPY, "hello", "a b a b a b a b a b"):
        with_lookup, without = desk(babbler).answer(text, **rows), desk(babbler).answer(text, lookup=False, **rows)
        assert (with_lookup.text, with_lookup.reason) == (without.text, without.reason)
        assert with_lookup.timing.completion_tokens == without.timing.completion_tokens
        assert without.timing.drafted == 0
        assert 0 <= with_lookup.timing.accepted <= with_lookup.timing.drafted
        drafted += with_lookup.timing.drafted
    assert drafted


@pytest.mark.usefixtures("free")
def test_greedy_answers_of_the_built_in_model_are_the_same_with_it(desk: Load_) -> None:
    loaded = desk(bundled("models/guide.gguf"))
    accepted = 0
    for text in (
        "how hot should the temperature be?",
        "what is top p?",
        "say it again, say it again, say it again",
        "你好",
    ):
        with_lookup = loaded.answer(text, strategy="greedy")
        assert with_lookup.text == loaded.answer(text, strategy="greedy", lookup=False).text
        accepted += with_lookup.timing.accepted
    assert accepted


@pytest.mark.usefixtures("free")
def test_stop_texts_limits_and_the_end_of_the_context_hold_within_guesses(desk: Load_, babbler: Path) -> None:
    for rows in ({"max_tokens": 37}, {"stop": ("\ufffd", "e")}, {}):
        loaded, plain = (desk(babbler, context_length=512) for _ in range(2))
        answered = loaded.answer(COPY, strategy="greedy", **rows)
        alone = plain.answer(COPY, strategy="greedy", lookup=False, **rows)
        assert (answered.text, answered.reason) == (alone.text, alone.reason)
        # What is left in the cache serves the next prompt as well.
        assert loaded.answer(COPY + "x", strategy="greedy", max_tokens=9).text == (
            plain.answer(COPY + "x", strategy="greedy", lookup=False, max_tokens=9).text
        )


def test_a_copied_text_is_guessed_in_growing_pieces() -> None:
    """With the times of a processor, on which verifying is dear, a certain copy still pays."""
    dear = costs(n1=0.036, n2=0.064, n4=0.108, n8=0.240, n16=0.354, n32=0.6)
    text = random.Random(1).sample(range(1000), 500)
    lookup = Lookup(text)
    seconds, at = 0.0, 0
    sizes: list[int] = []
    while at < len(text):
        guesses = lookup.draft(dear, len(text) - at)
        assert guesses == text[at : at + len(guesses)]
        seconds += dear(1 + len(guesses))
        sizes.append(len(guesses))
        for token in text[at : at + 1 + len(guesses)]:
            lookup.add(token)
        at += 1 + len(guesses)
    assert sizes[:4] == [0, 0, 0, 0]
    assert max(sizes) >= 15
    assert 500 * 0.036 / seconds > 1.25


def test_a_text_without_repeats_is_not_guessed() -> None:
    dear = costs(n1=0.036, n2=0.064, n4=0.108, n8=0.240, n16=0.354)
    chance = random.Random(2)
    lookup = Lookup([chance.randrange(12) for _ in range(300)])
    guessed = 0
    for _ in range(2000):
        guessed += len(lookup.draft(dear, 50))
        lookup.add(chance.randrange(12))
    assert guessed < 40


def test_nothing_is_guessed_before_a_single_token_was_timed() -> None:
    lookup = Lookup([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2])
    lookup.add(3)
    assert lookup.draft(StepCosts(), 10) == []


@given(
    st.lists(st.integers(0, 3), max_size=40), st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(0, 9)
)
def test_a_guess_is_what_followed_the_newest_tokens_before(before: list[int], after: list[int], room: int) -> None:
    lookup = Lookup(before)
    cheap = costs(n1=1.0, n64=1.0)
    for number, token in enumerate(after, 1):
        lookup.add(token)
        said = [*before, *after[:number]]
        guesses = lookup.draft(cheap, room)
        assert len(guesses) <= room
        if guesses:
            places = [at for at in range(3, len(said)) if said[at - 3 : at] == said[-3:]]
            assert any(said[at : at + len(guesses)] == guesses for at in places)


def test_costs_lie_between_what_was_measured() -> None:
    measured = costs(n1=1.0, n4=2.5)
    assert [measured(tokens) for tokens in (1, 2, 3, 4)] == [1.0, 1.5, 2.0, 2.5]
    measured.prompt_token = 0.25
    assert measured(8) == 3.5
    measured.note(1, 2.0)
    assert 1.0 < measured(1) < 1.5


def test_a_stale_measurement_is_made_anew() -> None:
    measured = costs(n1=1.0, n8=100.0)
    assert measured(8) == 100.0
    for _ in range(600):
        measured.note(1, 1.0)
    assert measured(8) < 2.0
