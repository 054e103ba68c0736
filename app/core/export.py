"""A conversation as Markdown, and the names of the files that conversations are exported to."""

import unicodedata
from collections.abc import Collection, Iterator
from typing import Literal

from app.core.language import tr
from app.core.record import record
from app.core.regex import regex
from app.core.text import valid
from app.core.tree import Conversation, Message, Tree

Format = Literal["markdown", "html", "pdf", "json"]
ENDINGS: dict[Format, str] = {"markdown": ".md", "html": ".html", "pdf": ".pdf", "json": ".json"}
LONGEST_NAME = 80  # characters of a file's name, without its ending

_FENCE = regex(r" {0,3}(`{3,}|~{3,})(.*)$")
_UNSAFE = regex(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
_RESERVED = regex(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")  # names that Windows keeps for devices


@record
class Passage:
    """A message as a page shows it; with all branches, which version it is and what it follows."""

    message: Message
    number: int  # on the page, from 1
    version: int = 1
    versions: int = 1
    follows: int = 0  # number of the message above it; 0 where it is the one before, or there is none


def passages(conversation: Conversation, tree: Tree, all_branches: bool = False) -> Iterator[Passage]:
    """The messages of the branch in view, or of all branches one after the other, each message once."""
    if not all_branches:
        for number, message in enumerate(tree.path(conversation.leaf), 1):
            yield Passage(message, number)
        return
    numbers: dict[int, int] = {}
    for first in tree.children(None):
        for message in tree.below(first.id):
            number = numbers[message.id] = len(numbers) + 1
            versions = tree.versions(message.id)
            above = numbers[message.parent] if message.parent is not None else 0
            yield Passage(
                message, number, versions.index(message) + 1, len(versions), above if above != number - 1 else 0
            )


def heading(passage: Passage, all_branches: bool = False) -> str:
    """Who says it, with all branches where it stands, and whether it is pinned."""
    message = passage.message
    match message.role:
        case "user":
            who = tr("You")
        case "system":
            who = tr("Instructions")
        case _:
            who = message.model or tr("Model")
    parts = [who]
    if all_branches:
        parts.insert(0, str(passage.number))
        if passage.versions > 1:
            parts.append(tr("version {number} of {count}").format(number=passage.version, count=passage.versions))
        if passage.follows:
            parts.append(tr("follows {number}").format(number=passage.follows))
    if message.pinned:
        parts.append(tr("pinned"))
    return " · ".join(parts)


def title_of(conversation: Conversation) -> str:
    """The title on one line; a word where there is none."""
    return " ".join(valid(conversation.title).split()) or tr("Conversation")


def thought(message: Message) -> str:
    """What stands above a message's thinking."""
    if message.thinking_s >= 1:
        return tr("Thought for {seconds} s").format(seconds=round(message.thinking_s))
    return tr("Thinking")


def as_markdown(conversation: Conversation, tree: Tree, all_branches: bool = False) -> str:
    """The conversation as Markdown: messages as they are, below a heading each.

    Thinking is a quotation above them, the user's own notes are one below.
    """
    parts = [f"# {title_of(conversation)}", f"*{conversation.created.astimezone():%Y-%m-%d %H:%M}*"]
    if conversation.system_prompt.strip():
        parts += [f"## {tr('Instructions')}", closed(conversation.system_prompt.strip("\n"))]
    for passage in passages(conversation, tree, all_branches):
        message = passage.message
        parts.append(f"## {heading(passage, all_branches)}")
        if message.thinking.strip():
            parts.append(quoted(f"*{thought(message)}*\n\n{closed(message.thinking.strip())}"))
        if message.text.strip():
            parts.append(closed(message.text.strip("\n")))
        if message.error:
            parts.append(f"*{message.error}*")
        if message.note:
            parts.append(quoted(f"**{tr('Note')}**\n\n{closed(message.note)}"))
    text = valid("\n\n".join(parts)).replace("\0", "\ufffd")  # as CommonMark has it; with one, a text is no text file
    return text + "\n"


def closed(text: str) -> str:
    """The text with a fence closed that is still open at its end, so that it does not swallow what follows."""
    fence = ""
    for line in text.split("\n"):
        if found := _FENCE.match(line):
            marks, rest = found.groups()
            if not fence and not (marks[0] == "`" and "`" in rest):
                fence = marks
            elif fence and marks.startswith(fence) and not rest.strip():
                fence = ""
    return f"{text}\n{fence}" if fence else text


def file_name(conversation: Conversation, form: Format, taken: Collection[str] = ()) -> str:
    """A name that every file system takes, made of the title; numbered where it is taken, whatever its case."""
    name = _UNSAFE.sub(" ", unicodedata.normalize("NFC", title_of(conversation)))
    name = " ".join("".join(each for each in name if each.isprintable()).split())
    name = name[:LONGEST_NAME].encode()[:200].decode("utf-8", "ignore").strip(" .")
    if not name or _RESERVED.match(name):
        name = f"{tr('Conversation')} {name}".strip()
    used = {each.casefold() for each in taken}
    candidate, number = name + ENDINGS[form], 2
    while candidate.casefold() in used:
        candidate = f"{name} ({number}){ENDINGS[form]}"
        number += 1
    return candidate


def quoted(text: str) -> str:
    """Markdown as a quotation."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
