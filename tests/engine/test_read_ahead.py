"""What the next turn will begin with is read while nobody waits: right, at once given up, and no more than is of use."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.protocol import Started, Turn
from app.engine.llama.log import Log
from tests.engine.conftest import SAYS, Answered, Desk
from tests.other_architectures import write_hybrid_model, write_recurrent_model
from tests.tiny_model import CHATML, write_tiny_model

Load_ = Callable[..., Desk]
THINKING = CHATML.replace("message['content']", "message['content'].split('</think>')[-1]").replace(
    "'<|im_start|>assistant\n'", "'<|im_start|>assistant\n<think>\n'"
)
EXACT = {"kv_type": "f32", "flash_attention": "off", "context_length": 1024}
HELLO = [Turn("user", "hello, this is the beginning of it all")]


def started(answered: Answered) -> Started:
    first = answered.events[0]
    assert isinstance(first, Started)
    return first


def next_turn(turns: list[Turn], answered: Answered) -> list[Turn]:
    return [*turns, Turn("assistant", answered.text), Turn("user", "more")]


def test_the_next_turn_reads_the_user_text_and_what_begins_the_answer(desk: Load_, sayer: Path) -> None:
    loaded = desk(sayer)
    answered = loaded.answer_turns(HELLO, strategy="greedy")
    assert loaded.model.read_ahead()
    loaded.work()
    assert not loaded.model.read_ahead()
    then = started(loaded.answer_turns(next_turn(HELLO, answered), strategy="greedy"))
    fresh = len(loaded.model.vocabulary.tokenize("more<|im_end|>\n<|im_start|>assistant\n", True))
    assert then.prompt_tokens - then.reused_tokens == fresh


def test_what_a_thinking_model_is_shown_of_its_answer_is_read_ahead(desk: Load_, models: Path) -> None:
    path = write_tiny_model(models / "thinks.gguf", template=THINKING)
    loaded, cold = desk(path, **EXACT), desk(path, **EXACT)
    answered = loaded.answer_turns(HELLO, seed=2, max_tokens=30, stop=(), prefill="x</think>y")
    assert answered.text
    assert loaded.model.read_ahead()
    loaded.work()
    turns = [*HELLO, Turn("assistant", "y" + answered.text), Turn("user", "more")]
    then = loaded.answer_turns(turns, strategy="greedy", max_tokens=10)
    fresh = len(loaded.model.vocabulary.tokenize("more<|im_end|>\n<|im_start|>assistant\n<think>\n", True))
    assert started(then).prompt_tokens - started(then).reused_tokens == fresh
    assert then.text == cold.answer_turns(turns, strategy="greedy", max_tokens=10).text


def test_a_request_interrupts_it_and_goes_on_from_what_was_read(desk: Load_, sayer: Path) -> None:
    loaded = desk(sayer)
    answered = loaded.answer_turns(HELLO, strategy="greedy")
    assert loaded.model.read_ahead()
    loaded.model.scheduler.step()
    assert not loaded.model.scheduler.urgent
    then = loaded.answer_turns(next_turn(HELLO, answered), strategy="greedy")
    assert then.text == SAYS
    assert started(then).reused_tokens > 0
    assert loaded.model.slots.available == loaded.model.context.sequences


def test_after_a_title_it_is_taken_up_again(desk: Load_, sayer: Path) -> None:
    loaded = desk(sayer)
    loaded.answer_turns(HELLO, strategy="greedy")
    assert loaded.model.read_ahead()
    loaded.events([loaded.request([Turn("user", "a title")], background=True, max_tokens=3)])
    assert loaded.model.read_ahead()
    loaded.work()
    assert not loaded.model.read_ahead()


@pytest.mark.parametrize("reason", ["a title", "nothing said", "too long", "held"])
def test_nothing_is_read_where_nothing_is_to_be_gained(desk: Load_, sayer: Path, reason: str) -> None:
    loaded = desk(sayer, context_length=256)
    match reason:
        case "a title":
            loaded.events([loaded.request(HELLO, background=True, strategy="greedy")])
        case "nothing said":
            loaded.answer_turns(HELLO, max_tokens=0)
        case "too long":
            loaded.answer_turns([Turn("user", "x" * 228)], strategy="greedy")
        case "held":
            loaded.answer_turns([*HELLO, Turn("assistant", SAYS), Turn("user", "b")], max_tokens=0)
            loaded.answer_turns(HELLO, strategy="greedy")
    assert not loaded.model.read_ahead()
    assert not loaded.model.scheduler.busy


@pytest.mark.parametrize("write", [write_recurrent_model, write_hybrid_model])
def test_models_that_cannot_go_back_start_from_what_was_marked(
    write: Callable[[Path], Path], models: Path, log: Log, desk: Load_
) -> None:
    path = write(models / "marked.gguf")
    loaded, cold = desk(path, **EXACT), desk(path, **EXACT)
    first = loaded.answer_turns(HELLO, seed=1, max_tokens=12)
    again = loaded.answer_turns(HELLO, strategy="greedy", max_tokens=12)
    assert started(again).prompt_tokens - started(again).reused_tokens < 8
    assert again.text == cold.answer_turns(HELLO, strategy="greedy", max_tokens=12).text
    turns = [*HELLO, Turn("assistant", "something else than it said"), Turn("user", "more")]
    edited = loaded.answer_turns(turns, strategy="greedy", max_tokens=12)
    assert started(edited).reused_tokens > 16
    assert edited.text == cold.answer_turns(turns, strategy="greedy", max_tokens=12).text
    assert first.reason in ("length", "end")
    assert loaded.model.slots.available == loaded.model.context.sequences
