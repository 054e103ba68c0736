"""What would help a model that did not load: settings with which it fits here, or a smaller file of it."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.chat.remedies import Remedy, remedies
from app.core.params import Loading, layered
from app.core.verdict import Room, judged
from app.library.on_disk import Entry
from tests.chat.test_switching import entry
from tests.core.test_fit import GB, MB, NETWORK

PATH = Path("/models/Big-one.gguf")
LONG = 131_072


def helps(loading: Loading, room: Room, *entries: Entry) -> tuple[Remedy, ...]:
    return remedies(PATH, loading, NETWORK, room, entries)


def needed(**loading: object) -> int:
    return judged(NETWORK, Loading(**loading), Room(1 << 50, 1 << 50)).needed  # type: ignore[arg-type]  # rows by name


def of_model(quantization: str, size: int) -> Entry:
    made = entry(f"Big {quantization}", quantization=quantization)
    assert made.said is not None
    said = replace(made.said, name="Big", network=NETWORK)
    return replace(made, file_bytes=size, said=said)


def test_a_context_that_fits() -> None:
    room = Room(needed(context_length=16_384) + 100 * MB, 64 * GB)
    (context, *_) = helps(Loading(context_length=LONG), room)
    tokens = context.settings["context_length"]
    assert isinstance(tokens, int)
    assert f"{tokens:,}" in context.label
    assert 16_384 <= tokens < LONG
    assert judged(NETWORK, Loading(context_length=tokens), room).plan.fits
    assert "GB" in context.told


def test_a_smaller_cache_where_the_context_is_wanted() -> None:
    room = Room(needed(context_length=32_768, kv_type="q8_0") + 50 * MB, 64 * GB)
    found = helps(Loading(context_length=32_768), room)
    assert {"kv_type": "q8_0", "kv_type_values": "same"} in [each.settings for each in found]
    assert not [
        each
        for each in helps(Loading(context_length=32_768, flash_attention="off"), room)
        if "kv_type" in each.settings
    ]


def test_fewer_layers_on_a_card_that_is_too_small() -> None:
    room = Room(64 * GB, 64 * GB, cards=(4 * GB,))
    (fewer,) = [each for each in helps(Loading(gpu_layers=999), room) if "gpu_layers" in each.settings]
    layers = fewer.settings["gpu_layers"]
    assert isinstance(layers, int)
    assert 0 < layers < len(NETWORK.layers) + 1
    (still,) = [each for each in helps(Loading(gpu_layers=layers), room) if "gpu_layers" in each.settings]
    assert still.settings["gpu_layers"] < layers  # type: ignore[operator]  # a number
    assert [each.settings for each in helps(Loading(gpu_layers=0), room)] == [{"gpu_layers": -1}]  # the usual ones


def test_another_file_of_the_same_model() -> None:
    this, small, tiny = of_model("Q8_0", 9 * GB), of_model("Q4_K_M", 5 * GB), of_model("Q2_K", 3 * GB)
    this = replace(this, path=PATH, parts=(PATH,))
    other = replace(of_model("Q4_0", 6 * GB), said=replace(this.said, name="Another"))  # type: ignore[type-var]  # it is read
    found = helps(Loading(), Room(64 * GB, 64 * GB), this, tiny, small, other)
    assert [(each.path, each.settings) for each in found] == [(small.path, {})]
    assert found[0].label == "Q4_K_M, 5.4 GB"


def test_the_usual_settings_where_nothing_else_is_known() -> None:
    assert helps(Loading(), Room(64 * GB, 64 * GB)) == ()
    (usual,) = helps(Loading(threads=3, memory_lock=True), Room(64 * GB, 64 * GB))
    assert usual.settings == {"threads": 0, "memory_lock": False}


@given(
    some.integers(0, 64).map(lambda count: count * GB),
    some.lists(some.integers(0, 32).map(lambda count: count * GB), max_size=2).map(tuple),
    some.sampled_from([0, 4096, LONG]),
    some.sampled_from([-1, 0, 10, 999]),
    some.sampled_from(["layer", "none"]),
)
def test_what_is_offered_can_be_set(free: int, cards: tuple[int, ...], context: int, layers: int, split: str) -> None:
    loading = Loading(context_length=context, gpu_layers=layers, split_mode=split, main_gpu=1)
    for remedy in helps(loading, Room(free, 64 * GB, cards)):
        assert layered(Loading, remedy.settings) is not None
        assert remedy.label


@pytest.mark.parametrize("room", [Room(), Room(0, 0), Room(None, None, (0,))])
def test_a_memory_that_nobody_knows(room: Room) -> None:
    for remedy in helps(Loading(context_length=LONG), room):
        assert remedy.path == PATH
