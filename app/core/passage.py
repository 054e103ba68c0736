"""The passage of a text that shows why it was found, with the found words marked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

LENGTH, BEFORE = 160, 30  # characters of a passage, and of them before what was found
_TRIED = 200  # places of a word that are looked at for the best passage

_SIGNS = re.compile(r"[*`#|_~]{2,}|[*`#|]")  # of Markdown; a single _ or ~ belongs to names and paths
_BLANKS = re.compile(r"\s+")

Mark = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Passage:
    """One line of text; `marks` are the found words in it, from where to where, in order, none on another."""

    text: str
    marks: tuple[Mark, ...] = ()


def passage(text: str, words: Sequence[str]) -> Passage:
    """The part of a text that holds as many of the words as one line can, on one line, without Markdown's signs."""
    folded = fold(text)
    wanted = [fold(word) for word in words]
    start = max(0, _best(folded, wanted) - BEFORE)
    if start:
        border = text.find(" ", start, start + BEFORE)
        start = border + 1 if border >= 0 else start
    cut = text[start : start + LENGTH]
    line = _BLANKS.sub(" ", _SIGNS.sub("", cut)).strip()
    if not all(word in fold(line) for word in wanted if word in fold(cut)):
        line = _BLANKS.sub(" ", cut).strip()  # the signs are a part of what was looked for
    line = ("…" if start else "") + line + ("…" if start + LENGTH < len(text) else "")
    return Passage(line, marks(line, words))


def marks(text: str, words: Sequence[str]) -> tuple[Mark, ...]:
    """Where the words stand in a text, whatever their case; what overlaps or touches is one mark."""
    folded = fold(text)
    found: list[Mark] = []
    for word in {fold(_BLANKS.sub(" ", word)) for word in words if word.strip()}:
        at = folded.find(word)
        while at >= 0:
            found.append((at, at + len(word)))
            at = folded.find(word, at + len(word))
    joined: list[Mark] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def fold(text: str) -> str:
    """The text in lower case, character by character, so that every place stays where it is."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(small if len(small := sign.lower()) == 1 else sign for sign in text)


def _best(text: str, words: Sequence[str]) -> int:
    """Where a passage begins that holds the most different words; 0 where there are none."""
    places = sorted((at, number) for number, word in enumerate(words) for at in _places(text, word))
    best, most = 0, 0
    first = 0
    for last, (at, _) in enumerate(places):
        while at - places[first][0] > LENGTH - 2 * BEFORE:
            first += 1
        different = len({number for _, number in places[first : last + 1]})
        if different > most:
            best, most = places[first][0], different
            if most == len(words):
                break
    return best


def _places(text: str, word: str) -> list[int]:
    found: list[int] = []
    at = text.find(word) if word else -1
    while at >= 0 and len(found) < _TRIED:
        found.append(at)
        at = text.find(word, at + len(word))
    return found
