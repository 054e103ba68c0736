"""Finding words in texts: what was asked for, and where it stands. Positions count UTF-16 units, as Qt does."""

import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from app.core.markdown import utf16_length
from app.core.record import record

LONGEST = 1_000  # characters that can be searched for

Range = tuple[int, int]  # from, to
Place = tuple[int, int]  # which part of a message (THOUGHT: its thinking), and which block or paragraph of it

THOUGHT = -1  # as part of a Place
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
_OF_WORD = rf"(?![{_UNSPACED}])\w"  # scripts that are written without spaces have no ends of words
BEGIN, END = rf"(?<!{_OF_WORD})", rf"(?!{_OF_WORD})"  # of a word, as regular expressions
_ENDLESS = rf"[{_UNSPACED}\W]"  # compiled by the first search: it takes as long as a module
_QUOTES = {"'": "['‘’]", '"': '["“”„]'}
_MADE = ("&", "](", "][", "![")  # in a source: what is seen is more than the source without some signs
_SIGNS = {code: None for code in range(128) if not chr(code).isalnum()}


@record
class Query:
    """What is searched for, and how."""

    text: str = ""
    case: bool = False  # capital and small letters are told apart
    words: bool = False  # whole words only
    regex: bool = False  # the text is a regular expression
    all_branches: bool = False


class Passage(NamedTuple):
    """A text of a message that is searched by itself, as the reader sees it."""

    place: Place
    text: str


class Matcher(Protocol):
    """Finds one query in any text."""

    def spans(self, text: str) -> Iterator[Range]:
        """Where it stands, first to last. No two of them overlap and none is empty."""
        ...

    def may_be_in(self, source: str) -> bool:
        """Can what the reader sees of this Markdown hold it? False only where it surely cannot."""
        ...


class Literally:
    """Finds words as they are written. A space finds every kind of space, and the end of a line."""

    def __init__(self, query: Query) -> None:
        text = query.text[:LONGEST]
        flags = re.NOFLAG if query.case else re.IGNORECASE
        pattern = "".join(_sign(sign, query.case) for sign in text)
        if query.words:
            begin = "" if re.match(_ENDLESS, text[:1]) else BEGIN
            pattern = begin + pattern + ("" if re.match(_ENDLESS, text[-1:]) else END)
        self._pattern = re.compile(pattern, flags)
        letters = [sign for sign in text if sign.isalnum()]
        self._letters = re.compile(r"[\W_]*".join(map(re.escape, letters)), flags)
        self._case = query.case
        self._plain = "".join(letters) if query.case else "".join(letters).lower()
        self._needed = {sign for sign in letters if query.case or sign.lower() == sign.upper() == sign}

    def spans(self, text: str) -> Iterator[Range]:
        """Where it stands."""
        found = (match.span() for match in self._pattern.finditer(text))
        if text.isascii() or max(text) < "\U00010000":
            return (span for span in found if span[0] < span[1])
        return _in_units(text, found)

    def may_be_in(self, source: str) -> bool:
        """Do its letters follow each other in the source, with nothing but signs between them?"""
        if any(mark in source for mark in _MADE):
            return True
        if any(sign not in source for sign in self._needed):
            return False
        if source.isascii() and self._plain.isascii():  # says the same as the pattern, in a tenth of the time
            bare = source.translate(_SIGNS)
            return self._plain in (bare if self._case else bare.lower())
        return self._letters.search(source) is not None


def _sign(sign: str, case: bool) -> str:
    if sign.isspace():
        return r"\s"
    return re.escape(sign) if case else _QUOTES.get(sign) or re.escape(sign)


def _in_units(text: str, found: Iterator[Range]) -> Iterator[Range]:
    """The same places in UTF-16 units; the text is gone through once."""
    at = units = 0
    for start, end in found:
        if start < end:
            begin = units + utf16_length(text[at:start])
            at, units = end, begin + utf16_length(text[start:end])
            yield begin, units
