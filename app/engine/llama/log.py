"""Keeps llama.cpp's last warnings and errors, so that a failure can say why; nothing goes to stderr."""

from collections import deque
from typing import Any

from app.engine.llama.library import api

WARNING, ERROR, CONTINUED = 3, 4, 5  # ggml.h, enum ggml_log_level


class Log:
    """Takes llama.cpp's log for the life of this object; there is one per process."""

    def __init__(self) -> None:
        self._lines: deque[tuple[int, str]] = deque(maxlen=20)
        self._level = 0
        self._callback = api.llama_log_callback(self._take)
        api.llama_log_set(self._callback, None)

    def _take(self, level: int, text: bytes | None, _: Any) -> None:
        self._level = level if level != CONTINUED else self._level
        if self._level >= WARNING and text:
            line = text.decode("utf-8", "replace").strip()
            if line:
                self._lines.append((self._level, line))

    def clear(self) -> None:
        """Forget what came before, so that the next failure is not blamed on it."""
        self._lines.clear()

    def errors(self) -> str:
        """All kept error lines, oldest first; "" where there is none."""
        return "\n".join(line for level, line in self._lines if level == ERROR)

    def last(self) -> str:
        """The last error, or the last warning where nothing worse was said."""
        return self.errors().rpartition("\n")[2] or (self._lines[-1][1] if self._lines else "")
