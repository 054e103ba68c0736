"""What the processor can do. The engine of a package is compiled for x86-64-v3, and would die on an older one without a word."""

import ctypes
import platform
import subprocess
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from app.core.errors import LoadError
from app.core.language import tr

NEEDED = {"avx": "AVX", "avx2": "AVX2", "fma": "FMA", "f16c": "F16C", "bmi2": "BMI2", "sse4_2": "SSE4.2"}
"""The abilities that GGML_NATIVE=OFF takes for granted, as Linux spells them, and as everyone else does."""

PF_AVX2_INSTRUCTIONS_AVAILABLE = 40  # winnt.h; whatever has it has the others
PATIENCE_S = 5.0


def require(abilities: Collection[str] | None) -> None:
    """Make sure that the engine of a package can run.

    Args:
        abilities: those of this processor, as Linux spells them; None where they are not known, or of another kind.

    Raises:
        LoadError: the processor is too old.
    """
    if abilities is None:
        return
    lacking = [name for flag, name in NEEDED.items() if flag not in abilities]
    if lacking:
        raise LoadError(
            tr("This computer's processor is too old for the engine in this package: it lacks {abilities}.").format(
                abilities=", ".join(lacking)
            ),
            tr("Install Fireside from its source: then the engine is compiled for the processor that is there."),
            f"{platform.machine()}, {platform.processor() or 'unnamed'}",
        )


def abilities() -> Collection[str] | None:
    """Those of this processor; None where it is not an x86-64, or nobody tells."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return None
    if sys.platform == "win32":
        known = ctypes.windll.kernel32.IsProcessorFeaturePresent(PF_AVX2_INSTRUCTIONS_AVAILABLE)
        return tuple(NEEDED) if known else ("sse4_2",)
    with suppress(OSError, subprocess.SubprocessError):
        if sys.platform == "darwin":
            asked = ["/usr/sbin/sysctl", "-n", "machdep.cpu.features", "machdep.cpu.leaf7_features"]
            return told_on_macos(subprocess.run(asked, capture_output=True, text=True, timeout=PATIENCE_S).stdout)
        return told_on_linux(Path("/proc/cpuinfo").read_text("ascii", "replace"))
    return None


def told_on_linux(cpuinfo: str) -> Collection[str] | None:
    """What /proc/cpuinfo says of the first core."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "flags":
            return frozenset(value.split())
    return None


def told_on_macos(features: str) -> Collection[str] | None:
    """What sysctl says: "SSE4.2 AVX1.0 FMA … AVX2 BMI2"."""
    words = features.lower().split()
    return frozenset({"avx1.0": "avx", "sse4.2": "sse4_2"}.get(word, word) for word in words) or None
