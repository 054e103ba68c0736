"""Small files of our own, written as a whole: what was there stays until the new one is complete."""

import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, data: bytes, *, sync: bool = True, mode: int = 0o666) -> None:
    """All of it or nothing, whatever happens to this process; with `sync` to the computer too.

    Args:
        path: its folder is made where there is none.
        mode: who may read it, from the first moment on; the umask takes from it.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}.new")
    half.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(half, flags, mode), "wb") as file:
            file.write(data)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        os.replace(half, path)
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)
