"""The header reader: what it finds, and what it says of files that are none."""

import contextlib
import os
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from app.core.errors import ModelFileError
from app.core.models import MAGIC
from app.library.gguf import read
from tests.tiny_model import CHATML, vocabulary, write_tiny_model


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(
        tmp_path_factory.mktemp("gguf") / "tiny.gguf",
        name="Tiny 漢",
        recommended={"temp": 0.6, "top_p": 0.95, "top_k": 20, "mirostat": 1, "min_p": 7.0},
    )


def test_what_the_header_says(tiny: Path) -> None:
    found = read(tiny)
    assert (found.name, found.architecture, found.quantization, found.version) == ("Tiny 漢", "llama", "F32", 3)
    assert (found.context_length, found.layers, found.embedding_length, found.heads, found.kv_heads) == (
        2048,
        2,
        64,
        4,
        4,
    )
    assert found.vocabulary == len(vocabulary())
    assert found.chat_template == CHATML
    assert found.recommended == {"temperature": 0.6, "top_p": 0.95, "top_k": 20, "mirostat": "1"}  # 7.0 is out of range
    assert found.file_bytes == tiny.stat().st_size
    assert found.parameters == 2 * 290 * 64 + 64 + 2 * (2 * 64 + 4 * 64 * 64 + 3 * 64 * 128)


def test_without_a_name_it_is_the_files(tmp_path: Path) -> None:
    assert read(write_tiny_model(tmp_path / "some-model.gguf", name="", template=None)).name == "some-model"


def test_the_digest_tells_files_apart(tiny: Path, tmp_path: Path) -> None:
    other = write_tiny_model(tmp_path / "other.gguf", seed=1)
    copy = tmp_path / "copy.gguf"
    copy.write_bytes(tiny.read_bytes())
    assert read(tiny).digest == read(copy).digest != read(other).digest


def refused(path: Path) -> str:
    with pytest.raises(ModelFileError) as raised:
        read(path)
    assert raised.value.hint
    assert path.name in raised.value.message
    return raised.value.message


def test_missing(tmp_path: Path) -> None:
    assert "not there" in refused(tmp_path / "none.gguf")


def test_a_folder(tmp_path: Path) -> None:
    assert "folder" in refused(tmp_path)


def test_empty(tmp_path: Path) -> None:
    (tmp_path / "empty.gguf").touch()
    assert "empty" in refused(tmp_path / "empty.gguf")


@pytest.mark.parametrize("data", [b"x", b"GGML....", b"<!DOCTYPE html>", b"\0" * 100, b"PK\3\4"])
def test_not_gguf(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(data)
    assert "not a GGUF" in refused(path)


@pytest.mark.parametrize("version", [0, 1, 4, 3 << 24])
def test_another_version(tmp_path: Path, version: int) -> None:
    path = tmp_path / "version.gguf"
    path.write_bytes(MAGIC + struct.pack("<IQQ", version, 0, 0))
    assert f"version {version}" in refused(path)


def test_cut_short_anywhere(tiny: Path, tmp_path: Path) -> None:
    data = tiny.read_bytes()
    path = tmp_path / "part.gguf"
    for length in (4, 7, 8, 20, 24, 30, 100, 2000, 9000, len(data) // 2, len(data) - 33):
        path.write_bytes(data[:length])
        assert "cut short" in refused(path), length


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_unreadable(tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "secret.gguf"
    path.write_bytes(tiny.read_bytes())
    path.chmod(0)
    assert "cannot be read" in refused(path)


def test_a_table_of_trillions_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "huge.gguf"
    path.write_bytes(MAGIC + struct.pack("<IQQ", 3, 1 << 60, 1))
    assert "damaged" in refused(path)


@settings(max_examples=300, deadline=None)
@given(some.lists(some.tuples(some.integers(4, 9000), some.integers(0, 255)), min_size=1, max_size=8))
def test_flipped_bytes_are_read_or_refused(
    tiny: Path, tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]]
) -> None:
    data = bytearray(tiny.read_bytes())
    for place, value in flips:
        data[place] = value
    path = tmp_path_factory.mktemp("flipped") / "flipped.gguf"
    path.write_bytes(data)
    with contextlib.suppress(ModelFileError):
        assert read(path).file_bytes == len(data)
