"""What the list of recommended models says about a model in use: the sampling that its makers recommend."""

import re
from collections.abc import Mapping
from pathlib import Path

from app.core.errors import AppError
from app.core.params import Value
from app.core.protocol import ModelInfo
from app.library.curated import Curated, read_catalog
from app.library.source import read_source

FORM = re.compile(r"-gguf$", re.IGNORECASE)  # of a repository's name
ENDING = re.compile(
    r"[-_. ](i?q\d\w*|t?q\d\w*|bf16|f16|f32|mxfp4)$", re.IGNORECASE
)  # of a file's name: the quantization


def listed_sampling(catalog: Path, model: ModelInfo) -> Mapping[str, Value]:
    """The rows of `Sampling` that the list has for this model; empty where it is not on it, or the list cannot be read."""
    try:
        known = read_catalog(catalog)
    except AppError:
        return {}
    source = read_source(model.path)
    found = listed(known, source.repository if source is not None else "", model.name, model.path.stem)
    return dict(found.sampling) if found is not None else {}


def listed(known: tuple[Curated, ...], repository: str, *names: str) -> Curated | None:
    """The model of the list that this is: by the repository that it came from, else by its name.

    Args:
        repository: empty where that is not known.
        names: of the model in its header, and of its file.
    """
    for each in known:
        if repository and each.repository.lower() == repository.lower():
            return each
    called = {_plain(ENDING.sub("", name)) for name in names} - {""}
    for each in known:
        base = FORM.sub("", each.repository.partition("/")[2])
        if called & {_plain(each.title), _plain(each.name), _plain(base)}:
            return each
    return None


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
