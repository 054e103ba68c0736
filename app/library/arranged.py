"""The models of this computer as the lines of a list: filtered by words, sorted, and what cannot be used in a group of its own."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from app.core.language import tr
from app.core.record import record
from app.core.verdict import Judgement
from app.library.naming import in_folder
from app.library.on_disk import Entry
from app.library.places import origin_name

Order = Literal["name", "size", "date", "fit"]
Group = Literal["models", "others", "broken"]  # the first has no heading
BEST_FIRST = {"fits": 0, "slow": 1, "unknown": 2, "too large": 3, "unsupported": 4}


@record
class Heading:
    """The name of a group, and how many are in it."""

    group: Group
    count: int

    @property
    def text(self) -> str:
        """As it is shown."""
        return tr("Cannot be used") if self.group == "broken" else tr("Other files")


@record
class Row:
    """One entry as it stands in the list."""

    entry: Entry
    name: str  # its title; where several have the same, what tells them apart
    judgement: Judgement | None = None
    in_use: bool = False


Line = Heading | Row


def group_of(entry: Entry) -> Group:
    """Where an entry stands."""
    if entry.problem is not None or entry.said is None:
        return "broken"
    return "models" if entry.said.kind in ("chat", "embedding") else "others"


def titles(entries: Sequence[Entry]) -> dict[Path, str]:
    """What each is called in a list; several with one title are told apart by their files."""
    called = {entry.path: entry.title for entry in entries}
    several = Counter(called.values())
    doubtful = [entry for entry in entries if several[called[entry.path]] > 1]
    stems = Counter(entry.stem for entry in doubtful)
    told = {
        entry.path: entry.stem if stems[entry.stem] == 1 and entry.stem not in several else in_folder(entry)
        for entry in doubtful
    }
    return called | told


def words_of(entry: Entry) -> str:
    """All by which an entry is found, as it is compared."""
    said = entry.said
    told = [entry.title, entry.own_name, entry.path.name, entry.repository, entry.note, origin_name(entry.origin)]
    if said is not None:
        told += [said.architecture, said.quantization, said.size_label, said.kind]
    return "\n".join(told).casefold()


def found(entries: Iterable[Entry], text: str, known: Mapping[Path, str] | None = None) -> list[Entry]:
    """The entries that have all of these words somewhere.

    Args:
        known: what `words_of` said, by the paths of entries.
    """
    wanted = text.casefold().split()
    known = known or {}
    return [entry for entry in entries if all(word in (known.get(entry.path) or words_of(entry)) for word in wanted)]


def arranged(
    entries: Sequence[Entry],
    judged: Callable[[Entry], Judgement | None],
    order: Order,
    names: Mapping[Path, str],
    in_use: Path | None = None,
) -> list[Line]:
    """The lines: models, then other files and what cannot be used, each below a heading.

    Args:
        entries: those that were found.
        names: what each is called.
        in_use: the file of the model in use.
    """
    groups: dict[Group, list[Row]] = {"models": [], "others": [], "broken": []}
    for entry in entries:
        row = Row(entry, names.get(entry.path, entry.title), judged(entry), in_use in entry.parts)
        groups[group_of(entry)].append(row)
    lines: list[Line] = []
    for group, rows in groups.items():
        if rows and group != "models":
            lines.append(Heading(group, len(rows)))
        rows.sort(key=lambda row: _place(row, order))
        lines += rows
    return lines


def _place(row: Row, order: Order) -> tuple[float, str, str]:
    entry = row.entry
    first = 0.0
    if order == "size":
        first = -entry.file_bytes
    elif order == "date":
        first = -entry.modified.timestamp()
    elif order == "fit":
        first = BEST_FIRST[row.judgement.verdict] if row.judgement is not None else len(BEST_FIRST)
    return first, row.name.casefold(), str(entry.path)
