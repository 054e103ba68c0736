"""What can be typed after `fireside models`; `models` says what is done with it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from app.cli.hub_arguments import add_pull, add_search
from app.cli.models_shrink import add_shrink
from app.cli.usage import Parser
from app.core.errors import InputError
from app.core.language import tr
from app.core.record import record

if TYPE_CHECKING:  # importing it takes time that --help saves
    from app.library.importing import Way

Actions: TypeAlias = "argparse._SubParsersAction[Parser]"


@record
class ListArguments:
    """`fireside models list`, checked."""

    json: bool = False


@record
class InfoArguments:
    """`fireside models info`, checked."""

    model: str  # a path or a name
    header: bool = False
    search: str = ""
    template: bool = False
    json: bool = False


@record
class ImportArguments:
    """`fireside models import`, checked."""

    files: tuple[Path, ...]
    way: "Way" = "in place"
    json: bool = False


@record
class RemoveArguments:
    """`fireside models remove`, checked."""

    model: str  # a path or a name
    sure: bool = False
    forget: bool = False  # only take it off the list
    json: bool = False


def add_models_commands(commands: Actions) -> None:
    """The command with which model files are found, looked at and kept. An action is one line here."""
    models = commands.add_parser(
        "models",
        help=tr("List and look after model files."),
        description=tr("Lists the model files on this computer, those of other programs too, and looks after them."),
    )
    actions = models.add_subparsers(dest="action", metavar="ACTION", title=tr("Actions"))
    models.set_defaults(page=models.format_help)
    _add_list(actions)
    _add_info(actions)
    _add_import(actions)
    _add_remove(actions)
    add_search(actions)
    add_pull(actions)
    add_shrink(actions)


def _add_list(actions: Actions) -> None:
    parser = actions.add_parser(
        "list",
        help=tr("List the models on this computer."),
        description=tr(
            "Lists the models in Fireside's own folder, in folders that were added, and those that Hugging Face, "
            "llama.cpp, Ollama, LM Studio, Jan and GPT4All have on this computer, and says which of them will run. "
            "Nothing is changed or loaded."
        ),
    )
    parser.add_argument("--json", action="store_true", help=tr("Print the list as JSON."))


def list_arguments(read: argparse.Namespace) -> ListArguments:
    """The list action's arguments."""
    return ListArguments(read.json)


def _add_info(actions: Actions) -> None:
    parser = actions.add_parser(
        "info",
        help=tr("Show what is known of a model."),
        description=tr(
            "Shows what a model is, how much memory it takes, whether it will run, and the longest context that fits."
        ),
    )
    _add_model(parser)
    parser.add_argument("--header", action="store_true", help=tr("Show everything in the file's header."))
    parser.add_argument(
        "--search", default="", metavar="TEXT", help=tr("With --header: only what has this text in its name or value.")
    )
    parser.add_argument("--template", action="store_true", help=tr("Print only the chat template, all of it."))
    parser.add_argument("--json", action="store_true", help=tr("Print everything as one JSON object."))


def info_arguments(read: argparse.Namespace) -> InfoArguments:
    """The info action's arguments.

    Raises:
        InputError: there is a text to search for, but nothing to search in.
    """
    if read.search and not read.header:
        raise InputError(tr("--search works only together with --header."), tr("Add --header."))
    return InfoArguments(read.model, read.header, read.search, read.template, read.json)


def _add_import(actions: Actions) -> None:
    parser = actions.add_parser(
        "import",
        help=tr("Take model files into the list."),
        description=tr(
            "Takes model files into the list. They are used where they lie, or are copied or moved into Fireside's own "
            "folder; all parts of a model and its vision projector go together."
        ),
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=tr("A GGUF file, or a folder of them."))
    way = parser.add_mutually_exclusive_group()
    for option, text in (
        ("in-place", tr("Use them where they lie, as without any of these.")),
        ("copy", tr("Copy them into Fireside's own folder.")),
        ("move", tr("Move them into Fireside's own folder.")),
    ):
        way.add_argument(f"--{option}", action="store_const", dest="way", const=option.replace("-", " "), help=text)
    parser.add_argument("--json", action="store_true", help=tr("Print the report as one JSON object."))


def import_arguments(read: argparse.Namespace) -> ImportArguments:
    """The import action's arguments."""
    return ImportArguments(tuple(file.expanduser() for file in read.files), read.way or "in place", read.json)


def _add_remove(actions: Actions) -> None:
    parser = actions.add_parser(
        "remove",
        help=tr("Move a model to the trash."),
        description=tr(
            "Moves a model's files to the trash: all parts, and the vision projector that no other model needs. "
            "Files of other programs are never removed."
        ),
    )
    _add_model(parser)
    parser.add_argument("--yes", action="store_true", help=tr("Also from outside Fireside's own folder."))
    parser.add_argument(
        "--forget", action="store_true", help=tr("Take a file or a folder off the list that was imported in place.")
    )
    parser.add_argument("--json", action="store_true", help=tr("Print the report as one JSON object."))


def remove_arguments(read: argparse.Namespace) -> RemoveArguments:
    """The remove action's arguments."""
    return RemoveArguments(read.model, read.yes, read.forget, read.json)


def _add_model(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL", help=tr("A GGUF file, or a name from the list or its beginning."))
