"""Stored settings as tables again."""

from collections.abc import Mapping
from typing import TypeVar

from app.core.errors import InputError
from app.core.params import Loading, Preferences, Sampling, Value, clean, layered, rows
from app.store.preferences import Settings

Table = TypeVar("Table", Sampling, Loading, Preferences)


def usable(table: type[Table], stored: Mapping[str, Value]) -> dict[str, Value]:
    """Stored values that still fit their rows; ranges may have changed since they were stored."""
    known = rows(table)
    good: dict[str, Value] = {}
    for name, value in stored.items():
        if name in known:
            try:
                good[name] = clean(known[name], value)
            except InputError:
                continue
    return good


def checked(table: type[Table], values: Mapping[str, Value]) -> dict[str, Value]:
    """New values in their rows' own types.

    Raises:
        InputError: one does not fit its row.
        KeyError: there is no such row, which is a bug of the caller.
    """
    known = rows(table)
    return {name: clean(known[name], value) for name, value in values.items()}


def stored_table(table: type[Table], settings: Settings, key: str) -> Table:
    """What is stored under a key, over the defaults."""
    return layered(table, usable(table, settings.values(key)))
