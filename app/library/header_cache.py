"""What the headers of model files said the last time, so that a list of hundreds is there at once.

One JSON file; its first line is a checksum of the rest. A damaged one, or one of another version, is as good as none.
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

FORMAT = f"1 {__version__}"  # another version may understand headers better
Stamp = tuple[tuple[int, int], ...]  # size and time of each part


class HeaderCache:
    """Descriptions by path, each valid while size and time of its files stay."""

    def __init__(self, path: Path | None) -> None:
        """None: nothing is kept."""
        self._path = path
        self._known: dict[str, Any] = {}
        self._used: dict[str, Any] = {}
        self._new = False
        with suppress(OSError, ValueError):
            checksum, _, data = (path.read_bytes() if path else b"").partition(b"\n")
            if checksum == _checksum(data):
                self._known = json.loads(data)

    def get(self, path: Path, stamp: Stamp) -> Description | None:
        """What is known of a file; None where it is new or was changed."""
        record = self._known.get(str(path))
        if record is None or record["stamp"] != [list(each) for each in stamp]:
            return None
        self._used[str(path)] = record
        return _description(record["said"])

    def put(self, path: Path, stamp: Stamp, description: Description) -> None:
        """Remember what a file said."""
        self._used[str(path)] = {"stamp": stamp, "said": _record(description)}
        self._new = True

    def save(self) -> None:
        """Keep what was asked for or put since the beginning; what is gone from the disk was neither.

        A disk that refuses is no harm: the headers are read again the next time.
        """
        if self._path is None or (not self._new and len(self._used) == len(self._known)):
            self._used = {}
            return
        data = json.dumps(self._used, separators=(",", ":")).encode()
        with suppress(OSError):
            write_whole(self._path, _checksum(data) + b"\n" + data, sync=False)  # it can be made again
        self._known, self._used, self._new = json.loads(data), {}, False


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
