"""The models that the command line knows: the list with its names, and how an entry is told."""

from pathlib import Path
from typing import Any

from app.cli.status_line import StatusLine
from app.core.language import tr
from app.core.params import Loading
from app.core.paths import bundled, user_paths
from app.core.verdict import Judgement, Room, judged
from app.library.header_cache import HeaderCache
from app.library.kept import Kept
from app.library.naming import named
from app.library.on_disk import Entry, Listing, listed, looked_at
from app.library.places import Place, Surroundings, places


class Library:
    """What lies on this computer."""

    def __init__(self) -> None:
        paths = user_paths()
        self.own = paths.models
        self.kept = Kept(paths.kept_of_models)
        self._cache = paths.headers

    @property
    def places(self) -> list[Place]:
        """Where models are looked for."""
        return places(self.own, self.kept.read().places, Surroundings.here(), bundled("models/guide.gguf"))

    def listing(self, quiet: bool = False) -> Listing:
        """All models; a terminal is told how far it is while headers are read that are new."""
        progress = StatusLine(quiet)
        try:
            return listed(
                self.places,
                HeaderCache(self._cache),
                self.kept.read(),
                lambda done, total: progress.show(
                    tr("Reading the headers of new files: {percent} %").format(percent=100 * done // total)
                ),
            )
        finally:
            progress.hide()

    def meant(self, text: str, entries: tuple[Entry, ...]) -> Entry:
        """The entry of a path or a name.

        Raises:
            InputError: none has this name, or several have it.
        """
        path = Path(text).expanduser().absolute()
        for entry in entries:
            if path in entry.parts:
                return entry
        return named(entries, text)

    def entry(self, text: str, quiet: bool = False) -> Entry:
        """The same for any file, also one that is not on the list.

        Raises:
            InputError: there is no such file, and no model has this name.
            ModelFileError: the file is no model, or not a whole one.
        """
        path = Path(text).expanduser()
        if is_file(path) or path.is_absolute():
            return looked_at(path, self.kept.read())
        return self.meant(text, self.listing(quiet).entries)


def is_file(path: Path) -> bool:
    """Whether there is a file; false also for what cannot be a path."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def printable(text: str) -> str:
    """On one line, with nothing that a terminal would obey."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def count(parameters: int) -> str:
    """As people write it: "8.0B", "350M"."""
    if parameters >= 999_500_000:
        return f"{parameters / 1e9:,.1f}B"
    return f"{parameters / 1e6:,.0f}M" if parameters >= 999_500 else f"{parameters / 1e6:,.1f}M"


def judgement_of(entry: Entry, there: Room) -> Judgement | None:
    """Whether it runs here, with the usual settings; None for what is not loaded."""
    if entry.problem is not None or entry.said is None or entry.said.kind not in ("chat", "embedding"):
        return None
    return judged(entry.said.network, Loading(), there)


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
