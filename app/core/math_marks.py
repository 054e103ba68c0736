"""Where formulas stand in Markdown, as models write it: $…$, $$…$$, \\(…\\), \\[…\\] and bare environments.

A formula keeps its marks wherever it travels as text, so that what is copied is the LaTeX that was written.
"""

import re
from typing import NamedTuple

from app.core.regex import regex

LONGEST = 4_000  # characters of a formula with its marks; what is longer stays text
_INLINE = 1_000  # and of one within a line

_ENVIRONMENTS = (
    r"(?:equation|align|alignat|aligned|alignedat|gather|gathered|multline|flalign|eqnarray|split|cases|array"
    r"|[bpvBV]?matrix|smallmatrix|math|displaymath)\*?"
)
_OPENING = regex(rf"\$\$(?!\$)|\\\[|\\begin\{{({_ENVIRONMENTS})\}}")
_CLOSING = {  # each pair of alternatives begins differently, so that no text is read twice
    "$$": regex(r"(?:\\.|\$(?!\$)|[^\\$])*?\$\$", re.DOTALL),
    r"\[": regex(r"(?:\\(?![\[\]]).|[^\\])*?\\\]", re.DOTALL),
}
_BEHIND = regex(r"[ \t]*[.,;:]?[ \t]*(?=\n|\Z)")  # may follow a display formula on its line
_DOLLAR = regex(r"\$(?![\s$])((?:\\.|[^\\$`])+)(?<![\s\\])\$(?!\$)", re.DOTALL)
_DOLLARS = regex(r"\$\$(?!\$)((?:\\.|\$(?!\$)|[^\\$`])+)\$\$", re.DOTALL)
_ROUND = regex(r"\\\(((?:\\(?![()]).|[^\\])+)\\\)", re.DOTALL)
_SQUARE = regex(r"\\\[((?:\\(?![\[\]]).|[^\\])+)\\\]", re.DOTALL)
_SUFFIX = regex(r"(?:th|st|nd|rd|s|d)(?![A-Za-z0-9])")  # "the $n$th"
_PRICE = regex(r"[\d.,]+(?![\d.,])\s*(?:[-–—/,;:]|\s[A-Za-z]{2,}|[kKmMbB]\b)")  # "$5 to 10$" is no formula
_WORDS = regex(r"(?<![\\A-Za-z{])[A-Za-z]{2,} +[A-Za-z]{2,}(?![A-Za-z}])")
_SIGNS = regex(r"[\\^_=<>{}]")
_MARKS = (("$$", "$$"), (r"\[", r"\]"), (r"\(", r"\)"), ("$", "$"))


class Display(NamedTuple):
    """A display formula that begins at the start of a line."""

    end: int  # behind it; the length of the text while its closing mark is yet to come
    closed: bool
    alone: bool  # the opening mark stands on a line of its own


def inline_formula(text: str, start: int, end: int) -> int:
    """Where the formula ends that begins at `start` within a paragraph; 0 where none does."""
    limit = min(end, start + _INLINE)
    if text.startswith("\\", start):
        found = (_ROUND if text.startswith("(", start + 1) else _SQUARE).match(text, start, limit)
        return found.end() if found and any(map(str.isalnum, found[1])) else 0  # else signs, each escaped
    if text.startswith("$$", start):
        found = _DOLLARS.match(text, start, limit)
        return found.end() if found and found[1].strip() else 0
    if start and (_is_word(text[start - 1]) or text[start - 1] == "$"):
        return 0
    found = _DOLLAR.match(text, start, limit)
    if not found or _is_prose(found[1]):
        return 0
    after = found.end()
    if after < end and _is_word(text[after]) and not _SUFFIX.match(text, after, end):
        return 0
    return after


def _is_word(character: str) -> bool:
    """Chinese is written without spaces beside formulas and is none."""
    return character.isascii() and character.isalnum()


def _is_prose(content: str) -> bool:
    """Is it rather what stands between two prices, or between two names of variables of a shell?"""
    if _SIGNS.search(content):
        return False
    return bool(_PRICE.match(content) or _WORDS.search(content))


def display_formula(text: str, start: int) -> Display | None:
    """The display formula that begins at `start`, the first letter of a line.

    One whose closing mark has not come yet is taken for a formula as long as that may still be.
    """
    opening = _OPENING.match(text, start)
    if not opening:
        return None
    limit = min(len(text), start + LONGEST)
    closing = _closing(text, opening, limit)
    if closing is None:
        if limit < len(text) or len(text) - start >= LONGEST:
            return None
        stop = text.find("\n", opening.end())
        rest = text[opening.end() : stop if stop >= 0 else len(text)]
        return Display(len(text), False, not rest.strip() and (stop >= 0 or not opening[1]))
    behind = _BEHIND.match(text, closing)
    if not behind or not text[opening.end() : closing - 2].strip():
        return None
    return Display(behind.end(), True, False)


def _closing(text: str, opening: re.Match[str], limit: int) -> int | None:
    """Behind the closing mark; None where there is none before `limit`."""
    name = opening[1]
    if name is None:
        found = _CLOSING[opening[0]].match(text, opening.end(), limit)
        return found.end() if found else None
    if text.find(rf"\end{{{name}}}", opening.end(), limit) < 0:
        return None
    depth = 1
    for mark in re.compile(rf"\\(begin|end)\{{{re.escape(name)}\}}").finditer(text, opening.end(), limit):
        depth += 1 if mark[1] == "begin" else -1
        if not depth:
            return mark.end()
    return None


def latex_of(source: str) -> tuple[str, bool]:
    """The LaTeX between the marks of a formula, and whether it stands on lines of its own; "" while it is not closed.

    A point or comma behind the closing mark belongs to the formula, as it is set in print.
    """
    source = source.strip()
    for opening, closing in _MARKS:
        if source.startswith(opening):
            end = source.rfind(closing)
            display = opening in ("$$", r"\[")
            if end < len(opening):
                return "", display
            return source[len(opening) : end].strip() + source[end + len(closing) :].strip(), display
    return (source if r"\end{" in source else ""), True
