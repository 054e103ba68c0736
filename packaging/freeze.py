"""Freezes the program into dist/fireside, on any system: freeze.py [--with PACKAGE …]

Makes an environment of its own in build/venv and compiles the engine once, for every x86-64 processor with AVX2 (x86-64-v3)
and every arm64. The compiled engine is kept as a wheel in build/wheels, or where FIRESIDE_WHEELS says, and used again as
long as version and options are the same. CMAKE_ARGS adds options.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import time
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build"
TOOLS = ["pyinstaller>=6.16,<7"]
ENGINE = "llama-cpp-python"
CONSTRAINED = ("-c", str(ROOT / "packaging" / "constraints.txt"))


def requirements() -> tuple[list[str], str]:
    """What the program needs, and its engine apart."""
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    engine = next(each for each in asked if each.startswith(ENGINE))
    return [each for each in asked if each != engine], engine


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--with", nargs="*", default=[], metavar="PACKAGE", dest="more", help="install these too")
    more = arguments.parse_args().more
    began = time.monotonic()
    python = environment(BUILD / "venv")
    needed, engine = requirements()
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "-q"]
    run(*pip, "install", "--upgrade", "pip>=25.1")
    run(*pip, "install", *CONSTRAINED, *needed, *TOOLS, *more)
    wheel = engine_wheel(pip, engine)
    run(*pip, "install", *CONSTRAINED, str(wheel))  # and what it asks for
    run(
        *pip, "install", "--no-deps", "--force-reinstall", str(wheel)
    )  # the same version may be there, compiled otherwise
    ready = time.monotonic()
    icons = ROOT / "packaging" / "icons.py"
    if icons.exists() and sys.platform in ("win32", "darwin"):
        run(str(python), str(icons), str(BUILD))
    run(
        str(python), "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", "--distpath", str(ROOT / "dist"),
        "--workpath", str(BUILD / "pyinstaller"), str(ROOT / "packaging" / "fireside.spec"),
    )  # fmt: skip
    frozen = ROOT / "dist" / "fireside"
    size = sum(path.stat().st_size for path in frozen.rglob("*") if path.is_file() and not path.is_symlink())
    print(
        f"{frozen}: {size / 1e6:.0f} MB; environment {ready - began:.0f} s, freezing {time.monotonic() - ready:.0f} s"
    )


def environment(folder: Path) -> Path:
    """Its interpreter; it is made where there is none, or one of another Python."""
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    wanted = f"{sys.version} {sys.base_prefix}"
    made_by = folder / "made-by"
    if not python.exists() or not made_by.exists() or made_by.read_text("utf-8") != wanted:
        venv.create(folder, with_pip=True, clear=True)
        made_by.write_text(wanted, "utf-8")
    return python


def engine_wheel(pip: list[str], requirement: str) -> Path:
    """The compiled engine: the one that is kept, or a new one, which takes minutes."""
    options = f"-DGGML_NATIVE=OFF -DLLAVA_BUILD=OFF {os.environ.get('CMAKE_ARGS', '')}".strip()
    kept = Path(os.environ.get("FIRESIDE_WHEELS", BUILD / "wheels")).absolute()
    made_of = [(ROOT / "packaging" / name).read_text("utf-8") for name in ("engine.cmake", "constraints.txt")]
    recipe = "\n".join((*made_of, options, requirement))
    folder = kept / hashlib.sha256(recipe.encode()).hexdigest()[:12]
    found = sorted(folder.glob("*.whl"))
    if not found:
        print("Compiling the engine, which takes some minutes …", flush=True)
        began = time.monotonic()
        include = f"-DCMAKE_PROJECT_llama.cpp_INCLUDE={(ROOT / 'packaging' / 'engine.cmake').as_posix()}"
        # pip's cache does not look at the options: neither take from it nor put into it
        run(
            *pip, "wheel", "--no-deps", "--no-cache-dir", "--no-binary", ENGINE, *CONSTRAINED, "-w", str(folder), requirement,
            env=os.environ | {"CMAKE_ARGS": f"{include} {options}"},
        )  # fmt: skip
        print(f"The engine is compiled: {time.monotonic() - began:.0f} s", flush=True)
        found = sorted(folder.glob("*.whl"))
    (wheel,) = (each for each in found if re.match(r"llama_cpp_python-", each.name))
    return wheel


def run(*command: str, env: "os._Environ[str] | dict[str, str]" = os.environ) -> None:
    """Run a program; a failure ends this one."""
    ended = subprocess.run(command, env=env, cwd=ROOT)
    if ended.returncode:
        sys.exit(f"{Path(command[0]).name} failed: {' '.join(command[1:4])} …")


if __name__ == "__main__":
    main()
