"""What the terminal says of its commands: help in the chosen language, and one sentence where something is wrong."""

import argparse
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from app.cli.columns import wrapped
from app.core.errors import InputError
from app.core.language import tr


class Parser(argparse.ArgumentParser):
    """argparse in our words. A wrong line is an InputError."""

    def __init__(self, prog: str | None = None, description: str | None = None, **rest: Any) -> None:
        super().__init__(prog=prog, description=description, **rest | {"add_help": False, "formatter_class": _Page})
        self.add_argument("-h", "--help", action="help", help=tr("Show this help and end."))

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does it, but what the command itself does not understand is told with that command's help."""
        read, rest = self.parse_known_args(args, namespace)
        if rest:
            wrong = [
                each for each in rest if each.startswith("-")
            ] or rest  # behind a wrong option, argparse misplaces words
            typed = (getattr(read, name, None) for name in ("command", "action"))
            raise _wrong(
                " ".join(filter(None, (self.prog, *typed))),
                tr("“{text}” is not understood here.").format(text=" ".join(wrong)),
            )
        return read

    def error(self, message: str) -> NoReturn:
        raise _wrong(self.prog, _said(message))


def _wrong(command: str, sentence: str) -> InputError:
    return InputError(sentence, tr("{command} --help shows what can be typed.").format(command=command))


class _Page(argparse.HelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, tr("Usage: ") if prefix is None else prefix)

    def start_section(self, heading: str | None) -> None:
        named = {"positional arguments": tr("Arguments"), "options": tr("Options")}
        super().start_section(named.get(heading or "", heading))

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrapped(text, width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for line in wrapped(text, width))


def _said(message: str) -> str:
    """A complaint of argparse as a sentence of ours; one that is not known here as it is."""
    for pattern, sentence in _faults():
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return sentence.format(**{name: _bare(part) for name, part in found.groupdict().items()})
    return message


def _bare(part: str) -> str:
    """Without the quotation marks that argparse puts around each of several choices."""
    return re.sub("'([^']*)'", r"\1", part)


def _faults() -> tuple[tuple[str, str], ...]:
    option = "argument (?P<option>.*?): "
    return (
        ("the following arguments are required: (?P<names>.*)", tr("This is missing: {names}.")),
        ("one of the arguments (?P<names>.*) is required", tr("One of these is missing: {names}.")),
        ("ambiguous option: (?P<text>.*) could match (?P<names>.*)", tr("“{text}” could be each of {names}.")),
        (option + "expected (?:one|at least one) argument", tr("{option} needs something behind it.")),
        (option + "ignored explicit argument .*", tr("{option} takes nothing behind it.")),
        (option + "not allowed with argument (?P<other>.*)", tr("{option} and {other} do not go together.")),
        (option + "invalid int value: '(?P<text>.*)'", tr("“{text}” is not a whole number.")),
        (option + r"invalid choice: '(?P<text>.*)' \(choose from (?P<names>.*)\)", tr("“{text}” is none of {names}.")),
        (option + "(?P<message>.*)", "{message}"),  # from a check of our own
    )
