"""A process that downloads is killed at random bytes, a hundred times: the digest is right, and no byte came twice."""

import multiprocessing
import random
from collections.abc import Iterator
from multiprocessing.context import BaseContext
from pathlib import Path

import pytest

from app.library.download import Download
from app.library.hub import Hub
from app.library.wanted import Wanted, wanted
from tests.library.hub_server import File, HubServer, Repo

NAME, FILE = "someone/Tiny-GGUF", "tiny-Q4_K_M.gguf"
DATA = random.Random(7).randbytes(3_000_000)
KILLS = 100


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with HubServer() as server:
        server.repositories[NAME] = Repo({FILE: File(DATA)})
        yield server


Hub(endpoint="http://127.0.0.1:1").close()  # reads the system's certificates, once for all that are forked from here


def download(endpoint: str, file: Wanted) -> None:
    """What the process does."""
    hub = Hub(endpoint=endpoint)
    Download(hub, file).run()
    hub.close()


def processes() -> tuple[BaseContext, int]:
    """How they are started, and how many: where each imports everything anew, fewer must do."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn"), KILLS // 10
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "tests.library.test_kills"])  # pytest is what runs this program
    return context, KILLS


def test_a_hundred_kills(server: HubServer, tmp_path: Path) -> None:
    context, kills = processes()
    hub = Hub(endpoint=server.endpoint)
    repository = hub.repository(NAME)
    hub.close()
    remote = repository.file(FILE)
    assert remote is not None
    file = wanted(repository, remote, tmp_path)
    chance = random.Random(8)
    there = [0]
    for _ in range(kills):
        server.faults.stall_after = [chance.randrange(1, 2 * len(DATA) // kills)]
        process = context.Process(target=download, args=(server.endpoint, file))
        process.start()
        stalled = server.stalled.acquire(timeout=30)
        process.kill()  # amid receiving, hashing and writing what was sent
        process.join()
        assert stalled
        assert not file.target.exists()
        there.append(file.part.stat().st_size)
        assert there[-1] >= there[-2]
    process = context.Process(target=download, args=(server.endpoint, file))
    process.start()
    process.join(30)
    assert process.exitcode == 0
    assert file.target.read_bytes() == DATA
    assert [each.start for each in server.fetches] == there  # each time from the byte on that was missing
    assert sorted(path.name for path in file.target.parent.iterdir()) == [FILE, FILE + ".json"]
