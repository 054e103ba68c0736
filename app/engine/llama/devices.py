"""What can compute here, as ggml lists it: graphics cards by name with their memory.

The bindings leave ggml's own functions out; they are declared here over the libraries that are loaded anyway.
"""

import ctypes
import json
from functools import cache
from pathlib import Path
from typing import Any

from app.core.protocol import Device
from app.engine.llama.library import api, engine
from app.engine.llama.log import Log

GPU, INTEGRATED = 1, 2  # ggml-backend.h, enum ggml_backend_dev_type
SIGNATURES: dict[str, tuple[list[Any], Any]] = {
    "ggml_backend_dev_count": ([], ctypes.c_size_t),
    "ggml_backend_dev_get": ([ctypes.c_size_t], ctypes.c_void_p),
    "ggml_backend_dev_type": ([ctypes.c_void_p], ctypes.c_int),
    "ggml_backend_dev_description": ([ctypes.c_void_p], ctypes.c_char_p),
    "ggml_backend_dev_memory": (
        [ctypes.c_void_p, ctypes.POINTER(ctypes.c_size_t), ctypes.POINTER(ctypes.c_size_t)],
        None,
    ),
    "ggml_backend_cpu_buffer_type": ([], ctypes.c_void_p),
}


def graphics_cards() -> tuple[Device, ...]:
    """What llama.cpp computes on beside the processor, unless told otherwise; `main_gpu` counts in this order.

    Needs no model.
    """
    api.llama_backend_init()  # finds the devices; does nothing the second time
    found = [_ggml("ggml_backend_dev_get")(number) for number in range(_ggml("ggml_backend_dev_count")())]
    return usable([(_ggml("ggml_backend_dev_type")(device), _described(device)) for device in found])


def write_names(answer: Path) -> int:
    """What a process does that is asked for the graphics cards of a pack (see `packs`): their names as JSON, if it works."""
    log = Log()  # what the drivers say is for nobody here
    if engine.folder is not None:
        answer.write_text(json.dumps([card.name for card in graphics_cards() if card.name]), "utf-8")
    del log  # not before: llama.cpp calls it
    return 0 if engine.folder is not None else 1


def usable(found: list[tuple[int, Device]]) -> tuple[Device, ...]:
    """The graphics cards, or where there is none the processor's own graphics; `found` are kinds and devices."""
    cards = tuple(device for kind, device in found if kind == GPU)
    return cards or tuple(device for kind, device in found if kind == INTEGRATED)


def main_memory() -> int:
    """The buffer type of the processor's memory, for tensors that are to stay there."""
    address: int = _ggml("ggml_backend_cpu_buffer_type")()
    return address


def _described(device: int) -> Device:
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    _ggml("ggml_backend_dev_memory")(device, ctypes.byref(free), ctypes.byref(total))
    name: bytes = _ggml("ggml_backend_dev_description")(device) or b""
    return Device(name.decode("utf-8", "replace"), total.value, free.value)


@cache
def _ggml(name: str) -> Any:
    """One of ggml's functions, from whichever of its libraries has it."""
    function = next(function for library in _libraries() if (function := getattr(library, name, None)) is not None)
    function.argtypes, function.restype = SIGNATURES[name]
    return function


@cache
def _libraries() -> list[Any]:
    """Looked up through libllama, which depends on the others; Windows does not search those."""
    folder = engine.folder or Path(api.__file__).parent / "lib"
    files = [file for name in ("ggml", "ggml-base", "ggml-cpu") if (file := folder / f"{name}.dll").is_file()]
    return [api._lib, *(ctypes.CDLL(str(file)) for file in files)]
