"""A double click on a model file: the program opens with it, or hands it to the window that is open."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from app.core.paths import bundled

PROJECT = Path(__file__).parents[2]

# Opens the window with a model; says which one is in use, and closes when it is the second one.
FIRST = """
import os, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from app.main import open_window

def opened(window, session):
    told = []

    def look():
        state = session.model_state
        if state.state == "ready" and state.path.name not in told:
            told.append(state.path.name)
            os.write(1, (state.path.name + "\\n").encode())
            if len(told) == 2:
                window.close()

    timer = QTimer(window)
    timer.timeout.connect(look)
    timer.start(20)

sys.exit(open_window(opened, Path(sys.argv[1])))
"""


def test_the_window_that_is_open_gets_the_file(tmp_path: Path) -> None:
    files = [tmp_path / "模型 one.gguf", tmp_path / "two.GGUF"]
    for file in files:
        shutil.copy(bundled("models/guide.gguf"), file)
    env = os.environ | {
        "FIRESIDE_HOME": str(tmp_path / "home"), "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(tmp_path),
        "PYTHONPATH": str(PROJECT),
    }  # fmt: skip
    first = subprocess.Popen(
        [sys.executable, "-c", FIRST, files[0]], cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )  # fmt: skip
    assert first.stdout is not None
    assert first.stdout.readline() == "模型 one.gguf\n"
    second = subprocess.run(
        [sys.executable, "-m", "app", "two.GGUF"], cwd=tmp_path, env=env, timeout=60, capture_output=True
    )
    assert (second.returncode, second.stderr) == (0, b"")
    assert first.communicate(timeout=60)[0] == "two.GGUF\n"
    assert first.returncode == 0


def test_without_a_display_the_file_is_talked_to_in_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "some model.gguf"
    shutil.copy(bundled("models/guide.gguf"), file)
    hidden = {name: value for name, value in os.environ.items() if not name.startswith(("QT_", "DISPLAY", "WAYLAND"))}
    ended = subprocess.run(
        [sys.executable, "-m", "app", file], input=b"Who are you?", capture_output=True, cwd=PROJECT, timeout=60,
        env=hidden | {"FIRESIDE_HOME": str(tmp_path)},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr.decode()
    assert b"Fireside" in ended.stdout
