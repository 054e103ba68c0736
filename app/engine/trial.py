"""Engines for graphics cards on trial: one whose process dies before it has written a word makes way for another one.

That a pack names a graphics card does not mean that it computes on it: a driver may crash, or the pack may know nothing
of that card. Whoever has such a driver would otherwise be told at every start that a model, or memory, is to blame.
"""

import signal
import sys
from pathlib import Path

from app.core.protocol import Event, Piece
from app.engine import packs

# Memory, the model's file, and other programs end a process with these.
NOT_THE_DRIVER = {-getattr(signal, name, 0) for name in ("SIGKILL", "SIGBUS", "SIGTERM", "SIGINT")}
ABORTED = 3  # how Windows' own library ends a program
EXCEPTIONS = 0xC0000000  # and how Windows does; more than that is its number


class Trial:
    """What is known of the engine that a host's model processes compute with."""

    def __init__(self) -> None:
        self._proven = False
        self._given_up: list[Path] = []  # by the deaths since something was last written

    def hear(self, event: Event) -> None:
        """The process has said this; whoever writes, computes."""
        if isinstance(event, Piece):
            self._proven = True
            self._given_up.clear()

    def goes_on(self, code: int | None) -> bool:
        """The process has died with this exit code: is there another engine with which all of it is to be tried again?

        Where the last one fails as well, none of them was to blame, and they are used again.
        """
        proven, self._proven = self._proven, False
        if proven or not crashed(code):
            return False
        now = packs.in_use().folder
        if now is not None:
            self._given_up.append(now)
            packs.give_up([*packs.given_up(), now])
            return True
        if self._given_up:
            packs.give_up(folder for folder in packs.given_up() if folder not in self._given_up)
            self._given_up.clear()
        return False


def crashed(code: int | None) -> bool:
    """Whether a process with this exit code was ended by a fault of its native code."""
    if code is None or code in NOT_THE_DRIVER:
        return False
    return code < 0 or (sys.platform == "win32" and (code == ABORTED or code >= EXCEPTIONS))
