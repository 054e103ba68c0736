"""Each row of `Loading` reaches llama.cpp's parameter structures."""

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import InputError, LoadError
from app.core.params import Loading
from app.engine.hardware import physical_cores
from app.engine.llama.context import Context
from app.engine.llama.devices import main_memory
from app.engine.llama.library import api
from app.engine.llama.log import Log
from app.engine.llama.model import Model
from app.engine.llama.parameters import KV_TYPES, BufferOverride, ModelParameters, context_parameters, model_parameters
from tests.architectures import NETWORKS, write_network
from tests.engine.conftest import SAYS, Desk

PLENTY = 1000


def model(**rows: Any) -> ModelParameters:
    return model_parameters(Loading(**rows), rows.get("gpu_layers", -1), api.llama_progress_callback())


def context(length: int = 4096, worthwhile: int = PLENTY, **rows: Any) -> Any:
    return context_parameters(Loading(**rows), length, worthwhile)


def test_how_a_file_is_loaded() -> None:
    assert [
        model(memory_map=mapped, memory_lock=locked).struct.load_mode
        for mapped, locked in ((False, False), (True, False), (False, True), (True, True))
    ] == [0, 1, 2, 3]
    assert model(gpu_layers=7).struct.n_gpu_layers == 7
    assert model(main_gpu=2).struct.main_gpu == 2
    assert [model(split_mode=mode).struct.split_mode for mode in ("none", "layer", "row")] == [0, 1, 2]


def test_the_shares_of_the_cards() -> None:
    split = model(tensor_split=" 3, 1.5").struct.tensor_split
    assert split[: api.llama_max_devices()] == [3.0, 1.5] + [0.0] * (api.llama_max_devices() - 2)
    assert not model().struct.tensor_split


@pytest.mark.parametrize("text", ["a lot", "3;1", "3,,1", "-1,2", "nan", "inf,1", "0,0", ",".join("1" * 17)])
def test_shares_that_are_none(text: str) -> None:
    with pytest.raises(InputError) as raised:
        model(tensor_split=text)
    assert text in raised.value.message
    assert "3,1" in raised.value.hint


def test_experts_that_stay_in_main_memory() -> None:
    parameters = model(cpu_experts=12)
    overrides = ctypes.cast(parameters.struct.tensor_buft_overrides, ctypes.POINTER(BufferOverride))
    assert overrides[0].pattern.startswith(b"blk\\.(")
    assert overrides[0].pattern.endswith(b"exps")
    assert overrides[0].buffer_type == main_memory() != 0
    assert (overrides[1].pattern, overrides[1].buffer_type) == (None, None)  # where llama.cpp ends reading
    assert not model().struct.tensor_buft_overrides


def test_the_sizes_of_a_context() -> None:
    plain = context()
    assert (plain.n_ctx, plain.n_batch, plain.n_ubatch) == (4096, 512, 512)
    assert (context(batch_size=2048).n_batch, context(batch_size=2048).n_ubatch) == (2048, 2048)
    assert (context(micro_batch=64).n_batch, context(micro_batch=64).n_ubatch) == (512, 64)
    assert context(micro_batch=4096).n_ubatch == 512
    assert context(length=256).n_batch == 256


def test_threads() -> None:
    cores = physical_cores()

    def threads(**rows: int) -> tuple[int, int]:
        made = context(**rows)
        return made.n_threads, made.n_threads_batch

    assert threads() == (cores, cores)
    assert threads(worthwhile=1) == (1, cores)
    assert threads(threads=5) == (5, 5)
    assert threads(prompt_threads=3) == (cores, 3)
    assert threads(threads=1, prompt_threads=3) == (1, 3)


@pytest.mark.parametrize("kind", KV_TYPES)
def test_types_of_the_cache(kind: str) -> None:
    assert (context(kv_type=kind).type_k, context(kv_type=kind).type_v) == (KV_TYPES[kind],) * 2
    mixed = context(kv_type="f32", kv_type_values=kind)
    assert (mixed.type_k, mixed.type_v) == (KV_TYPES["f32"], KV_TYPES[kind])


@pytest.mark.parametrize("rows", [{"kv_type": "q8_0"}, {"kv_type_values": "q4_0"}, {"kv_type": "q4_0"}])
def test_quantized_values_need_flash_attention(rows: dict[str, str]) -> None:
    with pytest.raises(LoadError, match="flash attention") as raised:
        context(flash_attention="off", **rows)
    assert raised.value.hint
    context(flash_attention="on", **rows)
    context(flash_attention="off", kv_type="q8_0", kv_type_values="f16")  # keys may be


def test_flash_attention_and_positions() -> None:
    assert [context(flash_attention=state).flash_attn_type for state in ("auto", "off", "on")] == [-1, 0, 1]
    kinds = ("auto", "none", "linear", "yarn", "longrope")
    assert [context(rope_scaling=kind).rope_scaling_type for kind in kinds] == [-1, 0, 1, 2, 3]
    assert context(rope_freq_base=50_000.0).rope_freq_base == 50_000.0
    assert context(rope_freq_scale=0.5).rope_freq_scale == 0.5


def test_every_row_is_accounted_for() -> None:
    """A row that is added to the table must reach llama.cpp, or be named here with who else reads it."""
    import dataclasses
    import inspect

    from app.engine.llama import parameters

    elsewhere = {"context_length", "slots", "gpu_layers"}
    source = inspect.getsource(parameters)
    missing = {row.name for row in dataclasses.fields(Loading)} - elsewhere
    assert {name for name in missing if f"loading.{name}" not in source} == set()


@pytest.mark.parametrize(
    "rows",
    [
        {"slots": 1},
        {"gpu_layers": 1},
        {"gpu_layers": 0},
        {"threads": 2},
        {"prompt_threads": 2},
        {"batch_size": 32},
        {"micro_batch": 32},
        {"flash_attention": "on"},
        {"flash_attention": "off"},
        *({"kv_type": kind} for kind in KV_TYPES),
        {"kv_type": "q8_0", "kv_type_values": "f16", "flash_attention": "off"},
        {"kv_type_values": "q4_0"},
        {"memory_map": False},
        {"memory_lock": True},
        {"main_gpu": 3},
        {"split_mode": "row"},
        {"split_mode": "none"},
        {"tensor_split": "1"},
        {"cpu_experts": 1},
        *({"rope_scaling": kind} for kind in ("none", "linear", "yarn")),
        {"rope_freq_base": 50_000.0},
        {"rope_freq_scale": 0.5},
    ],
    ids=str,
)
def test_every_row_leaves_the_model_able_to_answer(
    rows: dict[str, Any], sayer: Path, desk: Callable[..., Desk], models: Path
) -> None:
    assert desk(sayer, context_length=512, **rows).answer(temperature=0.0).text == SAYS


def test_experts_in_main_memory_answer_alike(models: Path, desk: Callable[..., Desk]) -> None:
    path = write_network(models / "experts.gguf", NETWORKS["experts"])
    texts = {desk(path, cpu_experts=count).answer(temperature=0.0, max_tokens=20).text for count in (0, 1, 99)}
    assert len(texts) == 1


def test_what_is_seen_in_the_log(sayer: Path, log: Log) -> None:
    """Rows that change no answer here are in what llama.cpp says of its context."""
    lines: list[str] = []
    callback = api.llama_log_callback(lambda level, text, _: lines.append(text.decode("utf-8", "replace")))
    rows = Loading(
        context_length=1024, slots=3, batch_size=256, micro_batch=64, kv_type="q8_0", kv_type_values="f16",
        rope_freq_base=50_000.0, rope_freq_scale=0.5, flash_attention="on", memory_map=False,
    )  # fmt: skip
    api.llama_log_set(callback, None)
    try:
        model = Model(sayer, rows, lambda fraction: True, log)
        Context(model, rows, log).free()
        model.free()
    finally:
        api.llama_log_set(log._callback, None)
    said = " ".join("".join(lines).split())
    for words in (
        "n_ctx = 1024", "n_batch = 256", "n_ubatch = 64", "freq_base = 50000.0", "freq_scale = 0.5",
        "flash_attn = enabled", "K (q8_0)", "V (f16)", "n_seq_max = 27",
    ):  # fmt: skip
        assert words in said, words
