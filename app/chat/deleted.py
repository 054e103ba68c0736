"""What was deleted or put elsewhere and can be brought back, the last first."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from app.chat.arranging import Arranged, put_back
from app.chat.branch import Removed
from app.core.record import record
from app.store.database import Database


@record
class NoteRemoved:
    """A note that was taken from a message."""

    conversation: int
    message: int
    note: str


@record
class Trashed:
    """A conversation that went to the trash."""

    conversation: int
    in_view: bool


class Deleted:
    """Remembers deletions and changes of order until the program ends; what the trash was emptied of is skipped."""

    def __init__(self, home: Callable[[int], Database]) -> None:
        """`home` tells where a conversation is kept."""
        self._home = home
        self._stack: list[Gone] = []

    def add(self, what: "Gone") -> None:
        """Remember what has happened."""
        self._stack.append(what)

    def forget(self, conversation_id: int) -> None:
        """Nothing of this conversation comes back."""
        self._stack = [
            what for what in self._stack if isinstance(what, Arranged) or what.conversation != conversation_id
        ]

    def bring_back(self) -> "Gone | None":
        """Undo the last one on disk; returns what came back, None when nothing is left."""
        while self._stack:
            what = self._stack[-1]
            if isinstance(what, Arranged):
                put_back(self._home(0), what)
                return self._stack.pop()
            store = self._home(what.conversation)
            conversation = store.conversations.get(what.conversation)
            if conversation is None or (isinstance(what, Trashed) and conversation.deleted is None):
                self._stack.pop()  # gone for good, or back already
                continue
            if isinstance(what, NoteRemoved):
                message = store.conversations.message(what.message)
                if message is not None and not message.note:
                    store.conversations.mark(message.id, pinned=message.pinned, note=what.note)
                    self._stack.pop()
                    return what
                self._stack.pop()  # gone for good, or there is another one
                continue
            with store.write():
                if isinstance(what, Removed):
                    store.conversations.restore_messages(what.messages)
                    conversation = replace(conversation, leaf=what.leaf, updated=datetime.now(UTC))
                store.conversations.update(replace(conversation, deleted=None))
            self._stack.pop()
            return what
        return None


Gone = Removed | Trashed | NoteRemoved | Arranged
