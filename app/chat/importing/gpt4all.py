"""GPT4All's .chat files: binary, as Qt's QDataStream writes them, in its versions 1 to 12.

The order of the fields is that of ChatListModel, Chat, ChatLLM and ChatItem in gpt4all-chat/src of nomic-ai/gpt4all.
"""

import struct
from collections import Counter
from typing import Any

from app.chat.importing.beside import with_file
from app.chat.importing.found import Found, Node, Unreadable, assembled, chained
from app.chat.importing.trees import answer
from app.chat.importing.values import date
from app.core.language import tr

NEWEST = 12
NOTHING = 0xFFFFFFFF  # the length of a text that is none
VARIANT_TEXT = 10  # the kind of a QVariant that is a QString
DEEPEST = 8  # levels of parts of an answer


class Stream:
    """A QDataStream: big-endian numbers, texts as a length in bytes and UTF-16."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, form: str) -> int:
        """A number, as `struct` names its form."""
        try:
            (value,) = struct.unpack_from(f">{form}", self._data, self._at)
        except struct.error:
            raise _cut_off() from None
        self._at += struct.calcsize(form)
        return int(value)

    def data(self) -> bytes:
        """Bytes with their length before them."""
        size = self.number("I")
        return b"" if size == NOTHING else self._taken(size)

    def text(self) -> str:
        """A QString."""
        return self.data().decode("utf-16-be", "replace")

    def skip(self, size: int) -> None:
        """Pass over so many bytes."""
        self._taken(size)

    def count(self) -> int:
        """A qsizetype, of something of which each takes at least a byte."""
        value = self.number("q")
        if not 0 <= value <= len(self._data) - self._at:
            raise _cut_off()
        return value

    def _taken(self, size: int) -> bytes:
        part = self._data[self._at : self._at + size]
        if len(part) < size:
            raise _cut_off()
        self._at += size
        return part


def gpt4all(data: bytes) -> Found:
    """The conversation of a file.

    Raises:
        Unreadable: the file is of a later version, or cut off, or no message is left.
    """
    stream = Stream(data)
    stream.number("I")  # what all files begin with
    version = stream.number("i")
    if not 1 <= version <= NEWEST:
        raise Unreadable(tr("It was saved by a version of GPT4All that is not known here."))
    created = stream.number("q")
    stream.text()  # its id
    title = stream.text()
    stream.text()  # the user's name
    model = stream.text()
    if version >= 3:
        for _ in range(stream.number("I")):
            stream.text()  # collections of documents
    if version < 11:
        _pass_over_the_state(stream, version)
    lost: Counter[str] = Counter()
    nodes = []
    for place in range(max(stream.number("i"), 0)):
        node = _item(stream, version, f"message {place}", lost)
        node.model = model
        nodes.append(node)
    return assembled("GPT4All", title, chained(nodes), created=date(created), lost=lost)


def _pass_over_the_state(stream: Stream, version: int) -> None:
    """What the model had read; it is of no use elsewhere."""
    saved = stream.number("?") if version >= 6 else 1
    if version >= 2:
        stream.number("i")
        stream.number("i")
    stream.text()
    stream.text()
    stream.number("I")
    if not saved:
        return
    if version < 4:
        stream.number("I")
    stream.number("I")
    if version >= 7:
        stream.number("I")
    if version < 9:
        stream.skip(4 * stream.number("Q"))
    stream.skip(4 * stream.number("Q"))
    stream.data()


def _item(stream: Stream, version: int, key: str, lost: Counter[str]) -> Node:
    if version < 12:
        stream.number("i")
    node = Node(key=key)
    name = stream.text()
    said = stream.text()
    if version < 10:
        stream.text()
    stream.text()  # an answer that the user proposed
    stream.number("?")
    stopped = stream.number("?")
    stream.number("?")
    stream.number("?")
    failed = version >= 11 and name.startswith("Response") and stream.number("?")
    if version >= 8:
        for _ in range(stream.count()):
            for _ in range(7):
                stream.text()
            stream.skip(12)
    elif version >= 3:
        stream.text()
        for _ in range(stream.number("I")):
            stream.text()
    attached: list[tuple[str, bytes]] = []
    if version >= 10:
        for _ in range(stream.count()):
            address = stream.data().decode("utf-8", "replace")
            attached.append((address.rpartition("/")[2], stream.data()))
    if version >= 12:
        parts: dict[str, Any] = {"said": [], "thought": [], "ms": 0}
        for _ in range(stream.count()):
            _part(stream, parts, lost, 0)
        said = "\n\n".join(filter(None, (*parts["said"], said)))
        node.thinking, node.thinking_s = "\n\n".join(parts["thought"]), parts["ms"] / 1000
    if name.startswith("Prompt"):
        node.role, node.text = "user", said
        for file, content in attached:
            if file.lower().endswith(".xlsx"):
                lost["file"] += 1
            else:
                node.text = with_file(node.text, file, content.decode("utf-8", "replace"))
    elif name.startswith("Response"):
        node.role = "assistant"
        if failed:
            node.status, node.error = "failed", said or tr("The answer failed.")
        else:
            node.status = "stopped" if stopped else "done"
            answer(node, said)
    elif name.startswith("System"):
        node.role, node.text = "system", said
    return node


def _part(stream: Stream, parts: dict[str, Any], lost: Counter[str], depth: int) -> None:
    """A part of an answer: text, thinking, or the use of a tool, with parts of its own."""
    if depth > DEEPEST:
        raise Unreadable(tr("This is nested too deeply."))
    name, said = stream.text(), stream.text()
    if name.startswith("ToolCall"):
        lost["tool"] += 1
        _pass_over_a_call(stream)
    elif name.startswith("Think"):
        parts["thought"].append(said.strip().removeprefix("<think>").removesuffix("</think>").strip())
        parts["ms"] += max(stream.number("i"), 0)
    elif name.startswith("Text"):
        parts["said"].append(said)
    for _ in range(stream.count()):
        _part(stream, parts, lost, depth + 1)


def _pass_over_a_call(stream: Stream) -> None:
    """A ToolCallInfo: its name, parameters (name, type, value), result, and how it failed."""
    stream.text()
    for _ in range(stream.count()):
        stream.text()
        stream.number("i")
        if stream.number("I") != VARIANT_TEXT:
            raise Unreadable(tr("It holds uses of tools in a form that is not known here."))
        stream.number("?")
        stream.text()
    stream.text()
    stream.number("i")
    stream.text()


def _cut_off() -> Unreadable:
    return Unreadable(tr("The file ends in the middle of it."))
