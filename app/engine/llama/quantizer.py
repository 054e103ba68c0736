"""llama.cpp's quantizer: a smaller copy of a model, or only what it would be."""

import ctypes
import re
from array import array
from pathlib import Path
from typing import Any

from app.core.errors import AppError, InputError, LoadError, ModelFileError, StoreError
from app.core.importance import read_importance
from app.core.language import tr
from app.core.models import QUANTIZATIONS
from app.core.shrink import Forecast, Order, needs_importance
from app.engine.hardware import physical_cores
from app.engine.llama.library import api
from app.engine.llama.log import Log
from app.engine.llama.model import load_failure

MOST_AT_ONCE = 1 << 25  # bytes of a tensor's rows in one go: the file grows in small steps, and little memory is needed
LINE = re.compile(
    r"^\[ *\d+/ *\d+\] (?P<name>\S+) +- \[.*?\], type = *(?P<kind>\w+), size = .*?(?:\((?P<new>\w+)\))?$", re.MULTILINE
)
NEEDS_IMPORTANCE = "will require an imatrix"


class _Account(Log):
    """Also keeps all that is said, where it is asked for."""

    def __init__(self) -> None:
        self.said: list[str] = []
        super().__init__()

    def _take(self, level: int, text: bytes | None, more: Any) -> None:
        if text:
            self.said.append(text.decode("utf-8", "replace"))
        super()._take(level, text, more)


def forecast(order: Order) -> Forecast:
    """What the quantizer would do; it reads the header alone and writes nothing.

    Raises:
        AppError: it could not do it.
    """
    log = _Account()
    _run(order, "", log, dry=True)
    said = "".join(log.said)
    kinds = {found["name"]: (found["new"] or found["kind"]).upper() for found in LINE.finditer(said)}
    return Forecast(kinds, NEEDS_IMPORTANCE in said)


def quantize(order: Order, to: str) -> None:
    """Write the copy to the file `to`, which is replaced.

    Args:
        to: a name without anything beyond ASCII: llama.cpp does not write to other names on Windows.

    Raises:
        AppError: it cannot be done.
    """
    _run(order, to, Log(), dry=False)


def _run(order: Order, to: str, log: Log, dry: bool) -> None:
    api.llama_backend_init()
    parameters = api.llama_model_quantize_default_params()
    parameters.ftype = order.file_type
    parameters.nthread = order.threads or physical_cores()
    parameters.allow_requantize = order.requantize
    parameters.dry_run = dry
    parameters.max_buf_size = MOST_AT_ONCE
    kept: list[Any] = []  # what the parameters point at
    if order.prune:
        layers = (ctypes.c_int32 * (len(order.prune) + 1))(*order.prune, -1)
        parameters.prune_layers = layers
        kept.append(layers)
    if order.importance is not None:
        parameters.imatrix = _importance(order.importance, kept, dry)
    log.clear()
    source = str(order.source).encode("utf-8", "surrogateescape")
    try:
        if api.llama_model_quantize(source, to.encode("ascii"), ctypes.byref(parameters)):
            raise _failure(order, log)
    finally:
        api.llama_log_set(api.llama_log_callback(), None)  # nobody hears what may be said at the end of the process
        kept.clear()


def _importance(path: Path, kept: list[Any], dry: bool) -> Any:
    """The file as an array that ends with an empty entry. For a forecast only the names count."""
    one = array("f", [1.0])
    found = read_importance(path)
    weights = [(entry.name, one) for entry in found.entries] if dry else list(found.weights())
    entries = (api.llama_model_imatrix_data * (len(weights) + 1))()
    for entry, (name, values) in zip(entries, weights, strict=False):
        numbers = (ctypes.c_float * len(values)).from_buffer(values)
        entry.name, entry.size = name.encode(), len(values)
        entry.data = ctypes.cast(numbers, ctypes.POINTER(ctypes.c_float))
        kept.append(numbers)
    kept.append(entries)
    return entries


def _failure(order: Order, log: Log) -> AppError:
    """The quantizer's own words as one of our errors."""
    words, kind = log.errors(), QUANTIZATIONS.get(order.file_type, "")
    if "non-finite" in words or "imatrix size" in words:
        return ModelFileError(
            tr("The importance matrix is damaged, or of another model."),
            tr("Choose the one of this model, or do without."),
            words,
        )
    if "imatrix" in words or "importance matrix" in words:
        return needs_importance(kind, words)
    if "no tensor type fallback" in words:
        return InputError(
            tr("This model cannot be made {type}: the rows of its matrices do not come out even.").format(type=kind),
            tr("Choose another type, such as Q4_K_M or Q8_0."),
            words,
        )
    if "iostream" in words or "ios_base" in words or "basic_ios" in words:
        return StoreError(
            tr("The smaller copy could not be written."),
            tr("Make room on the disk, or choose a folder on another one."),
            words,
        )
    if "architecture" in words or "gguf" in words or "file bounds" in words:
        return load_failure(order.source, log)
    return LoadError(
        tr("“{file}” could not be shrunk.").format(file=order.source.name),
        tr("Try another type, or another file of this model."),
        words or log.last(),
    )
