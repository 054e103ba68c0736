"""What a smaller copy of a model becomes: the types there are, the tensors that are left, and roughly how large it is.

The quantizer mixes types within one file (llama.cpp, src/llama-quant.cpp). What it makes of a tensor only it knows for
certain, and it tells without working (`app/engine/quantizing`); `rough_bytes` is for lists, where that takes too long.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from app.core.errors import InputError
from app.core.gguf import BLOCKS, Header, Tensor
from app.core.language import tr
from app.core.models import QUANTIZATIONS
from app.core.network import BLOCK, Network
from app.core.record import record

ALIGNMENT = 32  # bytes; the quantizer knows no other
WIDE_BLOCK = 256  # values; rows that are no multiple of it get a type with blocks of 32
SMALLER_BLOCKS = {"Q1_0": 128, "Q2_0": 64}
FLOATS = (0, 1, 30, 28)  # tensor types: F32, F16, BF16, F64
WHOLE_NUMBERS = (24, 25, 26, 27)
ALIASES = {"Q3_K": "Q3_K_M", "Q4_K": "Q4_K_M", "Q5_K": "Q5_K_M", "MXFP4_MOE": "MXFP4", "FP16": "F16", "FP32": "F32"}


@record
class Target:
    """A type that a copy can have."""

    name: str
    file_type: int  # llama.h, enum llama_ftype
    bits: float  # of a weight in the layers, as they are mixed in a network of usual shape
    embeddings: int  # their tensor type, where there is an output beside them
    output: int  # and that of the output; of embeddings that are both
    needs_importance: bool = False  # of the weights: without it the result would be of no use


_OF_Q6, _OF_Q5 = 14, 13
_ROWS: tuple[tuple[str, float, int, int, bool], ...] = (
    ("IQ1_S", 1.69, 10, _OF_Q5, True), ("IQ1_M", 1.86, 10, _OF_Q5, True), ("IQ2_XXS", 2.13, 10, _OF_Q5, True),
    ("IQ2_XS", 2.37, 10, _OF_Q5, True), ("IQ2_S", 2.48, 21, _OF_Q5, True), ("IQ2_M", 2.70, 21, _OF_Q5, True),
    ("Q2_K_S", 2.73, 10, _OF_Q6, True), ("Q2_K", 2.94, 10, _OF_Q6, False), ("IQ3_XXS", 3.21, 21, _OF_Q5, True),
    ("IQ3_XS", 3.27, 21, _OF_Q6, True), ("Q3_K_S", 3.44, 11, _OF_Q6, False), ("IQ3_S", 3.46, 21, _OF_Q6, False),
    ("IQ3_M", 3.58, 21, _OF_Q6, False), ("Q3_K_M", 3.84, 11, _OF_Q6, False), ("Q3_K_L", 4.19, 11, _OF_Q6, False),
    ("IQ4_XS", 4.32, 23, _OF_Q6, False), ("Q4_0", 4.5, 2, _OF_Q6, False), ("Q4_K_S", 4.54, 12, _OF_Q6, False),
    ("IQ4_NL", 4.55, 20, _OF_Q6, False), ("Q4_K_M", 4.80, 12, _OF_Q6, False), ("Q4_1", 5.0, 3, _OF_Q6, False),
    ("Q5_0", 5.5, 6, _OF_Q6, False), ("Q5_K_S", 5.5, 13, _OF_Q6, False), ("Q5_K_M", 5.65, 13, _OF_Q6, False),
    ("Q5_1", 6.0, 7, _OF_Q6, False), ("Q6_K", 6.56, 14, _OF_Q6, False), ("Q8_0", 8.5, 8, 8, False),
    ("MXFP4", 4.35, 8, 8, False), ("F16", 16.0, 1, 1, False), ("BF16", 16.0, 30, 30, False),
    ("F32", 32.0, 0, 0, False), ("Q1_0", 1.13, 41, _OF_Q6, False), ("TQ1_0", 1.69, 12, _OF_Q6, False),
    ("TQ2_0", 2.06, 12, _OF_Q6, False), ("Q2_0", 2.25, 12, _OF_Q6, False),
)  # fmt: skip
_NUMBERS = {name: number for number, name in QUANTIZATIONS.items()}

TARGETS = {row[0]: Target(row[0], _NUMBERS[row[0]], *row[1:]) for row in _ROWS}
"""All types that llama.cpp's quantizer makes, smallest first; at the end those for models that were trained for them."""


@record
class Order:
    """What the quantizer is to do."""

    source: Path  # absolute; of a model in several parts the first
    file_type: int
    importance: Path | None = None
    prune: tuple[int, ...] = ()  # layers that are left out, in their order
    requantize: bool = False
    threads: int = 0  # 0: as many as there are cores


@record
class Forecast:
    """What the quantizer says it will do."""

    kinds: dict[str, str]  # the names of tensor types by those of tensors; empty where it was not understood
    needs_importance: bool = False


def target(text: str) -> Target:
    """The type that is meant, however it is written.

    Raises:
        InputError: there is no such type.
    """
    name = text.strip().upper()
    if found := TARGETS.get(ALIASES.get(name, name)):
        return found
    raise InputError(
        tr("There is no type “{text}” to make.").format(text=text),
        tr("Choose one of these: {names}.").format(names=", ".join(TARGETS)),
    )


def needs_importance(kind: str, detail: str = "") -> InputError:
    """Said of types that are of no use without."""
    return InputError(
        tr("{type} needs an importance matrix for this model: without one the copy would write nonsense.").format(
            type=kind
        ),
        tr("Give a file that llama-imatrix made for it, or choose a larger type such as Q4_K_M."),
        detail,
    )


def layers_to_prune(text: str) -> tuple[int, ...]:
    """Layers as they are typed: "10,11", "10-12".

    Raises:
        InputError: it is no list of layers.
    """
    found: set[int] = set()
    for part in text.split(","):
        numbers = re.fullmatch(r"\s*(\d{1,4})\s*(?:-\s*(\d{1,4})\s*)?", part, re.ASCII)
        first, last = (int(numbers[1]), int(numbers[2] or numbers[1])) if numbers else (1, 0)
        if first > last:
            raise InputError(
                tr("“{text}” is no list of layers.").format(text=text),
                tr("Write their numbers, such as 10,11 or 10-12."),
            )
        found.update(range(first, last + 1))
    return tuple(sorted(found))


def check_prunable(header: Header, network: Network, prune: Sequence[int]) -> None:
    """Whether a network without these layers is still one: the others move up, and are known by their numbers.

    Raises:
        InputError: why not.
    """
    count = len(network.layers)
    if not prune:
        return
    if prune[0] < 0 or prune[-1] >= count:
        raise InputError(
            tr("There is no layer {number}: this model has {count}, and the first is number 0.").format(
                number=prune[-1], count=count
            ),
            tr("Choose layers from 0 to {last}.").format(last=count - 1),
        )
    if len(prune) >= count:
        raise InputError(tr("All layers of the model would be left out."), tr("Leave some of them."))
    prefix = f"{header.architecture}."
    listed = any(
        key.startswith(prefix) and isinstance(value, list) and len(value) >= count > 1
        for key, value in header.metadata.items()
    )
    kinds = {
        (layer.keys, layer.values, layer.window, bool(layer.state), bool(layer.experts)) for layer in network.layers
    }
    if listed or len(kinds) > 1 or header.number(f"{prefix}nextn_predict_layers") > 0:
        raise InputError(
            tr("The layers of this model are of several kinds, and llama.cpp tells them by their numbers."),
            tr("Shrink it with all of its layers."),
        )


def remaining(tensors: Iterable[Tensor], prune: Sequence[int]) -> list[Tensor]:
    """The tensors of the copy, still with their types: those of pruned layers are gone, the layers above move up."""
    left = []
    for tensor in tensors:
        found = BLOCK.match(tensor.name)
        if not found:
            left.append(tensor)
        elif (number := int(found[1])) not in prune:
            moved = number - sum(each < number for each in prune)
            left.append(replace(tensor, name=f"blk.{moved}.{found[2]}") if moved != number else tensor)
    return left


def quantized(tensors: Iterable[Tensor]) -> bool:
    """Whether any of them was shrunk already."""
    return any(tensor.kind not in (*FLOATS, *WHOLE_NUMBERS) for tensor in tensors)


def data_bytes(tensors: Iterable[Tensor]) -> int:
    """What they take in a file."""
    return sum(-(-tensor.size // ALIGNMENT) * ALIGNMENT for tensor in tensors)


def rough_bytes(tensors: Sequence[Tensor], wanted: Target) -> int:
    """The bytes of all tensors once they have this type, within some percent."""
    tied = not any(tensor.name == "output.weight" for tensor in tensors)
    total = 0.0
    for tensor in tensors:
        if not _is_matrix(tensor):
            total += tensor.size
            continue
        bits, narrow = wanted.bits, tensor.shape[0] % WIDE_BLOCK > 0
        if tensor.name == "output.weight" or (tied and tensor.name == "token_embd.weight"):
            bits = _bits(8) if narrow and wanted.bits < 16 else _bits(wanted.output)
        elif tensor.name == "token_embd.weight":
            bits = _bits(wanted.embeddings)
        elif wanted.name == "MXFP4" and len(tensor.shape) < 3:
            bits = _bits(8)
        if tensor.shape[0] % SMALLER_BLOCKS.get(wanted.name, WIDE_BLOCK):
            bits = _narrow(bits)
        total += tensor.values * bits / 8
    return int(total)


def _is_matrix(tensor: Tensor) -> bool:
    kept = ("_norm.weight", "ffn_gate_inp.weight", "ssm_conv1d", "shortconv.conv", "time_mix_", "position_embd")
    return len(tensor.shape) > 1 and tensor.name.endswith("weight") and not any(part in tensor.name for part in kept)


def _bits(kind: int) -> float:
    values, size = BLOCKS[kind]
    return size * 8 / values


def _narrow(bits: float) -> float:
    """Of the type with small blocks that takes the place of one with large ones."""
    if bits >= 8 or bits in (4.5, 5.0, 6.0):
        return bits
    return 4.5 if bits < 4.4 else 5.5 if bits < 5.2 else 6.0 if bits < 6.1 else 8.5
