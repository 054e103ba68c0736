"""What can be typed after `fireside export`, `import` and `restore`."""

import argparse
from pathlib import Path

from app.cli.usage import Parser
from app.core.errors import InputError
from app.core.export import ENDINGS, Format
from app.core.language import tr
from app.core.record import record


@record
class ExportArguments:
    """`fireside export`, checked. Without a number it is all conversations; without `out` the text is printed."""

    form: Format = "markdown"
    conversation: int | None = None
    branches: bool = False
    list: bool = False
    out: Path | None = None


@record
class ImportArguments:
    """`fireside import`, checked."""

    files: tuple[Path, ...]
    dry_run: bool = False
    json: bool = False


@record
class RestoreArguments:
    """`fireside restore`, checked; an empty backup lists them."""

    backup: str = ""


def add_data_commands(commands: "argparse._SubParsersAction[Parser]") -> None:
    """The commands with which conversations leave and come."""
    export = commands.add_parser(
        "export",
        help=tr("Write conversations to files."),
        description=tr(
            "Writes a conversation, or all of them, as Markdown, as a page for the browser, or as JSON with every "
            "version of every message, which fireside import reads again. Works while the window is open."
        ),
    )
    export.add_argument("--format", choices=tuple(ENDINGS), default="markdown", help=tr("Markdown if not given."))
    which = export.add_mutually_exclusive_group(required=True)
    which.add_argument("--conversation", type=int, metavar="ID", help=tr("The number that --list shows."))
    which.add_argument("--all", action="store_true", help=tr("All conversations that are not in the trash."))
    which.add_argument("--list", action="store_true", help=tr("Only list the conversations with their numbers."))
    export.add_argument("--branches", action="store_true", help=tr("All versions, not only those in view."))
    export.add_argument(
        "out",
        nargs="?",
        type=Path,
        metavar="OUT",
        help=tr("A file, or a folder for several conversations; without it the text is printed."),
    )
    bring = commands.add_parser(
        "import",
        help=tr("Bring conversations from other programs."),
        description=tr(
            "Reads conversations of Fireside, ChatGPT, Claude, LM Studio, Jan, GPT4All, llama.cpp, Open WebUI and "
            "SillyTavern from files, zip archives and folders. What is here already is not added again."
        ),
    )
    bring.add_argument("files", nargs="+", type=Path, metavar="FILE", help=tr("A file, a zip archive or a folder."))
    bring.add_argument("--dry-run", action="store_true", help=tr("Only show what would be added."))
    bring.add_argument("--json", action="store_true", help=tr("Print the report as one JSON object."))
    restore = commands.add_parser(
        "restore",
        help=tr("Put a backup in the place of the conversations."),
        description=tr(
            "Puts the backup of a day in the place of all conversations and preferences. What was there before is "
            "kept in a file beside it. The window must be closed."
        ),
    )
    restore.add_argument("--list", action="store_true", help=tr("Only list the backups."))
    restore.add_argument(
        "backup", nargs="?", default="", metavar="BACKUP", help=tr("A day, such as 2026-11-22, or a file.")
    )


def export_arguments(read: argparse.Namespace) -> ExportArguments:
    """The export command's arguments.

    Raises:
        InputError: many conversations cannot be printed in this form, or the form needs the window.
    """
    if read.format == "pdf":
        raise InputError(
            tr("A PDF is made by the window."), tr("Export there, or choose --format html and print the page.")
        )
    out = read.out.expanduser() if read.out else None
    if read.all and read.format != "json" and out is None:
        raise InputError(
            tr("Many conversations in this format need a folder."), tr("Name a folder, or choose --format json.")
        )
    return ExportArguments(read.format, read.conversation, read.branches, read.list, out)


def import_arguments(read: argparse.Namespace) -> ImportArguments:
    """The import command's arguments."""
    return ImportArguments(tuple(file.expanduser() for file in read.files), read.dry_run, read.json)


def restore_arguments(read: argparse.Namespace) -> RestoreArguments:
    """The restore command's arguments.

    Raises:
        InputError: neither a backup is named nor a list asked for.
    """
    if not read.list and not read.backup:
        raise InputError(tr("Name a backup."), tr("fireside restore --list shows the backups."))
    return RestoreArguments("" if read.list else read.backup)
