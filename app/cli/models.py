"""Which code does the actions of `fireside models`: one function for each, which imports no more than it needs."""

import sys
from argparse import Namespace
from collections.abc import Callable
from functools import partial

from app.cli import hub_arguments, models_arguments

Work = Callable[[], int]  # does it and returns the exit code; raises AppError


def models_work(read: Namespace) -> Work:
    """What the action does, its arguments checked.

    Raises:
        InputError: they do not fit.
    """
    if read.action is None:
        return partial(_tell, read.page())
    return ACTIONS[read.action](read)


def _tell(page: str) -> int:
    """What can be done, where nothing was asked for: a wrong line all the same."""
    print(page, file=sys.stderr)
    return 2


def _list(read: Namespace) -> Work:
    from app.cli import models_disk

    arguments = models_arguments.list_arguments(read)
    return lambda: models_disk.run_list(arguments)


def _info(read: Namespace) -> Work:
    from app.cli import models_info

    arguments = models_arguments.info_arguments(read)
    return lambda: models_info.run_info(arguments)


def _import(read: Namespace) -> Work:
    from app.cli import models_disk

    arguments = models_arguments.import_arguments(read)
    return lambda: models_disk.run_import(arguments)


def _remove(read: Namespace) -> Work:
    from app.cli import models_disk

    arguments = models_arguments.remove_arguments(read)
    return lambda: models_disk.run_remove(arguments)


def _search(read: Namespace) -> Work:
    from app.cli import models_hub

    arguments = hub_arguments.search_arguments(read)
    return lambda: models_hub.run_search(arguments)


def _pull(read: Namespace) -> Work:
    from app.cli import models_hub

    arguments = hub_arguments.pull_arguments(read)
    return lambda: models_hub.run_pull(arguments)


def _shrink(read: Namespace) -> Work:
    from app.cli import models_shrink

    arguments = models_shrink.shrink_arguments(read)
    return lambda: models_shrink.run_shrink(arguments)


ACTIONS: dict[str, Callable[[Namespace], Work]] = {
    "list": _list,
    "info": _info,
    "import": _import,
    "remove": _remove,
    "search": _search,
    "pull": _pull,
    "shrink": _shrink,
}
