"""The folder of saved states, as both processes see it: names, sizes, and what is removed.

A state is what a model has read of a conversation, so that it need not be read again. Its file's name says all that
is needed to find it; there is no index that could be lost or be wrong. What is in the files is `state`'s business.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from app.core.record import record
from app.core.regex import regex

SUFFIX, HALF = ".state", ".part"  # HALF is added while a file is being written
NAME = regex(r"([0-9a-f]{8})-([0-9a-f]{16})-(\d{1,18})-([0-9a-f]{16})-(\d{1,9})-([0-9a-f]{16})\.state(\.part)?")


@record
class SavedState:
    """One file, by its name."""

    build: str  # which program wrote it: of another one nothing can be used
    key: str  # the model's file and the settings that decide what is in its cache
    conversation: int
    start: str  # of its first tokens, so that few files are looked into
    count: int  # tokens
    tokens: str  # of all of them

    @property
    def name(self) -> str:
        return f"{self.build}-{self.key}-{self.conversation}-{self.start}-{self.count}-{self.tokens}{SUFFIX}"


@record
class Found:
    """A file in the folder."""

    path: Path
    state: SavedState
    bytes: int
    used: float  # when it was written or read last
    half: bool  # it is being written, or was when its process ended


class SavedFolder:
    """Files that come and go under one's hands are no error: the other process may remove them too."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def files(self) -> Iterator[Found]:
        """All states; files of other names are left alone."""
        with suppress(OSError), os.scandir(self.path) as entries:
            for entry in entries:
                match = NAME.fullmatch(entry.name)
                if match is None:
                    continue
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    build, key, conversation, start, count, tokens, half = match.groups()
                    state = SavedState(build, key, int(conversation), start, int(count), tokens)
                    yield Found(Path(entry.path), state, status.st_size, status.st_mtime, half is not None)

    def bytes(self) -> int:
        """How much disk space they take."""
        return sum(found.bytes for found in self.files())

    def forget(self, conversation: int | None = None) -> None:
        """Remove the states of a conversation; of all of them without one."""
        self.remove(lambda found: conversation is None or found.state.conversation == conversation)

    def keep_only(self, conversations: set[int]) -> None:
        """Remove the states of all other conversations: of those that are gone for good."""
        self.remove(lambda found: found.state.conversation not in conversations)

    def trim(self, limit_bytes: int) -> None:
        """Remove what was used least recently until no more is left than this."""
        files = sorted(self.files(), key=lambda found: found.used)
        total = sum(found.bytes for found in files)
        for found in files:
            if total <= limit_bytes:
                break
            remove(found.path)
            total -= found.bytes

    def remove(self, which: Callable[[Found], bool]) -> None:
        """Remove those that `which` says."""
        for found in list(self.files()):
            if which(found):
                remove(found.path)


def remove(path: Path) -> None:
    """Remove a file if it is there and can be."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
