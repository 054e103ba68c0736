"""Best of n: the answers are those that sampling gives, ranked by what the model thinks of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.params import Sampling
from app.core.paths import bundled
from app.core.protocol import Piece, Turn
from app.engine.llama.sampler import seed_of
from tests.engine.conftest import Desk
from tests.engine.one_by_one import OneByOne, log_softmax
from tests.tiny_model import write_tiny_model

Load = Callable[..., Desk]
NEVER_END = ("<|im_end|>=-inf", "<|endoftext|>=-inf")
ROWS: dict[str, object] = dict(temperature=1.2, top_k=0, top_p=1.0, min_p=0.0, max_tokens=12)


@pytest.fixture(scope="module")
def speller(models: Path) -> Path:
    return write_tiny_model(models / "speller_of_many.gguf", letters="abcdefghijklmnopqrstuvwxyz ", width=32)


def test_every_answer_is_what_its_seed_gives(desk: Load, speller: Path) -> None:
    loaded = desk(speller, kv_type="f32", flash_attention="off")
    best = loaded.answer("abc", strategy="best_of", best_of=5, seed=7, **ROWS)
    seeds = [seed_of(Sampling(seed=7), number) for number in range(5)]
    alone = [loaded.answer("abc", seed=seed, **ROWS).text for seed in seeds]
    assert seeds[0] == 7
    assert len(set(alone)) > 2
    assert sorted(each.text for each in best.done.candidates) == sorted(alone)


def test_they_are_ranked_by_mean_log_probability_before_the_samplers(desk: Load, speller: Path) -> None:
    loaded = desk(speller, kv_type="f32", flash_attention="off")
    rows = ROWS | dict(strategy="best_of", best_of=6, seed=1, logit_bias=NEVER_END)  # an end counts but is not told
    request = loaded.request([Turn("user", "abc")], logprobs=2, **rows)
    prompt = loaded.model.job(request, 0.0, lambda event: None).prompt
    events = loaded.events([request])[0]
    candidates = events[-1].candidates  # type: ignore[union-attr]  # Done
    assert [each.logprob for each in candidates] == sorted((each.logprob for each in candidates), reverse=True)
    chosen = [each for event in events if isinstance(event, Piece) for each in event.chosen]
    assert "".join(event.text for event in events if isinstance(event, Piece)) == candidates[0].text
    plain = OneByOne(loaded.model._model)
    try:
        tokens = [each.id for each in chosen]
        sums = [log_softmax(plain.logits(prompt + tokens[:at]))[token] for at, token in enumerate(tokens)]
        assert candidates[0].logprob == pytest.approx(sum(sums) / len(sums), abs=1e-3)
    finally:
        plain.free()


def test_a_seed_repeats_it(desk: Load, speller: Path) -> None:
    loaded = desk(speller)
    first, again, other = (
        [each.text for each in loaded.answer("abc", strategy="best_of", seed=seed, **ROWS).done.candidates]
        for seed in (3, 3, 4)
    )
    assert first == again != other


def test_stop_texts_limits_and_grammars_hold_for_each(desk: Load, speller: Path) -> None:
    loaded = desk(speller)
    rows = ROWS | dict(strategy="best_of", seed=2)
    for each in loaded.answer("abc", stop=("e", "a"), **rows).done.candidates:
        assert not set("ea") & set(each.text)
    assert {each.text for each in loaded.answer("abc", grammar='root ::= "yes" | "no"', **rows).done.candidates} <= {
        "yes", "no",
    }  # fmt: skip
    assert loaded.answer("abc", **rows | {"max_tokens": 0}).reason == "length"


def test_a_stopped_one_shows_the_best_so_far(desk: Load) -> None:
    loaded = desk(bundled("models/guide.gguf"))
    whole = loaded.answer("What is temperature?", strategy="best_of", seed=1).text
    loaded.stop_after = loaded.asked + 12
    stopped = loaded.answer("What is temperature?", strategy="best_of", seed=1)
    assert stopped.reason == "stopped"
    assert stopped.text
    assert whole.startswith(stopped.text)


def test_a_full_context_ends_all(desk: Load, babbler: Path) -> None:
    answered = desk(babbler, context_length=256).answer("x" * 150, strategy="best_of", logit_bias=NEVER_END, seed=1)
    assert answered.reason == "context_full"
    assert len(answered.done.candidates) == 4
