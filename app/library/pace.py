"""How fast a download goes: measured and smoothed, and held to a limit."""

import threading
import time
from collections.abc import Callable, Iterator

Clock = Callable[[], float]
SETTLES_S = 3.0
"""A change of speed has shown two thirds of itself after this time."""
LONGEST_WAIT_S = 0.25
"""For one download; what is shown of it would stand still otherwise."""


class Speed:
    """Bytes per second, smoothed."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._since = clock()
        self._bytes = 0
        self._rate = 0.0
        self._seen = 0.0  # how long it has been measured, for a mean that begins with what there is

    def add(self, count: int) -> None:
        """So many bytes came."""
        self._bytes += count

    def rest(self) -> None:
        """Nothing is coming and nothing should: time from here on does not count."""
        self._since, self._bytes = self._clock(), 0

    def update(self) -> float:
        """The speed by now."""
        now = self._clock()
        passed = now - self._since
        if passed > 0:
            self._seen += passed
            weight = passed / min(self._seen, SETTLES_S + passed)
            self._rate += (self._bytes / passed - self._rate) * min(1.0, weight)
            self._since, self._bytes = now, 0
        return self._rate


class Limit:
    """Holds all downloads together to so many bytes per second; 0 is no limit. For any thread."""

    def __init__(self, bytes_per_second: float = 0, clock: Clock = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._free_at = clock()
        self._rate = float(bytes_per_second)

    @property
    def bytes_per_second(self) -> float:
        return self._rate

    def change(self, bytes_per_second: float) -> None:
        """Another limit, from now on."""
        with self._lock:
            self._rate = float(bytes_per_second)
            self._free_at = self._clock()

    def portions(self, piece: bytes) -> Iterator[bytes]:
        """A piece in such portions that nobody waits long for one."""
        most = max(1, int(self._rate * LONGEST_WAIT_S)) if self._rate > 0 else len(piece)
        if most >= len(piece):
            yield piece
            return
        for begin in range(0, len(piece), most):
            yield piece[begin : begin + most]

    def spend(self, count: int) -> float:
        """Tell that so many bytes came; returns how many seconds to wait before taking more."""
        if self._rate <= 0:
            return 0.0
        with self._lock:
            now = self._clock()
            self._free_at = max(self._free_at, now) + count / self._rate
            return self._free_at - now
