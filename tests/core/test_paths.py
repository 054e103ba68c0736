"""Where things lie."""

from pathlib import Path

import pytest

from app.core.paths import PORTABLE, beside, bundled, user_paths


def test_one_folder_for_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRESIDE_HOME", str(tmp_path / "here"))
    paths = user_paths()
    assert paths.database == tmp_path / "here" / "fireside.db"
    assert paths.models == tmp_path / "here" / "models"
    assert all((tmp_path / "here") in (folder, *folder.parents) for folder in (paths.data, paths.cache, paths.logs))
    assert not (tmp_path / "here").exists()  # nothing is made by asking


def test_a_relative_folder_and_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIRESIDE_HOME", "data")
    assert user_paths().data == tmp_path / "data"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("FIRESIDE_HOME", "~/mine")
    assert user_paths().data == tmp_path / "mine"


def test_the_systems_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIRESIDE_HOME")
    paths = user_paths()
    assert paths.data.is_absolute()
    assert "fireside" in str(paths.database).lower()


def test_what_comes_with_the_program_is_found() -> None:
    assert bundled("resources").is_dir()
    assert bundled("nowhere/to/be/found").parts[-3:] == ("to", "be", "found")


def test_a_portable_program_writes_beside_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "Fire side 炉边"
    folder.mkdir()
    assert beside(folder / "fireside") is None
    (folder / PORTABLE).write_text("")
    assert beside(folder / "fireside") == folder / "data"
    monkeypatch.delenv("FIRESIDE_HOME")
    monkeypatch.setattr("sys.executable", str(folder / "fireside"))
    assert folder not in user_paths().data.parents  # no package: a checkout is never portable
    monkeypatch.setattr("sys.frozen", True, raising=False)
    paths = user_paths()
    assert (paths.data, paths.cache, paths.logs) == (folder / "data", folder / "data/cache", folder / "data/logs")
    monkeypatch.setenv("FIRESIDE_HOME", str(tmp_path / "mine"))
    assert user_paths().data == tmp_path / "mine"
