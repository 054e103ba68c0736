"""Whether a package's engine can run on a processor."""

import pytest

from app.core.errors import LoadError
from app.engine.processor import abilities, require, told_on_linux, told_on_macos

MODERN = "sse4_2 avx avx2 fma f16c bmi1 bmi2 movbe"


def cpuinfo(flags: str) -> str:
    core = f"vendor_id\t: GenuineIntel\nflags\t\t: fpu sse {flags} ht\nbugs\t\t: none\n"
    return core + "\n" + core


def test_a_processor_of_today_is_good() -> None:
    require(told_on_linux(cpuinfo(MODERN)))
    require(told_on_macos("FPU VME SSE4.1 SSE4.2 FMA MOVBE AVX1.0 F16C\nRDWRFSGS BMI1 AVX2 BMI2\n"))


def test_an_old_one_is_told_what_it_lacks() -> None:
    with pytest.raises(LoadError) as refused:
        require(told_on_linux(cpuinfo("sse4_2 avx")))
    assert "too old" in refused.value.message
    assert "AVX2, FMA, F16C, BMI2" in refused.value.message
    assert refused.value.hint
    with pytest.raises(LoadError, match="lacks AVX2, BMI2"):
        require(told_on_macos("SSE4.2 FMA AVX1.0 F16C"))


def test_what_nobody_tells_is_not_refused() -> None:
    require(None)
    require(told_on_linux("processor: 0\nFeatures: fp asimd\n"))
    require(told_on_macos(""))


def test_this_processor_is_asked() -> None:
    known = abilities()
    assert known is None or set(known) & {"sse4_2", "avx2", "fpu"}
