"""Several models kept loaded: going back to one, and which of them goes when."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core.errors import EngineGone
from app.core.params import Loading, Sampling
from app.core.protocol import Done, Failed, Gone, Loaded, LoadProgress, Parked, Started, Turn, Unloaded
from app.core.verdict import Room
from app.engine.pool import Pool
from tests.engine.conftest import GREEDY, HELLO, LATE, SAYS, Watched
from tests.tiny_model import write_tiny_model

PLENTY = Room(1 << 40, 1 << 40)
NONE = Room(0, 1 << 40)
MINUTE = 60.0


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.rings: tuple[float, Callable[[], None]] | None = None  # when, and what is called then

    def __call__(self) -> float:
        return self.now

    def alarm(self, seconds: float, ring: Callable[[], None]) -> Callable[[], None]:
        self.rings = self.now + seconds, ring
        return self._cancel

    def _cancel(self) -> None:
        self.rings = None

    def go_on(self, seconds: float) -> None:
        self.now += seconds
        if self.rings is not None and self.rings[0] <= self.now:
            _, ring = self.rings
            self.rings = None
            ring()


class Watch(Watched):
    """A pool that is watched; three models may stay, in as much memory as a test says."""

    pool: Pool

    def __init__(self, **options: object) -> None:
        self.clock = Clock()
        self.room = PLENTY
        super().__init__(make=Pool, room=lambda: self.room, clock=self.clock, alarm=self.clock.alarm, **options)
        self.pool = self.host  # type: ignore[assignment]  # as it was made
        self.pool.keep(3, 0)

    @property
    def kept(self) -> list[str]:
        return [model.path.stem for model in self.pool.kept]

    def say(self) -> Started:
        """Have the model in use answer; what is told of its beginning."""
        del self.seen[:]
        self.end_of(self.pool.generate(HELLO, Sampling(temperature=0.0, max_tokens=8)))
        return next(event for event in self.seen if isinstance(event, Started))


@pytest.fixture
def watch() -> Iterator[Watch]:
    each = Watch()
    yield each
    each.pool.close()


@pytest.fixture(scope="session")
def third(models: Path) -> Path:
    return write_tiny_model(models / "third.gguf", seed=3)


def processes() -> set[int | None]:
    return {child.pid for child in multiprocessing.active_children()}


def hosts() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "engine host"}


def gone(thread: threading.Thread) -> bool:
    """Whether a host has ended, and its process before it."""
    thread.join(LATE)
    return not thread.is_alive()


def test_going_back_finds_everything_as_it_was(watch: Watch, sayer: Path, babbler: Path) -> None:
    watch.load(sayer)
    first = watch.pool.process_id
    assert watch.say().reused_tokens == 0
    watch.load(babbler)
    assert watch.pool.process_id != first
    assert watch.kept == ["sayer"]
    watch.say()
    del watch.seen[:]
    watch.room = NONE  # it needs none: it is there
    watch.load(sayer)
    assert not any(isinstance(event, LoadProgress) for event in watch.seen)
    assert (watch.pool.process_id, watch.kept) == (first, ["babbler"])
    assert watch.text_of(watch.pool.generate(HELLO, GREEDY)) == SAYS
    assert watch.say().reused_tokens > 0


def test_the_same_once_more_is_there_already_unless_it_is_wanted_anew_or_otherwise(watch: Watch, sayer: Path) -> None:
    watch.load(sayer)
    first = watch.pool.process_id
    del watch.seen[:]
    watch.load(sayer)
    assert not any(isinstance(event, LoadProgress) for event in watch.seen)
    watch.end_of(watch.pool.load(sayer, Loading(threads=1), anew=True))
    assert any(isinstance(event, LoadProgress) for event in watch.seen)
    assert (watch.pool.process_id, watch.kept) == (first, [])
    assert watch.load(sayer, context_length=512).model.context_length == 512  # loaded otherwise, it takes its own place
    assert watch.kept == []


def test_a_file_that_was_written_anew_is_loaded_anew(watch: Watch, tmp_path: Path, sayer: Path) -> None:
    changing = write_tiny_model(tmp_path / "changing.gguf")
    watch.load(changing)
    watch.load(sayer)
    changing.unlink()
    write_tiny_model(changing, says="Anew", width=128)
    watch.load(changing)
    assert watch.text_of(watch.pool.generate(HELLO, GREEDY)) == "Anew"


def test_no_more_stay_than_are_wanted(watch: Watch, sayer: Path, babbler: Path, third: Path) -> None:
    watch.pool.keep(2, 0)
    for path in (sayer, babbler, sayer, third):
        watch.clock.go_on(1)
        watch.load(path)
    assert watch.kept == ["sayer"]  # babbler was used less lately
    watch.pool.keep(1, 0)
    assert watch.kept == []
    assert watch.say().prompt_tokens


def test_what_does_not_fit_beside_the_others_takes_the_place_of_as_many_as_must_go(
    watch: Watch, sayer: Path, babbler: Path, third: Path
) -> None:
    watch.load(sayer)
    (first,) = hosts()
    watch.clock.go_on(1)
    watch.load(babbler)
    rooms = iter([NONE, PLENTY])
    watch.pool._room = lambda: next(rooms)
    watch.load(third)
    assert watch.kept == ["babbler"]
    assert gone(first)
    watch.pool._room = lambda: NONE
    watch.load(sayer)
    assert watch.kept == []
    assert len(processes()) == 1


def test_what_counts_as_free_and_is_in_use_is_no_room(watch: Watch, sayer: Path, weighty: Path) -> None:
    watch.load(weighty, context_length=512)
    watch.room = Room(weighty.stat().st_size + 1000, 1 << 40)  # of which the weights are
    watch.load(sayer)
    assert watch.kept == []


def test_what_was_not_used_for_long_goes(watch: Watch, sayer: Path, babbler: Path, third: Path) -> None:
    watch.pool.keep(3, 10 * MINUTE)
    watch.load(sayer)
    assert watch.clock.rings is None  # the one in use stays
    watch.load(babbler)
    watch.clock.go_on(6 * MINUTE)
    watch.load(third)
    watch.clock.go_on(6 * MINUTE)
    assert watch.kept == ["babbler"]
    watch.load(babbler)  # in time
    watch.clock.go_on(9 * MINUTE)
    assert watch.kept == ["third"]
    watch.clock.go_on(MINUTE)
    assert watch.kept == []
    assert watch.clock.rings is None
    watch.load(sayer)
    watch.pool.keep(3, MINUTE)  # another time holds at once
    watch.clock.go_on(MINUTE)
    assert watch.kept == []
    assert watch.say().prompt_tokens


@pytest.mark.skipif(os.name == "nt", reason="signals end processes otherwise there")
def test_the_one_in_use_dies(watch: Watch, sayer: Path, babbler: Path) -> None:
    watch.load(babbler)
    watch.load(sayer)
    first = watch.pool.process_id
    assert first is not None
    os.kill(first, signal.SIGKILL)
    watch.until(Gone)
    assert watch.text_of(watch.pool.generate(HELLO, GREEDY)) == SAYS  # by itself, as without the other one
    assert watch.kept == ["babbler"]
    os.kill(watch.pool.process_id or 0, signal.SIGKILL)
    watch.until(Gone)
    watch.load(babbler)
    assert watch.kept == []


@pytest.mark.parametrize("what", ["text", "unknown"])
def test_a_load_that_fails_leaves_the_model_in_use(watch: Watch, tmp_path: Path, sayer: Path, what: str) -> None:
    path = tmp_path / "bad.gguf"
    if what == "text":
        path.write_text("This is a letter.")
    if what == "unknown":  # of which only llama.cpp knows that it is none
        write_tiny_model(path, causal=False)
    watch.load(sayer)
    first = watch.pool.process_id
    failed = watch.end_of(watch.pool.load(path))
    assert isinstance(failed, Failed)
    assert failed.loaded
    assert watch.pool.process_id == first
    assert watch.text_of(watch.pool.generate(HELLO, GREEDY)) == SAYS


def test_a_file_that_went_away_meanwhile(watch: Watch, tmp_path: Path, sayer: Path) -> None:
    short = write_tiny_model(tmp_path / "short.gguf")
    watch.load(short)
    watch.load(sayer)
    short.unlink()
    failed = watch.end_of(watch.pool.load(short, Loading(threads=1)))
    assert isinstance(failed, Failed)
    assert failed.loaded
    assert watch.text_of(watch.pool.generate(HELLO, GREEDY)) == SAYS


def test_a_load_that_is_stopped_leaves_the_model_as_it_was(watch: Watch, slow: Path, sayer: Path) -> None:
    watch.load(sayer)
    first = watch.pool.process_id
    load = watch.pool.load(slow)
    watch.pool.stop(load)
    watch.end_of(load)
    watch.load(sayer)
    assert watch.pool.process_id == first
    assert watch.text_of(watch.pool.generate(HELLO, GREEDY)) == SAYS


def test_a_load_that_is_overtaken_ends_stopped(watch: Watch, sayer: Path, babbler: Path, third: Path) -> None:
    watch.load(sayer)
    first = watch.pool.load(babbler, Loading(threads=1))
    watch.load(third)
    overtaken = next((event for event in watch.seen if isinstance(event, Done) and event.id == first), None)
    assert overtaken is not None or isinstance(watch.end_of(first), Done)
    assert set(watch.kept) == {"sayer", "babbler"}


@pytest.mark.skipif(os.name == "nt", reason="signals end processes otherwise there")
def test_the_process_dies_while_it_loads(watch: Watch, slow: Path, sayer: Path) -> None:
    watch.load(sayer)
    first = watch.pool.process_id
    load = watch.pool.load(slow)
    watch.until(LoadProgress)
    second = watch.pool.process_id
    assert second not in (None, first)
    os.kill(second or 0, signal.SIGKILL)
    failed = watch.end_of(load)
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, EngineGone)
    assert failed.loaded
    assert watch.text_of(watch.pool.generate(HELLO, GREEDY)) == SAYS
    assert not any(isinstance(event, Gone) for event in watch.seen)


def test_unloading_frees_everything(watch: Watch, sayer: Path, babbler: Path) -> None:
    watch.load(sayer)
    (idle,) = hosts()
    watch.load(babbler)
    watch.pool.unload()
    watch.until(Unloaded)
    assert watch.kept == []
    assert gone(idle)
    watch.load(sayer)
    assert watch.kept == []


def test_what_is_forgotten_is_forgotten_by_all(tmp_path: Path, weighty: Path, sayer: Path) -> None:
    watch = Watch(contexts=tmp_path / "contexts")
    try:
        watch.pool.save_up_to(1 << 30)
        watch.load(weighty)
        turns = [Turn("user", "hello " * 500)]
        watch.end_of(watch.pool.generate(turns, Sampling(max_tokens=1), conversation=7))
        watch.load(sayer)
        watch.pool.forget(7)
    finally:
        watch.pool.close()
    assert watch.pool.saved_bytes() == 0


def test_one_that_makes_room_saves_what_it_has_read(tmp_path: Path, weighty: Path, sayer: Path) -> None:
    watch = Watch(contexts=tmp_path / "contexts")
    try:
        watch.pool.save_up_to(1 << 30)
        watch.load(weighty)
        turns = [Turn("user", "hello " * 500)]
        watch.end_of(watch.pool.generate(turns, Sampling(max_tokens=1), conversation=7))
        watch.pool.park(8)
        watch.until(Parked)
        watch.room = NONE
        watch.load(sayer)
        watch.load(weighty)
        del watch.seen[:]
        watch.end_of(watch.pool.generate(turns, Sampling(max_tokens=1), conversation=7))
        assert next(event for event in watch.seen if isinstance(event, Started)).restored_tokens > 0
    finally:
        watch.pool.close()


def test_it_waits_for_the_window(sayer: Path) -> None:
    watch = Watch(held=True)
    try:
        load = watch.pool.load(sayer, Loading(threads=1))
        assert not processes()
        watch.pool.warm()
        assert isinstance(watch.end_of(load), Loaded)
    finally:
        watch.pool.close()
    watch.pool.close()
    assert not processes()
