"""Makes a pack of an engine from a wheel of llama-cpp-python: pack.py KIND FOLDER-OF-THE-WHEEL TARGET.

A pack is TARGET/KIND with the libraries, their licences and pack.json, and the same as a .zip: unpacked into the folder
"engines" beside the user's data it is found at the next start (app/engine/packs.py).
"""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from app import __version__
from app.engine.packs import system

LABELS = {"cuda": "CUDA", "vulkan": "Vulkan", "rocm": "ROCm", "cpu": "CPU"}
UNUSED = re.compile(r"(lib)?mtmd\b")  # for pictures and sound, which nothing here speaks to
# What NVIDIA lets programs bring along, so that the driver alone is enough. ROCm's are gigabytes: it has to be installed.
BROUGHT = re.compile(r"(lib)?(cudart|cublas|cublasLt)(64_\d+)?\.(so|dll)")

# What is compiled into a pack, or lies in it, by whom: all under the MIT licence but NVIDIA's.
MADE_BY = {
    "": ("llama.cpp, ggml", "2023-2026 The ggml authors"),
    "vulkan": ("Vulkan-Headers, Vulkan-Hpp", "2015-2025 The Khronos Group Inc."),
}
OF_NVIDIA = "CUDA's runtime libraries are NVIDIA's: https://docs.nvidia.com/cuda/eula/"


def licences(kind: str) -> str:
    """The text that goes with a pack."""
    notices = "\n".join(
        f"{name}: Copyright (c) {whose}" for each, (name, whose) in MADE_BY.items() if each in ("", kind)
    )
    mit = (ROOT / "resources" / "licences" / "MIT.txt").read_text("utf-8")
    return f"{notices}\n\n{mit}" + (f"\n{OF_NVIDIA}\n" if kind == "cuda" else "")


def libraries(names: list[str]) -> dict[str, str]:
    """What a wheel has for the loader, by the name it is to have: on Linux the same library lies there under three names.

    The bindings open `libllama.so`; everything else is opened by the name that a library was linked with (`libggml.so.0`).
    """
    found: dict[str, str] = {}
    for name in sorted(names):
        path = PurePosixPath(name)
        if path.parts[:2] != ("llama_cpp", "lib") or UNUSED.match(path.name):
            continue
        if (
            re.search(r"\.(dll|dylib|metal)$", path.name)
            or path.name == "libllama.so"
            or re.search(r"\.so\.\d+$", path.name)
        ):
            found[path.name] = name
    if "libllama.so" in found:  # nobody links to it by its other name
        found = {name: entry for name, entry in found.items() if not name.startswith("libllama.so.")}
    return found


def brought_along(folder: Path) -> Iterator[Path]:
    """Libraries of CUDA that those in the folder are linked with, from where they are installed here."""
    if sys.platform == "win32":
        toolkit = Path(os.environ.get("CUDA_PATH", "")) / "bin"
        yield from (path for path in sorted(toolkit.rglob("*.dll")) if BROUGHT.match(path.name))
        return
    for library in sorted(folder.glob("*.so*")):
        told = subprocess.run(["ldd", str(library)], capture_output=True, text=True, check=True).stdout
        for name, place in re.findall(r"(\S+) => (/\S+)", told):
            if BROUGHT.match(name):
                yield Path(place)


def make(kind: str, wheel: Path, target: Path) -> Path:
    """The pack's archive.

    Raises:
        ValueError: the wheel holds no engine.
    """
    folder = target / kind
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        found = libraries(archive.namelist())
        if not any("llama" in name for name in found):
            raise ValueError(f"{wheel.name} holds no engine")
        for name, entry in found.items():
            (folder / name).write_bytes(archive.read(entry))
    if kind == "cuda":
        for path in dict.fromkeys(brought_along(folder)):
            shutil.copy(path, folder / path.name)
    built = [str(path) for path in folder.glob("lib*.so*") if path.name.startswith(("libggml", "libllama"))]
    if built and sys.platform == "linux" and shutil.which("strip"):
        subprocess.run(["strip", "--strip-unneeded", *built], check=True)
    about = {
        "name": kind,
        "label": LABELS[kind],
        "bindings": wheel.name.split("-")[1],
        "system": system(),
        "fireside": __version__,
    }
    (folder / "pack.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    (folder / "LICENCES.txt").write_text(licences(kind), "utf-8")
    archive_path = target / f"fireside-engine-{kind}-{__version__}-{system()}.zip"
    with zipfile.ZipFile(archive_path, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"{kind}/{path.name}")
    return archive_path


def main(kind: str, wheels: str, target: str) -> None:
    """Say what was made, and how large it is."""
    (wheel,) = Path(wheels).glob("llama_cpp_python-*.whl")
    made = make(kind, wheel, Path(target))
    print(f"{made} ({made.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main(*sys.argv[1:])
