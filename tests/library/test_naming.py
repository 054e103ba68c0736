"""Which model a typed name means."""

from pathlib import Path

import pytest

from app.core.errors import InputError
from app.library.header_cache import HeaderCache
from app.library.kept import Said
from app.library.naming import named, short_name
from app.library.on_disk import Entry, listed
from app.library.places import Place
from tests.library.files import write_model


@pytest.fixture
def entries(tmp_path: Path) -> tuple[Entry, ...]:
    folder = tmp_path / "publisher" / "model"
    for file, name in (
        ("qwen3-8b-q4.gguf", "Qwen3 8B"),
        ("qwen3-8b-q8.gguf", "Qwen3 8B"),
        ("qwen3-14b.gguf", "Qwen3 14B"),
        ("gemma.gguf", "Gemma"),
        ("漢.gguf", "漢字"),
    ):
        write_model(folder / file, name)
    (folder / "gem-broken.gguf").touch()
    return listed([Place(tmp_path, "lmstudio")], HeaderCache(None), Said()).entries


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("Gemma", "gemma.gguf"),
        ("  GEMMA ", "gemma.gguf"),
        ("gemm", "gemma.gguf"),
        ("gem", "gemma.gguf"),  # the other one cannot be loaded
        ("gem-", "gem-broken.gguf"),
        ("qwen3 1", "qwen3-14b.gguf"),
        ("qwen3-8b-q8", "qwen3-8b-q8.gguf"),
        ("qwen3-8b-q8.gguf", "qwen3-8b-q8.gguf"),
        ("publisher/model/gemma", "gemma.gguf"),
        ("漢字", "漢.gguf"),
        ("漢", "漢.gguf"),
    ],
)
def test_the_one_that_is_meant(entries: tuple[Entry, ...], text: str, file: str) -> None:
    assert named(entries, text).path.name == file


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Qwen3 8B", "qwen3-8b-q4, qwen3-8b-q8"),
        ("qwen3", "Qwen3 14B, qwen3-8b-q4, qwen3-8b-q8"),
        ("publisher/model", "gem-broken, Gemma, Qwen3 14B, qwen3-8b-q4, qwen3-8b-q8, 漢字"),
    ],
)
def test_several_are_listed(entries: tuple[Entry, ...], text: str, hint: str) -> None:
    with pytest.raises(InputError, match="several models") as raised:
        named(entries, text)
    assert raised.value.hint == f"Name one of these: {hint}."


@pytest.mark.parametrize("text", ["", " ", "nothing", "emma"])
def test_none_is_meant(entries: tuple[Entry, ...], text: str) -> None:
    with pytest.raises(InputError, match="There is no model"):
        named(entries, text)


def test_a_great_many_are_not_all_told(tmp_path: Path) -> None:
    for number in range(20):
        write_model(tmp_path / f"model-{number:02}.gguf")
    found = listed([Place(tmp_path, "own")], HeaderCache(None), Said()).entries
    with pytest.raises(InputError) as raised:
        named(found, "model")
    assert raised.value.hint.endswith("model-07, ….")


def test_two_files_with_one_name_are_told_by_their_folders_or_paths(tmp_path: Path) -> None:
    paths = [write_model(tmp_path / place / "same.gguf") for place in ("a", "b", "c/b")]
    found = listed([Place(tmp_path, "own")], HeaderCache(None), Said()).entries
    assert [short_name(entry, found) for entry in found] == ["a/same", str(paths[1]), str(paths[2])]
    assert named(found, "a/same").path == paths[0]
    assert named(found, str(paths[1])).path == paths[1]
