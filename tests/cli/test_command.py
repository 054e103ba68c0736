"""The `fireside` command as it is started from a shell."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app import __version__
from app.__main__ import main
from tests.tiny_model import write_tiny_model

PROJECT = Path(__file__).parents[2]


def fireside(*argv: str, piped: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    bare = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    return subprocess.run(
        [sys.executable, "-m", "app", *argv], input=piped, capture_output=True, cwd=PROJECT, env=bare | environment,
        timeout=60,
    )  # fmt: skip


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny.gguf", says="helo wrd")


def test_ctrl_c_at_any_time_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gettext.translation", interrupted)  # one of the first things that are done
    assert main(["chat", "hi"]) == 130
    monkeypatch.undo()
    monkeypatch.setattr("threading.Thread.start", interrupted)  # while the model's thread begins
    assert main(["chat", "hi"]) == 130


def test_version() -> None:
    ended = fireside("--version")
    assert (ended.returncode, ended.stdout.decode().strip()) == (0, f"Fireside {__version__}")


@pytest.mark.parametrize("argv", [["nonsense"], ["--nonsense"], ["chat", "a", "b"], ["--selftest", "x"], ["--"]])
def test_wrong_usage(argv: list[str]) -> None:
    ended = fireside(*argv)
    assert ended.returncode == 2
    assert b"--help" in ended.stderr


def test_help_names_everything() -> None:
    assert b"--selftest" in fireside("--help").stdout
    text = fireside("chat", "--help").stdout
    for option in (b"--model", b"--system", b"--set", b"--json"):
        assert option in text


def test_an_answer_of_a_real_model(model: Path) -> None:
    ended = fireside("chat", "hi", "--model", str(model), "--set", "temperature=0", "--json")
    assert ended.stderr == b""
    report = json.loads(ended.stdout)
    assert report["text"] == "helo wrd"
    assert report["completion_tokens"] > 0
    assert report["prompt_tokens"] > 0
    assert report["model"] == "Tiny"


def test_without_a_display_it_talks_in_the_terminal(tmp_path: Path) -> None:
    ended = fireside(piped=b"", FIRESIDE_HOME=str(tmp_path))
    if sys.platform == "linux":
        assert "There is no display here" in ended.stderr.decode()
        assert ended.returncode == 1  # nothing was piped in
        assert "There is nothing to send." in ended.stderr.decode()


def test_a_model_that_is_missing() -> None:
    ended = fireside("chat", "hi", "--model", "nowhere.gguf")
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert b"nowhere.gguf" in ended.stderr
    assert b"Traceback" not in ended.stderr


def test_a_model_without_a_template_says_so_beside_the_answer(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "bare.gguf", template=None, says="Yes")
    ended = fireside("chat", "hi", "--model", str(path), "--set", "temperature=0")
    assert ended.stdout.decode().strip() == "Yes"
    assert "no chat template" in ended.stderr.decode()


def test_a_closed_pipe_is_quiet(model: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        ended = subprocess.run(
            [sys.executable, "-m", "app", "chat", "hi", "--model", str(model), "--set", "temperature=0"],
            stdin=subprocess.DEVNULL, stdout=closed, stderr=subprocess.PIPE, cwd=PROJECT, timeout=60,
        )  # fmt: skip
    assert ended.stderr == b""
    assert ended.returncode == 141


def test_output_is_utf8_whatever_the_terminal_says(model: Path) -> None:
    ended = fireside("chat", "--set", "größe=1", "x", PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0")
    assert ended.returncode == 2
    assert "“größe”" in ended.stderr.decode("utf-8")


def test_the_command_line_loads_neither_qt_nor_the_models_library() -> None:
    script = (
        "import sys; from app.__main__ import main\n"
        "try: main(['chat', 'hi', '--model', 'nowhere.gguf'])\n"
        "finally: print(sorted(name for name in sys.modules if name.split('.')[0] in "
        "('PySide6', 'shiboken6', 'llama_cpp', 'numpy', 'huggingface_hub', 'markdown_it', 'jinja2')))"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, cwd=PROJECT, timeout=60)
    assert ended.stdout.decode().strip() == "[]"


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_ctrl_c_in_the_real_thing(tmp_path: Path) -> None:
    slow = write_tiny_model(tmp_path / "slow.gguf", layers=8, width=128, context=32768)
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "chat", "hi", "--model", str(slow), "--set", "temperature=0"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=PROJECT, bufsize=0,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.read(1)  # it babbles, and would until its context is full
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, b"")
