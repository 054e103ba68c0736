"""Finds model files below folders, without reading them: one walk, in which nothing comes twice and no circle ends it."""

import json
import os
import re
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from app.core.errors import AppError, InputError
from app.core.language import tr
from app.core.record import record
from app.library.places import Origin, Place
from app.library.source import source_file

ENDING = ".gguf"
MOST_FOLDERS = 20_000  # below one place; more is a whole disk
DEEPEST = 24
MOST_CLOSED = 5  # folders that are told because they cannot be read
VIRTUAL = ("/proc", "/sys", "/dev", "/run")  # where no files lie, though it looks so
LONGEST_MANIFEST = 1 << 20  # bytes
DIGEST = re.compile(r"sha256[:-]([0-9a-f]{64})")
MODEL_LAYER = "application/vnd.ollama.image.model"
PROJECTOR_LAYER = "application/vnd.ollama.image.projector"
REGISTRY = ("registry.ollama.ai", "library")  # what Ollama leaves out of names
REPOSITORY = re.compile(r"models--([^/]+?)--([^/]+)")  # a folder of the Hugging Face cache


@record
class Found:
    """A file, as far as the disk tells."""

    path: Path
    origin: Origin
    size: int  # bytes
    modified_ns: int
    identity: tuple[int, int] | str  # the same for two names of one file
    name: str = ""  # as its program calls it, such as "llama3:8b"
    repository: str = ""  # on the Hub, such as "unsloth/Qwen3-8B-GGUF", where the folder says so
    projector: Path | None = None  # where the program says which one it is
    downloaded: bool = False  # a file beside it says where it came from
    regular: bool = True  # false: a pipe, a device, or a link that leads nowhere

    @property
    def stamp(self) -> tuple[int, int]:
        """Changes with the file."""
        return self.size, self.modified_ns


class Walk:
    """One look at all places; afterwards `troubles` says what could not be looked at."""

    def __init__(self, places: Iterable[Place], deepest: int = DEEPEST) -> None:
        """`deepest`: so many folders below a place; 0 is the place alone."""
        self._places = list(places)
        self._deepest = deepest
        self._folders: set[tuple[int, int] | str] = set()
        self._files: set[tuple[int, int] | str] = set()
        self._closed = 0  # folders that could not be read
        self.troubles: list[AppError] = []

    def __iter__(self) -> Iterator[Found]:
        """Every file once, under the first name it was found by."""
        for place in self._places:
            for found in self._in_place(place):
                if not found.regular or found.identity not in self._files:
                    self._files.add(found.identity)
                    yield found

    def _in_place(self, place: Place) -> Iterator[Found]:
        path = place.path
        try:
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except (OSError, ValueError) as error:
            if place.origin == "added":
                self.troubles.append(
                    InputError(
                        tr("“{folder}” is not there.").format(folder=path),
                        tr("Connect its disk, or take it off the list."),
                        str(error),
                    )
                )
            return
        if not is_folder:
            yield _looked_at(path, place.origin)
            return
        if place.origin == "ollama":
            yield from self._of_ollama(path)
        else:
            yield from self._below(place)

    def _below(self, place: Place) -> Iterator[Found]:
        waiting = deque([(place.path, 0)])  # what lies nearer is found first
        count = 0
        while waiting:
            folder, depth = waiting.popleft()
            if count == MOST_FOLDERS:
                self.troubles.append(
                    InputError(
                        tr("“{folder}” has too many folders; only the first {count} were looked at.").format(
                            folder=place.path, count=f"{MOST_FOLDERS:,}"
                        ),
                        tr("Add the folder in which the models lie instead."),
                    )
                )
                return
            count += 1
            try:
                identity = _identity(folder, folder.stat())
                if identity in self._folders:
                    continue
                self._folders.add(identity)
                with os.scandir(folder) as listed:
                    entries = sorted(listed, key=lambda each: each.name)
            except (OSError, ValueError) as error:
                self._unreadable(folder, error)
                continue
            names = {entry.name for entry in entries}
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if _is_folder(entry):
                    if depth < self._deepest:
                        waiting += [(below, depth + 1) for below in _worth_a_look(Path(entry.path))]
                elif entry.name.lower().endswith(ENDING):
                    found = _looked_at(Path(entry.path), place.origin)
                    repository = _repository(found.path, place)
                    yield replace(found, repository=repository, downloaded=source_file(found.path).name in names)

    def _unreadable(self, folder: Path, error: Exception) -> None:
        self._closed += 1
        if self._closed > MOST_CLOSED:
            return
        self.troubles.append(
            InputError(
                tr("The folder “{folder}” cannot be read.").format(folder=folder),
                tr("Check that you may read it and that its disk is connected."),
                str(error),
            )
        )

    def _of_ollama(self, folder: Path) -> Iterator[Found]:
        """The models of the manifests; several names may lead to one file."""
        manifests = folder / "manifests"
        for path in sorted(_files_below(manifests), key=lambda path: (path.name == "latest", path)):
            layers = _layers(path)
            if (digest := layers.get(MODEL_LAYER)) is None:
                continue  # no manifest, or one of a model in another format
            found = _looked_at(folder / "blobs" / f"sha256-{digest}", "ollama")
            projector = layers.get(PROJECTOR_LAYER)
            yield replace(
                found,
                name=ollama_name(path.relative_to(manifests).parts),
                projector=folder / "blobs" / f"sha256-{projector}" if projector else None,
            )


def ollama_name(parts: tuple[str, ...]) -> str:
    """The name as one types it, of the folders and the file in which the manifest lies."""
    *before, tag = parts
    for usual in REGISTRY:
        if len(before) > 1 and before[0] == usual:
            del before[0]
        else:
            break
    return f"{'/'.join(before)}:{tag}" if before else tag


def _layers(manifest: Path) -> dict[str, str]:
    """Kind of layer to digest; empty where it is no manifest."""
    try:
        with manifest.open("rb") as file:
            read = json.loads(file.read(LONGEST_MANIFEST))
        listed = read["layers"]
        pairs = [(layer["mediaType"], DIGEST.fullmatch(layer["digest"])) for layer in reversed(listed)]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return {kind: found[1] for kind, found in pairs if isinstance(kind, str) and found}


def _files_below(folder: Path, depth: int = 0) -> Iterator[Path]:
    """Regular files; manifests lie a few folders deep and are never links."""
    try:
        with os.scandir(folder) as listed:
            entries = list(listed)
    except (OSError, ValueError):
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if depth < 8:
                yield from _files_below(Path(entry.path), depth + 1)
        elif entry.is_file(follow_symlinks=False) and not entry.name.startswith("."):
            yield Path(entry.path)


def _looked_at(path: Path, origin: Origin) -> Found:
    try:
        seen = path.stat()
    except (OSError, ValueError):
        return Found(path, origin, 0, 0, str(path), regular=False)
    regular = stat.S_ISREG(seen.st_mode)
    return Found(path, origin, seen.st_size, seen.st_mtime_ns, _identity(path, seen), regular=regular)


def _identity(path: Path, seen: os.stat_result) -> tuple[int, int] | str:
    """Device and number of the file; some file systems have no numbers."""
    return (seen.st_dev, seen.st_ino) if seen.st_ino else os.path.realpath(path)


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _worth_a_look(folder: Path) -> list[Path]:
    """The folder itself; of a repository in the Hugging Face cache what has names."""
    if folder.name.startswith(("datasets--", "spaces--")) or str(folder) in VIRTUAL:
        return []
    if REPOSITORY.fullmatch(folder.name) and (folder / "snapshots").is_dir():
        return [folder / "snapshots"]
    return [folder]


def _repository(path: Path, place: Place) -> str:
    below = path.relative_to(place.path).parts
    for part in below:
        if found := REPOSITORY.fullmatch(part):
            return f"{found[1]}/{found[2]}"
    return "/".join(below[:2]) if place.origin == "lmstudio" and len(below) > 2 else ""
