"""What a download leaves when it is stopped, what it finds when it goes on, and the disk that it is written to."""

import errno
import json
import threading
from pathlib import Path

import pytest

from app.core.errors import AppError, InputError, StoreError
from app.library.download import MARGIN, Download, Progress
from app.library.hub import Hub, Timeouts
from app.library.hub_errors import HubError
from app.library.line import Stopped
from app.library.pace import Limit
from app.library.source import read_source, source_file
from app.library.token import TokenStore
from app.library.wanted import Wanted, discard, received, wanted
from tests.library.downloading import DATA, FILE, NAME, fetch, interrupt, starts
from tests.library.hub_server import HubServer


def test_stopping_and_going_on(server: HubServer, hub: Hub, file: Wanted) -> None:
    interrupt(server, hub, file, 123_456)
    told: list[Progress] = []
    assert fetch(hub, file, tell=told.append).read_bytes() == DATA
    assert starts(server) == [0, 123_456]
    assert told[0].received == 123_456


def test_stop_is_heard_while_nothing_comes(server: HubServer, file: Wanted) -> None:
    hub = Hub(endpoint=server.endpoint, timeouts=Timeouts(read=60))
    server.faults.stall_after = [50_000]
    ended: list[str] = []
    download = Download(hub, file)

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
    hub.close()


def test_a_part_that_is_whole_needs_no_network(server: HubServer, hub: Hub, file: Wanted) -> None:
    interrupt(server, hub, file, 100)
    file.part.write_bytes(DATA)
    server.log.clear()
    assert fetch(hub, file).read_bytes() == DATA
    assert server.log == []


@pytest.mark.parametrize("source", ["", "{", "[]", "{}", '{"digest": 1}', '{"repository": "a/b"}'])
def test_a_part_of_something_else_is_not_gone_on_with(server: HubServer, hub: Hub, file: Wanted, source: str) -> None:
    file.target.parent.mkdir(parents=True)
    file.part.write_bytes(b"something")
    if source:
        source_file(file.part).write_text(source)
    assert fetch(hub, file).read_bytes() == DATA
    assert starts(server) == [0]


def test_a_part_that_is_too_long(server: HubServer, hub: Hub, file: Wanted) -> None:
    interrupt(server, hub, file, 100)
    file.part.write_bytes(DATA + b"more")
    assert fetch(hub, file).read_bytes() == DATA


def test_two_at_one_file(server: HubServer, hub: Hub, file: Wanted) -> None:
    server.faults.cut_after = [1000]
    refused: list[AppError] = []

    def tell(progress: Progress) -> None:
        if progress.stage == "waiting":
            with pytest.raises(InputError, match="is being downloaded already") as caught:
                fetch(hub, file)
            refused.append(caught.value)

    assert fetch(hub, file, tell=tell).read_bytes() == DATA
    assert len(refused) == 1


def test_no_room_before(server: HubServer, hub: Hub, file: Wanted) -> None:
    with pytest.raises(StoreError, match="no room") as caught:
        fetch(hub, file, free=lambda _: MARGIN + len(DATA) - 1)
    assert "Make room" in caught.value.hint
    assert server.fetches == []
    with pytest.raises(StoreError, match="no room"):
        fetch(hub, file, free=lambda _: MARGIN + len(DATA), reserved=lambda: 1)
    assert fetch(hub, file, free=lambda _: MARGIN + len(DATA)).read_bytes() == DATA


def test_no_room_meanwhile(server: HubServer, hub: Hub, file: Wanted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.library.download.LOOKS_EVERY", 100_000)
    server.faults.cut_after = [150_000, 150_000]
    looks = iter([1 << 40, 1 << 40, 0])
    with pytest.raises(StoreError, match="no room"):
        fetch(hub, file, free=lambda _: next(looks))
    assert 200_000 <= (there := received(file)) <= 300_000
    assert fetch(hub, file).read_bytes() == DATA
    assert starts(server) == [0, 150_000, there]


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "became full"), (errno.EFBIG, "as large as"), (errno.EIO, "cannot be written")]
)
def test_a_disk_that_fails(server: HubServer, hub: Hub, file: Wanted, number: int, said: str) -> None:
    def free(_: Path) -> int:
        raise OSError(number, "no")

    with pytest.raises(StoreError, match=said):
        fetch(hub, file, free=free)


def test_a_folder_that_is_a_file(server: HubServer, hub: Hub, file: Wanted) -> None:
    file.target.parent.parent.mkdir(parents=True)
    file.target.parent.write_text("x")
    with pytest.raises(StoreError, match="cannot be written"):
        fetch(hub, file)


def test_a_limit_is_asked_for_every_piece(server: HubServer, hub: Hub, file: Wanted) -> None:
    limit = Limit(1 << 40)
    fetch(hub, file, limit=limit)
    slow = Limit(20)  # bytes a second: would take hours, but tells how it goes on and can be stopped
    file.target.unlink()
    download: Download

    def tell(progress: Progress) -> None:
        if progress.stage == "loading":
            download.stop()

    download = Download(hub, file, limit=slow, tell=tell)
    with pytest.raises(Stopped):
        download.run()


def test_discarding(server: HubServer, hub: Hub, file: Wanted) -> None:
    interrupt(server, hub, file, 100)
    discard(file)
    assert list(file.target.parent.iterdir()) == []
    discard(file)


def test_a_token_is_sent_for_a_gated_file(server: HubServer, tmp_path: Path, file: Wanted) -> None:
    server.repositories[NAME].gated = "auto"
    store = TokenStore(tmp_path / "data", None, {})
    store.store(server.endpoint, server.token)
    hub = Hub(endpoint=server.endpoint, tokens=store)
    assert fetch(hub, file).read_bytes() == DATA
    hub.close()
    for path in file.target.parent.iterdir():
        assert b"hf_good" not in path.read_bytes()


def test_without_a_checksum_nothing_is_fetched(hub: Hub, server: HubServer, tmp_path: Path) -> None:
    from dataclasses import replace

    repository = hub.repository(NAME)
    remote = repository.file(FILE)
    assert remote is not None
    with pytest.raises(HubError, match="no checksum"):
        wanted(repository, replace(remote, digest=""), tmp_path)


def test_the_origin_tells_of_a_changed_file(server: HubServer, hub: Hub, file: Wanted) -> None:
    path = fetch(hub, file)
    assert json.loads(source_file(path).read_text())["repository"] == NAME
    path.write_bytes(DATA[:-1] + b"?")
    assert read_source(path) is None
