"""The conversation in view, in memory and on disk: nothing changes here before the disk has it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from app.chat.changes import Entries, Entry
from app.chat.titles import title_from
from app.core.errors import AppError, InputError
from app.core.language import tr
from app.core.params import Value
from app.core.record import record
from app.core.text import valid
from app.core.tree import Conversation, Message, Overflow, Tree
from app.store.database import Database


def required(text: str) -> None:
    """Raises InputError where there is nothing but blanks."""
    if not text.strip():
        raise InputError(tr("There is nothing to send."), tr("Write a message first."))


def said(text: str, parent: int | None) -> Message:
    """A message of the user that is not stored yet."""
    return Message(id=0, conversation=0, parent=parent, role="user", text=text, created=datetime.now(UTC))


def begun(parent: int | None, sampling: Mapping[str, Value], beginning: Message | None = None) -> Message:
    """An answer that is not stored yet and will be written; it may begin as another one ended."""
    return Message(
        id=0,
        conversation=0,
        parent=parent,
        role="assistant",
        text=beginning.text if beginning else "",
        thinking=beginning.thinking if beginning else "",
        thinking_s=beginning.thinking_s if beginning else 0.0,
        status="streaming",
        created=datetime.now(UTC),
        sampling=sampling,
    )


def written_over(answer: Message, text: str, *, edited: bool = False) -> Message:
    """An answer with another text, not stored yet; what belonged to the text that it had is left behind."""
    version = replace(answer, text=text, status="done", finish_reason=None, error="", summary="", pinned=False, note="")
    if edited:
        return replace(version, timing=None, candidates=(), sent=None, edited=True)
    return version if version.sent is None or not version.sent.prefill else replace(version, sent=None)


def adds_nothing(answer: Message) -> bool:
    """Was it to go on with another one, and did the model end it at once?"""
    sent = answer.sent
    if sent is None or not sent.prefill or answer.status != "done":
        return False
    return len(answer.text) <= sent.prefill and len(answer.thinking) <= sent.thought


def nothing_to_add() -> InputError:
    """What is told then."""
    return InputError(tr("The model has nothing to add to this answer."), tr("Ask for more in a message of your own."))


@record
class Removed:
    """A part of a conversation that was deleted, with what is needed to bring it back."""

    conversation: int
    messages: tuple[Message, ...]
    leaf: int | None


class Branch:
    """One conversation with its tree. A new one has the id 0 until something is said.

    Every method that changes something raises StoreError before it changed anything.
    """

    def __init__(self, store: Database, conversation: Conversation) -> None:
        self._store = store
        self.conversation = conversation
        self.details: dict[int, str] = {}  # of answers that failed while the branch was in view
        self.tree = Tree(store.conversations.messages(conversation.id) if conversation.id else ())
        if conversation.leaf is not None and conversation.leaf not in self.tree:
            self.conversation = replace(conversation, leaf=self.tree.newest_leaf(None))

    @classmethod
    def new(cls, store: Database, system_prompt: str) -> "Branch":
        """An empty conversation that is not on disk yet."""
        now = datetime.now(UTC)
        return cls(store, Conversation(id=0, title="", created=now, updated=now, system_prompt=system_prompt))

    def entries(self) -> Entries:
        """The branch in view."""
        branch = self.path()
        return Entries(branch, self.tree.numbered(branch), dict(self.details))

    def entry(self, message_id: int) -> Entry:
        """A message with its place among its versions."""
        return Entry(self.tree[message_id], *self.tree.version(message_id), self.details.get(message_id, ""))

    def path(self) -> list[Message]:
        """The messages in view, first to last."""
        return self.tree.path(self.conversation.leaf)

    def in_view(self, message_id: int) -> bool:
        """Whether the message is the last one in view."""
        return self.conversation.leaf == message_id

    def message(self, message_id: int | None, *, role: str = "") -> Message:
        """The message with that id, or the last one in view (of a role).

        Raises:
            InputError: there is none; it may have been deleted a moment ago.
        """
        if message_id is None:
            for message in reversed(self.path()):
                if role in ("", message.role):
                    return message
        elif message_id in self.tree and role in ("", self.tree[message_id].role):
            return self.tree[message_id]
        raise InputError(tr("This message is not there any more."), tr("Choose another one."))

    def ended(self, message: Message, error: AppError | None) -> None:
        """An answer has come to its end; it is on disk already, as far as the disk took it."""
        self.tree.update(message)
        if error is not None and message.status == "failed":
            self.details[message.id] = error.detail

    # ── changes ───────────────────────────────────────────────────────────────────────────────────────

    def add(self, *messages: Message) -> list[Message]:
        """Add messages, each below the one before it unless it names its parent; the last one is in view.

        The first message of a new conversation stores the conversation and gives it its title. An archived one comes
        back to the list.
        """
        now = datetime.now(UTC)
        conversation = replace(self.conversation, updated=now, archived=False)
        added: list[Message] = []
        with self._store.write():
            if not conversation.id:
                conversation = self._store.conversations.add(replace(conversation, created=now))
            for message in messages:
                parent = added[-1].id if added else message.parent
                message = replace(
                    message, conversation=conversation.id, parent=parent, created=now, text=valid(message.text)
                )
                added.append(self._store.conversations.add_message(message))
            if not conversation.titled and not conversation.title:
                conversation = replace(conversation, title=title_from(added[0].text))
            conversation = replace(conversation, leaf=added[-1].id)
            self._store.conversations.update(conversation)
        self.conversation = conversation
        for message in added:
            self.tree.add(message)
        return added

    def change(
        self,
        *,
        leaf: int | None = None,
        system_prompt: str | None = None,
        sampling: Mapping[str, Value] | None = None,
        overflow: Overflow | None = None,
    ) -> None:
        """Change the conversation's own row."""
        conversation = self.conversation
        if leaf is not None:
            conversation = replace(conversation, leaf=leaf)
        if system_prompt is not None:
            conversation = replace(conversation, system_prompt=valid(system_prompt))
        if sampling is not None:
            conversation = replace(conversation, sampling=dict(sampling))
        if overflow is not None:
            conversation = replace(conversation, overflow=overflow)
        if conversation.id:
            self._store.conversations.update(conversation)
        self.conversation = conversation

    def forget_summaries(self) -> None:
        """Take away the summaries of the branch in view."""
        carrying = [message for message in self.path() if message.summary]
        with self._store.write():
            for message in carrying:
                self._store.conversations.summarise(message.id, "")
        for message in carrying:
            self.tree.update(replace(message, summary=""))

    def show_version(self, message_id: int, version: int) -> None:
        """Bring another sibling of a message into view, with the newest branch below it."""
        versions = self.tree.versions(self.message(message_id).id)
        if 1 <= version <= len(versions):
            self.change(leaf=self.tree.newest_leaf(versions[version - 1].id))

    def mark(self, message_id: int, *, pinned: bool, note: str) -> None:
        """Pin a message or not, and give it a note; an empty one takes it away."""
        message = self.message(message_id)
        self._store.conversations.mark(message_id, pinned=pinned, note=note)
        self.tree.update(replace(message, pinned=pinned, note=note))

    def remove(self, message_id: int) -> Removed:
        """Delete a message and what follows it; its nearest other version, or its parent, comes into view."""
        message = self.message(message_id)
        below = list(self.tree.below(message_id))
        removed = Removed(self.conversation.id, tuple(below), self.conversation.leaf)
        leaf = self.conversation.leaf
        if any(gone.id == leaf for gone in below):
            versions = [version.id for version in self.tree.versions(message_id)]
            place = versions.index(message_id)
            others = [*versions[place + 1 : place + 2], *versions[max(place - 1, 0) : place]]
            leaf = self.tree.newest_leaf(others[0]) if others else message.parent
        conversation = replace(self.conversation, leaf=leaf)
        with self._store.write():
            self._store.conversations.remove_messages(below)
            self._store.conversations.update(conversation)
        self.tree.remove(message_id)
        self.conversation = conversation
        return removed

    def replaced(self, conversation: Conversation) -> bool:
        """Take over a row that the list of conversations changed; says whether it is this one."""
        if not conversation.id or conversation.id != self.conversation.id:
            return False
        self.conversation = conversation
        return True
