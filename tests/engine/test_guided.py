"""Guidance against its formula, and a strength of 1 against plain sampling."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.core.protocol import Piece, Turn
from tests.engine.conftest import Desk
from tests.engine.one_by_one import OneByOne, log_softmax
from tests.tiny_model import write_tiny_model

Load = Callable[..., Desk]
TURNS = [Turn("system", "hello"), Turn("user", "the user")]
NEGATIVE = [Turn("system", "and in an on"), Turn("user", "the user")]


@pytest.mark.parametrize("seed", range(4))
def test_a_strength_of_1_is_sampling(desk: Load, babbler: Path, seed: int) -> None:
    loaded = desk(babbler, kv_type="f32", flash_attention="off")
    rows: dict[str, object] = dict(seed=seed, max_tokens=40, repeat_penalty=1.3)
    guided = loaded.answer_turns(TURNS, strategy="guided", guidance_scale=1.0, negative_prompt="and in an on", **rows)
    assert guided.text == loaded.answer_turns(TURNS, **rows).text


@pytest.mark.parametrize("scale", [1.5, 4.0])
def test_the_formula(desk: Load, models: Path, scale: float) -> None:
    path = write_tiny_model(models / "babbler_to_guide.gguf", seed=5)
    loaded = desk(path, kv_type="f32", flash_attention="off")
    rows: dict[str, object] = dict(strategy="guided", guidance_scale=scale, negative_prompt="and in an on")
    request = loaded.request(TURNS, logprobs=1, temperature=0.0, max_tokens=20, **rows)
    prompt, negative = (loaded.model.job(loaded.request(turns), 0.0, print).prompt for turns in (TURNS, NEGATIVE))
    events = loaded.events([request])[0]
    chosen = [each for event in events if isinstance(event, Piece) for each in event.chosen]
    plain, expected = OneByOne(loaded.model._model), list[int]()
    try:
        for each in chosen:
            towards = log_softmax(plain.logits(prompt + expected))
            away = log_softmax(plain.logits(negative + expected))
            expected.append(int(np.argmax(away + scale * (towards - away))))
            assert each.logprob == pytest.approx(towards[each.id], abs=1e-4), "told is what the model itself thinks"
    finally:
        plain.free()
    assert [each.id for each in chosen] == expected
    assert len(expected) == 20 or events[-1].finish_reason == "end"  # type: ignore[union-attr]  # Done


def test_the_negative_prompt_and_the_strength_matter(desk: Load, babbler: Path) -> None:
    loaded = desk(babbler)
    rows: dict[str, object] = dict(strategy="guided", temperature=0.0, max_tokens=30, guidance_scale=3.0)
    one = loaded.answer_turns(TURNS, negative_prompt="and in an on", **rows).text
    assert one != loaded.answer_turns(TURNS, negative_prompt="zzz", **rows).text
    assert one != loaded.answer_turns(TURNS, negative_prompt="and in an on", **rows | {"guidance_scale": 1.5}).text
    nothing = loaded.answer_turns(TURNS[1:], **rows).text
    assert nothing == loaded.answer_turns(TURNS[1:], **rows | {"guidance_scale": 1.0}).text, "the same prompt twice"


def test_it_streams_ends_and_follows_a_grammar(desk: Load, babbler: Path) -> None:
    loaded = desk(babbler)
    rows: dict[str, object] = dict(strategy="guided", negative_prompt="and", seed=1)
    answered = loaded.answer_turns(TURNS, grammar='root ::= "hello" " " "user"', **rows)
    assert (answered.text, answered.reason) == ("hello user", "end")
    assert len(answered.pieces) > 1
    assert loaded.answer_turns(TURNS, max_tokens=2, **rows).reason == "length"
    assert loaded.answer_turns(TURNS, max_tokens=0, **rows).text == ""


def test_a_prompt_that_fits_with_a_negative_one_that_does_not(desk: Load, babbler: Path) -> None:
    loaded = desk(babbler, context_length=256)
    with pytest.raises(AssertionError, match="ContextError"):
        loaded.answer_turns(TURNS, strategy="guided", negative_prompt="x" * 300, max_tokens=2)
    assert loaded.answer_turns(TURNS, max_tokens=2).text, "the next one works"
