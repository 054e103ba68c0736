"""What is told of a network from headers of every kind, also absurd ones."""

from pathlib import Path
from typing import Any

import pytest

from app.core.errors import ModelFileError
from app.core.gguf import Header, Tensor
from app.core.network import Network, network, parts, read_network
from tests.architectures import NETWORKS, write_network

F32, Q4_0 = 0, 2
WIDTH = 64


def header(architecture: str, tensors: list[Tensor], **keys: Any) -> Header:
    named = {f"{architecture}.{name.replace('__', '.')}": value for name, value in keys.items()}
    return Header(Path("m.gguf"), 1, 3, {"general.architecture": architecture, **named}, tuple(tensors))


def layers(count: int, *names: str) -> list[Tensor]:
    return [Tensor(f"blk.{layer}.{name}", (WIDTH, WIDTH), F32, 0) for layer in range(count) for name in names]


def told(architecture: str, count: int, *names: str, **keys: Any) -> Network:
    known = dict(block_count=count, embedding_length=WIDTH, attention__head_count=4) | keys
    return network(header(architecture, layers(count, *names or ("attn_k.weight",)), **known))


def windows(architecture: str, count: int, **keys: Any) -> list[int]:
    return [layer.window for layer in told(architecture, count, **keys).layers]


def test_which_layers_see_a_window() -> None:
    assert windows("llama", 3, attention__sliding_window=512) == [0, 0, 0]  # llama.cpp does not use it there
    assert windows("gemma2", 4, attention__sliding_window=512) == [512, 0, 512, 0]
    assert windows("gemma2", 2) == [4096, 0]
    assert windows("gemma3", 6, attention__sliding_window=512) == [512] * 5 + [0]
    assert windows("smallthinker", 5, attention__sliding_window=512) == [0, 512, 512, 512, 0]
    assert windows("olmo2", 4) == [0, 0, 0, 0]
    assert windows("gemma3", 4, attention__sliding_window=9, attention__sliding_window_pattern=2) == [9, 0, 9, 0]
    pattern = [True, False, True]
    assert windows("gemma4", 4, attention__sliding_window=9, attention__sliding_window_pattern=pattern) == [9, 0, 9, 0]


def test_what_is_kept_of_each_token() -> None:
    (plain,) = told("llama", 1).layers
    assert (plain.keys, plain.values, plain.state) == (64, 64, 0)
    (grouped,) = told("llama", 1, attention__head_count_kv=2, attention__key_length=24).layers
    assert (grouped.keys, grouped.values) == (48, 48)
    compressed = told(
        "deepseek2", 1, "attn_kv_a_mqa.weight", attention__head_count_kv=1, attention__key_length=576,
        attention__value_length=512, attention__key_length_mla=192,
    ).layers  # fmt: skip
    assert [(layer.keys, layer.values) for layer in compressed] == [(576, 0)]
    shared = told("gemma3n", 4, attention__shared_kv_layers=2).layers
    assert [bool(layer.keys) for layer in shared] == [True, True, False, False]
    fused = told("phi3", 1, "attn_qkv.weight").layers
    assert fused[0].keys == 64
    each = told("llama", 2, attention__head_count_kv=[4, 1]).layers
    assert [layer.keys for layer in each] == [64, 16]


def test_what_is_kept_of_a_sequence() -> None:
    mamba = told("mamba", 1, "ssm_in.weight", ssm__conv_kernel=4, ssm__inner_size=128, ssm__state_size=16)
    assert (mamba.layers[0].keys, mamba.layers[0].state) == (0, (3 * 128 + 128 * 16) * 4)
    rwkv = told("rwkv6", 1, "time_mix_w1.weight", wkv__head_size=64)
    assert rwkv.layers[0].state == (2 * WIDTH + WIDTH * 64) * 4
    short = told("lfm2", 1, "shortconv.in_proj.weight", shortconv__l_cache=3)
    assert short.layers[0].state == WIDTH * 2 * 4
    delta = told("kimi-linear", 1, "ssm_conv1d_q.weight", kda__head_dim=8, ssm__conv_kernel=4)
    assert delta.layers[0].state == (3 * 3 * 4 * 8 + 4 * 8 * 8) * 4
    both = told("falcon-h1", 1, "attn_k.weight", "ssm_in.weight", ssm__inner_size=4, ssm__state_size=2)
    assert both.layers[0].keys
    assert both.layers[0].state


def test_experts_and_the_width_that_a_token_passes_through() -> None:
    mixture = told("llama", 1, "ffn_up_exps.weight", feed_forward_length=100, expert_used_count=2, expert_count=8)
    assert mixture.layers[0].experts == mixture.layers[0].weights == WIDTH * WIDTH * 4
    assert mixture.feed == 200
    many = told("qwen3moe", 1, feed_forward_length=999, expert_feed_forward_length=30, expert_used_count=8)
    assert many.feed == 240
    assert told("llama", 1, feed_forward_length=100).feed == 100


@pytest.mark.parametrize("value", [-1, 0, 2**63, "many", [], [1, 2], 1.5, None])
def test_absurd_values_break_nothing(value: Any) -> None:
    for name in (
        "block_count",
        "embedding_length",
        "attention__head_count",
        "attention__sliding_window",
        "ssm__inner_size",
    ):
        known: dict[str, Any] = dict(block_count=1, embedding_length=WIDTH, attention__head_count=4) | {name: value}
        network(header("gemma2", layers(1, "attn_k.weight"), **known))


def test_a_model_in_several_parts(tmp_path: Path) -> None:
    whole = write_network(tmp_path / "m-00001-of-00003.gguf", NETWORKS["dense"])
    alone = read_network(whole)
    assert alone.weights > 0
    several = header("llama", [], block_count=1)
    several = Header(whole, 1, 3, {**several.metadata, "split.count": 3}, ())
    assert [part.name for part in parts(whole, several)] == ["m-00002-of-00003.gguf", "m-00003-of-00003.gguf"]
    assert parts(Path("other.gguf"), several) == []
    further = [Tensor("blk.0.attn_k.weight", (WIDTH, WIDTH), Q4_0, 0)]
    assert network(several, further).layers[0].weights == WIDTH * WIDTH // 32 * 18


def test_what_would_end_llama_cpp(tmp_path: Path) -> None:
    path = write_network(tmp_path / "m.gguf", NETWORKS["dense"])
    data = path.read_bytes()
    key = b"llama.block_count"
    place = data.index(key) + len(key) + 4
    for count, refused in ((b"\x02\0\0\0", False), (b"\0\0\0\0", True), (b"\x01\x02\0\0", True)):
        path.write_bytes(data[:place] + count + data[place + 4 :])
        if refused:
            with pytest.raises(ModelFileError, match="damaged"):
                read_network(path)
        else:
            assert len(read_network(path).layers) == 2
