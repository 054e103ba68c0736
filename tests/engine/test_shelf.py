"""What is idle is put aside while another answer grows, comes back as it was, and takes no more room than it may."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.protocol import Started, Turn
from app.engine.decoding.base import Sequence
from app.engine.llama.context import DONE, LAST
from app.engine.shelf import Shelf
from tests.engine.conftest import Answered, Desk

Load_ = Callable[..., Desk]
EXACT = {"kv_type": "f32", "flash_attention": "off", "context_length": 1024}
LONG = "hello there, " * 60
ROWS: dict[str, object] = {"strategy": "greedy", "max_tokens": 12}


def started(answered: Answered) -> Started:
    first = answered.events[0]
    assert isinstance(first, Started)
    return first


@pytest.fixture
def plain(desk: Load_, babbler: Path) -> Desk:
    return desk(babbler, **EXACT)


def test_what_was_put_aside_is_not_read_again(plain: Desk) -> None:
    slots = plain.model.slots
    first = plain.answer(LONG, **ROWS)
    assert len(slots.idle[0].tokens) > 128
    plain.answer("hello", **ROWS)
    assert all(len(sequence.tokens) < 128 for sequence in slots.idle)
    again = plain.answer(LONG, **ROWS)
    assert started(again).reused_tokens == started(again).prompt_tokens - 1
    assert (again.text, started(again).restored_tokens) == (first.text, 0)
    assert slots.available == plain.model.context.sequences


def test_what_another_holds_as_well_stays(plain: Desk) -> None:
    plain.answer(LONG, seed=1, max_tokens=12)
    plain.answer(LONG, seed=2, max_tokens=12)
    assert len(plain.model.slots.idle) == 2


def test_nothing_is_put_aside_for_a_title(plain: Desk) -> None:
    plain.answer(LONG, **ROWS)
    plain.events([plain.request([Turn("user", "a title")], background=True, **ROWS)])
    assert max(len(sequence.tokens) for sequence in plain.model.slots.idle) > 128


def read(desk: Desk, tokens: list[int]) -> Sequence:
    sequence = Sequence(0, [])
    assert desk.model.context.decode([(sequence, tokens, LAST)], lambda: False) == DONE
    return sequence


def test_it_holds_as_many_tokens_as_the_context(plain: Desk) -> None:
    context, shelf = plain.model.context, Shelf(plain.model.context)
    for first in (3, 4, 5):
        sequence = read(plain, [first] * 400)
        assert shelf.put(sequence)
        context.clear(sequence)
    assert [shelf.best([first] * 400)[0] for first in (3, 4, 5)] == [0, 399, 399]
    length, load = shelf.best([4] * 300 + [9])
    assert length == 300
    again = Sequence(7, [])
    assert load(again)
    assert again.tokens == [4] * 400
    assert shelf.best([4] * 300)[0] == 0  # it is in the cache again
    context.clear(again)


def test_a_full_cache_is_told_apart_from_a_loaded_state(plain: Desk) -> None:
    context, shelf = plain.model.context, Shelf(plain.model.context)
    sequence = read(plain, [3] * 400)
    assert shelf.put(sequence)
    full = Sequence(1, [])
    assert context.decode([(full, [5] * 512, LAST)], lambda: False) == DONE
    _, load = shelf.best([3] * 400)
    again = Sequence(2, [])
    assert load(again) is None
    context.clear(full)
    assert load(again)
    context.clear(again)
    context.clear(sequence)
    shelf.clear()
    assert shelf.best([3] * 400)[0] == 0
