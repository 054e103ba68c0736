"""Long texts that go with a message: how they are kept in it, told apart from what was typed, and named.

An attachment is a fenced block at the end of the message whose opening line carries its name:

    ```python attachment="app.py"
    …
    ```

So nothing but the message's text needs to be kept, searched, exported and read by the model, and every program that
knows Markdown shows it for what it is. The marks of the fence are longer than any in the text: it ends where it ends.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from app.core.code import language_of_file
from app.core.errors import InputError
from app.core.language import tr
from app.core.regex import regex
from app.core.text import shortened

LONG = 2_500  # characters; a longer text that is pasted becomes an attachment
MOST = 4_000_000  # characters, or bytes of a file: more than the context of any model takes
_NAME = 60  # characters of a name
_LONGEST_MARKS = 200  # backticks in a row that are outdone with more backticks; beyond that the other marks are tried

_OPENING = regex(r'(?P<marks>`{3,}|~{3,})(?P<language>[^\s`"]{1,40}) attachment="(?P<name>[^"`\n]{1,200})"$')
_CLOSING = regex(r"(?:^|\n)(`{3,}|~{3,})\Z")
_FENCE = regex(r" {0,3}(`{3,}|~{3,})([^`\n]*)$")
_UNFIT = regex(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True)
class Attachment:
    """A text with the name that it is shown under, and the language that its fence says."""

    name: str
    text: str
    language: str = "text"

    @property
    def lines(self) -> int:
        """How many it has."""
        return self.text.count("\n") + (not self.text.endswith("\n")) if self.text else 0

    @property
    def fenced(self) -> str:
        """As it stands in the message."""
        marks = _marks_around(self.text)
        return f'{marks}{self.language} attachment="{self.name}"\n{self.text}\n{marks}'


def attachment(name: str, text: str, language: str = "text") -> Attachment:
    """An attachment whose name and language are fit for the line of a fence."""
    plain = " ".join(_UNFIT.sub(" ", name).replace('"', "'").replace("`", "'").split())
    word = re.sub(r"[\s`\"]+", "", _UNFIT.sub("", language))[:40]
    return Attachment(shortened(plain, _NAME) or tr("Pasted text"), text, word or "text")


def joined(typed: str, attachments: Sequence[Attachment]) -> str:
    """The message: what was typed, and the attachments below it. A fence that was left open in it is closed."""
    if not attachments:
        return typed
    parts = [_closed(typed)] if typed.strip() else []
    return "\n\n".join(parts + [each.fenced for each in attachments])


def split(text: str) -> tuple[str, tuple[Attachment, ...]]:
    """What was typed, and the attachments at the end of a message. Joined again they are the same message."""
    if text[-1:] not in ("`", "~"):
        return text, ()
    found: list[Attachment] = []
    end = len(text)
    while closing := _CLOSING.search(text, max(0, text.rfind("\n", 0, end)), end):
        marks = closing[1]
        start = _opening(text, marks, closing.start())
        opening = _OPENING.match(text[start : text.find("\n", start)]) if start >= 0 else None
        if opening is None or opening["marks"] != marks:
            break
        body = start + opening.end() + 1
        each = Attachment(opening["name"], text[body : closing.start()], opening["language"])
        if body > closing.start() or _marks_around(each.text) != marks:  # written by somebody else
            break
        found.insert(0, each)
        if not start or text[start - 2 : start] != "\n\n":
            return ("", tuple(found)) if not start else (text, ())
        end = start - 2
    if not found:
        return text, ()
    typed = text[:end]
    return (typed, tuple(found)) if typed.strip() else (text, ())


def _opening(text: str, marks: str, end: int) -> int:
    """Where the line begins that opens the fence which these marks close; -1 where there is none."""
    start = text.rfind(marks, 0, end)
    return start if start >= 0 and (start == 0 or text[start - 1] == "\n") else -1


def _marks_around(text: str) -> str:
    """The shortest marks of a fence that nothing in the text can close."""
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    if longest <= _LONGEST_MARKS:
        return "`" * (longest + 1)
    other = max((len(run) for run in re.findall("~{3,}", text)), default=2)
    return "~" * (other + 1) if other < longest else "`" * (longest + 1)


def _closed(text: str) -> str:
    fence = ""
    for line in text.split("\n"):
        if found := _FENCE.match(line):
            if not fence:
                fence = found[1]
            elif found[1].startswith(fence) and not found[2].strip():
                fence = ""
    return f"{text}\n{fence}" if fence else text


# ── drafts ────────────────────────────────────────────────────────────────────────────────────────────


def written(typed: str, attachments: Sequence[Attachment]) -> str:
    """A draft as it is kept: the text itself, or with attachments a JSON list."""
    if not attachments and not typed.startswith('["'):
        return typed
    return json.dumps([typed, *([each.name, each.text, each.language] for each in attachments)])


def read(draft: str) -> tuple[str, tuple[Attachment, ...]]:
    """A kept draft, also one of the time when there was one long text without a name."""
    if draft.startswith('["'):
        try:
            typed, *rest = json.loads(draft)
            known = [attachment(*each) if isinstance(each, list) else pasted(each) for each in rest if each]
            if isinstance(typed, str) and all(isinstance(each.text, str) for each in known):
                return typed, tuple(known)
        except (ValueError, TypeError):
            pass  # a message that only looks like one of ours
    return draft, ()


# ── making them ───────────────────────────────────────────────────────────────────────────────────────

_KINDS: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (language, label, regex(pattern, re.MULTILINE))
    for language, label, pattern in (
        ("diff", "Diff", r"\A(?:diff --git |--- \S.*\n\+\+\+ )"),
        ("svg", "SVG", r"\A(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<svg[\s>]"),
        ("html", "HTML", r"(?i)\A\s*(?:<!DOCTYPE html|<html[\s>])"),
        ("xml", "XML", r"\A<\?xml "),
        ("python", "Python", r"\A#!.*python|^(?:async )?def \w+\(|^class \w+(?:\(.*\))?:|^from [\w.]+ import \w"),
        ("bash", "Shell", r"\A#!.*\b(?:ba|z|da)?sh\b"),
        ("c", "C", r"^#include [<\"]"),
        ("rust", "Rust", r"^(?:pub )?fn \w+|^use (?:std|crate)::"),
        ("go", "Go", r"\Apackage \w+\n"),
        ("javascript", "JavaScript", r"^(?:export |async )*(?:function \w+\(|const \w+ = |import .* from ['\"])"),
        ("sql", "SQL", r"(?i)\A\s*(?:select\s.*\sfrom\s|create table |insert into )"),
    )
)  # fmt: skip
_LOOKED_AT = 3_000  # characters of a text that tell its kind


def pasted(text: str, taken: Sequence[str] = ()) -> Attachment:
    """A pasted text, named by its kind or its first words; numbered where the name is taken."""
    language, name = _kind(text)
    return attachment(_free(name, taken), text, language)


def from_file(name: str, text: str, taken: Sequence[str] = ()) -> Attachment:
    """A text that came from a file."""
    return attachment(_free(name, taken), text, language_of_file(PurePath(name).name))


def check_length(text: str) -> None:
    """Raise InputError where a text is too long to go with a message."""
    if len(text) > MOST:
        raise InputError(
            tr("This text is too long: it has {count} million characters.").format(count=round(len(text) / 1e6, 1)),
            tr("Paste a part of it; {count} million are the most.").format(count=MOST // 1_000_000),
        )


def _kind(text: str) -> tuple[str, str]:
    head = text[:_LOOKED_AT]
    stripped = head.lstrip()
    if stripped[:1] in "{[" and _is_json(text):
        return "json", "JSON"
    for language, label, pattern in _KINDS:
        if pattern.search(stripped):
            return language, label
    first = next((line for line in head.splitlines() if line.strip()), "")
    return "text", shortened(" ".join(first.split()), 40)


def _is_json(text: str) -> bool:
    if len(text) <= 200_000:
        try:
            json.loads(text)
            return True
        except (ValueError, RecursionError):
            return False
    return text.rstrip()[-1:] in "}]" and re.match(r'\s*[\[{]\s*(?:["{\[\d]|true|false|null)', text) is not None


def _free(name: str, taken: Sequence[str]) -> str:
    name, number, candidate = name.strip(), 2, name.strip()
    while candidate in taken:
        candidate, number = f"{name} ({number})", number + 1
    return candidate
