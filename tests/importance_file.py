"""Importance matrices for tests, in both kinds of files; what they say means nothing."""

import struct
from collections.abc import Mapping
from pathlib import Path

import gguf
import numpy as np

from app.core.gguf import read_header


def matrices(model: Path) -> dict[str, int]:
    """The names of a model's matrices, and how many inputs each has."""
    return {tensor.name: tensor.shape[0] for tensor in read_header(model).tensors if len(tensor.shape) > 1}


def write_dat(path: Path, entries: Mapping[str, int], calls: int = 4) -> Path:
    data = bytearray(struct.pack("<i", len(entries)))
    for name, length in entries.items():
        data += struct.pack("<i", len(name)) + name.encode() + struct.pack("<ii", calls, length)
        data += struct.pack(f"<{length}f", *(1 + place % 7 for place in range(length)))
    data += struct.pack("<ii", calls, 4) + b"text"  # the chunks, and what it was measured with
    path.write_bytes(data)
    return path


def write_gguf_matrix(path: Path, entries: Mapping[str, int], counts: tuple[float, ...] = (4.0,)) -> Path:
    """`counts`: one for each expert, whose inputs come one after the other."""
    writer = gguf.GGUFWriter(path, "", use_temp_file=False)
    writer.add_type("imatrix")
    writer.add_array("imatrix.datasets", ["text"])
    writer.add_uint32("imatrix.chunk_count", 4)
    writer.add_uint32("imatrix.chunk_size", 512)
    for name, length in entries.items():
        sums = 1 + np.arange(length * len(counts), dtype=np.float32).reshape(len(counts), length) % 7
        writer.add_tensor(f"{name}.in_sum2", sums)
        writer.add_tensor(f"{name}.counts", np.array(counts, np.float32).reshape(len(counts), 1))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
