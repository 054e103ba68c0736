"""Write a model file of a real model's size with random weights: speed does not depend on what the weights say.

    .venv/bin/python tests/benchmarks/shape_model.py --shape 1.2b --type Q4_K_M OUT.gguf

The blocks of the quantized types are filled at random, so that no float weights are made first. With `--says-words N` the
model answers everything with the same N different words: each token has one successor, at the full cost of its size.
Without it, it babbles; its control tokens have such small embeddings that no answer ends by chance.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TypeAlias

sys.path.insert(0, str(Path(__file__).parents[2]))

import gguf
import numpy as np

from tests.benchmarks.made_words import BLANK, made_words, pronounceable
from tests.model_file import Shape, begin_file, byte_characters

SHAPES = {
    "tiny": Shape(layers=2, width=256, heads=4, kv_heads=2, feed_forward=512, context=8192, tied=True),
    "1.2b": Shape(16, 2048, 32, 8, 8192, 131072, rope_base=500000.0, tied=True),
    "8b": Shape(32, 4096, 32, 8, 14336, 131072, rope_base=500000.0),
}
TYPES = {"Q4_K_M": "MOSTLY_Q4_K_M", "Q8_0": "MOSTLY_Q8_0", "F16": "MOSTLY_F16"}

Bytes: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]"
Kind = gguf.GGMLQuantizationType


def write_shape_model(
    path: Path, shape: Shape, type_name: str = "Q4_K_M", *, says: Sequence[str] = (), seed: int = 0, name: str = "Shape"
) -> Path:
    """Write the model to `path` and return it; the same arguments give the same file.

    `says` are different words, each " word" a token of the vocabulary: the answer to everything at temperature 0.
    """
    words = made_words()
    size = len(words.tokens)
    if says:
        shape = replace(shape, tied=False)
    writer = begin_file(path, shape, words, name=name, file_type=gguf.LlamaFileType[TYPES[type_name]])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    plan = [(tensor, lengths, kind_of(tensor, type_name, shape)) for tensor, lengths in shape.tensors(size)]
    for tensor, lengths, kind in plan:
        block, block_bytes = gguf.GGML_QUANT_SIZES[kind]
        byte_lengths = (*lengths[:-1], lengths[-1] // block * block_bytes)
        count = int(np.prod(byte_lengths))
        writer.add_tensor_info(f"{tensor}.weight", byte_lengths, np.dtype(np.uint8), count, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    random = np.random.default_rng(seed)
    controls = slice(words.control_at, words.control_at + words.controls)
    embedding: Bytes | None = None
    for tensor, lengths, kind in plan:
        if tensor.endswith("_norm"):
            data = np.ones(lengths, dtype=np.float32).view(np.uint8)
        else:
            data = random_rows(random, kind, lengths, _deviation(tensor, lengths, chain=bool(says)))
        if tensor == "token_embd":
            data[controls] = random_rows(random, kind, (words.controls, lengths[-1]), lengths[-1] ** -0.5 / 64)
            embedding = data if says else None
        elif tensor == "output" and embedding is not None:
            # Each token's successor knows it by its embedding; the types of the two matrices may differ.
            chain = _chain(says)
            rows = gguf.dequantize(embedding[chain[:-1]], plan[0][2])
            data[chain[1:]] = random_like(rows, kind)
        elif tensor == "output":
            data[controls] = random_rows(random, kind, (words.controls, lengths[-1]), lengths[-1] ** -0.5 / 64)
        writer.write_tensor_data(data)
    writer.close()
    return path


def kind_of(tensor: str, type_name: str, shape: Shape) -> gguf.GGMLQuantizationType:
    """The type of one tensor as llama.cpp's quantizer chooses it for this type of file."""
    if tensor.endswith("_norm"):
        return Kind.F32
    if type_name != "Q4_K_M":
        return Kind[type_name]
    if tensor == "output" or (tensor == "token_embd" and shape.tied):
        return Kind.Q6_K
    if tensor.endswith((".attn_v", ".ffn_down")):
        layer, eighth = int(tensor.split(".")[1]), shape.layers // 8
        if layer < eighth or layer >= 7 * shape.layers // 8 or (layer - eighth) % 3 == 2:
            return Kind.Q6_K
    return Kind.Q4_K


def random_rows(
    random: np.random.Generator, kind: gguf.GGMLQuantizationType, lengths: tuple[int, ...], deviation: float
) -> Bytes:
    """A matrix (rows, bytes) of weights with mean 0 and this standard deviation."""
    block, block_bytes = gguf.GGML_QUANT_SIZES[kind]
    rows, columns = lengths
    if columns % block:
        raise ValueError(f"{columns} columns are no multiple of {block}")
    if kind == Kind.F16:
        # as many values as a byte has, so that drawing them is drawing bytes
        values = ((np.arange(256) - 127.5) * (deviation / UNIFORM_BYTE)).astype(np.float16)
        drawn = np.frombuffer(random.bytes(rows * columns), np.uint8)
        return values[drawn].view(np.uint8).reshape(rows, columns * 2)
    count = rows * columns // block
    blocks = np.frombuffer(bytearray(random.bytes(count * block_bytes)), np.uint8).reshape(count, block_bytes)
    FILLERS[kind](blocks, deviation)
    return blocks.reshape(rows, columns // block * block_bytes)


UNIFORM_BYTE = 256 / 12**0.5  # standard deviation of a byte
SCALE_6_BITS = (63 * 127 / 6) ** 0.5  # root of the mean square of 0 to 63


def _fill_q8_0(blocks: Bytes, deviation: float) -> None:
    """Scale, 32 signed bytes: weight = scale · byte."""
    blocks[:, 0:2] = _half(deviation / UNIFORM_BYTE)


def _fill_q4_k(blocks: Bytes, deviation: float) -> None:
    """Two halves, twelve bytes of eight 6-bit scales and eight 6-bit minima, 128 bytes of 4-bit values.

    weight = scale · s · value - minimum · m. With m = s and minimum = 7.5 · scale the mean is 0.
    """
    scale = deviation / (SCALE_6_BITS * (255 / 12) ** 0.5)
    blocks[:, 0:2] = _half(scale)
    blocks[:, 2:4] = _half(7.5 * scale)
    blocks[:, 8:12] = blocks[:, 4:8]
    blocks[:, 12:16] = (blocks[:, 12:16] & 15) * 17


def _fill_q6_k(blocks: Bytes, deviation: float) -> None:
    """128 bytes and 64 bytes of 6-bit values, sixteen signed scales, a half: weight = half · scale · (value - 32)."""
    blocks[:, 208:210] = _half(deviation / (UNIFORM_BYTE * (4095 / 12) ** 0.5))


FILLERS: dict[gguf.GGMLQuantizationType, Callable[[Bytes, float], None]] = {
    Kind.Q8_0: _fill_q8_0,
    Kind.Q4_K: _fill_q4_k,
    Kind.Q6_K: _fill_q6_k,
}


def _half(value: float) -> Bytes:
    return np.array([value], np.float16).view(np.uint8)


def random_like(rows: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]", kind: gguf.GGMLQuantizationType) -> Bytes:
    """The rows in this type; Q6_K with one scale for each block, which the gguf package cannot write."""
    if kind != Kind.Q6_K:
        return gguf.quantize(rows, kind).view(np.uint8)
    blocks = rows.reshape(-1, 256)
    scale = np.abs(blocks).max(axis=1, keepdims=True) / (31 * 64)
    half = scale.astype(np.float16)
    values = np.clip(np.rint(blocks / (64 * half.astype(np.float32))) + 32, 0, 63).astype(np.uint8)
    parts = values.reshape(-1, 2, 4, 32)  # halves of the block, quarters of the half, places
    low = np.concatenate([parts[:, :, :2] & 15 | (parts[:, :, 2:] & 15) << 4], axis=2).reshape(-1, 128)
    high = (parts >> 4 << np.array([0, 2, 4, 6], np.uint8)[:, None]).sum(axis=2, dtype=np.uint8).reshape(-1, 64)
    scales = np.full((len(blocks), 16), 64, np.uint8)
    return np.hstack([low, high, scales, half.view(np.uint8)]).reshape(len(rows), -1)


def said_words(count: int, seed: int = 0) -> list[str]:
    """Different words of the vocabulary, mixed, without the blank before them."""
    tokens = set(made_words().tokens)
    known = [word.removeprefix(BLANK) for word in islice(pronounceable(), 10_000) if word in tokens]
    return [str(word) for word in np.random.default_rng(seed).permutation(known)[:count]]


def _chain(says: Sequence[str]) -> list[int]:
    """The tokens of the answer, between the end of the prompt and the end of the turn."""
    words = made_words()
    ids = {token: id for id, token in enumerate(words.tokens)}
    newline = byte_characters()[ord("\n")]
    chain = [ids[newline], *(ids[BLANK + word] for word in says), words.control("<|im_end|>")]
    if len(set(chain)) < len(chain):
        raise ValueError("in a chain every word differs")
    return chain


def _deviation(tensor: str, lengths: tuple[int, ...], *, chain: bool) -> float:
    if tensor in ("token_embd", "output"):
        return lengths[-1] ** -0.5 * (0.2 if chain and tensor == "output" else 1)  # small beside what the layers add
    if chain and tensor.endswith((".attn_output", ".ffn_down")):
        return 0.0  # the layers add nothing, at the same cost, so that the last token alone decides
    return 0.7 * lengths[-1] ** -0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--shape", choices=SHAPES, default="1.2b")
    parser.add_argument("--type", choices=TYPES, default="Q4_K_M")
    parser.add_argument("--says-words", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    begin = time.perf_counter()
    name = f"Shape {options.shape.upper()}"
    says = said_words(options.says_words, options.seed)
    shape = SHAPES[options.shape]
    write_shape_model(options.out, shape, options.type, says=says, seed=options.seed, name=name)
    size = options.out.stat().st_size
    print(json.dumps({"file": str(options.out), "bytes": size, "seconds": round(time.perf_counter() - begin, 1)}))


if __name__ == "__main__":
    main()
