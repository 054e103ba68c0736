"""The same over TLS: certificates are checked, and a connection is hung up as quickly."""

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.library import hub as door
from app.library.download import Download
from app.library.hub import Hub, Resolved, Timeouts
from app.library.hub_errors import HubError
from app.library.line import Line, Stopped
from app.library.repository import Query
from app.library.wanted import wanted
from tests.library.hub_server import File, HubServer, Repo

KEYS = Path(__file__).parent / "tls"  # made for these tests: for 127.0.0.1, signed by itself
NAME, FILE = "someone/Tiny-GGUF", "tiny-Q4_K_M.gguf"
DATA = random.Random(3).randbytes(300_000)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with HubServer(certificate=KEYS / "own.pem") as server:
        server.repositories[NAME] = Repo({FILE: File(DATA)})
        yield server


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SSL_CERT_FILE", str(KEYS / "trusted.pem"))
    door.trusted.cache_clear()
    yield
    door.trusted.cache_clear()


def test_a_certificate_that_nobody_vouches_for(server: HubServer) -> None:
    hub = Hub(endpoint=server.endpoint, timeouts=Timeouts(read=5))
    resolved = Resolved(what=f"{NAME}/{FILE}", address=f"{server.storage}/x", size=1, etag="")
    for ask in (lambda: hub.search(Query(words="tiny")), lambda: hub.fetch(resolved, 0, Line()).__enter__()):
        with pytest.raises(HubError) as caught:
            ask()
        assert caught.value.kind == "tls"
        assert "certificate" in caught.value.message
        assert "clock" in caught.value.hint
    assert server.log == []
    hub.close()


@pytest.mark.usefixtures("trusted")
def test_a_download_and_a_stop(server: HubServer, tmp_path: Path) -> None:
    hub = Hub(endpoint=server.endpoint, timeouts=Timeouts(read=60))
    repository = hub.repository(NAME)
    remote = repository.file(FILE)
    assert remote is not None
    file = wanted(repository, remote, tmp_path)
    server.faults.stall_after = [100_000]
    download, ended = Download(hub, file), []

    def run() -> None:
        try:
            download.run()
        except Stopped:
            ended.append("stopped")

    thread = threading.Thread(target=run)
    thread.start()
    assert server.stalled.acquire(timeout=10)
    download.stop()
    thread.join(10)
    assert ended == ["stopped"]
    there = file.part.stat().st_size
    assert Download(hub, file).run().read_bytes() == DATA
    assert [each.start for each in server.fetches] == [0, there]
    hub.close()
