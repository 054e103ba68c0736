"""The Host with a real child process: answers, stops, deaths, the end."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.core import language
from app.core.errors import EngineGone, LoadError, ModelFileError
from app.core.params import Loading, Sampling
from app.core.paths import bundled
from app.core.protocol import (
    Counted,
    Done,
    Examined,
    Failed,
    Gone,
    Loaded,
    LoadProgress,
    Piece,
    Progress,
    Started,
    Turn,
    Unloaded,
)
from app.engine.host import Host
from tests.engine.conftest import SAYS, Watched
from tests.tiny_model import write_tiny_model

HELLO = [Turn("user", "hello")]
GREEDY = Sampling(temperature=0.0)
ENDLESS = Sampling(seed=1)


def test_load_answer_count_unload(watched: Watched, sayer: Path) -> None:
    host = watched.host
    loaded = watched.load(sayer)
    assert isinstance(watched.seen[0], LoadProgress)
    assert loaded.model.name == "Tiny"
    assert watched.text_of(host.generate(HELLO, GREEDY)) == SAYS
    assert any(isinstance(event, Started) for event in watched.seen)
    count = host.count(HELLO, "a draft")
    counted = watched.until(Counted)
    assert isinstance(counted, Counted)
    assert counted.id == count
    examine = host.examine([*HELLO, Turn("assistant", "é"), Turn("user", "!")], prefill="So")
    examined = watched.until(Examined)
    assert isinstance(examined, Examined)
    assert examined.id == examine
    assert examined.text.endswith("So")
    unload = host.unload()
    assert watched.until(Unloaded) == Unloaded(unload)
    failed = watched.end_of(host.generate(HELLO))
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, LoadError)
    assert not failed.loaded


def test_a_prompt_is_told_while_the_model_answers(watched: Watched, slow: Path) -> None:
    watched.load(slow)
    answer = watched.host.generate([Turn("user", "x" * 3000)], Sampling(max_tokens=200))
    watched.until(Started)
    examine = watched.host.examine(HELLO)
    told = watched.until(Examined, Done)
    assert isinstance(told, Examined)
    assert told.id == examine
    watched.host.stop(answer)
    assert watched.end_of(answer).finish_reason == "stopped"  # type: ignore[union-attr]  # Done


def test_a_child_that_died_is_replaced_to_tell_a_prompt(watched: Watched, sayer: Path) -> None:
    watched.load(sayer)
    assert watched.host.process_id is not None
    os.kill(watched.host.process_id, signal.SIGKILL)
    watched.until(Gone)
    watched.host.examine(HELLO)
    assert watched.until(Examined, Failed).__class__ is Examined


def test_requests_are_served_in_order(watched: Watched, sayer: Path) -> None:
    host = watched.host
    ids = [host.load(sayer), *(host.generate(HELLO, GREEDY) for _ in range(3))]
    ends = [watched.until(Loaded, Done) for _ in ids]
    assert [event.id for event in ends if not isinstance(event, Gone)] == ids


def test_a_draft_is_counted_while_the_model_answers(watched: Watched, slow: Path) -> None:
    host = watched.host
    watched.load(slow)
    answer = host.generate(HELLO, ENDLESS)
    watched.until(Piece)
    count = host.count(HELLO, "more")
    event = watched.until(Counted, Done)
    assert isinstance(event, Counted)
    assert event.id == count
    host.stop(answer)
    end = watched.end_of(answer)
    assert isinstance(end, Done)
    assert end.finish_reason == "stopped"


def test_stop_between_tokens_keeps_the_model(watched: Watched, slow: Path) -> None:
    watched.load(slow)
    process = watched.host.process_id
    answer = watched.host.generate(HELLO, ENDLESS)
    watched.until(Piece)
    watched.host.stop(answer)
    watched.host.stop(answer)
    end = watched.end_of(answer)
    assert isinstance(end, Done)
    assert end.finish_reason == "stopped"
    assert end.timing.completion_tokens == sum(event.tokens for event in watched.seen if isinstance(event, Piece))
    watched.host.stop(answer)  # long over
    watched.host.stop(12345)  # never was
    again = watched.end_of(watched.host.generate(HELLO, Sampling(max_tokens=2, seed=1)))
    assert isinstance(again, Done)
    assert again.finish_reason == "length"
    assert watched.host.process_id == process


def test_stop_within_a_prompt(watched: Watched, slow: Path) -> None:
    watched.load(slow, batch_size=256)
    answer = watched.host.generate([Turn("user", "x" * 4000)], ENDLESS)
    watched.until(Progress)
    watched.host.stop(answer)
    end = watched.end_of(answer)
    assert isinstance(end, Done)
    assert (end.finish_reason, end.timing.completion_tokens) == ("stopped", 0)
    assert not any(isinstance(event, Piece) for event in watched.seen)


def test_a_waiting_request_is_stopped_too(watched: Watched, slow: Path) -> None:
    host = watched.host
    watched.load(slow)
    first, second = host.generate(HELLO, ENDLESS), host.generate(HELLO, ENDLESS)
    watched.until(Piece)
    host.stop(second)
    host.stop(first)
    ends = [watched.until(Done), watched.until(Done)]
    assert {(end.id, end.finish_reason) for end in ends if isinstance(end, Done)} == {
        (first, "stopped"),
        (second, "stopped"),
    }


def test_many_requests_are_answered_at_once_and_stopped_one_by_one(watched: Watched, slow: Path) -> None:
    host = watched.host
    watched.load(slow)
    answers = [host.generate([Turn("user", f"{number} hello")], ENDLESS) for number in range(3)]
    growing: set[int] = set()
    while len(growing) < 3:
        event = watched.until(Piece)
        assert isinstance(event, Piece)
        growing.add(event.id)
    for request in (answers[1], answers[0], answers[2]):
        host.stop(request)
        end = watched.until(Done)
        assert isinstance(end, Done)
        assert (end.id, end.finish_reason) == (request, "stopped")


def test_another_model_is_loaded_when_the_answers_of_this_one_are_done(
    watched: Watched, babbler: Path, sayer: Path
) -> None:
    host = watched.host
    watched.load(babbler)
    answers = [host.generate(HELLO, Sampling(seed=seed, max_tokens=60)) for seed in (1, 2)]
    load = host.load(sayer, Loading(threads=1))
    last = host.generate(HELLO, GREEDY)
    ends = [watched.until(Loaded, Done) for _ in range(4)]
    assert [event.id for event in ends if not isinstance(event, Gone)][2:] == [load, last]
    assert {event.id for event in ends[:2] if isinstance(event, Done)} == set(answers)


def test_what_waits_behind_a_load_is_stopped_at_once(watched: Watched, slow: Path, sayer: Path) -> None:
    host = watched.host
    watched.load(slow)
    answer = host.generate(HELLO, ENDLESS)
    watched.until(Piece)
    host.load(sayer, Loading(threads=1))
    behind = host.generate(HELLO, GREEDY)
    host.stop(behind)
    end = watched.until(Done)
    assert isinstance(end, Done)
    assert (end.id, end.finish_reason) == (behind, "stopped")
    host.stop(answer)
    assert isinstance(watched.until(Loaded), Loaded)


def test_a_title_waits_for_the_answer(watched: Watched, slow: Path) -> None:
    host = watched.host
    watched.load(slow)
    title = host.generate(HELLO, Sampling(seed=1, max_tokens=50), background=True)
    watched.until(Started)
    answer = host.generate([Turn("user", "there")], Sampling(seed=1, max_tokens=5))
    first, second = watched.until(Done), watched.until(Done)
    assert isinstance(first, Done)
    assert isinstance(second, Done)
    assert [first.id, second.id] == [answer, title]


def test_loading_is_cancelled(watched: Watched, slow: Path) -> None:
    load = watched.host.load(slow, Loading(memory_map=False))
    watched.host.stop(load)
    end = watched.end_of(load)
    assert isinstance(end, Done)
    assert end.finish_reason == "stopped"
    failed = watched.end_of(watched.host.generate(HELLO))
    assert isinstance(failed, Failed)


def test_a_wrong_file_leaves_the_model_in_use(watched: Watched, sayer: Path, tmp_path: Path) -> None:
    watched.load(sayer)
    failed = watched.end_of(watched.host.load(tmp_path / "missing.gguf"))
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, ModelFileError)
    assert failed.loaded
    assert watched.text_of(watched.host.generate(HELLO, GREEDY)) == SAYS


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


def test_large_texts_travel(watched: Watched, babbler: Path) -> None:
    watched.load(babbler)
    failed = watched.end_of(watched.host.generate([Turn("user", "word " * 200_000)]))
    assert isinstance(failed, Failed)
    assert failed.loaded


def test_a_long_run_of_one_character_does_not_end_the_process(watched: Watched, models: Path) -> None:
    # With this way of splitting, std::regex recurses once per character.
    path = write_tiny_model(models / "deep.gguf", splitter="deepseek-llm", context=65_536)
    watched.load(path, context_length=16_384)
    count = watched.host.count([], "a" * 500_000)
    counted = watched.until(Counted, Gone)
    assert isinstance(counted, Counted)
    assert counted.id == count
    assert counted.draft_tokens > 16_384


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_parent_leaves_no_file_behind(watched: Watched, babbler: Path) -> None:
    watched.load(babbler)
    words = os.readlink(f"/proc/{watched.host.process_id}/fd/2")
    assert "fireside-engine-" in words
    assert "(deleted)" in words


def test_errors_of_the_child_speak_the_language_of_the_parent(watched: Watched, tmp_path: Path) -> None:
    english = watched.end_of(watched.host.load(tmp_path / "none.gguf"))
    language.use("zh_CN", bundled("resources/translations"))
    try:
        chinese = watched.end_of(watched.host.load(tmp_path / "none.gguf"))
    finally:
        language.use("en", bundled("resources/translations"))
    again = watched.end_of(watched.host.load(tmp_path / "none.gguf"))
    assert isinstance(english, Failed)
    assert isinstance(chinese, Failed)
    assert isinstance(again, Failed)
    assert english.error.message == again.error.message != chinese.error.message


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
