"""The Host and the end of its child process: deaths, files that kill it, closing, a parent that is gone."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.core.errors import EngineGone, ModelFileError
from app.core.params import Loading, Sampling
from app.core.protocol import (
    Done,
    Examined,
    Failed,
    Gone,
    Loaded,
    LoadProgress,
    Piece,
    Progress,
    Started,
)
from app.engine.host import Host
from tests.engine.conftest import ENDLESS, GREEDY, HELLO, SAYS, Watched
from tests.tiny_model import write_tiny_model


def test_a_child_that_died_is_replaced_to_tell_a_prompt(watched: Watched, sayer: Path) -> None:
    watched.load(sayer)
    assert watched.host.process_id is not None
    os.kill(watched.host.process_id, signal.SIGKILL)
    watched.until(Gone)
    watched.host.examine(HELLO)
    assert watched.until(Examined, Failed).__class__ is Examined


@pytest.mark.parametrize(
    ("death", "told"),
    [
        (signal.SIGKILL, "SIGKILL"),
        (signal.SIGABRT, "Fatal Python error: Aborted"),
        (signal.SIGSEGV, "Fatal Python error: Segmentation fault"),
    ],
)
def test_a_dead_child_costs_one_answer(watched: Watched, babbler: Path, death: signal.Signals, told: str) -> None:
    watched.load(babbler)
    first = watched.host.process_id
    assert first is not None
    answer, waiting = watched.host.generate(HELLO, ENDLESS), watched.host.generate(HELLO)
    watched.until(Piece)
    os.kill(first, death)
    gone = watched.until(Gone)
    assert isinstance(gone, Gone)
    failed = [event for event in watched.seen if isinstance(event, Failed)]
    assert [event.id for event in failed] == [answer, waiting]
    for error in (gone.error, *(event.error for event in failed)):
        assert isinstance(error, EngineGone)
        assert error.hint
        assert told in error.detail
    watched.seen.clear()
    again = watched.end_of(watched.host.generate(HELLO, Sampling(max_tokens=2, seed=1)))
    assert isinstance(again, Done)
    assert [type(event) for event in watched.seen if not isinstance(event, LoadProgress | Progress)] == [
        Loaded, Started, *[Piece] * sum(isinstance(event, Piece) for event in watched.seen), Done,
    ]  # fmt: skip
    assert watched.host.process_id != first


def test_a_child_that_dies_idle_is_replaced_by_the_next_request(watched: Watched, sayer: Path) -> None:
    watched.load(sayer)
    assert watched.host.process_id is not None
    os.kill(watched.host.process_id, signal.SIGKILL)
    watched.until(Gone)
    watched.host.warm()
    assert watched.text_of(watched.host.generate(HELLO, GREEDY)) == SAYS


def test_the_file_is_gone_when_the_model_is_to_be_loaded_again(watched: Watched, tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "model.gguf")
    watched.load(path)
    assert watched.host.process_id is not None
    path.unlink()
    os.kill(watched.host.process_id, signal.SIGKILL)
    watched.until(Gone)
    failed = watched.end_of(watched.host.generate(HELLO))
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, ModelFileError)


def test_a_child_that_does_not_stop_is_killed(sayer: Path) -> None:
    watched = Watched(patience=0.2)
    try:
        watched.load(sayer)
        child = watched.host.process_id
        assert child is not None
        os.kill(child, signal.SIGSTOP)
        answer, behind = watched.host.generate(HELLO, GREEDY), watched.host.generate(HELLO, GREEDY)
        watched.host.stop(answer)
        end = watched.end_of(answer)
        assert isinstance(end, Done)
        assert end.finish_reason == "stopped"
        assert isinstance(watched.end_of(behind), Failed)
        assert watched.text_of(watched.host.generate(HELLO, GREEDY)) == SAYS
        assert watched.host.process_id != child
    finally:
        watched.host.close()


def test_damaged_files_kill_nothing_but_the_child(watched: Watched, babbler: Path, tmp_path: Path) -> None:
    import random

    chance = random.Random(4)
    good = babbler.read_bytes()
    path = tmp_path / "damaged.gguf"
    for _ in range(25):
        data = bytearray(good[: chance.choice([len(good), len(good), chance.randrange(len(good))])])
        for _ in range(chance.choice([0, 1, 8, 64])):
            data[chance.randrange(min(len(data), 12_000))] = chance.randrange(256)
        path.write_bytes(data)
        end = watched.end_of(watched.host.load(path, Loading(threads=1, context_length=256)))
        if isinstance(end, Loaded):
            end = watched.end_of(watched.host.generate(HELLO, Sampling(max_tokens=2)))
        if isinstance(end, Failed):
            assert str(end.error)
            assert end.error.hint
    watched.load(babbler)
    assert isinstance(watched.end_of(watched.host.generate(HELLO, Sampling(max_tokens=2))), Done)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_parent_leaves_no_file_behind(watched: Watched, babbler: Path) -> None:
    watched.load(babbler)
    words = os.readlink(f"/proc/{watched.host.process_id}/fd/2")
    assert "fireside-engine-" in words
    assert "(deleted)" in words


def test_close_is_idempotent_and_leaves_nothing(babbler: Path) -> None:
    watched = Watched()
    watched.load(babbler)
    watched.host.generate(HELLO, ENDLESS)
    child = watched.host.process_id
    assert child is not None
    watched.host.close()
    watched.host.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    assert "engine host" not in [thread.name for thread in threading.enumerate()]
    watched.host.stop(1)
    watched.host.generate(HELLO)  # too late; nothing happens


def test_a_host_that_was_never_used_closes() -> None:
    host = Host(lambda event: None)
    host.close()
    host.close()
    host.warm()


def test_close_from_within_an_event(babbler: Path) -> None:
    closed = threading.Event()

    def deliver(event: object) -> None:
        host.close()
        closed.set()

    host = Host(deliver)
    host.load(babbler)
    assert closed.wait(30)
    host.close()


PARENT = """
import sys
from pathlib import Path
from app.core.protocol import Piece, Turn
from app.engine.host import Host

if __name__ == "__main__":
    def deliver(event):
        if isinstance(event, Piece):
            print(host.process_id, flush=True)
    host = Host(deliver)
    host.load(Path(sys.argv[1]))
    host.generate([Turn("user", "hello")])
    sys.stdin.read()
"""


def test_the_child_ends_when_its_parent_is_killed(slow: Path, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with subprocess.Popen(
        [sys.executable, str(script), str(slow)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
    ) as parent:  # fmt: skip
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        watch = os.pidfd_open(child)
        try:
            parent.kill()
            import select

            assert select.select([watch], [], [], 20)[0], "the child outlived its parent"
        finally:
            os.close(watch)


def test_the_child_loads_neither_qt_nor_sqlite(tmp_path: Path) -> None:
    code = (
        "import sys, app.engine.worker, app.engine.loaded\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('PySide6', 'sqlite3', 'numpy', 'diskcache')])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert output.stdout.strip() == "[]"
    assert output.stderr == ""


def test_the_window_process_loads_no_llama() -> None:
    code = (
        "import sys, app.engine.host\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('llama_cpp', 'jinja2', 'numpy')])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert output.stdout.strip() == "[]"
