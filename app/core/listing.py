"""The list of conversations as lines: pinned ones, folders, and the rest under the headings of their days."""

import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple, get_args

from app.core.language import tr
from app.core.passage import Passage
from app.core.record import record
from app.core.tree import Colour

COLOURS: tuple[Colour, ...] = get_args(Colour)
LONGEST_TAG, LONGEST_FOLDER = 40, 60

_BETWEEN_TAGS = str.maketrans("，、;；\n\t", ",,,,,,")


class Summary(NamedTuple):
    """What the list shows of a conversation. A tuple, because there may be 10,000 of them."""

    id: int
    title: str
    updated: str  # as it is on disk: UTC in ISO 8601, so that it sorts as text
    pinned: bool = False
    folder: str = ""
    tags_text: str = ""  # as they are on disk: a JSON list, or nothing
    colour: Colour = ""
    archived: bool = False

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags, in the order in which they were given."""
        return read_tags(self.tags_text)


@record
class Folder:
    """A folder; `folded` hides what is in it."""

    name: str
    folded: bool = False


@record
class Heading:
    """The name of a day or another part of the list; `loose` is one whose conversations lie in no folder."""

    text: str
    loose: bool = False


@record
class FolderLine:
    """A folder with the number of conversations in it."""

    name: str
    folded: bool
    count: int


@record
class Place:
    """A passage of a message in which a search found something."""

    conversation: Summary
    message: int
    passage: Passage


Line = Heading | FolderLine | Summary | Place
Mode = Literal["list", "search", "archive"]  # what the list shows


def lines(rows: Iterable[Summary], folders: Sequence[Folder], now: datetime) -> list[Line]:
    """The whole list.

    Args:
        rows: the conversations, pinned ones first, then those that were used last.
        folders: in the order in which they are shown.
        now: with the time zone that days are counted in.
    """
    pinned: list[Summary] = []
    inside: dict[str, list[Summary]] = {folder.name: [] for folder in folders}
    loose: list[Summary] = []
    for row in rows:
        (pinned if row.pinned else inside.get(row.folder, loose) if row.folder else loose).append(row)
    result: list[Line] = []
    if pinned:
        result += [Heading(tr("Pinned")), *pinned]
    if folders:
        result.append(Heading(tr("Folders")))
    for folder in folders:
        result.append(FolderLine(folder.name, folder.folded, len(inside[folder.name])))
        if not folder.folded:
            result += inside[folder.name]
    return result + by_day(loose, now)


def by_day(rows: Sequence[Summary], now: datetime) -> list[Line]:
    """Conversations under the headings of their days, newest first."""
    result: list[Line] = []
    at = 0
    while at < len(rows):
        name, first = _part(rows[at].updated, now)
        end = bisect_left(rows, True, lo=at, key=lambda row: row.updated < first)
        end = max(end, at + 1)
        result.append(Heading(name, loose=True))
        result += rows[at:end]
        at = end
    return result


def _part(updated: str, now: datetime) -> tuple[str, str]:
    """The heading that a moment stands under, and the first moment that does, as on disk."""
    today = now.date()
    for name, days in (
        (tr("Today"), 0), (tr("Yesterday"), 1), (tr("Previous 7 days"), 6), (tr("Previous 30 days"), 29),
    ):  # fmt: skip
        first = _moment(today - timedelta(days=days), now)
        if updated >= first:
            return name, first
    day = datetime.fromisoformat(updated).astimezone(now.tzinfo).date()
    month = month_name(day.month)
    name = month if day.year == today.year else tr("{month} {year}").format(month=month, year=day.year)
    return name, _moment(day.replace(day=1), now)


def _moment(day: date, now: datetime) -> str:
    return datetime.combine(day, time(), now.tzinfo).astimezone(UTC).isoformat(timespec="microseconds")


def month_name(month: int) -> str:
    """The name of a month, 1 to 12."""
    return (
        tr("January"), tr("February"), tr("March"), tr("April"), tr("May"), tr("June"), tr("July"), tr("August"),
        tr("September"), tr("October"), tr("November"), tr("December"),
    )[month - 1]  # fmt: skip


def colour_name(colour: str) -> str:
    """How a colour is called; "" is none."""
    return {
        "": tr("No colour"), "red": tr("Red"), "yellow": tr("Yellow"), "green": tr("Green"), "blue": tr("Blue"),
        "purple": tr("Purple"), "grey": tr("Grey"),
    }.get(colour, "")  # fmt: skip


def details(row: Summary) -> list[str]:
    """Folder, tags and colour of a conversation, in words."""
    parts = []
    if row.folder:
        parts.append(tr("Folder {name}").format(name=row.folder))
    if row.tags:
        parts.append(tr("Tags: {tags}").format(tags=", ".join(row.tags)))
    if row.colour:
        parts.append(tr("Colour: {colour}").format(colour=colour_name(row.colour)))
    return parts


def read_tags(text: str) -> tuple[str, ...]:
    """Tags as they are on disk; none where a damaged file has something else there."""
    if not text:
        return ()
    try:
        found = json.loads(text)
    except ValueError:
        return ()
    return tuple(str(tag) for tag in found) if isinstance(found, list) else ()


def tags_of(text: str) -> tuple[str, ...]:
    """Tags as they are typed, with commas between them; each once, whatever its case."""
    return clean_tags(text.translate(_BETWEEN_TAGS).split(","))


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags without superfluous blanks and number signs; empty and double ones are left out."""
    found: dict[str, str] = {}
    for tag in tags:
        name = (
            " ".join(tag.replace("\0", "").translate(_BETWEEN_TAGS).replace(",", " ").split())
            .lstrip("#")
            .strip()[:LONGEST_TAG]
            .strip()
        )
        if name:
            found.setdefault(name.casefold(), name)
    return tuple(found.values())


def clean_name(name: str) -> str:
    """The name of a folder without superfluous blanks; empty where nothing is left."""
    return " ".join(name.replace("\0", "").split())[:LONGEST_FOLDER].strip()


def matching(names: Iterable[str], wanted: str) -> list[str]:
    """The name that is meant: the same one whatever its case, else those that begin with it, else those that hold it."""
    known, word = list(names), wanted.casefold()
    for fits in (
        lambda name: name == word,
        lambda name: name.startswith(word),
        lambda name: word in name,
    ):
        if found := [name for name in known if fits(name.casefold())]:
            return found
    return []
