"""A conversation as a tree: finished messages never change, edit and regenerate add a sibling.

The branch in view is the path from the root to `Conversation.leaf`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import Literal

from app.core.params import Value
from app.core.protocol import Candidate, FinishReason, Role, Timing
from app.core.record import late, record

Status = Literal["streaming", "done", "stopped", "failed"]
Overflow = Literal["ask", "without", "summarise"]
#   what happens when old messages do not fit any more: the user is asked, they are left out, they are summarised
Colour = Literal["", "red", "yellow", "green", "blue", "purple", "grey"]
FIRST_TEMPORARY = 1_000_000_000  # numbers above it are those of temporary conversations and their messages alone


def on_disk(conversation_id: int) -> int:
    """The number under which something of a conversation may be written; 0 for a temporary one."""
    return 0 if conversation_id > FIRST_TEMPORARY else conversation_id


@record
class Sent:
    """What an answer was asked with, as far as the tree does not tell it."""

    left_out: int = 0  # messages from the beginning of the branch that the model did not get
    summarised: int = 0  # of these, the first ones, that a summary stood for
    prefill: int = 0  # characters of the answer that were there before (continue)
    thought: int = 0  # characters of its thinking that were
    context_length: int = 0  # of the model, in tokens
    instructions: int = 0  # checksum of the system prompt


@record(kw_only=True)
class Message:
    """One message. `id` is unique in the database; `parent` is None for a first message."""

    id: int
    conversation: int
    parent: int | None
    role: Role
    text: str
    status: Status = "done"
    created: datetime
    model: str = ""  # name of the model that answered
    model_digest: str = ""
    sampling: Mapping[str, Value] = field(default_factory=dict)  # what differed from the defaults
    finish_reason: FinishReason | None = None
    timing: Timing | None = None
    error: str = ""  # why it failed, as it was told to the user
    edited: bool = False  # an answer that the user wrote over
    thinking: str = ""  # what the model thought before it answered
    thinking_s: float = 0.0  # how long that took
    candidates: tuple[Candidate, ...] = ()  # the results of a strategy that has several, best first
    summary: str = ""  # of the branch up to and with this message, for when it does not fit any more
    pinned: bool = False  # to be found again
    note: str = ""  # the user's own, which the model never sees
    sent: Sent | None = None  # what it was asked with; None where that is not known


def _timing(stored: str) -> Timing | None:
    try:
        return Timing(**json.loads(stored))
    except (TypeError, ValueError):  # damaged: the answer is worth more than its figures
        return None


late(
    Message, "timing", _timing
)  # JSON, which takes as long to read as all the rest; the figures of few answers are seen


@record(kw_only=True)
class Conversation:
    """What the list shows of a conversation, and which branch is in view."""

    id: int
    title: str
    created: datetime
    updated: datetime
    leaf: int | None = None
    pinned: bool = False
    system_prompt: str = ""
    sampling: Mapping[str, Value] = field(default_factory=dict)  # this conversation's own settings
    deleted: datetime | None = None  # in the trash since
    overflow: Overflow = "ask"
    titled: bool = False  # the user gave the title; it is not made from the first message any more
    folder: str = ""  # its name; "" is none
    tags: tuple[str, ...] = ()
    colour: Colour = ""
    archived: bool = False  # not in the list, but found by a search


class Tree:
    """The messages of one conversation, with the questions that the application asks of them.

    Messages keep the order in which they were added; siblings are versions in that order.
    """

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        self._messages: dict[int, Message] = {}
        self._next: dict[int | None, int] = {}  # the youngest below each: mostly the only one, and there may be 10,000
        self._versions: dict[int | None, tuple[int, ...]] = {}  # all of them, where there are several
        for message in messages:
            self.add(message)

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[Message]:
        """All messages in the order of their ids, so parents first."""
        return iter(sorted(self._messages.values(), key=lambda message: message.id))

    def __contains__(self, message_id: int) -> bool:
        return message_id in self._messages

    def __getitem__(self, message_id: int) -> Message:
        return self._messages[message_id]

    def add(self, message: Message) -> None:
        """Add a new message.

        Raises:
            ValueError: the id is taken or the parent is not here; both are bugs of the caller.
        """
        if message.id in self._messages or (message.parent is not None and message.parent not in self._messages):
            raise ValueError(f"message {message.id} does not fit under {message.parent}")
        self._messages[message.id] = message
        if message.parent in self._next:
            self._versions[message.parent] = (*self._answers(message.parent), message.id)
        self._next[message.parent] = message.id

    def _answers(self, message_id: int | None) -> tuple[int, ...]:
        """The ids of all direct answers, oldest first."""
        if (several := self._versions.get(message_id)) is not None:
            return several
        return (self._next[message_id],) if message_id in self._next else ()

    def update(self, message: Message) -> None:
        """Put a message in place of the one with its id; its place in the tree stays."""
        if self._messages[message.id].parent != message.parent:
            raise ValueError("a message does not move")
        self._messages[message.id] = message

    def grow(self, message_id: int, text: str) -> Message:
        """Append to a streaming message and return it."""
        message = self._messages[message_id]
        if message.status != "streaming":
            raise ValueError("a finished message never changes")
        self._messages[message_id] = grown = replace(message, text=message.text + text)
        return grown

    def remove(self, message_id: int) -> list[Message]:
        """Take a message and all below it out; returns them, parents first."""
        removed = list(self.below(message_id))
        parent = removed[0].parent
        left = tuple(child for child in self._answers(parent) if child != message_id)
        for gone in (parent, *(message.id for message in removed)):
            self._next.pop(gone, None)
            self._versions.pop(gone, None)
        for message in removed:
            del self._messages[message.id]
        if left:
            self._next[parent] = left[-1]
        if len(left) > 1:
            self._versions[parent] = left
        return removed

    def below(self, message_id: int) -> Iterable[Message]:
        """The message and all its descendants, parents first."""
        waiting = [message_id]
        while waiting:
            current = waiting.pop()
            yield self._messages[current]
            waiting.extend(reversed(self._answers(current)))

    def path(self, leaf: int | None) -> list[Message]:
        """The branch from the first message to `leaf`."""
        messages, branch = self._messages, []
        while leaf is not None:
            message = messages[leaf]
            branch.append(message)
            leaf = message.parent
        return branch[::-1]

    def numbered(self, branch: Iterable[Message]) -> dict[int, tuple[int, int]]:
        """By id, which of its versions a message is, from 1, and how many there are: of messages that have several."""
        if not self._versions:
            return {}
        return {message.id: self.version(message.id) for message in branch if message.parent in self._versions}

    def children(self, message_id: int | None) -> list[Message]:
        """Direct answers to a message, oldest first; the first messages for None."""
        return [self._messages[child] for child in self._answers(message_id)]

    def versions(self, message_id: int) -> list[Message]:
        """The message and its siblings, oldest first."""
        return self.children(self._messages[message_id].parent)

    def version(self, message_id: int) -> tuple[int, int]:
        """Which of its versions a message is, from 1, and how many there are."""
        versions = self._answers(self._messages[message_id].parent)
        return versions.index(message_id) + 1, len(versions)

    def newest_leaf(self, message_id: int | None) -> int | None:
        """The leaf reached from a message by always taking the youngest child; None in an empty tree."""
        while message_id in self._next:
            message_id = self._next[message_id]
        return message_id
