"""What a repository of the Hub holds: models by quantization with all their parts, and projectors, told from names."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Literal

from app.core.errors import InputError
from app.core.language import tr
from app.core.record import record
from app.library.quantizations import PREFERRED, meaning, normal, order, quantization_in

Sort = Literal["downloads", "likes", "last_modified", "created_at", "trending_score"]
_PART = re.compile(r"-(\d{5})-of-(\d{5})(?=\.gguf$)", re.IGNORECASE)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)  # names that Windows keeps to itself
_PROJECTORS = ("F16", "BF16", "Q8_0", "F32")  # the likeliest first


@record(kw_only=True)
class RemoteFile:
    """A file at the Hub. `digest` is "sha256:…", "git:…" (a file small enough to lie in git) or ""."""

    path: str
    size: int = 0
    digest: str = ""

    @property
    def name(self) -> str:
        """Without folders."""
        return self.path.rsplit("/", 1)[-1]


@record(kw_only=True)
class Variant:
    """One model in one quantization; split files are one entry, in order."""

    name: str  # the file's, without what tells parts apart
    quantization: str
    files: tuple[RemoteFile, ...]
    whole: bool = True  # no part is missing

    @property
    def size(self) -> int:
        """Of all parts, in bytes."""
        return sum(file.size for file in self.files)

    @property
    def meaning(self) -> str:
        """Of its quantization, in one line."""
        return meaning(self.quantization)


@record(kw_only=True)
class Query:
    """Which repositories are looked for."""

    words: str = ""
    author: str = ""
    sort: Sort = "downloads"  # the first of these comes first
    limit: int = 30  # so many of them; at most 200
    licence: str = ""  # as the Hub names it: "apache-2.0", "mit"
    language: str = ""  # "en", "zh"
    least: int = 0  # parameters; 0 is no bound. Repositories that do not tell theirs are left out where there is one.
    most: int = 0


@record(kw_only=True)
class Found:
    """What a search tells of a repository. Missing values are 0, "" or empty."""

    repository: str
    downloads: int = 0  # in the last month
    likes: int = 0
    modified: datetime | None = None
    parameters: int = 0
    architecture: str = ""
    context_length: int = 0
    licence: str = ""
    languages: tuple[str, ...] = ()
    gated: bool = False
    quantizations: tuple[str, ...] = ()


@record(kw_only=True)
class Repository(Found):
    """A repository at one commit."""

    commit: str
    variants: tuple[Variant, ...] = ()
    projectors: tuple[RemoteFile, ...] = ()
    files: tuple[RemoteFile, ...] = field(default=(), repr=False)
    licence_address: str = ""
    base_models: tuple[str, ...] = ()

    def file(self, path: str) -> RemoteFile | None:
        """The file of this path, if there is one."""
        return next((file for file in self.files if file.path == path), None)


def grouped(files: Iterable[RemoteFile]) -> tuple[tuple[Variant, ...], tuple[RemoteFile, ...]]:
    """The models among these files, small quantizations first, and the projectors for pictures."""
    parts: dict[str, list[tuple[int, int, RemoteFile]]] = {}
    projectors: list[RemoteFile] = []
    for file in files:
        low = file.name.lower()
        if not low.endswith(".gguf") or "imatrix" in low:
            continue
        if "mmproj" in low:
            projectors.append(file)
            continue
        number, count = (int(text) for text in found.groups()) if (found := _PART.search(file.path)) else (1, 1)
        parts.setdefault(_PART.sub("", file.path), []).append((number, count, file))
    variants = [_variant(path, sorted(each, key=lambda part: part[:2])) for path, each in parts.items()]
    variants.sort(key=lambda each: (order(each.quantization), each.size, each.name))
    return tuple(variants), tuple(sorted(projectors, key=_by_use))


def _variant(path: str, parts: Sequence[tuple[int, int, RemoteFile]]) -> Variant:
    count = max(count for _, count, _ in parts)
    return Variant(
        name=path.rsplit("/", 1)[-1],
        quantization=quantization_in(path),
        files=tuple(file for *_, file in parts),
        whole=[number for number, *_ in parts] == list(range(1, count + 1)),
    )


def _by_use(projector: RemoteFile) -> tuple[int, str]:
    kind = quantization_in(projector.path)
    return _PROJECTORS.index(kind) if kind in _PROJECTORS else len(_PROJECTORS), projector.path


def chosen(repository: Repository, quantization: str = "", file: str = "") -> Variant:
    """The variant that is meant: of this quantization, or with this file; without either what most people want.

    Raises:
        InputError: there is none, more than one, or parts of it are missing.
    """
    name = repository.repository
    if not repository.variants:
        raise InputError(
            tr("“{name}” holds no GGUF model.").format(name=name), tr("Look for a repository with “GGUF” in its name.")
        )
    if file:
        found = [each for each in repository.variants if any(part.path == file for part in each.files)]
    elif quantization:
        wanted = normal(quantization)
        found = [each for each in repository.variants if each.quantization == wanted]
        found = found or [each for each in repository.variants if each.quantization == f"UD-{wanted}"]
    else:
        found = _usual(repository.variants)
    if not found:
        names = ", ".join(dict.fromkeys(each.quantization or each.name for each in repository.variants))
        raise InputError(
            tr("“{name}” has no {wanted}.").format(name=name, wanted=file or quantization),
            tr("It has: {names}.").format(names=names),
        )
    if len(found) > 1:
        raise InputError(
            tr("“{name}” holds several models of this kind.").format(name=name),
            tr("Name the file: {names}.").format(names=", ".join(each.files[0].path for each in found)),
        )
    if not found[0].whole:
        raise InputError(
            tr("Parts of {file} are missing at the Hub.").format(file=found[0].name),
            tr("Choose another quantization or another repository."),
        )
    return found[0]


def _usual(variants: Sequence[Variant]) -> list[Variant]:
    for kind in PREFERRED:
        if found := [each for each in variants if each.quantization == kind]:
            return found
    return [variants[0]]


def place(folder: Path, path: str) -> Path:
    """Where a file of the Hub goes below `folder`; folders within the repository are kept.

    Raises:
        InputError: the name would lead out of the folder, or no system could keep it.
    """
    parts = PurePosixPath(path).parts
    for part in parts:
        odd = part in ("..", "/") or part != part.strip() or part.endswith(".") or _RESERVED.match(part)
        if odd or any(each in '<>:"|?*\\' or not each.isprintable() for each in part):
            raise InputError(
                tr("The file “{name}” has a name that cannot be kept here.").format(name=path),
                tr("Choose another file or another repository."),
            )
    return folder.joinpath(*parts)
