"""A pack is made of what the loader needs of a wheel, once."""

import importlib.util
import json
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from app.engine.packs import installed, system

FILE = Path(__file__).parents[2] / "packaging" / "gpu" / "pack.py"


@pytest.fixture(scope="module")
def packer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gpu_pack", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_library_once_under_the_name_it_is_opened_by(packer: ModuleType) -> None:
    linux = [
        f"llama_cpp/lib/lib{name}.so{end}"
        for name in ("llama", "ggml", "ggml-vulkan", "mtmd")
        for end in ("", ".0", ".0.5.0")
    ]
    assert sorted(packer.libraries([*linux, "lib/libllama.so", "include/llama.h"])) == [
        "libggml-vulkan.so.0",
        "libggml.so.0",
        "libllama.so",
    ]
    windows = [f"llama_cpp/lib/{name}.{end}" for name in ("llama", "ggml", "ggml-cuda") for end in ("dll", "lib")]
    assert sorted(packer.libraries(windows)) == ["ggml-cuda.dll", "ggml.dll", "llama.dll"]


def test_the_pack_is_found_by_the_application(packer: ModuleType, tmp_path: Path) -> None:
    wheel = tmp_path / "llama_cpp_python-0.9.9-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("llama_cpp/lib/llama.dll", b"1")
        archive.writestr("llama_cpp/lib/ggml-vulkan.dll", b"2")
        archive.writestr("llama_cpp/__init__.py", b"")
    made = packer.make("vulkan", wheel, tmp_path / "engines")
    assert made.name.endswith(f"{system()}.zip")
    (pack,) = installed([tmp_path / "engines"])
    assert (pack.name, pack.label, pack.bindings, pack.system) == ("vulkan", "Vulkan", "0.9.9", system())
    with zipfile.ZipFile(made) as archive:
        assert sorted(archive.namelist()) == [
            "vulkan/LICENCES.txt", "vulkan/ggml-vulkan.dll", "vulkan/llama.dll", "vulkan/pack.json",
        ]  # fmt: skip
        told = archive.read("vulkan/LICENCES.txt").decode()
        assert "The ggml authors" in told
        assert "Khronos" in told
        assert "without limitation the rights" in told
        assert json.loads(archive.read("vulkan/pack.json"))["name"] == "vulkan"


def test_a_wheel_without_an_engine_is_refused(packer: ModuleType, tmp_path: Path) -> None:
    wheel = tmp_path / "llama_cpp_python-0.9.9-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("llama_cpp/__init__.py", b"")
    with pytest.raises(ValueError):
        packer.make("vulkan", wheel, tmp_path / "engines")
