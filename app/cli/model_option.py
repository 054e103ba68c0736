"""What --model means: a file, or the name of a model on the list."""

from pathlib import Path

from app.core.paths import bundled


def model_path(model: Path | None) -> Path:
    """The file to be loaded; the built-in one where none is named.

    Raises:
        InputError: there is no such file, and no model has this name.
        ModelFileError: the model with this name is damaged or incomplete.
    """
    if model is None:
        return bundled("models/guide.gguf")
    model = model.expanduser()
    if model.is_absolute() or _is_there(model):
        return model  # what is wrong with it is told when it is loaded
    from app.cli.models_known import Library  # only names need the list
    from app.library.naming import NotListed

    try:
        entry = Library().entry(str(model))
    except NotListed:
        if model.suffix.lower() == ".gguf":
            return model
        raise
    if entry.problem is not None:
        raise entry.problem
    return entry.path


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # no path at all
        return False
