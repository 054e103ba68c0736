"""From keystroke to disk: the real program on a virtual screen, the built-in model, real key presses."""

import os
import subprocess
import sys
from pathlib import Path

from app.core.paths import bundled
from tests.end_to_end.program import PATIENCE_S, Program, on_a_screen, until

pytestmark = on_a_screen


def test_a_question_typed_is_answered_and_kept(program: Program, display: str, own_data_folder: Path) -> None:
    assert bundled("models/guide.gguf").exists()
    program.type("what is temperature")
    program.press("Return")
    until(lambda: program.finished(2), "the answer on disk")
    (role, text, _), (answering, answer, _) = program.messages()
    assert (role, text, answering) == ("user", "what is temperature", "assistant")
    assert str(answer).strip()

    program.press("ctrl+r")  # regenerate keeps the first answer
    until(lambda: program.finished(3), "the second version")
    assert program.messages()[1][1] == answer

    program.press("Up")  # the empty box brings the last message back
    program.press("End")
    program.type(" in short")
    program.press("Return")
    until(lambda: program.finished(5), "the answer to the changed message")
    assert program.messages()[3][1] == "what is temperature in short"

    assert program.close() == 0
    again = Program(display, own_data_folder)
    assert again.finished(5)
    assert again.close() == 0


def test_two_conversations_one_in_the_trash(program: Program) -> None:
    program.type("hello")
    program.press("Return")
    until(lambda: program.finished(2), "the first answer")
    program.press("ctrl+n")
    program.type("thank you")
    program.press("Return")
    until(lambda: program.finished(4), "the second answer")
    program.press("ctrl+shift+BackSpace")
    until(lambda: program.rows("select 1 from conversation where deleted is not null"), "the trash")
    program.press("ctrl+z")
    until(lambda: not program.rows("select 1 from conversation where deleted is not null"), "the way back")
    assert program.close() == 0


def test_a_dialog_gives_the_keyboard_back(program: Program) -> None:
    window = program.xdotool("getwindowfocus")
    for keys in ("F1", "ctrl+o"):  # a dialog of ours, and one of Qt's
        program.press(keys)
        until(lambda: program.xdotool("getwindowfocus") not in ("", window), "the dialog")
        program.press("Escape")
        until(lambda: program.xdotool("getwindowfocus") == window, f"the window after {keys}")
    program.type("hello")
    program.press("Return")
    until(lambda: program.finished(2), "the answer")
    assert program.close() == 0


def test_the_palette_runs_a_command_by_its_name(program: Program) -> None:
    program.press("ctrl+k")
    program.type("quit")
    program.press("Return")
    assert program.process.wait(PATIENCE_S) == 0


def test_the_selftest_passes_on_this_screen(display: str, own_data_folder: Path) -> None:
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    ran = subprocess.run(
        [sys.executable, "-m", "app", "--selftest"], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert not own_data_folder.exists(), "it works in a folder of its own"
