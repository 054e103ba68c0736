"""Types of copies, layers to leave out, and rough sizes."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InputError
from app.core.gguf import Header, Tensor, read_header
from app.core.models import QUANTIZATIONS
from app.core.network import Layer, network
from app.core.shrink import (
    TARGETS,
    check_prunable,
    data_bytes,
    layers_to_prune,
    quantized,
    remaining,
    rough_bytes,
    target,
)
from tests.library.files import write_model

F16 = 1


def test_a_type_is_found_however_it_is_written() -> None:
    assert [target(text).name for text in (" q4_k_m", "Q4_K", "mxfp4_moe", "fp16")] == [
        "Q4_K_M", "Q4_K_M", "MXFP4", "F16",
    ]  # fmt: skip
    assert all(QUANTIZATIONS[each.file_type] == each.name == name for name, each in TARGETS.items())
    for text in ("", "Q4", "Q9_K", "4", "NVFP4"):  # the last is read here, but llama.cpp does not make it
        with pytest.raises(InputError) as caught:
            target(text)
        assert "Q4_K_M" in caught.value.hint


def test_layers_as_they_are_typed() -> None:
    assert layers_to_prune("10,11") == (10, 11)
    assert layers_to_prune(" 12-14 , 3,13") == (3, 12, 13, 14)
    for text in ("", ",", "1,", "a", "-1", "3-1", "1.5", "99999", "１"):
        with pytest.raises(InputError):
            layers_to_prune(text)


@given(st.text(alphabet="0123456789-, x", max_size=12))
def test_any_text_is_a_list_or_a_sentence(text: str) -> None:
    found = (0,)
    with suppress(InputError):
        found = layers_to_prune(text)
    assert found == tuple(sorted(set(found)))
    assert found


def test_what_is_left_moves_up() -> None:
    tensors = [Tensor(f"blk.{layer}.attn_q.weight", (8, 8), 0, 0) for layer in range(12)]
    tensors.append(Tensor("output.weight", (8, 8), 0, 0))
    left = remaining(tensors, (0, 5, 6))
    assert [tensor.name for tensor in left] == [*(f"blk.{layer}.attn_q.weight" for layer in range(9)), "output.weight"]
    assert remaining(tensors, ()) == tensors


def _header(**keys: object) -> Header:
    return Header(Path("m.gguf"), 1, 3, {"general.architecture": "llama", "llama.block_count": 3, **keys}, ())


def test_which_layers_can_be_left_out() -> None:
    plain = replace(network(_header()), layers=(Layer(keys=8), Layer(keys=8), Layer(keys=8)))
    check_prunable(_header(), plain, (0, 2))
    check_prunable(_header(), plain, ())
    windowed = replace(plain, layers=(Layer(keys=8, window=4), Layer(keys=8), Layer(keys=8)))
    for header, known, prune in (
        (_header(), plain, (3,)),
        (_header(), plain, (0, 1, 2)),
        (_header(), windowed, (1,)),
        (_header(**{"llama.attention.head_count_kv": [2, 2, 2]}), plain, (1,)),
        (_header(**{"llama.nextn_predict_layers": 1}), plain, (1,)),
    ):
        with pytest.raises(InputError) as caught:
            check_prunable(header, known, prune)
        assert caught.value.hint


def test_rough_sizes_grow_with_the_bits(tmp_path: Path) -> None:
    tensors = [Tensor("token_embd.weight", (4096, 1000), F16, 0), Tensor("output_norm.weight", (4096,), 0, 0)]
    tensors += [Tensor(f"blk.{layer}.ffn_up.weight", (4096, 4096), F16, 0) for layer in range(4)]
    sizes = {name: rough_bytes(tensors, each) for name, each in TARGETS.items()}
    assert sizes["F16"] == data_bytes(tensors)
    assert sizes["F32"] == 2 * sizes["F16"] - 4096 * 4
    assert sizes["IQ1_S"] < sizes["Q2_K"] < sizes["Q3_K_M"] < sizes["Q4_K_M"] < sizes["Q6_K"] < sizes["Q8_0"]
    assert 0.28 < sizes["Q4_K_M"] / sizes["F16"] < 0.33
    narrow = [replace(tensor, shape=(896, *tensor.shape[1:])) for tensor in tensors]
    assert rough_bytes(narrow, TARGETS["Q4_K_M"]) > 0.33 * data_bytes(narrow)  # blocks of 256 do not fit
    assert not quantized(tensors)
    assert quantized([*tensors, Tensor("x", (32,), 8, 0)])
    assert read_header(write_model(tmp_path / "m.gguf")).data_start % 32 == 0
