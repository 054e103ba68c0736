"""One line on a terminal that is written over and gone at the end; nothing where nobody watches."""

import sys
import time

EVERY_S = 0.1


class StatusLine:
    """Beside the output, so that a pipe gets that alone."""

    def __init__(self, quiet: bool = False) -> None:
        self._on = sys.stderr.isatty() and not quiet
        self._shown = False
        self._next = 0.0

    def show(self, text: str) -> None:
        """Write it, ten times a second at most."""
        if self._on and (now := time.monotonic()) >= self._next:
            self._next = now + EVERY_S
            self._shown = True
            print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)

    def hide(self) -> None:
        """Take the line away."""
        if self._shown:
            self._shown = False
            self._next = 0.0
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
