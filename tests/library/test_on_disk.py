"""All models as one list, also those that are damaged, incomplete, or no models."""

import os
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from app.core.errors import ModelFileError
from app.core.models import MAGIC
from app.library.header_cache import HeaderCache
from app.library.kept import Said
from app.library.on_disk import Entry, Listing, Watch, listed, looked_at
from app.library.places import Place
from app.library.source import Source, write_source
from tests.architectures import NETWORKS, write_network
from tests.damage import damage
from tests.library.files import entries, listing, write_gguf, write_model, write_projector, write_split
from tests.tiny_model import write_tiny_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


def problem(entry: Entry) -> str:
    assert entry.problem is not None
    assert entry.problem.hint
    assert not entry.chats
    return entry.problem.message


def test_what_an_entry_says(folder: Path) -> None:
    path = write_model(
        folder / "some.gguf", "Some 漢", general__license="mit", llama__expert_count=8, llama__expert_used_count=2
    )
    (entry,) = entries(folder)
    assert (entry.path, entry.origin, entry.title, entry.stem, entry.parts) == (
        path,
        "added",
        "Some 漢",
        "some",
        (path,),
    )
    assert entry.file_bytes == path.stat().st_size
    assert entry.modified.timestamp() == pytest.approx(path.stat().st_mtime)
    assert entry.chats
    said = entry.said
    assert said is not None
    assert (said.kind, said.architecture, said.quantization, said.context_length) == ("chat", "llama", "Q4_K_M", 8192)
    assert (said.layers, said.experts, said.experts_used, said.vocabulary, said.licence) == (2, 8, 2, 3, "mit")
    assert (said.has_template, said.parameters) == (True, 64 * 3 + 64 + 2 * 64 * 64)
    assert said.network.weights == 4 * said.parameters
    assert said.network.used_experts == 0.25


def test_the_order_is_that_of_the_titles(folder: Path) -> None:
    for name in ("b", "A", "c"):
        write_model(folder / f"{name}.gguf")
    assert [entry.title for entry in entries(folder)] == ["A", "b", "c"]


# ── parts ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_parts_are_one_entry(folder: Path) -> None:
    paths = write_split(folder, "big")
    (entry,) = entries(folder)
    assert (entry.path, entry.parts, entry.stem, entry.problem) == (paths[0], tuple(paths), "big", None)
    assert entry.file_bytes == sum(path.stat().st_size for path in paths)
    assert entry.said is not None
    assert entry.said.parameters == 64 * 3 + 64 + 3 * 64 * 64
    assert [layer.weights for layer in entry.said.network.layers] == [4 * 64 * 64] * 3


@pytest.mark.parametrize(("gone", "named"), [((2,), "2"), ((1,), "1"), ((1, 3), "1, 3")])
def test_missing_parts_are_said(folder: Path, gone: tuple[int, ...], named: str) -> None:
    paths = write_split(folder, "big")
    for number in gone:
        paths[number - 1].unlink()
    (entry,) = entries(folder)
    assert problem(entry) == f"“big” has 3 parts, and these are missing: {named}."


def test_a_part_that_is_cut_is_named(folder: Path) -> None:
    paths = write_split(folder, "big")
    paths[1].write_bytes(paths[1].read_bytes()[:-40])
    (entry,) = entries(folder)
    assert paths[1].name in problem(entry)


@pytest.mark.parametrize("numbers", ["00000-of-00000", "00005-of-00003", "00001-of-00001"])
def test_numbers_that_mean_no_parts(folder: Path, numbers: str) -> None:
    write_model(folder / f"odd-{numbers}.gguf")
    (entry,) = entries(folder)
    assert entry.chats


def test_a_great_number_of_parts(folder: Path) -> None:
    write_model(folder / "odd-00001-of-99999.gguf")
    (entry,) = entries(folder)
    assert problem(entry) == "“odd” has 99999 parts, and these are missing: 2, 3, 4, 5, 6, …."


def test_parts_that_are_linked_elsewhere(tmp_path: Path) -> None:
    paths = write_split(tmp_path / "real", "big")
    linked = tmp_path / "linked"
    linked.mkdir()
    for path in paths:
        (linked / path.name).symlink_to(path)
    (entry,) = entries(linked, tmp_path / "real")
    assert entry.parts == tuple(linked / path.name for path in paths)
    (linked / paths[0].name).unlink()  # what is left of them belongs to nothing, the others are whole
    assert [entry.problem is None for entry in entries(linked, tmp_path / "real")] == [False, True]
    assert [entry.problem for entry in entries(tmp_path / "real", linked)] == [None]


# ── what is wrong ─────────────────────────────────────────────────────────────────────────────────────────


def test_everything_wrong_is_an_entry_and_the_rest_works(folder: Path) -> None:
    write_model(folder / "good.gguf")
    (folder / "empty.gguf").touch()
    (folder / "page.gguf").write_text("<!DOCTYPE html>")
    write_model(folder / "cut.gguf")
    os.truncate(folder / "cut.gguf", 200)
    write_gguf(folder / "newer.gguf", {}, version=9)
    (folder / "absurd.gguf").write_bytes(MAGIC + struct.pack("<IQQ", 3, 1 << 60, 1 << 60))
    write_gguf(folder / "deep.gguf", {"general.architecture": "llama", "llama.block_count": 1 << 31}, [("x", (1,), 0)])
    (folder / "array.gguf").write_bytes(
        MAGIC + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1) + b"k" + struct.pack("<IIQ", 9, 4, 1 << 60)
    )
    (folder / "circle.gguf").symlink_to(folder / "circle.gguf")
    os.mkfifo(folder / "pipe.gguf")
    found = {entry.path.stem: entry for entry in entries(folder)}
    assert found.pop("good").chats
    said = {name: problem(entry) for name, entry in found.items()}
    assert said == {
        "empty": "“empty.gguf” is empty.",
        "page": "“page.gguf” is not a GGUF model file.",
        "cut": "“cut.gguf” is cut short: a part of it is missing.",
        "newer": "“newer.gguf” is a GGUF file of version 9, which cannot be read here.",
        "absurd": "“absurd.gguf” is damaged.",
        "deep": "“deep.gguf” is damaged.",
        "array": "“array.gguf” is damaged.",
        "circle": "“circle.gguf” is no file that can be read.",
        "pipe": "“pipe.gguf” is no file that can be read.",
    }


@settings(max_examples=40)
@given(some.integers(0, 10_000))
def test_damaged_files_are_read_or_said(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    source = write_tiny_model(folder / "tiny")
    damage(source, folder / "tiny.gguf", seed)
    (entry,) = entries(folder)
    assert (entry.said is None) == (entry.problem is not None)


odd_names = some.text(some.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(odd_names, some.text(max_size=200))
def test_odd_names(tmp_path_factory: pytest.TempPathFactory, file: str, name: str) -> None:
    folder = tmp_path_factory.mktemp("odd")
    path = write_model(folder / f"x{file}.gguf", name or "x")
    (entry,) = entries(folder)
    assert (entry.path, entry.said is not None) == (path, True)
    assert entry.title


def test_a_name_that_is_no_text(folder: Path) -> None:
    write_model(Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.gguf")), "Odd")
    cache = HeaderCache(folder / "cache.json")
    for _ in range(2):
        (entry,) = listed([Place(folder, "added")], cache, Said()).entries
        assert entry.chats
        cache = HeaderCache(folder / "cache.json")


def test_two_files_with_one_name(tmp_path: Path) -> None:
    for place in ("a", "b"):
        write_model(tmp_path / place / "same.gguf")
    assert [entry.path.parent.name for entry in entries(tmp_path)] == ["a", "b"]


def test_no_places() -> None:
    assert listing() == Listing(())


# ── further ───────────────────────────────────────────────────────────────────────────────────────────────


def test_names_and_notes_of_the_user(folder: Path) -> None:
    write_model(folder / "a.gguf", "Long name")
    (folder / "bad.gguf").touch()
    first, other = entries(folder)
    said = Said(names={other.key: "Mine"}, notes={other.key: "for work", first.key: "broken"})
    first, other = listing(folder, said=said).entries
    assert (first.title, first.note) == ("bad", "broken")
    assert (other.title, other.own_name, other.note) == ("Mine", "Long name", "for work")


def test_where_it_came_from(folder: Path) -> None:
    path = write_model(folder / "owner" / "name" / "a.gguf")
    about = path.stat()
    source = Source(
        repository="owner/name", commit="c", path="a.gguf", size=about.st_size, digest="d", licence="mit",
        modified_ns=about.st_mtime_ns,
    )  # fmt: skip
    write_source(path, source)
    (entry,) = entries(folder)
    assert (entry.repository, entry.source, entry.licence) == ("owner/name", source, "mit")
    write_model(path, "Another", layers=3, general__license="apache-2.0")  # not what was downloaded
    (entry,) = entries(folder)
    assert (entry.repository, entry.source, entry.licence) == ("", None, "apache-2.0")


def test_progress_is_told_for_new_files(folder: Path, tmp_path: Path) -> None:
    for name in "abc":
        write_model(folder / f"{name}.gguf")
    for expected in ([(0, 3), (1, 3), (2, 3)], []):
        told: list[tuple[int, int]] = []
        listed(
            [Place(folder, "own")],
            HeaderCache(tmp_path / "c"),
            Said(),
            lambda *how_far, told=told: told.append(how_far),
        )
        assert told == expected


def test_the_watch(folder: Path) -> None:
    path = write_model(folder / "a.gguf")
    watch = Watch(lambda: [Place(folder, "added")])
    assert not watch.changed()
    os.utime(path, ns=(1, 1))
    assert watch.changed()
    other = write_model(folder / "below" / "b.gguf")
    assert watch.changed()
    assert not watch.changed()
    other.rename(folder / "c.gguf")
    assert watch.changed()
    (folder / "c.gguf").unlink()
    assert watch.changed()
    (folder / "below").rmdir()
    assert not watch.changed()
    folder.rename(folder.with_name("moved"))
    assert watch.changed()


def test_one_file_with_what_belongs_to_it(folder: Path) -> None:
    paths = write_split(folder, "gemma-3-Q4_0")
    projector = write_projector(folder / "mmproj-F16.gguf")
    write_model(folder / "below" / "other.gguf")
    for path in paths:
        entry = looked_at(path, Said())
        assert (entry.path, entry.parts, entry.projectors) == (paths[0], tuple(paths), (projector,))
    assert looked_at(projector, Said()).said is not None
    paths[2].unlink()
    with pytest.raises(ModelFileError, match="missing: 3"):
        looked_at(paths[0], Said())
    with pytest.raises(ModelFileError, match="not there"):
        looked_at(folder / "none.gguf", Said())
    with pytest.raises(ModelFileError, match="is a folder"):
        looked_at(folder, Said())


@pytest.mark.parametrize("network", NETWORKS)
def test_networks_are_the_same_from_the_cache(tmp_path: Path, network: str) -> None:
    (tmp_path / "models").mkdir()
    write_network(tmp_path / "models" / "m.gguf", NETWORKS[network])
    places = [Place(tmp_path / "models", "own")]
    first = listed(places, HeaderCache(tmp_path / "c"), Said())
    assert first.entries[0].said is not None
    assert listed(places, HeaderCache(tmp_path / "c"), Said()) == first
