"""The import door to llama.cpp's C API: every call into it goes through `api`.

`import llama_cpp` would run the package's __init__, which pulls in the high-level class, numpy, jinja2's loaders
and a disk cache: 0.29 s. The low-level module needs none of them: 0.05 s. So the package's folder is found
without running it, and only the module with the C functions is imported below the bare package.

llama.cpp's threads meet some ten times in each layer. OpenMP's habit is to spin at these meetings; as soon as another
program wants a core, the spinning threads hold up the one they wait for: on two cores with two busy programs beside it
a model of 8 layers fell from 300 tokens per second to 2. Asleep they are woken by the one that comes last, and the same
model kept 350. Spinning also goes on for a while after the last token, asleep they cost nothing at once.
"""

import os
import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import Any

from app.core.errors import LoadError
from app.core.language import tr


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


os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # read when the library is loaded, in the next line
api: Any = module("llama_cpp")
