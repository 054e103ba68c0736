"""The queue of downloads: order, pauses, what it keeps on disk, and what it tells."""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from app.core.errors import InputError
from app.library.download import Download
from app.library.hub import Hub, Timeouts
from app.library.queue import DownloadQueue, Item
from app.library.source import source_file
from app.library.wanted import Wanted, wanted
from tests.library.hub_server import File, HubServer, Repo

NAMES = [f"m{number}-Q8_0.gguf" for number in range(5)]
DATA = [random.Random(number).randbytes(100_000 + number) for number in range(5)]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with HubServer() as server:
        files = {name: File(data) for name, data in zip(NAMES, DATA, strict=True)}
        server.repositories["someone/Models"] = Repo(files)
        yield server


class Desk:
    """A queue, and a place to wait for what it tells."""

    def __init__(self, server: HubServer, folder: Path, *, at_a_time: int = 2) -> None:
        self.server = server
        self.hub = Hub(endpoint=server.endpoint, timeouts=Timeouts(read=30))
        repository = self.hub.repository("someone/Models")
        self.files = [wanted(repository, each, folder / "models") for each in repository.files]
        self.told: list[tuple[Item, ...]] = []
        self._changed = threading.Condition()
        self.queue = DownloadQueue(
            folder / "downloads.json", lambda: self.hub, self._hear, make=partial(Download, backoff=(0.0,)),
            at_a_time=at_a_time,
        )  # fmt: skip

    def _hear(self, items: tuple[Item, ...]) -> None:
        with self._changed:
            self.told.append(items)
            self._changed.notify_all()

    def wait(self, found: Callable[[], bool]) -> None:
        """Until it is so; bytes on the disk are not told of, so that it is looked for them again and again."""
        end = time.monotonic() + 30
        with self._changed:
            while not found():
                assert time.monotonic() < end, self.queue.items()
                self._changed.wait(0.01)

    def wait_for(self, *states: str) -> None:
        self.wait(lambda: self.states() == list(states))

    def wait_for_news(self) -> None:
        """Until something more is told, if anything is going to be."""
        before = len(self.told)
        self.wait(lambda: len(self.told) > before or set(self.states()) <= {"paused", "done"})

    def states(self) -> list[str]:
        return [each.state for each in self.queue.items()]

    def close(self) -> None:
        self.queue.close()
        self.hub.close()


@pytest.fixture
def desk(server: HubServer, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(server, tmp_path)
    yield desk
    desk.close()


def whole(file: Wanted) -> bool:
    return file.target.exists() and not file.part.exists() and not source_file(file.part).exists()


def test_all_of_them_two_at_a_time(desk: Desk) -> None:
    numbers = [desk.queue.add(f"model {place}", [file]) for place, file in enumerate(desk.files)]
    assert desk.states() == ["waiting"] * 5
    desk.queue.start()
    desk.wait_for(*["done"] * 5)
    assert numbers == [1, 2, 3, 4, 5]
    assert [file.target.read_bytes() for file in desk.files] == DATA
    assert max(sum(each.state == "running" for each in items) for items in desk.told) == 2
    assert [each.received for each in desk.queue.items()] == [len(data) for data in DATA]
    desk.queue.forget_done()
    assert desk.queue.items() == ()


def test_files_of_one_model_are_one_row(desk: Desk) -> None:
    desk.queue.add("all parts", desk.files)
    desk.queue.start()
    desk.wait_for("done")
    (item,) = desk.queue.items()
    assert item.size == item.received == sum(map(len, DATA))
    seen = [items[0].received for items in desk.told]
    assert seen == sorted(seen)


def test_pause_and_resume(desk: Desk, server: HubServer) -> None:
    server.faults.stall_after = [40_000]
    desk.queue.add("one", [desk.files[0]])
    desk.queue.start()
    assert server.stalled.acquire(timeout=10)
    desk.wait(lambda: desk.files[0].part.stat().st_size == 40_000)
    desk.queue.pause(1)
    assert desk.states() == ["paused"]
    desk.wait(lambda: desk.queue.items()[0].progress is None)
    assert desk.queue.items()[0].received == 40_000
    desk.queue.resume(1)
    desk.wait_for("done")
    assert [each.start for each in server.fetches] == [0, 40_000]


def test_resumed_before_it_has_ended(desk: Desk, server: HubServer) -> None:
    server.faults.stall_after = [1000]
    desk.queue.add("one", [desk.files[0]])
    desk.queue.start()
    assert server.stalled.acquire(timeout=10)
    desk.queue.pause(1)
    desk.queue.resume(1)
    desk.wait_for("done")
    assert whole(desk.files[0])


def test_a_pause_makes_room_for_the_next(server: HubServer, tmp_path: Path) -> None:
    desk = Desk(server, tmp_path, at_a_time=1)
    server.faults.stall_after = [1000]
    desk.queue.add("one", [desk.files[0]])
    desk.queue.add("two", [desk.files[1]])
    desk.queue.start()
    assert server.stalled.acquire(timeout=10)
    assert desk.states() == ["running", "waiting"]
    desk.queue.pause(1)
    desk.wait_for("paused", "done")
    desk.close()


def test_cancel_throws_away_what_is_not_whole(desk: Desk, server: HubServer) -> None:
    server.faults.stall_after = [1000, 1000]
    for place in range(3):
        desk.queue.add(f"{place}", [desk.files[place]])
    desk.queue.start()
    for _ in range(2):
        assert server.stalled.acquire(timeout=10)
    desk.queue.cancel(1)
    desk.queue.cancel(3)
    desk.wait(lambda: not source_file(desk.files[0].part).exists() and not desk.files[0].part.exists())
    desk.queue.cancel(2)
    desk.wait(lambda: not desk.files[1].part.exists())
    assert desk.queue.items() == ()
    desk.queue.add("again", [desk.files[0]])
    desk.wait_for("done")


def test_order(server: HubServer, tmp_path: Path) -> None:
    desk = Desk(server, tmp_path, at_a_time=1)
    for place, file in enumerate(desk.files):
        desk.queue.add(f"{place}", [file])
    desk.queue.move(5, 0)
    desk.queue.move(1, 99)
    desk.queue.move(77, 0)
    assert [each.name for each in desk.queue.items()] == ["4", "1", "2", "3", "0"]
    desk.queue.start()
    desk.wait_for(*["done"] * 5)
    assert [each.path.rsplit("/", 1)[-1] for each in server.fetches] == [NAMES[place] for place in (4, 1, 2, 3, 0)]
    desk.close()


def test_a_failure_is_told_and_can_be_tried_again(desk: Desk, server: HubServer) -> None:
    server.faults.status = [("/someone/Models/resolve", 403)]
    desk.queue.add("one", [desk.files[0]])
    desk.queue.add("two", [desk.files[1]])
    desk.queue.pause(2)
    desk.queue.start()
    desk.wait_for("failed", "paused")
    item = desk.queue.items()[0]
    assert "does not let you have" in item.message
    assert item.hint
    desk.queue.resume(1)
    desk.queue.resume(2)
    desk.wait_for("done", "done")
    assert desk.queue.items()[0].message == ""


def test_twice_is_refused(desk: Desk) -> None:
    desk.queue.add("one", [desk.files[0]])
    with pytest.raises(InputError, match="being downloaded already"):
        desk.queue.add("one", [desk.files[0]])


def test_it_goes_on_after_closing(server: HubServer, tmp_path: Path) -> None:
    desk = Desk(server, tmp_path)
    server.faults.stall_after = [30_000, 20_000]
    for place, file in enumerate(desk.files[:4]):
        desk.queue.add(f"model {place}", [file])
    desk.queue.pause(4)
    desk.queue.start()
    for _ in range(2):
        assert server.stalled.acquire(timeout=10)
    desk.wait(lambda: all(file.part.exists() and file.part.stat().st_size >= 20_000 for file in desk.files[:2]))
    desk.close()
    again = Desk(server, tmp_path)
    assert again.queue.problem == ""
    assert [(each.name, each.state) for each in again.queue.items()] == [
        ("model 0", "waiting"), ("model 1", "waiting"), ("model 2", "waiting"), ("model 3", "paused"),
    ]  # fmt: skip
    assert sum(each.received for each in again.queue.items()) == 50_000
    again.queue.start()
    again.wait_for("done", "done", "done", "paused")
    assert sorted(each.start for each in server.fetches) == [0, 0, 0, 20_000, 30_000]
    again.close()


def test_a_file_changed_at_the_hub_stays_changed(server: HubServer, tmp_path: Path) -> None:
    desk = Desk(server, tmp_path)
    repo = server.repositories["someone/Models"]
    desk.queue.add("one", [desk.files[0]])
    repo.files, repo.commit = {NAMES[0]: File(DATA[1])}, "d" * 40
    server.faults.stall_after = [50_000]
    desk.queue.start()
    assert server.stalled.acquire(timeout=10)
    desk.wait(lambda: desk.files[0].part.stat().st_size == 50_000)
    desk.close()
    again = Desk(server, tmp_path)
    again.queue.start()
    again.wait_for("done")
    assert desk.files[0].target.read_bytes() == DATA[1]
    assert [each.start for each in server.fetches] == [0, 50_000]
    again.close()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"version": 99, "items": []}', '{"version": 1}', '{"version": 1, "items": [1]}',
     '{"version": 1, "items": [{"number": "x", "name": "", "state": "waiting", "message": "", "hint": "", "files": []}]}',
     '{"version": 1, "items": [{"number": 1, "name": "", "state": "odd", "message": "", "hint": "", "files": []}]}',
     '{"version": 1, "items": [{"number": 1, "name": "", "state": "paused", "message": "", "hint": "", "files": [{}]}]}'],
)  # fmt: skip
def test_a_damaged_list(server: HubServer, tmp_path: Path, text: str) -> None:
    (tmp_path / "downloads.json").write_text(text)
    desk = Desk(server, tmp_path)
    assert "could not be read" in desk.queue.problem
    assert desk.queue.items() == ()
    assert (tmp_path / "downloads.unread").read_text() == text
    desk.queue.add("one", [desk.files[0]])
    desk.queue.start()
    desk.wait_for("done")
    desk.close()


def test_the_list_holds_no_more_than_it_must(desk: Desk, tmp_path: Path) -> None:
    assert not (tmp_path / "downloads.json").exists()
    desk.queue.add("one", [desk.files[0]])
    kept = json.loads((tmp_path / "downloads.json").read_text())
    assert [row["name"] for row in kept["items"]] == ["one"]
    desk.queue.start()
    desk.wait_for("done")
    assert not (tmp_path / "downloads.json").exists()


def test_more_at_a_time_and_a_rest(desk: Desk, server: HubServer) -> None:
    server.faults.stall_after = [1000] * 3
    for place, file in enumerate(desk.files[:3]):
        desk.queue.add(f"model {place}", [file])
    desk.queue.start()
    desk.wait(lambda: desk.states() == ["running", "running", "waiting"])
    desk.queue.allow(3)
    for _ in range(3):
        assert server.stalled.acquire(timeout=30)
    assert desk.states() == ["running"] * 3
    desk.queue.rest()
    desk.wait_for("waiting", "waiting", "waiting")
    desk.queue.start()
    desk.wait_for("done", "done", "done")


@pytest.mark.parametrize("seed", range(5))
def test_any_order_of_everything(server: HubServer, tmp_path: Path, seed: int) -> None:
    """Wishes in any order, while connections break: in the end all that was not cancelled is here, and nothing else."""
    chance = random.Random(seed)
    desk = Desk(server, tmp_path)
    server.faults.cut_after = [chance.randrange(1, 100_000) for _ in range(6)]
    desk.queue.start()
    for _ in range(40):
        numbers = [each.number for each in desk.queue.items()] or [0]
        match chance.choice(["add", "add", "pause", "resume", "cancel", "move", "restart", "let"]):
            case "add":
                with suppress(InputError):
                    desk.queue.add("a model", chance.sample(desk.files, chance.randint(1, 2)))
            case "pause":
                desk.queue.pause(chance.choice(numbers))
            case "resume":
                desk.queue.resume(chance.choice(numbers))
            case "cancel":
                desk.queue.cancel(chance.choice(numbers))
            case "move":
                desk.queue.move(chance.choice(numbers), chance.randrange(4))
            case "restart":
                desk.close()
                desk = Desk(server, tmp_path)
                assert desk.queue.problem == ""
                desk.queue.start()
            case "let":
                desk.wait_for_news()
    for item in desk.queue.items():
        desk.queue.resume(item.number)
    last = desk
    desk.wait(lambda: set(last.states()) <= {"done"})
    desk.close()
    for items in desk.told:
        assert sum(each.state == "running" for each in items) <= 2
    for item in desk.queue.items():
        assert all(whole(file) for file in item.files)
    for file, data in zip(desk.files, DATA, strict=True):
        assert not file.part.exists()
        assert not file.target.exists() or file.target.read_bytes() == data
