"""Which model a typed name means: a title, the name of a file, or the beginning of one that only one model has."""

from collections.abc import Iterable, Sequence

from app.core.errors import InputError
from app.core.language import tr
from app.library.on_disk import Entry

MOST_CANDIDATES = 8  # that are named


class NotListed(InputError):
    """No model on the list has this name."""


def named(entries: Sequence[Entry], text: str) -> Entry:
    """The model that is meant.

    Raises:
        NotListed: none has this name.
        InputError: several have it.
    """
    typed = _plain(text)
    for matches in (str.__eq__, str.startswith):
        found = [entry for entry in entries if typed and any(matches(name, typed) for name in names(entry))]
        if len(found) > 1:
            usable = [entry for entry in found if entry.chats]
            found = usable if len(usable) == 1 else found
        if len(found) == 1:
            return found[0]
        if found:
            raise InputError(
                tr("“{text}” could be each of several models.").format(text=text),
                tr("Name one of these: {names}.").format(names=", ".join(_told(found, entries))),
            )
    raise NotListed(tr("There is no model “{text}”.").format(text=text), tr("fireside models list shows them."))


def names(entry: Entry) -> list[str]:
    """All by which it may be called, as they are compared."""
    own = [entry.given_name, entry.own_name, entry.stem, entry.path.name, str(entry.path), entry.repository]
    own.append(in_folder(entry))
    if entry.repository:
        own.append(f"{entry.repository}/{entry.path.name}")
    return [_plain(name) for name in own if name]


def in_folder(entry: Entry) -> str:
    """The name of its file with that of its folder."""
    return f"{entry.path.parent.name}/{entry.stem}"


def short_name(entry: Entry, entries: Iterable[Entry]) -> str:
    """The shortest of its names that means no other model."""
    others = [set(names(other)) for other in entries if other.path != entry.path]
    for name in (entry.title, entry.stem, in_folder(entry)):
        if not any(_plain(name) in known for known in others):
            return name
    return str(entry.path)


def _told(found: Sequence[Entry], entries: Sequence[Entry]) -> list[str]:
    told = [short_name(entry, entries) for entry in found]
    return told if len(told) <= MOST_CANDIDATES else [*told[:MOST_CANDIDATES], "…"]


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
