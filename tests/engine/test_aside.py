"""Processes beside the parent's: what they do with Ctrl+C, and how they tell what went wrong."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.errors import InputError
from app.engine.aside import deaf_to_ctrl_c, told

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no blocked signals")
def test_what_begins_within_has_ctrl_c_blocked() -> None:
    ask = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    with deaf_to_ctrl_c():
        within = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout
    after = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout
    assert (within.strip(), after.strip()) == ("True", "False")
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_settled_process_is_silent_and_does_not_hear_ctrl_c() -> None:
    code = (
        "import os, signal; from app.engine.aside import settle; settle(('en', None));"
        "os.write(2, b'native words'); os.kill(os.getpid(), signal.SIGINT); print('still here')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert (done.stdout.strip(), done.stderr) == ("still here", "")


def test_what_users_can_act_on_is_told_as_it_is() -> None:
    error = InputError("This cannot be.", "Do something else.")
    assert told(error) is error


def test_a_fault_is_told_with_its_traceback() -> None:
    try:
        raise KeyError("missing")
    except KeyError as error:
        said = told(error)
    assert "test_aside.py" in said.detail
    assert "KeyError: 'missing'" in said.detail
