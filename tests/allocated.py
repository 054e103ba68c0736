"""What llama.cpp says it allocates when it loads a model, read from its log."""

import re
from pathlib import Path

from app.core.fit import Memory, sequences
from app.core.network import read_network
from app.core.params import Loading
from app.engine.llama.library import api
from app.engine.llama.parameters import context_parameters, model_parameters

MIB = 1 << 20
BUFFER = re.compile(r"(\w+) buffer size = +([\d.]+) MiB")
CACHE = re.compile(r"llama_(?:kv_cache|memory_recurrent): size = +([\d.]+) MiB")


def allocated(path: Path, loading: Loading, context: int) -> Memory:
    """Load the model without its weights (llama.cpp's no_alloc), make a context, and read what both would take.

    llama.cpp's log is left to nobody: a `Log` that was made before hears nothing any more.

    Raises:
        RuntimeError: it could not be loaded.
    """
    lines: list[str] = []
    callback = api.llama_log_callback(lambda level, text, _: lines.append(text.decode("utf-8", "replace")))
    api.llama_log_set(callback, None)
    try:
        weights = _load(path, loading, context)
    finally:
        api.llama_log_set(api.llama_log_callback(), None)
    text = "".join(lines)
    if weights is None:
        raise RuntimeError(text[-2000:])
    sizes: dict[str, float] = {}
    for name, size in BUFFER.findall(text):
        sizes[name] = sizes.get(name, 0.0) + float(size)
    cache = sum(float(size) for size in CACHE.findall(text))
    return Memory(weights, round(cache * MIB), round(sizes["compute"] * MIB), round(sizes["output"] * MIB))


def _load(path: Path, loading: Loading, context: int) -> int | None:
    api.llama_backend_init()
    model = model_parameters(loading, 0, api.llama_progress_callback())
    model.struct.no_alloc = True
    model.struct.load_mode = api.LLAMA_LOAD_MODE_NONE  # the only one that no_alloc works with
    loaded = api.llama_model_load_from_file(str(path).encode(), model.struct)
    if not loaded:
        return None
    parameters = context_parameters(loading, context, 1)
    parameters.n_seq_max = sequences(read_network(path), loading)
    parameters.kv_unified = True
    parameters.swa_full = False
    made = api.llama_init_from_model(loaded, parameters)
    weights: int | None = api.llama_model_size(loaded) if made else None
    if made:
        api.llama_free(made)
    api.llama_model_free(loaded)
    return weights
