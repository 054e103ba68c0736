"""Conversations that stand message by message in a file: SillyTavern, Jan, llama.cpp's lines, plain lists of messages."""

from collections import Counter
from dataclasses import dataclass, field

from app.chat.importing.found import Found, Node, assembled, chained
from app.chat.importing.trees import ROLES, Json, answer, llama_ui
from app.chat.importing.values import date, key, number, place, rows, table, tables, text


@dataclass(slots=True)
class Gathered:
    """The records of one conversation."""

    about: Json = field(default_factory=dict)  # what is said of the whole
    records: list[Json] = field(default_factory=list)


# ── SillyTavern: a first line about the chat, then {"name", "is_user", "mes", "swipes", "swipe_id", "send_date"} ──────


def is_silly_tavern(record: Json) -> bool:
    """Whether a line is one of its messages, or the first line."""
    return isinstance(record.get("mes"), str) or is_silly_tavern_head(record)


def is_silly_tavern_head(record: Json) -> bool:
    """Whether it is the first line of a chat."""
    return "chat_metadata" in record or ("user_name" in record and "character_name" in record)


def silly_tavern(gathered: Gathered) -> Found:
    """A chat; swipes are versions, and what follows stands below the one that is chosen.

    Raises:
        Unreadable: no message is left.
    """
    nodes: list[Node] = []
    lost: Counter[str] = Counter()
    parent: str | None = None
    title = text(gathered.about.get("character_name"))
    for place_, record in enumerate(gathered.records):
        extra = table(record.get("extra"))
        typed = record.get("is_user") is True
        texts = [text(each) for each in rows(record.get("swipes"))] if not typed else []
        chosen = place(record.get("swipe_id"), len(texts))
        texts = texts or [text(record.get("mes"))]
        texts[chosen] = text(record.get("mes")) or texts[chosen]
        for version, said in enumerate(texts):
            node = Node(key=f"{place_} {version}", parent=parent, role="user" if typed else "assistant")
            node.created = date(record.get("send_date"))
            node.text = said
            if not typed:
                node.model = text(extra.get("model")) or text(record.get("name"))
                if version == chosen:
                    node.thinking = text(extra.get("reasoning"))
                    node.thinking_s = number(extra.get("reasoning_duration")) / 1000
                answer(node, said)
            nodes.append(node)
        parent = f"{place_} {chosen}"
        title = title or ("" if typed else text(record.get("name")))
        lost["picture"] += bool(extra.get("image")) or len(tables(extra.get("media")))
        lost["file"] += bool(extra.get("file")) or len(rows(extra.get("files")))
    created = date(gathered.about.get("create_date"))
    return assembled("SillyTavern", title, nodes, leaf=parent, created=created, lost=lost)


# ── Jan: {"object": "thread.message", "thread_id", "role", "content": [{"type", "text": {"value"}}]}, and plain lists ─


def is_message(record: Json) -> bool:
    """Whether it is a message with a role and a content, of Jan or as most programs write it."""
    return isinstance(record.get("role"), str) and isinstance(record.get("content"), str | list)


def is_thread(document: Json) -> bool:
    """Whether it is what Jan says of a whole thread."""
    return document.get("object") == "thread" and isinstance(document.get("id"), str)


def messages(gathered: Gathered) -> Found:
    """A row of messages.

    Raises:
        Unreadable: no message is left.
    """
    lost: Counter[str] = Counter()
    jan = any(record.get("object") == "thread.message" or "thread_id" in record for record in gathered.records)
    nodes = chained(_message(f"message {place_}", record, lost) for place_, record in enumerate(gathered.records))
    about = gathered.about
    return assembled(
        "Jan" if jan or "exported_at" in about or is_thread(about) else "JSON",
        text(about.get("title")),
        nodes,
        created=date(about.get("created")) or date(about.get("created_at")),
        updated=date(about.get("updated")) or date(about.get("updated_at")),
        lost=lost,
    )


def _message(name: str, record: Json, lost: Counter[str]) -> Node:
    node = Node(key=name, role=ROLES.get(text(record.get("role"))))
    created = record.get("created_at") or record.get("created") or record.get("timestamp")
    node.created = date(created)
    node.model = text(record.get("model")) or text(table(record.get("metadata")).get("modelId"))
    node.thinking = text(record.get("reasoning_content")) or text(record.get("thinking"))
    said, thought = [text(record.get("content"))], []
    for part in tables(record.get("content")):
        inner = part.get("text")
        words = text(inner) or text(table(inner).get("value"))
        match part.get("type"):
            case "reasoning":
                thought.append(words)
            case "tool_call" | "tool_use":
                lost["tool"] += 1
            case "text":
                said.append(words)
            case _:
                lost["picture"] += 1
    lost["tool"] += record.get("role") == "tool"
    node.thinking = "\n\n".join(filter(None, (node.thinking, *thought)))
    node.text = "\n\n".join(filter(None, said))
    return answer(node, node.text) if node.role == "assistant" else node


# ── llama.cpp: {"type": "session", "name", "currNode"}, then {"type": "message", "message": {…}} ──────────────────────


def is_session_line(record: Json) -> bool:
    """Whether it is a line of the form that llama.cpp's web page writes today."""
    kind = record.get("type")
    return (kind == "session" and key(record.get("id")) is not None) or (
        kind == "message" and isinstance(record.get("message"), dict)
    )


def session(gathered: Gathered) -> Found:
    """A session of llama.cpp's lines.

    Raises:
        Unreadable: no message is left.
    """
    return llama_ui({"conv": gathered.about, "messages": [table(each.get("message")) for each in gathered.records]})
