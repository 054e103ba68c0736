"""Starting the application as a process of its own: the self-test, a second window, faults, the crash report."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.paths import bundled
from app.engine.packs import system
from app.store.database import Database
from app.store.lock import InstanceLock

PROJECT = Path(__file__).parents[2]

# Runs the application; a thread closes the dialogs that appear and says what they say.
CLOSER = """
import sys, threading
from PySide6.QtCore import QMetaObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel
from app.main import open_window

def close():
    dialog = QApplication.activeModalWidget() or QApplication.activeWindow()
    if dialog is not None:
        print(" | ".join([dialog.windowTitle(), *(label.text() for label in dialog.findChildren(QLabel))]), flush=True)
        dialog.close()

def wait():
    while not finished.wait(0.1):
        if QApplication.instance() is not None:
            QTimer.singleShot(0, QApplication.instance(), close)

finished = threading.Event()
"""


def run(script: str, home: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, cwd=PROJECT, timeout=90,
        env=os.environ | {"FIRESIDE_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip


START = (
    CLOSER
    + """
watcher = threading.Thread(target=wait, daemon=True)
watcher.start()
code = open_window()
finished.set()
watcher.join()
sys.exit(code)
"""
)


def test_a_second_window_says_so(tmp_path: Path) -> None:
    lock = InstanceLock(tmp_path)
    ended = run(START, tmp_path)
    lock.release()
    assert ended.returncode == 1
    assert "already open" in ended.stdout.decode()
    assert "already open" in (tmp_path / "logs" / "fireside.log").read_text("utf-8")


def test_a_newer_database_says_so(tmp_path: Path) -> None:
    store = Database(tmp_path / "fireside.db")
    store.run("PRAGMA user_version = 99")
    store.close()
    ended = run(START, tmp_path)
    assert ended.returncode == 1
    assert "newer version" in ended.stdout.decode()


def test_a_folder_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = run(START, tmp_path / "file")
    assert ended.returncode == 1
    assert "cannot write" in ended.stdout.decode()


CRASH = """
import sys, threading
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QPlainTextEdit
from app.main import open_window

def opened(window, session):
    def fail():
        raise RuntimeError("made for this test")

    def look():
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            return
        print("report:", dialog.findChild(QPlainTextEdit).toPlainText())
        timer.stop()
        dialog.close()
        window.close()

    timer = QTimer(window)
    timer.timeout.connect(look)
    timer.start(50)
    if sys.argv[1:] == ["thread"]:
        threading.Thread(target=fail).start()
    else:
        QTimer.singleShot(0, fail)

sys.exit(open_window(opened))
"""


@pytest.mark.parametrize("where", ["", "thread"])
def test_an_unexpected_error_becomes_a_report(tmp_path: Path, where: str) -> None:
    script = CRASH.replace("sys.argv[1:]", repr([where]))
    ended = run(script, tmp_path)
    assert ended.returncode == 0, ended.stderr.decode()
    assert "RuntimeError: made for this test" in ended.stdout.decode()
    (report,) = (tmp_path / "logs").glob("crash-*.txt")
    assert "made for this test" in report.read_text("utf-8")


NO_WINDOW = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QPlainTextEdit
from app.main import open_window

def opened(window, session):
    QTimer.singleShot(0, QApplication.instance(), look)
    raise RuntimeError("made for this test")

def look():
    dialog = QApplication.activeModalWidget()
    print("report:", dialog.findChild(QPlainTextEdit).toPlainText())
    dialog.close()

sys.exit(open_window(opened))
"""


def test_an_error_that_keeps_the_window_from_opening_becomes_a_report(tmp_path: Path) -> None:
    ended = run(NO_WINDOW, tmp_path)
    assert ended.returncode == 1
    assert "RuntimeError: made for this test" in ended.stdout.decode()
    (report,) = (tmp_path / "logs").glob("crash-*.txt")
    assert "made for this test" in report.read_text("utf-8")


TALKING = """
import os, sys
from PySide6.QtCore import QTimer
from app.main import open_window

def opened(window, session):
    QTimer.singleShot(0, window, lambda: (session.say("Hello there"), os.write(1, b"said")))

sys.exit(open_window(opened))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_closes_the_window_in_good_order(tmp_path: Path, how: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", TALKING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=PROJECT,
        env=os.environ | {"FIRESIDE_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.read(4) == b"said"
    process.send_signal(how)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err.decode()
    assert b"Traceback" not in err
    assert not (tmp_path / "fireside.db-wal").exists()  # the database was closed
    store = Database(tmp_path / "fireside.db")
    assert store.conversations.messages(1)[0].text == "Hello there"
    store.close()


@pytest.mark.skipif(not bundled("models/guide.gguf").is_file(), reason="the built-in model has not been trained yet")
def test_the_self_test_passes(tmp_path: Path) -> None:
    pack = tmp_path / "engines" / "cuda" / "pack.json"
    pack.parent.mkdir(parents=True)
    pack.write_text(json.dumps({"name": "cuda", "label": "CUDA", "bindings": "0", "system": system()}))
    ended = subprocess.run(
        [sys.executable, "-m", "app", "--selftest"], capture_output=True, cwd=PROJECT, timeout=90,
        env=os.environ | {"FIRESIDE_HOME": str(tmp_path)},
    )  # fmt: skip
    report = json.loads(ended.stdout)
    assert report["ok"], report
    assert ended.returncode == 0
    assert set(report["checks"]) >= {"window_shown", "model_loaded", "answered", "answer_on_screen", "answer_on_disk"}
    assert set(report["checks"]) >= {"files", "formula", "picture", "job", "quantizer", "examination", "colours"}
    assert "The engine CUDA belongs to another version" in report["engine_note"]  # but the user's engines
    assert not (tmp_path / "fireside.db").exists()  # it used a folder of its own
