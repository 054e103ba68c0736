"""Values of foreign JSON, of which nothing is certain: each has a form to fall back on."""

import math
import re
from contextlib import suppress
from datetime import UTC, datetime
from html import unescape
from typing import Any

_THINK = re.compile(r"\s*<(think|thinking|thought)>(.*?)</\1>\s*", re.DOTALL)
_DETAILS = re.compile(r"\s*<details\b([^>]{0,300}\btype=\"reasoning\"[^>]{0,300})>(.*?)</details>\s*", re.DOTALL)
_SUMMARY = re.compile(r"<summary>.*?</summary>", re.DOTALL)
_DURATION = re.compile(r"\bduration=\"(\d{1,6}(?:\.\d+)?)\"")
_HUMAN_DATES = ("%B %d, %Y %I:%M%p", "%Y-%m-%d@%Hh%Mm%Ss", "%Y-%m-%d @%Hh %Mm %Ss %fms")


def text(value: Any) -> str:
    """A text; numbers and everything else are none."""
    return value if isinstance(value, str) else ""


def table(value: Any) -> dict[str, Any]:
    """An object."""
    return value if isinstance(value, dict) else {}


def rows(value: Any) -> list[Any]:
    """A list."""
    return value if isinstance(value, list) else []


def tables(value: Any) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [each for each in rows(value) if isinstance(each, dict)]


def key(value: Any) -> str | None:
    """What identifies something: a text or a number."""
    if isinstance(value, str) and value:
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def number(value: Any, default: float = 0.0) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    with suppress(OverflowError):
        return float(value) if math.isfinite(value) else default
    return default


def place(value: Any, length: int) -> int:
    """An index into something of that length; 0 where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < length else 0


def date(value: Any) -> datetime | None:
    """A moment: seconds, milliseconds, microseconds or nanoseconds since 1970, ISO 8601, or as people write it."""
    if isinstance(value, str):
        value = value.strip()
        if not re.fullmatch(r"-?\d{9,20}(\.\d+)?", value):
            return _written(value)
        value = float(value)
    moment = number(value)
    while abs(moment) > 1e11:
        moment /= 1000
    if moment <= 0:
        return None
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(moment, UTC)
    return None


def _written(value: str) -> datetime | None:
    with suppress(ValueError, OverflowError):
        read = datetime.fromisoformat(value)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    for form in _HUMAN_DATES:
        with suppress(ValueError, OverflowError, OSError):
            return datetime.strptime(value, form).astimezone(UTC)
    return None


def parted(answer: str) -> tuple[str, str, float]:
    """An answer in which its thinking stands in tags: the rest, what was thought, and how long, in seconds."""
    thoughts: list[str] = []
    seconds, at = 0.0, 0
    while True:
        if found := _THINK.match(answer, at):
            thoughts.append(found[2].strip())
        elif found := _DETAILS.match(answer, at):
            lines = unescape(_SUMMARY.sub("", found[2])).strip().split("\n")
            thoughts.append("\n".join(line.removeprefix(">").removeprefix(" ") for line in lines).strip())
            if took := _DURATION.search(found[1]):
                seconds += float(took[1])
        else:
            break
        at = found.end()
    return answer[at:], "\n\n".join(filter(None, thoughts)), seconds
