"""What each system tells of its memory."""

import ctypes

import pytest

from app.engine.main_memory import MemoryStatus, available_on_macos, main_memory

VM_STAT = """Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                                5117.
Pages active:                            293816.
Pages inactive:                          290117.
Pages speculative:                         2503.
Pages throttled:                              0.
Pages wired down:                         90113.
Pages purgeable:                           7081.
"Translation faults":                 113419372.
Pages copy-on-write:                    6121354.
"""


def test_this_machine() -> None:
    free, total, swap = main_memory()
    assert free is None or total is None or 0 < free - swap <= total


def test_what_macos_says() -> None:
    assert available_on_macos(VM_STAT) == 16384 * (5117 + 290117 + 2503)


@pytest.mark.parametrize("said", ["", "nonsense", "page size of 4096 bytes", "Pages free: 3."])
def test_what_nobody_understands(said: str) -> None:
    assert available_on_macos(said) is None


def test_the_structure_is_as_long_as_windows_wants_it() -> None:
    assert ctypes.sizeof(MemoryStatus) == 64
