"""Downloads with everything that goes wrong with them: each ends with the right bytes under the name, or without a name."""

import hashlib
import random
from pathlib import Path

import pytest

from app.core.errors import InputError
from app.library.download import Download, Progress
from app.library.hub import Hub, Timeouts
from app.library.hub_errors import HubError
from app.library.line import Stopped
from app.library.source import read_source, source_file
from app.library.wanted import Wanted, received, wanted
from tests.library.downloading import AT_ONCE, DATA, FILE, NAME, OTHER, PATIENT, fetch, interrupt, nothing_but, starts
from tests.library.hub_server import File, HubServer


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
