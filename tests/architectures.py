"""Model files of several architectures, with random weights or, for large shapes, with none behind a true header."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np

from tests.model_file import CHATML, CONTROL, Words, begin_file, byte_characters
from tests.model_file import Shape as Size

Tensors = Iterator[tuple[str, tuple[int, ...]]]
WINDOWED = ("gemma2", "gemma3", "cohere2")
STATE, CONVOLUTION = 16, 4  # of the recurrent architecture


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One model's shape. Architectures: llama, qwen2, qwen3, qwen3moe, gemma2, gemma3, cohere2, mamba."""

    architecture: str = "llama"
    layers: int = 2
    width: int = 64
    heads: int = 4
    kv_heads: int = 4
    head: int = 0  # width of a head; 0: width / heads
    feed_forward: int = 128
    experts: int = 0
    experts_used: int = 2
    window: int = 0
    vocabulary: int = 0  # tokens; those beyond the bytes stand for nothing
    context: int = 4096
    tied: bool = False
    kind: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.F32

    def tensors(self, vocabulary: int) -> Tensors:
        """Name and shape (…, rows, columns), in the order of the file."""
        yield "token_embd.weight", (vocabulary, self.width)
        yield "output_norm.weight", (self.width,)
        if not self.tied and self.architecture not in WINDOWED:
            yield "output.weight", (vocabulary, self.width)
        for layer in range(self.layers):
            for name, shape in self._mamba() if self.architecture == "mamba" else self._layer():
                yield f"blk.{layer}.{name}", shape

    def _layer(self) -> Tensors:
        width, head = self.width, self.head or self.width // self.heads
        queries, keys = self.heads * head, self.kv_heads * head
        yield "attn_norm.weight", (width,)
        yield "attn_q.weight", (queries, width)
        yield "attn_k.weight", (keys, width)
        yield "attn_v.weight", (keys, width)
        yield "attn_output.weight", (width, queries)
        match self.architecture:
            case "qwen2":
                for name, rows in (("q", queries), ("k", keys), ("v", keys)):
                    yield f"attn_{name}.bias", (rows,)
            case "qwen3" | "qwen3moe" | "gemma3":
                yield "attn_q_norm.weight", (head,)
                yield "attn_k_norm.weight", (head,)
        if self.architecture in ("gemma2", "gemma3"):
            yield "post_attention_norm.weight", (width,)
            yield "post_ffw_norm.weight", (width,)
        if self.architecture != "cohere2":
            yield "ffn_norm.weight", (width,)
        if self.experts:
            yield "ffn_gate_inp.weight", (self.experts, width)
            yield "ffn_gate_exps.weight", (self.experts, self.feed_forward, width)
            yield "ffn_up_exps.weight", (self.experts, self.feed_forward, width)
            yield "ffn_down_exps.weight", (self.experts, width, self.feed_forward)
        else:
            yield "ffn_gate.weight", (self.feed_forward, width)
            yield "ffn_up.weight", (self.feed_forward, width)
            yield "ffn_down.weight", (width, self.feed_forward)

    def _mamba(self) -> Tensors:
        width, inner, rank = self.width, 2 * self.width, max(1, self.width // 16)
        yield "attn_norm.weight", (width,)
        yield "ssm_in.weight", (2 * inner, width)
        yield "ssm_conv1d.weight", (inner, CONVOLUTION)
        yield "ssm_conv1d.bias", (inner,)
        yield "ssm_x.weight", (rank + 2 * STATE, inner)
        yield "ssm_dt.weight", (inner, rank)
        yield "ssm_dt.bias", (inner,)
        yield "ssm_a", (inner, STATE)
        yield "ssm_d", (inner,)
        yield "ssm_out.weight", (width, inner)


NETWORKS = {
    "dense": Network(),
    "grouped": Network(architecture="qwen2", heads=4, kv_heads=2),
    "normed": Network(architecture="qwen3", heads=4, kv_heads=2, head=32),
    "experts": Network(experts=4, kv_heads=2),
    "many experts": Network(architecture="qwen3moe", experts=8, feed_forward=32),
    "window": Network(architecture="gemma3", layers=6, heads=4, kv_heads=2, head=32, window=256),
    "alternating": Network(architecture="gemma2", layers=4, kv_heads=2, window=128),
    "recurrent": Network(architecture="mamba", tied=True),
}
"""Small ones of each kind."""


def write_network(
    path: Path, network: Network, *, weights: bool = True, seed: int = 0, template: str | None = CHATML
) -> Path:
    """Write the model to `path` and return it. Without `weights` the file is as long as its header says, and empty."""
    tokens = [*CONTROL, *byte_characters()]
    tokens += [f"<unused{number}>" for number in range(len(tokens), network.vocabulary)]
    head = network.head or network.width // network.heads
    size = Size(network.layers, network.width, network.heads, network.kv_heads, network.feed_forward, network.context)
    words = Words(tuple(tokens), ("t h",), 0, len(CONTROL), "gpt-2")
    writer = begin_file(
        path,
        size,
        words,
        name=f"{network.architecture} test",
        file_type=gguf.LlamaFileType.ALL_F32,
        template=template,
        architecture=network.architecture,
    )
    if network.architecture == "mamba":
        writer.add_ssm_conv_kernel(CONVOLUTION)
        writer.add_ssm_inner_size(2 * network.width)
        writer.add_ssm_state_size(STATE)
        writer.add_ssm_time_step_rank(max(1, network.width // 16))
    else:
        writer.add_key_length(head)
        writer.add_value_length(head)
    if network.experts:
        writer.add_expert_count(network.experts)
        writer.add_expert_used_count(network.experts_used)
        if network.architecture != "llama":
            writer.add_expert_feed_forward_length(network.feed_forward)
    if network.window:
        writer.add_sliding_window(network.window)
    if network.architecture == "gemma2":
        writer.add_attn_logit_softcapping(50.0)
        writer.add_final_logit_softcapping(30.0)
    if network.architecture == "cohere2":
        writer.add_logit_scale(0.25)
        writer.add_layer_norm_eps(1e-5)
    random = np.random.default_rng(seed)
    for tensor, shape in network.tensors(len(tokens)):
        plain = len(shape) == 1 or shape[-1] < 32 or "norm" in tensor or "ssm_conv" in tensor or "_inp" in tensor
        kind = gguf.GGMLQuantizationType.F32 if plain else network.kind
        if weights:
            values = random.standard_normal(shape, dtype=np.float32) / np.float32(shape[-1] ** 0.5)
            if "norm" in tensor:
                values = np.ones(shape, dtype=np.float32)
            writer.add_tensor(tensor, gguf.quantize(values, kind), raw_dtype=kind)
        else:
            block, block_bytes = gguf.GGML_QUANT_SIZES[kind]
            in_bytes = (*shape[:-1], shape[-1] // block * block_bytes)
            writer.add_tensor_info(tensor, in_bytes, np.dtype(np.uint8), int(np.prod(in_bytes)), kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    if weights:
        writer.write_tensors_to_file()
        writer.close()
        return path
    writer.write_ti_data_to_file()
    writer.close()
    total = sum(
        -(-int(info.nbytes) // writer.data_alignment) * writer.data_alignment
        for tensors in writer.tensors
        for info in tensors.values()
    )
    with path.open("r+b") as file:
        begin = -(-path.stat().st_size // writer.data_alignment) * writer.data_alignment
        file.truncate(begin + total)
    return path
