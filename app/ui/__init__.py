"""The window: the only package that knows Qt.

PySide6 does two things at its import that nobody here needs, and that take 75 ms of each start:

- it compiles and runs the modules with which it writes signatures, for help, type stubs and errors about wrong
  arguments, from their sources; here each of them is compiled when something of it is asked for;
- it puts its own function in the place of Python's import, which reads the source of every module that is imported
  from then on and looks for feature switches; Python's own is put back.
"""

import builtins
from typing import Any

_import, _compile = builtins.__import__, builtins.compile

# What stands in the place of a module until something of it is asked for.
_LATER = """
def __getattr__(name):
    import builtins
    if name.startswith("__") or "__getattr__" not in globals():
        raise AttributeError(name)
    del globals()["__getattr__"]
    exec(builtins.compile({source!r}, {filename!r}, "exec"), globals())
    return globals()[name]
"""
_AT_ONCE = ("__init__.py", "loader.py", "importhandler.py", "mapping.py")  # what each import of a part of Qt needs


def _compile_later(source: Any, filename: Any, *rest: Any, **named: Any) -> Any:
    if "/signature/" in str(filename) and not str(filename).endswith(_AT_ONCE):
        source = _LATER.format(source=source, filename=filename)
    return _compile(source, filename, *rest, **named)


builtins.compile = _compile_later
try:
    import PySide6.QtCore  # noqa: F401
finally:
    builtins.__import__, builtins.compile = _import, _compile
