"""Tiny models that remember otherwise than llama: through a sliding window, as one recurrent state, or as a mixture.

Their weights are random, so they babble; the vocabulary is that of `tests.tiny_model`.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import gguf
import numpy as np

from tests.model_file import CONTROL, Shape, Words, begin_file
from tests.tiny_model import MERGES, vocabulary

Tensor = tuple[str, tuple[int, ...]]
WINDOW = 64  # tokens
WIDTH, HEADS, LAYERS = 64, 4, 4


def write_windowed_model(path: Path) -> Path:
    """OLMo 2's architecture: three layers see `WINDOW` tokens back, the last one sees all."""

    def tensors(size: int) -> Iterable[Tensor]:
        yield from _outside(size, "output_norm")
        for layer in range(LAYERS):
            prefix = f"blk.{layer}."
            for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
                yield f"{prefix}{name}.weight", (WIDTH, WIDTH)
            for name in ("attn_q_norm", "attn_k_norm", "post_attention_norm", "post_ffw_norm"):
                yield f"{prefix}{name}.weight", (WIDTH,)
            yield from _feed_forward(prefix)

    return _write(path, "olmo2", lambda writer: writer.add_sliding_window(WINDOW), tensors)


def write_recurrent_model(path: Path) -> Path:
    """Mamba's architecture: one state, whatever came before."""
    inner, state, rank = 2 * WIDTH, 8, 4

    def header(writer: gguf.GGUFWriter) -> None:
        writer.add_ssm_conv_kernel(4)
        writer.add_ssm_inner_size(inner)
        writer.add_ssm_state_size(state)
        writer.add_ssm_time_step_rank(rank)

    def tensors(size: int) -> Iterable[Tensor]:
        yield from _outside(size, "output_norm")
        for layer in range(LAYERS):
            prefix = f"blk.{layer}."
            yield prefix + "attn_norm.weight", (WIDTH,)
            yield prefix + "ssm_in.weight", (2 * inner, WIDTH)
            yield prefix + "ssm_conv1d.weight", (inner, 4)
            yield prefix + "ssm_conv1d.bias", (inner,)
            yield prefix + "ssm_x.weight", (rank + 2 * state, inner)
            yield prefix + "ssm_dt.weight", (inner, rank)
            yield prefix + "ssm_dt.bias", (inner,)
            yield prefix + "ssm_a", (inner, state)
            yield prefix + "ssm_d", (inner,)
            yield prefix + "ssm_out.weight", (WIDTH, inner)

    return _write(path, "mamba", header, tensors)


def write_hybrid_model(path: Path) -> Path:
    """LFM 2's architecture: short convolutions, and attention in every second layer."""

    def header(writer: gguf.GGUFWriter) -> None:
        writer.kv_data[0].pop("lfm2.attention.head_count_kv")
        writer.add_head_count_kv([0, HEADS] * (LAYERS // 2))
        writer.add_shortconv_l_cache(3)

    def tensors(size: int) -> Iterable[Tensor]:
        yield from _outside(size, "token_embd_norm")
        for layer in range(LAYERS):
            prefix = f"blk.{layer}."
            yield prefix + "attn_norm.weight", (WIDTH,)
            yield prefix + "ffn_norm.weight", (WIDTH,)
            if layer % 2:
                for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
                    yield f"{prefix}{name}.weight", (WIDTH, WIDTH)
                for name in ("attn_q_norm", "attn_k_norm"):
                    yield f"{prefix}{name}.weight", (WIDTH // HEADS,)
            else:
                yield prefix + "shortconv.conv.weight", (WIDTH, 3)
                yield prefix + "shortconv.in_proj.weight", (3 * WIDTH, WIDTH)
                yield prefix + "shortconv.out_proj.weight", (WIDTH, WIDTH)
            yield from _feed_forward(prefix)

    return _write(path, "lfm2", header, tensors)


def _outside(size: int, norm: str) -> Iterable[Tensor]:
    yield "token_embd.weight", (size, WIDTH)
    yield f"{norm}.weight", (WIDTH,)
    yield "output.weight", (size, WIDTH)


def _feed_forward(prefix: str) -> Iterable[Tensor]:
    yield prefix + "ffn_gate.weight", (2 * WIDTH, WIDTH)
    yield prefix + "ffn_up.weight", (2 * WIDTH, WIDTH)
    yield prefix + "ffn_down.weight", (WIDTH, 2 * WIDTH)


def _write(
    path: Path,
    architecture: str,
    header: Callable[[gguf.GGUFWriter], None],
    tensors: Callable[[int], Iterable[Tensor]],
) -> Path:
    tokens = vocabulary()
    random = np.random.default_rng(0)
    shape = Shape(LAYERS, WIDTH, HEADS, HEADS, 2 * WIDTH, 2048)
    words = Words(tokens, MERGES, 0, len(CONTROL), "gpt-2")
    writer = begin_file(
        path,
        shape,
        words,
        name=architecture,
        file_type=gguf.LlamaFileType.ALL_F32,
        architecture=architecture,
    )
    header(writer)
    for name, size in tensors(len(tokens)):
        scale = 1.0 if name == "token_embd.weight" else 0.3 if name == "output.weight" else 0.5 / size[-1] ** 0.5
        values = random.standard_normal(size, dtype=np.float32) * np.float32(scale)
        if "_norm" in name:
            values = np.ones(size, dtype=np.float32)
        elif name.endswith("ssm_a"):
            values = -np.exp(values)  # below 0: the state fades
        writer.add_tensor(name, values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
