"""Translation falls back to English and follows the system."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import language
from app.core.language import tr, trn


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    language.use("en", Path("nowhere"))


def catalogue(folder: Path) -> None:
    """A catalogue with two entries, in the binary form that gettext reads."""
    import struct

    entries = {
        b"": b"Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=1; plural=0;\n",
        b"Stop": "停止".encode(),
        b"{count} message\0{count} messages": "{count} 条消息".encode(),
    }
    keys = sorted(entries)
    start = 7 * 4 + 16 * len(keys)
    ids, texts, at = [], [], start
    for key in keys:
        ids.append((len(key), at))
        at += len(key) + 1
    for key in keys:
        texts.append((len(entries[key]), at))
        at += len(entries[key]) + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + 8 * len(keys), 0, 0)
    body = b"".join(struct.pack("<2I", *pair) for pair in ids + texts)
    data = b"".join(key + b"\0" for key in keys) + b"".join(entries[key] + b"\0" for key in keys)
    target = folder / "zh_CN" / "LC_MESSAGES"
    target.mkdir(parents=True)
    (target / f"{language.DOMAIN}.mo").write_bytes(head + body + data)


def test_without_a_catalogue_it_is_english(tmp_path: Path) -> None:
    assert language.use("zh_CN", tmp_path) == "zh_CN"
    assert tr("Stop") == "Stop"
    assert tr("") == ""
    assert trn("{count} message", "{count} messages", 1) == "1 message"
    assert trn("{count} message", "{count} messages", 1200) == "1,200 messages"


def test_with_a_catalogue(tmp_path: Path) -> None:
    catalogue(tmp_path)
    language.use("zh_CN", tmp_path)
    assert tr("Stop") == "停止"
    assert tr("Not there") == "Not there"
    assert trn("{count} message", "{count} messages", 2) == "2 条消息"
    assert tr("") == ""  # not the catalogue's head
    assert language.use("en", tmp_path) == "en"
    assert tr("Stop") == "Stop"


def test_an_unknown_language_is_english(tmp_path: Path) -> None:
    assert language.use("tlh", tmp_path) == "en"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("zh_CN.UTF-8", "zh_CN"), ("zh_TW", "zh_CN"), ("de_DE.UTF-8", "en"), ("C", "en"), ("en_GB", "en")],
)
def test_the_systems_language(name: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", name)
    assert language.system_language() == expected
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert language.system_language() == "zh_CN"
