"""What is told of each token: the model's own log-probabilities, and what the samplers left of them."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InputError
from app.core.params import Loading, Sampling
from app.core.protocol import Chosen, Piece, Turn
from app.engine.llama.bias import biases
from app.engine.llama.log import Log
from app.engine.llama.model import Model
from app.engine.logprobs import likeliest, log_sum_exp
from tests.engine.conftest import Desk
from tests.engine.one_by_one import OneByOne, log_softmax

Load = Callable[..., Desk]


@pytest.fixture(scope="module")
def model(babbler: Path, log: Log) -> Iterator[Model]:
    loaded = Model(babbler, Loading(), lambda fraction: True, log)
    yield loaded
    loaded.free()


# ── the arithmetic ──


@given(st.integers(1, 3000), st.integers(1, 40), st.integers(0, 2**32 - 1), st.sampled_from([0, 3, 100]))
def test_the_likeliest_are_those_that_sorting_gives(size: int, count: int, seed: int, steps: int) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(0, 3, size).astype(np.float32)
    if steps:  # many equal ones
        values = np.round(values * steps / 10).astype(np.float32)
    values[random.random(size) < 0.1] = -np.inf
    expected = [token for token in np.argsort(-values, kind="stable")[:count] if values[token] > -np.inf]
    assert likeliest(values, count).tolist() == expected


def test_log_sum_exp_of_what_would_overflow() -> None:
    values = np.array([1000, 999, -np.inf], np.float32)
    assert log_sum_exp(values) == pytest.approx(1000 + math.log1p(math.exp(-1)))


# ── in answers ──


def told(loaded: Desk, count: int, **sampling: object) -> tuple[list[Chosen], list[int]]:
    request = loaded.request([Turn("user", "hello")], logprobs=count, **sampling)
    prompt = loaded.model.job(request, 0.0, lambda event: None).prompt
    events = loaded.events([request])[0]
    return [each for event in events if isinstance(event, Piece) for each in event.chosen], prompt


@pytest.mark.parametrize("strategy", ["greedy", "sample", "beam", "best_of", "guided"])
def test_before_the_samplers_they_are_the_models_own(desk: Load, babbler: Path, strategy: str) -> None:
    loaded = desk(babbler, kv_type="f32", flash_attention="off")
    rows: dict[str, object] = dict(strategy=strategy, seed=4, max_tokens=12, temperature=1.3, repeat_penalty=1.2)
    chosen, prompt = told(loaded, 4, **rows)
    plain = OneByOne(loaded.model._model)
    try:
        for at, each in enumerate(chosen):
            own = log_softmax(plain.logits(prompt + [before.id for before in chosen[:at]]))
            assert each.logprob == pytest.approx(own[each.id], abs=1e-3)
            assert [other.logprob for other in each.top] == pytest.approx(np.sort(own)[::-1][:4], abs=1e-3)
            assert each.text == loaded.model._model.vocabulary.shown(each.id)
    finally:
        plain.free()
    assert len(chosen) == 12


def test_after_the_samplers_they_are_what_was_left(desk: Load, babbler: Path) -> None:
    loaded = desk(babbler)
    chosen, _ = told(loaded, 5, seed=1, max_tokens=20, top_k=3, top_p=1.0, min_p=0.0, temperature=0.5)
    for each in chosen:
        assert len(each.kept) == 3
        assert each.id in {other.id for other in each.kept}
        assert sum(math.exp(other.logprob) for other in each.kept) == pytest.approx(1, abs=1e-4)
        top = each.top[:3]
        assert [other.id for other in each.kept] == [other.id for other in top]
        sharper = np.array([other.logprob / 0.5 for other in top])
        assert [other.logprob for other in each.kept] == pytest.approx(log_softmax(sharper), abs=1e-3)


def test_the_likeliest_alone_is_left_by_greed(desk: Load, babbler: Path) -> None:
    loaded = desk(babbler)
    for rows in ({"strategy": "greedy"}, {"temperature": 0.0}):
        for each in told(loaded, 3, max_tokens=5, **rows)[0]:
            assert [(other.id, other.logprob) for other in each.kept] == [(each.id, 0.0)]
            assert each.id == each.top[0].id


@pytest.mark.parametrize(
    "rows",
    [
        {},
        {"xtc_probability": 0.5, "top_k": 0},
        {"mirostat": "1"},
        {"mirostat": "2"},
        {"adaptive_target": 0.3},
        {"typical_p": 0.5, "dry_multiplier": 1.0},
        {"logit_bias": ("a=3",), "banned": ("e",)},
        {"grammar": "root ::= [a-z ]+"},
        {"lookup": True, "temperature": 0.0},
    ],
)
def test_telling_changes_nothing(desk: Load, babbler: Path, rows: dict[str, object]) -> None:
    loaded = desk(babbler)
    alone = loaded.answer(seed=3, max_tokens=30, **rows)
    chosen, _ = told(loaded, 2, seed=3, max_tokens=30, **rows)
    pieces = b"".join(loaded.model._model.vocabulary.piece(each.id) for each in chosen)
    assert pieces.decode("utf-8", "replace") == alone.text
    assert not any(piece.chosen for piece in alone.pieces)


# ── biases ──


def test_what_a_bias_speaks_of(model: Model) -> None:
    vocabulary = model.vocabulary

    def of(*logit_bias: str) -> dict[str, float]:
        found = biases(Sampling(logit_bias=logit_bias), vocabulary)
        return {vocabulary.shown(token): value for token, value in found.items()}

    assert of("and=-5") == {"and": -5, " and": -5}
    assert of("a=b=1.5") == {"a": 1.5}, "a text of several tokens counts for its first"
    assert of("#5=2") == {vocabulary.shown(5): 2}
    assert of("<|im_end|>=-inf") == {"<|im_end|>": -math.inf}
    assert of("and=1", "and=2") == {"and": 3, " and": 3}
    assert of("\n=1") == {"\n": 1}


def test_what_is_banned(model: Model) -> None:
    vocabulary = model.vocabulary

    def of(*banned: str) -> set[str]:
        found = biases(Sampling(banned=banned), vocabulary)
        assert set(found.values()) == {-math.inf}
        return {vocabulary.shown(token) for token in found}

    assert of("and") == of(" and ") == {"and", " and"}
    assert of("\n", "#4", "<|im_end|>") == {"\n", vocabulary.shown(4), "<|im_end|>"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"logit_bias": ("sorry",)}, "“sorry” is not a token bias."),
        ({"logit_bias": ("sorry=",)}, "“sorry=” is not a token bias."),
        ({"logit_bias": ("=5",)}, "“=5” is not a token bias."),
        ({"logit_bias": ("sorry=nan",)}, "“sorry=nan” is not a token bias."),
        ({"logit_bias": ("sorry=inf",)}, "“sorry=inf” is not a token bias."),
        ({"logit_bias": ("#99999=1",)}, "There is no token #99999."),
        ({"banned": ("#99999999999999999999",)}, "There is no token #99999999999999999999."),
        ({"banned": ("hello there",)}, "“hello there” is not a single token"),
    ],
)
def test_what_cannot_be_read_is_named(model: Model, rows: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(InputError) as refused:
        biases(Sampling(**rows), model.vocabulary)  # type: ignore[arg-type]  # rows by name
    assert message in refused.value.message
    assert refused.value.hint


def test_a_banned_token_never_comes(desk: Load, babbler: Path) -> None:
    loaded = desk(babbler)
    rows: dict[str, object] = dict(max_tokens=60, temperature=1.5, top_k=0, top_p=1.0, min_p=0.0)
    for strategy in ("sample", "greedy", "beam", "best_of", "guided"):
        chosen, _ = told(loaded, 1, strategy=strategy, seed=1, banned=("e", "t", "the", "#200"), **rows)
        assert chosen
        assert not {each.text.strip() for each in chosen} & {"e", "t", "the"}
        assert 200 not in {each.id for each in chosen}
