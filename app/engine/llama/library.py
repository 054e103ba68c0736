"""The import door to llama.cpp's C API: every call into it goes through `api`.

`import llama_cpp` would run the package's __init__, which pulls in the high-level class, numpy, jinja2's loaders
and a disk cache: 0.29 s. The low-level module needs none of them: 0.05 s. So the package's folder is found
without running it, and only the module with the C functions is imported below the bare package.

llama.cpp's threads meet some ten times in each layer, and OpenMP decides how a thread waits there for the others. Its
habit is to spin for milliseconds: as soon as another program wants a core, the spinning threads hold up the one they
wait for. Asleep at once, they lose the time of waking at every meeting. Spinning for about as long as a meeting takes,
a tenth of a millisecond or so, is nearly the best of both; with several answers in a batch the threads have more to do
between two meetings, and arrive further apart. A model of 1.2 billion weights on two cores:

    spins                                                0   2,000   8,000  20,000   60,000   300,000 (the habit)
    one answer, tokens per second                     15.2*   21.4    20.8    20.0     21.5     21.9*
    the same beside two programs that never rest      12.2*    9.0     5.5     3.1      1.3      0.6*
    four answers, ÷ llama-batched-bench                  –    0.81    0.97    1.05        –        –

(*) measured at another time and brought to the same scale by the column of 2,000.
"""

import os
import sys
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import Any

from app.core.errors import LoadError
from app.core.language import tr
from app.engine import processor
from app.engine.packs import Choice, in_use


def module(part: str) -> Any:
    """One module of the package llama_cpp, without what its __init__ would bring."""
    name = "llama_cpp"
    if f"{name}.{part}" in sys.modules or name in sys.modules:
        return import_module(f"{name}.{part}")
    spec = find_spec(name)
    if spec is None:
        raise LoadError(
            tr("The engine is not installed."),
            tr("Install Fireside again; its package llama-cpp-python is missing."),
        )
    sys.modules[name] = module_from_spec(spec)  # made, not run
    try:
        return import_module(f"{name}.{part}")
    finally:
        del sys.modules[name]  # a later `import llama_cpp` elsewhere gets the whole package


def _loaded(choice: Choice) -> tuple[Choice, Any]:
    """llama.cpp's functions from the libraries of the pack that is chosen; from the built-in ones where they cannot be."""
    if choice.folder is None or OVERRIDE in os.environ:
        return replace(choice, folder=None), module("llama_cpp")
    os.environ[OVERRIDE] = str(choice.folder)  # read by the bindings, and by nobody else: it is gone in a moment
    try:
        return choice, module("llama_cpp")
    except (OSError, RuntimeError):
        choice = Choice(None, choice.label, "broken")
    finally:
        del os.environ[OVERRIDE]
    return choice, module("llama_cpp")


OVERRIDE = "LLAMA_CPP_LIB_PATH"
if getattr(sys, "frozen", False):  # a package's engine; one that was compiled here fits the processor that is here
    processor.require(processor.abilities())
os.environ.setdefault("GOMP_SPINCOUNT", "8000")  # read when the library is loaded, in the next line
engine, api = _loaded(in_use())
