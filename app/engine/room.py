"""How much memory is there for a model, on all devices. Needs no model process."""

import ctypes
import re
from importlib.util import find_spec
from pathlib import Path

from app.core.verdict import Room
from app.engine.main_memory import main_memory
from app.engine.packs import in_use

BACKENDS = re.compile(r"ggml-(cuda|hip|musa|vulkan|metal|sycl|opencl|cann)\.")
"""In the names of the libraries that compute elsewhere than on the processor."""


def room() -> Room:
    """What is free now. llama.cpp is only loaded where it was built for graphics cards: that takes a moment."""
    free, total, swap = main_memory()
    cards = _cards(free) if built_for_cards(libraries()) else ()
    return Room(free, total, cards, swap)


def built_for_cards(libraries: Path | None) -> bool:
    """Whether one of the libraries in this folder computes on graphics cards."""
    try:
        return libraries is not None and any(BACKENDS.search(path.name) for path in libraries.iterdir())
    except OSError:
        return False


def _cards(free: int | None) -> tuple[int, ...]:
    from app.engine.llama.devices import graphics_cards
    from app.engine.llama.library import api
    from app.engine.llama.log import Log

    before, data = api.llama_log_callback(), ctypes.c_void_p()
    api.llama_log_get(ctypes.byref(before), ctypes.byref(data))
    log = Log()  # what the backends say at their start is not for the terminal
    try:
        return tuple(card.free_bytes or free or 0 for card in graphics_cards())
    finally:
        api.llama_log_set(before, data)
        del log  # not before: llama.cpp calls it


def libraries() -> Path | None:
    """The folder of the engine's libraries; None where nobody can tell."""
    if chosen := in_use().folder:
        return chosen
    found = find_spec("llama_cpp")
    return Path(found.origin).parent / "lib" if found is not None and found.origin else None
