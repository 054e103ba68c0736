"""Every row of `Loading` as llama.cpp's two parameter structures want it (llama.h, llama_model_params and llama_context_params)."""

import ctypes
from typing import Any

from app.core.errors import LoadError
from app.core.fit import first_numbers, shares
from app.core.language import tr
from app.core.params import Loading
from app.core.record import record
from app.engine.hardware import physical_cores
from app.engine.llama.devices import main_memory
from app.engine.llama.library import api

KV_TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q8_0": 8, "bf16": 30}  # ggml.h, enum ggml_type; bf16 is not in the bindings
QUANTIZED = ("q8_0", "q4_0")
FLASH_ATTENTION = {
    "auto": api.LLAMA_FLASH_ATTN_TYPE_AUTO,
    "on": api.LLAMA_FLASH_ATTN_TYPE_ENABLED,
    "off": api.LLAMA_FLASH_ATTN_TYPE_DISABLED,
}
SPLIT_MODES = {
    "none": api.LLAMA_SPLIT_MODE_NONE,
    "layer": api.LLAMA_SPLIT_MODE_LAYER,
    "row": api.LLAMA_SPLIT_MODE_ROW,
}
ROPE_SCALING = {
    "auto": api.LLAMA_ROPE_SCALING_TYPE_UNSPECIFIED,
    "none": api.LLAMA_ROPE_SCALING_TYPE_NONE,
    "linear": api.LLAMA_ROPE_SCALING_TYPE_LINEAR,
    "yarn": api.LLAMA_ROPE_SCALING_TYPE_YARN,
    "longrope": api.LLAMA_ROPE_SCALING_TYPE_LONGROPE,
}
LOAD_MODES = {
    (False, False): api.LLAMA_LOAD_MODE_NONE,
    (True, False): api.LLAMA_LOAD_MODE_MMAP,
    (False, True): api.LLAMA_LOAD_MODE_MLOCK,
    (True, True): api.LLAMA_LOAD_MODE_MMAP_MLOCK,
}
EXPERTS = r"\.ffn_(up|down|gate|gate_up)_(ch|)exps"  # the tensors of a mixture that are picked token by token


class BufferOverride(ctypes.Structure):
    """llama.h, struct llama_model_tensor_buft_override; the bindings leave it out."""

    _fields_ = (("pattern", ctypes.c_char_p), ("buffer_type", ctypes.c_void_p))


@record
class ModelParameters:
    """`struct` is what llama.cpp takes; `kept` is what it points at, to be held until the model is loaded."""

    struct: Any
    kept: tuple[Any, ...]


def model_parameters(loading: Loading, gpu_layers: int, progress: Any) -> ModelParameters:
    """How a file is loaded; `gpu_layers` is decided already, `progress` is a llama_progress_callback.

    Raises:
        InputError: the shares of the cards are no list of numbers.
    """
    struct = api.llama_model_default_params()
    struct.n_gpu_layers = gpu_layers
    struct.load_mode = LOAD_MODES[loading.memory_map, loading.memory_lock]
    struct.main_gpu = loading.main_gpu
    struct.split_mode = SPLIT_MODES[loading.split_mode]
    struct.progress_callback = progress
    kept: list[Any] = [progress]
    if parts := shares(loading.tensor_split, api.llama_max_devices()):
        split = (ctypes.c_float * api.llama_max_devices())(*parts)
        struct.tensor_split = split
        kept.append(split)
    if loading.cpu_experts:
        pattern = rf"blk\.{first_numbers(loading.cpu_experts)}{EXPERTS}".encode()
        overrides = (BufferOverride * 2)(BufferOverride(pattern, main_memory()), BufferOverride(None, None))
        struct.tensor_buft_overrides = ctypes.cast(overrides, ctypes.c_void_p)
        kept += [pattern, overrides]
    return ModelParameters(struct, tuple(kept))


def context_parameters(loading: Loading, context_length: int, worthwhile_threads: int) -> Any:
    """How a context is made: a llama_context_params. Slots are the caller's.

    Args:
        context_length: in tokens, decided already.
        worthwhile_threads: more gain nothing for one token of this model.

    Raises:
        LoadError: the cache types and flash attention contradict each other.
    """
    struct = api.llama_context_default_params()
    struct.n_ctx = context_length
    struct.n_batch = min(loading.batch_size, context_length)
    struct.n_ubatch = min(loading.micro_batch or loading.batch_size, struct.n_batch)
    struct.n_threads = loading.threads or min(physical_cores(), worthwhile_threads)
    struct.n_threads_batch = loading.prompt_threads or loading.threads or physical_cores()
    struct.flash_attn_type = FLASH_ATTENTION[loading.flash_attention]
    keys, values = cache_types(loading)
    if values in QUANTIZED and loading.flash_attention == "off":
        raise cache_needs_flash_attention(values)
    struct.type_k, struct.type_v = KV_TYPES[keys], KV_TYPES[values]
    struct.rope_scaling_type = ROPE_SCALING[loading.rope_scaling]
    struct.rope_freq_base = loading.rope_freq_base
    struct.rope_freq_scale = loading.rope_freq_scale
    struct.no_perf = True
    return struct


def cache_types(loading: Loading) -> tuple[str, str]:
    """Of the keys and of the values."""
    same = loading.kv_type_values == "same"
    return loading.kv_type, loading.kv_type if same else loading.kv_type_values


def cache_needs_flash_attention(kind: str, detail: str = "") -> LoadError:
    """Values are stored across the tokens without flash attention, and blocks of a quantized type cannot be."""
    return LoadError(
        tr("The type {type} for the values of the KV cache needs flash attention.").format(type=kind),
        tr("Set flash attention to automatic, or the KV cache type of the values to f16."),
        detail,
    )
