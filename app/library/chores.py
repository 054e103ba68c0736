"""Work on model files for somebody who must not wait: one thing after another in a thread, with progress, and to be cancelled."""

import threading
import time
from collections import deque
from collections.abc import Callable

from app.core.errors import AppError
from app.core.record import record
from app.library.importing import Cancelled, Go

ENDS_WITHIN_S = 5.0
OFTEN_S = 0.1  # between two words about progress

Work = Callable[[Go], object]


@record
class Going:
    """So much is done, of so much."""

    number: int
    done: int
    total: int


@record
class Over:
    """The last word about a piece of work."""

    number: int
    result: object = None
    error: AppError | None = None
    cancelled: bool = False


class Chores:
    """For any thread."""

    def __init__(self, tell: Callable[[Going | Over], None]) -> None:
        """`tell` is called in the thread of the work."""
        self._tell = tell
        self._lock = threading.Lock()
        self._waiting: deque[tuple[int, Work]] = deque()
        self._cancelled: set[int] = set()
        self._last = 0
        self._thread: threading.Thread | None = None
        self._closed = False

    def begin(self, work: Work) -> int:
        """Do it when what was begun before is over; returns its number.

        Args:
            work: is given a function that it calls with what is done and of how much, and that says whether to go on.
                It raises AppError where it cannot be done, and Cancelled where it was told to stop.
        """
        with self._lock:
            self._last += 1
            number = self._last
            if not self._closed:
                self._waiting.append((number, work))
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, name="chores", daemon=True)
                    self._thread.start()
        return number

    def cancel(self, number: int) -> None:
        """End it, or do not begin it; it tells that it is over."""
        with self._lock:
            self._cancelled.add(number)

    def close(self) -> None:
        """End all of it; nothing is told any more."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(ENDS_WITHIN_S)

    # ── in the thread ─────────────────────────────────────────────────────────────────────────────────────

    def _work(self) -> None:
        while True:
            with self._lock:
                if self._closed or not self._waiting:
                    self._thread = None
                    return
                number, work = self._waiting.popleft()
            try:
                over = self._done(number, work)
            except BaseException:  # a fault of the program, which is told elsewhere; the others are not done
                with self._lock:
                    self._thread = None
                    self._waiting.clear()
                raise
            if not self._closed:
                self._tell(over)

    def _done(self, number: int, work: Work) -> Over:
        told = 0.0

        def go(done: int, total: int) -> bool:
            nonlocal told
            now = time.monotonic()
            if self._closed or number in self._cancelled:
                return False
            if now - told >= OFTEN_S or done == total:
                told = now
                self._tell(Going(number, done, total))
            return True

        if number in self._cancelled:
            return Over(number, cancelled=True)
        try:
            return Over(number, work(go))
        except Cancelled:
            return Over(number, cancelled=True)
        except AppError as error:
            return Over(number, error=error)
        finally:
            self._cancelled.discard(number)
