"""Beam search against exhaustive search and against a plain implementation; what else an answer needs of it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core.params import Sampling
from app.core.paths import bundled
from app.core.protocol import Candidate, Piece, Started, Turn
from app.engine.llama.log import Log
from tests.engine.conftest import SAYS, Desk
from tests.engine.one_by_one import OneByOne, beam_search, best_texts, every_answer, in_float32
from tests.tiny_model import write_tiny_model

LETTERS = "abcdefghijkl"
BARE = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
PROMPTS = ("What is temperature?", "你好")

Load = Callable[..., Desk]


@pytest.fixture(scope="module", params=range(3))
def speller(request: pytest.FixtureRequest, models: Path) -> Path:
    """A model of fifteen tokens."""
    seed = request.param
    return write_tiny_model(models / f"speller{seed}.gguf", letters=LETTERS, template=BARE, seed=seed, width=32)


@pytest.fixture(scope="module")
def guide(models: Path, log: Log) -> Path:
    """The built-in model. As it is, sums of rounded weights depend on how many tokens are in a batch."""
    return in_float32(bundled("models/guide.gguf"), models / "guide_f32.gguf")


@pytest.fixture
def exact(desk: Load, guide: Path) -> Desk:
    return desk(guide, kv_type="f32", flash_attention="off")


@pytest.fixture
def plain() -> Iterator[Callable[[Desk], OneByOne]]:
    made: list[OneByOne] = []

    def make(desk: Desk) -> OneByOne:
        made.append(OneByOne(desk.model._model))
        return made[-1]

    yield make
    for each in made:
        each.free()


def prompt_of(desk: Desk, text: str) -> list[int]:
    return desk.model.job(desk.request([Turn("user", text)]), 0.0, lambda event: None).prompt


def same(candidates: tuple[Candidate, ...], expected: list[tuple[str, float]]) -> None:
    """The same texts in the same order with the same scores; neighbours that differ by rounding may change places."""
    scores_found = [each.logprob for each in candidates]
    assert scores_found == pytest.approx([score for _, score in expected], abs=1e-4), (candidates, expected)
    scores = dict(expected)
    for candidate in candidates:
        if candidate.text in scores:
            assert scores[candidate.text] == pytest.approx(candidate.logprob, abs=1e-4)
        else:  # only where the last place is as good as shared
            assert candidate.logprob == pytest.approx(expected[-1][1], abs=1e-4)


@pytest.mark.parametrize(("width", "longest"), [(15, 2), (225, 3)])
def test_wide_enough_it_is_exhaustive_search(
    desk: Load, plain: Callable[[Desk], OneByOne], speller: Path, width: int, longest: int
) -> None:
    loaded = desk(speller, slots=220, kv_type="f32", flash_attention="off")
    every = every_answer(plain(loaded), prompt_of(loaded, "abc"), longest)
    for penalty in (0.0, 1.0, 2.0):
        rows: dict[str, object] = dict(strategy="beam", beam_width=width, length_penalty=penalty, early_stopping=False)
        answered = loaded.answer("abc", max_tokens=longest, **rows)
        expected = best_texts(every, penalty, width)
        same(answered.done.candidates, expected)
        assert answered.text == answered.done.candidates[0].text == expected[0][0]


@pytest.mark.parametrize("longest", [3, 4])
def test_as_wide_as_the_vocabulary_it_finds_the_best_of_all(
    desk: Load, plain: Callable[[Desk], OneByOne], speller: Path, longest: int
) -> None:
    loaded = desk(speller, slots=32, kv_type="f32", flash_attention="off")
    rows: dict[str, object] = dict(strategy="beam", beam_width=15, length_penalty=1.0, early_stopping=False)
    answered = loaded.answer("abc", max_tokens=longest, **rows)
    expected = best_texts(every_answer(plain(loaded), prompt_of(loaded, "abc"), longest), 1.0, 1)
    assert answered.text == expected[0][0]
    assert answered.done.candidates[0].logprob == pytest.approx(expected[0][1], abs=1e-4)


GUIDE_ROWS: list[dict[str, object]] = [
    {"beam_width": 2},
    {"beam_width": 4, "early_stopping": False},
    {"beam_width": 4, "length_penalty": 0.0},
    {"beam_width": 3, "length_penalty": 2.0, "early_stopping": False},
    {"beam_width": 4, "repeat_penalty": 1.3, "frequency_penalty": 0.4, "presence_penalty": 0.2},
    {"beam_width": 4, "stop": (" the", "。")},
]


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("rows", GUIDE_ROWS)
def test_the_built_in_model_as_one_sequence_at_a_time(
    exact: Desk, plain: Callable[[Desk], OneByOne], prompt: str, rows: dict[str, object]
) -> None:
    sampling: dict[str, object] = {"strategy": "beam", "max_tokens": 20} | rows
    answered = exact.answer(prompt, **sampling)
    expected = beam_search(plain(exact), prompt_of(exact, prompt), Sampling(**sampling))  # type: ignore[arg-type]
    same(answered.done.candidates, expected)
    assert answered.text == answered.done.candidates[0].text


SENTENCE = r"[A-Z][a-z]+( [a-z]+){1,3}\."
BEGUN = rf"([A-Z][a-z]*)?|[A-Z][a-z]+( [a-z]+){{0,2}} [a-z]*|{SENTENCE}"


def sentence(text: str, piece: bytes | None) -> bool:
    """What the grammar of the next test lets pass."""
    if piece is None:
        return re.fullmatch(SENTENCE, text) is not None
    return bool(piece) and re.fullmatch(BEGUN, text + piece.decode("ascii", "replace")) is not None


def test_each_beam_follows_the_grammar(exact: Desk, plain: Callable[[Desk], OneByOne]) -> None:
    rows: dict[str, object] = dict(strategy="beam", beam_width=4, max_tokens=32, early_stopping=False)
    answered = exact.answer(PROMPTS[0], grammar='root ::= [A-Z] [a-z]+ (" " [a-z]+){1,3} "."', **rows)
    sampling = Sampling(**rows)  # type: ignore[arg-type]
    same(answered.done.candidates, beam_search(plain(exact), prompt_of(exact, PROMPTS[0]), sampling, fits=sentence))
    assert all(re.fullmatch(BEGUN, each.text) for each in answered.done.candidates)
    assert any(re.fullmatch(SENTENCE, each.text) for each in answered.done.candidates)


def test_biases_and_banned_tokens_count(exact: Desk, plain: Callable[[Desk], OneByOne]) -> None:
    rows: dict[str, object] = dict(strategy="beam", beam_width=3, max_tokens=12)
    free = exact.answer(PROMPTS[0], **rows).text
    banned, liked = (exact.model._model.vocabulary.tokenize(text, False)[0] for text in (free, "W"))
    answered = exact.answer(PROMPTS[0], banned=(f"#{banned}",), logit_bias=(f"#{liked}=3",), **rows)
    bias = {banned: float("-inf"), liked: 3.0}
    sampling = Sampling(**rows)  # type: ignore[arg-type]
    same(answered.done.candidates, beam_search(plain(exact), prompt_of(exact, PROMPTS[0]), sampling, bias=bias))
    assert answered.text != free


def test_what_depends_on_chance_does_not_apply(desk: Load) -> None:
    loaded = desk(bundled("models/guide.gguf"))
    rows: dict[str, object] = dict(strategy="beam", max_tokens=10)
    plain = loaded.answer(PROMPTS[0], **rows).done.candidates
    other = loaded.answer(PROMPTS[0], temperature=2.0, top_k=1, seed=5, xtc_probability=1.0, mirostat="2", **rows)
    assert [each.text for each in other.done.candidates] == [each.text for each in plain]


def test_the_answer_comes_at_the_end_with_its_reason(desk: Load) -> None:
    loaded = desk(bundled("models/guide.gguf"))
    whole = loaded.answer(PROMPTS[0], strategy="beam")
    assert whole.reason == "end"
    assert whole.text == whole.done.candidates[0].text
    assert sum(piece.tokens for piece in whole.pieces) == whole.timing.completion_tokens
    assert [type(event) for event in whole.events].index(Piece) > [type(event) for event in whole.events].index(Started)
    assert len(whole.done.candidates) == 4
    assert loaded.answer(PROMPTS[0], strategy="beam", max_tokens=3).reason == "length"
    assert loaded.answer(PROMPTS[0], strategy="beam", max_tokens=0).text == ""
    cut = loaded.answer(PROMPTS[0], strategy="beam", stop=(" model",))
    assert cut.reason == "stop_text"
    assert whole.text.startswith(cut.text)
    assert " model" not in cut.text


def test_a_stopped_search_shows_the_best_so_far(desk: Load) -> None:
    loaded = desk(bundled("models/guide.gguf"))
    whole = loaded.answer(PROMPTS[0], strategy="beam")
    loaded.stop_after = loaded.asked + 12
    stopped = loaded.answer(PROMPTS[0], strategy="beam")
    assert stopped.reason == "stopped"
    assert 0 < len(stopped.text) < len(whole.text)
    loaded.stop_after = None
    assert loaded.answer(PROMPTS[0], strategy="beam").text == whole.text, "all was given back"


def test_unlikely_short_answers_do_not_end_a_likely_long_one(desk: Load, sayer: Path) -> None:
    """The end is among the best tokens from the start, and far behind the one that this model is sure of."""
    answered = desk(sayer).answer(strategy="beam", repeat_penalty=1.0, logit_bias=("<|im_end|>=12",))
    assert answered.text == SAYS
    assert any(len(each.text) < len(SAYS) for each in answered.done.candidates)


def test_a_full_context_ends_it_with_what_there_is(desk: Load, babbler: Path) -> None:
    answered = desk(babbler, context_length=256).answer(
        "x" * 200, strategy="beam", early_stopping=False, logit_bias=("<|im_end|>=-inf", "<|endoftext|>=-inf")
    )
    assert answered.reason == "context_full"
    assert answered.text
    assert len(answered.done.candidates) == 4


def test_alternatives_are_told_for_the_winner(desk: Load) -> None:
    loaded = desk(bundled("models/guide.gguf"))
    request = loaded.request([Turn("user", PROMPTS[0])], logprobs=3, strategy="beam", max_tokens=8)
    events = loaded.events([request])[0]
    chosen = [each for event in events if isinstance(event, Piece) for each in event.chosen]
    assert "".join(each.text for each in chosen) == "".join(event.text for event in events if isinstance(event, Piece))
    assert all(len(each.top) == 3 and each.logprob <= each.top[0].logprob for each in chosen)
    candidates = events[-1].candidates  # type: ignore[union-attr]  # Done
    assert sum(each.logprob for each in chosen) / 8 == pytest.approx(candidates[0].logprob, abs=1e-3)
