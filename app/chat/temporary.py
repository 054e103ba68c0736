"""Conversations that are never written to disk: they live in a database in memory while they are in view."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from app.chat.answering import Answering
from app.chat.branch import Branch
from app.chat.changes import Change, ListChanged, Renumbered
from app.chat.kept import LAST, forget_own, own_key
from app.chat.unfinished import carry
from app.core.params import Preferences
from app.core.tree import FIRST_TEMPORARY, Conversation
from app.store.database import Database


class InMemory:
    """The database of temporary conversations, made with the first one. No number in it is used twice."""

    def __init__(self, disk: Database) -> None:
        self._disk = disk
        self._memory: Database | None = None

    def home(self, conversation_id: int) -> Database:
        """Where a conversation and its messages are kept."""
        return self._made() if conversation_id > FIRST_TEMPORARY else self._disk

    def begin(self, system_prompt: str) -> Branch:
        """A new, empty conversation; it has a number already, so that nothing of it is taken for another's."""
        now, store = datetime.now(UTC), self._made()
        begun = Conversation(id=0, title="", created=now, updated=now, system_prompt=system_prompt)
        return Branch(store, store.conversations.add(begun))

    def branch(self, conversation_id: int) -> Branch:
        """A conversation that is there."""
        conversation = self._made().conversations.get(conversation_id)
        assert conversation is not None
        return Branch(self._made(), conversation)

    def forget(self, conversation_id: int) -> None:
        """Remove a conversation for good."""
        store = self._made()
        if (conversation := store.conversations.get(conversation_id)) is not None:
            store.conversations.update(replace(conversation, deleted=datetime.now(UTC)))
            store.conversations.empty_trash()
            forget_own(store.preferences, conversation_id)

    def copied(self, branch: Branch) -> Conversation:
        """Write a conversation with all its branches to disk, in one transaction.

        Raises:
            StoreError: the disk refused it; there is no trace of it.
        """
        disk, temporary = self._disk.conversations, branch.conversation
        numbers: dict[int | None, int | None] = {None: None}
        with self._disk.write():
            kept = disk.add(replace(temporary, id=0, leaf=None))
            for message in self._made().conversations.messages(temporary.id):
                row = replace(message, id=0, conversation=kept.id, parent=numbers[message.parent])
                numbers[message.id] = disk.add_message(row).id
            kept = replace(kept, leaf=numbers[temporary.leaf])
            carry(self._made().preferences, temporary.id, self._disk.preferences, kept.id, numbers)
            disk.update(kept)
        return kept

    def close(self) -> None:
        """Let all of them go."""
        if self._memory is not None:
            self._memory.close()
            self._memory = None

    def _made(self) -> Database:
        if self._memory is None:
            self._memory = Database(None)
            self._memory.conversations.number_from(FIRST_TEMPORARY)
        return self._memory


class Temporary:
    """The part of the session that knows conversations which are kept nowhere; the session has the attributes."""

    preferences: Preferences
    _in_memory: InMemory
    _store: Database
    _branch: Branch
    _answering: Answering
    _notify: Callable[[Change], None]

    @property
    def temporary(self) -> bool:
        """Whether the conversation in view is never written to disk."""
        return self._branch.conversation.id > FIRST_TEMPORARY

    def new_temporary(self) -> None:
        """Show an empty conversation that never reaches the disk, unless `keep` is called."""
        self._show(self._in_memory.begin(self.preferences.system_prompt))

    def keep(self, *, stop: bool = False) -> None:
        """Write the temporary conversation in view to disk; from now on it is one like any other.

        Args:
            stop: an answer that is being written in it ends; without it that is a reason to refuse.
        """
        if not self.temporary:
            return
        if (running := self._answering.message) and running.conversation == self._branch.conversation.id:
            if not stop:
                self._require_free()
            self._answering.abandon()
        if not len(self._branch.tree):
            empty = Branch.new(self._store, self._branch.conversation.system_prompt)
            empty.conversation = replace(empty.conversation, sampling=self._branch.conversation.sampling)
            self._show(empty)
            return
        kept = self._in_memory.copied(self._branch)
        self._notify(Renumbered(self._branch.conversation.id, kept.id))
        self._show(Branch(self._store, kept))
        self._store.preferences.set_text(f"kept:{LAST}", str(kept.id))
        self._notify(ListChanged())

    def draft(self, conversation_id: int) -> str:
        """What was typed in a conversation and not sent."""
        return self._own("draft", conversation_id)

    def keep_draft(self, conversation_id: int, draft: str) -> None:
        """Keep what was typed in a conversation, where the conversation is kept; an empty text is forgotten."""
        self._keep_own("draft", conversation_id, draft)

    def place(self, conversation_id: int) -> str:
        """Where a conversation was left, in the words of the front end; empty at its end."""
        return self._own("place", conversation_id)

    def keep_place(self, conversation_id: int, place: str) -> None:
        """Keep where a conversation was left, where the conversation is kept."""
        if conversation_id:  # what has no number has no messages
            self._keep_own("place", conversation_id, place)

    def _own(self, what: str, conversation_id: int) -> str:
        return self._in_memory.home(conversation_id).preferences.text(own_key(what, conversation_id))

    def _keep_own(self, what: str, conversation_id: int, text: str) -> None:
        home = self._in_memory.home(conversation_id)
        if self._own(what, conversation_id) == text or (
            conversation_id and not home.conversations.get(conversation_id)
        ):
            return  # nothing new, or of a conversation that is gone
        home.preferences.set_text(own_key(what, conversation_id), text)

    def _show(self, branch: Branch) -> None:
        raise NotImplementedError

    def _require_free(self) -> None:
        raise NotImplementedError
