"""A pack whose process dies before it has written a word: what it was to do is done all the same."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.protocol import Failed, Gone, Loaded, LoadProgress, Piece
from app.engine import packs
from app.engine.trial import Trial, crashed
from tests.engine.conftest import GREEDY, HELLO, SAYS, Watched


@pytest.fixture
def pack(copied_pack: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The one that this process, and those that it starts, are told to use."""
    monkeypatch.setenv(packs.CHOICE, str(copied_pack))
    monkeypatch.setenv(packs.FAILED, "")
    packs.in_use.cache_clear()
    yield copied_pack
    packs.in_use.cache_clear()


def test_faults_of_native_code() -> None:
    assert crashed(-signal.SIGSEGV)
    assert crashed(-signal.SIGABRT)
    assert not any(map(crashed, (None, 0, 1, -getattr(signal, "SIGKILL", 9), -signal.SIGTERM)))


def test_faults_of_native_code_as_windows_numbers_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    assert all(map(crashed, (3, 0xC0000005, 0xC0000409)))
    assert not any(map(crashed, (None, 0, 1, -signal.SIGTERM)))


def test_a_pack_is_given_up_and_used_again_where_it_was_not_to_blame(pack: Path) -> None:
    trial = Trial()
    assert packs.in_use().folder == pack
    assert not trial.goes_on(-getattr(signal, "SIGKILL", 9))
    assert packs.in_use().folder == pack
    assert trial.goes_on(-signal.SIGSEGV)
    assert packs.in_use().folder is None
    assert "failed here" in packs.in_use().note
    assert not trial.goes_on(-signal.SIGSEGV)
    assert packs.in_use().folder == pack


def test_one_that_has_written_is_not_to_blame_for_a_later_death(pack: Path) -> None:
    trial = Trial()
    trial.hear(Piece(1, "Hello"))
    assert not trial.goes_on(-signal.SIGSEGV)
    assert packs.in_use().folder == pack
    assert trial.goes_on(-signal.SIGSEGV)  # the next process has written nothing yet
    trial.hear(Piece(1, "Hello"))
    assert not trial.goes_on(-signal.SIGSEGV)
    assert packs.in_use().folder is None


def test_a_model_is_loaded_with_the_built_in_engine_then(pack: Path, watched: Watched, sayer: Path) -> None:
    load = watched.host.load(sayer)
    while (child := watched.host.process_id) is None:
        pass
    os.kill(child, signal.SIGSEGV)
    loaded = watched.end_of(load)
    assert isinstance(loaded, Loaded)
    assert (loaded.model.engine, packs.given_up()) == ("", [pack])
    assert "failed here" in loaded.model.engine_note
    assert watched.host.process_id != child
    assert watched.text_of(watched.host.generate(HELLO, GREEDY)) == SAYS
    assert not any(isinstance(event, Gone | Failed) for event in watched.seen)


def test_an_answer_that_had_not_begun_is_given_by_the_built_in_engine(
    pack: Path, watched: Watched, sayer: Path
) -> None:
    loaded = watched.load(sayer)
    assert (loaded.model.engine, loaded.model.engine_note) == ("CUDA", "")
    child = watched.host.process_id
    assert child is not None
    os.kill(child, signal.SIGSTOP)
    answer = watched.host.generate(HELLO, GREEDY)
    os.kill(child, signal.SIGSEGV)
    os.kill(child, signal.SIGCONT)
    again = watched.until(Loaded)
    assert isinstance(again, Loaded)
    assert "failed here" in again.model.engine_note
    assert watched.text_of(answer) == SAYS
    assert not any(isinstance(event, Gone | Failed) for event in watched.seen)


def test_without_a_pack_a_death_is_told(watched: Watched, sayer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(packs.CHOICE, "built-in")
    load = watched.host.load(sayer)
    while (child := watched.host.process_id) is None:
        pass
    os.kill(child, signal.SIGSEGV)
    assert isinstance(watched.end_of(load), Failed)
    assert not any(isinstance(event, LoadProgress) for event in watched.seen)
