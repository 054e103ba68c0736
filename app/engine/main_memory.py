"""How much main memory is free, built in and swapped, as each system tells it."""

import ctypes
import os
import re
import subprocess
import sys
from contextlib import suppress

from app.engine.hardware import available_memory, free_swap, total_memory

PATIENCE_S = 5.0


def main_memory() -> tuple[int | None, int | None, int]:
    """Bytes: what programs can still get (swap included), what is built in, and the free swap; None where nobody tells."""
    if sys.platform == "win32":
        status = MemoryStatus()
        status.length = ctypes.sizeof(status)
        if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
            return None, None, 0
        return status.available_physical, status.total_physical, 0
    if sys.platform == "darwin":
        return available_on_macos(_output("/usr/bin/vm_stat")), _built_in(), 0
    return available_memory(), total_memory(), free_swap()


class MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX (sysinfoapi.h)."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        ("total_physical", ctypes.c_uint64),
        ("available_physical", ctypes.c_uint64),
        ("total_page_file", ctypes.c_uint64),
        ("available_page_file", ctypes.c_uint64),
        ("total_virtual", ctypes.c_uint64),
        ("available_virtual", ctypes.c_uint64),
        ("available_extended", ctypes.c_uint64),
    )


def available_on_macos(said: str) -> int | None:
    """Of what `vm_stat` says: pages that are free, and those that hold what can be read again."""
    size = re.search(r"page size of (\d+) bytes", said)
    pages = {name: int(count) for name, count in re.findall(r"^Pages (\w+):\s+(\d+)\.", said, re.MULTILINE)}
    if size is None or "free" not in pages:
        return None
    return int(size[1]) * sum(pages.get(name, 0) for name in ("free", "inactive", "speculative"))


def _output(program: str) -> str:
    with suppress(OSError, subprocess.SubprocessError):
        return subprocess.run([program], capture_output=True, text=True, timeout=PATIENCE_S).stdout
    return ""


def _built_in() -> int | None:
    with suppress(OSError, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None
