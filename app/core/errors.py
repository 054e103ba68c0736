"""What can go wrong that a person can act on: one sentence, one next step.

Anything that is not an AppError is a bug and goes to the crash report.
"""


class AppError(Exception):
    """A problem in the user's reach.

    Attributes:
        message: one sentence that says what happened, translated.
        hint: one sentence that says what to do next, translated.
        detail: what a developer wants to know; untranslated, may be empty.
    """

    def __init__(self, message: str, hint: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail

    def __reduce__(self) -> tuple[type["AppError"], tuple[str, str, str]]:
        """Errors cross the pipe between the processes; the default would lose hint and detail."""
        return type(self), (self.message, self.hint, self.detail)

    def __str__(self) -> str:
        return sentences(self.message, self.hint)


def sentences(*parts: str) -> str:
    """Sentences one after the other; Chinese ones have no blank between them."""
    text = ""
    for part in filter(None, parts):
        text += part if not text or text.endswith(("。", "！", "？")) else f" {part}"
    return text


class InputError(AppError):
    """Something typed, chosen or passed on the command line cannot be used."""


class ModelFileError(AppError):
    """A model file is missing, damaged, of another format or of an unknown architecture."""


class LoadError(AppError):
    """A good model file could not be loaded: memory, settings, device."""


class TemplateError(AppError):
    """The chat template is missing or cannot be rendered."""


class ContextError(AppError):
    """The conversation or one message does not fit the context."""


class EngineGone(AppError):
    """The model process ended without being asked to."""


class StoreError(AppError):
    """The database is locked, damaged, newer than this program, or the disk is full or read-only."""


class AlreadyRunning(AppError):
    """Another window uses the same data."""
