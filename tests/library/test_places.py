"""Where other programs keep their files, on every system."""

import json
from pathlib import Path

import pytest

from app.library.places import Place, Surroundings, of_programs, origin_name, places


def here(home: Path, platform: str = "linux", **environment: str) -> Surroundings:
    return Surroundings(platform, home, environment)


def found(surroundings: Surroundings) -> dict[str, list[str]]:
    """Folders below the home folder, by program; those of the machine itself are left out."""
    result: dict[str, list[str]] = {}
    for place in of_programs(surroundings):
        if place.path.is_relative_to(surroundings.home):
            result.setdefault(place.origin, []).append(place.path.relative_to(surroundings.home).as_posix())
    return result


USUAL = {
    "linux": {
        "huggingface": ".cache/huggingface/hub",
        "llama.cpp": ".cache/llama.cpp",
        "ollama": ".ollama/models",
        "lmstudio": ".lmstudio/models",
        "jan": ".local/share/Jan/data/llamacpp/models",
        "gpt4all": ".local/share/nomic.ai/GPT4All",
    },
    "darwin": {
        "huggingface": ".cache/huggingface/hub",
        "llama.cpp": "Library/Caches/llama.cpp",
        "ollama": ".ollama/models",
        "lmstudio": ".lmstudio/models",
        "jan": "Library/Application Support/Jan/data/llamacpp/models",
        "gpt4all": "Library/Application Support/nomic.ai/GPT4All",
    },
    "win32": {
        "huggingface": ".cache/huggingface/hub",
        "llama.cpp": "AppData/Local/llama.cpp",
        "ollama": ".ollama/models",
        "lmstudio": ".lmstudio/models",
        "jan": "AppData/Roaming/Jan/data/llamacpp/models",
        "gpt4all": "AppData/Local/nomic.ai/GPT4All",
    },
}


@pytest.mark.parametrize("platform", USUAL)
def test_the_usual_folders(tmp_path: Path, platform: str) -> None:
    assert found(here(tmp_path, platform)) == {}
    for folder in USUAL[platform].values():
        (tmp_path / folder).mkdir(parents=True)
    assert found(here(tmp_path, platform)) == {name: [folder] for name, folder in USUAL[platform].items()}


@pytest.mark.parametrize(
    ("variable", "value", "origin", "folder"),
    [
        ("HF_HUB_CACHE", "", "huggingface", ""),
        ("HUGGINGFACE_HUB_CACHE", "", "huggingface", ""),
        ("HF_HOME", "", "huggingface", "hub"),
        ("XDG_CACHE_HOME", "", "huggingface", "huggingface/hub"),
        ("LLAMA_CACHE", "", "llama.cpp", ""),
        ("XDG_CACHE_HOME", "", "llama.cpp", "llama.cpp"),
        ("OLLAMA_MODELS", "", "ollama", ""),
        ("XDG_DATA_HOME", "", "jan", "Jan/data/llamacpp/models"),
        ("XDG_DATA_HOME", "", "gpt4all", "nomic.ai/GPT4All"),
    ],
)
def test_variables_name_other_folders(tmp_path: Path, variable: str, value: str, origin: str, folder: str) -> None:
    (tmp_path / "elsewhere" / folder).mkdir(parents=True)
    for written in (str(tmp_path / "elsewhere"), "~/elsewhere", "$BASE/elsewhere", "${BASE}/elsewhere"):
        surroundings = here(tmp_path, BASE=str(tmp_path), **{variable: written})
        assert found(surroundings)[origin] == [(Path("elsewhere") / folder).as_posix()], written


@pytest.mark.parametrize("value", ["", "  ", "relative/folder", "\0", "~"])
def test_variables_that_name_nothing(tmp_path: Path, value: str) -> None:
    surroundings = here(tmp_path, HF_HOME=value, OLLAMA_MODELS=value, LLAMA_CACHE=value)
    assert set(found(surroundings)) <= {"ollama", "llama.cpp"}  # "~" is a folder


def test_settings_of_lm_studio(tmp_path: Path) -> None:
    home, chosen = tmp_path / "moved", tmp_path / "disk"
    for folder in (home / "models", chosen):
        folder.mkdir(parents=True)
    (tmp_path / ".lmstudio-home-pointer").write_text(f"{home}\n")
    assert found(here(tmp_path)) == {"lmstudio": ["moved/models"]}
    (home / "settings.json").write_text(json.dumps({"downloadsFolder": str(chosen)}))
    assert found(here(tmp_path)) == {"lmstudio": ["disk", "moved/models"]}


def test_settings_of_jan_and_gpt4all(tmp_path: Path) -> None:
    for folder in ("j/llamacpp/models", "j/models", "g", ".config/Jan", ".config/nomic.ai"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / ".config/Jan/settings.json").write_text(json.dumps({"data_folder": str(tmp_path / "j")}))
    (tmp_path / ".config/nomic.ai/GPT4All.ini").write_text(f"[General]\nmodelPath={tmp_path / 'g'}\n")
    assert found(here(tmp_path)) == {"jan": ["j/llamacpp/models", "j/models"], "gpt4all": ["g"]}


@pytest.mark.parametrize(
    "text", ["", "[", "[]", "3", '{"data_folder": 3}', '{"data_folder": "no/root"}', "[" * 100_000]
)
def test_damaged_settings_are_passed_over(tmp_path: Path, text: str) -> None:
    for folder in (".config/Jan", ".lmstudio", ".config/nomic.ai"):
        (tmp_path / folder).mkdir(parents=True)
    for name in (".config/Jan/settings.json", ".lmstudio/settings.json", ".config/nomic.ai/GPT4All.ini"):
        (tmp_path / name).write_text(text)
    (tmp_path / ".lmstudio-home-pointer").write_bytes(b"\xff\0" + text.encode())
    assert found(here(tmp_path)) == {}


def test_the_order_in_which_a_file_counts(tmp_path: Path) -> None:
    (tmp_path / ".ollama/models").mkdir(parents=True)
    gone = tmp_path / "gone"
    listed = places(tmp_path / "own", [gone, gone], here(tmp_path), tmp_path / "guide.gguf")
    assert listed[:3] == [
        Place(tmp_path / "own", "own"),
        Place(gone, "added"),
        Place(tmp_path / ".ollama/models", "ollama"),
    ]
    assert listed[-1] == Place(tmp_path / "guide.gguf", "built-in")


def test_names_of_origins() -> None:
    assert [origin_name(each) for each in ("own", "built-in", "added", "ollama")] == [
        "Fireside", "Built in", "Added", "Ollama",
    ]  # fmt: skip


def test_this_process() -> None:
    assert Surroundings.here().home == Path.home()
