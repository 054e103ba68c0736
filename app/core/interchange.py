"""A conversation as JSON that Fireside reads again, with its whole tree; docs/conversation-json.md describes the form.

Ids are those of the file alone: messages are numbered from 1 in their order, parents first. What has its default value
is left out, and what is left out has its default value.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, asdict, fields, replace
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args

from app.core.errors import InputError
from app.core.language import tr
from app.core.listing import COLOURS, clean_name, clean_tags
from app.core.params import Value
from app.core.protocol import Candidate, FinishReason, Role, Timing
from app.core.text import valid
from app.core.tree import Conversation, Message, Overflow, Sent, Status

FORMAT, VERSION = "fireside-conversation", 1
Figures = TypeVar("Figures", Timing, Sent)

_NOT_WRITTEN = {"id", "conversation", "deleted"}  # of the database alone
_CHOICES = {"role": get_args(Role), "status": get_args(Status), "overflow": get_args(Overflow)}


def json_text(conversations: Iterable[tuple[Conversation, Sequence[Message]]], many: bool) -> Iterator[str]:
    """The text of a file, part by part: one object, or with `many` a list of such objects; a message to a line."""
    yield "[\n" if many else ""
    for number, (conversation, messages) in enumerate(conversations):
        document = written(conversation, messages)
        rows = document.pop("messages")
        head = _dumped(document).removesuffix("}")
        yield ",\n" if number else ""
        yield f'{head}, "messages": [\n' + ",\n".join(map(_dumped, rows)) + "\n]}"
    yield "\n]\n" if many else "\n"


def written(conversation: Conversation, messages: Sequence[Message]) -> dict[str, Any]:
    """The conversation as plain data; messages must come parents first. An answer that is still written is a stopped one."""
    numbers = {message.id: number for number, message in enumerate(messages, 1)}
    rows = []
    for message in messages:
        if message.status == "streaming":
            message = replace(message, status="stopped", finish_reason="stopped")
        parent = numbers[message.parent] if message.parent is not None else None
        rows.append({"id": numbers[message.id], "parent": parent, **_plain_fields(message, {"parent"})})
    head = _plain_fields(conversation, {"leaf"})
    leaf = numbers.get(conversation.leaf) if conversation.leaf is not None else None
    return {"format": FORMAT, "version": VERSION, **head, "leaf": leaf, "messages": rows}


def read(document: Mapping[str, Any]) -> tuple[Conversation, list[Message]]:
    """A conversation and its messages, with the ids that `written` gives.

    Raises:
        InputError: it is of a newer version, or something in it is not what it should be.
    """
    version = document.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise InputError(
            tr("This was written by a newer version of Fireside."), tr("Install the newest version, then try again.")
        )
    rows = document.get("messages")
    if not isinstance(rows, list):
        raise _wrong("messages")
    messages: list[Message] = []
    numbers: dict[object, int] = {}
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("id"), int) or row["id"] in numbers:
            raise _wrong("id")
        if (parent := row.get("parent")) is not None and (not isinstance(parent, int) or parent not in numbers):
            raise _wrong("parent")
        numbers[row["id"]] = number = len(messages) + 1
        above = None if parent is None else numbers[parent]
        messages.append(Message(id=number, conversation=0, parent=above, **_read_fields(Message, row, {"parent"})))
    leaf = document.get("leaf")
    if leaf is not None and (not isinstance(leaf, int) or leaf not in numbers):
        raise _wrong("leaf")
    own = _read_fields(Conversation, document, {"leaf"})
    return Conversation(id=0, leaf=None if leaf is None else numbers[leaf], **own), messages


def fingerprint(conversation: Conversation, messages: Iterable[Message]) -> str:
    """The same for two conversations in which the same was said, whatever their titles, dates and ids are."""
    said: list[object] = [conversation.system_prompt]
    numbers: dict[int | None, int] = {None: 0}
    for message in messages:
        numbers[message.id] = len(numbers)
        said.append((numbers.get(message.parent, 0), message.role, message.text, message.thinking))
    return hashlib.sha256(_dumped(said).encode()).hexdigest()


def _dumped(data: object) -> str:
    return valid(json.dumps(data, ensure_ascii=False))


def _plain_fields(thing: Conversation | Message, without: set[str]) -> dict[str, Any]:
    result = {}
    for field in fields(thing):
        value = getattr(thing, field.name)
        if field.name not in _NOT_WRITTEN | without and (field.default is MISSING or value != field.default):
            if field.name == "sampling" and not value:
                continue
            result[field.name] = _plain(value)
    return result


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Timing | Candidate | Sent):
        return {name: _plain(each) for name, each in asdict(value).items()}
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no number for it
    return value


def _read_fields(
    table: type[Conversation] | type[Message], row: Mapping[str, Any], without: set[str]
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for field in fields(table):
        if field.name in _NOT_WRITTEN | without:
            continue
        if field.name in row:
            result[field.name] = _read(field, row[field.name])
        elif field.default is MISSING and field.default_factory is MISSING:
            raise _wrong(field.name)
    if result.get("status") == "streaming":
        result["status"] = "stopped"
    return result


def _read(field: "Field[Any]", value: Any) -> Any:
    """A value of the field's own type.

    Raises:
        InputError: it is none.
    """
    name, kind = field.name, type(field.default)
    if name in ("created", "updated"):
        return _date(name, value)
    if name in _CHOICES:
        if value not in _CHOICES[name]:
            raise _wrong(name)
        return value
    if name == "finish_reason":
        return value if value in get_args(FinishReason) else None
    if name == "colour":
        return value if value in COLOURS else ""
    if name == "sampling":
        return settings(value)
    if name == "timing":
        return _figures(Timing, value)
    if name == "sent":
        return _figures(Sent, value)
    if name == "candidates":
        return tuple(_candidate(each) for each in value) if isinstance(value, list) else ()
    if kind is float:
        return _number(name, value)
    wanted = str if field.default is MISSING else kind
    if kind is tuple and isinstance(value, list) and all(isinstance(each, str) for each in value):
        return clean_tags(value) if name == "tags" else tuple(value)
    if type(value) is not wanted:
        raise _wrong(name)
    return clean_name(str(value)) if name == "folder" else value


def settings(value: object) -> dict[str, Value]:
    """Parameters by name; what is no value of any parameter is left out."""
    if not isinstance(value, dict):
        return {}
    result: dict[str, Value] = {}
    for name, each in value.items():
        if isinstance(each, bool | int | float | str):
            result[name] = each
        elif isinstance(each, list) and all(isinstance(text, str) for text in each):
            result[name] = tuple(each)
    return result


def _date(name: str, value: Any) -> datetime:
    try:
        date = datetime.fromisoformat(value)
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        raise _wrong(name) from None


def _figures(table: type[Figures], value: Any) -> Figures | None:
    if not isinstance(value, dict):
        return None
    result: dict[str, Any] = {}
    for field in fields(table):
        each = value.get(field.name, field.default)
        result[field.name] = each if type(each) is type(field.default) else _number(field.name, each)
    return table(**result)


def _candidate(value: Any) -> Candidate:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise _wrong("candidates")
    return Candidate(value["text"], _number("logprob", value.get("logprob", 0.0)))


def _number(name: str, value: Any) -> float:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        return float(value)
    except (ValueError, OverflowError):
        raise _wrong(name) from None


def _wrong(name: str) -> InputError:
    return InputError(
        tr("“{name}” is not as it should be.").format(name=name), tr("Export the conversation again, if you can.")
    )
