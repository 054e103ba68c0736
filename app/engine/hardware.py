"""What this computer has: physical cores and free memory."""

import os
from pathlib import Path

CORES = Path("/sys/devices/system/cpu")
MEMORY = Path("/proc/meminfo")


def physical_cores(folder: Path = CORES) -> int:
    """Cores that this process may use, hyper-threads of one core counted once; all logical ones where nobody tells."""
    logical = set(range(os.cpu_count() or 1))
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else logical
    cores = set()
    for number in allowed:
        try:
            cores.add((folder / f"cpu{number}" / "topology" / "thread_siblings_list").read_text().strip())
        except OSError:
            return max(1, len(allowed))
    return max(1, len(cores))


def available_memory(source: Path = MEMORY) -> int | None:
    """Bytes that programs can still get without pushing others out, free swap included; None where nobody tells."""
    sizes = _memory(source)
    return sizes["MemAvailable"] + sizes.get("SwapFree", 0) if "MemAvailable" in sizes else None


def free_swap(source: Path = MEMORY) -> int:
    """Bytes of what is available that lie on a disk."""
    return _memory(source).get("SwapFree", 0)


def total_memory(source: Path = MEMORY) -> int | None:
    """Bytes of memory that are built in; None where nobody tells."""
    return _memory(source).get("MemTotal")


def _memory(source: Path) -> dict[str, int]:
    try:
        lines = source.read_text().splitlines()
    except OSError:
        return {}
    return {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines) if rest}
