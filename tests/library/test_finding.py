"""The walk over folders: links, circles, what cannot be read, and manifests of every kind."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.library import finding
from app.library.finding import Found, Walk, ollama_name
from app.library.places import Origin, Place
from tests.library.files import write_model, write_ollama


def walk(*places: Path, origin: Origin = "added") -> list[Found]:
    return list(Walk([Place(path, origin) for path in places]))


def names(found: list[Found]) -> list[str]:
    return [each.path.name for each in found]


def test_files_by_their_ending_and_not_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.gguf", "a.GGUF", "c.gguf.part", "d.txt", "._e.gguf", "below/f.gguf", ".git/g.gguf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    found = walk(tmp_path)
    assert names(found) == ["a.GGUF", "b.gguf", "f.gguf"]
    assert [each.size for each in found] == [6, 6, 12]


def test_a_file_reached_twice_comes_once(tmp_path: Path) -> None:
    file = write_model(tmp_path / "one" / "model.gguf")
    other = tmp_path / "two"
    other.mkdir()
    os.link(file, other / "hard.gguf")
    (other / "soft.gguf").symlink_to(file)
    (other / "folder").symlink_to(tmp_path / "one")
    assert [each.path for each in walk(tmp_path / "one", other)] == [file]
    assert names(walk(other, tmp_path / "one")) == ["hard.gguf"]
    assert names(walk(tmp_path, tmp_path, file)) == ["model.gguf"]


def test_links_in_circles(tmp_path: Path) -> None:
    write_model(tmp_path / "a" / "model.gguf")
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "self.gguf").symlink_to(tmp_path / "self.gguf")
    found = walk(tmp_path)
    assert [(each.path.name, each.regular) for each in found] == [("self.gguf", False), ("model.gguf", True)]


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    (tmp_path / "nowhere.gguf").symlink_to(tmp_path / "gone")
    (tmp_path / "folder.gguf").mkdir()
    write_model(tmp_path / "folder.gguf" / "model.gguf")
    assert [(each.path.name, each.regular) for each in walk(tmp_path)] == [
        ("nowhere.gguf", False), ("pipe.gguf", False), ("model.gguf", True),
    ]  # fmt: skip


def test_a_folder_that_was_added_and_is_gone(tmp_path: Path) -> None:
    for origin, said in (("added", 1), ("own", 0), ("jan", 0)):
        look = Walk([Place(tmp_path / "gone", origin)])
        assert list(look) == []
        assert len(look.troubles) == said


def test_a_folder_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions do not stop root, so a folder that goes away while it is looked at stands for it."""
    write_model(tmp_path / "a" / "model.gguf")
    (tmp_path / "b").mkdir()
    look = Walk([Place(tmp_path, "added")])
    found = iter(look)
    assert next(found).path.name == "model.gguf"
    (tmp_path / "b").rmdir()
    assert list(found) == []
    assert str(tmp_path / "b") in look.troubles[0].message


def test_many_closed_folders_are_not_all_told(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / "a" / str(number)).mkdir(parents=True)
    look = Walk([Place(tmp_path, "added")])
    write_model(tmp_path / "a" / "model.gguf")
    found = iter(look)
    next(found)
    for number in range(9):
        (tmp_path / "a" / str(number)).rmdir()
    assert list(found) == []
    assert len(look.troubles) == finding.MOST_CLOSED


def test_what_lies_nearer_is_found_first(tmp_path: Path) -> None:
    for folder in ("a/a/a", "b", "c/c"):
        write_model(tmp_path / folder / "model.gguf")
    assert [each.path.parent.name for each in walk(tmp_path)] == ["b", "c", "a"]


def test_too_many_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MOST_FOLDERS", 3)
    for name in "abcd":
        write_model(tmp_path / name / f"{name}.gguf")
    look = Walk([Place(tmp_path, "added")])
    assert names(list(look)) == ["a.gguf", "b.gguf"]
    assert "too many folders" in look.troubles[0].message


def test_the_cache_of_hugging_face(tmp_path: Path) -> None:
    repository = tmp_path / "models--unsloth--Qwen3-8B-GGUF"
    blob = write_model(repository / "blobs" / "0123abc")
    for commit in ("c1", "c2"):
        (repository / "snapshots" / commit / "q4").mkdir(parents=True)
        (repository / "snapshots" / commit / "q4" / "model.gguf").symlink_to(blob)
    write_model(tmp_path / "datasets--a--b" / "snapshots" / "c" / "no.gguf")
    write_model(repository / "refs" / "no.gguf")
    (found,) = walk(tmp_path, origin="huggingface")
    assert found.path == repository / "snapshots" / "c1" / "q4" / "model.gguf"
    assert found.repository == "unsloth/Qwen3-8B-GGUF"


def test_repositories_of_lm_studio(tmp_path: Path) -> None:
    write_model(tmp_path / "publisher" / "model" / "a.gguf")
    write_model(tmp_path / "b.gguf")
    assert [each.repository for each in walk(tmp_path, origin="lmstudio")] == ["", "publisher/model"]


# ── Ollama ────────────────────────────────────────────────────────────────────────────────────────────────


def test_models_of_ollama(tmp_path: Path) -> None:
    one, other = write_model(tmp_path / "1.gguf", "One"), write_model(tmp_path / "2.gguf", "Two")
    models = tmp_path / "models"
    blob = write_ollama(models, ("registry.ollama.ai", "library", "llama3", "latest"), one)
    write_ollama(models, ("registry.ollama.ai", "library", "llama3", "8b"), one)
    write_ollama(models, ("hf.co", "bartowski", "Gemma-GGUF", "Q4_K_M"), other, projector=one)
    found = walk(models, origin="ollama")
    assert [each.name for each in found] == ["hf.co/bartowski/Gemma-GGUF:Q4_K_M", "llama3:8b"]
    assert found[0].projector == found[1].path == blob
    assert found[1].projector is None


def test_a_manifest_whose_blob_is_gone(tmp_path: Path) -> None:
    blob = write_ollama(
        tmp_path / "m", ("registry.ollama.ai", "me", "mine", "latest"), write_model(tmp_path / "a.gguf")
    )
    blob.unlink()
    (found,) = walk(tmp_path / "m", origin="ollama")
    assert (found.name, found.regular) == ("me/mine:latest", False)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("registry.ollama.ai", "library", "llama3", "8b"), "llama3:8b"),
        (("registry.ollama.ai", "me", "llama3", "8b"), "me/llama3:8b"),
        (("host", "library", "llama3", "8b"), "host/library/llama3:8b"),
        (("library", "8b"), "library:8b"),
        (("8b",), "8b"),
    ],
)
def test_names_of_ollama(parts: tuple[str, ...], name: str) -> None:
    assert ollama_name(parts) == name


json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text() | some.sampled_from(["layers", "digest"]), inner),
    max_leaves=10,
)
layers = some.lists(
    some.fixed_dictionaries(
        {},
        optional={
            "mediaType": some.just(finding.MODEL_LAYER) | json_values,
            "digest": some.from_regex(r"sha256[:-][0-9a-f]{64}", fullmatch=True) | some.text() | json_values,
        },
    )
    | json_values
)


@given(
    some.binary()
    | json_values.map(json.dumps).map(str.encode)
    | layers.map(lambda each: json.dumps({"layers": each}).encode())
)
def test_manifests_of_every_kind(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """They name a blob, or nothing; never a file elsewhere."""
    models = tmp_path_factory.mktemp("models")
    manifest = models / "manifests" / "registry.ollama.ai" / "library" / "x" / "y"
    manifest.parent.mkdir(parents=True)
    manifest.write_bytes(data)
    for found in walk(models, origin="ollama"):
        assert found.path.parent == models / "blobs"
        assert not found.regular
