"""A process that downloads is killed at random bytes, a hundred times: the digest is right, and no byte came twice."""

import multiprocessing
import random
from multiprocessing.context import BaseContext

import pytest

from app.library.download import Download
from app.library.hub import Hub
from app.library.wanted import Wanted
from tests.library.downloading import DATA, FILE
from tests.library.hub_server import HubServer

KILLS = 100


Hub(endpoint="http://127.0.0.1:1").close()  # reads the system's certificates, once for all that are forked from here


def download(endpoint: str, file: Wanted) -> None:
    """What the process does."""
    hub = Hub(endpoint=endpoint)
    Download(hub, file).run()
    hub.close()


def processes() -> tuple[BaseContext, int]:
    """How they are started, and how many: where each imports everything anew, fewer must do."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn"), 3
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "tests.library.test_kills"])  # pytest is what runs this program
    return context, 25


@pytest.mark.parametrize("seed", range(KILLS // 25))
def test_kills(server: HubServer, file: Wanted, seed: int) -> None:
    """25 of the hundred."""
    context, kills = processes()
    chance = random.Random(seed)
    there = [0]
    for _ in range(kills):
        server.faults.stall_after = [chance.randrange(1, len(DATA) // kills)]
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
