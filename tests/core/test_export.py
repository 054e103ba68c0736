"""Markdown as it is exported, and names that every file system takes."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.export import as_markdown, closed, file_name, heading, passages
from app.core.tree import Conversation, Message, Tree
from tests.core.conversations import conversations
from tests.core.samples import NOW

TALK = Conversation(id=1, title="A # talk\n", created=NOW, updated=NOW, leaf=3, system_prompt="Be kind.")


def row(number: int, parent: int | None, role: str, text: str, **values: object) -> Message:
    return Message(
        **{"id": number, "conversation": 1, "parent": parent, "role": role, "text": text, "created": NOW} | values
    )


def talk() -> Tree:
    return Tree(
        [
            row(1, None, "user", "Hi"),
            row(2, 1, "assistant", "```py\nopen", model="Guide"),
            row(3, 1, "assistant", "Hello", model="Guide", thinking="Hm\nso", thinking_s=2.4),
            row(4, 2, "user", "More"),
        ]
    )


def test_what_no_text_file_holds_is_replaced() -> None:
    assert "a\ufffdb\ufffdc" in as_markdown(replace(TALK, leaf=1), Tree([row(1, None, "user", "a\0b\ud800c")]))


def test_the_branch_in_view() -> None:
    text = as_markdown(TALK, talk())
    lines = text.split("\n")
    assert lines[0] == "# A # talk"
    assert [line for line in lines if line.startswith("## ")] == ["## Instructions", "## You", "## Guide"]
    assert "> *Thought for 2 s*\n>\n> Hm\n> so\n\nHello\n" in text
    assert "More" not in text


def test_all_branches() -> None:
    text = as_markdown(TALK, talk(), all_branches=True)
    assert [line for line in text.split("\n") if line.startswith("## ")] == [
        "## Instructions",
        "## 1 · You",
        "## 2 · Guide · version 1 of 2",
        "## 3 · You",
        "## 4 · Guide · version 2 of 2 · follows 1",
    ]
    assert "```py\nopen\n```\n\n## 3 · You" in text  # the fence does not swallow what follows


@settings(max_examples=40)
@given(conversations())
def test_every_message_is_there_once(both: tuple[Conversation, list[Message]]) -> None:
    conversation, messages = both
    tree = Tree(messages)
    everything = list(passages(conversation, tree, all_branches=True))
    assert sorted(each.message.id for each in everything) == [each.id for each in messages]
    assert [each.number for each in everything] == list(range(1, len(messages) + 1))
    numbers = {each.message.id: each.number for each in everything}
    for each in everything:
        if each.message.parent is not None:
            assert (each.follows or each.number - 1) == numbers[each.message.parent]
        assert heading(each, True).startswith(f"{each.number} · ")
    assert [each.message for each in passages(conversation, tree)] == tree.path(conversation.leaf)
    as_markdown(conversation, tree, True).encode()


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("plain", ""), ("```\na\n```", ""), ("```\na", "\n```"), ("~~~~ x\n```\n~~~", "\n~~~~"), ("``` a`b\n", ""),
        ("```\na\n````", ""), ("    ```\nno", ""), ("```\na\n``` b", "\n```"),
    ],
)  # fmt: skip
def test_open_fences_are_closed(text: str, added: str) -> None:
    assert closed(text) == text + added


@given(st.text(max_size=120), st.sets(st.sampled_from(["a.md", "A.md", "Conversation.md"])))
def test_names_of_files(title: str, taken: set[str]) -> None:
    name = file_name(replace(TALK, title=title), "markdown", taken)
    assert name.endswith(".md")
    assert name.casefold() not in {each.casefold() for each in taken}
    assert not set('<>:"/\\|?*\0\n') & set(name)
    assert name.strip(" .") == name
    assert len(name.encode()) < 255


def test_names_that_need_care() -> None:
    names = {title: file_name(replace(TALK, title=title), "json") for title in ("", "..", "CON", "a/b", "x" * 300)}
    assert names[""] == "Conversation.json"
    assert names[".."] == "Conversation.json"
    assert names["CON"] == "Conversation CON.json"
    assert names["a/b"] == "a b.json"
    assert len(names["x" * 300]) == 85
    assert file_name(replace(TALK, title="t"), "html", {"T.HTML", "t (2).html"}) == "t (3).html"
