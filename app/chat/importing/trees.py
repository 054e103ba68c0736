"""Conversations of programs that keep a tree or a row of messages: ChatGPT, Claude, Open WebUI, llama.cpp, LM Studio.

A reader gets one JSON object that it has recognised. No field is certain to be there.
"""

from collections import Counter
from typing import Any

from app.chat.importing.beside import artifact, canvas, cited, is_canvas, with_file
from app.chat.importing.found import Found, Node, assembled, chained
from app.chat.importing.values import date, key, parted, place, rows, table, tables, text
from app.core.protocol import Role

ROLES: dict[str, Role] = {
    "user": "user", "human": "user", "assistant": "assistant", "model": "assistant", "bot": "assistant",
    "system": "system", "developer": "system",
}  # fmt: skip

Json = dict[str, Any]


def answer(node: Node, said: str) -> Node:
    """Give an answer its text, of which the thinking may be a part."""
    node.text, thinking, seconds = parted(said)
    node.thinking = "\n\n".join(filter(None, (node.thinking, thinking)))
    node.thinking_s = node.thinking_s or seconds
    return node


# ── ChatGPT: {"title", "create_time", "mapping": {id: {"message", "parent", "children"}}, "current_node"} ─────────────


def chatgpt(document: Json) -> Found:
    """A conversation of ChatGPT's conversations.json.

    Raises:
        Unreadable: no message is left.
    """
    lost: Counter[str] = Counter()
    mapping = table(document.get("mapping"))
    order = _from_the_top(mapping)
    canvases: list[str] = []
    nodes = [_chatgpt_node(name, table(mapping[name]), lost, canvases) for name in order]
    return assembled(
        "ChatGPT",
        text(document.get("title")),
        nodes,
        leaf=key(document.get("current_node")),
        created=date(document.get("create_time")),
        updated=date(document.get("update_time")),
        pinned=document.get("is_starred") is True,
        archived=document.get("is_archived") is True,
        lost=lost,
    )


def _from_the_top(mapping: Json) -> list[str]:
    """The keys with siblings in the order in which their parents name them."""
    named = {
        str(child): number
        for node in mapping.values()
        for number, child in enumerate(rows(table(node).get("children")))
        if isinstance(child, str)
    }
    return sorted(mapping, key=lambda name: named.get(name, 0))


def _chatgpt_node(name: str, entry: Json, lost: Counter[str], canvases: list[str]) -> Node:
    message = table(entry.get("message"))
    about = table(message.get("metadata"))
    content = table(message.get("content"))
    node = Node(key=name, parent=key(entry.get("parent")), created=date(message.get("create_time")))
    role = text(table(message.get("author")).get("role"))
    kind = text(content.get("content_type")) or "text"
    if kind in ("thoughts", "reasoning_recap"):  # what was thought before the answer that follows
        thoughts = tables(content.get("thoughts"))
        node.thinking = "\n\n".join(filter(None, (text(each.get("content")) for each in thoughts)))
        return node
    hidden = about.get("is_visually_hidden_from_conversation") is True
    tool = text(table(message.get("author")).get("name")) if role == "tool" else ""
    to = text(message.get("recipient")) if role == "assistant" else ""
    aside = role == "tool" or to not in ("", "all")
    written = (
        canvas(to, text(content.get("text")) or "".join(map(text, rows(content.get("parts")))), canvases)
        if aside
        else ""
    )
    node.blank = hidden or ("message" in entry and not message)
    if role not in ROLES or hidden or kind == "user_editable_context" or (aside and not written):
        lost["tool"] += (is_canvas(to) or (role == "tool" and not is_canvas(tool))) and not hidden
        return node
    node.role = ROLES[role]
    said = written or cited(_chatgpt_text(kind, content, lost), about)
    if node.role == "assistant":
        node.model = text(about.get("model_slug"))
        if message.get("status") == "in_progress":
            node.status = "stopped"
        return answer(node, said)
    pictures = sum(isinstance(part, dict) for part in rows(content.get("parts")))  # these are attached as well
    lost["file"] += max(0, len(rows(about.get("attachments"))) - pictures)
    node.text = said
    return node


def _chatgpt_text(kind: str, content: Json, lost: Counter[str]) -> str:
    if kind == "code":
        return f"```{text(content.get('language')).replace('unknown', '')}\n{text(content.get('text'))}\n```"
    said: list[str] = [text(content.get("text")), text(content.get("result"))]
    for part in rows(content.get("parts")):
        if isinstance(part, str):
            said.append(part)
        elif isinstance(part, dict):
            if words := text(part.get("text")):  # spoken, and written down
                said.append(words)
            else:
                lost["picture"] += 1
    return "\n\n".join(filter(None, said))


# ── Claude: {"name", "chat_messages": [{"uuid", "sender", "text", "content", "parent_message_uuid"}]} ─────────────────


def claude(document: Json) -> Found:
    """A conversation of Claude's conversations.json; the branches are there where messages name their parents.

    Raises:
        Unreadable: no message is left.
    """
    lost: Counter[str] = Counter()
    nodes, branched = [], True
    artifacts: dict[str, Json] = {}
    entries = tables(document.get("chat_messages"))
    for number_, entry in enumerate(entries):
        name = key(entry.get("uuid")) or f"message {number_}"
        parent = key(entry.get("parent_message_uuid"))
        branched = branched and parent is not None
        node = Node(key=name, parent=parent, role=ROLES.get(text(entry.get("sender")) or text(entry.get("role"))))
        node.created = date(entry.get("created_at"))
        nodes.append(_claude_content(node, entry, lost, artifacts))
    return assembled(
        "Claude",
        text(document.get("name")),
        nodes if branched else chained(nodes),
        leaf=key(document.get("current_leaf_message_uuid")),
        created=date(document.get("created_at")),
        updated=date(document.get("updated_at")),
        pinned=document.get("is_starred") is True,
        lost=lost,
    )


def _claude_content(node: Node, entry: Json, lost: Counter[str], artifacts: dict[str, Json]) -> Node:
    said: list[str] = []
    for part in tables(entry.get("content")):
        match part.get("type"):
            case "text":
                said.append(text(part.get("text")))
            case "thinking":
                node.thinking = "\n\n".join(filter(None, (node.thinking, text(part.get("thinking")))))
            case "tool_use":
                said.append(artifact(part, artifacts))
                lost["tool"] += not said[-1]
            case "image":
                lost["picture"] += 1
    node.text = "\n\n".join(filter(None, said)) or text(entry.get("text"))
    attached = tables(entry.get("attachments"))
    for file in attached:
        if content := text(file.get("extracted_content")):
            node.text = with_file(node.text, text(file.get("file_name")), content)
        else:
            lost["file"] += 1
    lost["file"] += len(rows(entry.get("files")) or rows(entry.get("files_v2")))
    return answer(node, node.text) if node.role == "assistant" else node


# ── Open WebUI: {"title", "chat": {"history": {"messages": {id: {"parentId", …}}, "currentId"}, "messages"}} ──────────


def open_webui(document: Json) -> Found:
    """A conversation of Open WebUI's export, or its inner part alone.

    Raises:
        Unreadable: no message is left.
    """
    lost: Counter[str] = Counter()
    chat = table(document.get("chat")) or document
    history = table(chat.get("history"))
    entries = table(history.get("messages"))
    if entries:
        nodes = [_open_webui_node(name, table(entry), lost) for name, entry in entries.items()]
    else:
        listed = enumerate(tables(chat.get("messages")))
        nodes = chained(_open_webui_node(f"message {place_}", entry, lost) for place_, entry in listed)
    return assembled(
        "Open WebUI",
        text(document.get("title")) or text(chat.get("title")),
        nodes,
        leaf=key(history.get("currentId")),
        created=date(document.get("created_at")) or date(chat.get("timestamp")),
        updated=date(document.get("updated_at")),
        system_prompt=text(chat.get("system")) or text(table(chat.get("params")).get("system")),
        pinned=document.get("pinned") is True,
        archived=document.get("archived") is True,
        tags=(*rows(table(document.get("meta")).get("tags")), *rows(chat.get("tags"))),
        lost=lost,
    )


def _open_webui_node(name: str, entry: Json, lost: Counter[str]) -> Node:
    node = Node(key=name, parent=key(entry.get("parentId")), role=ROLES.get(text(entry.get("role"))))
    node.created = date(entry.get("timestamp"))
    node.model = text(entry.get("modelName")) or text(entry.get("model"))
    node.text = text(entry.get("content")) or "\n\n".join(
        text(part.get("text")) for part in tables(entry.get("content"))
    )
    for file in tables(entry.get("files")):
        lost["picture" if file.get("type") == "image" else "file"] += 1
    failure = entry.get("error")
    if node.role == "assistant" and failure:
        node.status, node.error = "failed", text(failure) or text(table(failure).get("content"))
    return answer(node, node.text) if node.role == "assistant" else node


# ── llama.cpp: {"conv": {"name", "currNode"}, "messages": [{"id", "parent", "type", "role", "content"}]} ──────────────


def llama_ui(document: Json) -> Found:
    """A conversation of the web page of llama.cpp's server.

    Raises:
        Unreadable: no message is left.
    """
    lost: Counter[str] = Counter()
    about = table(document.get("conv"))
    nodes = []
    for place_, entry in enumerate(tables(document.get("messages"))):
        node = Node(key=key(entry.get("id")) or f"message {place_}", parent=key(entry.get("parent")))
        nodes.append(node)
        node.created = date(entry.get("timestamp"))
        if entry.get("type") == "root":
            continue
        if entry.get("role") == "tool":
            lost["tool"] += 1
            continue
        node.role = ROLES.get(text(entry.get("role")))
        node.text = text(entry.get("content"))
        for file in tables(entry.get("extra")):
            if content := text(file.get("content")):
                node.text = with_file(node.text, text(file.get("name")), content)
            else:
                lost["picture"] += 1
        if node.role == "assistant":
            node.model = text(entry.get("model"))
            node.thinking = text(entry.get("reasoningContent")) or text(entry.get("thinking"))
            answer(node, node.text)
    return assembled(
        "llama.cpp",
        text(about.get("name")),
        nodes,
        leaf=key(about.get("currNode")),
        updated=date(about.get("lastModified")),
        pinned=about.get("pinned") is True,
        lost=lost,
    )


# ── LM Studio: {"name", "createdAt", "messages": [{"versions": […], "currentlySelected"}]} ────────────────────────────


def lm_studio(document: Json) -> Found:
    """A conversation of LM Studio's folder. What follows a message stands below the version that is chosen.

    Raises:
        Unreadable: no message is left.
    """
    lost: Counter[str] = Counter()
    nodes: list[Node] = []
    parent: str | None = None
    for place_, entry in enumerate(tables(document.get("messages"))):
        versions = tables(entry.get("versions"))
        chosen = place(entry.get("currentlySelected"), len(versions))
        for number_, version in enumerate(versions):
            nodes.append(_lm_studio_version(Node(key=f"{place_} {number_}", parent=parent), version, lost))
        if versions:
            parent = f"{place_} {chosen}"
    settings = tables(table(document.get("perChatPredictionConfig")).get("fields"))
    prompts = (text(each.get("value")) for each in settings if each.get("key") == "llm.prediction.systemPrompt")
    return assembled(
        "LM Studio",
        text(document.get("name")),
        nodes,
        leaf=parent,
        created=date(document.get("createdAt")),
        updated=date(document.get("assistantLastMessagedAt")) or date(document.get("userLastMessagedAt")),
        system_prompt=next(filter(None, prompts), "") or text(document.get("systemPrompt")),
        pinned=document.get("pinned") is True,
        lost=lost,
    )


def _lm_studio_version(node: Node, version: Json, lost: Counter[str]) -> Node:
    node.role = ROLES.get(text(version.get("role")))
    said = [_lm_studio_text(version, lost)]
    thought: list[str] = []
    for step in tables(version.get("steps")):
        if step.get("type") == "contentBlock":
            style = table(step.get("style"))
            (thought if style.get("type") == "thinking" else said).append(_lm_studio_text(step, lost))
        lost["tool"] += step.get("type") == "toolCallRequest"
        node.model = text(table(step.get("genInfo")).get("identifier")) or node.model
    node.model = node.model or text(table(version.get("senderInfo")).get("senderName"))
    node.text, node.thinking = ("\n\n".join(filter(None, each)) for each in (said, thought))
    return answer(node, node.text) if node.role == "assistant" else node


def _lm_studio_text(holder: Json, lost: Counter[str]) -> str:
    content = holder.get("content")
    if isinstance(content, str):
        return content
    said = []
    for part in tables(content):
        if part.get("type") == "file":
            lost["picture" if part.get("fileType") == "image" else "file"] += 1
        else:
            said.append(text(part.get("text")))
    return "\n\n".join(filter(None, said))
