"""Whether a model runs here, and what is said of it."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.core.fit import ALL_LAYERS, plan, sequences
from app.core.network import Network
from app.core.params import Loading
from app.core.verdict import Room, Verdict, in_gigabytes, judged, longest_context, pill, told, unsupported
from tests.core.test_fit import GB, MB, NETWORK

SMALL = replace(NETWORK, layers=NETWORK.layers[:8])
"""2.2 GB of weights, a quarter of the cache."""


def verdict(room: Room, network: Network = SMALL, **loading: object) -> tuple[str, str]:
    found = judged(network, Loading(**loading), room)  # type: ignore[arg-type]  # rows of the table
    assert told(found)
    assert pill(found.verdict)
    return found.verdict, found.reason


def test_in_main_memory() -> None:
    needed = judged(SMALL, Loading(context_length=8192), Room(64 * GB, 64 * GB)).needed
    for free, total, expected in (
        (needed, 8 * GB, ("fits", "")),
        (needed - 1, 8 * GB, ("slow", "in use")),
        (needed - 1, needed - 1, ("too large", "weights")),
        (100 * MB, 8 * GB, ("too large", "context")),
        (needed - 1, None, ("too large", "weights")),
    ):
        assert verdict(Room(free, total), context_length=8192) == expected
    assert verdict(Room(needed - 1, 8 * GB), context_length=8192, memory_map=False) == ("too large", "weights")


def test_memory_on_a_disk_is_slow() -> None:
    needed = judged(SMALL, Loading(context_length=8192), Room(64 * GB)).needed
    swapped = Room(needed, 8 * GB, swap=1)
    assert verdict(swapped, context_length=8192) == ("slow", "in use")
    assert verdict(Room(needed + 1, 8 * GB, swap=1), context_length=8192) == ("fits", "")
    assert longest_context(SMALL, Loading(), swapped) == 8192 - 256
    assert Room().quick is None
    assert Room(3, swap=5).quick == 0


def test_an_automatic_context_becomes_shorter_until_it_fits() -> None:
    needed = judged(SMALL, Loading(), Room(64 * GB)).needed
    found = judged(SMALL, Loading(), Room(needed - 1))
    assert (found.verdict, found.plan.context) == ("fits", 4096)


def test_much_to_read_is_slow() -> None:
    large = replace(NETWORK, layers=NETWORK.layers * 2)
    assert verdict(Room(64 * GB, 64 * GB), large) == ("slow", "much to read")
    layers = tuple(replace(layer, experts=180 * MB) for layer in large.layers)
    experts = replace(large, layers=layers, used_experts=0.125)
    assert experts.read_for_a_token == large.read_for_a_token - 64 * 180 * MB * 7 // 8
    assert verdict(Room(64 * GB, 64 * GB), experts) == ("fits", "")


def test_with_graphics_cards() -> None:
    assert verdict(Room(16 * GB, 16 * GB, (24 * GB,))) == ("fits", "")
    assert verdict(Room(16 * GB, 16 * GB, (2 * GB,))) == ("slow", "beside the cards")
    assert verdict(Room(16 * GB, 16 * GB, (2 * GB, 2 * GB))) == ("fits", "")
    assert verdict(Room(16 * GB, 16 * GB, (24 * GB,)), gpu_layers=3) == ("slow", "beside the cards")
    assert verdict(Room(16 * GB, 16 * GB, (24 * GB,)), gpu_layers=999) == ("fits", "")
    assert verdict(Room(16 * GB, 16 * GB, (GB,)), gpu_layers=999) == ("too large", "weights")
    assert verdict(Room(GB, GB, (GB,))) == ("too large", "weights")
    assert verdict(Room(None, None, (24 * GB,))) == ("fits", "")
    assert (
        verdict(Room(16 * GB, 16 * GB, (24 * GB,)), gpu_layers=0)[0] == "fits"
    )  # beside the card, as it was asked for


def test_where_nobody_knows_the_memory() -> None:
    assert verdict(Room()) == ("unknown", "")
    assert longest_context(SMALL, Loading(), Room()) == 0


def test_the_plan_is_the_engines() -> None:
    for cards in ((24 * GB,), (3 * GB,), (2 * GB, GB)):
        room = Room(16 * GB, 16 * GB, cards)
        found = judged(NETWORK, Loading(), room)
        assert found.plan == plan(NETWORK, Loading(), sequences(NETWORK, Loading()), cards=cards, free=16 * GB)
    assert judged(NETWORK, Loading(), Room(16 * GB, 16 * GB, (24 * GB,))).plan.gpu_layers == ALL_LAYERS


@given(some.integers(0, 40 * GB), some.lists(some.integers(0, 24 * GB), max_size=2), some.integers(256, 200_000))
def test_the_longest_context_fits_and_no_longer_one(free: int, cards: list[int], trained: int) -> None:
    network = replace(SMALL, trained_context=trained)
    room = Room(free, 64 * GB, tuple(cards))
    longest = longest_context(network, Loading(), room)
    assert 0 <= longest <= trained

    def fits(context: int, gpu_layers: int = -1) -> bool:
        asked = Loading(context_length=context, gpu_layers=gpu_layers)
        return plan(network, asked, sequences(network, asked), cards=cards, free=free).fits

    if longest:
        assert fits(longest)
        every = 9 if cards and fits(longest, 9) else -1
        assert longest == trained or not fits(min(trained, longest + 256), every)
    else:
        assert not fits(256)


def test_what_is_said() -> None:
    def sentence(room: Room, **loading: object) -> str:
        return told(judged(SMALL, Loading(context_length=8192, **loading), room))  # type: ignore[arg-type]  # rows

    assert sentence(Room(16 * GB, 16 * GB)) == "It needs 2.9 GB, and 17.2 GB are free."
    assert sentence(Room(2 * GB, 16 * GB)) == (
        "It needs 2.9 GB, and 2.1 GB are free: other programs have to give up memory for it."
    )
    assert sentence(Room(2 * GB, 2 * GB)) == "It needs 2.9 GB, and there are 2.1 GB of memory."
    assert sentence(Room(MB, 2 * GB)) == "Its context of 8,192 tokens needs 0.6 GB, and 1 MB are free."
    assert sentence(Room()) == "It needs 2.9 GB; how much memory is free is not known here."
    assert sentence(Room(16 * GB, 16 * GB, (8 * GB,))) == (
        "It needs 2.9 GB, and 8.6 GB are free on the graphics cards."
    )


def test_what_is_said_of_an_architecture_that_the_engine_does_not_know() -> None:
    fitting = judged(SMALL, Loading(context_length=8192), Room(16 * GB, 16 * GB))
    found = unsupported(fitting, "next")
    assert (fitting.loads, found.loads, found.needed) == (True, False, fitting.needed)
    assert told(found) == "This version of Fireside does not know its architecture, “next”; a newer one may."


def test_sizes() -> None:
    assert [in_gigabytes(size) for size in (0, 1_000_000, 99_400_000, 99_500_000, 4_100_000_000)] == [
        "0 MB", "1 MB", "99 MB", "0.1 GB", "4.1 GB",
    ]  # fmt: skip


@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_every_verdict_has_a_word(verdict: Verdict) -> None:
    assert pill(verdict)
