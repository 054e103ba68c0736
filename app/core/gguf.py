"""Reads the header of a GGUF file: its metadata and where its tensors lie, and whether the file is whole.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3, little endian. The file is read,
not mapped: one that shrinks meanwhile ends this process otherwise.
"""

import struct
from collections.abc import Mapping
from dataclasses import field
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

from app.core.errors import ModelFileError
from app.core.language import tr
from app.core.models import checked_size
from app.core.record import record

VERSIONS = (2, 3)
MOST_ENTRIES = 1 << 24  # of a table; a real file has thousands, a damaged one says trillions
LONGEST_TEXT = 1 << 26  # bytes; the longest in real files are chat templates of some hundred thousand
DEEPEST_ARRAY = 4
LONGEST_KEPT_ARRAY = (
    512  # values: one for each layer of the deepest models; longer ones (vocabularies) are counted only
)
DEFAULT_ALIGNMENT = 32
LONGEST_HEADER = 1 << 28  # bytes; the longest of real files have some ten million
CHUNK = 1 << 20

SCALARS = {0: "B", 1: "b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "?", 10: "<Q", 11: "<q", 12: "<d"}
STRING, ARRAY = 8, 9

BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
    17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
    35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18), 42: (64, 18),
}  # fmt: skip
"""Tensor type to (values, bytes) of a block; types that are missing here are not measured."""

TYPE_NAMES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 10: "Q2_K", 11: "Q3_K", 12: "Q4_K",
    13: "Q5_K", 14: "Q6_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S",
    22: "IQ2_S", 23: "IQ4_XS", 29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4", 40: "NVFP4",
    41: "Q1_0", 42: "Q2_0",
}  # fmt: skip
"""Tensor type to its name (ggml.h, enum ggml_type)."""


@record
class Tensor:
    """One tensor as the header lists it. `shape` begins with the length of a row."""

    name: str
    shape: tuple[int, ...]
    kind: int  # ggml.h, enum ggml_type
    offset: int  # within the data

    @property
    def values(self) -> int:
        return prod(self.shape)

    @property
    def size(self) -> int:
        """Bytes; 0 for types that are not known here."""
        per_block, block_bytes = BLOCKS.get(self.kind, (1, 0))
        return self.values // per_block * block_bytes


@record
class Skipped:
    """Stands for an array that was too long to keep."""

    length: int


@record
class Header:
    """What stands before the weights."""

    path: Path
    file_bytes: int
    version: int
    metadata: Mapping[str, Any] = field(repr=False)  # long arrays as `Skipped`
    tensors: tuple[Tensor, ...] = field(repr=False)
    data_start: int = 0  # bytes before the first tensor

    @property
    def architecture(self) -> str:
        return self.text("general.architecture")

    def text(self, key: str) -> str:
        """A value that is a text; "" where there is none."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str, otherwise: int = 0) -> int:
        """A whole number; of a list (one value for each layer) the largest."""
        value = self.metadata.get(key)
        if isinstance(value, list):
            value = max((item for item in value if isinstance(item, int)), default=otherwise)
        return value if isinstance(value, int) else otherwise

    @property
    def vocabulary(self) -> int:
        """How many tokens it knows."""
        tokens = self.metadata.get("tokenizer.ggml.tokens")
        known = tokens.length if isinstance(tokens, Skipped) else len(tokens) if isinstance(tokens, list) else 0
        return known or self.number(f"{self.architecture}.vocab_size")


def read_header(path: Path) -> Header:
    """Read and check it.

    Raises:
        ModelFileError: it is missing, a folder, unreadable, empty, no GGUF, of another version, damaged or cut short.
    """
    size = checked_size(path)
    try:
        with path.open("rb") as file:
            return _header(path, _Reader(file, size), size)
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
    """Walks through the beginning of the file, reading on as far as it is asked for."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._data = bytearray()
        self.place = 0

    def _reach(self, end: int) -> None:
        """Have the first `end` bytes at hand."""
        if end > self._size:
            raise _CutShort
        if end > LONGEST_HEADER:
            raise _Damaged(f"a header of more than {LONGEST_HEADER} bytes")
        while end > len(self._data):
            more = self._file.read(max(CHUNK, end - len(self._data)))
            if not more:
                raise _CutShort
            self._data += more

    def take(self, count: int) -> bytes:
        begin, self.place = self.place, self.place + count
        self._reach(self.place)
        return bytes(self._data[begin : self.place])

    def skip(self, count: int) -> None:
        self.place += count
        self._reach(self.place)

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
        if length > LONGEST_TEXT:
            raise _Damaged(f"a text of {length} bytes at byte {self.place - 8}")
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
        place, have = self.place, len(self._data)
        data, unpack = self._data, struct.Struct("<Q").unpack_from
        for _ in range(count):
            if place + 8 > have:
                self._reach(place + 8)
                have = len(data)
            place += 8 + unpack(data, place)[0]
        self.place = place
        self._reach(place)


def _header(path: Path, reader: _Reader, size: int) -> Header:
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
        count, entries = reader.count(), reader.count()
        metadata: dict[str, Any] = {}
        for _ in range(entries):
            key = reader.text()
            metadata[key] = reader.value(reader.scalar("<I"))
        tensors = tuple(_tensor(reader) for _ in range(count))
        alignment = metadata.get("general.alignment", DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or alignment <= 0:
            raise _Damaged(f"an alignment of {alignment}")
        end = max((tensor.offset + tensor.size for tensor in tensors if tensor.kind in BLOCKS), default=0)
        start = -(-reader.place // alignment) * alignment
        if tensors and start + end > size:
            raise _CutShort
    except _CutShort:
        raise ModelFileError(
            tr("“{file}” is cut short: a part of it is missing.").format(file=path.name), tr("Download the file again.")
        ) from None
    except _Damaged as error:
        raise ModelFileError(
            tr("“{file}” is damaged.").format(file=path.name), tr("Download the file again."), str(error)
        ) from None
    return Header(path, size, version, metadata, tensors, start)


def _tensor(reader: _Reader) -> Tensor:
    name = reader.text()
    dimensions = reader.scalar("<I")
    if not 0 < dimensions <= 4:
        raise _Damaged(f"a tensor of {dimensions} dimensions at byte {reader.place}")
    shape = tuple(reader.scalar("<Q") for _ in range(dimensions))
    return Tensor(name, shape, reader.scalar("<I"), reader.scalar("<Q"))
