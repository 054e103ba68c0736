"""All models on this computer as one list: a model in several parts is one entry, a projector belongs to its model."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from app.core.errors import AppError, ModelFileError
from app.core.language import tr
from app.core.models import checked_size
from app.core.network import PART
from app.core.record import record
from app.library.description import Description
from app.library.finding import Found, Walk
from app.library.header_cache import HeaderCache
from app.library.headers import Read, Result, read_here
from app.library.kept import Said
from app.library.places import Origin, Place
from app.library.projectors import MARK, matched
from app.library.source import Source, read_source

Told = Callable[[int, int], None]  # how many headers are read, of how many

MOST_PARTS = 1000  # that are looked for
LATEST = 253_402_300_799_000_000_000  # nanoseconds, the end of the year 9999
NAMED_PARTS = 5  # that are named where they are missing; of more only the number is told


@record(kw_only=True)
class Entry:
    """One model, or a file that is none and why."""

    path: Path  # what is loaded: the file, of several the first one
    origin: Origin
    parts: tuple[Path, ...]  # those that are there, in their order
    file_bytes: int  # of all of them
    modified: datetime
    said: Description | None = None  # None: `problem` says why
    problem: AppError | None = None  # it is not to be loaded
    own_name: str = ""  # as its program or its header calls it
    repository: str = ""  # on the Hub, where its place or its download tells
    source: Source | None = None  # of a download
    projectors: tuple[Path, ...] = ()  # the best first
    given_name: str = ""  # by the user
    note: str = ""

    @property
    def title(self) -> str:
        """What it is called."""
        own = (
            "" if self.own_name == self.path.stem else self.own_name
        )  # where the header has none: without the part's number
        return self.given_name or own or self.stem

    @property
    def stem(self) -> str:
        """The name of its file without ending and number."""
        return PART.sub("", self.path.name) if PART.search(self.path.name) else self.path.stem

    @property
    def licence(self) -> str:
        """As the header has it, or the Hub had it when it was downloaded."""
        return (self.said.licence if self.said else "") or (self.source.licence if self.source else "")

    @property
    def key(self) -> str:
        """By which what the user said of it is kept."""
        return self.said.digest if self.said else str(self.path)

    @property
    def chats(self) -> bool:
        """Whether it can be chosen for a conversation."""
        return self.problem is None and self.said is not None and self.said.kind == "chat"


@record
class Listing:
    """Everything that was found, in the order of the titles."""

    entries: tuple[Entry, ...]
    troubles: tuple[AppError, ...] = ()  # places that could not be looked at


@dataclass(slots=True)
class _Group:
    """The files of one model by their numbers."""

    total: int  # that belong to it, by their names; 1 for a single file
    parts: dict[int, Found] = field(default_factory=dict)

    @property
    def first(self) -> Found:
        return self.parts[min(self.parts)]

    @property
    def paths(self) -> list[Path]:
        return [self.parts[number].path for number in sorted(self.parts)]

    @property
    def stamp(self) -> tuple[tuple[int, int], ...]:
        return tuple(self.parts[number].stamp for number in sorted(self.parts))


def listed(
    places: Iterable[Place],
    cache: HeaderCache,
    said: Said,
    told: Told | None = None,
    known_ones: Callable[[Listing], None] | None = None,
    read: Read = read_here,
) -> Listing:
    """Look at all places and read the headers that are new. What cannot be read is an entry that says so.

    Args:
        told: is called before each header that the cache does not have.
        known_ones: is called before the first of them, with the entries whose headers are known.
        read: reads headers.
    """
    walk = Walk(places)
    groups = _grouped(walk)
    entries: list[Entry] = []
    unknown: list[_Group] = []
    for group in groups:
        known = cache.get(group.first.path, group.stamp)
        if known is None:
            unknown.append(group)
        else:
            entries.append(_entry(group, known, _missing(group)))
    named = {group.first.path: group.first.projector for group in groups if group.first.projector}

    def listing() -> Listing:
        whole = (_as_said(entry, said) for entry in _with_projectors(entries, named))
        return Listing(tuple(sorted(whole, key=_order)), tuple(walk.troubles))

    if unknown and known_ones is not None:
        known_ones(listing())
    readable = [group.paths for group in unknown if _hopeless(group) is None]
    with closing(read(readable)) as results:
        for number, group in enumerate(unknown):
            if told is not None:
                told(number, len(unknown))
            entry = _hopeless(group) or _as_read(group, next(results))
            if entry.said is not None:
                cache.put(entry.path, group.stamp, entry.said)
            entries.append(entry)
    cache.save()
    return listing()


def looked_at(path: Path, said: Said) -> Entry:
    """One file, wherever it lies, with its parts, and with the projectors beside it.

    Raises:
        ModelFileError: it is no model, or not a whole one.
    """
    checked_size(path)  # that it is there, and a file
    path = path.absolute()
    if (named := PART.search(path.name)) and _is_there(first := _part(path, 1, int(named[2]))):
        path = first
    beside = _grouped(Walk([Place(path, "added"), Place(path.parent, "added")], deepest=0))
    group = next(group for group in beside if path in group.paths)
    entry = _read(group)
    if entry.problem is not None:
        raise entry.problem
    others = [_read(other) for other in beside if other is not group and MARK in other.first.path.name.lower()]
    entries = _with_projectors([entry, *others], {})
    return _as_said(next(each for each in entries if each.path == entry.path), said)


def trace(places: Iterable[Place]) -> str:
    """A text that differs when anything was added, removed, renamed or written to: a walk, without reading a file."""
    state = blake2b(digest_size=16)
    walk = Walk(places)
    for found in walk:
        state.update(repr((str(found.path), found.stamp, found.name, found.regular)).encode())
    for trouble in walk.troubles:
        state.update(repr(trouble.message).encode())
    return state.hexdigest()


class Watch:
    """Tells whether anything changed since it was asked last."""

    def __init__(self, places: Callable[[], Iterable[Place]]) -> None:
        self._places = places
        self._trace = trace(places())

    def changed(self) -> bool:
        """Look again. It takes some milliseconds for hundreds of files; a network disk may take longer."""
        before, self._trace = self._trace, trace(self._places())
        return before != self._trace


# ── the files of a model ──────────────────────────────────────────────────────────────────────────────────


def _grouped(walk: Walk) -> list[_Group]:
    groups: dict[Path, _Group] = {}
    for found in walk:
        number, total, key = 1, 1, found.path
        named = PART.search(found.path.name)
        if named and 1 <= int(named[1]) <= int(named[2]):
            number, total = int(named[1]), int(named[2])
            key = _part(found.path, 1, total)
        groups.setdefault(key, _Group(total)).parts[number] = found
    for group in groups.values():
        _complete(group)
    # parts whose first one is listed under another name belong to that
    return [group for key, group in groups.items() if 1 in group.parts or not _is_there(key)]


def _part(path: Path, number: int, total: int) -> Path:
    return path.with_name(PART.sub("", path.name) + f"-{number:05}-of-{total:05}.gguf")


def _complete(group: _Group) -> None:
    """Add the parts that lie beside the first one but were found under another name before."""
    if 1 in group.parts and len(group.parts) < group.total <= MOST_PARTS:
        first = group.first
        for number in range(2, group.total + 1):
            if number not in group.parts and _is_there(path := _part(first.path, number, group.total)):
                group.parts[number] = next(iter(Walk([Place(path, first.origin)])))


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _missing(group: _Group) -> ModelFileError | None:
    if len(group.parts) == group.total:
        return None
    numbers = [str(number) for number in range(1, group.total + 1) if number not in group.parts]
    if len(numbers) > NAMED_PARTS:
        numbers[NAMED_PARTS:] = ["…"]
    return ModelFileError(
        tr("“{file}” has {total} parts, and these are missing: {numbers}.").format(
            file=PART.sub("", group.first.path.name), total=group.total, numbers=", ".join(numbers)
        ),
        tr("Put all parts into the same folder, or download the model again."),
    )


# ── entries ───────────────────────────────────────────────────────────────────────────────────────────────


def _read(group: _Group) -> Entry:
    return _hopeless(group) or _as_read(group, next(read_here([group.paths])))


def _hopeless(group: _Group) -> Entry | None:
    """The entry of files of which none is to be read; None where one may try."""
    if wrong := next((found for found in group.parts.values() if not found.regular), None):
        problem = ModelFileError(
            tr("“{file}” is no file that can be read.").format(file=wrong.path.name),
            tr("Check where it leads, or remove it."),
        )
        return _entry(group, None, problem)
    return None if 1 in group.parts else _entry(group, None, _missing(group))


def _as_read(group: _Group, result: Result) -> Entry:
    if isinstance(result, Description):
        return _entry(group, result, _missing(group))
    if isinstance(result, AppError):
        return _entry(group, None, result)
    problem = ModelFileError(  # it went away in between
        tr("The model file “{file}” cannot be read.").format(file=group.first.path.name),
        tr("Check that you may read it and that its disk is connected."),
        str(result),
    )
    return _entry(group, None, problem)


def _entry(group: _Group, said: Description | None, problem: AppError | None) -> Entry:
    first = group.first
    newest = max(found.modified_ns for found in group.parts.values())
    source = read_source(first.path) if first.downloaded else None
    return Entry(
        path=first.path,
        origin=first.origin,
        parts=tuple(group.paths),
        file_bytes=sum(found.size for found in group.parts.values()),
        modified=datetime.fromtimestamp(max(0, min(newest, LATEST)) / 1e9, UTC),
        said=said,
        problem=problem,
        own_name=first.name or _own_name(group, said),
        repository=first.repository or (source.repository if source else ""),
        source=source,
    )


def _own_name(group: _Group, said: Description | None) -> str:
    """As the header has it. Where it has none, its reader takes the file's; a part's would have its number in it."""
    if said is None or (group.total > 1 and said.name == group.first.path.stem):
        return ""
    return said.name


def _with_projectors(entries: list[Entry], named: Mapping[Path, Path]) -> list[Entry]:
    """Projectors at their models, and only those that have none as entries of their own; `named` are told by a program."""
    models = [entry for entry in entries if entry.said is not None and entry.said.kind == "chat"]
    projectors = [entry for entry in entries if entry.said is not None and entry.said.kind == "projector"]
    found = matched(models, projectors)
    taken = {path for paths in found.values() for path in paths}
    for path, projector in named.items():
        if path in found and _is_there(projector):
            found[path] = (projector, *found[path])
    return [replace(entry, projectors=found.get(entry.path, ())) for entry in entries if entry.path not in taken]


def _as_said(entry: Entry, said: Said) -> Entry:
    return replace(entry, given_name=said.names.get(entry.key, ""), note=said.notes.get(entry.key, ""))


def _order(entry: Entry) -> tuple[str, str]:
    return entry.title.casefold(), str(entry.path)
