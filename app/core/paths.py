"""Where things lie: what comes with the program, and what belongs to the user."""

import os
import sys
from pathlib import Path

from app.core.record import record


@record
class Paths:
    """The user's folders. Nothing is created here; whoever writes makes the folder it writes to."""

    data: Path
    cache: Path
    logs: Path

    @property
    def database(self) -> Path:
        """Conversations and preferences."""
        return self.data / "fireside.db"

    @property
    def backups(self) -> Path:
        """Copies of the database, one a day."""
        return self.data / "backups"

    @property
    def contexts(self) -> Path:
        """What models have read of conversations; it can be made again."""
        return self.cache / "contexts"

    @property
    def models(self) -> Path:
        """Model files that the user added or downloaded."""
        return self.data / "models"

    @property
    def engines(self) -> Path:
        """Engines for graphics cards that the user put there."""
        return self.data / "engines"

    @property
    def downloads(self) -> Path:
        """Models on their way; there is no such file where none is."""
        return self.data / "downloads.json"

    @property
    def kept_of_models(self) -> Path:
        """Further places of models, and the names and notes that the user gave them."""
        return self.data / "models.json"

    @property
    def headers(self) -> Path:
        """What the headers of model files said; it can be read again."""
        return self.cache / "headers.json"


PORTABLE = "portable.txt"  # beside the program of a package: all that it writes goes into a folder beside it


def user_paths() -> Paths:
    """platformdirs' places; or one folder for all of it, where FIRESIDE_HOME names one, or beside a portable program."""
    root = None
    if home := os.environ.get("FIRESIDE_HOME"):
        root = Path(home).expanduser().absolute()
    elif getattr(sys, "frozen", False):
        root = beside(Path(sys.executable))
    if root is not None:
        return Paths(root, root / "cache", root / "logs")
    from platformdirs import PlatformDirs  # 10 ms that FIRESIDE_HOME and the child process save

    places = PlatformDirs("Fireside", appauthor=False)
    return Paths(places.user_data_path, places.user_cache_path, places.user_log_path)


def beside(program: Path) -> Path | None:
    """The folder for all that a portable program writes; None where it is not one."""
    folder = program.parent
    return folder / "data" if (folder / PORTABLE).is_file() else None


def bundled(name: str) -> Path:
    """A file or folder that comes with the program: "models/guide.gguf", "resources/icons".

    A package and an installed wheel carry them inside `app`, a checkout beside it.
    """
    package = Path(__file__).parent.parent
    inside = package / name
    return inside if inside.exists() else package.parent / name
