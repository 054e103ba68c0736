"""What is told of a model: the facts of its header and its files, and the numbers behind its verdict. Window and command line share it."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from app.core.gguf import Skipped
from app.core.language import tr, trn
from app.core.models import count
from app.core.params import Sampling, Value, rows, shown
from app.core.record import record
from app.core.verdict import Judgement, in_gigabytes
from app.library.on_disk import Entry
from app.library.places import origin_name

FEW = 8  # values of a list that are shown
LONGEST_VALUE = 160  # characters on one line
Fact = tuple[str, str]  # what it is about, and the text


@record(kw_only=True)
class Memory:
    """Bytes on all devices together, and what is free."""

    weights: int
    cache: int
    buffers: int
    main: int  # of all of it, in main memory,
    cards: tuple[int, ...]  # and on each graphics card
    free: int | None
    free_on_cards: tuple[int, ...]

    @property
    def total(self) -> int:
        """All that it needs."""
        return self.main + sum(self.cards)


def memory_of(judgement: Judgement) -> Memory:
    """The numbers behind a verdict."""
    found, there = judgement.plan, judgement.room
    return Memory(
        weights=found.main.weights + sum(card.weights for card in found.cards),
        cache=found.main.cache + sum(card.cache for card in found.cards),
        buffers=sum(each.compute + each.output for each in (found.main, *found.cards)),
        main=found.main.total,
        cards=tuple(card.total for card in found.cards),
        free=there.quick,
        free_on_cards=there.cards,
    )


def numbers(judgement: Judgement, longest: int = 0) -> Iterator[Fact]:
    """The same as lines.

    Args:
        longest: the longest context that fits; 0: it is not told.
    """
    memory = memory_of(judgement)
    yield tr("Weights"), in_gigabytes(memory.weights)
    tokens = trn("{count} token", "{count} tokens", judgement.plan.context)
    yield tr("KV cache"), tr("{size} for {tokens}").format(size=in_gigabytes(memory.cache), tokens=tokens)
    yield tr("Compute buffers"), in_gigabytes(memory.buffers)
    yield tr("Together"), in_gigabytes(memory.total)
    if memory.free_on_cards:
        yield tr("Free on graphics cards"), in_gigabytes(sum(memory.free_on_cards))
    if memory.free is not None:
        yield tr("Free in main memory"), in_gigabytes(memory.free)
    if longest:
        yield tr("Longest context that fits"), trn("{count} token", "{count} tokens", longest)


def facts(entry: Entry, sampling: Mapping[str, Value]) -> Iterator[Fact]:
    """What its header says; an empty text where it says nothing."""
    said = entry.said
    if entry.given_name:
        yield tr("In the file"), entry.own_name
    if said is None:
        return
    yield tr("Architecture"), said.architecture
    yield tr("Parameters"), count(said.parameters)
    if said.experts:
        yield tr("Experts"), tr("{used} of {all} at a time").format(used=said.experts_used, all=said.experts)
    yield tr("Type"), said.quantization
    yield tr("Layers"), str(said.layers or "")
    yield tr("Vocabulary"), f"{said.vocabulary:,}" if said.vocabulary else ""
    yield tr("Trained on"), trn("{count} token", "{count} tokens", said.context_length) if said.context_length else ""
    if said.kind == "chat":
        yield tr("Template"), tr("in the file") if said.has_template else tr("none in the file")
    yield tr("Licence"), entry.licence
    known = rows(Sampling)
    yield tr("Recommended"), ", ".join(f"{name} = {shown(known[name], value)}" for name, value in sampling.items())


def origin(entry: Entry) -> Iterator[Fact]:
    """Where it lies and where it came from."""
    yield tr("From"), " · ".join(filter(None, (origin_name(entry.origin), entry.repository)))
    yield tr("Size"), in_gigabytes(entry.file_bytes)
    yield tr("File"), str(entry.path)
    if len(entry.parts) > 1:
        yield tr("Parts"), str(len(entry.parts))
    for path in entry.projectors:
        yield tr("Projector"), str(path)


def kind_of(entry: Entry) -> str:
    """A word for what is no model to chat with; "" for one that is."""
    words = {
        "projector": tr("vision projector"), "adapter": tr("adapter"), "other": tr("no model"), "embedding": tr("embeddings"),
    }  # fmt: skip
    if entry.problem is not None or entry.said is None:
        return tr("damaged")
    return words.get(entry.said.kind, "")


def short_value(value: Any) -> str:
    """A value of a header on one line; of arrays that were too long to keep only the length."""
    if isinstance(value, Skipped):
        return trn("{count} value", "{count} values", value.length)
    if isinstance(value, list):
        few = ", ".join(str(each) for each in value[:FEW])
        return f"[{few}, …] ({len(value)})"[:LONGEST_VALUE] if len(value) > FEW else f"[{few}]"[:LONGEST_VALUE]
    text = str(value).replace("\n", "⏎")
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def plain_value(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, Skipped):
        return {"length": value.length}
    if isinstance(value, list):
        return [plain_value(each) for each in value]
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def matching(header: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The part of a header whose keys or values have this text."""
    wanted = text.casefold()
    return {
        key: value
        for key, value in header.items()
        if wanted in key.casefold() or wanted in str(plain_value(value)).casefold()
    }
