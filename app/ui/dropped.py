"""Which of the files that are dropped on the window hold conversations."""

from contextlib import suppress
from pathlib import Path

CHATS = (".json", ".jsonl", ".zip", ".chat")  # endings of files that may hold conversations

_LOOKED_AT = 65_536  # bytes of a file of JSON, which may be anything
_MARKS = (
    b'"fireside-conversation"', b'"mapping"', b'"chat_messages"', b'"currNode"', b'"currentlySelected"', b'"thread_id"',
    b'"chat_metadata"', b'"history"',
)  # fmt: skip


def holds_chats(path: Path) -> bool:
    """Is it a folder, an archive, or JSON as programs write their conversations?"""
    ending = path.suffix.lower()
    if ending not in (".json", ".jsonl"):
        return ending in CHATS or path.is_dir()
    with suppress(OSError), path.open("rb") as file:
        start = file.read(_LOOKED_AT)
        return any(mark in start for mark in _MARKS)
    return False
