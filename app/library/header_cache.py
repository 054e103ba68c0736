"""What the headers of model files said the last time, so that a list of hundreds is there at once.

A line for each model: its path and what is known of it, as JSON with a tab between; the first line is a checksum of the
rest. A damaged file, or one of another version, is as good as none. It is read when it is asked for first, and each line
stays as it is until it is wanted: thousands of small objects would hold up a window whenever Python looks through them.
"""

import json
from contextlib import suppress
from dataclasses import asdict, astuple
from hashlib import blake2b
from pathlib import Path
from typing import Any

from app import __version__
from app.core.network import Layer, Network
from app.library.description import Description
from app.library.whole_file import write_whole

FORMAT = f"3 {__version__}"  # another version may understand headers better
Stamp = tuple[tuple[int, int], ...]  # size and time of each part


class HeaderCache:
    """Descriptions by path, each valid while size and time of its files stay."""

    def __init__(self, path: Path | None) -> None:
        """None: nothing is kept."""
        self._path = path
        self._known: dict[str, bytes] | None = None  # None: not read yet
        self._used: dict[str, bytes] = {}
        self._new = False

    def _read(self) -> dict[str, bytes]:
        if self._known is None:
            self._known = {}
            with suppress(OSError, ValueError, TypeError):
                checksum, _, data = (self._path.read_bytes() if self._path else b"").partition(b"\n")
                if checksum == _checksum(data):
                    parts = [line.partition(b"\t") for line in data.split(b"\n") if line]
                    self._known = {json.loads(path): written for path, _, written in parts}
        return self._known

    def get(self, path: Path, stamp: Stamp) -> Description | None:
        """What is known of a file; None where it is new or was changed."""
        written = self._read().get(str(path))
        if written is None:
            return None
        record: Any = json.loads(written)
        if record["stamp"] != [list(each) for each in stamp]:
            return None
        self._used[str(path)] = written
        return _description(record["said"])

    def put(self, path: Path, stamp: Stamp, description: Description) -> None:
        """Remember what a file said."""
        record = {"stamp": stamp, "said": _record(description)}
        self._used[str(path)] = json.dumps(record, separators=(",", ":")).encode()
        self._new = True

    def save(self) -> None:
        """Keep what was asked for or put since the beginning; what is gone from the disk was neither.

        A disk that refuses is no harm: the headers are read again the next time.
        """
        known = self._read()
        if self._path is None or (not self._new and len(self._used) == len(known)):
            self._used = {}
            return
        data = b"\n".join(json.dumps(path).encode() + b"\t" + written for path, written in self._used.items())
        with suppress(OSError):
            write_whole(self._path, _checksum(data) + b"\n" + data, sync=False)  # it can be made again
        self._known, self._used, self._new = self._used, {}, False


def _checksum(data: bytes) -> bytes:
    return blake2b(data, digest_size=16, key=FORMAT.encode()).hexdigest().encode()


def _record(description: Description) -> dict[str, Any]:
    layers = description.network.layers
    kinds = list(dict.fromkeys(layers))  # of many layers only a few differ
    record = asdict(description)
    record["network"]["layers"] = [astuple(kind) for kind in kinds], [kinds.index(layer) for layer in layers]
    return record


def _description(record: dict[str, Any]) -> Description:
    network = record["network"]
    values, order = network["layers"]
    kinds = [Layer(*each) for each in values]
    return Description(**record | {"network": Network(**network | {"layers": tuple(kinds[kind] for kind in order)})})
