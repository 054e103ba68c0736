"""Placeholders in the guide's text, filled from the tables so that an answer names only what the application has.

{sampling.temperature}          the label of the row ({loading.…} and {preferences.…} alike)
{sampling.temperature.range}    the values it can take
{sampling.temperature.default}  its default as a person reads it
{command.new_chat}              the label of the command
{command.new_chat.key}          its shortcut
"""

import re
from pathlib import Path

from app.core import language
from app.core.commands import BY_NAME
from app.core.language import tr
from app.core.params import Loading, Preferences, Row, Sampling, decimals, rows, shown

ROOT = Path(__file__).resolve().parents[2]
TRANSLATIONS = ROOT / "resources" / "translations"
TABLES = {"sampling": rows(Sampling), "loading": rows(Loading), "preferences": rows(Preferences)}
CODES = {"en": "en", "zh": "zh_CN"}
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class TextError(Exception):
    """The guide's text is wrong at a named place."""


def use(lang: str) -> None:
    """Let `tr` speak the language of the text that is being filled."""
    language.use(CODES[lang], TRANSLATIONS)


def fill(text: str, lang: str, place: str) -> str:
    """The text with its placeholders filled in; `use(lang)` was called before.

    Raises:
        TextError: a placeholder that no table knows; the sentence names `place`.
    """

    def value(match: re.Match[str]) -> str:
        try:
            return _value(match[1], lang)
        except KeyError:
            raise TextError(f"{place}: no table knows {match[0]}") from None

    return PLACEHOLDER.sub(value, text)


def _value(name: str, lang: str) -> str:
    table, _, rest = name.partition(".")
    name, _, part = rest.partition(".")
    if table == "command":
        command = BY_NAME[name]
        if part == "key" and command.shortcut:
            return command.shortcut
        if part:
            raise KeyError(part)
        return tr(command.label).rstrip("…")
    row = TABLES[table][name]
    match part:
        case "":
            return tr(row.label)
        case "default":
            return shown(row, row.default)
        case "range":
            return spread(row, lang)
    raise KeyError(part)


def spread(row: Row, lang: str) -> str:
    """The values a row can take: "0.00 to 2.00", "Off, Mirostat 1 or Mirostat 2"."""
    if row.kind in ("int", "float"):
        digits = decimals(row)
        low, high = (f"{end:.{digits}f}" if digits else f"{int(end):,}" for end in (row.low, row.high))
        return f"{low} {'to' if lang == 'en' else '到'} {high}"
    if row.kind == "choice":
        names = [tr(label) for _, label in row.choices]
    elif row.kind == "flag":
        names = [tr("On"), tr("Off")]
    else:
        raise KeyError(row.kind)
    if lang == "en":
        return f"{', '.join(names[:-1])} or {names[-1]}"
    return f"{'、'.join(names[:-1])}或{names[-1]}"
