"""What readers find: conversations that are not on disk yet, and what could not be read, and why."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from app.core.export import title_of
from app.core.language import tr, trn
from app.core.listing import clean_tags
from app.core.protocol import Role
from app.core.record import record
from app.core.text import valid
from app.core.tree import Conversation, Message, Status

NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)


@record
class Found:
    """A conversation as it would be added: its id is 0, its messages are numbered from 1, parents first."""

    conversation: Conversation
    messages: tuple[Message, ...]
    program: str  # that it comes from
    lost: Mapping[str, int] = field(default_factory=dict)  # what it held that cannot be kept: kind and count

    @property
    def losses(self) -> tuple[str, ...]:
        """What cannot be kept, in words."""
        return tuple(_loss(kind, count) for kind, count in self.lost.items())


@record
class Unread:
    """Something that could not be read."""

    where: str  # the file, and the conversation in it as far as it is known
    why: str
    empty: bool = False  # there is nothing in it that could be read


class Unreadable(ValueError):
    """A conversation that its reader knows but cannot make sense of; the text says why, translated."""


class Empty(Unreadable):
    """A conversation in which nothing was said."""

    def __init__(self) -> None:
        super().__init__(tr("It holds no message."))


@dataclass(slots=True, kw_only=True)
class Node:
    """One message as another program has it. Without a role it only holds what is below it together."""

    key: str
    parent: str | None = None
    role: Role | None = None
    text: str = ""
    thinking: str = ""  # of a node without a role: goes to the answer that follows
    thinking_s: float = 0.0
    created: datetime | None = None
    model: str = ""
    status: Status = "done"
    error: str = ""
    blank: bool = False  # there was nothing in it from the beginning


def chained(nodes: Iterable[Node]) -> list[Node]:
    """The nodes one below the other."""
    result: list[Node] = []
    for node in nodes:
        node.parent = result[-1].key if result else None
        result.append(node)
    return result


def assembled(
    program: str,
    title: str,
    nodes: Iterable[Node],
    *,
    leaf: str | None = None,
    created: datetime | None = None,
    updated: datetime | None = None,
    system_prompt: str = "",
    pinned: bool = False,
    archived: bool = False,
    tags: Iterable[object] = (),
    lost: Mapping[str, int] | None = None,
) -> Found:
    """Make a conversation of nodes in any order, with parents that may be missing or go in circles.

    Siblings keep their order. Nodes without a role or a text go; what is below them moves up. The first instructions are
    the conversation's, where it has none of its own. Dates that are missing are taken from what is around them.

    Raises:
        Unreadable: no message is left.
    """
    losses = Counter(lost or {})
    messages: list[Message] = []
    numbers: dict[str, int | None] = {}  # of a node: the message that it is, or the nearest one above it
    thoughts: dict[str, str] = {}  # of a node without a role: what was thought so far
    given = list(nodes)
    for node in _parents_first(given):
        above = numbers.get(node.parent) if node.parent is not None else None
        before = thoughts.get(node.parent, "") if node.parent is not None else ""
        thinking = "\n\n".join(part for part in (before, node.thinking.strip()) if part)
        numbers[node.key] = above
        if node.role == "system" and node.text.strip():
            if not system_prompt.strip():
                system_prompt = node.text
            elif node.text.strip() != system_prompt.strip():
                losses["instructions"] += 1
        elif node.role == "user":
            thinking = ""
        says = node.text.strip() or node.error or (node.role == "assistant" and thinking)
        if node.role is None or node.role == "system" or not says:
            thoughts[node.key] = thinking
            continue
        messages.append(
            Message(
                id=len(messages) + 1,
                conversation=0,
                parent=above,
                role=node.role,
                text=valid(node.text.strip("\n")),
                status=node.status,
                created=node.created or NO_DATE,
                model=valid(node.model) if node.role == "assistant" else "",
                thinking=valid(thinking),
                thinking_s=node.thinking_s,
                error=valid(node.error),
                finish_reason="end" if node.role == "assistant" and node.status == "done" else None,
            )
        )
        numbers[node.key] = len(messages)
    if not messages:
        if all(node.blank for node in given):
            raise Empty
        raise Unreadable(tr("It holds no message."))
    first = created or next((each.created for each in messages if each.created != NO_DATE), None)
    return Found(
        Conversation(
            id=0,
            title=valid(" ".join(title.replace("\0", "").split())),
            created=first or NO_DATE,
            updated=updated or max(max(each.created for each in messages), first or NO_DATE),
            leaf=(numbers.get(leaf) if leaf is not None else None) or len(messages),
            pinned=pinned,
            archived=archived,
            tags=clean_tags(each for each in tags if isinstance(each, str)),
            system_prompt=valid(system_prompt),
            titled=bool(title.strip()),
        ),
        tuple(_dated(messages, first or NO_DATE)),
        program,
        {kind: count for kind, count in losses.items() if count},
    )


def dated(found: Found, date: datetime) -> Found:
    """With this date wherever there was none at all, as that of the file."""
    conversation = found.conversation
    if conversation.created == NO_DATE:
        conversation = replace(conversation, created=date)
    if conversation.updated == NO_DATE:
        conversation = replace(conversation, updated=date)
    messages = tuple(replace(each, created=date) if each.created == NO_DATE else each for each in found.messages)
    return replace(found, conversation=conversation, messages=messages)


def named(found: Found) -> str:
    """What to call it in a list."""
    return title_of(found.conversation)


def _parents_first(nodes: list[Node]) -> list[Node]:
    """Each node once, after its parent; a circle is cut where it is first met."""
    by_key: dict[str, Node] = {}
    for node in nodes:
        by_key.setdefault(node.key, node)
    children: dict[str | None, list[str]] = {}
    for key, node in by_key.items():
        children.setdefault(node.parent if node.parent in by_key else None, []).append(key)
    result: list[Node] = []
    seen: set[str] = set()

    def walk(start: str) -> None:
        waiting = [start]
        while waiting:
            key = waiting.pop()
            if key not in seen:
                seen.add(key)
                result.append(by_key[key])
                waiting.extend(reversed(children.get(key, ())))

    for key in children.get(None, ()):
        walk(key)
    for key, node in by_key.items():  # what hangs on a circle
        if key not in seen:
            node.parent = None
            walk(key)
    return result


def _dated(messages: list[Message], first: datetime) -> Iterable[Message]:
    """Messages without a date get that of the one above them."""
    dates: dict[int | None, datetime] = {None: first}
    for message in messages:
        date = message.created if message.created != NO_DATE else dates[message.parent]
        dates[message.id] = date
        yield replace(message, created=date)


def _loss(kind: str, count: int) -> str:
    match kind:
        case "picture":
            return trn("{count} picture or recording", "{count} pictures or recordings", count)
        case "file":
            return trn("{count} attached file", "{count} attached files", count)
        case "tool":
            return trn("{count} use of a tool", "{count} uses of tools", count)
        case "instructions":
            return trn("{count} further instruction", "{count} further instructions", count)
        case _:
            return trn("{count} setting", "{count} settings", count)
