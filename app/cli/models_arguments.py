"""What can be typed after `fireside models`: each action adds its parser here and says what is done with what was read."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from app.cli.usage import Parser
from app.core.language import tr

Actions: TypeAlias = "argparse._SubParsersAction[Parser]"
Work = Callable[[], int]  # does it and returns the exit code; raises AppError
Prepare = Callable[[argparse.Namespace], Work]  # checks the arguments; raises InputError


@dataclass(frozen=True, slots=True)
class ListArguments:
    """`fireside models list`, checked."""

    json: bool = False


def add_models_commands(commands: Actions) -> None:
    """The command with which model files are found, looked at and kept. An action is one line here."""
    models = commands.add_parser(
        "models",
        help=tr("List and look after model files."),
        description=tr("Lists the model files on this computer, those of other programs too, and looks after them."),
    )
    actions = models.add_subparsers(dest="action", metavar="ACTION", title=tr("Actions"), required=True)
    _add_list(actions)


def models_work(read: argparse.Namespace) -> Work:
    """What the action does, its arguments checked.

    Raises:
        InputError: they do not fit.
    """
    prepare: Prepare = read.prepare
    return prepare(read)


def _add_list(actions: Actions) -> None:
    parser = actions.add_parser(
        "list",
        help=tr("List the models on this computer."),
        description=tr("Lists the models in Fireside's own folder."),
    )
    parser.add_argument("--json", action="store_true", help=tr("Print the list as JSON."))
    parser.set_defaults(prepare=_list)


def _list(read: argparse.Namespace) -> Work:
    from app.cli import models_disk

    arguments = ListArguments(read.json)
    return lambda: models_disk.run_list(arguments)
