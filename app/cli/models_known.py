"""The models that the command line knows: the list with its names, and how an entry is told."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from app.chat.connection import folder_of, preferences_on_disk
from app.cli.status_line import StatusLine
from app.core.errors import StoreError
from app.core.language import tr
from app.core.paths import user_paths
from app.core.verdict import Judgement
from app.library.collection import Collection
from app.library.on_disk import Entry, Listing


class Library(Collection):
    """What lies on this computer, for a terminal."""

    def __init__(self) -> None:
        paths = user_paths()
        super().__init__(paths)
        with suppress(StoreError):  # without them the list is that of our own folder
            self.downloads = folder_of(preferences_on_disk(paths), paths)

    def shown(self, quiet: bool = False) -> Listing:
        """All models; a terminal is told how far it is while headers are read that are new."""
        progress = StatusLine(quiet)
        try:
            return self.listing(
                lambda done, total: progress.show(
                    tr("Reading the headers of new files: {percent} %").format(percent=100 * done // total)
                )
            )
        finally:
            progress.hide()

    def entry(self, text: str, quiet: bool = False) -> Entry:
        """The entry of a name, or of any file, also one that is not on the list.

        Raises:
            InputError: there is no such file, and no model has this name.
            ModelFileError: the file is no model, or not a whole one.
        """
        path = Path(text).expanduser()
        if is_file(path) or path.is_absolute():
            return self.looked_at(path)
        return self.meant(text, self.shown(quiet).entries)


def is_file(path: Path) -> bool:
    """Whether there is a file; false also for what cannot be a path."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def printable(text: str) -> str:
    """On one line, with nothing that a terminal would obey."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def as_json(entry: Entry, judgement: Judgement | None) -> dict[str, Any]:
    """What is told of an entry to programs."""
    said = entry.said
    told: dict[str, Any] = {
        "name": entry.title,
        "path": str(entry.path),
        "parts": [str(path) for path in entry.parts],
        "from": entry.origin,
        "repository": entry.repository,
        "commit": entry.source.commit if entry.source else "",
        "licence": entry.licence,
        "bytes": entry.file_bytes,
        "modified": entry.modified.isoformat(timespec="seconds"),
        "projectors": [str(path) for path in entry.projectors],
        "note": entry.note,
        "problem": entry.problem.message if entry.problem else "",
        "hint": entry.problem.hint if entry.problem else "",
    }
    if said is not None:
        told |= {
            "kind": said.kind,
            "architecture": said.architecture,
            "parameters": said.parameters,
            "quantization": said.quantization,
            "context_length": said.context_length,
            "layers": said.layers,
            "experts": said.experts,
            "experts_used": said.experts_used,
            "vocabulary": said.vocabulary,
            "has_template": said.has_template,
            "digest": said.digest,
        }
    if judgement is not None:
        told |= {"verdict": judgement.verdict, "needed_bytes": judgement.needed, "context": judgement.plan.context}
    return told
