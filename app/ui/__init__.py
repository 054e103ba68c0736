"""The window: the only package that knows Qt.

PySide6 puts its own function in the place of Python's import. It reads the source of every module that is imported
from then on and looks for feature switches, which nobody here uses; Python's own is put back (25 ms at the start).
"""

import builtins

_import = builtins.__import__

import PySide6.QtCore  # noqa: E402, F401

builtins.__import__ = _import
