"""What is remembered of headers: valid while the file stays, forgotten with it, and never trusted when damaged."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.library.header_cache import HeaderCache
from app.library.kept import Said
from app.library.on_disk import Listing, listed
from app.library.places import Place
from tests.library.files import write_model, write_split


class Counted:
    """A list of a folder through a cache, and how many headers were read for it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cache, self.read = folder, folder / "headers.json", 0

    def listing(self) -> Listing:
        self.read = 0
        return listed([Place(self.folder, "own")], HeaderCache(self.cache), Said(), self._told)

    def _told(self, done: int, total: int) -> None:
        self.read += 1


@pytest.fixture
def counted(tmp_path: Path) -> Counted:
    write_model(tmp_path / "a.gguf")
    write_split(tmp_path, "b")
    return Counted(tmp_path)


def test_headers_are_read_once(counted: Counted) -> None:
    first = counted.listing()
    assert counted.read == 2
    assert counted.listing() == first
    assert counted.read == 0


def test_a_file_that_was_changed_is_read_again(counted: Counted) -> None:
    counted.listing()
    os.utime(counted.folder / "b-00002-of-00003.gguf", ns=(1, 1))
    counted.listing()
    assert counted.read == 1
    write_model(counted.folder / "a.gguf", "Another", layers=3)
    assert "Another" in [entry.title for entry in counted.listing().entries]


def test_what_is_gone_is_forgotten(counted: Counted) -> None:
    counted.listing()
    before = counted.cache.stat().st_size
    (counted.folder / "a.gguf").unlink()
    counted.listing()
    assert counted.cache.stat().st_size < before
    assert b"a.gguf" not in counted.cache.read_bytes()


def test_nothing_is_written_when_nothing_changed(counted: Counted) -> None:
    counted.listing()
    os.utime(counted.cache, ns=(1, 1))
    counted.listing()
    assert counted.cache.stat().st_mtime_ns == 1


def test_what_cannot_be_read_is_not_remembered(counted: Counted) -> None:
    (counted.folder / "c.gguf").write_bytes(b"GGUF")
    for _ in range(2):
        counted.listing()
        assert b"c.gguf" not in counted.cache.read_bytes()


@given(some.integers(0, 10_000), some.integers(0, 255) | some.none())
def test_a_damaged_cache_is_as_good_as_none(
    tmp_path_factory: pytest.TempPathFactory, place: int, byte: int | None
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    write_model(folder / "a.gguf")
    places, cache = [Place(folder, "own")], folder / "headers.json"
    first = listed(places, HeaderCache(cache), Said())
    data = bytearray(cache.read_bytes())
    if byte is None:
        del data[place % len(data) :]
    else:
        data[place % len(data)] = byte
    cache.write_bytes(data)
    assert listed(places, HeaderCache(cache), Said()) == first
    assert listed(places, HeaderCache(cache), Said()) == first


def test_a_disk_that_refuses_is_no_harm(counted: Counted) -> None:
    counted.cache.mkdir()
    assert len(counted.listing().entries) == 2
    assert [path.name for path in counted.folder.iterdir() if "part" in path.name] == []
