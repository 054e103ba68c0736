"""A file that is to be fetched, and what of it is here already."""

import json
from contextlib import suppress
from pathlib import Path

from app.core.language import tr
from app.core.record import record
from app.library.hub_errors import HubError
from app.library.repository import RemoteFile, Repository, place
from app.library.source import Source, parse, read_source, source_file


@record(kw_only=True)
class Wanted:
    """A file at one commit, and the path that it is to have here."""

    source: Source
    target: Path

    @property
    def part(self) -> Path:
        """Where its bytes gather."""
        return self.target.with_name(self.target.name + ".part")


def wanted(repository: Repository, file: RemoteFile, folder: Path, *, flat: bool = False) -> Wanted:
    """What is to be fetched, below folder/owner/name, or right in the folder with `flat`.

    Raises:
        InputError: the file has a name that cannot be kept.
        HubError: the Hub tells no checksum.
    """
    if not file.digest:
        raise HubError(
            tr("The Hub tells no checksum for {file}.").format(file=file.path),
            tr("Choose another repository."),
            kind="answer",
        )
    target = place(folder, file.name) if flat else place(folder, f"{repository.repository}/{file.path}")
    source = Source(
        repository=repository.repository, commit=repository.commit, path=file.path, size=file.size,
        digest=file.digest, licence=repository.licence,
    )  # fmt: skip
    return Wanted(source=source, target=target)


def received(wanted: Wanted) -> int:
    """Bytes that are here already, as far as a look at the disk tells."""
    if (source := read_source(wanted.target)) and source.digest == wanted.source.digest:
        return wanted.source.size
    with suppress(OSError):
        return min(wanted.part.stat().st_size, wanted.source.size) if is_kept(wanted) else 0
    return 0


def discard(wanted: Wanted) -> None:
    """Throw away what is here of a file that is not whole yet."""
    with suppress(OSError):
        wanted.part.unlink(missing_ok=True)
        source_file(wanted.part).unlink(missing_ok=True)


def is_kept(wanted: Wanted) -> bool:
    """Whether the part here is one of this content."""
    try:
        kept = parse(json.loads(source_file(wanted.part).read_text("utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        return False
    return (kept.digest, kept.size) == (wanted.source.digest, wanted.source.size)
