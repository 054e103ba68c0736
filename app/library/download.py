"""One file of the Hub onto the disk: whole and checked under its name, or a part that goes on at the byte where it was."""

import errno
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.core.errors import AppError, InputError, StoreError
from app.core.language import tr
from app.core.record import record
from app.library.claim import claimed
from app.library.digest import Digest
from app.library.hub_errors import HubError, no_answer, unreadable
from app.library.line import Line
from app.library.pace import Limit, Speed
from app.library.source import Source, read_source, source_file, write_json, write_source
from app.library.wanted import Wanted, discard, is_kept

if TYPE_CHECKING:  # importing it takes time
    from app.library.hub import Hub, Resolved

Stage = Literal["checking", "finding", "loading", "waiting"]
BACKOFF_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""How long to wait before the next try, by how many failed without a byte."""
MOST_REFUSALS, MOST_RENEWALS = 4, 3
MARGIN = 64 << 20  # bytes that are left free on the disk
LOOKS_EVERY = 64 << 20  # bytes, between two looks at the free space
TELLS_EVERY_S = 0.1
BLOCK = 1 << 20


@record(kw_only=True)
class Progress:
    """How far a file is."""

    stage: Stage
    received: int
    size: int
    bytes_per_second: float = 0.0
    reason: str = ""  # why it waits, or began anew; a translated sentence

    @property
    def seconds_left(self) -> float | None:
        """None as long as nobody can tell."""
        return (self.size - self.received) / self.bytes_per_second if self.bytes_per_second > 1 else None


class Download:
    """Fetches one file. `run` blocks, `stop` may come from any thread."""

    def __init__(
        self,
        hub: "Hub",
        wanted: Wanted,
        *,
        tell: Callable[[Progress], None] = lambda _: None,
        renewed: Callable[[Wanted], None] = lambda _: None,
        limit: Limit | None = None,
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
        reserved: Callable[[], int] = lambda: 0,
        backoff: Sequence[float] = BACKOFF_S,
    ) -> None:
        """
        Args:
            tell: hears of progress, in the thread of `run`.
            renewed: hears what is fetched instead where the file was changed at the Hub.
            free, reserved: bytes free on a folder's disk, and how many of them others were promised.
            backoff: seconds to wait before each new try.
        """
        self._hub = hub
        self._wanted = wanted
        self._tell = tell
        self._renewed = renewed
        self._limit = limit or Limit()
        self._free = free
        self._reserved = reserved
        self._backoff = backoff
        self._line = Line()
        self._speed = Speed()
        self._told_at = 0.0
        self._looked_at = 0
        self._have = 0
        self._digest = Digest(wanted.source.digest, wanted.source.size)
        self._renewals = 0
        self._reason = ""

    def stop(self) -> None:
        """End `run` at once; what came so far stays."""
        self._line.hang_up()

    def run(self) -> Path:
        """Fetch what is missing, check it, give it its name.

        Returns:
            The file's path.

        Raises:
            Stopped: `stop` was called.
            HubError: the Hub refuses, or other bytes came than were to come; what only passes is waited for instead.
            AppError: the disk is full or cannot be written, or something else lies there under this name.
        """
        try:
            if not self._is_there():
                self._wanted.target.parent.mkdir(parents=True, exist_ok=True)
                with claimed(self._wanted.part) as file:
                    self._begin(file)
                    self._fetch(file)
                    self._finish(file)
        except OSError as error:
            raise _disk_error(error, self._wanted.target) from error
        finally:
            self._digest.close()
        return self._wanted.target

    # ── before ────────────────────────────────────────────────────────────────────────────────────────────

    def _is_there(self) -> bool:
        """Whether the file is here already, by its own bytes if nothing else tells."""
        target, source = self._wanted.target, self._wanted.source
        if not target.exists():
            return False
        known = read_source(target)
        same = known is not None and known.digest == source.digest
        if not same and known is None and target.is_file() and target.stat().st_size == source.size:
            with target.open("rb", buffering=0) as file:
                self._read(file)
            same = self._digest.close() == source.digest
            if same:
                write_source(target, _as_written(source, target))
        if not same:
            raise InputError(
                tr("“{file}” is there already and has another content.").format(file=target),
                tr("Rename or delete it, or choose another folder."),
            )
        self._have = source.size
        self._report("checking", now=True)
        return True

    def _begin(self, file: FileIO) -> None:
        """Read what is there of it once more, so that the checksum of the whole can be told at the end."""
        size = os.fstat(file.fileno()).st_size
        if size and (size > self._wanted.source.size or not is_kept(self._wanted)):
            file.truncate(0)
            size = 0
        if not size:  # first of all whose bytes these are going to be
            write_json(source_file(self._wanted.part), asdict(self._wanted.source))
        self._look_at_space(size)
        self._read(file)

    def _read(self, file: FileIO) -> None:
        """All there is in the file, for the checksum; it goes on from there."""
        self._restart()
        while piece := file.read(BLOCK):
            self._line.check()
            self._digest.add(piece)
            self._have += len(piece)
            self._report("checking")

    def _restart(self) -> None:
        self._have = 0
        self._digest.close()
        self._digest = Digest(self._wanted.source.digest, self._wanted.source.size)

    # ── meanwhile ─────────────────────────────────────────────────────────────────────────────────────────

    def _fetch(self, file: FileIO) -> None:
        """Everything that is missing, over as many connections as it takes."""
        tries = refusals = 0
        while self._have < self._wanted.source.size:
            before = self._have
            try:
                self._connect(file)
            except HubError as error:
                if self._have > before:
                    tries = refusals = 0
                if error.kind == "moved":
                    self._renew(file, error)
                    continue
                refusals += (
                    error.kind == "expired"
                )  # each try gets a new address; a storage that takes none of them errs
                if not error.passing or refusals >= MOST_REFUSALS:
                    raise
                self._speed.rest()
                self._reason = error.message
                self._report("waiting", now=True)
                self._line.wait(max(error.wait_s, self._backoff[min(tries, len(self._backoff) - 1)]))
                tries += 1

    def _connect(self, file: FileIO) -> None:
        """What one connection brings."""
        source = self._wanted.source
        self._report("finding", now=True)
        resolved = self._hub.resolve(source.repository, source.commit, source.path, self._line)
        _compare(resolved, source)
        self._speed.rest()
        with self._hub.fetch(resolved, self._have, self._line) as body:
            known = self._have - body.first  # a server that does not know ranges begins at 0
            if body.total not in (None, source.size) or known < 0:
                raise unreadable(self._hub.host, f"{body.first} of {body.total} for {self._have} of {source.size}")
            for piece in body:
                self._line.check()
                if known >= len(piece):
                    known -= len(piece)
                    continue
                piece = piece[known : known + source.size - self._have]
                known = 0
                for part in self._limit.portions(piece):
                    self._take(file, part)
                if self._have == source.size:
                    return
        raise no_answer("network", self._hub.host, f"ended after {self._have} of {source.size}")

    def _take(self, file: FileIO, piece: bytes) -> None:
        self._digest.add(piece)
        written = 0
        while written < len(piece):
            written += file.write(piece[written:] if written else piece)
        self._have += len(piece)
        self._speed.add(len(piece))
        self._reason = ""
        self._report("loading")
        if self._have - self._looked_at >= LOOKS_EVERY:
            self._look_at_space(self._have)
        if wait := self._limit.spend(len(piece)):
            self._line.wait(wait)

    def _renew(self, file: FileIO, error: HubError) -> None:
        """The file at the commit of now; what is here stays if it has the same content."""
        self._renewals += 1
        before = self._wanted.source
        if self._renewals > MOST_RENEWALS:
            raise error
        repository = self._hub.repository(before.repository, line=self._line)
        now = repository.file(before.path)
        if now is None or not now.digest:
            raise error
        source = Source(
            repository=repository.repository, commit=repository.commit, path=now.path, size=now.size,
            digest=now.digest, licence=repository.licence,
        )  # fmt: skip
        self._wanted = Wanted(source=source, target=self._wanted.target)
        if (source.digest, source.size) != (before.digest, before.size):
            file.truncate(0)
            file.seek(0)
            self._restart()
            self._reason = tr("The file was changed at the Hub; it begins anew.")
        write_json(source_file(self._wanted.part), asdict(source))
        self._renewed(self._wanted)
        self._look_at_space(self._have)

    def _look_at_space(self, have: int) -> None:
        """Raises StoreError where what is missing does not fit on the disk."""
        self._looked_at = have
        missing = self._wanted.source.size - have
        free = self._free(self._wanted.target.parent) - self._reserved() - MARGIN
        if missing and free < missing:
            raise StoreError(
                tr("There is no room for {file}: {needed} GB are missing, {free} GB are free.").format(
                    file=self._wanted.target.name, needed=_gigabytes(missing), free=_gigabytes(max(0, free))
                ),
                tr("Make room, then go on, or choose another folder."),
            )

    def _report(self, stage: Stage, now: bool = False) -> None:
        clock = time.monotonic()
        if now or clock - self._told_at >= TELLS_EVERY_S:
            self._told_at = clock
            rate = self._speed.update() if stage == "loading" else 0.0
            size = self._wanted.source.size
            self._tell(
                Progress(stage=stage, received=self._have, size=size, bytes_per_second=rate, reason=self._reason)
            )

    # ── after ─────────────────────────────────────────────────────────────────────────────────────────────

    def _finish(self, file: FileIO) -> None:
        """Its name for it, if the bytes are those that the Hub promised."""
        target, part, source = self._wanted.target, self._wanted.part, self._wanted.source
        digest = self._digest.close()
        if digest != source.digest:
            file.truncate(0)
            if sys.platform == "win32":
                file.close()
            discard(self._wanted)
            raise HubError(
                tr("“{file}” was damaged on its way: its checksum is not the Hub's.").format(file=target.name),
                tr("It was thrown away. Download it again; if that happens often, look at the network or the disk."),
                f"{digest} for {source.digest}",
                "damaged",
            )
        os.fsync(file.fileno())  # the name must not be there before the bytes are
        write_source(target, _as_written(source, part))
        if sys.platform == "win32":  # where an open file cannot be renamed
            file.close()
        os.replace(part, target)
        _sync_folder(target.parent)
        source_file(part).unlink(missing_ok=True)
        self._report("loading", now=True)


def _as_written(source: Source, file: Path) -> Source:
    return Source(**asdict(source) | {"modified_ns": file.stat().st_mtime_ns})


def _compare(resolved: "Resolved", source: Source) -> None:
    """Raises HubError where the Hub now has another content at this place."""
    kind, _, number = source.digest.partition(":")
    comparable = len(resolved.etag) == (40 if kind == "git" else 64)
    if (comparable and resolved.etag != number) or resolved.size not in (None, source.size):
        raise HubError(
            tr("{file} is not what the Hub says of it.").format(file=source.path),
            tr("Try again later, or choose another repository."),
            f"{resolved.etag}, {resolved.size} for {number}, {source.size}",
            "moved",
        )


def _sync_folder(folder: Path) -> None:
    """A new name outlasts a loss of power only when its folder is written; not every file system can do that."""
    if sys.platform == "win32":
        return
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:,.2f}"


def _disk_error(error: OSError, target: Path) -> AppError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(
            tr("The disk became full while {file} was downloaded.").format(file=target.name),
            tr("Make room, then go on; what came so far is kept."),
            str(error),
        )
    if error.errno == errno.EFBIG:
        return StoreError(
            tr("The disk cannot keep a file as large as {file}.").format(file=target.name),
            tr("Choose a folder on another disk; memory sticks are often formatted so that files end at 4 GB."),
            str(error),
        )
    return StoreError(
        tr("{file} cannot be written.").format(file=target),
        tr("Check that you may write there and that the disk is connected."),
        str(error),
    )
