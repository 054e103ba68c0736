"""Regular expressions that are compiled when they are first used.

Compiling one takes 0.1 to 1 ms, a module that names some is imported with each start, and few are used until the window is there.
"""

import re
from typing import AnyStr, cast


def regex(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` gives, as far as its methods go; a mistake in it is told when it is used."""
    return cast(re.Pattern[AnyStr], _Pattern(text, flags))


class _Pattern:
    """Has what was asked for once as an attribute of its own, so that asking again takes no longer than with Python's."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._given = text, flags

    def __getattr__(self, name: str) -> object:
        text, flags = self._given
        value = getattr(re.compile(text, flags), name)
        self.__dict__[name] = value
        return value
