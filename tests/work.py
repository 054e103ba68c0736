"""Counts what a piece of the program does, so that tests can hold it against a limit without a clock."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

_READS = {"count", "split", "rsplit", "splitlines", "partition", "rpartition", "replace", "strip", "join", "encode"}  # fmt: skip


@dataclass
class Work:
    """Calls of Python and C functions, letters that string methods went through, letters that were laid out."""

    calls: int = 0
    letters: int = 0
    laid_out: int = 0


def work_of(action: Callable[[], object]) -> Work:
    """What an action does on this thread."""
    from app.ui.transcript.pieces import Lines

    found = Work()
    layout = Lines.__init__.__code__

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            found.calls += 1
            if frame.f_code is layout:
                found.laid_out += sum(len(span.text) for span in frame.f_locals["spans"])
        elif event == "c_call":
            found.calls += 1
            owner = getattr(argument, "__self__", None)
            if isinstance(owner, str) and argument.__name__ in _READS:
                found.letters += len(owner)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(before)
    return found
