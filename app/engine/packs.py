"""Engines for graphics cards, installed beside the built-in one: which are there, and which one fits this computer.

A pack is a folder with one build of llama.cpp's libraries and a `pack.json` that says for what they were built. It is used
when it finds a graphics card here, by its name. It is asked in a process of its own: a driver that crashes ends only that.
The environment has the last word: FIRESIDE_ENGINE is the name of a pack, a folder, or "built-in". One whose process dies
before it has written a word is given up until the program ends (`trial`), which its later processes find in the environment.
"""

import json
import os
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from app.core.language import tr
from app.core.paths import bundled, user_paths
from app.core.record import record

CHOICE = "FIRESIDE_ENGINE"
FOLDERS = "FIRESIDE_ENGINES"  # where the user's packs lie, for processes that would have to look it up
FAILED = "FIRESIDE_ENGINES_FAILED"  # the folders of those that were given up, for the processes that begin later
ASKED = "FIRESIDE_ENGINE_ASKED"  # in the process that is asked what a pack finds: it asks no further one
OFF = ("built-in", "cpu", "off", "none")
BEST_FIRST = ("cuda", "rocm", "vulkan")
PATIENCE_S = 20.0  # for a driver to say what is there

Why = Literal["", "system", "version", "no card", "broken", "failed", "unknown"]


@record
class Pack:
    """One build of the engine; `name` is "cuda", `label` what people call it."""

    name: str
    label: str
    bindings: str  # the version of llama-cpp-python that it was built from: others call it wrongly
    system: str
    folder: Path


@record
class Choice:
    """The engine to use: the libraries' folder, None for the built-in ones.

    Attributes:
        label: of that engine, or of the one that is there and not used.
        why: it is not used.
    """

    folder: Path | None = None
    label: str = ""
    why: Why = ""

    @property
    def note(self) -> str:
        """Why it is not used, in a sentence; "" where there is nothing to say."""
        match self.why:
            case "system":
                text = tr("The engine {name} is for another system.")
            case "version":
                text = tr("The engine {name} belongs to another version of Fireside.")
            case "no card":
                text = tr("The engine {name} finds no graphics card here.")
            case "broken":
                text = tr(
                    "The engine {name} cannot be loaded: it is damaged, or a library or driver that it needs is missing."
                )
            case "failed":
                text = tr(
                    "The engine {name} failed here and is not used until Fireside starts again; a newer driver may help."
                )
            case "unknown":
                text = tr("There is no engine called “{name}”.")
            case _:
                return ""
        return text.format(name=self.label)


@cache
def in_use() -> Choice:
    """What this process computes with, decided once. Costs nothing where no pack is installed."""
    wanted = os.environ.get(CHOICE, "").strip()
    if wanted.lower() in OFF:
        return Choice()
    if wanted and (os.sep in wanted or "/" in wanted):
        folder = Path(wanted).expanduser().absolute()
        pack = _read(folder / "pack.json") or Pack(folder.name, folder.name, bindings(), system(), folder)
        if ASKED in os.environ:
            return Choice(folder, pack.label)
        return choose([pack], pack.name, bindings(), devices_of, given_up())
    found = installed(folders())
    return choose(found, wanted.lower(), bindings() if found else "", devices_of, given_up())


def given_up() -> list[Path]:
    """The folders of the packs that failed since the program was started."""
    return [Path(folder) for folder in os.environ.get(FAILED, "").split(os.pathsep) if folder]


def give_up(folders: Iterable[Path]) -> None:
    """From now on, these packs alone are those that failed: every process that begins later does without them."""
    os.environ[FAILED] = os.pathsep.join(str(folder) for folder in folders)
    in_use.cache_clear()


def folders() -> list[Path]:
    """Where packs may lie: the user's, and those that were installed with the program."""
    own = os.environ.get(FOLDERS)
    return [Path(own) if own else user_paths().engines, bundled("engines")]


def installed(places: Iterable[Path]) -> list[Pack]:
    """All packs that are there, the best first. What is no pack is passed over."""
    found: dict[str, Pack] = {}
    for place in places:
        for file in sorted(place.glob("*/pack.json")) if place.is_dir() else ():
            pack = _read(file)
            if pack is not None:
                found.setdefault(pack.name, pack)
    return sorted(found.values(), key=lambda pack: BEST_FIRST.index(pack.name) if pack.name in BEST_FIRST else 99)


def choose(
    packs: Sequence[Pack],
    wanted: str,
    version: str,
    devices: Callable[[Pack], Sequence[str] | None],
    failed: Collection[Path] = (),
) -> Choice:
    """The first pack that finds a graphics card; the one that is `wanted` by name even if it finds none.

    Args:
        version: of the bindings that will call it.
        devices: the names of the graphics cards that a pack finds; None where it cannot be asked.
        failed: the folders of packs that were given up.
    """
    refused = []
    for pack in packs:
        if wanted and pack.name != wanted:
            continue
        why: Why = "system" if pack.system != system() else "version" if pack.bindings != version else ""
        why = why or ("failed" if pack.folder in failed else "")
        if not why:
            found = devices(pack)
            if found or (wanted and found is not None):
                return Choice(pack.folder, pack.label)
            why = "broken" if found is None else "no card"
        refused.append(Choice(None, pack.label, why))
    if wanted and not refused:
        return Choice(None, wanted, "unknown")
    return refused[0] if refused else Choice()


def system() -> str:
    """The system and processor that libraries are built for: "linux-x86_64", "windows-x86_64", "macos-arm64"."""
    import platform

    name = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
    machine = platform.machine().lower()
    return f"{name}-{ {'amd64': 'x86_64', 'aarch64': 'arm64'}.get(machine, machine) }"


def bindings() -> str:
    """The version of llama-cpp-python here; "" where nobody knows."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("llama-cpp-python")
    except PackageNotFoundError:
        return ""


def devices_of(pack: Pack) -> list[str] | None:
    """The names of the graphics cards that a pack finds, asked in a process of its own; None where that fails."""
    import subprocess  # most computers have no pack, and nobody waits for what these bring
    import tempfile

    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "app"]
    with tempfile.TemporaryDirectory(prefix="fireside-engine-", ignore_cleanup_errors=True) as folder:
        answer = Path(folder) / "devices.json"
        try:
            subprocess.run(
                [*program, "--engine-devices", str(answer)],
                env=os.environ | {CHOICE: str(pack.folder), ASKED: "1"},
                cwd=Path(__file__).parents[2],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE_S,
                check=True,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
            return [str(name) for name in json.loads(answer.read_text("utf-8"))]
        except (OSError, ValueError, subprocess.SubprocessError):
            return None


def _read(file: Path) -> Pack | None:
    try:
        about = json.loads(file.read_text("utf-8"))
        name = str(about["name"]).lower()
        return Pack(name, str(about.get("label", name)), str(about["bindings"]), str(about["system"]), file.parent)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
