"""The sampler chain: order, defaults, and that no row of the table is without effect."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest

from app.core.params import Loading, Sampling
from app.engine.llama.log import Log
from app.engine.llama.model import Model
from app.engine.llama.sampler import CHAIN, MIROSTAT, SamplerChain, steps
from tests.engine.conftest import Desk
from tests.tiny_model import CHATML, write_tiny_model

# What makes a row matter, and a value of it that must then be seen in the answer.
OFF: dict[str, object] = {"top_k": 0, "top_p": 1.0, "min_p": 0.0, "temperature": 1.5}
PENALIZED = OFF | {"repeat_penalty": 1.5, "frequency_penalty": 0.5}
DRY = OFF | {"dry_multiplier": 5.0, "temperature": 0.7}
GUIDED = OFF | {"strategy": "guided", "negative_prompt": "in an on", "guidance_scale": 1.5, "temperature": 0.7}
XTC = OFF | {"xtc_probability": 0.5, "xtc_threshold": 0.05, "temperature": 0.5}
EFFECTS: dict[str, tuple[dict[str, object], object]] = {
    "temperature": (OFF, 0.5),
    "max_tokens": (OFF, 3),
    "seed": (OFF, 2),
    "stop": (OFF, ("e", "a", "\ufffd")),
    "top_k": (OFF, 2),
    "top_p": (OFF, 0.2),
    "min_p": (OFF, 0.5),
    "typical_p": (OFF, 0.2),
    "top_n_sigma": (OFF, 0.5),
    "dynatemp_range": (OFF, 1.4),
    "dynatemp_exponent": (OFF | {"dynatemp_range": 1.4}, 5.0),
    "xtc_probability": (XTC, 1.0),
    "xtc_threshold": (XTC, 0.4),
    "repeat_penalty": (OFF, 2.0),
    "repeat_last_n": (PENALIZED, 2),
    "presence_penalty": (OFF, 2.0),
    "frequency_penalty": (OFF, 2.0),
    "dry_multiplier": (OFF | {"temperature": 0.7}, 5.0),
    "dry_base": (DRY | {"dry_multiplier": 0.5, "dry_base": 1.0, "temperature": 0.3}, 4.0),
    "dry_allowed_length": (DRY, 1),
    "dry_last_n": (DRY, 3),
    "dry_breakers": (DRY | {"dry_breakers": ()}, tuple("abcdefghijklmnopqrstuvwxyz \n'")),
    "mirostat": (OFF, "2"),
    "mirostat_tau": (OFF | {"mirostat": "2"}, 1.0),
    "mirostat_eta": (OFF | {"mirostat": "2"}, 1.0),
    "strategy": (OFF | {"temperature": 1.0}, "greedy"),
    "beam_width": ({"strategy": "beam", "repeat_penalty": 1.1}, 8),
    "length_penalty": ({"strategy": "beam", "logit_bias": ("<|im_end|>=2",)}, 0.0),
    "early_stopping": ({"strategy": "beam", "logit_bias": ("<|im_end|>=6",), "length_penalty": 2.0}, False),
    "best_of": (OFF | {"strategy": "best_of", "best_of": 2}, 8),
    "guidance_scale": (GUIDED, 5.0),
    "negative_prompt": (GUIDED, "zzz"),
    "thinking": ({"temperature": 0.0}, "off"),
    "json_schema": (OFF, '{"type": "integer"}'),
    "grammar": (OFF, "root ::= [a-z]+"),
    "logit_bias": (OFF, ("a=9",)),
    "banned": ({"temperature": 0.0}, ("hello",)),
    "adaptive_target": (OFF, 0.1),
    "adaptive_decay": (OFF | {"adaptive_target": 0.3}, 0.0),
}


@pytest.fixture(scope="module")
def model(babbler: Path, log: Log) -> Iterator[Model]:
    loaded = Model(babbler, Loading(), lambda fraction: True, log)
    yield loaded
    loaded.free()


@pytest.fixture(scope="module")
def thinker(models: Path) -> Path:
    """A model whose template knows how to keep it from thinking."""
    kept = "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}"
    return write_tiny_model(
        models / "thinker.gguf", template=CHATML.replace("assistant\n' }}", "assistant\n' }}" + kept)
    )


@pytest.fixture
def names(model: Model) -> Callable[[Sampling], list[str]]:
    def of(sampling: Sampling) -> list[str]:
        chain = SamplerChain(sampling, model.vocabulary, 256)
        try:
            return chain.names()
        finally:
            chain.free()

    return of


def test_llama_cpps_order(names: Callable[[Sampling], list[str]]) -> None:
    assert [name.lstrip("+?") for name in names(Sampling())] == [
        "penalties", "dry", "top-n-sigma", "top-k", "typical", "top-p", "min-p", "xtc", "temp-ext", "dist",
    ]  # fmt: skip


def test_what_is_off_by_default_is_off(names: Callable[[Sampling], list[str]]) -> None:
    off = {name.lstrip("?") for name in names(Sampling()) if name.startswith("?")}
    assert off == {"penalties", "dry", "top-n-sigma", "typical", "xtc"}


def test_mirostat_replaces_the_chain(names: Callable[[Sampling], list[str]]) -> None:
    assert names(Sampling(mirostat="1")) == ["temp", "mirostat"]
    assert names(Sampling(mirostat="2")) == ["temp", "mirostat-v2"]


def test_adaptive_p_picks_in_place_of_chance(names: Callable[[Sampling], list[str]]) -> None:
    assert names(Sampling(adaptive_target=0.5))[-1] == "adaptive-p"


def test_the_likeliest_is_taken_behind_the_penalties(names: Callable[[Sampling], list[str]]) -> None:
    greedy = ["penalties", "dry", "greedy"]
    assert [name.lstrip("?") for name in names(Sampling(strategy="greedy", mirostat="1"))] == greedy
    assert [name.lstrip("?") for name in names(Sampling(strategy="beam"))] == greedy[:2]


def test_every_row_is_tried() -> None:
    """What a row of the chain is read for is seen in its effect."""
    assert set(EFFECTS) | {"lookup"} == {row.name for row in fields(Sampling)}  # lookup changes nothing but the time
    assert {row for step in (*CHAIN, *MIROSTAT["1"], *MIROSTAT["2"]) for row in step.rows} <= set(EFFECTS)
    assert steps(Sampling(mirostat="1")) != steps(Sampling(mirostat="2")) != steps(Sampling())


PROMPT = "the hello the hello in an on the hello, the hello. and in an on; then hello the hello and "


@pytest.mark.parametrize("row", EFFECTS)
def test_every_row_changes_the_answer(desk: Callable[..., Desk], babbler: Path, thinker: Path, row: str) -> None:
    base, value = EFFECTS[row]
    loaded = desk(thinker if row == "thinking" else babbler)

    def answers(sampling: Sampling) -> list[str]:
        result = []
        for seed in range(3):
            seeded = sampling if row == "seed" else replace(sampling, seed=seed)
            if row != "max_tokens":
                seeded = replace(seeded, max_tokens=60)
            result.append(loaded.answer(PROMPT, **{name: getattr(seeded, name) for name in rows}).text)
        return result

    rows = [item.name for item in fields(Sampling)]
    start = replace(Sampling(), seed=1, max_tokens=60, **base)  # type: ignore[arg-type]  # rows by name
    without = answers(start)
    assert without == answers(start), "the seed must repeat it"
    assert without != answers(replace(start, **{row: value}))  # type: ignore[arg-type]  # rows by name


def test_mirostat_1_reads_its_rows(desk: Callable[..., Desk], babbler: Path) -> None:
    loaded = desk(babbler)
    rows: dict[str, object] = {"mirostat": "1", "seed": 3, "max_tokens": 60, "temperature": 1.5}
    plain = loaded.answer(PROMPT, **rows).text
    assert plain != loaded.answer(PROMPT, **rows | {"mirostat_tau": 1.0}).text
    assert plain != loaded.answer(PROMPT, **rows | {"mirostat_eta": 1.0}).text


@pytest.mark.parametrize(
    "rows",
    [
        {},
        {"seed": 5},
        {"dynatemp_range": 1.0},
        {"top_k": 0, "top_p": 1.0, "min_p": 0.0},
        {"mirostat": "1"},
        {"mirostat": "2"},
        {"adaptive_target": 0.2},
    ],
)
def test_temperature_0_is_greedy_whatever_else_is_set(
    desk: Callable[..., Desk], babbler: Path, rows: dict[str, object]
) -> None:
    loaded = desk(babbler)
    assert loaded.answer(PROMPT, temperature=0.0, max_tokens=30, **rows).text == (
        loaded.answer(PROMPT, temperature=1.0, top_k=1, max_tokens=30).text
    )


def test_a_window_of_minus_one_is_the_whole_context(desk: Callable[..., Desk], babbler: Path) -> None:
    loaded = desk(babbler)
    rows: dict[str, object] = {"seed": 1, "max_tokens": 80, "repeat_penalty": 2.0, "frequency_penalty": 1.0}
    far = "in an on " + "xyz " * 60
    whole, same, near = (loaded.answer(far, repeat_last_n=n, **rows).text for n in (-1, 2048, 4))
    assert whole == same != near


def test_odd_breakers_are_let_be(desk: Callable[..., Desk], babbler: Path) -> None:
    answered = desk(babbler).answer(
        PROMPT, dry_multiplier=1.0, dry_breakers=("", "\0", "a\0b", "\ud800"), max_tokens=5, seed=2
    )
    assert answered.timing.completion_tokens <= 5
