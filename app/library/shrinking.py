"""Where a smaller copy goes and how it gets there: its name, the room for it, and nothing half under its name."""

import errno
import os
import shutil
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path

from app.core.errors import AppError, InputError, ModelFileError, StoreError
from app.core.gguf import Tensor, read_header
from app.core.language import tr
from app.core.shrink import Target
from app.core.verdict import in_gigabytes
from app.library.importing import owner
from app.library.on_disk import Entry
from app.library.places import Place
from app.library.quantizations import quantization_in

UNFINISHED = ".unfinished"
FORGOTTEN_S = 86_400  # since anybody wrote to an unfinished file
MARGIN = 64 << 20  # bytes that are left free on the disk


def check_source(entry: Entry) -> None:
    """Whether it is a model at all, and a whole one.

    Raises:
        AppError: why not.
    """
    if entry.problem is not None:
        raise entry.problem
    said = entry.said
    kinds = {
        "projector": tr("“{file}” is a vision projector, which is small already and does not bear shrinking."),
        "adapter": tr("“{file}” is an adapter, not a model."),
        "other": tr("“{file}” has no network that could be shrunk."),
    }
    if said is None or said.kind in kinds:
        sentence = kinds[said.kind if said is not None else "other"]
        raise InputError(
            sentence.format(file=entry.path.name), tr("Choose a model for text, as F16, BF16 or F32 if there is one.")
        )


def output_path(entry: Entry, wanted: Target, prune: int, own: Path, places: Iterable[Place]) -> Path:
    """Beside the model with the new type in its name; in our own folder where that one is another program's or ours to ship.

    Args:
        prune: how many layers are left out.
    """
    stem = entry.stem
    old = quantization_in(f"{stem}.gguf")
    at = stem.upper().rfind(old) if old else -1
    stem = stem[:at].rstrip("-_. ") + stem[at + len(old) :] if at > 0 else stem
    layers = f"-{len(entry.said.network.layers) - prune}-layers" if prune and entry.said else ""
    elsewhere = entry.origin == "built-in" or owner(entry.path, places)
    return (own if elsewhere else entry.path.parent) / f"{stem}{layers}-{wanted.name}.gguf"


def check_output(path: Path, sources: Iterable[Path]) -> Path:
    """The absolute path, where a file may be made.

    Raises:
        InputError: something is there already, or the folder is not.
    """
    path = path.expanduser().absolute()
    if path.suffix.lower() != ".gguf":
        raise InputError(
            tr("“{file}” does not end with .gguf, and no program would find it.").format(file=path.name),
            tr("Give it a name such as {name}.").format(name=f"{path.stem or 'model'}.gguf"),
        )
    try:
        if "\0" in path.name:
            raise ValueError("a name with a NUL")
        if path in sources or os.path.lexists(path):
            raise InputError(
                tr("“{file}” is there already.").format(file=path), tr("Remove it first, or choose another name.")
            )
        if path.parent.exists() and not path.parent.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "", str(path.parent))
    except (OSError, ValueError) as error:
        raise disk_error(error, path) from None
    return path


def check_room(path: Path, size: int) -> None:
    """Whether the disk has room for so many bytes.

    Raises:
        StoreError: it has not.
    """
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return  # whoever writes will hear why
    if free < size + MARGIN:
        raise StoreError(
            tr("The copy takes {size}, and {free} are free in “{folder}”.").format(
                size=in_gigabytes(size), free=in_gigabytes(free), folder=folder
            ),
            tr("Make room on the disk, or choose a folder on another one."),
        )


def unfinished_file(path: Path) -> Path:
    """An empty file beside the one that is to be, with a name that every system can write; old ones are removed.

    Raises:
        StoreError: it cannot be made.
    """
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"shrinking-*{UNFINISHED}"):
            with suppress(OSError):
                if time.time() - old.stat().st_mtime > FORGOTTEN_S:
                    old.unlink()
        for number in count(1):
            with suppress(FileExistsError):
                made = folder / f"shrinking-{os.getpid()}-{number}{UNFINISHED}"
                made.open("xb").close()
                return made
    except OSError as error:
        raise disk_error(error, path) from None
    raise AssertionError("there is always another number")


def finish(unfinished: Path, path: Path, tensors: Iterable[Tensor]) -> None:
    """Check that the copy is whole and give it its name.

    Args:
        tensors: those that it must have.

    Raises:
        ModelFileError: it is not whole.
        AppError: its name is taken meanwhile, or it cannot be written.
    """
    try:
        header = read_header(unfinished)
        wanted = sorted((tensor.name, tensor.values) for tensor in tensors)
        if sorted((tensor.name, tensor.values) for tensor in header.tensors) != wanted:
            raise ModelFileError(tr("The smaller copy did not become whole."), tr("Try again."), "other tensors")
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())  # the name must not be there before the bytes are
        check_output(path, ())
        os.replace(unfinished, path)
        if sys.platform != "win32":  # a new name outlasts a loss of power only when its folder is written
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as error:
        raise disk_error(error, path) from None
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def disk_error(error: Exception, path: Path) -> AppError:
    """What a disk says, as a sentence."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(
            tr("The disk became full."),
            tr("Make room on the disk, or choose a folder on another one."),
            str(error),
        )
    return StoreError(
        tr("{file} cannot be written.").format(file=path),
        tr("Check that you may write there and that the disk is connected."),
        str(error),
    )
