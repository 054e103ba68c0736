"""Writes what only a package has: licences, and where its releases are. notices.py FOLDER

FOLDER gets notices.json (the window's page of licences), LICENCES.txt (the same to read without the program) and, where
GITHUB_REPOSITORY names one ("owner/name"), release.json: the address that is asked for a newer version, and the page for people.
"""

import json
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from app.chat.notices import as_text, collected, written_notices


def write_all(folder: Path, modules: Iterable[str] | None = None, repository: str | None = None) -> list[Path]:
    """All of them; returns the files.

    Args:
        modules: names of the modules that are packed, with or without what stands behind a dot; None is for all that Fireside asks for.
        repository: "owner/name"; None is what the environment says.

    Raises:
        ValueError: that is no repository.
    """
    folder.mkdir(parents=True, exist_ok=True)
    packed = None if modules is None else {name.partition(".")[0] for name in modules}
    parts = collected(packed)
    texts = {"notices.json": written_notices(parts), "LICENCES.txt": as_text(parts)}
    repository = os.environ.get("GITHUB_REPOSITORY", "") if repository is None else repository
    if repository:
        texts["release.json"] = json.dumps(releases(repository), indent=1) + "\n"
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in texts]


def releases(repository: str) -> dict[str, str]:
    """What app/library/releases.py asks, and the page it shows."""
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository, re.ASCII):
        raise ValueError(f"“{repository}” is no owner/name")
    return {
        "latest": f"https://api.github.com/repos/{repository}/releases/latest",
        "page": f"https://github.com/{repository}/releases",
    }


if __name__ == "__main__":
    for made in write_all(Path(sys.argv[1])):
        print(f"{made} ({made.stat().st_size / 1e3:.0f} kB)")
