"""What a model would be given for some messages, and what there is to say about its chat template.

Only the file's vocabulary is loaded, in a process of its own that is gone afterwards: a damaged file may end that
process, but not ours.
"""

import multiprocessing
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from app.core import language
from app.core.errors import AppError, EngineGone
from app.core.language import tr
from app.core.protocol import Turn
from app.core.record import record
from app.engine.aside import deaf_to_ctrl_c, settle, told

if TYPE_CHECKING:
    from app.engine.llama.vocabulary import Vocabulary

STACK_BYTES = 512 << 20  # address space: llama.cpp's splitting of texts goes deep for some vocabularies


@record
class SeenToken:
    """One token of the prompt. `special`: it steers the model, and no text can yield it."""

    id: int
    text: str  # bytes that are no whole characters are written as \\xe6
    special: bool


@record
class SeenThinking:
    """How the model marks what it thinks."""

    name: str
    start: str
    end: str
    opened: bool  # the prompt has begun it
    closed: bool  # the prompt has it behind it
    switch: bool  # the template itself can turn it on and off
    written: bool  # the template speaks of it; otherwise only the vocabulary has the markers


@record
class SeenFailure:
    """Why the template that was to be used is not."""

    message: str
    line: int | None
    reason: str
    code: str = ""  # what the template has in that line


@record
class Examination:
    """All that can be said. `template` is "file", or the family whose template stands in."""

    text: str = ""
    tokens: tuple[SeenToken, ...] = ()
    repaired: tuple[str, ...] = ()
    template: str = ""
    thinking: SeenThinking | None = None
    error: SeenFailure | None = None


def examined(path: Path, template: str | None, turns: tuple[Turn, ...]) -> Examination:
    """The examination, made by a process of its own; `template` takes the place of the file's.

    Raises:
        AppError: the file cannot be read, or its vocabulary cannot be used.
    """
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_serve, args=(there, path, template, turns, language.in_use()), daemon=True)
    try:
        with deaf_to_ctrl_c():
            process.start()
    finally:
        there.close()
    try:
        result: Examination | AppError = here.recv()
    except EOFError:
        raise EngineGone(
            tr("The vocabulary of “{file}” could not be read.").format(file=path.name),
            tr("The file may be damaged: download it again."),
        ) from None
    finally:
        here.close()
        process.kill()  # it has said all it had to say
        process.join()
    if isinstance(result, AppError):
        raise result
    return result


def _serve(
    connection: "Connection[Examination | AppError, None]",
    path: Path,
    template: str | None,
    turns: tuple[Turn, ...],
    spoken: tuple[str, Path | None],
) -> None:
    """The process from beginning to end."""
    settle(spoken)

    def work() -> None:
        try:
            connection.send(examine(path, template, turns))
        except Exception as error:  # noqa: BLE001 - this process's door, like the worker's
            connection.send(told(error))

    with suppress(ValueError, RuntimeError):
        threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def examine(path: Path, template: str | None, turns: tuple[Turn, ...]) -> Examination:
    """The examination, made in this process.

    Raises:
        AppError: the file cannot be read, or its vocabulary cannot be used.
    """
    # Heavy, and not for the process that only asks.
    from app.core.errors import TemplateError
    from app.engine.llama.library import api
    from app.engine.llama.log import Log
    from app.engine.llama.vocabulary_only import VocabularyFile
    from app.engine.template import ChatTemplate

    log = Log()
    api.llama_backend_init()
    file = VocabularyFile(path, log)
    try:
        vocabulary = file.vocabulary
        source = file.chat_template() if template is None else template
        chat = ChatTemplate(source, vocabulary)
        error = _seen(chat.error, source or "", template is not None)
        try:
            prompt = chat.prompt(turns)
        except TemplateError as refusal:
            return Examination(
                template=chat.source, thinking=None, error=error or _seen(refusal, source or "", template is not None)
            )
        tokens = (SeenToken(token, _spelled(vocabulary, token), chat.steers(token)) for token in prompt.tokens)
        thinking = chat.thinking
        seen = None
        if thinking is not None:
            closed = not prompt.opened and thinking.closed_by(prompt.tail)
            seen = SeenThinking(
                thinking.name,
                thinking.start.strip(),
                thinking.end.strip(),
                prompt.opened,
                closed,
                chat.can_switch,
                thinking.written,
            )
        return Examination(prompt.text, tuple(tokens), prompt.repaired, chat.source, seen, error)
    finally:
        file.free()


def _spelled(vocabulary: "Vocabulary", token: int) -> str:
    """The token's text; bytes that are no whole characters as \\xe6."""
    return vocabulary.piece(token).decode("utf-8", "backslashreplace") or vocabulary.token_text(token)


def _seen(error: AppError | None, source: str, given: bool) -> SeenFailure | None:
    """What failed; a template that was `given` is not the model's."""
    from app.engine.jinja_environment import TemplateFailure

    if error is None:
        return None
    failure = error.__cause__
    if not isinstance(failure, TemplateFailure):
        return SeenFailure(error.message, None, error.detail)
    code = source.split("\n")[failure.line - 1 : failure.line] if failure.line else []
    message = error.message
    if given:
        message = tr("The given chat template cannot be used.")
        if failure.line is not None:
            message = tr("The given chat template cannot be used; it fails in line {line}.").format(line=failure.line)
    return SeenFailure(message, failure.line, failure.reason, "".join(code).strip())
