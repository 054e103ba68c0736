"""`fireside models shrink`: a copy that answers like the model, what is said before, and Ctrl+C."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import chat
from app.core.gguf import read_header
from app.core.paths import user_paths
from app.library.shrinking import UNFINISHED
from tests.library.files import write_header_only
from tests.model_file import Shape
from tests.tiny_model import write_tiny_model

SAYS = "helo wrd"


@pytest.fixture(autouse=True)
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of the application's own folder, and no other."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "LLAMA_CACHE", "OLLAMA_MODELS",
                 "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    folder = user_paths().models
    folder.mkdir(parents=True)
    return write_tiny_model(folder / "tiny-F32.gguf", says=SAYS, width=256, layers=3, name="Tiny one")


def shrink(*argv: str | Path) -> int:
    return chat.main(["models", "shrink", *(str(each) for each in argv)])


def test_the_copy_answers_like_the_model(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From 32 bits to 16, and from those to 4, with a layer less."""
    assert shrink("tiny", "--to", "f16", "--json") == 0
    half = json.loads(capsys.readouterr().out)
    assert Path(half["path"]) == model.with_name("tiny-F16.gguf")
    assert half["bytes_after"] == Path(half["path"]).stat().st_size
    assert half["bytes_after"] == pytest.approx(half["estimated_bytes"], rel=0.001)
    assert (half["made"], half["from"], half["to"]) == (True, "F32", "F16")
    assert half["needed_bytes_after"] < half["needed_bytes_before"]

    assert shrink(half["path"], "--to", "Q4_K_M", "--prune-layers", "1", "--threads", "1") == 0
    out, err = capsys.readouterr()
    assert err == ""
    made = model.with_name("tiny-2-layers-Q4_K_M.gguf")
    assert str(made) in out
    assert "F16 → Q4_K_M" in out
    assert "2 of 3" in out
    assert read_header(made).number("llama.block_count") == 2
    assert chat.main(["chat", "hi", "--model", str(made), "--set", "temperature=0"]) == 0
    assert capsys.readouterr().out == f"{SAYS}\n"


def test_a_look_at_it_makes_nothing(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(model.parent.iterdir())
    assert shrink(model, "--to", "q8_0", "--dry-run") == 0
    out = capsys.readouterr().out
    assert "Memory" in out
    assert "8 bits." in out
    assert shrink(model, "--to", "IQ2_XS", "--dry-run", "--json") == 1
    assert "importance matrix" in capsys.readouterr().err
    assert sorted(model.parent.iterdir()) == before


def test_lines_that_are_wrong(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for argv, word in (
        ((model,), "--to"),
        ((model, "--to", "Q9"), "Q4_K_M"),
        ((model, "--to", "Q8_0", "--prune-layers", "x"), "10-12"),
        ((model, "--to", "Q8_0", "--threads", "0"), "1024"),
        (("nonsuch", "--to", "Q8_0"), "nonsuch"),
    ):
        assert shrink(*argv) != 0
        assert word in capsys.readouterr().err


def test_ctrl_c(tmp_path: Path) -> None:
    large = write_header_only(tmp_path / "large-F16.gguf", Shape(48, 1024, 8, 8, 2048, 8192), 1024)
    command = [sys.executable, "-m", "app", "models", "shrink", str(large), "--to", "Q4_K_M"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None
    while not running.stdout.readline().startswith("File"):
        pass
    running.send_signal(signal.SIGINT)
    assert running.communicate()[1].splitlines()[-1:] in ([], ["Stopped. Nothing was kept of the copy."])
    assert running.returncode == 130
    assert [path.name for path in tmp_path.glob("large*")] == [large.name]
    assert not list(tmp_path.glob(f"*{UNFINISHED}"))
