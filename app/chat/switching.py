"""The models to choose from when another one is wanted: those used lately first, found by a few letters."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from app.chat.changes import ModelState
from app.chat.models import Models
from app.core.fuzzy import match
from app.core.models import count
from app.core.record import record
from app.core.verdict import Judgement, in_gigabytes
from app.library.arranged import titles
from app.library.on_disk import Entry
from app.library.places import origin_name

Standing = Literal["", "in use", "loading", "loaded"]
TOLD = (
    10_000  # what it counts that all words stand in what is known of a model; letters strewn over its name count less
)


@record
class Choice:
    """A model that can be used."""

    path: Path
    name: str
    about: str = ""  # parameters, quantization, size, where it is from
    words: str = ""  # by which it is found, as they are compared
    judgement: Judgement | None = None
    standing: Standing = ""
    fraction: float = 0.0  # of the loading
    recent: bool = False


def choices(
    models: Models, state: ModelState, loaded: Iterable[Path], recent: Sequence[Path], built_in: Path
) -> list[Choice]:
    """All that can be chatted with: those used lately in their order, then the others by name.

    Args:
        loaded: files of the models that open at once.
        recent: files that were used, the last one first; before the disk was looked at, they are all there is.
        built_in: the model that comes with the application.
    """
    entries = [entry for entry in models.listing.entries if entry.chats or state.path in entry.parts]
    names, kept = titles(entries), set(loaded)
    known = {path: entry for entry in entries for path in entry.parts}
    first = list(dict.fromkeys([*([state.path] if state.path else []), *recent, built_in]))

    def choice(entry: Entry, recent: bool) -> Choice:
        standing, fraction = _standing(entry.parts, state, kept)
        judgement = models.judgement(entry)
        return Choice(
            entry.path, names[entry.path], _about(entry), _words(entry), judgement, standing, fraction, recent
        )

    found = [
        choice(known[path], True)
        if path in known
        else Choice(path, path.stem, "", path.name.casefold(), None, *_standing((path,), state, kept), recent=True)
        for path in first
        if path in known or (not models.looked and _is_there(path))
    ]
    shown = {each.path for each in found}
    others = [choice(entry, False) for entry in entries if entry.path not in shown]
    return found + sorted(others, key=lambda each: (each.name.casefold(), str(each.path)))


def found(known: Sequence[Choice], text: str) -> list[Choice]:
    """The models that fit what is typed, best first; all of them in their order where nothing is."""
    words = text.casefold().split()
    if not words:
        return list(known)
    letters = "".join(words)

    def score(each: Choice) -> int:
        told = TOLD if all(word in each.words for word in words) else 0
        return told + match(letters, each.name)

    ranked = sorted(((score(each), each) for each in known), key=lambda pair: -pair[0])
    return [each for points, each in ranked if points]


def first_choice(shown: Sequence[Choice], text: str) -> int:
    """Which of them is chosen before anybody moves: the best one, and with nothing typed one that is not in use."""
    others = (number for number, each in enumerate(shown) if each.standing not in ("in use", "loading"))
    return 0 if text.strip() else next(others, 0)


def _standing(parts: Sequence[Path], state: ModelState, loaded: set[Path]) -> tuple[Standing, float]:
    if state.path in parts and state.state == "loading":
        return "loading", state.fraction
    if state.path in parts and state.state == "ready":
        return "in use", 1.0
    return ("loaded", 1.0) if loaded.intersection(parts) else ("", 0.0)


def _about(entry: Entry) -> str:
    said = entry.said
    parts = [count(said.parameters) if said and said.parameters else "", said.quantization if said else ""]
    parts += [in_gigabytes(entry.file_bytes), entry.repository or origin_name(entry.origin)]
    return "  ·  ".join(part for part in parts if part)


def _words(entry: Entry) -> str:
    said = entry.said
    told = [entry.title, entry.own_name, entry.path.name, entry.repository]
    told += [said.architecture, said.quantization, said.size_label] if said is not None else []
    return "\n".join(told).casefold()


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
