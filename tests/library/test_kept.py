"""Further places, names and notes: kept whole, read even when damaged."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.core.errors import StoreError
from app.library.kept import Kept, Said


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "data" / "models.json")


def test_places(kept: Kept, tmp_path: Path) -> None:
    assert kept.read() == Said()
    for name in ("a", "漢", "a"):
        kept.add(tmp_path / name)
    assert kept.read().places == (tmp_path / "a", tmp_path / "漢")
    assert kept.forget(tmp_path / "a")
    assert not kept.forget(tmp_path / "a")
    assert kept.read().places == (tmp_path / "漢",)


def test_names_and_notes(kept: Kept) -> None:
    kept.set_name("1", "  My \n model ")
    kept.set_note("1", "line\nline\n")
    kept.set_name("2", "\ud800")
    assert (kept.read().names, kept.read().notes) == ({"1": "My model", "2": "\ufffd"}, {"1": "line\nline"})
    kept.set_name("1", " ")
    kept.set_note("1", "")
    assert (kept.read().names, kept.read().notes) == ({"2": "\ufffd"}, {})


def test_a_disk_that_refuses(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        Kept(tmp_path / "file" / "models.json").add(tmp_path)


@pytest.mark.parametrize("damaged", [b"", b'{"names": {"1": "A"}', b"[" * 100_000, b"[]", b"\xff"])
def test_a_damaged_file_is_put_aside_by_a_change(tmp_path: Path, damaged: bytes) -> None:
    path = tmp_path / "models.json"
    path.write_bytes(damaged)
    assert Kept(path).read() == Said()
    assert path.read_bytes() == damaged
    Kept(path).set_name("2", "B")
    assert Kept(path).read().names == {"2": "B"}
    assert (tmp_path / "models.unread").read_bytes() == damaged


def test_a_file_that_cannot_be_read_stays(tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    path.mkdir()  # what nobody can read, not even root
    assert Kept(path).read() == Said()
    with pytest.raises(StoreError, match="cannot be read"):
        Kept(path).set_note("2", "B")
    assert path.is_dir()


json_values = some.recursive(
    some.none() | some.booleans() | some.floats(allow_nan=False) | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.sampled_from(["places", "names", "notes", "k"]), inner),
    max_leaves=10,
)


@given(some.binary() | json_values.map(json.dumps).map(str.encode))
def test_whatever_is_in_the_file(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("kept") / "models.json"
    path.write_bytes(data)
    kept = Kept(path)
    said = kept.read()
    assert all(place.is_absolute() for place in said.places)
    kept.add(path)
    assert kept.read().places == (*said.places, path)
