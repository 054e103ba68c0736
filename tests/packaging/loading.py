"""The scripts of packaging/ as modules: they are no package, since nothing installs them."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]


def script(name: str) -> ModuleType:
    """packaging/NAME.py; what it imports from its own folder is found too."""
    spec = importlib.util.spec_from_file_location(
        f"packaging_{name.replace('/', '_')}", ROOT / "packaging" / f"{name}.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path[:] = before
    return module
