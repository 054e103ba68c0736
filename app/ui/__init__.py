"""The window: the only package that knows Qt.

PySide6 does two things at its import that nobody here needs, and that take 55 ms of each start:

- it compiles and runs the generator of its own type stubs, for the case that someone asks for them; it gets an empty
  module instead;
- it puts its own function in the place of Python's import, which reads the source of every module that is imported
  from then on and looks for feature switches; Python's own is put back.
"""

import builtins
from typing import Any

_import, _compile = builtins.__import__, builtins.compile


def _compile_all_but_the_stub_generator(source: Any, filename: Any, *rest: Any, **named: Any) -> Any:
    unused = str(filename).endswith("signature/lib/pyi_generator.py")
    return _compile("" if unused else source, filename, *rest, **named)


builtins.compile = _compile_all_but_the_stub_generator
try:
    import PySide6.QtCore  # noqa: F401
finally:
    builtins.__import__, builtins.compile = _import, _compile
