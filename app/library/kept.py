"""What the user said of model files: further folders, names and notes. One small JSON file beside the conversations.

Names and notes belong to the file's digest, so that they stay with a file that is moved.
"""

import json
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from app.core.errors import StoreError
from app.core.language import tr
from app.core.record import record
from app.core.text import valid
from app.library.whole_file import write_whole


@record
class Said:
    """What is in the file."""

    places: tuple[Path, ...] = ()  # folders and single files
    names: Mapping[str, str] = field(default_factory=dict)  # by `Entry.key`
    notes: Mapping[str, str] = field(default_factory=dict)


class Kept:
    """The file. It is read anew before each change: the window and the command line may both have it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changing = threading.Lock()  # a window changes it in two threads

    def read(self) -> Said:
        """What was said; nothing where the file is missing, damaged or unreadable."""
        with suppress(OSError, ValueError):
            return self._read()
        return Said()

    def _read(self) -> Said:
        """As `read`; raises OSError where it cannot be read, and ValueError where it is damaged."""
        try:
            read: Any = json.loads(self._path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return Said()
        except RecursionError as error:
            raise ValueError from error
        if not isinstance(read, dict):
            raise ValueError
        listed = read.get("places")
        places = [Path(text) for text in listed if _is_place(text)] if isinstance(listed, list) else []
        return Said(tuple(places), _texts(read.get("names")), _texts(read.get("notes")))

    def add(self, place: Path) -> None:
        """Look for models there too.

        Raises:
            StoreError: it cannot be kept.
        """
        with self._changing:
            said = self._before()
            if place not in said.places:
                self._write(replace(said, places=(*said.places, place)))

    def forget(self, place: Path) -> bool:
        """Look there no more; says whether that was so before. Nothing is removed from the disk.

        Raises:
            StoreError: it cannot be kept.
        """
        with self._changing:
            said = self._before()
            if place not in said.places:
                return False
            self._write(replace(said, places=tuple(each for each in said.places if each != place)))
            return True

    def set_name(self, key: str, name: str) -> None:
        """Call a model something else; "" is its own name again.

        Raises:
            StoreError: it cannot be kept.
        """
        with self._changing:
            said = self._before()
            self._write(replace(said, names=_with(said.names, key, " ".join(name.split()))))

    def set_note(self, key: str, note: str) -> None:
        """Keep a note with a model; "" takes it away.

        Raises:
            StoreError: it cannot be kept.
        """
        with self._changing:
            said = self._before()
            self._write(replace(said, notes=_with(said.notes, key, note.strip())))

    def _before(self) -> Said:
        """What a change begins with: a damaged file is put aside and not lost, an unreadable one stays as it is.

        Raises:
            StoreError: it cannot be read, or not be put aside.
        """
        try:
            try:
                return self._read()
            except ValueError:
                self._path.replace(self._path.with_suffix(".unread"))
                return Said()
        except OSError as error:
            raise StoreError(
                tr("“{file}” cannot be read.").format(file=self._path),
                tr("Check that you may read it and that its disk is connected."),
                str(error),
            ) from None

    def _write(self, said: Said) -> None:
        whole = {"places": [str(place) for place in said.places], "names": said.names, "notes": said.notes}
        try:
            write_whole(self._path, json.dumps(whole, indent=1).encode())
        except OSError as error:
            raise StoreError(
                tr("“{file}” cannot be written.").format(file=self._path),
                tr("Check that its disk has room and that you may write there."),
                str(error),
            ) from None


def _is_place(text: Any) -> bool:
    return isinstance(text, str) and "\0" not in text and Path(text).is_absolute()


def _texts(read: Any) -> dict[str, str]:
    pairs: Iterable[tuple[Any, Any]] = read.items() if isinstance(read, dict) else ()
    return {key: text for key, text in pairs if isinstance(text, str) and text}


def _with(texts: Mapping[str, str], key: str, text: str) -> dict[str, str]:
    others = {each: kept for each, kept in texts.items() if each != key}
    return others | {key: valid(text)} if text else others
