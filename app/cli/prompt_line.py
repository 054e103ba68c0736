"""The line that the user types in the terminal, with the lines typed before at the arrow keys."""

from contextlib import suppress
from pathlib import Path
from types import TracebackType

LINES = 1000  # that are remembered


class PromptLine:
    """Reads lines; what was typed is remembered in a file between runs where the system has readline."""

    def __init__(self, remembered: Path) -> None:
        self._file = remembered

    def __enter__(self) -> "PromptLine":
        with suppress(ImportError, OSError):  # no readline on Windows; no file the first time
            import readline

            readline.set_history_length(LINES)
            readline.read_history_file(self._file)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(ImportError, OSError):  # a folder that cannot be written to costs only the arrow keys
            import readline

            self._file.parent.mkdir(parents=True, exist_ok=True)
            readline.write_history_file(self._file)
            self._file.chmod(0o600)

    def read(self) -> str:
        """One line.

        Raises:
            EOFError: Ctrl+D, or nothing more comes.
        """
        return input("› ")
