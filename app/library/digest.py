"""The checksum of what comes, computed beside: hashing takes about as long as receiving and writing together."""

import hashlib
import queue
import threading

MOST_WAITING = 4  # pieces of a megabyte


class Digest:
    """Of the kind that `expected` has: "sha256:…", or "git:…", git's number for a file of this size."""

    def __init__(self, expected: str, size: int) -> None:
        self._kind = expected.partition(":")[0]
        head = b"blob %d\0" % size
        self._state = hashlib.sha1(head, usedforsecurity=False) if self._kind == "git" else hashlib.sha256()
        self._pieces: queue.Queue[bytes | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None

    def add(self, piece: bytes) -> None:
        """The next bytes."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="checksum", daemon=True)
            self._thread.start()
        self._pieces.put(piece)

    def close(self) -> str:
        """End, and tell the checksum of all that was added."""
        if self._thread is not None:
            self._pieces.put(None)
            self._thread.join()
            self._thread = None
        return f"{self._kind}:{self._state.hexdigest()}"

    def _work(self) -> None:
        while (piece := self._pieces.get()) is not None:
            self._state.update(piece)
