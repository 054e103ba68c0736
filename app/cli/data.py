"""`fireside export`, `import` and `restore`: conversations leave, come, and come back."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict

from app.chat.exporting import (
    Store,
    conversations,
    exported,
    exported_together,
    names,
    write,
    writing,
    written_to_folder,
)
from app.chat.importing.adding import Preview, added, previewed
from app.chat.importing.found import Unread
from app.chat.importing.reading import read
from app.cli.data_arguments import ExportArguments, ImportArguments, RestoreArguments
from app.core.errors import AlreadyRunning
from app.core.export import file_name, title_of
from app.core.language import tr, trn
from app.core.paths import Paths, user_paths
from app.store import backup
from app.store.database import Database
from app.store.lock import InstanceLock
from app.store.reading import ReadOnly


def run_export(arguments: ExportArguments) -> int:
    """Write conversations; returns the exit code.

    Raises:
        AppError: there are none, or the place cannot be written to.
    """
    with _to_read() as store:
        listed = conversations(store, arguments.conversation)
        if arguments.list:
            for each in listed:
                print(f"{each.id:>6}  {each.updated.astimezone():%Y-%m-%d}  {_line(title_of(each))}")
            return 0
        single = arguments.conversation is not None
        if arguments.out is None:
            parts: Iterator[str] = exported_together(store, listed)
            if single:
                parts = iter([exported(store, listed[0], arguments.form, arguments.branches)])
            for part in parts:
                sys.stdout.write(part)
            sys.stdout.flush()
            return 0
        with writing(arguments.out):
            if single:
                place = arguments.out
                if place.is_dir():
                    place /= file_name(listed[0], arguments.form, names(place))
                write(place, iter([exported(store, listed[0], arguments.form, arguments.branches)]))
            elif arguments.form == "json" and not arguments.out.is_dir():
                write(arguments.out, exported_together(store, listed))
            else:
                for _ in written_to_folder(store, listed, arguments.form, arguments.out, arguments.branches):
                    pass
    print(trn("{count} conversation exported.", "{count} conversations exported.", len(listed)), file=sys.stderr)
    return 0


def run_import(arguments: ImportArguments) -> int:
    """Add conversations and say what became of each; returns the exit code: 1 where something could not be read.

    Raises:
        AppError: a file cannot be read at all, or the conversations are in use.
    """
    report: list[Preview | Unread] = []
    if arguments.dry_run:
        with _to_read(empty=True) as store:
            report.extend(previewed(store, read(arguments.files)))
    else:
        with _alone() as paths:
            database = _opened(paths)
            try:
                report.extend(added(database, read(arguments.files)))
            finally:
                database.close()
    unread = [each for each in report if isinstance(each, Unread) and not each.empty]
    empty = sum(isinstance(each, Unread) and each.empty for each in report)
    previews = [each for each in report if isinstance(each, Preview)]
    new = [each for each in previews if each.there is None]
    if arguments.json:
        print(json.dumps(_as_json(new, previews, unread, empty, arguments.dry_run), ensure_ascii=False))
    else:
        for each in previews:
            print(_told(each))
        if previews or not unread:
            if arguments.dry_run:
                print(trn("{count} conversation would be added.", "{count} conversations would be added.", len(new)))
            else:
                print(trn("{count} conversation added.", "{count} conversations added.", len(new)))
        if there := len(previews) - len(new):
            print(trn("{count} is here already.", "{count} are here already.", there))
        if empty:
            print(trn("{count} is empty.", "{count} are empty.", empty))
        for problem in unread:
            print(f"{_line(problem.where)}: {_line(problem.why)}", file=sys.stderr)
        if unread:
            print(tr("Export it again from its program, or name another file."), file=sys.stderr)
    sys.stdout.flush()
    return 1 if unread else 0


def _told(each: Preview) -> str:
    messages = trn("{count} message", "{count} messages", each.messages)
    parts = [f"{each.created.astimezone():%Y-%m-%d}", _line(each.title), tr(", ").join((messages, each.program))]
    if each.there is not None:
        parts.append(tr("already here"))
    elif each.archived:
        parts.append(tr("archived"))
    if each.losses:
        parts.append(tr("without {what}").format(what=tr(", ").join(each.losses)))
    return "  ".join(parts)


def _as_json(
    new: list[Preview], previews: list[Preview], unread: list[Unread], empty: int, dry_run: bool
) -> dict[str, object]:
    rows = []
    for each in previews:
        row = asdict(each) | {"created": each.created.isoformat(), "updated": each.updated.isoformat()}
        row["there"] = each.there is not None
        del row["mark"]
        rows.append(row)
    problems = [{"where": each.where, "why": each.why} for each in unread]
    return {"dry_run": dry_run, "added": len(new), "conversations": rows, "empty": empty, "unread": problems}


def run_restore(arguments: RestoreArguments) -> int:
    """Put a backup back, or list them; returns the exit code.

    Raises:
        AppError: there is no such backup, it is damaged, or the window is open.
    """
    paths = user_paths()
    if not arguments.backup:
        copies = backup.backups(paths.backups)
        for copy in copies:
            print(f"{copy.day}  {copy.size / 2**20:>9,.1f} MB")
        if not copies:
            print(tr("There is no backup yet. One is made each day that Fireside is open."), file=sys.stderr)
        return 0
    source = backup.chosen(paths.backups, arguments.backup)
    with _alone():
        aside = backup.restore(paths.database, source)
        Database(paths.database).close()  # of an earlier version it is migrated now, not while somebody waits
    print(tr("The conversations of {name} are back.").format(name=source.name))
    if aside is not None:
        print(tr("What was there before is kept as {file}.").format(file=aside))
    return 0


def _line(text: str) -> str:
    """On one line, with nothing that a terminal would obey."""
    return "".join(each if each.isprintable() else " " for each in text)


@contextmanager
def _to_read(empty: bool = False) -> Iterator[Store]:
    """The conversations, beside an open window too; with `empty` also where there are none yet."""
    paths = user_paths()
    if empty and not paths.database.exists():
        nothing = Database(None)
        try:
            yield nothing
        finally:
            nothing.close()
        return
    lock = None
    with suppress(AlreadyRunning):
        lock = InstanceLock(paths.data) if paths.database.exists() else None
    store: Store = ReadOnly(paths.database) if lock is None else _opened(paths)
    try:
        yield store
    finally:
        store.close()
        if lock is not None:
            lock.release()


def _opened(paths: Paths) -> Database:
    """The database; that it was damaged, and what was saved of it, is told."""
    database = Database(paths.database)
    if database.repaired is not None:
        print(database.repaired, file=sys.stderr)
    return database


@contextmanager
def _alone() -> Iterator[Paths]:
    """The data folder, with no window open."""
    paths = user_paths()
    try:
        lock = InstanceLock(paths.data)
    except AlreadyRunning as error:
        raise AlreadyRunning(error.message, tr("Close the window, then try again."), error.detail) from error
    try:
        yield paths
    finally:
        lock.release()
