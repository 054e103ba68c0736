"""Reads the header of a GGUF file without an engine: what the model is, what it asks for, and whether the file is whole.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3, little endian.
"""

import mmap
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core.errors import ModelFileError
from app.core.language import tr
from app.core.models import QUANTIZATIONS, checked_size, digest, recommended
from app.core.params import Value

VERSIONS = (2, 3)
MOST_ENTRIES = 1 << 24  # of a table; a real file has thousands, a damaged one says trillions
DEEPEST_ARRAY = 4
LONGEST_KEPT_ARRAY = 64  # values; longer arrays (vocabularies) are counted and skipped
DEFAULT_ALIGNMENT = 32

SCALARS = {0: "B", 1: "b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "?", 10: "<Q", 11: "<q", 12: "<d"}
STRING, ARRAY = 8, 9

BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
    17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
    35: (256, 66), 39: (32, 17),
}  # fmt: skip
"""Tensor type to (values, bytes) of a block; types that are missing here are not measured."""

TYPE_NAMES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 10: "Q2_K", 11: "Q3_K", 12: "Q4_K",
    13: "Q5_K", 14: "Q6_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S",
    22: "IQ2_S", 23: "IQ4_XS", 29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """What a file's header says. Missing values are 0 or ""."""

    path: Path
    file_bytes: int
    version: int
    name: str
    architecture: str
    parameters: int
    quantization: str
    context_length: int  # that the model was trained on
    layers: int
    embedding_length: int
    heads: int
    kv_heads: int
    vocabulary: int
    tensors: int
    chat_template: str
    recommended: dict[str, Value]
    licence: str
    size_label: str  # "7B", as the file writes it
    metadata: dict[str, Any] = field(repr=False)  # everything but long arrays, of which only the length is kept
    digest: str


def read(path: Path) -> ModelFile:
    """Read and check a file's header.

    Raises:
        ModelFileError: it is missing, a folder, unreadable, empty, no GGUF, of another version, damaged or cut short.
    """
    size = checked_size(path)
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _model_file(path, data, size)
    except (OSError, ValueError) as error:  # it changed in between
        raise ModelFileError(
            tr("The model file “{file}” cannot be read.").format(file=path.name),
            tr("Check that you may read it and that its disk is connected."),
            str(error),
        ) from None


class _CutShort(Exception):
    """The file ends before its header does."""


class _Damaged(Exception):
    """The header says something that cannot be."""


class _Reader:
    """Walks through the mapped file."""

    def __init__(self, data: mmap.mmap, size: int) -> None:
        self._data = data
        self._size = size
        self.place = 0

    def take(self, count: int) -> bytes:
        end = self.place + count
        if end > self._size:
            raise _CutShort
        taken = self._data[self.place : end]
        self.place = end
        return taken

    def skip(self, count: int) -> None:
        self.place += count
        if self.place > self._size:
            raise _CutShort

    def scalar(self, form: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def count(self) -> int:
        number: int = self.scalar("<Q")
        if number > MOST_ENTRIES:
            raise _Damaged(f"a table of {number} entries at byte {self.place - 8}")
        return number

    def text(self) -> str:
        length: int = self.scalar("<Q")
        if length > self._size:
            raise _CutShort
        return self.take(length).decode("utf-8", "replace")

    def value(self, kind: int, depth: int = 0) -> Any:
        if kind in SCALARS:
            return self.scalar(SCALARS[kind])
        if kind == STRING:
            return self.text()
        if kind != ARRAY or depth > DEEPEST_ARRAY:
            raise _Damaged(f"a value of the unknown kind {kind} at byte {self.place}")
        inner = self.scalar("<I")
        count = self.count()
        if count <= LONGEST_KEPT_ARRAY:
            return [self.value(inner, depth + 1) for _ in range(count)]
        if inner in SCALARS:
            self.skip(count * struct.calcsize(SCALARS[inner]))
        elif inner == STRING:
            self._skip_texts(count)
        else:
            raise _Damaged(f"a long array of the kind {inner} at byte {self.place}")
        return Skipped(count)

    def _skip_texts(self, count: int) -> None:
        data, place, size = self._data, self.place, self._size
        unpack = struct.Struct("<Q").unpack_from
        for _ in range(count):
            if place + 8 > size:
                raise _CutShort
            place += 8 + unpack(data, place)[0]
        self.place = place
        self.skip(0)


@dataclass(frozen=True, slots=True)
class Skipped:
    """Stands for an array that was too long to keep."""

    length: int


def _model_file(path: Path, data: mmap.mmap, size: int) -> ModelFile:
    reader = _Reader(data, size)
    try:
        reader.skip(4)  # the magic, looked at before
        version = reader.scalar("<I")
        if version not in VERSIONS:
            raise ModelFileError(
                tr("“{file}” is a GGUF file of version {version}, which cannot be read here.").format(
                    file=path.name, version=version
                ),
                tr("Look for a newer file of this model, or update Fireside."),
            )
        tensors, entries = reader.count(), reader.count()
        metadata: dict[str, Any] = {}
        for _ in range(entries):
            key = reader.text()
            metadata[key] = reader.value(reader.scalar("<I"))
        parameters, end, types = _tensors(reader, tensors)
        alignment = metadata.get("general.alignment", DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or alignment <= 0:
            raise _Damaged(f"an alignment of {alignment}")
        if tensors and -(-reader.place // alignment) * alignment + end > size:
            raise _CutShort
    except _CutShort:
        raise ModelFileError(
            tr("“{file}” is cut short: a part of it is missing.").format(file=path.name), tr("Download the file again.")
        ) from None
    except _Damaged as error:
        raise ModelFileError(
            tr("“{file}” is damaged.").format(file=path.name), tr("Download the file again."), str(error)
        ) from None
    return _described(path, size, version, tensors, parameters, types, metadata)


def _tensors(reader: _Reader, count: int) -> tuple[int, int, dict[int, int]]:
    """Parameters, end of the last tensor within the data, and how many parameters are of each type."""
    parameters = end = 0
    types: dict[int, int] = {}
    for _ in range(count):
        reader.text()
        dimensions = reader.scalar("<I")
        if not 0 < dimensions <= 4:
            raise _Damaged(f"a tensor of {dimensions} dimensions at byte {reader.place}")
        values = 1
        for _ in range(dimensions):
            values *= reader.scalar("<Q")
        kind, offset = reader.scalar("<I"), reader.scalar("<Q")
        parameters += values
        types[kind] = types.get(kind, 0) + values
        if kind in BLOCKS:
            per_block, block_bytes = BLOCKS[kind]
            end = max(end, offset + values // per_block * block_bytes)
    return parameters, end, types


def _described(
    path: Path, size: int, version: int, tensors: int, parameters: int, types: dict[int, int], metadata: dict[str, Any]
) -> ModelFile:
    architecture = _text(metadata, "general.architecture")
    most = max(types, key=lambda kind: types[kind], default=-1)
    tokens = metadata.get("tokenizer.ggml.tokens")
    vocabulary = tokens.length if isinstance(tokens, Skipped) else len(tokens) if isinstance(tokens, list) else 0
    heads = _number(metadata, f"{architecture}.attention.head_count")
    file_type = metadata.get("general.file_type")
    return ModelFile(
        path=path,
        file_bytes=size,
        version=version,
        name=_text(metadata, "general.name") or path.stem,
        architecture=architecture,
        parameters=parameters,
        quantization=QUANTIZATIONS.get(file_type if isinstance(file_type, int) else -1) or TYPE_NAMES.get(most, ""),
        context_length=_number(metadata, f"{architecture}.context_length"),
        layers=_number(metadata, f"{architecture}.block_count"),
        embedding_length=_number(metadata, f"{architecture}.embedding_length"),
        heads=heads,
        kv_heads=_number(metadata, f"{architecture}.attention.head_count_kv") or heads,
        vocabulary=vocabulary or _number(metadata, f"{architecture}.vocab_size"),
        tensors=tensors,
        chat_template=_text(metadata, "tokenizer.chat_template"),
        recommended=recommended(metadata),
        licence=_text(metadata, "general.license"),
        size_label=_text(metadata, "general.size_label"),
        metadata=metadata,
        digest=digest(path),
    )


def _text(metadata: dict[str, Any], key: str) -> str:
    value = metadata.get(key)
    return value if isinstance(value, str) else ""


def _number(metadata: dict[str, Any], key: str) -> int:
    """A whole number; of a list (one value per layer) the largest."""
    value = metadata.get(key)
    if isinstance(value, list):
        value = max((item for item in value if isinstance(item, int)), default=0)
    return value if isinstance(value, int) else 0
