"""Folders, and the names that a search can be narrowed to."""

from app.core.listing import Folder
from app.core.text import valid
from app.store.search import TAGS
from app.store.statements import Statements


class Folders:
    """A folder is a name in its own table and in the conversations that lie in it."""

    def __init__(self, database: Statements) -> None:
        self._database = database

    def listed(self) -> list[Folder]:
        """All of them, also empty ones, by name."""
        rows = self._database.rows("SELECT name, folded FROM folder")
        return [Folder(name, bool(folded)) for name, folded in sorted(rows, key=lambda row: (row[0].casefold(), row))]

    def add(self, folder: Folder) -> None:
        """Make a folder; one of that name keeps what is in it."""
        self._database.run("INSERT OR REPLACE INTO folder (name, folded) VALUES (?, ?)", _row(folder))

    def rename(self, old: str, new: str) -> None:
        """Give a folder another name; its conversations come along, also those in the trash."""
        with self._database.write():
            folded = self._database.rows("SELECT folded FROM folder WHERE name = ?", (old,))
            self._database.run("DELETE FROM folder WHERE name = ?", (old,))
            self.add(Folder(new, bool(folded and folded[0][0])))
            self._database.run("UPDATE conversation SET folder = ? WHERE folder = ?", (valid(new), old))

    def remove(self, name: str) -> None:
        """Remove a folder; its conversations stay, in none."""
        with self._database.write():
            self._database.run("UPDATE conversation SET folder = '' WHERE folder = ?", (name,))
            self._database.run("DELETE FROM folder WHERE name = ?", (name,))

    def inside(self, name: str) -> list[int]:
        """The conversations in a folder, also those in the trash."""
        return [row[0] for row in self._database.rows("SELECT id FROM conversation WHERE folder = ?", (name,))]

    def tags(self) -> list[str]:
        """All tags that any conversation has, also in the trash, those that are used most first."""
        rows = self._database.rows(
            f"SELECT each.value FROM conversation c, json_each({TAGS}) each WHERE c.tags <> '' "
            "GROUP BY each.value ORDER BY count(*) DESC, each.value"
        )
        return [row[0] for row in rows]

    def models(self) -> list[str]:
        """The names of all models that answered, by name."""
        # from one name to the next in the index, which need not be read for that
        rows = self._database.rows(
            "WITH RECURSIVE each(name) AS (SELECT '' UNION ALL SELECT (SELECT min(model) FROM message "
            "WHERE role = 'assistant' AND model > each.name) FROM each WHERE each.name IS NOT NULL) "
            "SELECT name FROM each WHERE name <> ''"
        )
        return [row[0] for row in rows]


def _row(folder: Folder) -> tuple[object, ...]:
    return valid(folder.name), folder.folded
