"""The part of CHANGELOG.md that belongs to a version, as the notes of its release: release_notes.py v0.2.0

The tag must be the version of the program (app/__init__.py), and the change log must know it.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from app import __version__


def notes(changes: str, version: str) -> str:
    """What stands below "## VERSION", with or without a date behind it.

    Raises:
        ValueError: there is no such part.
    """
    for part in re.split(r"^## ", changes, flags=re.MULTILINE)[1:]:
        title, _, text = part.partition("\n")
        if title.split()[:1] == [version]:
            return text.strip() + "\n"
    raise ValueError(f"CHANGELOG.md has no part “## {version}”")


def main(tag: str) -> None:
    """Print them."""
    if tag.removeprefix("v") != __version__:
        sys.exit(f"The tag {tag} is not the version {__version__} of app/__init__.py")
    try:
        print(notes((ROOT / "CHANGELOG.md").read_text("utf-8"), __version__), end="")
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1])
