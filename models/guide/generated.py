"""Questions and answers that follow from the tables alone: how to change a parameter, its default, its values, the shortcut of a command,
what the welcome page offers to ask.

The wordings are in `frames.toml`; this module puts labels and values into them.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fill import TABLES, TextError, fill, spread

from app.core.commands import COMMANDS, Command
from app.core.examples import EXAMPLES
from app.core.language import tr
from app.core.params import Row, shown

FRAMES = Path(__file__).resolve().parent / "frames.toml"


@dataclass(frozen=True, slots=True)
class Item:
    """A generated answer; for a command's part "" the answer is used only where nobody wrote one."""

    topic: str
    part: str
    answer: str
    asks: tuple[str, ...]
    later: tuple[str, ...] = ()


@cache
def frames() -> dict[str, Any]:
    return tomllib.loads(FRAMES.read_text(encoding="utf-8"))


def parameters(lang: str, names: dict[str, tuple[str, ...]]) -> Iterator[Item]:
    """Change, default and values of every row; `names` are further names by topic."""
    wording = frames()["row"]
    for table, table_rows in TABLES.items():
        for row in table_rows.values():
            label = tr(row.label)
            called = tuple(dict.fromkeys((label, label.lower(), row.name.replace("_", " "), *names.get(row.name, ()))))
            for part in ("change", "default", "range"):
                answer = _answer(part, table, row, lang)
                if answer is None:
                    continue
                asks = tuple(frame.replace("{x}", name) for frame in wording[part]["direct"][lang] for name in called)
                yield Item(row.name, part, answer, asks, tuple(wording[part]["later"][lang]))


def _answer(part: str, table: str, row: Row, lang: str) -> str | None:
    """The sentence for one part of a row, or None where the question has no sense for its kind."""
    wording = frames()["row"][part]["answer"]
    values = {"label": tr(row.label), "group": tr(row.group)}
    if part == "change":
        text = wording[table if table != "sampling" else f"sampling_{row.kind}"][lang]
        return fill(_put(text, values), lang, f"frames.toml, row.{part}")
    if part == "default":
        text = wording["empty" if row.default in ("", ()) else "value"][lang]
        return _put(text, values | {"default": shown(row, row.default)})
    if row.kind in ("text", "texts"):
        return None
    kind = "number" if row.kind in ("int", "float") else "choice"
    result = _put(wording[kind][lang], values | {"range": spread(row, lang)})
    if row.special and kind == "number":
        special = {"value": f"{row.special[0]:g}", "word": tr(row.special[1])}
        result += _put(wording["special"][lang], special)
    return result


def examples() -> dict[str, str]:
    """What the welcome page offers to ask, by topic, in the language in use."""
    return {example.topic: tr(example.question) for example in EXAMPLES}


def commands(lang: str) -> Iterator[Item]:
    """Questions from label and help of every command, and its shortcut as a follow-up."""
    wording = frames()["command"]
    for command in COMMANDS:
        yield _command(command, lang, wording)
        key = "key" if command.shortcut else "no_key"
        values = {"label": tr(command.label).rstrip("…"), "key": command.shortcut}
        answer = fill(_put(wording["answer"][key][lang], values), lang, f"frames.toml, command.answer.{key}")
        yield Item(command.name, "key", answer, (), tuple(wording["later"][lang]))


def _command(command: Command, lang: str, wording: dict[str, Any]) -> Item:
    label = tr(command.label).rstrip("…")
    told = tr(command.help).rstrip(".。")
    # In turn: with both in every frame there would be more of these than of written questions.
    called = label, label.lower()
    asks = [frame.replace("{x}", called[place % 2]) for place, frame in enumerate(wording["label"][lang])]
    does = told.split(";")[0].split("；")[0]
    does = does[0].lower() + does[1:]
    if command.name not in wording["no_deed"]:
        asks += [frame.replace("{x}", does) for frame in wording["help"][lang]]
    if command.shortcut:
        key = command.shortcut.lower()
        pressed = dict.fromkeys((key, re.sub(r"\+(?=\w)", " ", key)))  # "ctrl+k" and "ctrl k"
        asks += [frame.replace("{x}", name) for frame in wording["pressed"][lang] for name in pressed]
    values = {"label": label, "help": tr(command.help), "key": command.shortcut}
    return Item(
        command.name, "", _put(wording["answer"]["key_help" if command.shortcut else "help"][lang], values), tuple(asks)
    )


def _put(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"<{name}>", value)
    if "<" in text and ">" in text:
        raise TextError(f"frames.toml: nothing fills {text}")
    return text
