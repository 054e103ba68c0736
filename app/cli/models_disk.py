"""`fireside models list`, `import` and `remove`: what is on disk, and what is done with it."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.chat.model_facts import kind_of
from app.cli.columns import columns_of, folded, left, right, say, shortened, width
from app.cli.models_arguments import ImportArguments, ListArguments, RemoveArguments
from app.cli.models_known import Library, as_json, printable
from app.cli.status_line import StatusLine
from app.core.errors import AppError, InputError
from app.core.language import tr
from app.core.models import count
from app.core.verdict import Judgement, Room, in_gigabytes, pill
from app.library.arranged import titles
from app.library.importing import bring
from app.library.judging import Knows, everything, judgement_of
from app.library.on_disk import Entry
from app.library.places import origin_name
from app.library.removing import NotOurs, remove, to_trash

NARROWEST_NAME = 16  # columns of a table that must fit a narrow terminal


def run_list(arguments: ListArguments) -> int:
    """Print the models; returns the exit code."""
    from app.engine.architectures import knows
    from app.engine.room import room

    library = Library()
    listing = library.shown(quiet=arguments.json)
    there = room()
    if arguments.json:
        report = {
            "models": [as_json(entry, judgement_of(entry, there, knows=knows)) for entry in listing.entries],
            "troubles": [{"problem": each.message, "hint": each.hint} for each in listing.troubles],
        }
        print(json.dumps(report, ensure_ascii=False))
    else:
        for line in table(listing.entries, there, columns_of(sys.stdout), knows):
            print(line)
        for trouble in listing.troubles:
            say(printable(str(trouble)), sys.stderr)
    sys.stdout.flush()
    return 0


def run_import(arguments: ImportArguments) -> int:
    """Take models into the list and say what became of each; returns the exit code: 1 where one could not be taken.

    Raises:
        AppError: none could be taken, and why.
    """
    library = Library()
    rows: list[dict[str, Any]] = []
    failed: list[tuple[Path, AppError]] = []
    progress = StatusLine(arguments.json)
    for file in arguments.files:

        def go(done: int, total: int, file: Path = file) -> bool:
            progress.show(
                tr("Importing {file}: {percent} %").format(
                    file=printable(file.name), percent=100 * done // total if total else 100
                )
            )
            return True

        try:
            brought = bring(file, arguments.way, library.own, library.kept, library.places, go)
        except AppError as error:
            failed.append((file, error))
        else:
            rows.append({"path": str(brought.path), "name": brought.title, "there": brought.there})
            if not arguments.json:
                progress.hide()
                text = (
                    tr("{model} is on the list already: {path}")
                    if brought.there
                    else tr("{model} is on the list: {path}")
                )
                print(text.format(model=printable(brought.title), path=printable(str(brought.path))))
        finally:
            progress.hide()
    if arguments.json:
        unread = [{"path": str(file), "problem": each.message, "hint": each.hint} for file, each in failed]
        print(json.dumps({"models": rows, "failed": unread}, ensure_ascii=False))
    else:
        for _, problem in failed:
            say(printable(str(problem)), sys.stderr)
    sys.stdout.flush()
    return 1 if failed else 0


def run_remove(arguments: RemoveArguments) -> int:
    """Move a model to the trash, or take it off the list; returns the exit code.

    Raises:
        AppError: it is not to be removed, or cannot be.
    """
    library = Library()
    if arguments.forget:
        return _forget(library, arguments)
    listing = library.shown(quiet=arguments.json)
    entry = library.meant(arguments.model, listing.entries)
    try:
        gone = remove(entry, listing.entries, library.places, library.own, library.kept, to_trash, sure=arguments.sure)
    except NotOurs as error:
        raise InputError(
            error.message, tr("Add --yes to move it to the trash all the same, or --forget to take it off the list.")
        ) from None
    if arguments.json:
        print(json.dumps({"trashed": [str(path) for path in gone]}, ensure_ascii=False))
    else:
        size = in_gigabytes(entry.file_bytes)
        print(tr("{model} is in the trash ({size}).").format(model=printable(entry.title), size=size))
    return 0


def _forget(library: Library, arguments: RemoveArguments) -> int:
    typed = Path(arguments.model).expanduser().absolute()
    known = library.kept.read().places
    if typed in known:
        path, files = typed, [typed]
    else:
        entry = library.meant(arguments.model, library.shown(quiet=arguments.json).entries)
        path, files = entry.path, [entry.path, *entry.projectors]
    if path not in known:
        raise InputError(
            tr("“{file}” was not imported in place.").format(file=path.name),
            tr("fireside models list --json shows where each model is from."),
        )
    for file in files:
        library.kept.forget(file)
    if arguments.json:
        print(json.dumps({"forgotten": str(path)}, ensure_ascii=False))
    else:
        print(tr("{path} is off the list. Nothing was removed.").format(path=printable(str(path))))
    return 0


# ── the table ─────────────────────────────────────────────────────────────────────────────────────────────


def table(entries: tuple[Entry, ...], there: Room, columns: int, knows: Knows = everything) -> Iterator[str]:
    """A heading and a line for each model; what cannot be used has its reason below. 0 columns: as wide as needed."""
    if not entries:
        yield tr("There are no models yet.")
        return
    heading = (tr("Name"), tr("Size"), tr("Type"), tr("Parameters"), tr("Context"), tr("Here"), tr("From"))
    aligned: tuple[Callable[[str, int], str], ...] = (left, right, left, right, right, left, left)
    called = titles(entries)
    rows = [_cells(entry, called[entry.path], judgement_of(entry, there, knows=knows)) for entry in entries]
    widths = [max(width(row[column]) for row in (heading, *rows)) for column in range(len(heading))]
    if columns:
        widths[0] = max(NARROWEST_NAME, min(widths[0], columns - sum(widths[1:]) - 2 * (len(widths) - 1)))

    def line(cells: tuple[str, ...]) -> str:
        shown = (shortened(cells[0], widths[0]), *cells[1:])
        told = "  ".join(align(cell, room) for align, cell, room in zip(aligned, shown, widths, strict=True)).rstrip()
        return shortened(told, columns) if columns else told

    yield line(heading)
    for entry, cells in zip(entries, rows, strict=True):
        yield line(cells)
        if entry.problem is not None:
            yield from folded(printable(str(entry.problem)), columns, "  ", "  ")


def _cells(entry: Entry, name: str, judgement: Judgement | None) -> tuple[str, ...]:
    said = entry.said
    here = pill(judgement.verdict) if judgement is not None else kind_of(entry)
    return (
        printable(name),
        in_gigabytes(entry.file_bytes),
        said.quantization if said else "",
        count(said.parameters) if said else "",
        f"{said.context_length:,}" if said and said.context_length else "",
        here,
        origin_name(entry.origin),
    )
