"""A stand-in of the Hub with one file, and the ways to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.library.hub import Hub
from app.library.wanted import Wanted, wanted
from tests.library.downloading import DATA, FILE, NAME, PATIENT
from tests.library.hub_server import File, HubServer, Repo


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with HubServer() as server:
        server.repositories[NAME] = Repo({FILE: File(DATA)}, tags=("gguf", "license:mit"))
        yield server


@pytest.fixture
def hub(server: HubServer) -> Iterator[Hub]:
    hub = Hub(endpoint=server.endpoint, timeouts=PATIENT)
    yield hub
    hub.close()


@pytest.fixture
def through_a_proxy(server: HubServer) -> Iterator[Hub]:
    """The stand-in answers as a proxy would."""
    hub = Hub(endpoint=server.endpoint, proxy=server.endpoint, timeouts=PATIENT)
    yield hub
    hub.close()


@pytest.fixture
def file(hub: Hub, tmp_path: Path, server: HubServer) -> Wanted:
    """What is to be had; the log is empty again."""
    repository = hub.repository(NAME)
    remote = repository.file(FILE)
    assert remote is not None
    server.log.clear()
    return wanted(repository, remote, tmp_path / "models")
