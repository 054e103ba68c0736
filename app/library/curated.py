"""The list of good models that comes with the program (models/catalog.toml), read and checked; it needs no network."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.core import language
from app.core.errors import InputError
from app.core.language import tr
from app.core.params import Sampling, Value, clean, rows
from app.core.record import record
from app.library.address import read_address
from app.library.quantizations import normal, order

KINDS = ("chat", "code", "reasoning", "vision", "embedding", "multilingual", "chinese")


@record(kw_only=True)
class Curated:
    """One model of the list."""

    name: str  # short, as it is typed
    title: str
    repository: str
    licence: str
    kinds: tuple[str, ...]  # of KINDS
    parameters: int
    context_length: int  # tokens; 0 where nobody told
    sizes: tuple[tuple[str, int], ...]  # quantization and bytes, small ones first; empty where nobody told
    sampling: tuple[tuple[str, Value], ...]  # rows of Sampling that its makers recommend
    about: str
    about_chinese: str

    @property
    def description(self) -> str:
        """What it is good for, in one line of the language in use."""
        return self.about_chinese if language.in_use()[0] == "zh_CN" else self.about


def read_catalog(path: Path) -> tuple[Curated, ...]:
    """All models of the list, small ones first.

    Raises:
        InputError: the list is not there or does not fit its form; the message names the model.
    """
    try:
        read = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _wrong(path.name, str(error)) from None
    models = read.get("model")
    if not isinstance(models, list):
        raise _wrong(path.name, "no model")
    found = [_model(each, number) for number, each in enumerate(models, 1)]
    for number, one in enumerate(found):
        if any(one.name == other.name for other in found[:number]):
            raise _wrong(one.name, "twice")
    return tuple(sorted(found, key=lambda each: each.parameters))


def named(catalog: Sequence[Curated], name: str) -> Curated | None:
    """The model of this short name."""
    return next((each for each in catalog if each.name == name.strip().lower()), None)


def matching(catalog: Sequence[Curated], words: str) -> tuple[Curated, ...]:
    """The models in whose names, kinds or descriptions all the words occur."""
    wanted = words.lower().split()

    def text(each: Curated) -> str:
        parts = (each.name, each.title, each.repository, each.licence, *each.kinds, each.about, each.about_chinese)
        return " ".join(parts).lower()

    return tuple(each for each in catalog if all(word in text(each) for word in wanted))


def _model(read: object, number: int) -> Curated:
    name = f"model {number}"
    try:
        if not isinstance(read, dict):
            raise TypeError("no table")
        name = str(read.get("name", name))
        left = set(read) - {
            "name", "title", "repository", "licence", "kinds", "parameters", "context_length", "sizes", "sampling",
            "about", "about_chinese",
        }  # fmt: skip
        if left:
            raise TypeError(f"not known: {', '.join(sorted(left))}")
        model = Curated(
            name=_text(read, "name"),
            title=_text(read, "title"),
            repository=_text(read, "repository"),
            licence=_text(read, "licence"),
            kinds=tuple(read["kinds"]),
            parameters=_count(read, "parameters"),
            context_length=_count(read, "context_length") if "context_length" in read else 0,
            sizes=_sizes(read.get("sizes", {})),
            sampling=_sampling(read.get("sampling", {})),
            about=_text(read, "about"),
            about_chinese=_text(read, "about_chinese"),
        )
        if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", model.name):
            raise ValueError("name")
        address = read_address(model.repository)
        if address is None or address.repository != model.repository:
            raise ValueError("repository")
        if not model.kinds or not set(model.kinds) <= set(KINDS):
            raise ValueError("kinds")
    except InputError as error:
        raise _wrong(name, str(error)) from None
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise _wrong(name, f"{type(error).__name__}: {error}") from None
    return model


def _text(read: Mapping[str, object], key: str) -> str:
    value = read[key]
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError(key)
    return value


def _count(read: Mapping[str, object], key: str) -> int:
    value = read[key]
    if type(value) is not int or value <= 0:
        raise ValueError(key)
    return value


def _sizes(read: Mapping[str, object]) -> tuple[tuple[str, int], ...]:
    """From gigabytes, as pages of models tell them, to bytes."""
    found = []
    for name, size in read.items():
        if name != normal(name) or not isinstance(size, int | float) or not 0 < size < 10_000:
            raise ValueError(f"sizes.{name}")
        found.append((name, round(size * 1e9)))
    return tuple(sorted(found, key=lambda pair: order(pair[0])))


def _sampling(read: Mapping[str, object]) -> tuple[tuple[str, Value], ...]:
    known = rows(Sampling)
    return tuple((name, clean(known[name], value)) for name, value in read.items())


def _wrong(name: str, detail: str) -> InputError:
    return InputError(
        tr("The list of recommended models cannot be used: something is wrong with “{name}”.").format(name=name),
        tr("Install Fireside again."),
        detail,
    )
