"""All ways of decoding side by side: at once, with little memory, on every kind of memory, and stopped at any time."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.protocol import Done, Event, Failed, Piece, Turn
from tests.engine.conftest import Answered, Desk
from tests.other_architectures import write_hybrid_model, write_recurrent_model, write_windowed_model

Load = Callable[..., Desk]
EXACT: dict[str, object] = {"kv_type": "f32", "flash_attention": "off"}
KINDS: list[dict[str, object]] = [
    {"strategy": "greedy"},
    {"strategy": "sample", "seed": 5, "repeat_penalty": 1.2},
    {"strategy": "beam", "beam_width": 3, "early_stopping": False},
    {"strategy": "beam", "beam_width": 5, "grammar": "root ::= [a-z]+ [0-9]"},
    {"strategy": "best_of", "best_of": 3, "seed": 2},
    {"strategy": "guided", "guidance_scale": 2.0, "negative_prompt": "in an on", "seed": 1},
    {"strategy": "sample", "seed": 8, "json_schema": '{"type": "array", "items": {"type": "integer"}, "minItems": 2}'},
]
TEXTS = ["hello the user", "and in an on", "the hello and", "sing a song", "on and on and on", "user", "a list"]


def alone(loaded: Desk, text: str, **rows: object) -> str:
    loaded.model.slots.clear()
    return loaded.answer(text, **rows).text


def nothing_leaked(loaded: Desk) -> bool:
    return not loaded.model.scheduler.busy and loaded.model.slots.available == loaded.model.context.sequences


def at_once(loaded: Desk, longest: int, times: int = 1) -> None:
    """Every kind of request at once answers as it does alone."""
    asked = [(text * times, rows | {"max_tokens": longest}) for text, rows in zip(TEXTS, KINDS, strict=True)]
    together = loaded.events([loaded.request([Turn("user", text)], **rows) for text, rows in asked])
    for events, (text, rows) in zip(together, asked, strict=True):
        assert Answered(events).text == alone(loaded, text, **rows), rows
    assert nothing_leaked(loaded)


def test_each_is_the_same_beside_the_others(desk: Load, babbler: Path) -> None:
    at_once(desk(babbler, **EXACT), 15)


def test_with_so_little_memory_that_they_wait_for_each_other(desk: Load, babbler: Path) -> None:
    at_once(desk(babbler, **EXACT, context_length=256), 25, times=4)


@pytest.mark.parametrize("write", [write_windowed_model, write_recurrent_model, write_hybrid_model])
def test_on_every_kind_of_memory(desk: Load, tmp_path: Path, write: Callable[[Path], Path]) -> None:
    at_once(desk(write(tmp_path / "model.gguf"), **EXACT), 12)


def test_beams_beyond_a_sliding_window(desk: Load, tmp_path: Path) -> None:
    loaded = desk(write_windowed_model(tmp_path / "model.gguf"), **EXACT)
    rows: dict[str, object] = dict(strategy="beam", max_tokens=100, early_stopping=False, length_penalty=0.0)
    ends = ("<|im_end|>=-inf", "<|endoftext|>=-inf")
    first = loaded.answer("hello " * 30, logit_bias=ends, **rows)
    assert first.timing.completion_tokens == 100
    assert alone(loaded, "hello " * 30, logit_bias=ends, **rows) == first.text


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_stopped_ends_once_with_what_there_is(desk: Load, babbler: Path, seed: int) -> None:
    chance = random.Random(seed)
    loaded = desk(babbler, slots=4, context_length=512)
    events: list[Event] = []
    asked: list[int] = []
    for _ in range(120):
        match chance.choice(["ask", "stop", "step", "step", "step"]):
            case "ask":
                rows = chance.choice(KINDS) | {"max_tokens": chance.choice([0, 2, 20, 300])}
                request = loaded.request(
                    [Turn("user", chance.choice(TEXTS))], logprobs=chance.choice([0, 0, 2]), **rows
                )
                loaded.add(request, events.append)
                asked.append(request.id)
            case "stop" if asked:
                loaded.stopped.add(chance.choice(asked[-4:]))
            case _:
                for _ in range(chance.choice([1, 4, 20])):
                    if loaded.model.scheduler.busy:
                        loaded.model.scheduler.step()
    loaded.work()
    assert sorted(event.id for event in events if isinstance(event, Done)) == sorted(asked)
    assert not any(isinstance(event, Failed) for event in events)
    for event in events:
        if isinstance(event, Done) and event.candidates and event.finish_reason != "stopped":
            text = "".join(each.text for each in events if isinstance(each, Piece) and each.id == event.id)
            assert text == event.candidates[0].text
    assert nothing_leaked(loaded)
