"""Conversations and messages as rows."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from app.core.listing import Summary, read_tags
from app.core.params import Value
from app.core.protocol import Candidate, FinishReason, Role
from app.core.record import by_place
from app.core.text import valid
from app.core.tree import Conversation, Message, Sent
from app.store.preferences import read_values, write_values
from app.store.search import SUMMARY, Hit, Wanted, search
from app.store.statements import Statements

_CONVERSATION = (
    "id, title, titled, created, updated, leaf, pinned, system_prompt, sampling, deleted, overflow, folder, tags, "
    "colour, archived"
)
_MESSAGE = (
    "id, conversation, parent, role, text, status, created, model, model_digest, sampling, finish_reason, timing, "
    "error, edited, thinking, thinking_s, candidates, summary, pinned, note, sent"
)
# What nearly all messages are read with. Each column takes time with 10,000 of them, so that one mark stands for those
# that have a value in few; these messages are read once more.
_USUAL = (
    "id, parent, text, created, timing, thinking, thinking_s, CASE WHEN status = 'done' AND error = '' AND NOT edited "
    "AND candidates IS NULL AND summary = '' AND NOT pinned AND note = '' THEN NULL ELSE 1 END, "
    "role, model, model_digest, sampling, finish_reason, sent"
)
_ORIGIN = 8  # from this column on
_made = by_place(Message)
_Origin = tuple[Role, str, str, Mapping[str, Value], FinishReason | None, Sent | None]


class Conversations:
    """Reads and writes; every method is one transaction unless it is called inside `Database.write()`."""

    def __init__(self, database: Statements) -> None:
        self._database = database

    # ── conversations ─────────────────────────────────────────────────────────────────────────────────

    def add(self, conversation: Conversation) -> Conversation:
        """Store a new conversation; returned with its id."""
        marks = ", ".join("?" * 15)
        row = (None, *_conversation_row(conversation)[1:])
        return replace(conversation, id=self._database.run(f"INSERT INTO conversation VALUES ({marks})", row))

    def update(self, conversation: Conversation) -> None:
        """Store what changed of a conversation."""
        names = ", ".join(f"{name.strip()} = ?" for name in _CONVERSATION.split(",")[1:])
        row = _conversation_row(conversation)
        self._database.run(f"UPDATE conversation SET {names} WHERE id = ?", (*row[1:], row[0]))

    def get(self, conversation_id: int) -> Conversation | None:
        """A conversation by its id, also out of the trash; None when there is none."""
        found = self._database.rows(f"SELECT {_CONVERSATION} FROM conversation WHERE id = ?", (conversation_id,))
        return _conversation(found[0]) if found else None

    def ids(self) -> set[int]:
        """Of all conversations, also of those in the trash."""
        return {row[0] for row in self._database.rows("SELECT id FROM conversation")}

    def count(self) -> int:
        """Of all conversations that are not in the trash."""
        return int(self._database.rows("SELECT count(*) FROM conversation WHERE deleted IS NULL")[0][0])

    def listed(self, limit: int) -> list[Conversation]:
        """Conversations that are not in the trash, also archived ones: pinned first, then newest."""
        return [
            _conversation(row)
            for row in self._database.rows(
                f"SELECT {_CONVERSATION} FROM conversation WHERE deleted IS NULL "
                "ORDER BY pinned DESC, updated DESC, id DESC LIMIT ?",
                (limit,),
            )
        ]

    def summaries(self, archived: bool = False) -> list[Summary]:
        """All rows of the list, or of the archive: pinned first, then newest."""
        found = self._database.each(
            f"SELECT {SUMMARY} FROM conversation c WHERE deleted IS NULL AND archived = ? "
            "ORDER BY pinned DESC, updated DESC, id DESC",
            (archived,),
        )
        return [tuple.__new__(Summary, row) for row in found]  # `_make` would take twice as long, for 10,000 of them

    def search(self, wanted: Wanted, limit: int) -> list[Hit]:
        """Conversations that fit; see `search`."""
        return search(self._database, wanted, limit)

    def trashed(self) -> list[Conversation]:
        """The trash, what was deleted last first."""
        return [
            _conversation(row)
            for row in self._database.rows(
                f"SELECT {_CONVERSATION} FROM conversation WHERE deleted IS NOT NULL ORDER BY deleted DESC, id DESC"
            )
        ]

    def empty_trash(self) -> None:
        """Remove for good what is in the trash."""
        with self._database.write():
            self._database.run(
                "DELETE FROM message WHERE conversation IN (SELECT id FROM conversation WHERE deleted IS NOT NULL)"
            )
            self._database.run("DELETE FROM conversation WHERE deleted IS NOT NULL")

    def number_from(self, first: int) -> None:
        """Let conversations and messages that are added to a new database have numbers above this one."""
        for table in ("conversation", "message"):
            self._database.run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, first))

    # ── messages ──────────────────────────────────────────────────────────────────────────────────────

    def messages(self, conversation_id: int) -> list[Message]:
        """All messages of a conversation in the order they were added, so parents first."""
        found: list[Message] = []
        unusual: list[int] = []
        origins: dict[object, _Origin] = {}  # what many messages have in common, they share
        above: int | None = None
        statement = f"SELECT {_USUAL} FROM message WHERE conversation = ? ORDER BY id"
        for row in self._database.each(statement, (conversation_id,)):
            number, parent, text, created, timing, thinking, thinking_s, odd = row[:_ORIGIN]
            if (known := origins.get(row[_ORIGIN:])) is None:
                known = origins[row[_ORIGIN:]] = _origin(*row[_ORIGIN:])
            role, model, digest, sampling, finish, sent = known
            if parent == above:
                parent = above  # the same object
            above = number
            if odd:
                unusual.append(len(found))
            found.append(
                _made(
                    number, conversation_id, parent, role, text, "done", datetime.fromisoformat(created), model, digest, sampling,
                    finish, timing, "", False, thinking, thinking_s or 0.0, (), "", False, "", sent,
                )
            )  # fmt: skip
        for start in range(0, len(unusual), 500):
            places = {found[place].id: place for place in unusual[start : start + 500]}
            marks = ", ".join("?" * len(places))
            for row in self._database.rows(f"SELECT {_MESSAGE} FROM message WHERE id IN ({marks})", (*places,)):
                found[places[row[0]]] = _message(row)
        return found

    def add_message(self, message: Message) -> Message:
        """Store a new message; returned with its id."""
        return replace(message, id=self._database.run(_INSERT, (None, *_message_row(message)[1:])))

    def update_message(self, message: Message) -> None:
        """Store how a message stands now."""
        names = ", ".join(f"{name.strip()} = ?" for name in _MESSAGE.split(",")[1:])
        row = _message_row(message)
        self._database.run(f"UPDATE message SET {names} WHERE id = ?", (*row[1:], row[0]))

    def summarise(self, message_id: int, summary: str) -> None:
        """Give a message the summary of the branch up to it; an empty one takes it away."""
        self._database.run("UPDATE message SET summary = ? WHERE id = ?", (valid(summary), message_id))

    def mark(self, message_id: int, *, pinned: bool, note: str) -> None:
        """Pin a message or not, and give it a note; an empty one takes it away."""
        self._database.run("UPDATE message SET pinned = ?, note = ? WHERE id = ?", (pinned, valid(note), message_id))

    def message(self, message_id: int) -> Message | None:
        """A message by its id; None when there is none."""
        found = self._database.rows(f"SELECT {_MESSAGE} FROM message WHERE id = ?", (message_id,))
        return _message(found[0]) if found else None

    def remove_messages(self, messages: Sequence[Message]) -> None:
        """Remove messages; whatever stands below them must be among them."""
        with self._database.write():
            self._database.run_many("DELETE FROM message WHERE id = ?", ((message.id,) for message in messages))

    def restore_messages(self, messages: Iterable[Message]) -> None:
        """Put removed messages back under the ids that they had."""
        with self._database.write():
            self._database.run_many(_INSERT, (_message_row(message) for message in messages))

    def end_streaming(self) -> None:
        """Answers that a crash cut off are stopped ones."""
        if self._database.rows("SELECT 1 FROM message WHERE status = 'streaming' LIMIT 1"):
            self._database.run(
                "UPDATE message SET status = 'stopped', finish_reason = 'stopped' WHERE status = 'streaming'"
            )


_INSERT = f"INSERT INTO message ({_MESSAGE}) VALUES ({', '.join('?' * 21)})"


def _conversation_row(conversation: Conversation) -> tuple[object, ...]:
    return (
        conversation.id,
        valid(conversation.title),
        conversation.titled,
        _date(conversation.created),
        _date(conversation.updated),
        conversation.leaf,
        conversation.pinned,
        valid(conversation.system_prompt),
        write_values(conversation.sampling),
        _date(conversation.deleted) if conversation.deleted else None,
        conversation.overflow,
        valid(conversation.folder),
        valid(json.dumps(conversation.tags, ensure_ascii=False)) if conversation.tags else "",
        conversation.colour,
        conversation.archived,
    )


def _conversation(row: Any) -> Conversation:
    return Conversation(
        id=row[0],
        title=row[1],
        titled=bool(row[2]),
        created=datetime.fromisoformat(row[3]),
        updated=datetime.fromisoformat(row[4]),
        leaf=row[5],
        pinned=bool(row[6]),
        system_prompt=row[7],
        sampling=read_values(row[8]),
        deleted=datetime.fromisoformat(row[9]) if row[9] else None,
        overflow=row[10],
        folder=row[11],
        tags=read_tags(row[12]),
        colour=row[13],
        archived=bool(row[14]),
    )


def _message_row(message: Message) -> tuple[object, ...]:
    return (
        message.id,
        message.conversation,
        message.parent,
        message.role,
        valid(message.text),
        message.status,
        _date(message.created),
        valid(message.model),
        message.model_digest,
        write_values(message.sampling),
        message.finish_reason,
        json.dumps(asdict(message.timing)) if message.timing else None,
        valid(message.error),
        message.edited,
        valid(message.thinking),
        message.thinking_s,
        json.dumps([asdict(each) for each in message.candidates]) if message.candidates else None,
        valid(message.summary),
        message.pinned,
        valid(message.note),
        json.dumps(asdict(message.sent)) if message.sent else None,
    )


def _message(row: Any) -> Message:
    return Message(
        id=row[0],
        conversation=row[1],
        parent=row[2],
        role=row[3],
        text=row[4],
        status=row[5],
        created=datetime.fromisoformat(row[6]),
        model=row[7],
        model_digest=row[8],
        sampling=read_values(row[9]),
        finish_reason=row[10],
        timing=row[11],
        error=row[12],
        edited=bool(row[13]),
        thinking=row[14],
        thinking_s=row[15] or 0.0,
        candidates=tuple(Candidate(**each) for each in json.loads(row[16])) if row[16] else (),
        summary=row[17],
        pinned=bool(row[18]),
        note=row[19],
        sent=_sent(row[20]),
    )


def _origin(
    role: Role, model: str, digest: str, sampling: str, finish_reason: FinishReason, sent: str | None
) -> _Origin:
    return role, model, digest, read_values(sampling), finish_reason, _sent(sent)


def _sent(stored: str | None) -> Sent | None:
    return Sent(**json.loads(stored)) if stored else None


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
