"""Downloads with everything that goes wrong with them: each ends with the right bytes under the name, or without a name."""

import errno
import hashlib
import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
from tests.library.hub_server import File, HubServer, Repo

NAME, FILE = "someone/Tiny-GGUF", "tiny-Q4_K_M.gguf"
DATA = random.Random(5).randbytes(600_000)
OTHER = random.Random(6).randbytes(500_000)
AT_ONCE = (0.0,)
PATIENT = Timeouts(connect=30, read=30)  # machines are busy


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


def fetch(hub: Hub, file: Wanted, **options: Any) -> Path:
    return Download(hub, file, backoff=options.pop("backoff", AT_ONCE), **options).run()


def starts(server: HubServer) -> list[int]:
    return [each.start for each in server.fetches]


def nothing_but(path: Path) -> bool:
    """No part and no part's source beside the file."""
    return sorted(each.name for each in path.parent.iterdir()) == [path.name, source_file(path).name]


def test_a_whole_file(server: HubServer, hub: Hub, file: Wanted, tmp_path: Path) -> None:
    told: list[Progress] = []
    path = fetch(hub, file, tell=told.append)
    assert path == tmp_path / "models" / "someone" / "Tiny-GGUF" / FILE
    assert path.read_bytes() == DATA
    assert nothing_but(path)
    assert starts(server) == [0]
    source = read_source(path)
    assert source is not None
    assert (source.repository, source.commit, source.path, source.licence) == (NAME, "c" * 40, FILE, "mit")
    assert source.digest == f"sha256:{hashlib.sha256(DATA).hexdigest()}"
    assert told[0].stage == "finding"
    assert [each.received for each in told] == sorted(each.received for each in told)
    assert (told[-1].received, told[-1].size) == (len(DATA), len(DATA))


def test_a_small_file_that_lies_in_git(server: HubServer, hub: Hub, tmp_path: Path) -> None:
    server.repositories[NAME].files["small.gguf"] = File(b"GGUF small", lfs=False)
    repository = hub.repository(NAME)
    small = repository.file("small.gguf")
    assert small is not None
    assert fetch(hub, wanted(repository, small, tmp_path, flat=True)).read_bytes() == b"GGUF small"


def test_what_is_there_is_not_asked_for_again(server: HubServer, hub: Hub, file: Wanted) -> None:
    path = fetch(hub, file)
    server.log.clear()
    told: list[Progress] = []
    assert fetch(hub, file, tell=told.append) == path
    assert (server.log, told[-1].received) == ([], len(DATA))
    assert received(file) == len(DATA)
    source_file(path).unlink()  # put there by somebody else, with the right bytes
    assert fetch(hub, file) == path
    assert server.log == []
    assert read_source(path) is not None


def test_something_else_under_the_name_stays(server: HubServer, hub: Hub, file: Wanted) -> None:
    file.target.parent.mkdir(parents=True)
    for content in (b"mine", bytes(len(DATA))):
        file.target.write_bytes(content)
        with pytest.raises(InputError, match="is there already"):
            fetch(hub, file)
        assert file.target.read_bytes() == content
    assert server.log == []


@pytest.mark.parametrize("seed", range(4))
def test_cuts(server: HubServer, hub: Hub, file: Wanted, seed: int) -> None:
    chance = random.Random(seed)
    server.faults.cut_after = [chance.randrange(1, 150_000) for _ in range(8)]
    cuts = list(server.faults.cut_after)
    path = fetch(hub, file)
    assert path.read_bytes() == DATA
    assert nothing_but(path)
    expected = [0]
    for cut in cuts:
        if expected[-1] + cut >= len(DATA):
            break
        expected.append(expected[-1] + cut)
    assert starts(server) == expected
    assert sum(server.sent) == len(DATA)


def test_stalls(server: HubServer, file: Wanted) -> None:
    server.faults.stall_after = [100_000, 50_000]
    hub = Hub(endpoint=server.endpoint, timeouts=Timeouts(connect=30, read=1))
    told: list[Progress] = []
    assert fetch(hub, file, tell=told.append).read_bytes() == DATA
    assert starts(server) == [0, 100_000, 150_000]
    assert [each.reason for each in told if each.stage == "waiting"] == ["127.0.0.1 does not answer."] * 2
    hub.close()


def test_through_a_proxy(server: HubServer, through_a_proxy: Hub, file: Wanted) -> None:
    server.faults.cut_after = [100_000, 50_000]
    server.faults.refuse_storage = 1
    assert fetch(through_a_proxy, file).read_bytes() == DATA
    assert starts(server) == [0, 0, 100_000, 150_000]


def test_through_the_proxy_of_the_system(server: HubServer, file: Wanted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("http_proxy", server.endpoint)
    server.faults.cut_after = [100_000]
    hub = Hub(endpoint=server.endpoint, timeouts=PATIENT)
    assert fetch(hub, file).read_bytes() == DATA
    assert starts(server) == [0, 100_000]
    hub.close()


@pytest.mark.parametrize(
    "scheme", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://", "https:///x", "http://127.0.0.1/a b", "loop"]
)
def test_addresses_that_lead_nowhere(server: HubServer, hub: Hub, file: Wanted, scheme: str) -> None:
    server.faults.location = f"{server.storage}/round" if scheme == "loop" else scheme
    with pytest.raises(HubError) as caught:
        fetch(hub, file)
    assert caught.value.kind == "answer"


def test_a_server_that_does_not_know_ranges(server: HubServer, hub: Hub, file: Wanted) -> None:
    server.faults.cut_after, server.faults.ignore_range = [200_000, 400_000], True
    assert fetch(hub, file).read_bytes() == DATA
    assert starts(server) == [0, 200_000, 400_000]


def test_addresses_that_are_good_once(server: HubServer, hub: Hub, file: Wanted) -> None:
    server.faults.once, server.faults.cut_after, server.faults.refuse_storage = True, [100_000] * 3, 2
    assert fetch(hub, file).read_bytes() == DATA
    addresses = [each.query["Signature"] for each in server.fetches]
    assert len(addresses) == len({each[0] for each in addresses}) == 6


def test_a_storage_that_refuses_for_good(server: HubServer, hub: Hub, file: Wanted) -> None:
    server.faults.refuse_storage = 100
    with pytest.raises(HubError) as caught:
        fetch(hub, file)
    assert caught.value.kind == "expired"
    assert len(server.fetches) == 4


def test_what_passes_is_waited_for(server: HubServer, hub: Hub, file: Wanted) -> None:
    server.faults.status = [(f"/{NAME}/resolve", status) for status in (500, 429, 503)]
    server.faults.status += [(f"/{NAME}/{'c' * 40}/{FILE}", 502)]
    told: list[Progress] = []
    assert fetch(hub, file, tell=told.append).read_bytes() == DATA
    assert len([each for each in told if each.stage == "waiting"]) == 4
    assert server.faults.status == []


@pytest.mark.parametrize(("status", "kind"), [(403, "forbidden"), (404, "missing"), (401, "missing")])
def test_what_does_not_pass_is_said(server: HubServer, hub: Hub, file: Wanted, status: int, kind: str) -> None:
    server.faults.status = [(f"/{NAME}/resolve", status)]
    with pytest.raises(HubError) as caught:
        fetch(hub, file)
    assert caught.value.kind == kind
    assert not file.target.exists()


def test_the_network_is_lost_and_comes_back(server: HubServer, file: Wanted) -> None:
    hub = Hub(endpoint="http://127.0.0.1:1", timeouts=Timeouts(connect=5, read=5))
    back = Hub(endpoint=server.endpoint)
    waits: list[Progress] = []

    def tell(progress: Progress) -> None:
        if progress.stage == "waiting":
            waits.append(progress)
            if len(waits) == 3:
                download._hub = back  # as when a cable is put in again

    download = Download(hub, file, backoff=AT_ONCE, tell=tell)
    assert download.run().read_bytes() == DATA
    assert "127.0.0.1 cannot be reached." in waits[0].reason
    hub.close()
    back.close()


def test_a_flipped_byte_is_thrown_away_and_said(server: HubServer, hub: Hub, file: Wanted) -> None:
    wrong = bytearray(DATA)
    wrong[77_777] ^= 1
    server.repositories[NAME].files[FILE].serve = bytes(wrong)
    with pytest.raises(HubError, match="damaged on its way") as caught:
        fetch(hub, file)
    assert caught.value.kind == "damaged"
    assert list(file.target.parent.iterdir()) == []
    server.repositories[NAME].files[FILE].serve = None
    assert fetch(hub, file).read_bytes() == DATA
    assert starts(server) == [0, 0]


def test_a_byte_flipped_on_the_disk(server: HubServer, hub: Hub, file: Wanted) -> None:
    interrupt(server, hub, file, 300_000)
    with file.part.open("r+b") as part:
        part.write(b"\x00\x00")
    with pytest.raises(HubError, match="damaged"):
        fetch(hub, file)
    assert fetch(hub, file).read_bytes() == DATA


@pytest.mark.parametrize("length", [len(DATA) - 1, len(DATA) + 1, 1000])
def test_a_wrong_size(server: HubServer, hub: Hub, file: Wanted, length: int) -> None:
    interrupt(server, hub, file, 9)
    server.faults.length = length
    with pytest.raises(HubError) as caught:
        fetch(hub, file)
    assert caught.value.kind == "answer"
    server.faults.length = None
    assert fetch(hub, file).read_bytes() == DATA  # what was there before is not lost for it


def test_a_file_changed_at_the_hub(server: HubServer, hub: Hub, file: Wanted) -> None:
    interrupt(server, hub, file, 200_000)
    repo = server.repositories[NAME]
    repo.files, repo.commit = {FILE: File(OTHER)}, "d" * 40  # and the commit before is gone
    told: list[Progress] = []
    renewed: list[Wanted] = []
    path = fetch(hub, file, tell=told.append, renewed=renewed.append)
    assert path.read_bytes() == OTHER
    assert [each.source.commit for each in renewed] == ["d" * 40]
    assert any("changed at the Hub" in each.reason for each in told)
    source = read_source(path)
    assert source is not None
    assert source.commit == "d" * 40
    assert starts(server)[-1] == 0


def test_another_commit_with_the_same_file(server: HubServer, hub: Hub, file: Wanted) -> None:
    interrupt(server, hub, file, 200_000)
    server.repositories[NAME].commit = "d" * 40
    assert fetch(hub, file).read_bytes() == DATA
    assert starts(server) == [0, 200_000]


def test_an_earlier_commit_is_kept_to_as_long_as_it_is_there(server: HubServer, hub: Hub, file: Wanted) -> None:
    interrupt(server, hub, file, 200_000)
    repo = server.repositories[NAME]
    repo.commits["c" * 40] = repo.files
    repo.files, repo.commit = {FILE: File(OTHER)}, "d" * 40
    assert fetch(hub, file).read_bytes() == DATA
    assert starts(server) == [0, 200_000]


def test_a_file_that_is_gone(server: HubServer, hub: Hub, file: Wanted) -> None:
    server.repositories[NAME].files = {"other.gguf": File(OTHER)}
    with pytest.raises(HubError) as caught:
        fetch(hub, file)
    assert caught.value.kind == "moved"


def test_a_hub_that_contradicts_itself(server: HubServer, hub: Hub, file: Wanted) -> None:
    repository = hub.repository(NAME)
    remote = repository.file(FILE)
    assert remote is not None
    wrong = Wanted(
        source=type(file.source)(
            repository=NAME, commit="main", path=FILE, size=len(DATA), digest="sha256:" + "0" * 64
        ),
        target=file.target,
    )
    assert fetch(hub, wrong).read_bytes() == DATA  # the newer word counts


def interrupt(server: HubServer, hub: Hub, file: Wanted, after: int) -> None:
    """Leave a part of so many bytes."""
    server.faults.cut_after = [after]
    download: Download

    def tell(progress: Progress) -> None:
        if progress.stage == "waiting":
            download.stop()

    download = Download(hub, file, tell=tell)
    with pytest.raises(Stopped):
        download.run()
    assert file.part.stat().st_size == after == received(file)
    assert not file.target.exists()


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


def stopped_or_done(hub: Hub, file: Wanted, stop: bool) -> Path | None:
    """With `stop` it is stopped at the first thing that goes wrong."""
    download: Download

    def tell(progress: Progress) -> None:
        if stop and progress.stage == "waiting":
            download.stop()

    download = Download(hub, file, backoff=AT_ONCE, tell=tell)
    try:
        return download.run()
    except Stopped:
        return None


@pytest.mark.parametrize("seed", range(8))
def test_any_mixture_of_everything(server: HubServer, hub: Hub, through_a_proxy: Hub, file: Wanted, seed: int) -> None:
    """Whatever happens on the way, the bytes are right in the end, and each came once where ranges are known."""
    chance = random.Random(seed)
    faults = server.faults
    faults.cut_after = [chance.randrange(1, 200_000) for _ in range(chance.randrange(8))]
    faults.status = [
        (chance.choice([f"/{NAME}/resolve", f"/{NAME}/{'c' * 40}"]), chance.choice([429, 500, 502, 503, 504]))
        for _ in range(chance.randrange(5))
    ]
    faults.once = chance.random() < 0.5
    faults.refuse_storage = chance.randrange(3)
    faults.ignore_range = chance.random() < 0.3
    stops = chance.randrange(4)
    while not (path := stopped_or_done(chance.choice([hub, through_a_proxy]), file, stops > 0)):
        stops -= 1
    assert path.read_bytes() == DATA
    assert nothing_but(path)
    if not faults.ignore_range:
        assert sum(server.sent) == len(DATA)


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
