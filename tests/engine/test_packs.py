"""Engines beside the built-in one: which is found, which is chosen, and what happens when it cannot be used."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.paths import bundled, user_paths
from app.engine.packs import FOLDERS, Pack, choose, devices_of, folders, installed, system
from app.engine.room import built_for_cards
from tests.engine.conftest import written_pack


def pack(name: str = "cuda", *, version: str = "1", made_for: str = "", folder: Path = Path("p")) -> Pack:
    return Pack(name, name.upper(), version, made_for or system(), folder)


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
    written_pack(own / "v", name="vulkan", bindings="1", system=system())
    written_pack(own / "broken", label="nameless")
    (own / "empty").mkdir()
    (own / "list").mkdir()
    (own / "list" / "pack.json").write_text("[1]")
    (own / "text").mkdir()
    (own / "text" / "pack.json").write_bytes(b"\xff{")
    written_pack(program / "c", name="CUDA", bindings="1", system=system())
    written_pack(program / "v", name="vulkan", bindings="2", system=system())
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
    assert "cannot be loaded" in choose([pack()], "", "1", lambda _pack: None).note
    assert "failed here" in choose([pack()], "", "1", lambda _pack: ["card"], [Path("p")]).note
    assert choose([], "", "1", lambda _pack: nobody).note == ""
    assert "no engine called “rocm”" in choose([pack()], "rocm", "1", lambda _pack: nobody).note


def test_one_that_is_wanted_by_name_need_find_nothing_but_has_to_fit() -> None:
    assert choose([pack()], "cuda", "1", lambda _pack: []).folder == Path("p")
    assert choose([pack(version="2")], "cuda", "1", lambda _pack: []).folder is None
    assert "cannot be loaded" in choose([pack()], "cuda", "1", lambda _pack: None).note


def test_the_next_pack_takes_the_place_of_one_that_failed() -> None:
    rocm, vulkan = pack("rocm", folder=Path("r")), pack("vulkan", folder=Path("v"))
    chosen = choose([rocm, vulkan], "", "1", lambda _pack: ["card"], [Path("r")])
    assert (chosen.folder, chosen.label) == (Path("v"), "VULKAN")


def test_without_a_card_the_built_in_engine_stays(copied_pack: Path) -> None:
    (found,) = installed([copied_pack.parent])
    assert devices_of(found) == []
    label, note, library = engine_of(FIRESIDE_ENGINES=str(copied_pack.parent))
    assert (label, note) == ("CUDA", "The engine CUDA finds no graphics card here.")
    assert not library.startswith(str(copied_pack))
    assert engine_of(FIRESIDE_ENGINES=str(copied_pack.parent), FIRESIDE_ENGINE="built-in")[1] == ""


@pytest.mark.parametrize("by_name", [True, False])
def test_a_pack_that_is_forced_is_used(copied_pack: Path, by_name: bool) -> None:
    label, note, library = engine_of(
        FIRESIDE_ENGINES=str(copied_pack.parent), FIRESIDE_ENGINE="CUDA" if by_name else str(copied_pack)
    )
    assert (label, note) == ("CUDA", "")
    assert library.startswith(str(copied_pack))


@pytest.mark.parametrize(("wanted", "cut"), [("", "the end"), ("CUDA", "the end"), ("folder", "all of it")])
def test_a_broken_pack_gives_way_to_the_built_in_engine(copied_pack: Path, wanted: str, cut: str) -> None:
    for library in [path for path in copied_pack.iterdir() if "llama" in path.name]:
        whole = library.read_bytes()
        library.unlink()  # it may be a link
        library.write_bytes(b"no library" if cut == "all of it" else whole[: len(whole) // 2])
    label, note, library_in_use = engine_of(
        FIRESIDE_ENGINES=str(copied_pack.parent), FIRESIDE_ENGINE=str(copied_pack) if wanted == "folder" else wanted
    )
    assert label == "CUDA"
    assert "cannot be loaded" in note
    assert not library_in_use.startswith(str(copied_pack))


def test_a_pack_of_another_version_is_not_used_by_its_folder_either(copied_pack: Path) -> None:
    about = json.loads((copied_pack / "pack.json").read_text())
    (copied_pack / "pack.json").write_text(json.dumps(about | {"bindings": "0.0.1"}))
    _, note, library = engine_of(FIRESIDE_ENGINE=str(copied_pack))
    assert "another version" in note
    assert not library.startswith(str(copied_pack))


def test_a_pack_for_cards_is_known_by_its_libraries(tmp_path: Path) -> None:
    (tmp_path / "libggml-vulkan.so.0").touch()
    assert built_for_cards(tmp_path)
