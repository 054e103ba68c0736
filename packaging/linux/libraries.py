"""Which libraries of the system a folder of programs needs: libraries.py FOLDER prints them as rpm spells them."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ELF = b"\x7fELF"


def programs(folder: Path) -> Iterator[Path]:
    """Everything in it that the dynamic linker has to do with."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if file.read(4) == ELF:
                    yield path


def needed(folder: Path) -> tuple[set[str], str]:
    """The libraries that are not in the folder itself, and the oldest glibc that will do ("2.34")."""
    wanted: set[str] = set()
    glibc = (2, 17)
    there = {path.name for path in folder.rglob("*")}
    for path in programs(folder):
        told = subprocess.run(["objdump", "-p", str(path)], capture_output=True, text=True, check=True).stdout
        wanted |= set(re.findall(r"NEEDED\s+(\S+)", told))
        for found in re.findall(r"\bGLIBC_(\d+)\.(\d+)", told):
            glibc = max(glibc, (int(found[0]), int(found[1])))
    return wanted - there, f"{glibc[0]}.{glibc[1]}"


def as_rpm(libraries: set[str], glibc: str) -> list[str]:
    """What `Requires:` takes; glibc's own libraries come with its version."""
    own = re.compile(r"(libc|libm|libdl|libpthread|librt|libutil|ld-linux-x86-64)\.so")
    names = sorted(f"{name}()(64bit)" for name in libraries if not own.match(name))
    return [*names, f"libc.so.6(GLIBC_{glibc})(64bit)"]


if __name__ == "__main__":
    print("\n".join(as_rpm(*needed(Path(sys.argv[1])))))
