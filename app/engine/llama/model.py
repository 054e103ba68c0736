"""Loading and freeing a model, and what it says of itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.core.errors import AppError, LoadError, ModelFileError
from app.core.language import tr
from app.core.models import QUANTIZATIONS, RECOMMENDED, checked_size, digest, recommended
from app.core.params import Loading
from app.core.protocol import ModelInfo
from app.engine.hardware import available_memory, total_memory
from app.engine.llama.library import api
from app.engine.llama.log import Log
from app.engine.llama.vocabulary import Vocabulary

AUTOMATIC_CONTEXT = 8192
BYTES_PER_VALUE = {"f32": 4.0, "f16": 2.0, "bf16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}  # of the KV cache

Go = Callable[[float], bool]  # progress from 0 to 1; False ends the loading


class Cancelled(Exception):
    """The progress function asked to end the loading."""


class Model:
    """A loaded model file; `free` it after its contexts."""

    def __init__(self, path: Path, loading: Loading, go: Go, log: Log) -> None:
        """Load it.

        Raises:
            ModelFileError: the file cannot be a model for this engine.
            LoadError: the file may be good but does not load here.
            Cancelled: `go` returned False.
        """
        self.path = path
        self.pointer: Any = None
        self.file_bytes = checked_size(path)
        offloads = bool(api.llama_supports_gpu_offload()) and loading.gpu_layers != 0
        if not offloads:
            # A mapped file may take the place of what other programs leave; more than there is it cannot be.
            room = total_memory() if loading.memory_map else available_memory()
            _refuse_if_too_large(self.file_bytes, room, tr("The model file"))
        stopped = False

        def report(fraction: float, _: Any) -> bool:
            nonlocal stopped
            stopped = stopped or not go(fraction)
            return not stopped

        params = api.llama_model_default_params()
        params.n_gpu_layers = loading.gpu_layers
        params.load_mode = _load_mode(loading)
        params.progress_callback = callback = api.llama_progress_callback(report)
        log.clear()
        self.pointer = api.llama_model_load_from_file(str(path).encode("utf-8", "surrogateescape"), params)
        del callback  # held until here, because llama.cpp called it
        if stopped:
            self.free()
            raise Cancelled
        if not self.pointer:
            raise load_failure(path, log)
        if not self._writes_text():
            self.free()
            raise ModelFileError(
                tr("“{file}” is not a model that can chat.").format(file=path.name),
                tr("Choose a text generation model."),
            )
        self.vocabulary = Vocabulary(api.llama_model_get_vocab(self.pointer))
        self.trained_context: int = api.llama_model_n_ctx_train(self.pointer)
        self.offloads = offloads
        # A recurrent state has no parts: it cannot be taken back to an earlier token.
        self.can_cut = not (api.llama_model_is_recurrent(self.pointer) or api.llama_model_is_hybrid(self.pointer))

    def _writes_text(self) -> bool:
        """Models for embeddings and translation load as well, but there is no chatting with them."""
        architecture = self.metadata("general.architecture") or ""
        return bool(
            api.llama_model_has_decoder(self.pointer)
            and not api.llama_model_has_encoder(self.pointer)
            and self.metadata(f"{architecture}.attention.causal") != "false"
        )

    def metadata(self, key: str) -> str | None:
        """One value of the file's metadata as text; None where the file has none."""
        room = 256
        while True:
            buffer = api.ctypes.create_string_buffer(room)
            length = api.llama_model_meta_val_str(self.pointer, key.encode(), buffer, room)
            if length < 0:
                return None
            if length < room:
                return bytes(buffer.value).decode("utf-8", "replace")
            room = length + 1

    def chat_template(self) -> str | None:
        text = api.llama_model_chat_template(self.pointer, None)
        return None if text is None else bytes(text).decode("utf-8", "replace")

    def context_length(self, loading: Loading) -> int:
        """The length to make a context with: what was asked for, or what is sensible."""
        return loading.context_length or min(self.trained_context or AUTOMATIC_CONTEXT, AUTOMATIC_CONTEXT)

    def check_memory(self, loading: Loading) -> None:
        """Refuse a context whose cache clearly cannot fit.

        Raises:
            LoadError: it cannot.
        """
        if self.offloads or self._cache_is_smaller_than_it_looks():
            return
        architecture = self.metadata("general.architecture") or ""
        heads = int(self.metadata(f"{architecture}.attention.head_count") or 0)
        if not heads:
            return
        width = api.llama_model_n_embd(self.pointer) // heads
        key = int(self.metadata(f"{architecture}.attention.key_length") or width)
        value = int(self.metadata(f"{architecture}.attention.value_length") or width)
        per_token = api.llama_model_n_layer(self.pointer) * api.llama_model_n_head_kv(self.pointer) * (key + value)
        cache = int(self.context_length(loading) * per_token * BYTES_PER_VALUE[loading.kv_type])
        what = tr("The context of {count} tokens").format(count=f"{self.context_length(loading):,}")
        _refuse_if_too_large(cache, available_memory(), what)

    def _cache_is_smaller_than_it_looks(self) -> bool:
        """Sliding windows, recurrent states and compressed caches need less than the plain formula says."""
        architecture = self.metadata("general.architecture") or ""
        return bool(
            api.llama_model_n_swa(self.pointer) > 0
            or api.llama_model_is_recurrent(self.pointer)
            or api.llama_model_is_hybrid(self.pointer)
            or self.metadata(f"{architecture}.attention.kv_lora_rank")
        )

    def info(self, context_length: int, template_source: str, template_problem: str = "") -> ModelInfo:
        file_type = self.metadata("general.file_type") or ""
        asked = {key: _number(text) for key in RECOMMENDED if (text := self.metadata(key)) is not None}
        return ModelInfo(
            path=self.path,
            name=self.metadata("general.name") or self.path.stem,
            architecture=self.metadata("general.architecture") or "",
            parameters=api.llama_model_n_params(self.pointer),
            quantization=QUANTIZATIONS.get(int(file_type), "") if file_type.isdigit() else "",
            file_bytes=self.file_bytes,
            context_length=context_length,
            trained_context=self.trained_context,
            layers=api.llama_model_n_layer(self.pointer),
            vocabulary=self.vocabulary.size,
            device=tr("Graphics card") if self.offloads else "CPU",
            template_source=template_source,
            template_problem=template_problem,
            recommended=recommended(asked),
            digest=digest(self.path),
        )

    def free(self) -> None:
        if self.pointer:
            api.llama_model_free(self.pointer)
            self.pointer = None


def load_failure(path: Path, log: Log) -> AppError:
    """llama.cpp's own words as one of our errors."""
    words = log.errors()
    file = path.name
    if "unknown model architecture" in words:
        architecture = words.partition("unknown model architecture: '")[2].partition("'")[0]
        return ModelFileError(
            tr("“{file}” is of the architecture “{architecture}”, which this version does not know.").format(
                file=file, architecture=architecture
            ),
            tr("Choose another model, or update Fireside."),
            words,
        )
    if "not within the file bounds" in words or "incomplete" in words or "exceeds remaining file size" in words:
        return ModelFileError(
            tr("“{file}” is cut short or damaged.").format(file=file), tr("Download the file again."), words
        )
    if "allocate" in words or "out of memory" in words:
        return LoadError(
            tr("There is not enough memory for “{file}”.").format(file=file),
            tr("Close other programs, choose a smaller model or a shorter context."),
            words,
        )
    if "gguf" in words:
        return ModelFileError(
            tr("“{file}” is damaged or no model file.").format(file=file), tr("Download the file again."), words
        )
    return LoadError(
        tr("“{file}” could not be loaded.").format(file=file),
        tr("Try other loading settings or another file of this model."),
        words or log.last(),
    )


def _refuse_if_too_large(needed: int, free: int | None, what: str) -> None:
    if free is not None and needed > free:
        raise LoadError(
            tr("{what} needs {needed} GB of memory, and there are {free} GB for it.").format(
                what=what, needed=f"{needed / 1e9:,.1f}", free=f"{free / 1e9:,.1f}"
            ),
            tr("Close other programs, choose a smaller model or a shorter context."),
        )


def _load_mode(loading: Loading) -> int:
    modes = {
        (False, False): api.LLAMA_LOAD_MODE_NONE,
        (True, False): api.LLAMA_LOAD_MODE_MMAP,
        (False, True): api.LLAMA_LOAD_MODE_MLOCK,
        (True, True): api.LLAMA_LOAD_MODE_MMAP_MLOCK,
    }
    return int(modes[loading.memory_map, loading.memory_lock])


def _number(text: str) -> float | int | str:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text
