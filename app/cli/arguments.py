"""What can be typed after `fireside`, read from the tables."""

import argparse
from pathlib import Path

from app import __version__
from app.cli.data_arguments import add_data_commands
from app.cli.models_arguments import add_models_commands
from app.cli.usage import Parser
from app.core.errors import InputError
from app.core.language import tr
from app.core.params import Loading, Sampling, Value, parse, rows
from app.core.record import record


@record
class ChatArguments:
    """`fireside chat`, checked. Without a prompt the user types, or a pipe delivers it."""

    prompt: str | None = None
    model: Path | None = None
    template: Path | None = None
    system: str = ""
    sampling: tuple[tuple[str, Value], ...] = ()
    loading: tuple[tuple[str, Value], ...] = ()
    logprobs: int = 0  # so many alternatives are told with each token
    json: bool = False


@record
class BenchArguments:
    """`fireside bench`, checked. 0 threads: as many as llama.cpp is given otherwise."""

    model: Path | None = None
    prompt_tokens: int = 512
    generation_tokens: int = 128
    threads: int = 0
    repeat: int = 3
    json: bool = False


@record
class PromptArguments:
    """`fireside prompt`, checked. `messages` may be "-", the pipe."""

    messages: Path
    model: Path | None = None
    template: Path | None = None
    json: bool = False


def parser() -> Parser:
    """The whole command line."""
    top = Parser(
        prog="fireside",
        description=tr(
            "A desktop chat for the models on your own machine. Without a command the window opens; a model file in place of one opens it with that model."
        ),
    )
    top.add_argument(
        "--version", action="version", version=f"Fireside {__version__}", help=tr("Show the version and end.")
    )
    top.add_argument("--selftest", action="store_true", help=tr("Check this installation and print a report as JSON."))
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title=tr("Commands"))
    chat = commands.add_parser(
        "chat",
        help=tr("Chat in the terminal, or answer one prompt."),
        description=tr(
            "Answers PROMPT, or what is piped in, and ends. Without either you talk in the terminal; "
            "Ctrl+C stops an answer, and at the prompt it quits. Conversations held here are not kept."
        ),
    )
    chat.add_argument("prompt", nargs="?", metavar="PROMPT", help=tr("What to say; “-” reads it from the pipe."))
    chat.add_argument(
        "--model",
        type=Path,
        metavar="MODEL",
        help=tr("A GGUF file, or the name of a listed model; the built-in one if none is named."),
    )
    chat.add_argument(
        "--template", type=Path, metavar="FILE.jinja", help=tr("A chat template to use in place of the file's own.")
    )
    chat.add_argument("--system", default="", metavar="TEXT", help=tr("Instructions for the model."))
    chat.add_argument(
        "--set",
        action="append",
        default=[],
        dest="assignments",
        metavar="NAME=VALUE",
        help=tr("A sampling or loading parameter, such as temperature=0.5; may be repeated."),
    )
    chat.add_argument(
        "--strategy",
        metavar="NAME",
        help=tr("How the answer is decoded: {names}. Short for --set strategy=NAME.").format(
            names=", ".join(key for key, _ in rows(Sampling)["strategy"].choices)
        ),
    )
    chat.add_argument(
        "--logprobs",
        type=_at_least_one,
        default=0,
        metavar="N",
        help=tr("With --json: tell each token with its log-probability and the N likeliest in its place."),
    )
    chat.add_argument("--json", action="store_true", help=tr("Print the answer and its figures as one JSON object."))
    _add_prompt(commands)
    _add_bench(commands)
    add_data_commands(commands)
    add_models_commands(commands)
    return top


def _add_prompt(commands: "argparse._SubParsersAction[Parser]") -> None:
    prompt = commands.add_parser(
        "prompt",
        help=tr("Show what a model would be given for some messages."),
        description=tr(
            "Shows messages as the model's chat template writes them, as text and as tokens, what had to be repaired "
            "for that, and why a template does not work. Of the model only the vocabulary is loaded."
        ),
    )
    prompt.add_argument(
        "--messages",
        type=Path,
        required=True,
        metavar="FILE.json",
        help=tr("A JSON list of messages, each with “role” and “content”; “-” reads it from the pipe."),
    )
    prompt.add_argument(
        "--model",
        type=Path,
        metavar="MODEL",
        help=tr("A GGUF file, or the name of a listed model; the built-in one if none is named."),
    )
    prompt.add_argument(
        "--template", type=Path, metavar="FILE.jinja", help=tr("A chat template to use in place of the file's own.")
    )
    prompt.add_argument("--json", action="store_true", help=tr("Print everything as one JSON object."))


def prompt_arguments(read: argparse.Namespace) -> PromptArguments:
    """The prompt command's arguments."""
    return PromptArguments(read.messages, read.model.expanduser() if read.model else None, read.template, read.json)


def _add_bench(commands: "argparse._SubParsersAction[Parser]") -> None:
    bench = commands.add_parser(
        "bench",
        help=tr("Measure how fast a model is on this computer."),
        description=tr(
            "Measures how fast a model reads and writes on this computer, as a window would see it, "
            "and compares it with the last time. Ctrl+C ends it."
        ),
    )
    bench.add_argument(
        "--model",
        type=Path,
        metavar="MODEL",
        help=tr("A GGUF file, or the name of a listed model; the built-in one if none is named."),
    )
    usual = BenchArguments()
    for name, default, text in (
        ("--prompt-tokens", usual.prompt_tokens, tr("Length of the prompt in tokens; {value} if not given.")),
        ("--generation-tokens", usual.generation_tokens, tr("Length of each answer in tokens; {value} if not given.")),
        ("--threads", usual.threads, tr("How many processor cores work on it; all physical ones if not given.")),
        ("--repeat", usual.repeat, tr("How often everything is measured; {value} times if not given.")),
    ):
        about = text.format(value=default)
        number = _threads if name == "--threads" else _at_least_one
        bench.add_argument(name, type=number, default=default, metavar="N", help=about)
    bench.add_argument("--json", action="store_true", help=tr("Print the figures as one JSON object."))


def _at_least_one(text: str, most: int = 1_000_000) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= most:
        message = tr("“{text}” is not a whole number from 1 to {most}.").format(text=text, most=f"{most:,}")
        raise argparse.ArgumentTypeError(message)
    return number


def _threads(text: str) -> int:
    return _at_least_one(text, int(rows(Loading)["threads"].high))


def bench_arguments(read: argparse.Namespace) -> BenchArguments:
    """The bench command's arguments."""
    return BenchArguments(
        model=read.model.expanduser() if read.model else None,
        prompt_tokens=read.prompt_tokens,
        generation_tokens=read.generation_tokens,
        threads=read.threads,
        repeat=read.repeat,
        json=read.json,
    )


def chat_arguments(read: argparse.Namespace) -> ChatArguments:
    """The chat command's arguments as values of the tables.

    Raises:
        InputError: a name or value of --set does not fit, no strategy has this name, or only JSON could tell.
    """
    if read.logprobs and not read.json:
        raise InputError(tr("--logprobs works only together with --json."), tr("Add --json."))
    own = [name for name in rows(Loading) if name not in rows(Sampling)]
    loading = [text for text in read.assignments if text.partition("=")[0].strip().replace("-", "_") in own]
    sampling = [text for text in read.assignments if text not in loading]
    if read.strategy is not None:
        sampling.append("strategy=" + read.strategy.strip().lower().replace("-", "_"))
    return ChatArguments(
        prompt=read.prompt,
        model=read.model.expanduser() if read.model else None,
        template=read.template,
        system=read.system,
        sampling=tuple(parse(Sampling, sampling, others=own).items()),
        loading=tuple(parse(Loading, loading).items()),
        logprobs=read.logprobs,
        json=read.json,
    )
