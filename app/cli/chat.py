"""`fireside chat`: one answer, or a conversation in the terminal. Of it, only the lines typed are kept on disk."""

import errno
import json
import os
import queue
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict

from app.chat.changes import Busy, Change, ModelState, Problem, PromptRead, TextGrew
from app.chat.model import template_notice
from app.chat.session import Session
from app.cli.arguments import ChatArguments, bench_arguments, chat_arguments, parser, prompt_arguments
from app.cli.columns import say
from app.cli.model_option import model_path
from app.cli.models import models_work
from app.cli.prompt_line import PromptLine
from app.core.errors import AppError, InputError, StoreError
from app.core.language import tr, trn
from app.core.params import Sampling, parse, rows, shown
from app.core.paths import bundled, user_paths
from app.core.protocol import Event
from app.engine.base import Deliver, Engine
from app.store.database import Database

MakeEngine = Callable[[Deliver], Engine]
WAIT_S = 0.2 if sys.platform == "win32" else None  # there a wait without an end cannot be interrupted by Ctrl+C

INTERRUPTED, PIPE_CLOSED = 130, 141  # the exit codes of a shell for SIGINT and SIGPIPE


def main(argv: Sequence[str], make_engine: MakeEngine | None = None) -> int:
    """Run a command of the terminal; returns the exit code: 0, 1 after a problem, 2 after wrong usage."""
    speak_utf8()
    try:
        read = parser().parse_args([_as_typed(argument) for argument in argv])
        if read.command is None:
            parser().error(tr("Name a command, such as chat."))
        work = _work(read, make_engine or _host)
    except InputError as error:
        _complain(error)
        return 2
    try:
        return work()
    except AppError as error:
        _complain(error)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough; the interpreter must not complain at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # as above
        _complain(StoreError(tr("The disk is full."), tr("Make room, then try again.")))
        return 1


def _work(read: Namespace, make_engine: MakeEngine) -> Callable[[], int]:
    """What the command does, its arguments checked.

    Raises:
        InputError: they do not fit.
    """
    if read.command == "bench":
        from app.cli import bench

        measure = bench_arguments(read)
        return lambda: bench.run(measure)
    if read.command == "prompt":
        from app.cli import prompt

        examined = prompt_arguments(read)
        return lambda: prompt.run(examined)
    if read.command in ("export", "import", "restore"):
        return _work_on_data(read)
    if read.command == "models":
        return models_work(read)
    arguments = chat_arguments(read)
    said = _prompt(arguments)
    return lambda: TerminalChat(arguments, make_engine).run(said)


def _work_on_data(read: Namespace) -> Callable[[], int]:
    from app.cli import data, data_arguments

    if read.command == "export":
        export = data_arguments.export_arguments(read)
        return lambda: data.run_export(export)
    if read.command == "import":
        bring = data_arguments.import_arguments(read)
        return lambda: data.run_import(bring)
    restore = data_arguments.restore_arguments(read)
    return lambda: data.run_restore(restore)


def speak_utf8() -> None:
    """UTF-8 on every terminal and pipe; what is not text is replaced, not refused."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):  # replaced by something that needs it not, or already closed
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]  # TextIOWrapper has it


def _as_typed(argument: str) -> str:
    """The argument as UTF-8, also where the locale made single bytes of it."""
    try:
        return os.fsencode(argument).decode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError):  # the name of a file in another encoding
        return argument


def _host(deliver: Deliver) -> Engine:
    from app.engine.host import Host  # multiprocessing takes 15 ms, which --help and --version save

    return Host(deliver)


def _prompt(arguments: ChatArguments) -> str | None:
    """The prompt of a single answer; None for a conversation."""
    if arguments.prompt not in (None, "-"):
        return arguments.prompt
    if arguments.prompt == "-" or not sys.stdin.isatty():
        return sys.stdin.read()
    if arguments.json:
        raise InputError(tr("--json answers one prompt."), tr("Write the prompt, or pipe it in."))
    return None


def _complain(error: AppError) -> None:
    say(error.message, sys.stderr)
    for line in error.hint.splitlines():
        say(line, sys.stderr)


def _commands() -> str:
    return "\n".join(
        f"{name:<20}{what}"
        for name, what in (
            ("/new", tr("Start an empty conversation.")),
            ("/again", tr("Answer again.")),
            ("/continue", tr("Go on where the answer ended.")),
            ("/system TEXT", tr("Instructions for the model; without text there are none.")),
            ("/set NAME=VALUE", tr("Change a sampling parameter; /set alone lists them.")),
            ("/quit", tr("Leave; so does Ctrl+D.")),
        )
    )


class TerminalChat:
    """A session without a window: the engine's events are taken from a queue, changes go to the terminal."""

    def __init__(self, arguments: ChatArguments, make_engine: MakeEngine) -> None:
        self._arguments = arguments
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()  # None: Ctrl+C, in its turn
        self._busy = False
        self._problem: AppError | None = None
        self._streams = not arguments.json
        self._progress = sys.stderr.isatty() and not arguments.json
        self._progress_shown = False
        self._line_open = False
        self._left_out = 0  # messages, as told last
        self._store = Database(None)
        self._engine = make_engine(self._events.put)
        self._session = Session(self._store, self._engine, self._change, bundled("models/guide.gguf"))

    def run(self, prompt: str | None) -> int:
        """Answer the prompt, or talk until the user leaves."""
        try:
            self._set_up()
            if prompt is not None:
                return self._answer_once(prompt)
            return self._talk()
        finally:
            self._session.close()
            self._engine.close()
            self._store.close()

    def _set_up(self) -> None:
        """Give a new conversation what the command line asks for; nobody is there to be asked in the middle of it."""
        self._session.set_system_prompt(self._arguments.system)
        self._session.set_sampling(**dict(self._arguments.sampling))
        self._session.context.choose("without")
        self._session.logprobs = self._arguments.logprobs
        self._left_out = 0

    def _load(self) -> None:
        """Start loading; the first message waits for it."""
        path = model_path(self._arguments.model)
        if self._arguments.template is not None:
            from app.cli.prompt import read_template

            self._session.set_template(read_template(self._arguments.template), path)
        self._session.load_model(path, **dict(self._arguments.loading))

    # ── one answer ────────────────────────────────────────────────────────────────────────────────────

    def _answer_once(self, prompt: str) -> int:
        self._problem = None
        self._load()
        interrupted = self._answer(lambda: self._session.say(prompt))
        if self._problem is not None:
            raise self._problem
        if self._arguments.json:
            print(json.dumps(self._report(), ensure_ascii=False))
        sys.stdout.flush()
        return INTERRUPTED if interrupted else 0

    def _report(self) -> dict[str, object]:
        message = self._session.entries[-1].message
        timing = message.timing
        report: dict[str, object] = {
            "text": message.text,
            "finish_reason": message.finish_reason,
            "prompt_tokens": timing.prompt_tokens if timing else 0,
            "completion_tokens": timing.completion_tokens if timing else 0,
            "time_to_first_token_s": round(timing.time_to_first_token_s, 4) if timing else 0.0,
            "tokens_per_second": round(timing.tokens_per_second, 2) if timing else 0.0,
            "model": message.model,
            "left_out": self._session.left_out,
        }
        if self._arguments.logprobs:
            report["tokens"] = [asdict(each) for each in self._session.chosen]
        if message.candidates:
            report["candidates"] = [asdict(each) for each in message.candidates]
        return report

    # ── a conversation ────────────────────────────────────────────────────────────────────────────────

    def _talk(self) -> int:
        self._load()
        self._say_aside(tr("Write a message and press Enter. /help shows what else there is; Ctrl+D ends."))
        with PromptLine(user_paths().data / "terminal_history") as line:
            while True:
                try:
                    text = line.read()
                except (EOFError, KeyboardInterrupt):
                    print()
                    return 0
                if text.strip() in ("/quit", "/exit"):
                    return 0
                if text.strip():
                    self._problem = None
                    try:
                        self._obey(text)
                        if self._problem is not None:
                            raise self._problem
                    except AppError as error:
                        _complain(error)

    def _obey(self, text: str) -> None:
        """Say a line, or do what one that begins with a slash asks for."""
        command, _, rest = text.strip().partition(" ")
        match command:
            case _ if not command.startswith("/"):
                self._answer(lambda: self._session.say(text))
            case "/new":
                self._session.new()
                self._set_up()
                self._say_aside(tr("A new conversation."))
            case "/again":
                self._answer(self._session.try_again if self._failed() else self._session.regenerate)
            case "/continue":
                self._answer(self._session.continue_answer)
            case "/system":
                self._session.set_system_prompt(rest)
            case "/set" if rest:
                self._session.set_sampling(**parse(Sampling, [rest]))
            case "/set":
                for name, row in rows(Sampling).items():
                    self._say_aside(f"{name} = {shown(row, getattr(self._session.sampling, name))}")
            case "/help":
                self._say_aside(_commands())
            case _:
                raise InputError(
                    tr("There is no command “{text}”.").format(text=command), tr("/help shows the commands.")
                )

    def _failed(self) -> bool:
        entries = self._session.entries
        return bool(entries) and entries[-1].message.status == "failed"

    def _answer(self, ask: Callable[[], object]) -> bool:
        """Ask, and show the answer as it comes; says whether the user stopped it."""
        interrupted = False
        before = signal.signal(signal.SIGINT, lambda *_: self._events.put(None))
        try:
            ask()
            while self._busy:
                try:
                    event = self._events.get(timeout=WAIT_S)
                except queue.Empty:
                    continue
                if event is not None:
                    self._session.handle(event)
                elif interrupted:  # it does not stop: leave at once
                    raise KeyboardInterrupt
                else:
                    interrupted = True
                    self._session.stop()
        finally:
            signal.signal(signal.SIGINT, before)
            self._hide_progress()
            if self._line_open:
                self._line_open = False
                print(flush=True)
        return interrupted

    # ── changes ───────────────────────────────────────────────────────────────────────────────────────

    def _change(self, change: Change) -> None:
        match change:
            case Busy():
                self._busy = change.answering
            case PromptRead() if self._streams:
                self._tell_left_out()
            case TextGrew(kind="answer") if self._streams:
                self._hide_progress()
                self._line_open = True
                print(change.text, end="", flush=True)
            case Problem():
                self._problem = change.error
            case ModelState(state="ready", model=model) if model is not None and self._streams:
                if notice := template_notice(model):
                    self._hide_progress()
                    self._say_aside(str(notice))
            case ModelState(state="loading") if self._progress and self._busy and change.fraction:
                self._progress_shown = True
                text = tr("Loading the model: {percent} %").format(percent=round(change.fraction * 100))
                print(f"\r{text}", end="", file=sys.stderr, flush=True)

    def _tell_left_out(self) -> None:
        """Before the answer comes: what it is written without."""
        if (left_out := self._session.left_out) != self._left_out:
            self._left_out = left_out
            self._hide_progress()
            told = trn(
                "{count} old message does not fit any more and is left out.",
                "{count} old messages do not fit any more and are left out.",
                left_out,
            )
            self._say_aside(told)

    def _hide_progress(self) -> None:
        if self._progress_shown:
            self._progress_shown = False
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    @staticmethod
    def _say_aside(text: str) -> None:
        """Beside the conversation, so that a pipe gets the answers alone."""
        print(text, file=sys.stderr)
