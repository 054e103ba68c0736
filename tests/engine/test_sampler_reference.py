"""Every sampler of the chain against its published definition, written again in numpy, on random logits.

The samplers are made by the application's own table, so that the rows mean what their definitions say. What they leave
over is compared as probabilities, token by token.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.core.params import Loading, Sampling
from app.engine.llama.candidates import Candidates
from app.engine.llama.library import api
from app.engine.llama.log import Log
from app.engine.llama.model import Model
from app.engine.llama.sampler import CHAIN, MIROSTAT, Place
from tests.tiny_model import write_tiny_model

Array = np.ndarray[tuple[int], np.dtype[np.float64]]
LETTERS = "abcdefghijklmnopqrstuvwxyz 0123456789"
SIZE = len(LETTERS) + 3
DRAWS = 4000
NEAR = 1e-4  # of two probabilities; where a bound is nearer than this to a token, rounding decides and nothing is said


@pytest.fixture(scope="module")
def place(models: Path, log: Log) -> Iterator[Place]:
    path = write_tiny_model(models / "reference.gguf", letters=LETTERS, width=32)
    model = Model(path, Loading(), lambda fraction: True, log)
    yield Place(model.vocabulary, 256, 7)
    model.free()


logits = st.lists(
    st.floats(-12, 12, allow_nan=False, width=32), min_size=SIZE, max_size=SIZE, unique_by=lambda x: round(x, 3)
).map(lambda values: np.array(values, np.float32))
few = settings(max_examples=40)


def softmax(values: Array) -> Array:
    shifted = np.exp(np.asarray(values, np.float64) - np.max(values))
    return shifted / shifted.sum()


def sampler(row: str, sampling: Sampling, place: Place) -> object:
    """The sampler that reads this row."""
    return next(step for step in CHAIN if row in step.rows).make(sampling, place)


def left_by(pointer: object, values: Array, seen: list[int] = [], free: bool = True) -> Array:  # noqa: B006
    """Probabilities of all tokens after the sampler: 0 for those that it took out."""
    for token in seen:
        api.llama_sampler_accept(pointer, token)
    candidates = Candidates(SIZE)
    candidates.fill(values)
    candidates.apply(pointer)
    result = np.zeros(SIZE)
    left = candidates.left
    result[left["id"]] = softmax(left["logit"])
    if free:
        api.llama_sampler_free(pointer)
    return result


def kept(values: Array, keep: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Array:
    return softmax(np.where(keep, values, -np.inf))


def decided(distance: Array | float) -> None:
    """Is no token so near the bound that float32 may see it on the other side?"""
    assume(np.min(np.abs(distance)) > NEAR)


# ── what changes logits ──


@few
@given(
    logits,
    st.lists(st.integers(0, SIZE - 1), max_size=40),
    st.floats(0.5, 2),
    st.floats(-2, 2),
    st.floats(-2, 2),
    st.integers(0, 20),
)
def test_penalties(
    place: Place, values: Array, seen: list[int], repeat: float, frequency: float, presence: float, window: int
) -> None:
    """Repeat: Keskar et al. 2019 (CTRL) 4.1, multiplied where the logit is negative. The others: OpenAI's API reference."""
    rows = Sampling(repeat_penalty=repeat, frequency_penalty=frequency, presence_penalty=presence, repeat_last_n=window)
    expected = values.astype(np.float64)
    recent = seen[-window:] if window else []
    for token in set(recent):
        expected[token] *= repeat if expected[token] <= 0 else 1 / repeat
        expected[token] -= recent.count(token) * frequency + presence
    found = left_by(sampler("repeat_penalty", rows, place), values, seen)
    assert found == pytest.approx(softmax(expected), abs=NEAR)


@few
@given(
    logits,
    st.lists(st.integers(3, 8), max_size=40),
    st.floats(0.1, 3),
    st.floats(1, 2),
    st.integers(1, 4),
    st.integers(0, 40),
)
def test_dry(
    place: Place, values: Array, seen: list[int], multiplier: float, base: float, allowed: int, window: int
) -> None:
    """DRY (p-e-w, text-generation-webui pull request 5677): a token that would lengthen a repetition of n tokens loses
    multiplier · base^(n − allowed). Repetitions do not reach beyond a breaker: here the letter "c".
    """
    rows = Sampling(
        dry_multiplier=multiplier, dry_base=base, dry_allowed_length=allowed, dry_last_n=window, dry_breakers=("c",)
    )
    breaker = 3 + LETTERS.index("c")
    recent = seen[-window:] if window else []
    reach = recent[::-1].index(breaker) if breaker in recent else len(recent)
    longest: dict[int, int] = {}
    if len(recent) > allowed and reach >= allowed:
        for at in range(1, len(recent)):
            length = 0
            while length < min(at, reach) and recent[at - 1 - length] == recent[-1 - length]:
                length += 1
            if length >= allowed:
                longest[recent[at]] = max(longest.get(recent[at], 0), length)
    expected = values.astype(np.float64)
    for token, length in longest.items():
        if token != breaker:
            expected[token] -= multiplier * base ** (length - allowed)
    found = left_by(sampler("dry_base", rows, place), values, seen)
    assert found == pytest.approx(softmax(expected), abs=NEAR)


@few
@given(logits, st.floats(0.05, 2))
def test_temperature(place: Place, values: Array, temperature: float) -> None:
    """Ackley et al. 1985: logits divided by the temperature."""
    found = left_by(sampler("temperature", Sampling(temperature=temperature), place), values)
    assert found == pytest.approx(softmax(values.astype(np.float64) / temperature), abs=NEAR)


@few
@given(logits)
def test_temperature_0(place: Place, values: Array) -> None:
    found = left_by(sampler("temperature", Sampling(temperature=0.0, dynatemp_range=1.0), place), values)
    assert found == pytest.approx(kept(values, np.arange(SIZE) == np.argmax(values)))


@few
@given(logits, st.floats(0.1, 2), st.floats(0.01, 2), st.floats(0.1, 3))
def test_dynamic_temperature(place: Place, values: Array, temperature: float, spread: float, exponent: float) -> None:
    """Entropy-based (kalomaze, llama.cpp pull request 4972): between temperature ± range by (entropy/its maximum)^exponent."""
    rows = Sampling(temperature=temperature, dynatemp_range=spread, dynatemp_exponent=exponent)
    low, high = max(0.0, temperature - spread), temperature + spread
    each = softmax(values)
    share = -np.sum(each * np.log(np.maximum(each, 1e-300))) / math.log(SIZE)
    dynamic = low + (high - low) * share**exponent
    assume(dynamic > 0.05)
    found = left_by(sampler("dynatemp_range", rows, place), values)
    assert found == pytest.approx(softmax(values.astype(np.float64) / dynamic), abs=1e-3)


# ── what takes tokens out ──


@few
@given(logits, st.integers(1, SIZE + 5))
def test_top_k(place: Place, values: Array, k: int) -> None:
    """Fan et al. 2018, Hierarchical Neural Story Generation."""
    found = left_by(sampler("top_k", Sampling(top_k=k), place), values)
    bound = np.sort(values)[-min(k, SIZE)]
    assert found == pytest.approx(kept(values, values >= bound), abs=NEAR)


@few
@given(logits, st.floats(0, 0.999))
def test_top_p(place: Place, values: Array, p: float) -> None:
    """Holtzman et al. 2020, The Curious Case of Neural Text Degeneration: the smallest set that reaches p."""
    each = np.sort(softmax(values))[::-1]
    sums = np.cumsum(each)
    decided(sums - p)
    bound = each[np.argmax(sums >= p)]
    found = left_by(sampler("top_p", Sampling(top_p=p), place), values)
    assert found == pytest.approx(kept(values, softmax(values) >= bound * (1 - 1e-9)), abs=NEAR)


@few
@given(logits, st.floats(0.001, 1))
def test_min_p(place: Place, values: Array, p: float) -> None:
    """Nguyen et al. 2024, Min-p Sampling: those of at least p times the probability of the likeliest."""
    bound = values.max() + math.log(p)
    decided(np.where(values == values.max(), np.inf, values - bound))
    found = left_by(sampler("min_p", Sampling(min_p=p), place), values)
    assert found == pytest.approx(kept(values, values >= min(bound, values.max())), abs=NEAR)


@few
@given(logits, st.floats(0.01, 0.99))
def test_typical(place: Place, values: Array, p: float) -> None:
    """Meister et al. 2023, Locally Typical Sampling: nearest to the entropy first, until p is exceeded."""
    each = softmax(values)
    assume(each.min() > 1e-30)
    surprise = -np.log(each)
    distance = np.abs(surprise - np.sum(each * surprise))
    order = np.argsort(distance)
    decided(np.diff(np.sort(distance)))
    sums = np.cumsum(each[order])
    decided(sums - p)
    keep = np.zeros(SIZE, bool)
    keep[order[: np.argmax(sums > p) + 1]] = True
    found = left_by(sampler("typical_p", Sampling(typical_p=p), place), values)
    assert found == pytest.approx(kept(values, keep), abs=NEAR)


@few
@given(logits, st.floats(0.01, 0.9), st.integers(1, 20))
def test_typical_after_tokens_were_refused(place: Place, values: Array, p: float, refused: int) -> None:
    """What is impossible already has no part in the entropy."""
    values = values.copy()
    values[:refused] = -np.inf
    each = softmax(values)
    possible = each > 0
    surprise = -np.log(np.where(possible, each, 1))
    distance = np.where(possible, np.abs(surprise - np.sum(each * surprise)), np.inf)
    order = np.argsort(distance)
    decided(np.diff(np.sort(distance[possible])))
    sums = np.cumsum(each[order])
    decided(sums - p)
    keep = np.zeros(SIZE, bool)
    keep[order[: np.argmax(sums > p) + 1]] = True
    found = left_by(sampler("typical_p", Sampling(typical_p=p), place), values)
    assert found == pytest.approx(kept(values, keep), abs=NEAR)


@few
@given(logits, st.floats(0.1, 4))
def test_top_n_sigma(place: Place, values: Array, n: float) -> None:
    """Tang et al. 2024, Top-nσ: logits within n standard deviations of the highest."""
    bound = values.max() - n * values.astype(np.float64).std()
    decided(values - bound)
    found = left_by(sampler("top_n_sigma", Sampling(top_n_sigma=n), place), values)
    assert found == pytest.approx(kept(values, values >= bound), abs=NEAR)


@few
@given(logits, st.floats(0.01, 0.5))
def test_xtc_when_it_strikes(place: Place, values: Array, threshold: float) -> None:
    """XTC (p-e-w, text-generation-webui pull request 6335): of those that reach the threshold only the least likely stays."""
    each = softmax(values)
    decided(each - threshold)
    above = each >= threshold
    keep = ~above | (each == each[above].min()) if above.any() else np.ones(SIZE, bool)
    rows = Sampling(xtc_probability=1.0, xtc_threshold=threshold)
    found = left_by(sampler("xtc_probability", rows, place), values)
    assert found == pytest.approx(kept(values, keep), abs=NEAR)


def test_xtc_strikes_as_often_as_it_should(place: Place) -> None:
    values = np.zeros(SIZE, np.float32)
    values[3], values[4] = 9, 8
    pointer = sampler("xtc_probability", Sampling(xtc_probability=0.3), place)
    struck = sum(left_by(pointer, values, free=False)[3] == 0 for _ in range(DRAWS))
    api.llama_sampler_free(pointer)
    assert struck / DRAWS == pytest.approx(0.3, abs=4 * math.sqrt(0.3 * 0.7 / DRAWS))


# ── what picks ──


def drawn(pointer: object, values: Array) -> int:
    candidates = Candidates(SIZE)
    candidates.fill(values)
    candidates.apply(pointer)
    return candidates.picked


def frequencies(pointer: object, values: Array, accept: bool = False) -> Array:
    counts = np.zeros(SIZE)
    for _ in range(DRAWS):
        token = drawn(pointer, values)
        if accept:
            api.llama_sampler_accept(pointer, token)
        counts[token] += 1
    api.llama_sampler_free(pointer)
    return counts / DRAWS


def as_likely(found: Array, expected: Array) -> None:
    """Within four standard deviations of so many draws."""
    assert np.all(np.abs(found - expected) <= 4 * np.sqrt(expected * (1 - expected) / DRAWS) + 1.5 / DRAWS)


VALUES = np.random.default_rng(11).normal(0, 2, SIZE).astype(np.float32)


def test_drawing_follows_the_probabilities(place: Place) -> None:
    as_likely(frequencies(sampler("seed", Sampling(), place), VALUES), softmax(VALUES))


def test_adaptive_p(place: Place) -> None:
    """Adaptive-P (MrJackSpade, llama.cpp pull request 17927): logits are 5 − 10·d²/(1 + d), d = |p − target|/0.3; the
    target moves against the running mean of what was picked.
    """

    def transformed(target: float) -> Array:
        distance = np.abs(softmax(VALUES) - target) / 0.3
        return softmax(5 - 10 * distance**2 / (1 + distance))

    rows = Sampling(adaptive_target=0.2, adaptive_decay=0.9)
    as_likely(frequencies(sampler("adaptive_target", rows, place), VALUES), transformed(0.2))  # nothing accepted
    pointer = sampler("adaptive_target", rows, place)
    weighted, weight = 0.2 / 0.1, 1 / 0.1
    for _ in range(30):
        left = left_by(pointer, VALUES, free=False)
        assert left == pytest.approx(transformed(min(1, max(0, 0.4 - weighted / weight))), abs=1e-3)
        candidates = Candidates(SIZE)
        candidates.fill(VALUES)
        candidates.apply(pointer)
        token = candidates.picked
        api.llama_sampler_accept(pointer, token)
        weighted, weight = softmax(VALUES)[token] + 0.9 * weighted, 1 + 0.9 * weight
    api.llama_sampler_free(pointer)


def test_mirostat_2(place: Place) -> None:
    """Basu et al. 2021, Mirostat, algorithm 2: only surprises up to µ, which follows the error with rate η, from 2τ on."""
    rows = Sampling(mirostat="2", mirostat_tau=2.0, mirostat_eta=0.2)
    pointer = MIROSTAT["2"][1].make(rows, place)
    limit = 2 * rows.mirostat_tau
    each = softmax(VALUES)
    for _ in range(200):
        keep = -np.log2(each) <= limit
        keep |= ~keep.any() & (each == each.max())
        candidates = Candidates(SIZE)
        candidates.fill(VALUES)
        candidates.apply(pointer)
        token = candidates.picked
        found = np.zeros(SIZE)
        found[candidates.left["id"]] = candidates.left["p"]
        expected = kept(VALUES, keep)
        assert found == pytest.approx(expected, abs=1e-3)
        limit -= rows.mirostat_eta * (-math.log2(expected[token]) - rows.mirostat_tau)
    api.llama_sampler_free(pointer)


def test_mirostat_1(place: Place) -> None:
    """Basu et al. 2021, Mirostat, algorithm 1: s by least squares over the likeliest, k from s and µ, then top-k."""
    rows = Sampling(mirostat="1", mirostat_tau=2.0, mirostat_eta=0.2)
    pointer = MIROSTAT["1"][1].make(rows, place)
    limit = 2 * rows.mirostat_tau
    each = np.sort(softmax(VALUES))[::-1]
    rank = np.arange(1, SIZE)
    steps, ratios = np.log((rank + 1) / rank), np.log(each[:-1] / each[1:])
    s = np.sum(steps * ratios) / np.sum(steps**2)
    for _ in range(100):
        k = ((s - 1) * 2**limit / (1 - float(SIZE) ** (1 - s))) ** (1 / s)
        count = max(int(k), 1)
        candidates = Candidates(SIZE)
        candidates.fill(VALUES)
        candidates.apply(pointer)
        token = candidates.picked
        if abs(k - round(k)) > 1e-3:
            assert len(candidates.left) == min(count, SIZE)
        bound = np.sort(VALUES)[-len(candidates.left)]
        expected = kept(VALUES, bound <= VALUES)
        limit -= rows.mirostat_eta * (-math.log2(expected[token]) - rows.mirostat_tau)
    api.llama_sampler_free(pointer)


def test_a_seed_draws_the_same_again_and_another_does_not(place: Place) -> None:
    def draw(seed: int) -> list[int]:
        pointer = sampler("seed", Sampling(), replace(place, seed=seed))
        tokens = [drawn(pointer, VALUES) for _ in range(50)]
        api.llama_sampler_free(pointer)
        return tokens

    assert draw(1) == draw(1) != draw(2)
