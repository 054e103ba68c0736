"""Texts that would take too long to read as Markdown, or to lay out: they are shown as they are written."""

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from app.core.markdown import NESTING
from app.core.regex import regex

if TYPE_CHECKING:
    from markdown_it.token import Token

MOTLEY = 2_500  # marks in one paragraph; one with more is shown as it is written
CELL = 8_000  # characters of a table's cell; a longer one is no table for anybody to read
_MARKS = "[]*_`~<>!("
_REPEATED = _MARKS + "&$\\"
_DENSE = regex(r"(?:[\[\]*_`~<>!(]{2}[^\n]?)+")  # never fails once it has begun: nothing is tried twice
_OPEN_LINK = regex(r"\]\((?=[^\s)]{1000})")
_UNCLOSED = 20  # links whose address does not end; the parser looks for the end of each
_UNPAIRED = 300  # brackets or environments without a partner; the parser looks for the partner of each, again and again


def is_hostile(text: str) -> bool:
    """Would the parser take very long for it?"""
    if any(mark * 1_000 in text for mark in _REPEATED) or abs(text.count("[") - text.count("]")) > _UNPAIRED:
        return True
    if any(found.end() - found.start() > 4_000 for found in _DENSE.finditer(text)):
        return True
    if text.count("\\begin{") - text.count("\\end{") > _UNPAIRED:
        return True
    return next(islice(_OPEN_LINK.finditer(text), _UNCLOSED, None), None) is not None


def is_heavy(tokens: "Sequence[Token]") -> bool:
    """Are there more containers in each other than the parser shows, or what takes long to lay out?"""
    return any(
        token.level >= NESTING - 1
        or (token.type == "inline" and len(token.content) > CELL and (in_cell(tokens, index) or _is_motley(token)))
        for index, token in enumerate(tokens)
    )


def _is_motley(token: "Token") -> bool:
    """Does the style change more often than anybody means?"""
    return sum(child.type not in ("text", "softbreak", "hardbreak") for child in token.children or ()) > MOTLEY


def in_cell(tokens: "Sequence[Token]", index: int) -> bool:
    """Is a token the text of a table's cell?"""
    return index > 0 and tokens[index - 1].type in ("th_open", "td_open")
