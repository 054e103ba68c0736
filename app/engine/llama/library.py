"""The import door to llama.cpp's C API: every call into it goes through `api`.

`import llama_cpp` would run the package's __init__, which pulls in the high-level class, numpy, jinja2's loaders
and a disk cache: 0.29 s. The low-level module needs none of them: 0.05 s. So the package's folder is found
without running it, and only the module with the C functions is imported below the bare package.

llama.cpp's threads meet some ten times in each layer, and OpenMP decides how a thread waits there for the others. Its
habit is to spin for milliseconds: as soon as another program wants a core, the spinning threads hold up the one they
wait for. Asleep at once, they lose the time of waking at every meeting. Spinning for as long as a usual meeting takes,
some hundredths of a millisecond, is nearly the best of both. Tokens per second on two cores:

    spins                                             0     2,000     300,000 (the habit)
    a model of 1.2 billion weights                  9.8      13.8        14.1
    the same beside two programs that never rest   10.6       7.8         0.5
    a tiny model                                    109       196         214
    the same beside two programs that never rest    183       107          53, at times 4
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


os.environ.setdefault("GOMP_SPINCOUNT", "2000")  # read when the library is loaded, in the next line
api: Any = module("llama_cpp")
