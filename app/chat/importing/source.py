"""Files as a row of JSON values, however large they are: alone, line by line, in a list, in a zip archive, in a folder.

Only one value at a time is in memory, and no file is trusted to be as large as it says.
"""

import codecs
import json
import lzma
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from app.core.errors import InputError
from app.core.language import tr
from app.core.record import record

CHUNK = 2**20  # bytes that are read at once
LARGEST_VALUE = 128 * 2**20  # characters of one conversation
LARGEST_FILE = 4 * 2**30  # bytes of a file, unpacked
MOST_FILES = 100_000  # in an archive or a folder
PACKED = 250  # times smaller than unpacked: no text that people wrote is
HARMLESS = 16 * 2**20  # bytes that may be packed however they are
GPT4ALL = b"\xf5\xd5\x53\xcc"  # what its files begin with
ZIP = b"PK\x03\x04"

_FAULTS = (  # of files, and of what is packed in them
    OSError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, NotImplementedError, RuntimeError,
    KeyError, OverflowError, UnicodeDecodeError,
)  # fmt: skip
_OUTSIDE = re.compile(r'["{}\[\]]|(?<=[^\s,:\[])\r?\n(?=\{)')  # an object on a new line after what needs a comma
_INSIDE = re.compile(r'(?:[^"\\\n]++|\\.)*+', re.DOTALL)  # of a text, up to its end or that of the line


@record
class Member:
    """One file, also one in an archive. Its `values` are JSON; `raw` is what a file holds that is not text."""

    name: str
    modified: datetime
    alone: bool  # it was named by the user; in an archive or a folder other things may lie as well
    open: "Opener"


@record
class Opener:
    """Opens a file, or what is packed as a part of one."""

    path: Path
    inside: str = ""

    def __call__(self) -> IO[bytes]:
        if not self.inside:
            return self.path.open("rb")
        archive = zipfile.ZipFile(self.path)
        try:
            return archive.open(self.inside)
        finally:
            archive.close()  # the part keeps the file open for itself


class Broken(ValueError):
    """A value that is no JSON; the text says why, translated."""


def members(path: Path) -> Iterator[Member]:
    """The files behind a path that could hold conversations.

    Raises:
        InputError: there is nothing there, it cannot be read, or it is packed so that it would fill the memory.
    """
    try:
        if path.is_dir():
            yield from _in_folder(path)
        elif zipfile.is_zipfile(path):
            yield from _in_archive(path)
        elif _starts(path, ZIP):
            raise InputError(
                tr("{name} is a zip archive that is cut off.").format(name=path.name),
                tr("Download or export it again."),
            )
        else:
            yield Member(path.name, _modified(path), True, Opener(path))
    except _FAULTS as error:
        raise _unreadable(path, error) from error


def _starts(path: Path, start: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(start)) == start


def beginning(member: Member, length: int) -> bytes:
    """The first bytes.

    Raises:
        InputError: it cannot be read.
    """
    with _told(member), member.open() as file:
        return file.read(length)


def raw(member: Member, limit: int) -> bytes:
    """All of it, which is at most `limit` bytes.

    Raises:
        InputError: it is longer, or cannot be read.
    """
    with _told(member), member.open() as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise _too_large(member.name)
    return data


def holds_json(start: bytes) -> bool:
    """Whether a file that begins with this may be JSON."""
    return start.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"{", b"[") or start.startswith(
        (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    )


def values(member: Member) -> Iterator[Any]:
    """Its JSON values: those of a list, or those that stand one after the other; what is broken is a `Broken`.

    Raises:
        InputError: it cannot be read, or is larger than anything that is read.
    """
    with _told(member), member.open() as file:
        for written in _written(file, member.name):
            if isinstance(written, Broken):
                yield written
                continue
            try:
                yield json.loads(written)
            except RecursionError:
                yield Broken(tr("This is nested too deeply."))
            except ValueError as error:
                yield Broken(tr("It is not JSON: {reason}").format(reason=error))


def _written(file: IO[bytes], name: str) -> Iterator[str | Broken]:
    """The text of each value. What stands between them is not looked at."""
    parts: list[str] = []  # of the value that is being read
    length = depth = base = 0  # values begin at depth `base`: 1 in a list
    inside = escaped = begun = False
    for chunk in _decoded(file, name):
        at = start = 0
        while at < len(chunk):
            if escaped:
                escaped, at = False, at + 1
                continue
            if inside:
                within = _INSIDE.match(chunk, at)
                at = within.end() if within else at
                mark = chunk[at : at + 1]
                at += 1
            else:
                found = _OUTSIDE.search(chunk, at)
                if found is None:
                    break
                at, mark = found.end(), found[0]
            if mark.endswith("\n"):
                inside = False
                if base == 0 and depth:  # a line that was cut off; the next one may be whole
                    depth, parts, length = 0, [], 0
                    yield Broken(tr("A line of it is cut off."))
            elif inside:  # it ends here, or with the part of the file, perhaps in the middle of an escape
                inside, escaped = mark != '"', mark == "\\"
            elif mark == '"':
                inside = True
            elif mark in "{[":
                if depth == base:
                    start = at - 1
                    if mark == "[" and not begun:
                        base = 1
                begun = True
                depth += 1
            elif depth > base:
                depth -= 1
                if depth == base:
                    if length + at - start > LARGEST_VALUE:
                        yield _larger()
                    else:
                        yield "".join(parts) + chunk[start:at]
                    parts, length = [], 0
            else:
                base = depth = 0  # the list ends
        if depth > base:
            length += len(chunk) - start
            parts = [*parts, chunk[start:]] if length <= LARGEST_VALUE else []
    if depth > base:
        yield Broken(tr("The file ends in the middle of it.")) if length <= LARGEST_VALUE else _larger()


def _larger() -> Broken:
    return Broken(tr("It is larger than {size} MB.").format(size=LARGEST_VALUE >> 20))


def _decoded(file: IO[bytes], name: str) -> Iterator[str]:
    """The text, part by part; bytes that are none are replaced."""
    head = file.read(4)
    encoding = "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    total = len(head)
    yield decoder.decode(head)
    while data := file.read(CHUNK):
        total += len(data)
        if total > LARGEST_FILE:
            raise _too_large(name)
        yield decoder.decode(data)
    yield decoder.decode(b"", final=True)


def _in_archive(path: Path) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_FILES:
            raise _too_large(path.name)
        for part in parts:
            if part.is_dir():
                continue
            if part.flag_bits & 1:
                raise InputError(
                    tr("{name} is locked with a password.").format(name=path.name),
                    tr("Unpack it, then import the folder."),
                )
            if part.file_size > max(HARMLESS, PACKED * part.compress_size) or part.file_size > LARGEST_FILE:
                raise _too_large(f"{path.name}/{part.filename}")
            date = datetime.now(UTC)
            with suppress(ValueError, OverflowError, OSError):
                date = datetime(*part.date_time).astimezone(UTC)
            yield Member(f"{path.name}/{part.filename}", date, False, Opener(path, part.filename))


def _in_folder(path: Path) -> Iterator[Member]:
    count = 0
    for folder, names, files in os.walk(path):
        names.sort()
        for name in sorted(files):
            count += 1
            if count > MOST_FILES:
                raise _too_large(path.name)
            file = Path(folder, name)
            if file.is_file() and not file.is_symlink():
                yield Member(str(file.relative_to(path.parent)), _modified(file), False, Opener(file))


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


@contextmanager
def _told(member: Member) -> Iterator[None]:
    """What reading a damaged or missing file raises, as an InputError."""
    try:
        yield
    except _FAULTS as error:
        if isinstance(error, RecursionError):
            raise
        raise _unreadable(Path(member.name), error) from error


def _unreadable(path: Path, error: Exception) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError(tr("There is no file {name}.").format(name=path), tr("Check the name and the folder."))
    return InputError(
        tr("{name} cannot be read.").format(name=path),
        tr("Check that it is whole and that you may read it, or export it again."),
        f"{type(error).__name__}: {error}",
    )


def _too_large(name: str) -> InputError:
    return InputError(
        tr("{name} is larger than anything that is imported, or packed suspiciously tight.").format(name=name),
        tr("Unpack it yourself and import the file with the conversations."),
    )
