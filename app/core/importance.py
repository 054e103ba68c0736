"""Importance matrices: how much each input of a model's matrices matters, measured by llama-imatrix.

Two kinds of files (llama.cpp, common/imatrix-loader.cpp): GGUF with `….in_sum2` and `….counts` for each matrix, and the
older .dat: a count of entries, then for each its name, a number of calls, and the sums.
"""

import os
import struct
from array import array
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import BinaryIO

from app.core.errors import AppError, ModelFileError
from app.core.gguf import Tensor, read_header
from app.core.language import tr
from app.core.models import MAGIC
from app.core.record import record

SUMS, COUNTS = ".in_sum2", ".counts"
FLOAT = 4  # bytes
LONGEST_NAME = 512
MOST_ENTRIES = 1 << 20


@record
class Entry:
    """What is known of one matrix. `counts` are the calls that each expert's part of the sums comes from."""

    name: str
    length: int  # numbers
    place: int  # of the sums, in bytes from the file's beginning
    counts: tuple[float, ...] = field(repr=False)


@record
class Importance:
    """A file of which only the names and places are read."""

    path: Path
    entries: tuple[Entry, ...]

    def fits(self, tensors: list[Tensor]) -> bool:
        """Whether it was measured with a network of this shape."""
        known = {entry.name: entry.length for entry in self.entries}
        found = [tensor for tensor in tensors if tensor.name in known and len(tensor.shape) > 1]
        return bool(found) and all(
            known[tensor.name] == tensor.shape[0] * (tensor.shape[2] if len(tensor.shape) > 2 else 1)
            for tensor in found
            if tensor.name != "token_embd.weight"  # of which some files have something else
        )

    def weights(self) -> Iterator[tuple[str, "array[float]"]]:
        """The name of each matrix, and how much its inputs matter on average.

        Raises:
            OSError: the file cannot be read.
        """
        with self.path.open("rb") as file:
            for entry in self.entries:
                file.seek(entry.place)
                sums = array("f", file.read(entry.length * FLOAT))
                width = max(1, len(sums) // len(entry.counts))
                for number, count in enumerate(entry.counts):
                    part = slice(number * width, (number + 1) * width)
                    if count > 0:
                        sums[part] = array("f", [value / count for value in sums[part]])
                    elif len(entry.counts) > 1:  # an expert that never had its turn: all the same
                        sums[part] = array("f", [1.0]) * len(sums[part])
                yield entry.name, sums


def read_importance(path: Path) -> Importance:
    """Read what is in the file.

    Raises:
        ModelFileError: it is missing, unreadable, damaged, or no importance matrix.
    """
    try:
        with path.open("rb") as file:
            entries = list(_gguf(path, file) if file.read(len(MAGIC)) == MAGIC else _dat(file))
    except FileNotFoundError:
        raise ModelFileError(
            tr("The importance matrix “{file}” is not there.").format(file=path.name),
            tr("Choose its file, or do without."),
        ) from None
    except OSError as error:
        raise ModelFileError(
            tr("“{file}” cannot be read.").format(file=path.name),
            tr("Check that you may read it and that its disk is connected."),
            str(error),
        ) from None
    except (AppError, ValueError, struct.error) as error:
        raise _none(path, str(error)) from None
    if not entries:
        raise _none(path, "no entries")
    return Importance(path, tuple(entries))


def _none(path: Path, detail: str) -> ModelFileError:
    return ModelFileError(
        tr("“{file}” is no importance matrix, or a damaged one.").format(file=path.name),
        tr("Choose a file that llama-imatrix has made, or do without."),
        detail,
    )


def _gguf(path: Path, file: BinaryIO) -> Iterator[Entry]:
    header = read_header(path)
    tensors = {tensor.name: tensor for tensor in header.tensors}
    for name, sums in tensors.items():
        if not name.endswith(SUMS):
            continue
        counts = tensors.get(name.removesuffix(SUMS) + COUNTS)
        if counts is None or (sums.kind, counts.kind) != (0, 0) or not counts.values or sums.values % counts.values:
            raise ValueError(name)
        file.seek(header.data_start + counts.offset)
        calls = array("f", file.read(counts.values * FLOAT))
        yield Entry(name.removesuffix(SUMS), sums.values, header.data_start + sums.offset, tuple(calls))


def _dat(file: BinaryIO) -> Iterator[Entry]:
    size = os.fstat(file.fileno()).st_size
    file.seek(0)

    def number() -> int:
        found: int = struct.unpack("<i", file.read(4))[0]
        return found

    count = number()
    if not 0 < count <= MOST_ENTRIES:
        raise ValueError(f"{count} entries")
    for _ in range(count):
        length = number()
        if not 0 < length <= LONGEST_NAME:
            raise ValueError(f"a name of {length} bytes")
        name = file.read(length).decode()
        calls, values = number(), number()
        place = file.tell()
        if values < 1 or place + values * FLOAT > size:
            raise ValueError(f"{values} numbers of {name}")
        file.seek(values * FLOAT, os.SEEK_CUR)
        yield Entry(name, values, place, (float(calls),))
