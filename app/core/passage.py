"""The passage of a text that shows why it was found, with the found words marked."""

from collections.abc import Sequence

from app.core.record import record
from app.core.regex import regex

LENGTH, BEFORE = 160, 30  # characters of a passage, and of them before what was found
SEEN = 60  # letters that the two lines of a narrow list hold; what is written without blanks takes twice the room
_LEAST = 8  # characters that are left beside a word where words stand far from each other
_WIDE = "⺀"  # signs from here on take the room of two letters
_TRIED = 200  # places of a word that are looked at for the best passage

_SIGNS = regex(r"[*`#|_~]{2,}|[*`#|]")  # of Markdown; a single _ or ~ belongs to names and paths
_ATTACHED = regex(r'(?:^|[`~]{3,}[^\s`"]{1,40} )attachment="([^"`\n]{0,200})"?')  # the name is what is seen of it
_BLANKS = regex(r"\s+")

Mark = tuple[int, int]


@record
class Passage:
    """One line of text; `marks` are the found words in it, from where to where, in order, none on another."""

    text: str
    marks: tuple[Mark, ...] = ()


def passage(text: str, words: Sequence[str]) -> Passage:
    """The part of a text that holds as many of the words as one line can, on one line, without Markdown's signs.

    Words that are too far apart to be seen together are shown in parts of their own, with "…" between them.
    """
    folded = fold(text)
    wanted = list(dict.fromkeys(fold(word) for word in words if word.strip()))
    pieces = _pieces(text, _spots(folded, wanted))
    line = " … ".join(_line(text[start:end], wanted) for start, end in pieces)
    line = ("…" if pieces[0][0] else "") + line + ("…" if pieces[-1][1] < len(text) else "")
    return Passage(line, marks(line, words))


def _line(cut: str, wanted: Sequence[str]) -> str:
    """A part of a text on one line."""
    line = _BLANKS.sub(" ", _SIGNS.sub("", _ATTACHED.sub(r"\1", cut))).strip()
    if all(word in fold(line) for word in wanted if word in fold(cut)):
        return line
    return _BLANKS.sub(" ", cut).strip()  # the signs are a part of what was looked for


def _spots(folded: str, wanted: Sequence[str]) -> list[Mark]:
    """One place of each word that is there, near the others where that can be; in order."""
    best = _best(folded, wanted)
    spots = []
    for word in wanted:
        at = folded.find(word, best)
        if at < 0 or at > best + LENGTH:  # not among those that stand together
            before = folded.rfind(word, 0, best)
            at = before if at < 0 or (before >= 0 and best - before < at - best) else at
        if at >= 0:
            spots.append((at, at + len(word)))
    return sorted(spots)


def _pieces(text: str, spots: Sequence[Mark]) -> list[Mark]:
    """The parts of a text that are shown, so that all spots are within what is seen of them."""
    if not spots:
        return [(0, min(LENGTH, len(text)))]
    first, last = spots[0][0], max(end for _, end in spots)
    room = SEEN // 2 if any(sign >= _WIDE for sign in text[first : first + SEEN]) else SEEN
    free = room - (last - first) - _LEAST
    if free >= 0 or len(spots) == 1:  # seen together
        start = _begin(text, first - min(BEFORE, max(_LEAST, free)), first)
        return [(start, min(len(text), max(start + LENGTH, last)))]
    beside = max(_LEAST, (room - sum(end - start for start, end in spots)) // (2 * len(spots)))
    pieces: list[Mark] = []
    for start, end in spots:
        begin, stop = _begin(text, start - beside, start), _end(text, end, end + beside)
        if pieces and begin <= pieces[-1][1]:
            pieces[-1] = (pieces[-1][0], max(stop, pieces[-1][1]))
        else:
            pieces.append((begin, stop))
    shown = sum(end - start for start, end in pieces)
    pieces[-1] = (pieces[-1][0], min(len(text), pieces[-1][1] + max(0, LENGTH - shown)))
    return pieces


def _begin(text: str, start: int, word: int) -> int:
    """Where a part begins that may begin at `start`, and must before a word: with a whole one where there is a blank."""
    border = text.find(" ", max(0, start), word)
    return 0 if start <= 0 else border + 1 if border >= 0 else start


def _end(text: str, word: int, end: int) -> int:
    """Where a part ends that may end at `end`, and must not before the end of a word."""
    border = text.rfind(" ", word, end + 1)
    return len(text) if end >= len(text) else border if border >= 0 else end


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
