"""Moves models to the system's trash: from our own folder, from elsewhere only when told so, never those of other programs."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from app.core.errors import InputError, StoreError
from app.core.language import tr
from app.library.importing import is_within, owner
from app.library.kept import Kept
from app.library.on_disk import Entry
from app.library.places import Place
from app.library.source import source_file

Trash = Callable[[Path], None]  # raises OSError


class NotOurs(InputError):
    """It lies outside our own folder, and nobody said that it may go."""


def files_to_remove(entry: Entry, others: Iterable[Entry]) -> list[Path]:
    """All parts, and the projectors beside them that no other model needs."""
    needed = {path for other in others if other.path != entry.path for path in other.projectors}
    folder = entry.path.parent
    lonely = [path for path in entry.projectors if path not in needed and path.parent == folder]
    return [*entry.parts, *lonely]


def removable(entry: Entry, others: Iterable[Entry], places: Sequence[Place]) -> list[Path]:
    """The files that go with a model.

    Raises:
        InputError: it came with the application, or is another program's.
    """
    if entry.origin == "built-in":
        raise InputError(
            tr("“{model}” came with Fireside.").format(model=entry.title), tr("It goes when Fireside is removed.")
        )
    files = files_to_remove(entry, others)
    for path in files:
        if program := owner(path, places):
            raise InputError(
                tr("“{file}” belongs to {program}.").format(file=path.name, program=program),
                tr("Remove it there."),
            )
    return files


def remove(
    entry: Entry, others: Iterable[Entry], places: Sequence[Place], own: Path, kept: Kept, trash: Trash, *, sure: bool
) -> list[Path]:
    """Move a model's files to the trash; returns those that went.

    Args:
        others: the list, for what else needs the projectors.
        sure: also from outside our own folder.

    Raises:
        InputError: it came with the application, or is another program's.
        NotOurs: it lies elsewhere, and it is not `sure`.
        StoreError: the trash does not take it, or the list cannot be written.
    """
    files = removable(entry, others, places)
    for path in files:
        if not sure and not is_within(path, own):
            raise NotOurs(
                tr("“{file}” lies in “{folder}”, not in Fireside's own folder.").format(
                    file=path.name, folder=path.parent
                )
            )
    gone = []
    for path in files:
        try:
            trash(path)
        except OSError as error:
            raise StoreError(
                tr("“{file}” could not be moved to the trash.").format(file=path.name),
                tr("Remove it with the file manager: it lies in “{folder}”.").format(folder=path.parent),
                str(error),
            ) from None
        gone.append(path)
        if (beside := source_file(path)).is_file():
            with suppress(OSError):
                trash(beside)
        kept.forget(path)
    _remove_empty(entry.path.parent, own)
    return gone


def to_trash(path: Path) -> None:
    """The system's own trash.

    Raises:
        OSError: it does not take it.
    """
    from send2trash import send2trash  # finds out at once what the desktop has

    send2trash(str(path))


def _remove_empty(folder: Path, own: Path) -> None:
    while folder != own and is_within(folder, own):
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
