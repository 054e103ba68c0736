"""Decoding with real models: text, reasons to end, prefix reuse, limits, odd texts."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.errors import ContextError, LoadError
from app.core.prompt import joined
from app.core.protocol import Count, Event, Examine, Load, Progress, Started, Turn
from app.engine.llama.log import Log
from app.engine.llama.model import Cancelled
from app.engine.loaded import LoadedModel
from app.engine.seen_pieces import seen_pieces
from tests.engine.conftest import SAYS, Answered, Desk
from tests.tiny_model import write_tiny_model

Load_ = Callable[..., Desk]


def test_the_whole_answer_ends_with_the_models_own_end(desk: Load_, sayer: Path) -> None:
    answered = desk(sayer).answer(temperature=0.0)
    assert answered.text == SAYS
    assert answered.reason == "end"
    assert answered.timing.completion_tokens == len(SAYS.encode()) == sum(piece.tokens for piece in answered.pieces)
    assert answered.timing.prompt_tokens == answered.events[0].prompt_tokens  # type: ignore[union-attr]  # Started


def test_characters_that_are_split_over_tokens_arrive_whole(desk: Load_, sayer: Path) -> None:
    pieces = desk(sayer).answer(temperature=0.0).pieces
    assert [(piece.text, piece.tokens) for piece in pieces if not piece.text.isascii()] == [
        ("漢", 3),
        ("é", 2),
        ("😀", 4),
    ]


def test_bytes_that_are_no_characters_become_replacement_characters(desk: Load_, babbler: Path) -> None:
    answered = desk(babbler).answer(seed=1, max_tokens=200)
    assert "\ufffd" in answered.text
    assert answered.timing.completion_tokens == sum(piece.tokens for piece in answered.pieces)


def test_a_character_that_is_cut_off_by_the_limit_is_not_lost_silently(desk: Load_, sayer: Path) -> None:
    answered = desk(sayer).answer(temperature=0.0, max_tokens=len("Helo, w") + 2)
    assert answered.text == "Helo, w\ufffd"
    assert answered.reason == "length"


@pytest.mark.parametrize(
    ("stop", "text"),
    [
        (("lo, ",), "He"),
        (("é😀",), "Helo, w漢"),
        (("nowhere", "w"), "Helo, "),
        (("H",), ""),
        (("o, x", "😀.x"), SAYS),
        (("",), SAYS),
    ],
)
def test_stop_texts_are_cut_off_also_over_the_borders_of_tokens(
    desk: Load_, sayer: Path, stop: tuple[str, ...], text: str
) -> None:
    answered = desk(sayer).answer(temperature=0.0, stop=stop)
    assert answered.text == text
    assert answered.reason == ("end" if text == SAYS else "stop_text")


def test_longest_answer(desk: Load_, sayer: Path) -> None:
    loaded = desk(sayer)
    assert loaded.answer(temperature=0.0, max_tokens=3).text == "Hel"
    nothing = loaded.answer(temperature=0.0, max_tokens=0)
    assert (nothing.text, nothing.reason, nothing.timing.completion_tokens) == ("", "length", 0)


def test_a_seed_repeats_and_another_does_not(desk: Load_, babbler: Path) -> None:
    loaded = desk(babbler)
    first, again, other = (loaded.answer(seed=seed, max_tokens=40).text for seed in (7, 7, 8))
    assert first == again != other
    assert loaded.answer(max_tokens=40).text != loaded.answer(max_tokens=40).text  # random


def test_the_next_turn_reads_only_what_is_new_and_answers_the_same(desk: Load_, babbler: Path) -> None:
    turns = [Turn("user", "hello there"), Turn("assistant", "hello"), Turn("user", "and again")]
    warm, fresh = desk(babbler), desk(babbler)
    first = warm.answer_turns(turns[:1], temperature=0.0, max_tokens=10)
    second = warm.answer_turns(turns, temperature=0.0, max_tokens=30)
    alone = fresh.answer_turns(turns, temperature=0.0, max_tokens=30)
    assert first.timing.reused_tokens == alone.timing.reused_tokens == 0
    assert second.timing.reused_tokens >= first.timing.prompt_tokens
    assert second.text == alone.text
    same = warm.answer_turns(turns, temperature=0.0, max_tokens=30)
    assert same.timing.reused_tokens == same.timing.prompt_tokens - 1
    assert same.text == alone.text


def test_a_long_prompt_is_read_in_batches_with_progress(desk: Load_, babbler: Path) -> None:
    answered = desk(babbler, batch_size=32).answer("x" * 200, max_tokens=1)
    progress = [event for event in answered.events if isinstance(event, Progress)]
    started = answered.events[0]
    assert isinstance(started, Started)
    total = started.prompt_tokens
    assert [event.done for event in progress] == [*range(32, total, 32), total]


def test_a_prompt_that_does_not_fit_is_refused_with_numbers(desk: Load_, babbler: Path) -> None:
    loaded = desk(babbler, context_length=256)
    with pytest.raises(ContextError, match=r"1,\d\d\d tokens.* 256 "):
        loaded.answer("a b " * 400)
    assert loaded.answer("short", max_tokens=3).reason == "length"


def test_the_answer_ends_when_the_context_is_full(desk: Load_, babbler: Path) -> None:
    answered = desk(babbler, context_length=256).answer(seed=3)
    assert answered.reason in ("context_full", "end")
    full = desk(babbler, context_length=256).answer("x" * 200, seed=3, stop=(), temperature=2.0, top_k=1)
    assert full.reason == "context_full"
    assert full.timing.prompt_tokens + full.timing.completion_tokens == 257  # the last one needs no room


def test_a_megabyte_is_refused_with_a_sentence(desk: Load_, babbler: Path) -> None:
    loaded = desk(babbler)
    with pytest.raises(ContextError, match="about 275,000 tokens"):
        loaded.answer("All work and no play. " * 50_000)
    assert loaded.model.count(Count(5, (), "x" * 1_000_000)).draft_tokens >= 250_000


@pytest.mark.parametrize("text", ["", " ", "\0", "a\0b", "\ud800", "x\udfffy", "\n\n", "\ufeff", "‮abc", "e\u0301" * 50])
def test_odd_texts_are_answered(desk: Load_, sayer: Path, text: str) -> None:
    assert desk(sayer).answer(text, temperature=0.0).text == SAYS


def test_nul_does_not_cut_a_text(desk: Load_, sayer: Path) -> None:
    loaded = desk(sayer)
    short, long = (loaded.answer(text, max_tokens=1).timing.prompt_tokens for text in ("a", "a\0" + "b" * 50))
    assert long > short + 20


def test_an_answer_is_continued(desk: Load_, sayer: Path) -> None:
    answered = desk(sayer).answer(prefill="Helo", temperature=0.0)
    assert answered.text == SAYS.removeprefix("Helo")


def test_counting(desk: Load_, sayer: Path) -> None:
    model = desk(sayer).model
    turns = (Turn("user", "hello"), Turn("assistant", "hello"))
    counted = model.count(Count(5, turns, "a b c"))
    assert counted.id == 5
    assert counted.conversation_tokens > 0
    assert counted.draft_tokens > model.count(Count(6, turns, "a")).draft_tokens > 0
    assert model.count(Count(7, ())).conversation_tokens == 0
    assert model.count(Count(8, (), "word")).draft_tokens > 1
    assert model.count(Count(9, turns)).draft_tokens == 0
    assert counted.turn_tokens == model.count(Count(10, (*turns, Turn("user", "more")))).turn_tokens[:2]
    assert 0 < sum(counted.turn_tokens) < counted.conversation_tokens


def _generate(loaded: Desk, text: str, stop_after: int) -> Answered:
    """Answer the likeliest; after so many questions "who is stopped?" the answer is yes."""
    loaded.asked, loaded.stop_after = 0, stop_after
    answered = loaded.answer(text, temperature=0.0)
    loaded.stop_after = None
    return answered


def test_stop_in_the_middle_of_a_slow_token(desk: Load_, babbler: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = desk(babbler)
    undisturbed = loaded.answer("x" * 100, temperature=0.0, max_tokens=20).text
    monkeypatch.setattr("app.engine.llama.context.SLOW_STEP", 0.0)  # every token counts as slow
    for stop_after in range(100, 400, 23):
        answered = _generate(loaded, "y" * 100, stop_after)
        assert answered.reason == "stopped"
        assert answered.timing.completion_tokens == sum(piece.tokens for piece in answered.pieces)
        assert loaded.answer("x" * 100, temperature=0.0, max_tokens=20).text == undisturbed


def test_stop_in_the_prompt_and_between_tokens(desk: Load_, babbler: Path) -> None:
    loaded = desk(babbler, batch_size=32)
    undisturbed = loaded.answer("x" * 100, temperature=0.0, max_tokens=5).text
    for stop_after in (0, 1, 2, 5, 20, 100, 180):
        answered = _generate(loaded, "y" * 100, stop_after)
        assert answered.reason == "stopped"
        assert answered.timing.completion_tokens == sum(piece.tokens for piece in answered.pieces)
        assert loaded.answer("x" * 100, temperature=0.0, max_tokens=5).text == undisturbed


def test_loading_is_told_and_can_be_stopped(babbler: Path, log: Log) -> None:
    events: list[Event] = []
    with pytest.raises(Cancelled):
        LoadedModel(Load(3, babbler), events.append, lambda: [3] if len(events) > 3 else [], log)
    fractions = [event.fraction for event in events]  # type: ignore[union-attr]  # all are LoadProgress
    assert fractions == sorted(fractions)
    assert len(fractions) == 4


def test_quantized_values_without_flash_attention_are_refused_with_a_sentence(desk: Load_, babbler: Path) -> None:
    with pytest.raises(LoadError, match="flash attention"):
        desk(babbler, kv_type="q8_0", flash_attention="off")


@pytest.mark.parametrize("kv_type", ["f32", "f16", "bf16", "q8_0"])
@pytest.mark.parametrize("memory_map", [True, False])
def test_every_way_to_load_answers(desk: Load_, models: Path, kv_type: str, memory_map: bool) -> None:
    path = write_tiny_model(models / "wide.gguf", says=SAYS, width=128)  # heads of 32 values fit a block of q8_0
    loaded = desk(path, kv_type=kv_type, memory_map=memory_map, threads=1, context_length=512)
    assert loaded.model.info.context_length == 512
    assert loaded.answer(temperature=0.0).text == SAYS


def test_rope_settings_reach_the_model(desk: Load_, babbler: Path) -> None:
    wild = {"temperature": 2.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "seed": 5, "max_tokens": 100}
    texts = [
        desk(babbler, **rope).answer("hello there user " * 10, **wild).text
        for rope in ({}, {"rope_freq_base": 100.0}, {"rope_freq_scale": 0.25}, {})
    ]
    assert texts[0] == texts[3]
    assert len(set(texts)) == 3


def test_what_is_known_of_a_model(desk: Load_, models: Path) -> None:
    path = write_tiny_model(
        models / "asks.gguf", name="Tiny asks", recommended={"temp": 0.6, "top_k": 20, "mirostat": 2, "top_p": 9.0}
    )
    info = desk(path).model.info
    assert (info.name, info.architecture, info.layers, info.vocabulary) == ("Tiny asks", "llama", 2, 290)
    assert (info.context_length, info.trained_context, info.quantization) == (2048, 2048, "F32")
    assert info.file_bytes == path.stat().st_size
    assert info.recommended == {"temperature": 0.6, "top_k": 20, "mirostat": "2"}  # 9.0 is out of range
    assert info.template_source == "file"
    assert len(info.digest) == 32


def test_a_model_whose_template_is_broken_or_missing_answers_with_chatml(desk: Load_, models: Path) -> None:
    broken = desk(
        write_tiny_model(models / "broken.gguf", says=SAYS, width=128, template="one\n{{ messages[9].role }}")
    )
    assert broken.model.info.template_source == "ChatML"
    assert "line 2" in broken.model.info.template_problem
    assert broken.answer(temperature=0.0).text == SAYS
    without = desk(write_tiny_model(models / "without.gguf", says=SAYS, width=128, template=None))
    assert (without.model.info.template_source, without.model.info.template_problem) == ("ChatML", "")
    assert without.answer(temperature=0.0).text == SAYS


@given(st.lists(st.text(st.sampled_from("ab <|é漢😀\n"), max_size=6), min_size=1, max_size=6), st.text(max_size=4))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_examination_tells_the_prompt_of_an_answer(one: Desk, texts: list[str], prefill: str) -> None:
    turns = tuple(Turn("assistant" if place % 2 else "user", text) for place, text in enumerate(texts))
    told = one.model.examine(Examine(3, turns, prefill=prefill))
    prompt = one.model._prompt(one.request(list(joined(turns)), prefill), joined(turns))
    assert told.ids == tuple(prompt.tokens)
    assert told.ends == tuple(sorted(told.ends))
    assert len(told.ends) == len(told.ids)
    assert told.ends[-1] == len(told.text)
    assert prompt.text in told.text
    counts = one.model.count(Count(4, turns)).turn_tokens
    assert told.turn_tokens[: len(turns)] == counts
    assert len(told.turn_tokens) == len(turns) + 1
    steering = {told.text[told.ends[place - 1] if place else 0 : told.ends[place]] for place in told.special}
    assert steering <= {one.model.vocabulary.token_text(token) for token in one.model.vocabulary.control_tokens}


@pytest.fixture
def one(desk: Load_, sayer: Path) -> Desk:
    return desk(sayer)


def test_pieces_of_a_character_wait_for_the_last_one() -> None:
    class Bytes:
        def piece(self, token: int) -> bytes:
            return b"" if token == 300 else bytes([token])

        def token_text(self, token: int) -> str:
            return "<|s|>"

    assert seen_pieces([300, *"aé".encode(), 300, 0xE6, 300, *"漢".encode(), 0xE6], Bytes()) == [
        "<|s|>", "a", "", "é", "<|s|>", "", "\ufffd<|s|>", "", "", "漢", "\ufffd",
    ]  # fmt: skip
    assert seen_pieces([], Bytes()) == []
