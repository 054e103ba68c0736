"""What is told when the model process is gone."""

import signal

from app.core.errors import EngineGone
from app.core.language import tr

OUT_OF_MEMORY = ("MemoryError", "bad_alloc")  # last words of Python and of C++


def gone(message: str, detail: str, code: int | None = None) -> EngineGone:
    """The error; `code` is the exit code of the process, `detail` its last words."""
    if code == -getattr(signal, "SIGKILL", 9) or any(word in detail for word in OUT_OF_MEMORY):
        hint = tr("Try again. If it happens again, memory may be short: choose a smaller model or a shorter context.")
    else:
        hint = tr("What was written is kept. Try again; the model is loaded anew by itself.")
    return EngineGone(message, hint, detail)
