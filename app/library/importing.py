"""Takes model files into the list: where they lie, or copied or moved into our own folder, all parts and projectors together."""

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import FileIO
from itertools import count
from pathlib import Path
from typing import Literal

from app.core.errors import AppError, InputError, StoreError
from app.core.language import tr
from app.core.models import digest
from app.core.record import record
from app.core.verdict import in_gigabytes
from app.library.claim import claimed
from app.library.finding import ENDING
from app.library.kept import Kept
from app.library.on_disk import Entry, looked_at
from app.library.places import PROGRAMS, Place
from app.library.source import source_file

Way = Literal["in place", "copy", "move"]
Go = Callable[[int, int], bool]  # bytes that are done, of how many; False ends it, and nothing is left of it
Pairs = list[tuple[Path, Path]]  # from where to where

CHUNK = 4 << 20
SPARE = 256 << 20  # bytes that are left on the disk
HALF = ".copying"  # behind the name of a file that is not whole yet
ODD = re.compile(r"[^\w .+()-]+")


@record
class Imported:
    """What became of a model."""

    path: Path  # where it is now
    title: str
    there: bool = False  # it was on the list already, and nothing was done


class Cancelled(Exception):
    """`Go` returned False."""


def bring(path: Path, way: Way, own: Path, kept: Kept, places: Iterable[Place], go: Go | None = None) -> Imported:
    """Take a model into the list; in place also a folder, with all that is or will be below it.

    Args:
        own: our own folder.
        places: where other programs keep theirs, which are never moved.

    Raises:
        ModelFileError: it is no model, or not a whole one.
        InputError: it cannot be moved.
        StoreError: there is no room, or a folder cannot be written to.
        Cancelled: `go` returned False.
    """
    if way == "in place" and path.is_dir():
        return Imported(path.absolute(), path.name or str(path), _added(kept, [path.absolute()]))
    entry = looked_at(path, kept.read())
    if is_within(entry.path, own):
        return Imported(entry.path, entry.title, there=True)
    if way == "in place":
        return Imported(entry.path, entry.title, _added(kept, [entry.path, *entry.projectors]))
    files = [*entry.parts, *entry.projectors]
    if way == "move":
        _check_movable(files, places)
    _clear_away(own)
    pairs, there = _targets(entry, files, own)
    if not there:
        with _writing(own):
            _transfer(pairs, own, go or (lambda done, total: True), move=way == "move")
    return Imported(pairs[0][1], entry.title, there)


def is_within(path: Path, folder: Path) -> bool:
    """Whether a file really lies below a folder, whatever links lead to it; a link counts where the link itself lies."""
    return (path.parent.resolve() / path.name).is_relative_to(folder.resolve())


def owner(path: Path, places: Iterable[Place]) -> str:
    """The program in whose folders a file lies; "" where it is nobody's."""
    return next(
        (PROGRAMS[each.origin] for each in places if each.origin in PROGRAMS and is_within(path, each.path)), ""
    )


def _added(kept: Kept, paths: list[Path]) -> bool:
    known = set(paths) <= set(kept.read().places)
    for path in paths:
        kept.add(path)
    return known


def _check_movable(files: list[Path], places: Iterable[Place]) -> None:
    places = list(places)
    for path in files:
        if program := owner(path, places):
            raise InputError(
                tr("“{file}” belongs to {program}.").format(file=path.name, program=program),
                tr("It is on the list already; copy it, if you want one of your own."),
            )
        if path.is_symlink():
            raise InputError(
                tr("“{file}” is a link to another file.").format(file=path.name),
                tr("Copy it, or move the file that it leads to."),
            )


def _targets(entry: Entry, files: list[Path], own: Path) -> tuple[Pairs, bool]:
    """Where the files go, under a name that is free, or under one where they are already: then the second is true."""
    for number in count(1):
        behind = f" ({number})" if number > 1 else ""
        if len(files) == 1:
            target = own / f"{_plain_name(entry)}{behind}{ENDING}"
            pairs, free = [(files[0], target)], not os.path.lexists(target)
        else:
            folder = own / f"{_plain_name(entry)}{behind}"
            pairs, free = [(file, folder / file.name) for file in files], not os.path.lexists(folder)
        if free:
            return pairs, False
        if all(_same(source, target) for source, target in pairs):
            return pairs, True
    raise AssertionError("some name is free")


def _plain_name(entry: Entry) -> str:
    if entry.path.name.lower().endswith(ENDING):
        return entry.stem
    return ODD.sub("-", entry.title)[:100].strip(" .-") or "model"  # one of Ollama's is named by a digest


def _same(source: Path, target: Path) -> bool:
    try:
        return source.stat().st_size == target.stat().st_size and digest(source) == digest(target)
    except OSError:
        return False


def _transfer(pairs: Pairs, own: Path, go: Go, *, move: bool) -> None:
    folder = pairs[0][1].parent
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if move and _one_disk(pairs, folder):
            _rename(pairs)
        else:
            _copy(pairs, go)
    except BaseException:
        if folder != own:
            with suppress(OSError):
                folder.rmdir()
        raise
    for source, target in pairs:
        with suppress(OSError):  # without it, it is not known where the file came from, and that is all
            shutil.copy2(source_file(source), source_file(target))
    if move:
        for source, _ in pairs:
            _remove(source)
            with suppress(OSError):
                source_file(source).unlink()


def _remove(source: Path) -> None:
    try:
        source.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            tr("“{file}” was copied, but it could not be removed from where it was.").format(file=source.name),
            tr("Remove it with the file manager: it lies in “{folder}”.").format(folder=source.parent),
            str(error),
        ) from None


def _one_disk(pairs: Pairs, folder: Path) -> bool:
    return all(source.stat().st_dev == folder.stat().st_dev for source, _ in pairs)


def _rename(pairs: Pairs) -> None:
    done: Pairs = []
    try:
        for source, target in pairs:
            os.rename(source, target)
            done.append((source, target))
    except OSError:
        for source, target in done:
            os.rename(target, source)
        raise


def _copy(pairs: Pairs, go: Go) -> None:
    sizes = [source.stat().st_size for source, _ in pairs]
    total, done = sum(sizes), 0
    free = shutil.disk_usage(pairs[0][1].parent).free
    if total + SPARE > free:
        raise StoreError(
            tr("There is no room for it: it needs {needed}, and {free} are free.").format(
                needed=in_gigabytes(total + SPARE), free=in_gigabytes(free)
            ),
            tr("Free some space, or import it in place."),
        )
    halves = [target.with_name(target.name + HALF) for _, target in pairs]
    placed: list[Path] = []
    with ExitStack() as claims:  # until all are whole, so that nobody clears them away
        for (source, _), half, size in zip(pairs, halves, sizes, strict=True):
            writing = claims.enter_context(_claimed(half))
            begin = done
            with source.open("rb") as reading:
                while done - begin <= size and (data := reading.read(CHUNK)):
                    if not go(done, total):
                        raise Cancelled
                    _write_all(writing, data)
                    done += len(data)
            if done - begin != size:  # one that grows would have no end
                raise InputError(
                    tr("“{file}” was changed while it was copied.").format(file=source.name),
                    tr("Wait until it is whole, then try again."),
                )
            shutil.copystat(source, half)
    try:
        for (_, target), half in zip(pairs, halves, strict=True):
            os.replace(half, target)
            placed.append(target)
    except BaseException:
        for path in (*halves, *placed):
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise
    go(total, total)


@contextmanager
def _claimed(half: Path) -> Iterator[FileIO]:
    """The file to write to; it is gone when something goes wrong."""
    ours = False
    try:
        with claimed(half) as file:
            ours = True
            file.truncate(0)
            yield file
    except BaseException:
        if ours:
            with suppress(OSError):
                half.unlink()
        raise


def _write_all(file: FileIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) or 0 :]


def _clear_away(own: Path) -> None:
    """What an earlier copy left when its process was ended."""
    for half in (*own.glob(f"*{HALF}"), *own.glob(f"*/*{HALF}")):
        with suppress(OSError, AppError):  # somebody is writing to it
            with claimed(half):
                pass
            half.unlink()  # some systems do not remove what is open
            if half.parent != own:
                half.parent.rmdir()


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """A disk that refuses, as a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StoreError(
                tr("The disk is full."), tr("Free some space, or import it in place."), str(error)
            ) from None
        raise StoreError(
            tr("The file could not be brought to “{folder}”.").format(folder=folder),
            tr("Check that you may read it and write there, and that both disks are connected."),
            str(error),
        ) from None
