"""What was deleted or put elsewhere and can be brought back, the last first."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app.chat.arranging import Arranged, put_back
from app.chat.branch import Removed
from app.store.database import Database


@dataclass(frozen=True, slots=True)
class NoteRemoved:
    """A note that was taken from a message."""

    conversation: int
    message: int
    note: str


@dataclass(frozen=True, slots=True)
class Trashed:
    """A conversation that went to the trash."""

    conversation: int
    in_view: bool


class Deleted:
    """Remembers deletions and changes of order until the program ends; what the trash was emptied of is skipped."""

    def __init__(self, store: Database) -> None:
        self._store = store
        self._stack: list[Gone] = []

    def add(self, what: "Gone") -> None:
        """Remember what has happened."""
        self._stack.append(what)

    def bring_back(self) -> "Gone | None":
        """Undo the last one on disk; returns what came back, None when nothing is left."""
        while self._stack:
            what = self._stack[-1]
            if isinstance(what, Arranged):
                put_back(self._store, what)
                return self._stack.pop()
            conversation = self._store.conversations.get(what.conversation)
            if conversation is None or (isinstance(what, Trashed) and conversation.deleted is None):
                self._stack.pop()  # gone for good, or back already
                continue
            if isinstance(what, NoteRemoved):
                message = self._store.conversations.message(what.message)
                if message is not None and not message.note:
                    self._store.conversations.mark(message.id, pinned=message.pinned, note=what.note)
                    self._stack.pop()
                    return what
                self._stack.pop()  # gone for good, or there is another one
                continue
            with self._store.write():
                if isinstance(what, Removed):
                    self._store.conversations.restore_messages(what.messages)
                    conversation = replace(conversation, leaf=what.leaf, updated=datetime.now(UTC))
                self._store.conversations.update(replace(conversation, deleted=None))
            self._stack.pop()
            return what
        return None


Gone = Removed | Trashed | NoteRemoved | Arranged
