"""Attachments in a message: whatever is in them, they come out as they went in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.attachments import (
    MOST,
    Attachment,
    attachment,
    check_length,
    from_file,
    joined,
    pasted,
    read,
    split,
    written,
)
from app.core.code import read_fence
from app.core.errors import InputError
from app.core.markdown import attached_block, plain_blocks
from app.ui.transcript.parse import parse

# Texts in which fences, marks and line ends are likely.
nasty = st.lists(
    st.sampled_from(["```", "````", "~~~~", "`", "\n", "\n\n", " ", "a", "中", "😀", 'text attachment="x"', "\r", "\u2028", "> "])
    | st.text(max_size=5),
    max_size=12,
).map("".join)  # fmt: skip
attachments = st.builds(attachment, nasty, nasty, st.sampled_from(["text", "python", "c++", "", "a b"]))


@given(nasty, st.lists(attachments, min_size=1, max_size=3))
def test_what_is_attached_comes_out_as_it_went_in(typed: str, attached: list[Attachment]) -> None:
    message = joined(typed, attached)
    again, found = split(message)
    assert list(found[-len(attached) :]) == attached
    assert joined(again, found) == message
    if not split(typed)[1]:
        assert list(found) == attached
        assert again.startswith(typed) or not typed.strip()


@given(nasty)
def test_any_text_is_split_without_loss(text: str) -> None:
    typed, found = split(text)
    end = joined("", found)
    assert text == (typed if not found else f"{typed}\n\n{end}" if typed else end)


@given(nasty, attachments)
def test_whoever_knows_markdown_sees_one_block(typed: str, each: Attachment) -> None:
    each = attachment(each.name, each.text.replace("\r", "").replace("\u2028", ""), each.language)
    last = parse(joined("Some words.", [each]))[-1]
    assert last.kind == "code"
    assert last.text == attached_block(each).text


@given(nasty, st.lists(attachments, max_size=3))
def test_a_draft_keeps_them(typed: str, attached: list[Attachment]) -> None:
    draft = written(typed, attached)
    assert read(draft) == (typed, tuple(attached))


@pytest.mark.parametrize(
    "draft", ['["a", "list"]', '["a"]', '["', '["a", 1]', '["a", [1, 2, 3]]', '["a", ["x"]]', '["a", {}]']
)
def test_a_text_that_only_looks_like_a_draft(draft: str) -> None:
    assert read(written(draft, ())) == (draft, ())
    typed, _ = read(draft)
    assert isinstance(typed, str)


def test_a_draft_of_an_earlier_version() -> None:
    typed, (only,) = read(json.dumps(["Look at this", "word " * 5000]))
    assert typed == "Look at this"
    assert only.text == "word " * 5000
    assert only.name == "word word word word word word word…"


def test_a_fence_left_open_does_not_swallow_what_is_attached() -> None:
    message = joined("```python\nx = 1", [attachment("a", "text")])
    assert message.startswith("```python\nx = 1\n```\n\n")
    assert [block.kind for block in plain_blocks(message)] == ["code", "code"]


def test_what_a_message_looks_like() -> None:
    message = joined("See below.", [attachment('my "notes".txt', "one\n```\ntwo", "text")])
    assert message == "See below.\n\n````text attachment=\"my 'notes'.txt\"\none\n```\ntwo\n````"
    assert read_fence('python attachment="app.py"') == ("python", "")


@pytest.mark.parametrize(
    "text",
    [
        '```text attachment="a"\nb\n````',  # other marks at the end
        '````text attachment="a"\nb\n````',  # more marks than needed: somebody else wrote it
        "```text\nb\n```",
        'x\n```text attachment="a"\nb\n```',  # no empty line above
        '```text attachment="a"\nb\n```\n',
        "```",
        "```\n```",
    ],
)
def test_what_is_no_attachment_of_ours_is_text(text: str) -> None:
    assert split(text) == (text, ())


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ('{"a": [1, 2]}', "json", "JSON"),
        ("<!DOCTYPE html>\n<html></html>", "html", "HTML"),
        ('<svg xmlns="x"></svg>', "svg", "SVG"),
        ("import os\n\n\ndef main() -> None:\n    pass", "python", "Python"),
        ("#!/bin/sh\nls", "bash", "Shell"),
        ("diff --git a/x b/x\n", "diff", "Diff"),
        ("Dear all, please find below what we said in the meeting.", "text", "Dear all, please find below what we…"),
        ("{not json}", "text", "{not json}"),
        ("中文" * 60, "text", "中文" * 19 + "中…"),
        ("[" * 100_000, "text", "[" * 39 + "…"),
        ("\n \n", "text", "Pasted text"),
    ],
)
def test_names_of_what_is_pasted(text: str, language: str, name: str) -> None:
    found = pasted(text)
    assert (found.language, found.name) == (language, name)


def test_the_same_name_is_numbered() -> None:
    names: list[str] = []
    for _ in range(3):
        names.append(pasted("[1]", names).name)
    assert names == ["JSON", "JSON (2)", "JSON (3)"]


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("app.py", "python"),
        ("notes.txt", "text"),
        ("Dockerfile", "dockerfile"),
        ("README", "text"),
        (".env", "text"),
        ("a.tar.gz", "gz"),
        ("x.文", "text"),
    ],
)
def test_the_language_of_a_file(name: str, language: str) -> None:
    assert from_file(name, "x").language == language


def test_a_text_without_end_is_refused() -> None:
    check_length("x" * MOST)
    with pytest.raises(InputError) as caught:
        check_length("x" * (MOST + 100_000))
    assert caught.value.message == "This text is too long: it has 4.1 million characters."


def test_lines() -> None:
    assert [Attachment("a", text).lines for text in ("", "a", "a\n", "a\nb")] == [0, 1, 1, 2]


def test_a_megabyte_of_marks() -> None:
    each = attachment("marks", "`" * 1_000_000)
    assert len(each.fenced) < 1_000_100
    assert split(joined("", [each])) == ("", (each,))
