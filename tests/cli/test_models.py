"""`fireside models`: the list as a table and as JSON, one model, import and remove, and models by their names."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.cli import chat
from app.cli.columns import width
from app.cli.model_option import model_path
from app.cli.models_disk import table
from app.cli.models_known import printable
from app.core.errors import InputError
from app.core.language import use
from app.core.models import count
from app.core.paths import bundled, user_paths
from app.core.verdict import Room
from app.library.header_cache import HeaderCache
from app.library.kept import Kept, Said
from app.library.on_disk import listed
from app.library.places import Place
from tests.library.files import write_gguf, write_model, write_ollama, write_projector, write_split
from tests.tiny_model import write_tiny_model

GB = 1 << 30
WITHOUT_SOCKETS = """
import os, sys
sys.addaudithook(lambda event, _: os.abort() if event.startswith("socket.") else None)
from app.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No program of the person who runs the tests is found."""
    home = tmp_path / "person"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    for name in ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "LLAMA_CACHE", "OLLAMA_MODELS",
                 "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    return home


def fireside(*argv: str | Path) -> int:
    return chat.main(["models", *(str(each) for each in argv)])


def reported(capsys: pytest.CaptureFixture[str], *argv: str | Path) -> dict[str, Any]:
    assert fireside(*argv, "--json") == 0
    read: dict[str, Any] = json.loads(capsys.readouterr().out)
    return read


def test_the_list(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = user_paths().models
    write_model(own / "one.gguf", "First 漢")
    write_split(own, "two")
    (own / "bad.gguf").touch()
    write_ollama(
        home / ".ollama" / "models", ("registry.ollama.ai", "library", "llama3", "8b"), write_model(tmp_path / "x")
    )
    assert fireside("list") == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[0].split() == ["Name", "Size", "Type", "Parameters", "Context", "Here", "From"]
    assert [line.split()[0] for line in lines[1:]] == [
        "bad",
        "“bad.gguf”",
        "Fireside",
        "First",
        "llama3:8b",
        "two",
    ]
    assert lines[2] == "  “bad.gguf” is empty. Download the file again."
    assert lines[4].split()[2:] == ["0", "MB", "Q4_K_M", "0.0M", "8,192", "Fits", "Fireside"]


def test_the_list_as_json(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = user_paths().models
    path = write_model(own / "gemma.gguf", "Gemma")
    projector = write_projector(own / "mmproj-gemma.gguf")
    (own / "bad.gguf").touch()
    Kept(user_paths().kept_of_models).add(home / "gone")
    read = reported(capsys, "list")
    by_name = {each["name"]: each for each in read["models"]}
    gemma = by_name["Gemma"]
    assert (gemma["path"], gemma["projectors"], gemma["from"]) == (str(path), [str(projector)], "own")
    assert (gemma["kind"], gemma["verdict"], gemma["context"]) == ("chat", "fits", 8192)
    assert by_name["bad"]["problem"] == "“bad.gguf” is empty."
    assert "verdict" not in by_name["bad"]
    assert by_name["Fireside Guide"]["from"] == "built-in"
    assert [each["problem"] for each in read["troubles"]] == [f"“{home / 'gone'}” is not there."]


def test_a_table_as_wide_as_the_terminal(tmp_path: Path) -> None:
    write_model(tmp_path / "a.gguf", "漢字" * 40)
    write_model(tmp_path / "b.gguf", "Name\x1b[31m\nred")
    write_projector(tmp_path / "mmproj-lonely.gguf")
    entries = listed([Place(tmp_path, "lmstudio")], HeaderCache(tmp_path / "c"), Said()).entries
    lines = list(table(entries, Room(8 * GB, 8 * GB), 80))
    assert max(map(width, lines)) <= 80
    starts = [width(line[: line.index("LM Studio")]) for line in lines[1:]]
    assert len(set(starts)) == 1
    assert not any("\x1b" in line for line in lines)
    assert "vision projector" in next(line for line in lines if line.startswith("mmproj"))
    assert max(map(width, table(entries, Room(), 0))) > 160
    assert list(table((), Room(), 80)) == ["There are no models yet."]


class Terminal(io.StringIO):
    """Takes what is printed as a terminal would."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("columns", [48, 80])
def test_no_line_is_wider_than_the_terminal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, language: str, columns: int
) -> None:
    own = user_paths().models
    model = write_model(own / "one.gguf", "A name with many words " * 4)
    (own / "bad with many words in its name, so that what is wrong with it needs two lines.gguf").touch()
    use(language, bundled("resources/translations"))
    monkeypatch.setenv("COLUMNS", str(columns))
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "stderr", terminal)
    for line in (["list"], ["search", "--offline"], ["search", "nothing", "--offline"], ["info", "guide"]):
        assert fireside(*line) == 0
    assert fireside("info", "no model with such a name, which nobody would give to one, but for a test") == 1
    assert fireside("shrink", model, "--to", "Q4_K_M", "--dry-run", "--requantize") in (0, 1)
    use("en", bundled("resources/translations"))
    told = re.sub("\r[^\n]*\x1b\\[K", "", terminal.getvalue())  # lines that were written over
    assert str(bundled("models/guide.gguf")) in told
    wide = [line for line in told.splitlines() if width(line) > columns and not line.split()[-1].endswith(".gguf")]
    assert wide == []


def test_several_with_one_title_are_told_apart(tmp_path: Path) -> None:
    for path in ("a/q4.gguf", "a/q8.gguf", "b/q4.gguf"):
        write_model(tmp_path / path, "Same")
    write_model(tmp_path / "other.gguf", "Other")
    entries = listed([Place(tmp_path, "own")], HeaderCache(None), Said()).entries
    lines = list(table(entries, Room(), 80))
    assert [line.split()[0] for line in lines[1:]] == ["Other", "a/q4", "q8", "b/q4"]


def test_one_model(capsys: pytest.CaptureFixture[str]) -> None:
    own = user_paths().models
    write_model(own / "m.gguf", "Mixture", llama__expert_count=8, llama__expert_used_count=2, general__license="mit",
                general__sampling__temp=0.5)  # fmt: skip
    assert fireside("info", "mix") == 0
    out = capsys.readouterr().out
    said = {line[:17].strip(): line[17:].strip() for line in out.splitlines()}
    assert said["Name"] == "Mixture"
    assert said["Experts"] == "2 of 8 at a time"
    assert said["Recommended"] == "temperature = 0.50"
    assert said["Here"].startswith("Fits: It needs ")
    assert said["Longest context"] == "8,192 tokens"
    assert said["Licence"] == "mit"
    assert "Note" not in said


def test_a_model_that_the_engine_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    path = write_model(user_paths().models / "next.gguf", "Next", **{"general.architecture": "next-generation"})
    assert fireside("list") == 0
    assert "Unsupported" in next(line for line in capsys.readouterr().out.splitlines() if line.startswith("Next"))
    assert fireside("info", path) == 0
    out = capsys.readouterr().out
    assert "Unsupported: This version of Fireside does not know its architecture, “next-generation”" in out
    assert "Longest context" not in out
    assert reported(capsys, "info", path)["verdict"] == "unsupported"


def test_one_model_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_model(tmp_path / "m.gguf", "Mixture", general__sampling__temp=float("nan"))
    read = reported(capsys, "info", path)
    assert (read["name"], read["path"], read["longest_context"]) == ("Mixture", str(path), 8192)
    memory = read["memory"]
    total = memory["weights_bytes"] + memory["cache_bytes"] + memory["buffers_bytes"]
    assert total == read["needed_bytes"] == memory["main_bytes"]
    read = reported(capsys, "info", path, "--header")
    assert read["header"]["llama.block_count"] == 2
    assert read["header"]["general.sampling.temp"] == "nan"


def test_the_whole_header(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = {"general.architecture": "llama", "llama.block_count": 1, "long": list(range(600)), "few": list(range(9)),
            "text": "Line\nand \x1b[31m" + "x" * 300}  # fmt: skip
    path = write_gguf(tmp_path / "m.gguf", keys, [("x", (1,), 0)])
    assert fireside("info", path, "--header") == 0
    assert capsys.readouterr().out.splitlines() == [
        "general.architecture = llama",
        "llama.block_count = 1",
        "long = 600 values",
        "few = [0, 1, 2, 3, 4, 5, 6, 7, …] (9)",
        "text = Line⏎and \ufffd[31m" + "x" * 146 + "…",
    ]
    assert fireside("info", path, "--header", "--search", "LLAMA") == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert fireside("info", path, "--header", "--search", "nothing") == 0
    assert capsys.readouterr().out == "Nothing in the header has this text.\n"
    assert fireside("info", path, "--search", "x") == 2


def test_info_of_what_is_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.gguf").write_text("<html>")
    for argv, sentence in (
        ((tmp_path / "bad.gguf",), "“bad.gguf” is not a GGUF model file."),
        (("none",), "There is no model “none”."),
        ((tmp_path / "none",), "The model file “none” is not there."),
        ((tmp_path,), f"“{tmp_path.name}” is a folder."),
        (("\0",), "There is no model “\0”."),
    ):
        assert fireside("info", *argv) == 1
        out, err = capsys.readouterr()
        assert (out, err.splitlines()[0]) == ("", sentence)


def test_the_template(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_model(tmp_path / "m.gguf", tokenizer__chat_template="{{ 1 }}\n{{ 2 }}")
    assert fireside("info", path, "--template") == 0
    assert capsys.readouterr().out == "{{ 1 }}\n{{ 2 }}\n"
    path = write_model(tmp_path / "n.gguf", tokenizer__chat_template="")
    assert fireside("info", path, "--template") == 1
    assert "no chat template" in capsys.readouterr().err


def test_nothing_opens_a_socket(tmp_path: Path) -> None:
    """In a process of its own: what listens to such events stays for good."""
    path = write_model(tmp_path / "m.gguf", "Mine")
    for argv in (["list"], ["info", str(path)], ["import", str(path), "--copy"], ["remove", "mine"]):
        ended = subprocess.run(
            [sys.executable, "-c", WITHOUT_SOCKETS, "models", *argv],
            capture_output=True, cwd=Path(__file__).parents[2], env=dict(os.environ), timeout=60,
        )  # fmt: skip
        assert (ended.returncode, ended.stderr) == (0, b""), argv


def test_import_and_remove(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = write_model(tmp_path / "one.gguf", "One"), write_model(tmp_path / "two.gguf", "Two")
    assert fireside("import", one, two) == 0
    assert capsys.readouterr().out == f"One is on the list: {one}\nTwo is on the list: {two}\n"
    assert fireside("import", one, tmp_path / "none.gguf", "--copy") == 1
    out, err = capsys.readouterr()
    assert out == f"One is on the list: {user_paths().models / 'one.gguf'}\n"
    assert err.startswith("The model file “none.gguf” is not there.")
    assert fireside("remove", "two") == 1
    assert "--yes" in capsys.readouterr().err
    assert reported(capsys, "remove", "two", "--forget") == {"forgotten": str(two)}
    assert two.exists()
    assert fireside("remove", "two", "--yes") == 1  # it is not on the list any more
    assert "There is no model" in capsys.readouterr().err
    assert fireside("remove", "guide") == 1
    assert fireside("import", two, "--copy", "--move") == 2


def test_forget_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_model(tmp_path / "folder" / "a.gguf", "Inside")
    read = reported(capsys, "import", tmp_path / "folder")
    assert read == {"models": [{"path": str(path.parent), "name": "folder", "there": False}], "failed": []}
    assert fireside("remove", "inside", "--forget") == 1  # the folder is on the list, not the file
    assert "was not imported in place" in capsys.readouterr().err
    assert fireside("remove", path.parent, "--forget") == 0
    assert capsys.readouterr().out == f"{path.parent} is off the list. Nothing was removed.\n"


def test_to_the_trash(home: Path, tmp_path: Path) -> None:
    """In a process of its own: the trash is found once."""
    own = user_paths().models
    write_split(own, "big", general__name="Big")
    ended = subprocess.run(
        [sys.executable, "-m", "app", "models", "remove", "big"],
        capture_output=True, cwd=Path(__file__).parents[2], env=dict(os.environ), timeout=60,
    )  # fmt: skip
    assert ended.stderr == b""
    assert ended.stdout.decode() == "Big is in the trash (0 MB).\n"
    assert list(own.iterdir()) == []
    if sys.platform == "linux":
        assert len(list((home / ".local/share/Trash/files").iterdir())) == 3


def test_a_path_or_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = write_model(user_paths().models / "own.gguf", "Mine")
    assert model_path(None) == bundled("models/guide.gguf")
    assert model_path(Path("mine")) == own
    for path in (own, tmp_path / "none.gguf", tmp_path / "none", Path("none.gguf"), Path("app")):
        assert model_path(path) == path
    assert model_path(Path("own.gguf")) == own  # the name of its file
    for name in ("none", "n/one", "\0"):
        with pytest.raises(InputError, match="There is no model"):
            model_path(Path(name))
    assert chat.main(["chat", "hi", "--model", "none"]) == 1
    assert "fireside models list shows them." in capsys.readouterr().err


def test_chat_with_a_model_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    own = user_paths().models
    own.mkdir(parents=True)
    write_tiny_model(own / "tiny.gguf", says="helo wrd", name="Named one")
    assert chat.main(["chat", "hi", "--model", "named", "--set", "temperature=0"]) == 0
    assert capsys.readouterr().out == "helo wrd\n"


def test_chat_with_another_template(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = write_tiny_model(tmp_path / "tiny.gguf", says="helo wrd")
    template = tmp_path / "t.jinja"
    line = ["chat", "hi", "--model", str(model), "--template", str(template), "--set", "temperature=0"]
    template.write_text(r"{{ messages[-1]['content'] + '\n' }}")
    assert chat.main(line) == 0
    assert capsys.readouterr() == ("helo wrd\n", "")
    template.write_text("{% broken")
    assert chat.main(line) == 0
    assert "template cannot be used" in capsys.readouterr().err
    template.unlink()
    assert chat.main(line) == 1
    assert "There is no file “t.jinja”." in capsys.readouterr().err


def test_numbers_and_texts_for_people() -> None:
    assert [count(number) for number in (0, 290_000, 999_499, 350e6, 999_500_000, 8_030_000_000)] == [  # type: ignore[arg-type]
        "0.0M", "0.3M", "1.0M", "350M", "1.0B", "8.0B",
    ]  # fmt: skip
    assert printable("a\x1b\n漢\u202e") == "a\ufffd\ufffd漢\ufffd"
