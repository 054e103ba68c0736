"""Files as other programs write them, cut down to what is read."""

import struct
from typing import Any

Json = dict[str, Any]


def chatgpt() -> Json:
    """A question with two answers; the second was thought about, and used a tool on the way."""

    def node(key: str, parent: str | None, *children: str, **message: Any) -> Json:
        return {"id": key, "message": message or None, "parent": parent, "children": list(children)}

    def said(role: str, text: str, **more: Any) -> Json:
        return {
            "author": {"role": role}, "create_time": 1700000100.5,
            "content": {"content_type": "text", "parts": [text]}, "recipient": "all", "metadata": {},
        } | more  # fmt: skip

    return {
        "title": "Rivers", "create_time": 1700000000.25, "update_time": 1700000900, "current_node": "a2",
        "mapping": {
            "root": node("root", None, "hidden"),
            "hidden": node("hidden", "root", "q", **said("system", "", metadata={"is_visually_hidden_from_conversation": True})),
            "q": node("q", "hidden", "a1", "thought", **said("user", "The longest river?")),
            "a2": node("a2", "tool", **said("assistant", "The Nile.", metadata={"model_slug": "gpt-x"})),
            "a1": node("a1", "q", **said("assistant", "The Amazon.")),
            "thought": node("thought", "q", "call", author={"role": "assistant"}, content={
                "content_type": "thoughts", "thoughts": [{"summary": "s", "content": "Length is disputed."}]}),
            "call": node("call", "thought", "tool", **said("assistant", "search()", recipient="browser")),
            "tool": node("tool", "call", "a2", **said("tool", "6650 km")),
        },
    }  # fmt: skip


def claude() -> Json:
    """Two messages in a row, with a file and thinking."""
    return {
        "uuid": "c1", "name": "A poem", "created_at": "2026-02-14T10:04:22.000Z", "updated_at": "2026-02-14T10:22:41Z",
        "chat_messages": [
            {"uuid": "m1", "sender": "human", "text": "Read this.", "created_at": "2026-02-14T10:04:22.000Z",
             "content": [{"type": "text", "text": "Read this."}],
             "attachments": [{"file_name": "a.txt", "extracted_content": "Roses"}], "files": [{"file_name": "b.png"}]},
            {"uuid": "m2", "sender": "assistant", "text": "", "content": [
                {"type": "thinking", "thinking": "It is short."}, {"type": "tool_use"}, {"type": "text", "text": "Nice."}]},
        ],
    }  # fmt: skip


def beside_chatgpt() -> Json:
    """An answer with marks for its sources, and a canvas that is written anew and changed."""
    said = "A \ue200cite\ue202turn0search0\ue201, \ue200cite\ue202turn0search1\ue201."
    references = [
        {"matched_text": "\ue200cite\ue202turn0search0\ue201", "alt": "([A](https://example.org))"},
        {"matched_text": "\ue200cite\ue202turn0search1\ue201", "items": [{"title": "B", "url": "https://example.org"}]},
    ]
    row: list[Json] = [
        {"author": {"role": "assistant"}, "content": {"content_type": "text", "parts": [said]}, "recipient": "all",
         "metadata": {"content_references": references}},
    ]  # fmt: skip
    for recipient, call in (
        ("create_textdoc", '{"name": "Sort", "type": "code/python", "content": "sorted(x)"}'),
        ("update_textdoc", '{"updates": [{"pattern": ".*", "replacement": "x.sort()"}]}'),
        ("update_textdoc", '{"updates": [{"pattern": "x", "replacement": "y"}]}'),
    ):
        content = {"content_type": "code", "language": "json", "text": call}
        tool = {"role": "tool", "name": f"canmore.{recipient}"}
        row += [
            {"author": {"role": "assistant"}, "content": content, "recipient": f"canmore.{recipient}"},
            {"author": tool, "content": {"content_type": "text", "parts": ["Done"]}, "recipient": "all"},
        ]
    nodes = {
        str(number): {"message": message, "parent": str(number - 1) if number else None}
        for number, message in enumerate(row)
    }
    return {"title": "Beside", "create_time": 1700000000, "mapping": nodes, "is_archived": True}


def beside_claude() -> Json:
    """Artifacts that are made and changed, a file, and a search."""

    def use(name: str, **given: Any) -> Json:
        return {"type": "tool_use", "name": name, "input": given}

    content = [
        use("artifacts", id="p", command="create", type="text/html", title="Page", content="<b>one</b>\n```"),
        {"type": "text", "text": "Better:"},
        use("artifacts", id="p", command="update", old_str="one", new_str="two"),
        use("artifacts", id="q", command="update", old_str="one", new_str="two"),  # nothing is known of it
        use("create_file", path="/home/a/run.py", file_text="print()"),
        use("web_search", query="x"),
    ]
    return {"name": "Beside", "chat_messages": [{"uuid": "m", "sender": "assistant", "content": content}]}


def claude_branches() -> Json:
    """A question that was asked anew."""
    top = "00000000-0000-4000-8000-000000000000"
    rows = (("m1", top, "human", "One"), ("m2", "m1", "assistant", "A"), ("m3", top, "human", "Two"))
    return {
        "name": "Anew", "current_leaf_message_uuid": "m2", "chat_messages": [
            {"uuid": key, "parent_message_uuid": parent, "sender": sender, "text": text}
            for key, parent, sender, text in rows
        ],
    }  # fmt: skip


def open_webui() -> Json:
    """An answer with its thinking in a folded part, and another version."""
    thinking = '<details type="reasoning" done="true" duration="3">\n<summary>Thought</summary>\n&gt; a &lt; b\n> so\n</details>\n'
    messages = {
        "1": {
            "id": "1",
            "parentId": None,
            "childrenIds": ["2", "3"],
            "role": "user",
            "content": "Hi",
            "timestamp": 1700000000,
        },
        "2": {"id": "2", "parentId": "1", "role": "assistant", "content": thinking + "Hello.", "model": "llama3"},
        "3": {"id": "3", "parentId": "1", "role": "assistant", "content": "Hey.", "model": "llama3"},
    }
    chat = {"title": "Hello", "system": "Be brief.", "history": {"messages": messages, "currentId": "2"}}
    return {
        "id": "x",
        "title": "Hello",
        "chat": chat,
        "created_at": 1700000000,
        "updated_at": 1700000500,
        "pinned": True,
    }


def llama_messages() -> list[Json]:
    """A tree below a root that is no message."""
    return [
        {"id": "r", "type": "root", "role": "system", "content": "", "parent": None, "timestamp": 1700000000000},
        {"id": "u", "type": "text", "role": "user", "content": "Hi", "parent": "r", "timestamp": 1700000000000,
         "extra": [{"type": "TEXT", "name": "n.txt", "content": "inside"}]},
        {"id": "a", "type": "text", "role": "assistant", "content": "Yes.", "parent": "u", "model": "m.gguf",
         "reasoningContent": "Hm.", "timestamp": 1700000001000},
        {"id": "b", "type": "text", "role": "assistant", "content": "No.", "parent": "u", "timestamp": 1700000002000},
    ]  # fmt: skip


def llama_old() -> Json:
    """As it was exported first."""
    return {
        "conv": {"id": "c", "name": "Talk", "lastModified": 1700000009000, "currNode": "a"},
        "messages": llama_messages(),
    }


def llama_lines() -> list[Json]:
    """As it is exported today."""
    head = {
        "harness": "llama-ui",
        "type": "session",
        "id": "c",
        "name": "Talk",
        "lastModified": 1700000009000,
        "currNode": "a",
    }
    return [head, *({"type": "message", "message": each} for each in llama_messages())]


def lm_studio() -> Json:
    """An answer with two versions, of which the first is chosen."""

    def step(text: str, **more: Any) -> Json:
        return {"type": "contentBlock", "content": [{"type": "text", "text": text}]} | more

    return {
        "name": "Models", "createdAt": 1700000000000, "messages": [
            {"versions": [{"type": "singleStep", "role": "user", "content": [{"type": "text", "text": "Which?"}]}],
             "currentlySelected": 0},
            {"versions": [
                {"type": "multiStep", "role": "assistant", "steps": [
                    step("Let me see.", style={"type": "thinking"}), step("This.", genInfo={"identifier": "qwen"})]},
                {"type": "multiStep", "role": "assistant", "steps": [step("That.")]}], "currentlySelected": 0},
            {"versions": [{"type": "singleStep", "role": "user", "content": [{"type": "text", "text": "Why?"}]}]},
        ],
        "perChatPredictionConfig": {"fields": [{"key": "llm.prediction.systemPrompt", "value": "Be exact."}]},
    }  # fmt: skip


def jan_thread() -> Json:
    """What Jan says of a thread."""
    return {"id": "t1", "object": "thread", "title": "Jan talk", "created": 1700000000}


def jan_messages() -> list[Json]:
    """And its messages."""

    def row(role: str, text: str) -> Json:
        content = [{"type": "text", "text": {"value": text, "annotations": []}}]
        return {
            "object": "thread.message",
            "thread_id": "t1",
            "role": role,
            "content": content,
            "created_at": 1700000001,
        }

    return [row("user", "Hi"), row("assistant", "<think>Polite.</think>\n\nHello!")]


def silly_tavern() -> list[Json]:
    """A greeting, a question, and an answer with two swipes."""
    return [
        {"user_name": "Me", "character_name": "Ada", "create_date": "2024-7-12@01h31m37s", "chat_metadata": {}},
        {"name": "Ada", "is_user": False, "send_date": "June 19, 2023 2:20pm", "mes": "Welcome."},
        {"name": "Me", "is_user": True, "send_date": 1700000000000, "mes": "Hi"},
        {"name": "Ada", "is_user": False, "mes": "Second", "swipes": ["First", "Second"], "swipe_id": 1,
         "extra": {"reasoning": "Which?", "model": "mistral"}},
        {"name": "Me", "is_user": True, "mes": "Go on"},
    ]  # fmt: skip


class Written:
    """A QDataStream that is written to."""

    def __init__(self) -> None:
        self.data = b""

    def number(self, form: str, *values: Any) -> "Written":
        self.data += struct.pack(">" + form, *values)
        return self

    def text(self, *texts: str) -> "Written":
        for text in texts:
            encoded = text.encode("utf-16-be")
            self.data += struct.pack(">I", len(encoded)) + encoded
        return self


def gpt4all(version: int = 12, saved: bool = False) -> bytes:
    """A chat of two messages, as that version wrote it."""
    out = Written().number("IIq", 0xF5D553CC, version, 1700000000).text("id", "Chat 1", "Me", "llama-8b")
    if version >= 3:
        out.number("I", 1).text("docs")
    if version < 11:
        if version >= 6:
            out.number("?", saved)
        if version >= 2:
            out.number("ii", 2, 0)
        out.text("last", "name").number("I", 7)
        if saved or version < 6:
            out.number("I" * (1 + (version < 4) + (version >= 7)), *[1] * (1 + (version < 4) + (version >= 7)))
            if version < 9:
                out.number("Qff", 2, 0.5, 0.5)
            out.number("Qii", 2, 5, 6).number("I3s", 3, b"abc")
    out.number("i", 2)
    for name, said in (("Prompt: ", "Question?"), ("Response: ", "Answer.")):
        if version < 12:
            out.number("i", 0)
        out.text(name, said)
        if version < 10:
            out.text("")
        out.text("").number("????", False, name == "Response: ", False, False)
        if version >= 11 and name == "Response: ":
            out.number("?", False)
        if version >= 8:
            out.number("q", 1).text("c", "p", "f", "t", "a", "d", "x").number("iii", 1, 2, 3)
        elif version >= 3:
            out.text("refs").number("I", 1).text("context")
        if version >= 10:
            attached = [("file:///tmp/n.txt", b"inside")] if name == "Prompt: " else []
            out.number("q", len(attached))
            for address, content in attached:
                out.number(f"I{len(address)}sI{len(content)}s", len(address), address.encode(), len(content), content)
        if version >= 12:
            answer = name == "Response: "
            out.number("q", int(answer))
            if answer:
                out.text("Response: ", "").number("q", 2).text("Think: ", "<think>Hm.").number("iq", 1500, 0)
                out.text("ToolCall: ", "code", "javascript").number("q", 1).text("code").number("iI?", 0, 10, False)
                out.text("1+1", "2").number("i", 0).text("").number("q", 0)
    return out.data
