"""Whether the models of a list run here: each with the settings that it is loaded with, and room that is given back for it."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from app.core.errors import InputError
from app.core.params import Loading
from app.core.record import record
from app.core.verdict import Judgement, Room, judged, longest_context, unsupported
from app.library.on_disk import Entry

JUDGED = ("chat", "embedding")  # kinds that are loaded
USUAL = Loading()
Knows = Callable[[str], bool]  # whether the engine can load models of an architecture


@record
class Held:
    """A model that is loaded now: it would make room for another one."""

    entry: Entry
    loading: Loading
    context: int  # tokens, as it was loaded


def everything(_architecture: str) -> bool:
    """Of an engine of which nothing else is known."""
    return True


def judgement_of(entry: Entry, there: Room, loading: Loading = USUAL, knows: Knows = everything) -> Judgement | None:
    """Whether it runs here; None for what is not loaded. Settings that name a card that is gone count as the usual ones."""
    if entry.problem is not None or entry.said is None or entry.said.kind not in JUDGED:
        return None
    try:
        judgement = judged(entry.said.network, loading, there)
    except InputError:
        judgement = judged(entry.said.network, USUAL, there)
    architecture = entry.said.architecture
    return judgement if knows(architecture) else unsupported(judgement, architecture)


def longest_of(entry: Entry, there: Room, loading: Loading = USUAL) -> int:
    """The longest context in tokens with which it fits; 0 where none does, or nobody knows. Takes some milliseconds."""
    if entry.said is None or entry.said.kind not in JUDGED:
        return 0
    try:
        return longest_context(entry.said.network, loading, there)
    except InputError:
        return longest_context(entry.said.network, USUAL, there)


def with_held(there: Room, held: Iterable[Held]) -> Room:
    """The room as it is when these models make way. Mapped weights count as free already: the system only keeps them."""
    free, cards = there.free, list(there.cards)
    for each in held:
        judgement = judgement_of(each.entry, there, replace(each.loading, context_length=each.context))
        if judgement is None:
            continue
        main = judgement.plan.main
        if free is not None:
            free += main.cache + main.compute + main.output + (0 if each.loading.memory_map else main.weights)
        for number, card in enumerate(judgement.plan.cards[: len(cards)]):
            cards[number] += card.total
    if free is not None and there.total is not None:
        free = min(free, there.total + there.swap)
    return replace(there, free=free, cards=tuple(cards))
