"""Tiny models, and a model process that is watched."""

import itertools
import json
import queue
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from app.core.params import Loading, Sampling
from app.core.protocol import Done, Event, Failed, Generate, Gone, Load, Loaded, Piece, Turn
from app.engine.host import Host
from app.engine.llama.log import Log
from app.engine.loaded import LoadedModel
from app.engine.packs import bindings, system
from tests.engine.reading import ARCHITECTURES, Reader
from tests.tiny_model import write_tiny_model

LATE = 90.0  # seconds
SAYS = "Helo, w漢é😀."
HELLO = [Turn("user", "hello")]
GREEDY = Sampling(temperature=0.0)
ENDLESS = Sampling(seed=1)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def babbler(models: Path) -> Path:
    """A model that says anything."""
    return write_tiny_model(models / "babbler.gguf")


@pytest.fixture(scope="session")
def sayer(models: Path) -> Path:
    """A model that says `SAYS` at temperature 0."""
    return write_tiny_model(models / "sayer.gguf", says=SAYS, width=128)


@pytest.fixture(scope="session")
def slow(models: Path) -> Path:
    """A model that needs some tenths of a second for a batch."""
    return write_tiny_model(models / "slow.gguf", layers=16, width=256, context=8192)


@pytest.fixture(scope="session")
def weighty(models: Path) -> Path:
    """A model of which it is worth saving what it has read, and that reads fast all the same."""
    return write_tiny_model(models / "weighty.gguf", width=256, context=8192, unsaid=20_000)


@pytest.fixture(scope="session")
def log() -> Log:
    """llama.cpp's log belongs to the process, so there is one."""
    return Log()


def written_pack(folder: Path, **about: str) -> Path:
    """A folder that says of itself that it is a pack."""
    folder.mkdir(parents=True)
    (folder / "pack.json").write_text(json.dumps(about))
    return folder


@pytest.fixture
def copied_pack(tmp_path: Path) -> Path:
    """The built-in engine's libraries as a pack."""
    spec = find_spec("llama_cpp")
    assert spec is not None
    assert spec.origin is not None
    folder = tmp_path / "engines" / "cuda"
    written_pack(folder, name="cuda", label="CUDA", bindings=bindings(), system=system())
    for library in (Path(spec.origin).parent / "lib").iterdir():
        (folder / library.name).hardlink_to(library) if library.stat().st_dev == folder.stat().st_dev else (
            folder / library.name
        ).write_bytes(library.read_bytes())
    return folder


class Answered:
    """What came of one answer."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events
        self.text = "".join(event.text for event in events if isinstance(event, Piece))
        self.pieces = [event for event in events if isinstance(event, Piece)]
        last = events[-1]
        assert isinstance(last, Done), last
        self.done = last
        self.reason = last.finish_reason
        self.timing = last.timing


class Desk:
    """A loaded model in this process."""

    def __init__(self, path: Path, loading: Loading, log: Log) -> None:
        self.progress: list[Event] = []
        self.stopped: set[int] = set()
        self.asked = 0  # how often the scheduler has asked who is to be stopped
        self.stop_after: int | None = None  # the request is stopped when it has asked this often
        self.model = LoadedModel(Load(1, path, loading), self.progress.append, self._who_is_stopped, log)
        self._ids = itertools.count(2)

    def _who_is_stopped(self) -> set[int]:
        self.asked += 1
        if self.stop_after is not None and self.asked > self.stop_after:
            return set(range(2, 1000))
        return self.stopped

    def answer(self, text: str = "hello", prefill: str = "", **sampling: object) -> Answered:
        return self.answer_turns([Turn("user", text)], prefill, **sampling)

    def answer_turns(self, turns: list[Turn], prefill: str = "", **sampling: object) -> Answered:
        return Answered(self.events([self.request(turns, prefill, **sampling)])[0])

    def request(
        self, turns: list[Turn], prefill: str = "", logprobs: int = 0, background: bool = False, **sampling: object
    ) -> Generate:
        rows = Sampling(**sampling)  # type: ignore[arg-type]  # rows by name
        return Generate(next(self._ids), tuple(turns), rows, prefill, logprobs, background)

    def events(self, requests: Iterable[Generate]) -> list[list[Event]]:
        """All events of each of these requests, which are worked on at once."""
        events: dict[int, list[Event]] = {}
        for request in requests:
            events[request.id] = []
            self.add(request, events[request.id].append)
        self.work()
        return list(events.values())

    def add(self, request: Generate, send: Callable[[Event], None]) -> None:
        self.model.interrupt()
        self.model.scheduler.add(self.model.job(request, 0.0, send))

    def work(self) -> None:
        """Until everything is answered."""
        while self.model.scheduler.busy:
            self.model.scheduler.step()

    def together(self, *texts: str, **sampling: object) -> list[Answered]:
        """The answers to these questions, asked at once."""
        requests = [self.request([Turn("user", text)], **sampling) for text in texts]
        return [Answered(events) for events in self.events(requests)]


@pytest.fixture
def desk(log: Log) -> Iterator[Callable[..., Desk]]:
    desks: list[Desk] = []

    def load(path: Path, **loading: object) -> Desk:
        loading.setdefault("threads", 1)  # tiny models gain nothing from more, and other tests may be running
        desks.append(Desk(path, Loading(**loading), log))  # type: ignore[arg-type]  # rows by name
        return desks[-1]

    yield load
    for each in desks:
        each.model.free()


class Watched:
    """A Host whose events are queued, with a patience that ends a hanging test.

    On a busy machine a batch takes seconds: what stops late is ended only where a test asks for it.
    """

    def __init__(self, make: Callable[..., Any] = Host, **options: Any) -> None:
        options.setdefault("patience", LATE)
        self.events: queue.Queue[Event] = queue.Queue()
        self.host = make(self.events.put, **options)
        self.seen: list[Event] = []

    def next(self) -> Event:
        event = self.events.get(timeout=LATE)
        self.seen.append(event)
        return event

    def until(self, *kinds: type[Event]) -> Event:
        while not isinstance(event := self.next(), kinds):
            pass
        return event

    def end_of(self, request_id: int) -> Event:
        """The event that ends this request."""
        while True:
            event = self.until(Done, Failed, Loaded)
            if not isinstance(event, Gone) and event.id == request_id:
                return event

    def load(self, path: Path, **loading: object) -> Loaded:
        loading.setdefault("threads", 1)
        event = self.end_of(self.host.load(path, Loading(**loading)))  # type: ignore[arg-type]  # rows by name
        assert isinstance(event, Loaded), event
        return event

    def text_of(self, request_id: int) -> str:
        end = self.end_of(request_id)
        assert isinstance(end, Done), end
        return "".join(event.text for event in self.seen if isinstance(event, Piece) and event.id == request_id)


@pytest.fixture
def watched() -> Iterator[Watched]:
    each = Watched()
    yield each
    each.host.close()


@pytest.fixture(scope="session")
def architectures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("architectures")
    written = {name: write(folder / f"{name}.gguf") for name, write in ARCHITECTURES.items()}
    return written | {"wide": write_tiny_model(folder / "wide.gguf", width=128)}  # heads as quantized caches want them


@pytest.fixture
def reader(architectures: dict[str, Path], tmp_path: Path, log: Log) -> Iterator[Callable[..., Reader]]:
    readers: list[Reader] = []

    def make(name: str = "attention", **options: object) -> Reader:
        readers.append(Reader(architectures[name], tmp_path / "states", log, **options))
        return readers[-1]

    yield make
    for each in readers:
        each.free()
