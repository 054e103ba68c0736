"""Whatever bytes a file holds: a report or a sentence, never anything else."""

import json
import random
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.chat.importing import source
from app.chat.importing.found import Found, Unread
from app.chat.importing.reading import read
from app.core.errors import InputError
from app.core.interchange import fingerprint
from tests.chat.importing import files

DOCUMENTS: list[Any] = [
    files.chatgpt(), files.claude(), files.claude_branches(), files.open_webui(), files.llama_old(), files.lm_studio(),
    *files.llama_lines(), files.beside_chatgpt(), files.beside_claude(), *files.silly_tavern(), files.jan_thread(), *files.jan_messages(),
]  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def outcome(content: bytes) -> list[Found | Unread]:
    """What is found, held to what is promised of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        path.write_bytes(content)
        try:
            found = list(read([path]))
        except InputError:
            return []
    for each in found:
        if isinstance(each, Found):
            numbers = [message.id for message in each.messages]
            assert numbers == list(range(1, len(numbers) + 1))
            assert all(message.parent is None or message.parent < message.id for message in each.messages)
            assert each.conversation.leaf is None or each.conversation.leaf in numbers
            fingerprint(each.conversation, each.messages).encode()
            each.conversation.title.encode()
    return found


@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    outcome(content)


@given(st.sampled_from([b"{", b"[", b"PK\x03\x04", source.GPT4ALL, b"\xff\xfe[\0"]), st.binary(max_size=200))
def test_any_bytes_after_a_known_beginning(start: bytes, content: bytes) -> None:
    outcome(start + content)


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [path, *(each for key, value in inner for each in places(value, (*path, key)))]


@settings(max_examples=200)
@given(st.sampled_from(DOCUMENTS), st.randoms(use_true_random=False), json_values)
def test_any_value_in_place_of_another(document: Any, chance: random.Random, value: Any) -> None:
    copy = json.loads(json.dumps(document))
    *path, last = chance.choice(places(copy)[1:])
    holder = copy
    for key in path:
        holder = holder[key]
    holder[last] = value
    outcome(json.dumps([copy, document]).encode("utf-8", "surrogatepass"))
    outcome(json.dumps(copy).encode("utf-8", "surrogatepass"))


@settings(max_examples=60)
@given(st.integers(0, 2000), st.binary(min_size=1, max_size=4), st.integers(1, 12))
def test_a_damaged_gpt4all_file(place: int, content: bytes, version: int) -> None:
    data = files.gpt4all(version)
    place %= len(data)
    outcome(data[:place] + content + data[place + len(content) :])
    outcome(data[: max(place, 4)])


def packed(path: Path, **options: Any) -> bytes:
    with zipfile.ZipFile(path, "w", **options) as archive:
        archive.writestr("conversations.json", json.dumps([files.chatgpt()]))
    return path.read_bytes()


@settings(max_examples=60)
@given(st.integers(0, 5000), st.binary(min_size=1, max_size=4))
def test_a_damaged_archive(place: int, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = packed(Path(folder, "a.zip"), compression=zipfile.ZIP_DEFLATED)
    place %= len(data)
    outcome(data[:place] + content + data[place + len(content) :])
    outcome(data[:place])


def test_a_zip_bomb(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", b"[" + b" " * (source.HARMLESS + 2**20) + b"]")
    with pytest.raises(InputError, match="suspiciously"):
        list(read([path]))


def test_a_file_that_cannot_be_read_does_not_cost_the_others(tmp_path: Path) -> None:
    whole, cut, good = tmp_path / "whole.zip", tmp_path / "cut.zip", tmp_path / "good.json"
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("conversations.json", json.dumps([files.claude()]))
        archive.writestr("zeros.json", b"[" + b" " * (source.HARMLESS + 2**20) + b"]", zipfile.ZIP_DEFLATED)
    cut.write_bytes(whole.read_bytes()[:500])
    good.write_text(json.dumps([files.chatgpt()]))
    found = list(read([whole, cut, tmp_path / "nowhere.json", good]))
    assert [each.program for each in found if isinstance(each, Found)] == ["Claude", "ChatGPT"]
    told = [each.why for each in found if isinstance(each, Unread)]
    assert [words in why for words, why in zip(("suspiciously", "cut off", "no file"), told, strict=True)] == [True] * 3
    assert len(list(read([whole]))) == 2  # what was found before is not lost
    with pytest.raises(InputError, match="cut off"):
        list(read([cut]))


def test_an_archive_that_lies_about_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "LARGEST_FILE", 2**20)
    path = tmp_path / "long.json"
    path.write_bytes(b"[" + b" " * 2**21 + b"]")
    with pytest.raises(InputError, match="larger"):
        list(read([path]))


def test_a_conversation_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "LARGEST_VALUE", 5000)
    monkeypatch.setattr(source, "CHUNK", 100)
    big = files.claude() | {"name": "x" * 6000}
    path = tmp_path / "file"
    path.write_text(json.dumps([files.chatgpt(), big, files.claude()]))
    *found, unread = read([path])
    assert [each.program for each in found if isinstance(each, Found)] == ["ChatGPT", "Claude"]
    assert isinstance(unread, Unread)
    assert "MB" in unread.why


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_wherever_the_parts_of_a_file_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(source, "CHUNK", size)
    document = files.claude() | {"name": 'quoted \\ " {[ 你好 \U0001f600'}
    path = tmp_path / "file"
    path.write_text(json.dumps([document, document], ensure_ascii=False), "utf-8")
    titles = [each.conversation.title for each in read([path]) if isinstance(each, Found)]
    assert titles == [document["name"]] * 2


def test_nested_too_deeply(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("[" + json.dumps(files.chatgpt()) + ',{"mapping":' + "[" * 200_000 + "]" * 200_000 + "}]")
    found = list(read([path]))
    assert [type(each) for each in found] == [Found, Unread]


def test_ten_thousand_messages_in_a_row_and_in_a_circle(tmp_path: Path) -> None:
    chat = files.open_webui()
    chat["chat"]["history"]["messages"] = {
        str(number): {"parentId": str((number + 1) % 10_000), "role": "user", "content": f"m{number}"}
        for number in range(10_000)
    }
    path = tmp_path / "file"
    path.write_text(json.dumps(chat))
    (found,) = read([path])
    assert isinstance(found, Found)
    assert len(found.messages) == 10_000


def test_a_locked_archive(tmp_path: Path) -> None:
    path = tmp_path / "locked.zip"
    data = bytearray(packed(path))
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    data[6] |= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="password"):
        list(read([path]))
