"""A smaller copy of a model: what it would be, whether that makes sense, and the making of it."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from app.core.errors import InputError
from app.core.gguf import TYPE_NAMES, Header, Tensor, read_header
from app.core.importance import read_importance
from app.core.language import tr
from app.core.network import checked_network
from app.core.params import Loading
from app.core.record import record
from app.core.shrink import (
    ALIGNMENT,
    TARGETS,
    Order,
    Target,
    check_prunable,
    data_bytes,
    needs_importance,
    quantized,
    remaining,
    rough_bytes,
)
from app.core.verdict import Judgement, Room, in_gigabytes, judged
from app.engine.quantizing import Quantizing, Stopped, forecast
from app.library.on_disk import Entry
from app.library.places import Place
from app.library.shrinking import check_output, check_room, check_source, finish, output_path, unfinished_file

__all__ = ["Plan", "Progress", "Quantized", "Shrinking", "Stopped", "Wish", "planned", "rough_sizes"]


class Quantized(InputError):
    """The model was shrunk before, and nobody said that it may be shrunk again."""


@record(kw_only=True)
class Wish:
    """What a person asks for."""

    target: Target
    output: Path | None = None  # None: beside the model, or in our own folder
    importance: Path | None = None
    prune: tuple[int, ...] = ()  # layers, in their order
    requantize: bool = False
    threads: int = 0  # 0: as many as there are cores


@record(kw_only=True)
class Plan:
    """What will be made: sizes in bytes, and how model and copy run here."""

    entry: Entry
    wish: Wish
    output: Path
    bytes_before: int
    bytes_after: int
    certain: bool  # the size is the quantizer's own, not a rough one
    tensors: tuple[Tensor, ...]
    before: Judgement
    after: Judgement
    again: bool  # the source was shrunk before

    @property
    def order(self) -> Order:
        """What the quantizer is told."""
        wish = self.wish
        threads, importance = wish.threads, wish.importance
        return _order(self.entry, wish.target, importance, wish.prune, threads, wish.requantize)


@record
class Progress:
    """So many bytes are written, of so many, in so many seconds."""

    done: int
    total: int
    seconds: float


def rough_sizes(entry: Entry, prune: Sequence[int] = ()) -> dict[str, int]:
    """Roughly how many bytes a copy of each type takes; of those only that are smaller than the model.

    Raises:
        AppError: it is nothing that can be shrunk.
    """
    check_source(entry)
    header, tensors = _read(entry)
    left = remaining(tensors, prune)
    sizes = {name: header.data_start + rough_bytes(left, wanted) for name, wanted in TARGETS.items()}
    return {name: size for name, size in sizes.items() if size < entry.file_bytes}


def planned(entry: Entry, wish: Wish, own: Path, places: Sequence[Place], room: Room) -> Plan:
    """What the copy will be. Only headers are read, by the quantizer in a process of its own too: some tenths of a second.

    Args:
        own: our own folder of models.
        places: where other programs have theirs; nothing is written there by itself.

    Raises:
        Quantized: the model was shrunk before.
        AppError: it makes no sense, and why.
    """
    check_source(entry)
    header, tensors = _read(entry)
    network = checked_network(header, tensors[len(header.tensors) :])
    check_prunable(header, network, wish.prune)
    importance = wish.importance.expanduser().absolute() if wish.importance else None
    wish = replace(wish, importance=importance)
    if importance is not None and not read_importance(importance).fits(tensors):
        raise InputError(
            tr("The importance matrix is damaged, or of another model."),
            tr("Choose the one of this model, or do without."),
        )
    if wish.target.name == "MXFP4" and not any(layer.experts for layer in network.layers):
        raise InputError(
            tr("MXFP4 shrinks only the experts of a model, and this one has none."), tr("Choose Q4_K_M instead.")
        )
    left = remaining(tensors, wish.prune)
    # allowed to do all, it also tells what would become of a model that is not to be shrunk again
    said = forecast(_order(entry, wish.target, importance, wish.prune, wish.threads, True))
    numbers = {name: number for number, name in TYPE_NAMES.items()}
    certain = all(said.kinds.get(tensor.name) in numbers for tensor in left)
    if certain:
        made = [replace(tensor, kind=numbers[said.kinds[tensor.name]]) for tensor in left]
        size = header.data_start + data_bytes(made)
    else:
        made, size = left, header.data_start + rough_bytes(left, wish.target)
    again = quantized(tensors)
    _check_smaller(entry, wish, size)
    if again and not wish.requantize:
        kind = entry.said.quantization if entry.said else ""
        raise Quantized(
            tr(
                "This model is {type} already. What was lost with that does not come back, and a copy of it is worse than "
                "one made from the original."
            ).format(type=kind),
            tr("Make it from the F16, BF16 or F32 file."),
        )
    if said.needs_importance and importance is None:
        raise needs_importance(wish.target.name)
    output = wish.output or output_path(entry, wish.target, len(wish.prune), own, places)
    output = check_output(output, entry.parts)
    check_room(output, size)
    smaller = replace(
        header,
        tensors=tuple(made),
        metadata={**header.metadata, f"{header.architecture}.block_count": len(network.layers) - len(wish.prune)},
    )
    return Plan(
        entry=entry, wish=wish, output=output, bytes_before=entry.file_bytes, bytes_after=size, certain=certain,
        tensors=tuple(made), before=judged(network, Loading(), room),
        after=judged(checked_network(smaller, []), Loading(), room), again=again,
    )  # fmt: skip


class Shrinking:
    """Makes what is planned. `run` blocks, `stop` may come from any thread."""

    def __init__(self, plan: Plan, tell: Callable[[Progress], None] = lambda _: None) -> None:
        """
        Args:
            tell: hears of progress ten times a second, in the thread of `run`.
        """
        self._plan = plan
        self._tell = tell
        self._stopped = False
        self._work: Quantizing | None = None

    def stop(self) -> None:
        """End `run` at once; what was written of the copy is removed."""
        self._stopped = True
        if self._work is not None:
            self._work.stop()

    def run(self) -> Path:
        """Make it.

        Returns:
            The file's path; it has its name when it is whole, and not before.

        Raises:
            Stopped: `stop` was called.
            AppError: it cannot be made; nothing half remains.
        """
        plan, begin = self._plan, time.monotonic()
        unfinished = unfinished_file(plan.output)
        try:
            self._work = Quantizing(plan.order, unfinished)
            if self._stopped:
                raise Stopped
            self._work.run(
                lambda done: self._tell(
                    Progress(min(done, plan.bytes_after), plan.bytes_after, time.monotonic() - begin)
                )
            )
            finish(unfinished, plan.output, plan.tensors)
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
        return plan.output


def _order(
    entry: Entry, wanted: Target, importance: Path | None, prune: tuple[int, ...], threads: int, requantize: bool
) -> Order:
    return Order(entry.path.absolute(), wanted.file_type, importance, prune, requantize, threads)


def _read(entry: Entry) -> tuple[Header, list[Tensor]]:
    """The header of the first part, and the tensors of all of them."""
    headers = [read_header(path) for path in entry.parts]
    return headers[0], [tensor for header in headers for tensor in header.tensors]


def _check_smaller(entry: Entry, wish: Wish, size: int) -> None:
    if size + ALIGNMENT < entry.file_bytes:
        return
    kind = entry.said.quantization if entry.said else ""
    if kind == wish.target.name:
        raise InputError(tr("This model is {type} already.").format(type=kind), tr("Choose a smaller type."))
    raise InputError(
        tr("As {type} it would take {size}, and it takes {now} as it is.").format(
            type=wish.target.name, size=in_gigabytes(size), now=in_gigabytes(entry.file_bytes)
        ),
        tr("Choose a smaller type."),
    )
