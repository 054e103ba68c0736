"""What is typed into the search box: words, "exact words", and filters such as `tag:` and `before:`.

Every word must be found, in any order. A filter is a name, a colon and a value, which may stand in quotation marks.
A colon behind any other name is a part of a word.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import get_args

from app.core.errors import InputError
from app.core.language import tr
from app.core.protocol import Role
from app.core.record import record
from app.core.regex import regex
from app.core.text import valid

FILTERS = ("tag", "folder", "model", "role", "before", "after")
OFFERED_FROM = 2  # letters of a filter's name from which on it is offered
LONGEST_OFFER = 8

_ROLES = get_args(Role)
_QUOTES = '"“”„'  # one closes another: keyboards and languages differ
_NAME = regex(rf"({'|'.join(FILTERS)})[:：]", re.IGNORECASE)
_DATE = regex(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")


@record
class Query:
    """What is looked for. Words and tags must all be there; of folders, models and roles one of each kind."""

    words: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    models: tuple[str, ...] = ()  # parts of names
    roles: tuple[str, ...] = ()
    before: date | None = None  # said earlier than this day began
    after: date | None = None  # said on this day or later

    def __bool__(self) -> bool:
        return self != Query()


@record
class Offer:
    """How what is typed could go on: `text` is the whole of it then, `shown` what is added, `told` what that does."""

    text: str
    shown: str
    told: str = ""


@record
class _Part:
    """A word, or a filter with its value; `start` is where it begins in the text."""

    start: int
    name: str
    value: str


def parse(text: str, today: date) -> Query:
    """What the text asks for. A filter that has no value yet asks for nothing.

    Raises:
        InputError: a filter has a value that it does not take; the sentence shows the right form.
    """
    found: dict[str, list[str]] = {name: [] for name in ("", *FILTERS)}
    for part in _parts(text):
        if part.value.strip():
            found[part.name].append(part.value.strip())
    return Query(
        words=tuple(dict.fromkeys(found[""])),
        tags=tuple(found["tag"]),
        folders=tuple(found["folder"]),
        models=tuple(found["model"]),
        roles=tuple(_role(value) for value in found["role"]),
        before=min((_day("before", value, today) for value in found["before"]), default=None),
        after=max((_day("after", value, today) for value in found["after"]), default=None),
    )


def offers(text: str, known: Mapping[str, Sequence[str]]) -> list[Offer]:
    """How the last word of what is typed could go on: names of filters, and their values as far as they are known.

    Args:
        known: the tags, folders and models that there are, under the names of their filters.
    """
    parts = list(_parts(text))
    if not parts or text[-1:].isspace() or (parts[-1].value and text[-1:] in _QUOTES):
        return []
    last = parts[-1]
    before = text[: last.start]
    typed = last.value.casefold()
    if not last.name:
        names = [name for name in FILTERS if len(typed) >= OFFERED_FROM and name.startswith(typed)]
        return [Offer(f"{before}{name}:", f"{name}:", told(name)) for name in names]
    values = {"role": _ROLES, "before": ("today", "yesterday"), "after": ("today", "yesterday"), **known}[last.name]
    fitting = [value for value in values if value.casefold().startswith(typed)]
    fitting += [value for value in values if typed and typed in value.casefold() and value not in fitting]
    if [value.casefold() for value in fitting] == [typed]:
        return []
    return [Offer(f"{before}{last.name}:{_quoted(value)} ", value) for value in fitting[:LONGEST_OFFER]]


def told(name: str) -> str:
    """What a filter does, for a list of filters."""
    return {
        "tag": tr("with this tag"),
        "folder": tr("in this folder"),
        "model": tr("answered by this model"),
        "role": tr("said by the user or the assistant"),
        "before": tr("said before a day"),
        "after": tr("said on a day or later"),
    }[name]


def hint() -> str:
    """All filters in one line."""
    return " ".join(f"{name}:" for name in FILTERS) + " " + tr("“exact words”")


def _parts(text: str) -> list[_Part]:
    """The text cut at blanks that do not stand in quotation marks."""
    text = valid(text).replace("\0", " ")
    found = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        start = at
        name = ""
        if match := _NAME.match(text, at):
            name, at = match[1].lower(), match.end()
        value, at = _value(text, at)
        found.append(_Part(start, name, value))
    return found


def _value(text: str, at: int) -> tuple[str, int]:
    """What stands at a place, up to a blank or to the closing quotation mark, and where it ends.

    A quotation mark with nothing behind it is a sign like any other.
    """
    if text[at : at + 1] and text[at] in _QUOTES:
        end = next((place for place in range(at + 1, len(text)) if text[place] in _QUOTES), len(text))
        if end < len(text) or text[at + 1 :].strip():
            return text[at + 1 : end], end + 1
    end = next((place for place in range(at, len(text)) if text[place].isspace()), len(text))
    return text[at:end], end


def _quoted(value: str) -> str:
    return f'"{value}"' if any(sign.isspace() for sign in value) or value[:1] in _QUOTES else value


def _role(value: str) -> str:
    role = value.casefold()
    if role not in _ROLES:
        raise InputError(
            tr("“{value}” is not a role.").format(value=value),
            tr("Write role:user, role:assistant or role:system."),
        )
    return role


def _day(name: str, value: str, today: date) -> date:
    """The first day that a date names."""
    word = value.casefold()
    if word in ("today", tr("today")):
        return today
    if word in ("yesterday", tr("yesterday")):
        return today - timedelta(days=1)
    if match := _DATE.fullmatch(word):
        year, month, day = (int(number or 1) for number in match.groups())
        try:
            return date(year, month, day)
        except ValueError:
            pass  # the 31st of June, told below
    form = f"{name}:{today.year}-11-30, {name}:{today.year}-11, {name}:today"
    raise InputError(tr("“{value}” is not a day.").format(value=value), tr("Write it as in {form}.").format(form=form))
