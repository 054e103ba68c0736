"""What is remembered by name: preferences, settings per model, window geometry, drafts."""

import json
from collections.abc import Mapping
from typing import Any

from app.core.params import Value
from app.core.text import valid
from app.store.statements import Statements


class Settings:
    """Texts and mappings by key."""

    def __init__(self, database: Statements) -> None:
        self._database = database

    def text(self, key: str, default: str = "") -> str:
        """What was remembered under a key."""
        found = self._database.rows("SELECT value FROM setting WHERE key = ?", (key,))
        return str(found[0][0]) if found else default

    def texts(self, beginning: str) -> dict[str, str]:
        """All texts whose keys begin like this."""
        found = self._database.rows(
            "SELECT key, value FROM setting WHERE substr(key, 1, ?) = ?", (len(beginning), beginning)
        )
        return {str(key): str(value) for key, value in found}

    def set_text(self, key: str, value: str) -> None:
        """Remember a text; an empty one is forgotten."""
        if not value:
            self._database.run("DELETE FROM setting WHERE key = ?", (key,))
        elif self.text(key) != value:
            self._database.run("INSERT OR REPLACE INTO setting VALUES (?, ?)", (key, valid(value)))

    def values(self, key: str) -> dict[str, Value]:
        """Parameters that were remembered under a key; empty where there are none or they cannot be read."""
        return read_values(self.text(key))

    def set_values(self, key: str, values: Mapping[str, Value]) -> None:
        """Remember parameters; an empty mapping is forgotten."""
        self.set_text(key, write_values(values) if values else "")


def write_values(values: Mapping[str, Value]) -> str:
    """Parameters as JSON."""
    return json.dumps(dict(values), ensure_ascii=False, sort_keys=True)


def read_values(written: str) -> dict[str, Value]:
    """Parameters from JSON; lists become tuples again."""
    try:
        read: Any = json.loads(written) if written else {}
    except ValueError:
        return {}
    if not isinstance(read, dict):
        return {}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in read.items()}
