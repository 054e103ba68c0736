"""What would let a model load that did not: other settings, or another file of the same model, for this computer."""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from pathlib import Path

from app.core.errors import InputError
from app.core.language import tr, trn
from app.core.network import Network
from app.core.params import Loading, Value, changed, rows
from app.core.record import record
from app.core.verdict import Judgement, Room, in_gigabytes, judged, longest_context, told
from app.library.judging import judgement_of
from app.library.on_disk import Entry

MOST = 3  # that are offered
SHORTEST = 1024  # tokens; a shorter context is no use
STEP = 1024  # tokens; contexts are offered in such steps
SMALLER_CACHE = "q8_0"  # at next to no loss
ALIKE = 0.02  # how much the parameters of two files of one model may differ


@record
class Remedy:
    """Something that a button does: load a file with settings, which are remembered for it."""

    label: str
    told: str  # with the numbers
    path: Path
    settings: Mapping[str, Value] = field(default_factory=dict)


def remedies(
    path: Path, loading: Loading, network: Network, room: Room, entries: Iterable[Entry] = ()
) -> tuple[Remedy, ...]:
    """What helps a model that did not load like this, the mildest first; empty where nothing is known to.

    Args:
        room: the memory, with what other models give back.
        entries: the models on this computer.
    """
    found = [
        *_shorter(path, loading, network, room),
        *_smaller_cache(path, loading, network, room),
        *_fewer_layers(path, loading, network, room),
        *_smaller_file(path, room, entries),
    ]
    return tuple(found[:MOST]) or _usual(path, loading, network, room)


def _shorter(path: Path, loading: Loading, network: Network, room: Room) -> list[Remedy]:
    now = _judged(network, loading, room)
    longest = _longest(network, loading, room)
    if now is None or not SHORTEST <= longest < now.plan.context:
        return []
    tokens = longest // STEP * STEP
    settings: dict[str, Value] = {"context_length": tokens}
    return _if_fits(
        tr("Context of {tokens} tokens").format(tokens=f"{tokens:,}"), path, loading, network, room, settings
    )


def _smaller_cache(path: Path, loading: Loading, network: Network, room: Room) -> list[Remedy]:
    if loading.kv_type not in ("f16", "bf16", "f32") or loading.flash_attention == "off":
        return []
    settings: dict[str, Value] = {"kv_type": SMALLER_CACHE, "kv_type_values": "same"}
    label = tr("KV cache of type {type}").format(type=SMALLER_CACHE)
    return _if_fits(label, path, loading, network, room, settings)


def _fewer_layers(path: Path, loading: Loading, network: Network, room: Room) -> list[Remedy]:
    """Where the graphics cards are too small for what was asked of them; llama.cpp may need more than is foreseen."""
    if not room.cards or loading.gpu_layers == 0:
        return []
    best = _judged(network, replace(loading, gpu_layers=-1), room)
    if best is None:
        return []
    every = len(network.layers) + 1
    there = every if best.plan.gpu_layers < 0 else best.plan.gpu_layers
    asked = every if loading.gpu_layers < 0 else min(loading.gpu_layers, every)
    layers = there if there < asked else asked - max(1, every // 8)
    if layers < 0:
        return []
    label = trn("{count} layer on the graphics card", "{count} layers on the graphics card", layers)
    settings: dict[str, Value] = {"gpu_layers": layers}
    with_fewer = _judged(network, replace(loading, gpu_layers=layers), room)
    return [] if with_fewer is None else [Remedy(label, told(with_fewer), path, settings)]


def _smaller_file(path: Path, room: Room, entries: Iterable[Entry]) -> list[Remedy]:
    """The largest other file of the same model that fits."""
    known = list(entries)
    this = next((entry for entry in known if path in entry.parts), None)
    if this is None or this.said is None:
        return []
    fitting: list[tuple[Entry, Judgement]] = []
    for entry in known:
        if entry.path != this.path and entry.file_bytes < this.file_bytes and _same_model(this, entry):
            judgement = judgement_of(entry, room)
            if judgement is not None and judgement.plan.fits and judgement.verdict != "too large":
                fitting.append((entry, judgement))
    if not fitting:
        return []
    entry, judgement = max(fitting, key=lambda pair: pair[0].file_bytes)
    said = entry.said
    name = said.quantization if said is not None and said.quantization else entry.title
    label = tr("{quantization}, {size}").format(quantization=name, size=in_gigabytes(entry.file_bytes))
    return [Remedy(label, f"{entry.title}\n{told(judgement)}", entry.path)]


def _same_model(one: Entry, other: Entry) -> bool:
    first, second = one.said, other.said
    if first is None or second is None or other.problem is not None:
        return False
    alike = abs(first.parameters - second.parameters) <= ALIKE * first.parameters
    return (first.architecture, first.layers, first.name) == (second.architecture, second.layers, second.name) and alike


def _usual(path: Path, loading: Loading, network: Network, room: Room) -> tuple[Remedy, ...]:
    """The usual settings, where others were chosen."""
    chosen = changed(loading)
    if not chosen:
        return ()
    known = rows(Loading)
    settings = {name: known[name].default for name in chosen}
    with_usual = _judged(network, Loading(), room)
    return (Remedy(tr("With the usual settings"), told(with_usual) if with_usual else "", path, settings),)


def _if_fits(
    label: str, path: Path, loading: Loading, network: Network, room: Room, settings: Mapping[str, Value]
) -> list[Remedy]:
    """Offer it where the model did not fit without it, and does with it."""
    before, after = (_judged(network, each, room) for each in (loading, replace(loading, **settings)))  # type: ignore[arg-type]  # rows by name
    helps = before is not None and after is not None and not _has_room(before, room) and _has_room(after, room)
    return [Remedy(label, told(after), path, settings)] if helps and after is not None else []


def _has_room(judgement: Judgement, room: Room) -> bool:
    return judgement.plan.fits and (room.quick is None or judgement.plan.main.total <= room.quick)


def _judged(network: Network, loading: Loading, room: Room) -> Judgement | None:
    try:
        return judged(network, loading, room)
    except InputError:  # cards that are not there
        return None


def _longest(network: Network, loading: Loading, room: Room) -> int:
    try:
        return longest_context(network, loading, room)
    except InputError:
        return 0
