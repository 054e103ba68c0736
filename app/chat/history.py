"""The list of conversations: titles, pins, search and the trash."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app.core.errors import InputError
from app.core.language import tr
from app.core.text import shortened, valid
from app.core.tree import Conversation
from app.store.database import Database

LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the list; a search fills in where it found the words."""

    conversation: Conversation
    snippet: str = ""
    message_id: int | None = None


class History:
    """`changed` and `trashed` are called with the conversation as it is now, after it was changed on disk.

    `changed` gets None when the trash was emptied; `gone` is called with the id of each conversation that will be.
    """

    def __init__(
        self,
        store: Database,
        changed: Callable[[Conversation | None], None],
        trashed: Callable[[Conversation], None],
        gone: Callable[[int], None],
    ) -> None:
        self._store = store
        self._changed = changed
        self._trashed = trashed
        self._gone = gone

    def listed(self, query: str = "", limit: int = 500) -> list[Listed]:
        """Pinned first, then newest; with a query, those that hold every word of it."""
        if query.strip():
            hits = self._store.conversations.search(query, limit)
            return [Listed(hit.conversation, hit.snippet, hit.message_id) for hit in hits]
        return [Listed(conversation) for conversation in self._store.conversations.listed(limit)]

    def rename(self, conversation_id: int, title: str) -> None:
        """Give a title.

        Raises:
            InputError: it is empty, or the conversation is gone.
        """
        title = shortened(" ".join(valid(title).replace("\0", "").split()), LONGEST_TITLE)
        if not title:
            raise InputError(tr("A title needs at least one letter."), tr("Write a title, or leave the old one."))
        self._update(replace(self.get(conversation_id), title=title, titled=True))

    def pin(self, conversation_id: int, pinned: bool) -> None:
        """Keep a conversation at the top, or let it go."""
        self._update(replace(self.get(conversation_id), pinned=pinned))

    def trash(self, conversation_id: int) -> None:
        """Move a conversation to the trash, where it stays until the trash is emptied."""
        conversation = replace(self.get(conversation_id), deleted=datetime.now(UTC))
        self._store.conversations.update(conversation)
        self._trashed(conversation)

    def restore(self, conversation_id: int) -> None:
        """Take a conversation out of the trash."""
        self._update(replace(self.get(conversation_id), deleted=None))

    def trashed(self) -> list[Conversation]:
        """What lies in the trash, what was deleted last first."""
        return self._store.conversations.trashed()

    def empty_trash(self) -> None:
        """Remove for good what lies in the trash."""
        for conversation in self.trashed():
            self._gone(conversation.id)
        self._store.conversations.empty_trash()
        self._changed(None)

    def get(self, conversation_id: int) -> Conversation:
        """A conversation's row.

        Raises:
            InputError: it was removed for good.
        """
        conversation = self._store.conversations.get(conversation_id)
        if conversation is None:
            raise InputError(tr("This conversation is not there any more."), tr("Choose another one from the list."))
        return conversation

    def _update(self, conversation: Conversation) -> None:
        self._store.conversations.update(conversation)
        self._changed(conversation)
