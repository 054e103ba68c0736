"""Will a model run here: *Fits*, *Slow*, *Too large* or *Unsupported*, with the numbers behind it, and the longest context that fits.

Fits: all of it has room where it is computed, on the graphics cards if there are any, else in the free main memory.
Slow: it loads, but part of it is computed outside the cards, or other programs' memory is needed, or every token
passes through so much of the main memory that one has to wait for it. Too large: it would be refused, or cannot be held.
"""

from dataclasses import replace
from typing import Literal

from app.core.fit import ALL_LAYERS, AUTOMATIC_CONTEXT, CERTAIN, PADDING, Plan, plan, sequences
from app.core.language import tr
from app.core.network import Network
from app.core.params import Loading
from app.core.record import record

Verdict = Literal["fits", "slow", "too large", "unsupported", "unknown"]
Reason = Literal["", "beside the cards", "in use", "much to read", "context", "weights"]

MAIN_MEMORY_SPEED = 25e9  # bytes a second that the main memory of usual computers delivers
SLOW = 3.0  # tokens a second; most people read faster


@record
class Room:
    """Bytes of memory. None: nobody knows."""

    free: int | None = None  # main memory that programs can still get, free swap included
    total: int | None = None  # main memory that is built in
    cards: tuple[int, ...] = ()  # free on each graphics card
    swap: int = 0  # of what is free: on a disk

    @property
    def quick(self) -> int | None:
        """What is free without pushing anything to a disk."""
        return None if self.free is None else max(0, self.free - self.swap)


@record
class Judgement:
    """What is said of a model, and how it would be loaded."""

    verdict: Verdict
    reason: Reason
    plan: Plan
    room: Room
    read: int  # bytes of weights that are read for every token
    architecture: str = ""  # that the engine does not know

    @property
    def loads(self) -> bool:
        """Whether the engine can load it, given room enough."""
        return self.verdict != "unsupported"

    @property
    def needed(self) -> int:
        """Bytes on all devices."""
        return self.plan.total


def judged(network: Network, loading: Loading, room: Room) -> Judgement:
    """Whether the model runs, loaded like this.

    Raises:
        InputError: the settings name cards that are not there.
    """
    found = _on_cards(network, loading, room, loading.context_length or _automatic(network))
    if found is None:
        found = plan(network, loading, sequences(network, loading), cards=room.cards, free=room.free)
    return Judgement(*_verdict(network, loading, found, room), found, room, network.read_for_a_token)


def unsupported(judgement: Judgement, architecture: str) -> Judgement:
    """The same of a model that the engine cannot load, whatever room there is."""
    return replace(judgement, verdict="unsupported", reason="", architecture=architecture)


def fits_beside(network: Network, loading: Loading, room: Room, mapped: int) -> bool:
    """Whether the model has as much room beside those that are loaded as it would like; True where nobody knows.

    Args:
        mapped: bytes of weights of the others that count as free, because they could be read from their files again.

    Raises:
        InputError: the settings name cards that are not there.
    """
    if room.quick is None:
        return True
    there = Room(max(0, room.quick - mapped), room.total, room.cards)
    found = judged(network, loading, there).plan
    on_cards = not room.cards or loading.gpu_layers >= 0 or found.gpu_layers == ALL_LAYERS
    return found.fits and on_cards and found.context >= (loading.context_length or _automatic(network))


def longest_context(network: Network, loading: Loading, room: Room) -> int:
    """The longest context in tokens, at most what the model was trained on, that leaves the model fitting.

    Where all of it fits on the graphics cards with a short context, it is the longest with which that stays so.
    0: not even a short one fits, or nobody knows the memory.

    Raises:
        InputError: the settings name cards that are not there.
    """
    if room.free is None and not room.cards:
        return 0
    most = network.trained_context or loading.context_length or PADDING

    def fits(context: int) -> bool:
        asked = replace(loading, context_length=context)
        return plan(network, asked, sequences(network, asked), cards=room.cards, free=room.quick).fits

    def fits_on_cards(context: int) -> bool:
        return _on_cards(network, loading, room, context) is not None

    for holds in (fits_on_cards, fits):
        low, high = 0, -(-most // PADDING)
        while low < high:
            middle = (low + high + 1) // 2
            if holds(min(most, middle * PADDING)):
                low = middle
            else:
                high = middle - 1
        if low:
            return min(most, low * PADDING)
    return 0


def _automatic(network: Network) -> int:
    return min(network.trained_context or AUTOMATIC_CONTEXT, AUTOMATIC_CONTEXT)


def _on_cards(network: Network, loading: Loading, room: Room, context: int) -> Plan | None:
    """The plan with every layer on the graphics cards; None where they have no room for it or are not to be used."""
    every = len(network.layers) + 1
    if not room.cards or 0 <= loading.gpu_layers < every:
        return None
    asked = replace(loading, gpu_layers=every, context_length=context)
    found = plan(network, asked, sequences(network, asked), cards=room.cards, free=room.free)
    return replace(found, gpu_layers=ALL_LAYERS) if found.fits else None


def _verdict(network: Network, loading: Loading, found: Plan, room: Room) -> tuple[Verdict, Reason]:
    if found.fits:
        if found.gpu_layers == ALL_LAYERS and found.cards:
            return "fits", ""
        if found.cards:
            return "slow", "beside the cards"
        if room.quick is None:
            return "unknown", ""
        if found.main.total > room.quick:
            return "slow", "in use"
        reading_s = network.read_for_a_token / MAIN_MEMORY_SPEED
        return ("slow", "much to read") if reading_s * SLOW > 1 else ("fits", "")
    free = room.free or 0  # with swap, as the engine has it, which refuses what is certain to be more
    built_in = free if room.total is None else room.total
    if (found.main.total - found.main.weights) * CERTAIN > free:
        return "too large", "context"
    too_small = any(card.total > there for card, there in zip(found.cards, room.cards, strict=False))
    if too_small or not loading.memory_map or found.main.total > built_in:
        return "too large", "weights"
    return "slow", "in use"


def pill(verdict: Verdict) -> str:
    """The word for it."""
    words = {
        "fits": tr("Fits"), "slow": tr("Slow"), "too large": tr("Too large"), "unsupported": tr("Unsupported"),
        "unknown": tr("Unknown"),
    }  # fmt: skip
    return words[verdict]


def told(judgement: Judgement) -> str:
    """One sentence with the numbers behind the word."""
    found, room = judgement.plan, judgement.room
    sizes = dict(
        needed=in_gigabytes(found.total),
        free=in_gigabytes(room.quick or 0),
        cards=in_gigabytes(sum(room.cards)),
        read=in_gigabytes(judgement.read),
        there=in_gigabytes(sum(room.cards) + (room.total or room.free or 0)),
        context=in_gigabytes(found.main.total - found.main.weights),
        tokens=f"{found.context:,}",
        architecture=judgement.architecture,
    )
    match judgement.verdict, judgement.reason:
        case "unsupported", _:
            text = tr("This version of Fireside does not know its architecture, “{architecture}”; a newer one may.")
        case "unknown", _:
            text = tr("It needs {needed}; how much memory is free is not known here.")
        case "fits", _ if found.cards:
            text = tr("It needs {needed}, and {cards} are free on the graphics cards.")
        case _, "beside the cards":
            text = tr(
                "It needs {needed}, and {cards} are free on the graphics cards; the rest is computed beside them."
            )
        case _, "in use":
            text = tr("It needs {needed}, and {free} are free: other programs have to give up memory for it.")
        case _, "much to read":
            text = tr("It has room, but {read} of weights are read for every token.")
        case _, "context":
            text = tr("Its context of {tokens} tokens needs {context}, and {free} are free.")
        case "too large", _:
            text = tr("It needs {needed}, and there are {there} of memory.")
        case _:
            text = tr("It needs {needed}, and {free} are free.")
    return text.format(**sizes)


def in_gigabytes(size: int) -> str:
    """Bytes as people write them: "4.1 GB", "96 MB"."""
    return f"{size / 1e9:,.1f} GB" if size >= 99.5e6 else f"{size / 1e6:,.0f} MB"
