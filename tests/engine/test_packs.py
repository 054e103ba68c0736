"""Engines beside the built-in one: which is found, which is chosen, and what happens when it cannot be used."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from app.core.paths import bundled, user_paths
from app.engine.packs import FOLDERS, Pack, bindings, choose, devices_of, folders, installed, system
from app.engine.room import built_for_cards


def pack(name: str = "cuda", *, version: str = "1", made_for: str = "", folder: Path = Path("p")) -> Pack:
    return Pack(name, name.upper(), version, made_for or system(), folder)


def written(folder: Path, **about: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "pack.json").write_text(json.dumps(about))
    return folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The built-in engine's libraries as a pack."""
    spec = find_spec("llama_cpp")
    assert spec is not None
    assert spec.origin is not None
    folder = written(tmp_path / "engines" / "cuda", name="cuda", label="CUDA", bindings=bindings(), system=system())
    for library in (Path(spec.origin).parent / "lib").iterdir():
        (folder / library.name).hardlink_to(library) if library.stat().st_dev == folder.stat().st_dev else (
            folder / library.name
        ).write_bytes(library.read_bytes())
    return folder


def engine_of(**environment: str) -> list[str]:
    """What a new process computes with: label, note, the file of the library."""
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import json, os\n"
            "from app.engine.llama.library import api, engine\n"
            "api.llama_backend_init()\n"
            "assert 'LLAMA_CPP_LIB_PATH' not in os.environ\n"
            "print(json.dumps([engine.label, engine.note, api._lib._name]))",
        ],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    answer: list[str] = json.loads(told.stdout)
    return answer


def test_packs_lie_with_the_user_s_data_and_with_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDERS, raising=False)
    assert folders() == [user_paths().engines, bundled("engines")]
    assert user_paths().engines.parent == user_paths().data


def test_what_is_no_pack_is_passed_over_and_the_best_comes_first(tmp_path: Path) -> None:
    own, program = tmp_path / "own", tmp_path / "program"
    written(own / "v", name="vulkan", bindings="1", system=system())
    written(own / "broken", label="nameless")
    (own / "empty").mkdir()
    (own / "list").mkdir()
    (own / "list" / "pack.json").write_text("[1]")
    (own / "text").mkdir()
    (own / "text" / "pack.json").write_bytes(b"\xff{")
    written(program / "c", name="CUDA", bindings="1", system=system())
    written(program / "v", name="vulkan", bindings="2", system=system())
    found = installed([own, program, tmp_path / "missing"])
    assert [(each.name, each.bindings) for each in found] == [("cuda", "1"), ("vulkan", "1")]


def test_the_first_that_finds_a_card_is_chosen() -> None:
    cuda, vulkan = pack(folder=Path("c")), pack("vulkan", folder=Path("v"))
    asked: list[str] = []

    def devices(of: Pack) -> list[str]:
        asked.append(of.name)
        return ["NVIDIA Something"] if of.name == "vulkan" else []

    chosen = choose([cuda, vulkan], "", "1", devices)
    assert (chosen.folder, chosen.label, chosen.note) == (Path("v"), "VULKAN", "")
    assert asked == ["cuda", "vulkan"]


def test_why_none_is_chosen_is_told() -> None:
    nobody: list[str] = []
    assert "finds no graphics card" in choose([pack()], "", "1", lambda _pack: nobody).note
    assert "another version" in choose([pack(version="2")], "", "1", lambda _pack: ["card"]).note
    assert "another system" in choose([pack(made_for="amiga-68k")], "", "1", lambda _pack: ["card"]).note
    assert choose([], "", "1", lambda _pack: nobody).note == ""
    assert "no engine called “rocm”" in choose([pack()], "rocm", "1", lambda _pack: nobody).note


def test_one_that_is_wanted_by_name_need_find_nothing_but_has_to_fit() -> None:
    assert choose([pack()], "cuda", "1", lambda _pack: []).folder == Path("p")
    assert choose([pack(version="2")], "cuda", "1", lambda _pack: []).folder is None


def test_without_a_card_the_built_in_engine_stays(copy: Path) -> None:
    (found,) = installed([copy.parent])
    assert devices_of(found) == []
    label, note, library = engine_of(FIRESIDE_ENGINES=str(copy.parent))
    assert (label, note) == ("CUDA", "The engine CUDA finds no graphics card here.")
    assert not library.startswith(str(copy))
    assert engine_of(FIRESIDE_ENGINES=str(copy.parent), FIRESIDE_ENGINE="built-in")[1] == ""


@pytest.mark.parametrize("by_name", [True, False])
def test_a_pack_that_is_forced_is_used(copy: Path, by_name: bool) -> None:
    label, note, library = engine_of(
        FIRESIDE_ENGINES=str(copy.parent), FIRESIDE_ENGINE="CUDA" if by_name else str(copy)
    )
    assert (label, note) == ("CUDA", "")
    assert library.startswith(str(copy))


def test_a_broken_pack_gives_way_to_the_built_in_engine(copy: Path) -> None:
    for library in copy.glob("*llama*"):
        library.unlink()
        library.write_bytes(b"no library")
    label, note, library_in_use = engine_of(FIRESIDE_ENGINE=str(copy))
    assert label == "CUDA"
    assert "cannot be loaded" in note
    assert not library_in_use.startswith(str(copy))
    (found,) = installed([copy.parent])
    assert devices_of(found) == []


def test_a_pack_for_cards_is_known_by_its_libraries(tmp_path: Path) -> None:
    (tmp_path / "libggml-vulkan.so.0").touch()
    assert built_for_cards(tmp_path)
