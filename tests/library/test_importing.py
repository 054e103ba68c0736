"""Models are taken in place, copied or moved: whole, or not at all."""

import errno
import os
from pathlib import Path

import pytest

from app.core.errors import InputError, ModelFileError, StoreError
from app.library import importing
from app.library.claim import claimed
from app.library.importing import Cancelled, Imported, Way, bring, is_within, owner
from app.library.kept import Kept
from app.library.places import Place
from app.library.source import Source, read_source, source_file, write_source
from tests.library.files import write_model, write_ollama, write_projector, write_split


class Here:
    """An own folder and a folder with files, on one disk."""

    def __init__(self, root: Path) -> None:
        self.own, self.files, self.program = root / "own", root / "files", root / "program"
        self.kept = Kept(root / "models.json")
        self.told: list[tuple[int, int]] = []
        self.stop_at = 1 << 60

    def bring(self, path: Path, way: Way = "copy") -> Imported:
        return bring(path, way, self.own, self.kept, [Place(self.own, "own"), Place(self.program, "jan")], self._go)

    def _go(self, done: int, total: int) -> bool:
        self.told.append((done, total))
        return done < self.stop_at

    @property
    def names(self) -> list[str]:
        """What lies in the own folder."""
        return sorted(path.relative_to(self.own).as_posix() for path in self.own.rglob("*") if path.is_file())


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def test_in_place_it_is_remembered(here: Here) -> None:
    path = write_model(here.files / "a.gguf", "A")
    projector = write_projector(here.files / "mmproj-F16.gguf")
    assert here.bring(path, "in place") == Imported(path, "A")
    assert here.kept.read().places == (path, projector)
    assert here.bring(path, "in place") == Imported(path, "A", there=True)
    assert not here.own.exists()


def test_a_folder_in_place(here: Here) -> None:
    write_model(here.files / "a.gguf")
    assert here.bring(here.files, "in place") == Imported(here.files, "files")
    assert here.bring(here.files, "in place").there
    assert here.kept.read().places == (here.files,)
    with pytest.raises(ModelFileError, match="is a folder"):
        here.bring(here.files, "copy")


def test_a_copy(here: Here) -> None:
    path = write_model(here.files / "a.gguf", "A")
    os.utime(path, ns=(10**18, 10**18))
    brought = here.bring(path)
    assert brought == Imported(here.own / "a.gguf", "A")
    assert brought.path.read_bytes() == path.read_bytes()
    assert brought.path.stat().st_mtime_ns == 10**18
    size = path.stat().st_size
    assert here.told == [(0, size), (size, size)]
    assert here.kept.read().places == ()


def test_a_move(here: Here) -> None:
    path = write_model(here.files / "a.gguf")
    data = path.read_bytes()
    assert here.bring(path, "move").path.read_bytes() == data
    assert not path.exists()


def test_a_move_to_another_disk_copies(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = write_split(here.files, "big")
    data = [path.read_bytes() for path in paths]
    monkeypatch.setattr(importing, "_one_disk", lambda pairs, folder: False)
    assert here.bring(paths[1], "move").path == here.own / "big" / paths[0].name
    assert [(here.own / "big" / path.name).read_bytes() for path in paths] == data
    assert not any(path.exists() for path in paths)


@pytest.mark.parametrize("way", ["copy", "move"])
def test_parts_and_projector_go_together(here: Here, way: Way) -> None:
    paths = write_split(here.files, "Pixtral")
    write_projector(here.files / "mmproj-Pixtral.gguf")
    write_model(here.files / "other.gguf")
    assert here.bring(paths[2], way).path == here.own / "Pixtral" / paths[0].name
    assert here.names == [*(f"Pixtral/{path.name}" for path in paths), "Pixtral/mmproj-Pixtral.gguf"]
    assert [path.exists() for path in paths] == [way == "copy"] * 3
    assert (here.files / "other.gguf").exists()


@pytest.mark.parametrize("way", ["copy", "move"])
def test_where_it_came_from_comes_along(here: Here, way: Way) -> None:
    path = write_model(here.files / "a.gguf")
    os.utime(path, ns=(10**18 + 7, 10**18 + 7))
    source = Source(
        repository="o/n", commit="c", path="a.gguf", size=path.stat().st_size, digest="d", modified_ns=10**18 + 7
    )
    write_source(path, source)
    assert read_source(here.bring(path, way).path) == source
    assert source_file(path).exists() == path.exists() == (way == "copy")


def test_nothing_is_copied_twice_and_nothing_is_written_over(here: Here) -> None:
    path = write_model(here.files / "a.gguf", "A")
    here.bring(path)
    assert here.bring(path) == Imported(here.own / "a.gguf", "A", there=True)
    other = write_model(here.files / "below" / "a.gguf", "B")
    assert here.bring(other).path == here.own / "a (2).gguf"
    assert here.bring(other).there
    parts = write_split(here.files, "big")
    assert not here.bring(parts[0]).there
    assert here.bring(parts[0]).there
    more = write_split(here.files / "more", "big", 2)
    assert here.bring(more[0]).path.parent == here.own / "big (2)"
    assert len(here.names) == 7


def test_what_is_in_the_own_folder_stays(here: Here) -> None:
    path = write_model(here.own / "below" / "a.gguf", "A")
    for way in ("in place", "copy", "move"):
        assert here.bring(path, way) == Imported(path, "A", there=True)  # type: ignore[arg-type]  # the three of them
    assert here.names == ["below/a.gguf"]


def test_a_blob_of_ollama_gets_a_name(here: Here) -> None:
    blob = write_ollama(here.program, ("h", "n", "m", "t"), write_model(here.files / "a.gguf", "My: odd/name?"))
    assert here.bring(blob).path == here.own / "My- odd-name.gguf"


def test_what_is_not_moved(here: Here) -> None:
    theirs = write_model(here.program / "a.gguf")
    with pytest.raises(InputError, match="belongs to Jan"):
        here.bring(theirs, "move")
    (here.files / "link.gguf").parent.mkdir()
    (here.files / "link.gguf").symlink_to(theirs)
    with pytest.raises(InputError, match="is a link"):
        here.bring(here.files / "link.gguf", "move")
    assert here.bring(here.files / "link.gguf", "copy").path.read_bytes() == theirs.read_bytes()


def test_what_is_no_model(here: Here) -> None:
    here.files.mkdir()
    (here.files / "page.gguf").write_text("<html>")
    paths = write_split(here.files, "big")
    paths[1].unlink()
    for path in (here.files / "page.gguf", here.files / "none.gguf", paths[0]):
        for way in ("in place", "copy", "move"):
            with pytest.raises(ModelFileError):
                here.bring(path, way)  # type: ignore[arg-type]  # the three of them
    assert here.kept.read().places == ()
    assert not here.own.exists()


@pytest.mark.parametrize("at", [0, 1])
def test_cancelled_nothing_is_left(here: Here, at: int) -> None:
    paths = write_split(here.files, "big")
    here.stop_at = at
    with pytest.raises(Cancelled):
        here.bring(paths[0])
    assert list(here.own.iterdir()) == []


def test_no_room(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_model(here.files / "a.gguf")
    monkeypatch.setattr(importing, "SPARE", 1 << 60)
    with pytest.raises(StoreError, match="no room") as raised:
        here.bring(path)
    assert "in place" in raised.value.hint
    assert here.names == []
    assert here.bring(path, "move").path.exists()  # needs none


def test_a_folder_that_cannot_be_written(here: Here) -> None:
    here.own.touch()
    with pytest.raises(StoreError, match="could not be brought"):
        here.bring(write_model(here.files / "a.gguf"))


def test_a_file_that_grows_meanwhile(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_model(here.files / "a.gguf")

    def go(done: int, total: int) -> bool:
        with path.open("ab") as file:
            file.write(b"more")
        return True

    monkeypatch.setattr(importing, "CHUNK", 1000)
    with pytest.raises(InputError, match="changed while"):
        bring(path, "copy", here.own, here.kept, [], go)
    assert here.names == []


def test_a_full_disk(here: Here) -> None:
    paths = write_split(here.files, "big")

    def go(done: int, total: int) -> bool:
        if done:
            raise OSError(errno.ENOSPC, "No space left on device")
        return True

    with pytest.raises(StoreError, match="disk is full"):
        bring(paths[0], "copy", here.own, here.kept, [], go)
    assert list(here.own.iterdir()) == []


def test_what_a_killed_copy_left_goes(here: Here) -> None:
    path = write_model(here.files / "a.gguf")
    for name in ("a.gguf.copying", "big/big-00001-of-00002.gguf.copying", "kept/b.gguf", "kept/c.gguf.copying"):
        (here.own / name).parent.mkdir(parents=True, exist_ok=True)
        (here.own / name).write_text("half")
    here.bring(path)
    assert here.names == ["a.gguf", "kept/b.gguf"]
    assert not (here.own / "big").exists()


def test_two_copies_at_once(here: Here) -> None:
    path = write_model(here.files / "a.gguf")
    here.own.mkdir()
    with claimed(here.own / "a.gguf.copying") as other:
        other.write(b"half")
        with pytest.raises(InputError, match="already"):
            here.bring(path)
    assert here.names == ["a.gguf.copying"]


def test_within_and_owner(tmp_path: Path) -> None:
    folder, program = tmp_path / "own", tmp_path / "program"
    theirs = write_model(program / "a.gguf")
    write_model(folder / "b.gguf")
    (folder / "link").symlink_to(program)
    (folder / "c.gguf").symlink_to(theirs)
    assert is_within(folder / "b.gguf", folder)
    assert is_within(folder / "c.gguf", folder)  # the link itself
    assert not is_within(folder / "link" / "a.gguf", folder)
    assert owner(folder / "link" / "a.gguf", [Place(folder, "own"), Place(program, "lmstudio")]) == "LM Studio"
    assert owner(folder / "b.gguf", [Place(folder, "own"), Place(program, "lmstudio")]) == ""
