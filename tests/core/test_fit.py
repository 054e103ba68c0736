"""What fits where: the parsing of the rows, and how a model is spread over the devices."""

import re
from dataclasses import replace

import pytest

from app.core.errors import InputError
from app.core.fit import ALL_LAYERS, CARD_RESERVE, estimate, first_numbers, plan, sequences, shares
from app.core.network import Layer, Network
from app.core.params import Loading

MB, GB = 1 << 20, 1 << 30
NETWORK = Network(
    layers=(Layer(weights=200 * MB, keys=1024, values=1024),) * 32,
    input_bytes=300 * MB,
    output_bytes=300 * MB,
    tied=False,
    vocabulary=128_000,
    width=4096,
    heads=32,
    head=128,
    kv_heads=8,
    feed=14336,
    inner=0,
    trained_context=131_072,
)
"""7 GB of weights, 1 GiB of cache for 8,192 tokens, 0.26 GiB for a batch."""


def test_shares() -> None:
    assert shares("", 4) == shares("  ", 4) == []
    assert shares("3,1", 4) == [3.0, 1.0]
    assert shares("1", 1) == [1.0]
    with pytest.raises(InputError, match="1,2"):
        shares("1,2", 1)


@pytest.mark.parametrize("count", [1, 2, 9, 10, 11, 20, 61, 99, 100, 101, 128, 345, 999])
def test_the_first_numbers(count: int) -> None:
    pattern = re.compile(rf"blk\.{first_numbers(count)}\.")
    assert [number for number in range(1500) if pattern.search(f"blk.{number}.ffn")] == list(range(count))


def test_without_a_graphics_card() -> None:
    found = plan(NETWORK, Loading(), 32, free=16 * GB)
    assert (found.context, found.gpu_layers, found.cards, found.fits) == (8192, ALL_LAYERS, (), True)
    assert found.main == estimate(NETWORK, Loading(), 8192, 32)
    assert found.main.weights == 7000 * MB == NETWORK.weights
    assert found.main.cache == GB
    assert plan(NETWORK, Loading(), 32).fits  # where nobody knows the free memory


def test_the_automatic_context_is_what_fits() -> None:
    enough = plan(NETWORK, Loading(), 32, free=16 * GB).total
    assert plan(NETWORK, Loading(), 32, free=enough).context == 8192
    assert plan(NETWORK, Loading(), 32, free=enough - 1).context == 4096
    tight = plan(NETWORK, Loading(), 32, free=GB)
    assert (tight.context, tight.fits) == (2048, False)
    assert plan(replace(NETWORK, trained_context=512), Loading(), 32, free=GB).context == 512
    assert plan(replace(NETWORK, trained_context=0), Loading(), 32).context == 8192
    asked = plan(NETWORK, Loading(context_length=65_536), 32, free=8 * GB)
    assert (asked.context, asked.fits) == (65_536, False)


def test_all_of_it_on_a_card() -> None:
    found = plan(NETWORK, Loading(), 32, cards=[24 * GB], free=32 * GB)
    assert (found.gpu_layers, found.fits) == (ALL_LAYERS, True)
    assert found.cards[0].weights == 6700 * MB
    assert found.main.weights == 300 * MB  # the embeddings stay
    assert found.main.compute == found.main.cache == 0
    assert plan(NETWORK, Loading(gpu_layers=0), 32, cards=[24 * GB], free=32 * GB).cards == ()


def test_as_many_layers_as_fit_on_a_card() -> None:
    found = plan(NETWORK, Loading(), 32, cards=[5 * GB], free=32 * GB)
    assert 0 < found.gpu_layers < 33
    assert found.cards[0].total + CARD_RESERVE <= 5 * GB
    assert found.cards[0].total + CARD_RESERVE + 232 * MB > 5 * GB  # one more would not
    assert found.main.weights + found.cards[0].weights == NETWORK.weights
    assert found.fits
    nothing = plan(NETWORK, Loading(), 32, cards=[600 * MB], free=32 * GB)
    assert (nothing.gpu_layers, nothing.cards[0].total, nothing.fits) == (0, 0, True)
    asked = plan(NETWORK, Loading(gpu_layers=30), 32, cards=[5 * GB], free=32 * GB)
    assert (asked.gpu_layers, asked.fits) == (30, False)


def test_several_cards() -> None:
    found = plan(NETWORK, Loading(), 32, cards=[12 * GB, 6 * GB], free=32 * GB)
    assert found.gpu_layers == ALL_LAYERS
    assert [card.weights // (200 * MB) for card in found.cards] == [22, 11]  # the output counts as a layer
    even = plan(NETWORK, Loading(tensor_split="1,1"), 32, cards=[12 * GB, 6 * GB], free=32 * GB)
    assert [card.weights // (200 * MB) for card in even.cards] == [17, 16]
    first = plan(NETWORK, Loading(tensor_split="1"), 32, cards=[12 * GB, 6 * GB], free=32 * GB)
    assert first.cards[1].total == 0
    second = plan(NETWORK, Loading(split_mode="none", main_gpu=1), 32, cards=[12 * GB, 6 * GB], free=32 * GB)
    assert second.cards[0].total == 0
    assert 0 < second.gpu_layers < 33
    with pytest.raises(InputError, match="number 2"):
        plan(NETWORK, Loading(split_mode="none", main_gpu=2), 32, cards=[12 * GB, 6 * GB])


def test_experts_in_main_memory() -> None:
    layer = Layer(weights=200 * MB, experts=180 * MB, keys=1024, values=1024)
    network = replace(NETWORK, layers=(layer,) * 32)
    found = plan(network, Loading(cpu_experts=10), 32, cards=[24 * GB], free=32 * GB)
    assert found.main.weights == 300 * MB + 10 * 180 * MB
    assert found.cards[0].weights == 6700 * MB - 10 * 180 * MB


def test_a_tied_output_is_there_twice_on_a_card() -> None:
    network = replace(NETWORK, tied=True)
    assert network.weights == 6700 * MB
    on_card = plan(network, Loading(), 32, cards=[24 * GB], free=32 * GB)
    assert on_card.main.weights + on_card.cards[0].weights == 7000 * MB
    assert plan(network, Loading(gpu_layers=0), 32, cards=[24 * GB]).main.weights == 6700 * MB


def test_windows_and_states_cost_for_each_sequence() -> None:
    windowed = replace(NETWORK, layers=(Layer(keys=1024, values=1024, window=100),))
    assert estimate(windowed, Loading(), 8192, 1).cache == 768 * 4096  # 100 + 512, rounded up
    assert estimate(windowed, Loading(), 8192, 8).cache == 1536 * 4096
    assert estimate(windowed, Loading(), 8192, 256).cache == 8192 * 4096
    recurrent = replace(NETWORK, layers=(Layer(state=MB),))
    assert sequences(recurrent, Loading(slots=3)) == 3
    assert sequences(NETWORK, Loading(slots=3)) > 3
    assert estimate(recurrent, Loading(), 8192, 3).cache == 3 * MB
