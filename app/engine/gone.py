"""What is told when the model process is gone, or has not loaded what it should."""

import signal

from app.core.errors import EngineGone
from app.core.language import tr
from app.core.protocol import Event, Failed, Load

OUT_OF_MEMORY = ("MemoryError", "bad_alloc")  # last words of Python and of C++


def gone(message: str, detail: str, code: int | None = None) -> EngineGone:
    """The error; `code` is the exit code of the process, `detail` its last words."""
    if code == -getattr(signal, "SIGKILL", 9) or any(word in detail for word in OUT_OF_MEMORY):
        hint = tr("Try again. If it happens again, memory may be short: choose a smaller model or a shorter context.")
    else:
        hint = tr("What was written is kept. Try again; the model is loaded anew by itself.")
    return EngineGone(message, hint, detail)


def of_death(loading: Load | None, loaded: Load | None, detail: str, code: int | None) -> EngineGone:
    """The error where the process died, by itself, while it was `loading` or had `loaded` a model."""
    of_a_file = _of_a_file(loading, loaded, detail, code)
    return of_a_file or gone(tr("The model process ended unexpectedly."), detail, code)


def still_loaded(event: Event) -> bool:
    """Whether it is the end of a load that failed before the model in use was given up."""
    return isinstance(event, Failed) and event.loaded


def _of_a_file(loading: Load | None, loaded: Load | None, detail: str, code: int | None) -> EngineGone | None:
    """Where a model file is to blame: one that was just loading, or the loaded one, changed while in use."""
    changed = code is not None and code == -getattr(signal, "SIGBUS", 0)
    file = loading or (loaded if changed else None)
    if file is None:
        return None
    if changed:
        return EngineGone(
            tr("The model file “{file}” changed or could not be read any more while it was in use.").format(
                file=file.path.name
            ),
            tr("Check the file and its disk, then choose the model again."),
            detail,
        )
    return EngineGone(
        tr("The model process ended while it loaded “{file}”.").format(file=file.path.name),
        tr("The file may be damaged, or memory too short: download it again, or choose a smaller model."),
        detail,
    )
