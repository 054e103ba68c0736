"""Puts what was found on disk: each conversation whole or not at all, none twice, nothing that is there is changed."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from app.chat.importing.found import Found, Unread
from app.chat.titles import title_from
from app.core.errors import InputError
from app.core.interchange import fingerprint
from app.core.params import Sampling, Value, clean, rows
from app.core.record import record
from app.core.tree import Conversation
from app.store.database import Database
from app.store.reading import ReadOnly

KEY = "imported."  # then the fingerprint; the value is the number of the conversation that it became


@record
class Preview:
    """One conversation of a file, before or after it was added."""

    title: str
    messages: int
    created: datetime
    updated: datetime
    program: str
    losses: tuple[str, ...]
    there: int | None  # number of the conversation that has the same in it already
    mark: str = ""  # the same for conversations in which the same was said
    archived: bool = False  # it comes into the archive, not into the list


def previewed(store: Database | ReadOnly, found: Iterable[Found | Unread]) -> Iterator[Preview | Unread]:
    """What would be added; nothing is written."""
    seen: set[str] = set()
    known = Known(store)
    for each in found:
        if isinstance(each, Unread):
            yield each
            continue
        mark = fingerprint(each.conversation, each.messages)
        yield _preview(each, mark, 0 if mark in seen else known.number(mark, each))
        seen.add(mark)


def added(
    store: Database, found: Iterable[Found | Unread], marks: Collection[str] | None = None
) -> Iterator[Preview | Unread]:
    """Add what is not there yet, a transaction for each; told is what was, one after the other.

    Args:
        marks: those that are wanted; without it all of them.

    Raises:
        StoreError: the disk refused it; what was added before stays.
    """
    known = Known(store)
    for each in found:
        if isinstance(each, Unread):
            yield each
            continue
        mark = fingerprint(each.conversation, each.messages)
        if marks is not None and mark not in marks:
            continue
        there = known.number(mark, each)
        if there is None:
            number = _add(store, each, mark)
            known.learn(replace(each.conversation, id=number))
        yield _preview(each, mark, there)


class Known:
    """Tells whether a conversation is here already: imported before, or the very one that it was exported from."""

    def __init__(self, store: Database | ReadOnly) -> None:
        self._store = store
        self._ids: set[int] = set()
        self._created: dict[datetime, list[int]] = {}
        for conversation in [*store.conversations.listed(-1), *store.conversations.trashed()]:
            self.learn(conversation)

    def learn(self, conversation: Conversation) -> None:
        """It is here from now on."""
        self._ids.add(conversation.id)
        self._created.setdefault(conversation.created, []).append(conversation.id)

    def number(self, mark: str, found: Found) -> int | None:
        """The number of the conversation that it already is; None where it is new."""
        remembered = self._store.preferences.text(KEY + mark)
        if remembered.isdecimal() and int(remembered) in self._ids:
            return int(remembered)
        for number in self._created.get(found.conversation.created, ()):
            conversation = self._store.conversations.get(number)
            messages = self._store.conversations.messages(number)
            same = conversation is not None and len(messages) == len(found.messages)
            if same and conversation is not None and fingerprint(conversation, messages) == mark:
                return number
        return None


def _add(store: Database, found: Found, mark: str) -> int:
    with store.write():
        conversation = replace(
            found.conversation, id=0, leaf=None, title=_title(found), sampling=_known(found.conversation.sampling)
        )
        conversation = store.conversations.add(conversation)
        numbers: dict[int | None, int | None] = {None: None}
        for message in found.messages:
            row = replace(message, id=0, conversation=conversation.id, parent=numbers[message.parent])
            numbers[message.id] = store.conversations.add_message(row).id
        store.conversations.update(replace(conversation, leaf=numbers[found.conversation.leaf]))
        store.preferences.set_text(KEY + mark, str(conversation.id))
    return conversation.id


def _title(found: Found) -> str:
    """Its own, or one made from the first thing that the user said."""
    if found.conversation.title:
        return found.conversation.title
    said = next((message.text for message in found.messages if message.role == "user"), found.messages[0].text)
    return title_from(said)


def _known(sampling: Mapping[str, Value]) -> dict[str, Value]:
    """Settings that this version knows, with values that it takes."""
    table = rows(Sampling)
    result: dict[str, Value] = {}
    for name, value in sampling.items():
        if name in table:
            with suppress(InputError):
                result[name] = clean(table[name], value)
    return result


def _preview(found: Found, mark: str, there: int | None) -> Preview:
    conversation = found.conversation
    return Preview(
        _title(found),
        len(found.messages),
        conversation.created,
        conversation.updated,
        found.program,
        found.losses,
        there,
        mark,
        conversation.archived,
    )
