"""`fireside prompt`: what a model would be given for some messages, and what is wrong with its chat template."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.cli.arguments import PromptArguments
from app.cli.columns import left, width
from app.cli.model_option import model_path
from app.core.errors import AppError, InputError
from app.core.language import tr, trn
from app.core.protocol import Role, Turn
from app.engine.examination import Examination, SeenFailure, SeenThinking, SeenToken

Examine = Callable[[Path, str | None, tuple[Turn, ...]], Examination]
ROLES: dict[str, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
THOUGHTS = ("reasoning_content", "thinking", "reasoning")  # under which a message may say what was thought
BOLD, DIM, COLOUR, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[36m", "\x1b[0m"
LONGEST_CODE = 200  # characters of a template's line
VISIBLE = str.maketrans({"\n": "⏎", "\t": "⇥", " ": "·", "\r": "␍"})


def run(arguments: PromptArguments, examine: Examine | None = None) -> int:
    """Examine and print; returns the exit code: 1 where the template cannot be used as it is.

    Raises:
        AppError: why nothing can be said.
    """
    template = None
    try:
        template = None if arguments.template is None else read_template(arguments.template)
        turns = messages(sys.stdin.read() if str(arguments.messages) == "-" else _read(arguments.messages))
        path = model_path(arguments.model).absolute()
        examination = (examine or _examined)(path, template, turns)
    except AppError as error:
        if arguments.json:
            nothing = Examination(error=SeenFailure(error.message, None, error.hint))
            print(json.dumps(asdict(nothing), ensure_ascii=False))
        raise
    if arguments.json:
        print(json.dumps(asdict(examination), ensure_ascii=False))
    else:
        colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        for line in _page(examination, arguments.template is not None, colours):
            print(line)
    sys.stdout.flush()
    if examination.error is None:
        return 0
    print("\n".join(_complaint(examination.error)), file=sys.stderr)
    return 1


def messages(text: str) -> tuple[Turn, ...]:
    """The messages of a JSON text: a list of {role, content}, or an object that holds it as "messages".

    Raises:
        InputError: it is no JSON (line and column are named), or a message is not as it must be.
    """
    try:
        read = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            tr("The messages are not JSON: line {line}, column {column} cannot be read.").format(
                line=error.lineno, column=error.colno
            )
            if text.strip()
            else tr("There are no messages: the text is empty."),
            _example(),
            error.msg,
        ) from None
    except RecursionError:
        read = None
    listed = read.get("messages") if isinstance(read, dict) else read
    if not isinstance(listed, list):
        raise InputError(tr("This JSON holds no list of messages."), _example())
    return tuple(_turn(message, number) for number, message in enumerate(listed, 1))


def _example() -> str:
    return tr("Write a list like this: {example}").format(example='[{"role": "user", "content": "Hello"}]')


def _turn(message: Any, number: int) -> Turn:
    hint = tr("Write it like this: {example}").format(example='{"role": "user", "content": "Hello"}')
    if not isinstance(message, dict):
        raise InputError(tr("Message {number} is not an object in braces.").format(number=number), hint)
    role = message.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise InputError(
            tr("Message {number} has the role “{role}”.").format(number=number, role=role),
            tr("Known roles are {roles}.").format(roles=", ".join(ROLES)),
        )
    content = message.get("content")
    if isinstance(content, list):  # parts, as for models that see
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        content = "".join(part for part in parts if isinstance(part, str))
    if content is None and role == "assistant":
        content = ""
    if not isinstance(content, str):
        raise InputError(tr("Message {number} has no text.").format(number=number), hint)
    thought = next((message[name] for name in THOUGHTS if isinstance(message.get(name), str)), "")
    return Turn(ROLES[role], content, thought)


def read_template(path: Path) -> str:
    """A chat template in a file.

    Raises:
        InputError: it cannot be read, or nothing is in it.
    """
    text = _read(path)
    if not text.strip():  # the engine would take that for none
        raise InputError(tr("“{file}” is empty.").format(file=path.name), tr("Name a file with a chat template."))
    return text


def _read(path: Path) -> str:
    try:
        return path.expanduser().read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            tr("“{file}” is not a UTF-8 text.").format(file=path.name), tr("Save it as UTF-8."), str(error)
        ) from None
    except FileNotFoundError:
        raise InputError(
            tr("There is no file “{file}”.").format(file=path.name), tr("Check its name and place.")
        ) from None
    except IsADirectoryError:
        raise InputError(tr("“{file}” is a folder.").format(file=path.name), tr("Name a file in it.")) from None
    except (OSError, ValueError) as error:
        raise InputError(
            tr("“{file}” cannot be read.").format(file=path.name), tr("Check that you may read it."), str(error)
        ) from None


def _examined(path: Path, template: str | None, turns: tuple[Turn, ...]) -> Examination:
    from app.engine.examination import examined

    return examined(path, template, turns)


# ── on paper ──────────────────────────────────────────────────────────────────────────────────────────


def _page(seen: Examination, given: bool, colours: bool) -> Iterator[str]:
    def styled(text: str, style: str) -> str:
        return f"{style}{text}{PLAIN}" if colours and text else text

    def rule(title: str) -> str:
        begin = f"── {title} "
        return styled(begin + "─" * (min(shutil.get_terminal_size().columns, 100) - width(begin)), DIM)

    if seen.error is not None and not seen.tokens:
        return  # there is no prompt
    steering = sum(token.special for token in seen.tokens)
    size = trn("{count} token", "{count} tokens", len(seen.tokens))
    controls = trn("{count} of them a control token", "{count} of them control tokens", steering)
    for name, texts in (
        (tr("Template"), (_source(seen, given),)),
        (tr("Thinking"), tuple(_thinking(seen.thinking))),
        (tr("Repaired"), seen.repaired or (tr("nothing"),)),
        (tr("Prompt"), (f"{size}, {controls}",)),
    ):
        for index, text in enumerate(texts):
            yield styled(left("" if index else name, 12), BOLD) + text
    if not seen.tokens:
        return
    yield ""
    yield rule(tr("Text"))
    yield "\n".join(map(_harmless, seen.text.split("\n")))
    yield rule(tr("Tokens"))
    digits = max(6, *(len(str(token.id)) for token in seen.tokens))
    for token in seen.tokens:
        yield f"{token.id:>{digits}}  {styled('●', COLOUR) if token.special else ' '} " + styled(
            _visible(token), COLOUR if token.special else ""
        )
    yield rule(tr("● is a control token"))


def _visible(token: SeenToken) -> str:
    """The token's text with its blanks to be seen."""
    return _harmless(token.text.translate(VISIBLE))


def _harmless(text: str) -> str:
    """The text with nothing that a terminal would obey."""
    return "".join(each if each.isprintable() or each == "\t" else f"\\x{ord(each):02x}" for each in text)


def _source(seen: Examination, given: bool) -> str:
    if seen.template == "file":
        return tr("the given one") if given else tr("the model file's own")
    if seen.error is not None:
        return tr("{family}, in place of one that does not work").format(family=seen.template)
    return tr("{family}, because the file has none").format(family=seen.template)


def _thinking(seen: SeenThinking | None) -> Iterator[str]:
    if seen is None:
        yield tr("not known to this template")
        return
    yield tr("between {start} and {end}").format(start=seen.start, end=seen.end)
    if not seen.written:
        yield tr("The template does not speak of it; the vocabulary has the markers.")
        return
    if seen.opened:
        yield tr("The prompt begins it.")
    elif seen.closed:
        yield tr("The prompt leaves it out.")
    else:
        yield tr("The model decides whether to begin it.")
    yield tr("The template can turn it on and off.") if seen.switch else tr("The template cannot turn it on or off.")


def _complaint(error: SeenFailure) -> Iterator[str]:
    yield error.message
    if error.code:
        yield f"{error.line:>5} │ {_harmless(error.code)[:LONGEST_CODE]}"
    yield tr("Reason: {reason}").format(reason=error.reason)
