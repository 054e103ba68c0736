"""Finds the conversations in files of any of the known programs, told apart by what is in them, never by their names."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from app.chat.importing import lines, source, trees
from app.chat.importing.found import Empty, Found, Unread, Unreadable, dated
from app.chat.importing.gpt4all import gpt4all
from app.chat.importing.lines import Gathered
from app.chat.importing.source import Broken, Member
from app.chat.importing.values import table, text
from app.core import interchange
from app.core.errors import InputError
from app.core.language import tr

Json = dict[str, Any]
LARGEST_BINARY = 512 * 2**20  # bytes of a GPT4All file, which may hold what its model had read
MOST_RECORDS = 1_000_000  # lines that are gathered to conversations


def read(paths: Iterable[Path]) -> Iterator[Found | Unread]:
    """Everything in the files, folders and archives, one conversation after the other.

    Raises:
        InputError: the only file that was named cannot be read at all. What else cannot be read is told as Unread.
    """
    threads = Threads()
    named = list(paths)
    for path in named:
        nothing = True
        try:
            for member in source.members(path):
                for each in _of_member(member, threads):
                    nothing = False
                    yield each
        except InputError as error:
            if nothing and len(named) == 1:
                raise
            nothing = False
            yield Unread(path.name, str(error))
        if nothing and not threads.holds(path):
            empty = path.is_file() and not path.stat().st_size
            why = tr("It holds no conversations of a program that is known here.")
            yield Unread(path.name, tr("It is empty.") if empty else why)
    yield from threads.conversations()


def _of_member(member: Member, threads: "Threads") -> Iterator[Found | Unread]:
    try:
        start = source.beginning(member, 64)
        if start.startswith(source.GPT4ALL):
            yield _made(member, "", lambda: gpt4all(source.raw(member, LARGEST_BINARY)))
        elif source.holds_json(start):
            yield from _of_values(member, threads)
    except InputError as error:
        if member.alone:
            raise
        yield Unread(member.name, error.message)


def _of_values(member: Member, threads: "Threads") -> Iterator[Found | Unread]:
    """Conversations that are one value each, then those that were gathered from many."""
    gathering = Gathering(member, threads)
    broken: list[tuple[int, Broken]] = []
    known = False
    for number, value in enumerate(source.values(member), 1):
        if isinstance(value, Broken):
            broken.append((number, value))
        elif isinstance(value, dict):
            if reader := _reader(value):
                known = True
                yield _made(member, _name(value) or str(number), partial(reader, value))
            elif gathering.takes(value):
                known = True
    yield from gathering.conversations()
    if known or member.alone:  # other files of an archive or a folder need not be JSON at all
        for number, why in broken:
            yield Unread(f"{member.name}, {number}", str(why))


def _reader(document: Json) -> Callable[[Json], Found] | None:
    """Who can read a conversation that is one JSON object."""
    if document.get("format") == interchange.FORMAT:
        return _own
    if isinstance(document.get("mapping"), dict):
        return trees.chatgpt
    if isinstance(document.get("chat_messages"), list):
        return trees.claude
    inner = table(document.get("chat"))
    if "history" in inner or isinstance(inner.get("messages"), list) or "messages" in table(document.get("history")):
        return trees.open_webui
    entries = document.get("messages")
    if isinstance(entries, list):
        if isinstance(document.get("conv"), dict):
            return trees.llama_ui
        if any("versions" in each for each in entries if isinstance(each, dict)):
            return trees.lm_studio
        if any(lines.is_message(each) for each in entries if isinstance(each, dict)):
            return _listed
    return None


def _own(document: Json) -> Found:
    try:
        conversation, messages = interchange.read(document)
    except InputError as error:
        raise Unreadable(error.message) from error
    if not messages:
        raise Empty
    return Found(conversation, tuple(messages), "Fireside")


def _listed(document: Json) -> Found:
    return lines.messages(Gathered(document, [each for each in document["messages"] if isinstance(each, dict)]))


def _name(document: Json) -> str:
    """What a conversation that may be unreadable is called."""
    about = table(document.get("conv")) or document
    name = text(about.get("title")) or text(about.get("name"))
    return f"“{name[:80]}”" if name.strip() else ""


def _made(member: Member, name: str, read_one: Callable[[], Found]) -> Found | Unread:
    try:
        return dated(read_one(), member.modified)
    except Unreadable as error:
        return Unread(f"{member.name}, {name}" if name else member.name, str(error), isinstance(error, Empty))


@dataclass(slots=True)
class Row:
    """A conversation that is gathered line by line, and who makes one of it."""

    reader: Callable[[Gathered], Found]
    gathered: Gathered


class Gathering:
    """The conversations of one file that stand in it message by message."""

    def __init__(self, member: Member, threads: "Threads") -> None:
        self._member = member
        self._threads = threads
        self._rows: list[Row] = []
        self._count = 0

    def takes(self, record: Json) -> bool:
        """Whether it is a part of a conversation."""
        self._count += 1
        if self._count > MOST_RECORDS:
            raise InputError(
                tr("{name} is larger than anything that is imported, or packed suspiciously tight.").format(
                    name=self._member.name
                ),
                tr("Unpack it yourself and import the file with the conversations."),
            )
        if lines.is_silly_tavern(record):
            self._add(record, lines.silly_tavern, lines.is_silly_tavern_head(record))
        elif lines.is_session_line(record):
            self._add(record, lines.session, record.get("type") == "session")
        elif not self._threads.takes(record, self._member):
            if not lines.is_message(record):
                return False
            self._add(record, lines.messages, False)
        return True

    def _add(self, record: Json, reader: Callable[[Gathered], Found], head: bool) -> None:
        if head or not self._rows or self._rows[-1].reader is not reader:
            self._rows.append(Row(reader, Gathered()))
        if head:
            self._rows[-1].gathered.about = record
        else:
            self._rows[-1].gathered.records.append(record)

    def conversations(self) -> Iterator[Found | Unread]:
        """What was gathered."""
        for row in self._rows:
            yield _made(self._member, _name(row.gathered.about), partial(row.reader, row.gathered))


class Threads:
    """Jan's threads: what is said of one and its messages lie in two files, which may come in any order."""

    def __init__(self) -> None:
        self._gathered: dict[str, Gathered] = {}
        self._members: dict[str, Member] = {}
        self._paths: set[Path] = set()

    def takes(self, record: Json, member: Member) -> bool:
        """Whether it is a thread or a message of one."""
        about = lines.is_thread(record)
        name = record.get("id") if about else record.get("thread_id")
        if not isinstance(name, str) or not (about or lines.is_message(record)):
            return False
        gathered = self._gathered.setdefault(name, Gathered())
        self._members.setdefault(name, member)
        self._paths.add(member.open.path)
        if about:
            gathered.about = record
        else:
            gathered.records.append(record)
        return True

    def holds(self, path: Path) -> bool:
        """Whether something of that file or folder is in a thread."""
        return any(path in (file, *file.parents) for file in self._paths)

    def conversations(self) -> Iterator[Found | Unread]:
        """All threads."""
        for name, gathered in self._gathered.items():
            member = self._members[name]
            yield _made(member, _name(gathered.about), partial(lines.messages, gathered))
