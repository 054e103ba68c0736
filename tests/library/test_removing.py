"""Models go to the trash: all of them that belongs together, ours alone unless told otherwise, never other programs'."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.errors import AppError, InputError, StoreError
from app.library.header_cache import HeaderCache
from app.library.kept import Kept, Said
from app.library.on_disk import Entry, listed
from app.library.places import Place
from app.library.removing import NotOurs, remove
from tests.library.files import write_model, write_projector, write_split

PROJECT = Path(__file__).parents[2]


class Here:
    """Folders of all kinds, and a trash that is a list."""

    def __init__(self, root: Path) -> None:
        self.own, self.added, self.program = root / "own", root / "added", root / "program"
        self.places = [Place(self.own, "own"), Place(self.added, "added"), Place(self.program, "jan")]
        self.kept = Kept(root / "models.json")
        self.trashed: list[Path] = []

    def remove(self, name: str, *, sure: bool = False, places: list[Place] | None = None) -> list[Path]:
        known = self.places if places is None else places
        entries = listed(known, HeaderCache(None), Said()).entries
        entry: Entry = next(each for each in entries if each.stem == name)
        return remove(entry, entries, known, self.own, self.kept, self._trash, sure=sure)

    def _trash(self, path: Path) -> None:
        self.trashed.append(path)
        path.unlink()


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def test_one_file_with_what_says_where_it_came_from(here: Here) -> None:
    path = write_model(here.own / "owner" / "repository" / "a.gguf")
    beside = path.with_name("a.gguf.json")
    beside.write_text("{}")
    assert here.remove("a") == [path]
    assert here.trashed == [path, beside]
    assert list(here.own.iterdir()) == []  # folders that are empty now


def test_all_parts_and_the_projector(here: Here) -> None:
    paths = write_split(here.own / "big", "big")
    projector = write_projector(here.own / "big" / "mmproj-F16.gguf")
    assert here.remove("big") == [*paths, projector]
    assert not (here.own / "big").exists()


def test_a_projector_that_another_model_needs_stays(here: Here) -> None:
    for kind in ("Q4_K_M", "Q8_0"):
        write_model(here.own / f"gemma-{kind}.gguf")
    projector = write_projector(here.own / "mmproj-gemma.gguf")
    assert here.remove("gemma-Q8_0") == [here.own / "gemma-Q8_0.gguf"]
    assert here.remove("gemma-Q4_K_M") == [here.own / "gemma-Q4_K_M.gguf", projector]


def test_from_elsewhere_only_when_told_so(here: Here) -> None:
    path = write_model(here.added / "a.gguf")
    here.kept.add(path)
    with pytest.raises(NotOurs, match="not in Fireside's own folder"):
        here.remove("a")
    assert here.trashed == []
    assert here.remove("a", sure=True) == [path]
    assert here.kept.read().places == ()
    assert here.added.is_dir()


def test_never_those_of_other_programs(here: Here) -> None:
    path = write_model(here.program / "a.gguf")
    (here.own).mkdir()
    (here.own / "theirs").symlink_to(here.program)
    linked = [Place(here.own, "own"), Place(here.program, "jan")]
    for places in (here.places, linked):
        with pytest.raises(InputError, match=r"“a\.gguf” belongs to Jan\."):
            here.remove("a", sure=True, places=places)
    assert path.exists()


def test_a_link_goes_and_the_file_stays(here: Here) -> None:
    path = write_model(here.program / "a.gguf")
    here.own.mkdir()
    (here.own / "link.gguf").symlink_to(path)
    assert here.remove("link") == [here.own / "link.gguf"]
    assert path.exists()


def test_not_the_built_in_model(here: Here, tmp_path: Path) -> None:
    path = write_model(tmp_path / "guide.gguf")
    with pytest.raises(InputError, match="came with Fireside"):
        here.remove("guide", sure=True, places=[Place(path, "built-in")])


def test_damaged_files_go_too(here: Here) -> None:
    here.own.mkdir()
    (here.own / "bad.gguf").touch()
    (here.own / "link.gguf").symlink_to(here.own / "nowhere")
    assert here.remove("bad") == [here.own / "bad.gguf"]
    assert here.remove("link") == [here.own / "link.gguf"]


def test_a_trash_that_does_not_take_it(here: Here) -> None:
    write_model(here.own / "a.gguf")
    entries = listed(here.places, HeaderCache(None), Said()).entries

    def full(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    with pytest.raises(StoreError) as raised:
        remove(entries[0], entries, here.places, here.own, here.kept, full, sure=False)
    assert str(here.own) in raised.value.hint
    assert isinstance(raised.value, AppError)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="this trash is a folder on Linux only")
def test_the_trash_of_the_desktop(tmp_path: Path) -> None:
    """In a process of its own: where the trash is, is found out once."""
    home = tmp_path / "home"
    home.mkdir()
    path = write_model(tmp_path / "odd 漢 \n name.gguf")
    code = (
        "import sys; from pathlib import Path; from app.library.removing import to_trash; to_trash(Path(sys.argv[1]))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "XDG_DATA_HOME"} | {"HOME": str(home)}
    subprocess.run([sys.executable, "-c", code, str(path)], env=environment, cwd=PROJECT, check=True)
    assert not path.exists()
    trash = home / ".local" / "share" / "Trash"
    assert [each.name for each in (trash / "files").iterdir()] == [path.name]
    assert "DeletionDate=" in (trash / "info" / f"{path.name}.trashinfo").read_text()
