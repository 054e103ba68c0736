"""Files of every program, told by what is in them; what cannot be read is named, and the rest is read."""

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.chat.importing.found import Found, Unread
from app.chat.importing.reading import read
from app.core.attachments import attachment, joined
from app.core.errors import InputError
from app.core.interchange import written
from tests.chat.importing import files


def of(path: Path, *contents: Any) -> list[Found | Unread]:
    """What is found in one file of these JSON values, a value to a line."""
    path.write_text("\n".join(map(json.dumps, contents)), "utf-8")
    return list(read([path]))


def one(path: Path, *contents: Any) -> Found:
    (found,) = of(path, *contents)
    assert isinstance(found, Found), found
    return found


def shape(found: Found) -> list[tuple[int | None, str, str]]:
    return [(each.parent, each.role, each.text) for each in found.messages]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "no name that says anything"


def test_chatgpt(file: Path) -> None:
    found = one(file, [files.chatgpt()])
    assert (found.program, found.conversation.title, found.losses) == ("ChatGPT", "Rivers", ("1 use of a tool",))
    assert shape(found) == [
        (None, "user", "The longest river?"),
        (1, "assistant", "The Amazon."),
        (1, "assistant", "The Nile."),
    ]
    answer = found.messages[2]
    assert (answer.model, answer.thinking, found.conversation.leaf) == ("gpt-x", "Length is disputed.", 3)
    assert found.conversation.created == datetime(2023, 11, 14, 22, 13, 20, 250000, UTC)
    assert found.messages[0].created == datetime(2023, 11, 14, 22, 15, 0, 500000, UTC)


def test_chatgpt_names_its_sources(file: Path) -> None:
    said = (
        "\ue203It is 2.1\ue204 \ue200cite\ue202turn0search0\ue202turn0search3\ue201, by "
        '\ue200entity\ue202["people","Ada Lovelace",0]\ue201 \ue200navlist\ue202News\ue202turn0news1\ue201.\n'
        "As \ue200filecite\ue202turn1file0\ue201 says."
    )
    sources = [
        {"matched_text": "\ue200cite\ue202turn0search0\ue202turn0search3\ue201", "alt": "([News](https://example.org/a))"},
        {"matched_text": "\ue200filecite\ue202turn1file0\ue201", "alt": None,
         "items": [{"title": "A [new] page", "url": "https://example.org/b"}, {"title": "", "url": "https://example.org/c"}]},
        {"matched_text": " ", "alt": "", "type": "sources_footnote"},
    ]  # fmt: skip
    talk = files.chatgpt()
    talk["mapping"]["a1"]["message"] |= {
        "content": {"content_type": "text", "parts": [said]},
        "metadata": {"content_references": sources},
    }
    assert one(file, [talk]).messages[1].text == (
        "It is 2.1 ([News](https://example.org/a)), by Ada Lovelace.\n"
        "As ([A  new  page](https://example.org/b), [https://example.org/c](https://example.org/c)) says."
    )


def test_chatgpt_wrote_in_a_canvas(file: Path) -> None:
    found = one(file, files.beside_chatgpt())
    assert [each.text for each in found.messages] == [
        "A ([A](https://example.org)), ([B](https://example.org)).",
        "**Sort**\n\n```python\nsorted(x)\n```",
        "**Sort**\n\n```\nx.sort()\n```",
    ]
    assert (found.lost, found.conversation.archived) == ({"tool": 1}, True)


def test_claude_wrote_beside_its_answer(file: Path) -> None:
    found = one(file, files.beside_claude())
    assert found.messages[0].text == (
        "**Page**\n\n````html\n<b>one</b>\n```\n````\n\nBetter:\n\n**Page**\n\n````html\n<b>two</b>\n```\n````\n\n"
        "**run.py**\n\n```python\nprint()\n```"
    )
    assert found.lost == {"tool": 2}


def test_empty_conversations_are_no_fault(file: Path) -> None:
    root = {"message": None, "parent": None, "children": []}
    empties = ({"name": "", "chat_messages": []}, {"mapping": {"r": root}})
    for document, empty in (*((each, True) for each in empties), ({"mapping": {"r": {"words": "new"}}}, False)):
        (unread,) = of(file, [document])
        assert isinstance(unread, Unread)
        assert unread.empty == empty


def test_claude(file: Path) -> None:
    found = one(file, [files.claude()])
    assert (found.program, found.conversation.title) == ("Claude", "A poem")
    assert shape(found) == [
        (None, "user", joined("Read this.", [attachment("a.txt", "Roses")])),
        (1, "assistant", "Nice."),
    ]
    assert found.messages[1].thinking == "It is short."
    assert found.lost == {"file": 1, "tool": 1}
    assert found.conversation.updated == datetime(2026, 2, 14, 10, 22, 41, tzinfo=UTC)


def test_claude_with_branches(file: Path) -> None:
    found = one(file, files.claude_branches())
    assert shape(found) == [(None, "user", "One"), (1, "assistant", "A"), (None, "user", "Two")]
    assert found.conversation.leaf == 2


def test_open_webui(file: Path) -> None:
    found = one(file, [files.open_webui()])
    assert shape(found) == [(None, "user", "Hi"), (1, "assistant", "Hello."), (1, "assistant", "Hey.")]
    answer, conversation = found.messages[1], found.conversation
    assert (answer.thinking, answer.thinking_s, answer.model) == ("a < b\nso", 3.0, "llama3")
    assert (conversation.leaf, conversation.system_prompt, conversation.pinned) == (2, "Be brief.", True)
    put_away = one(file, files.open_webui() | {"archived": True, "meta": {"tags": ["first", "greeting"]}}).conversation
    assert (put_away.archived, put_away.tags) == (True, ("first", "greeting"))
    assert shape(one(file, files.open_webui()["chat"])) == shape(found)


@pytest.mark.parametrize("contents", [[files.llama_old()], [[files.llama_old()]], files.llama_lines()])
def test_llama(file: Path, contents: list[Any]) -> None:
    found = one(file, *contents)
    assert (found.program, found.conversation.title, found.conversation.leaf) == ("llama.cpp", "Talk", 2)
    assert shape(found) == [
        (None, "user", joined("Hi", [attachment("n.txt", "inside")])),
        (1, "assistant", "Yes."),
        (1, "assistant", "No."),
    ]
    assert (found.messages[1].thinking, found.messages[1].model) == ("Hm.", "m.gguf")


def test_lm_studio(file: Path) -> None:
    found = one(file, files.lm_studio())
    assert sorted(shape(found), key=str) == [
        (1, "assistant", "That."), (1, "assistant", "This."), (2, "user", "Why?"), (None, "user", "Which?"),
    ]  # fmt: skip
    assert (found.messages[1].thinking, found.messages[1].model) == ("Let me see.", "qwen")
    assert found.messages[found.conversation.leaf - 1].text == "Why?"
    assert found.conversation.system_prompt == "Be exact."


def test_jan(tmp_path: Path) -> None:
    folder = tmp_path / "threads" / "t1"
    folder.mkdir(parents=True)
    (folder / "thread.json").write_text(json.dumps(files.jan_thread()))
    (folder / "messages.jsonl").write_text("\n".join(map(json.dumps, files.jan_messages())))
    for paths in ([tmp_path / "threads"], [folder / "messages.jsonl", folder / "thread.json"]):
        (found,) = read(paths)
        assert isinstance(found, Found)
        assert (found.program, found.conversation.title) == ("Jan", "Jan talk")
        assert shape(found) == [(None, "user", "Hi"), (1, "assistant", "Hello!")]
        assert found.messages[1].thinking == "Polite."


def test_jan_as_it_exports(file: Path) -> None:
    rows = [
        {"id": "1", "role": "user", "content": [{"type": "text", "text": {"value": "Hi"}}], "created_at": 1700000000000}
    ]
    found = one(file, {"title": "Out", "exported_at": "2026-01-01T00:00:00Z", "messages": rows})
    assert (found.program, found.conversation.title, shape(found)) == ("Jan", "Out", [(None, "user", "Hi")])


def test_silly_tavern(file: Path) -> None:
    found = one(file, *files.silly_tavern())
    assert (found.program, found.conversation.title) == ("SillyTavern", "Ada")
    assert sorted(shape(found), key=str) == sorted(
        [(None, "assistant", "Welcome."), (1, "user", "Hi"), (2, "assistant", "First"), (2, "assistant", "Second"),
         (4, "user", "Go on")], key=str
    )  # fmt: skip
    second = next(each for each in found.messages if each.text == "Second")
    assert (second.thinking, second.model) == ("Which?", "mistral")
    assert found.messages[found.conversation.leaf - 1].text == "Go on"
    assert found.messages[0].created.year == 2023


@pytest.mark.parametrize("version", range(1, 13))
@pytest.mark.parametrize("saved", [False, True])
def test_gpt4all(file: Path, version: int, saved: bool) -> None:
    file.write_bytes(files.gpt4all(version, saved))
    (found,) = read([file])
    assert isinstance(found, Found), found
    attached = "\n\n" + attachment("n.txt", "inside").fenced if version >= 10 else ""
    assert shape(found) == [(None, "user", "Question?" + attached), (1, "assistant", "Answer.")]
    assert (found.conversation.title, found.messages[1].model) == ("Chat 1", "llama-8b")
    assert found.messages[1].status == "stopped"
    if version == 12:
        assert (found.messages[1].thinking, found.messages[1].thinking_s, found.lost) == ("Hm.", 1.5, {"tool": 1})


def test_gpt4all_of_a_later_version(file: Path) -> None:
    file.write_bytes(files.gpt4all()[:4] + b"\0\0\0\x63")
    (unread,) = read([file])
    assert isinstance(unread, Unread)
    assert "GPT4All" in unread.why


def test_a_plain_list_of_messages(file: Path) -> None:
    found = one(file, [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}])
    assert (found.program, found.conversation.system_prompt, shape(found)) == (
        "JSON",
        "Be kind.",
        [(None, "user", "Hi")],
    )
    assert found.conversation.created == datetime.fromtimestamp(file.stat().st_mtime, UTC)


def test_our_own(file: Path) -> None:
    first = one(file, files.open_webui())
    document = written(first.conversation, first.messages)
    for contents in ([document], [[document]], [document, document]):
        for found in of(file, *contents):
            assert isinstance(found, Found)
            assert (found.program, found.conversation, found.messages) == (
                "Fireside",
                first.conversation,
                first.messages,
            )


def test_an_archive_with_other_things(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", json.dumps([files.chatgpt(), files.claude()]))
        archive.writestr("user.json", json.dumps({"id": "me"}))
        archive.writestr("chat.html", "<html>{</html>")
        archive.writestr("picture.png", b"\x89PNG{")
    assert [found.program for found in read([path]) if isinstance(found, Found)] == ["ChatGPT", "Claude"]
    assert len(list(read([path]))) == 2


def test_one_broken_conversation_does_not_cost_the_others(file: Path) -> None:
    good = json.dumps(files.chatgpt())
    file.write_text(f'[{good}, {{"mapping": {{}}, "title": "Empty"}}, {{"mapping": x}}, {good}, {good[:200]}')
    found = list(read([file]))
    assert [type(each) for each in found] == [Found, Unread, Found, Unread, Unread]
    places = [each.where for each in found if isinstance(each, Unread)]
    assert places == [f"{file.name}, “Empty”", f"{file.name}, 3", f"{file.name}, 5"]


def test_a_line_that_is_cut_off(file: Path) -> None:
    rows = [json.dumps(each) for each in files.silly_tavern()]
    file.write_text("\n".join([*rows[:3], rows[3][:30], rows[4]]))
    found = list(read([file]))
    assert [type(each) for each in found] == [Found, Unread]
    assert [text for *_, text in shape(found[0])] == ["Welcome.", "Hi", "Go on"]


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x00\x01", b"{}", b"[]", b"[1, 2]", b'{"messages": []}', b"\x89PNG"]
)
def test_a_file_of_something_else(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    (unread,) = read([file])
    assert isinstance(unread, Unread)
    assert unread.where == file.name


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        list(read([tmp_path / "nowhere.json"]))
    assert "nowhere.json" in caught.value.message
    assert caught.value.hint


def test_utf16_and_a_byte_order_mark(file: Path) -> None:
    for encoding in ("utf-8-sig", "utf-16"):
        file.write_bytes(json.dumps([files.chatgpt()]).encode(encoding))
        assert [type(each) for each in read([file])] == [Found]
