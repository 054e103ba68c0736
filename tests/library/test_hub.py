"""The real client of the Hub against a stand-in: what is found, what goes wrong, and what is never sent."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.errors import AppError
from app.library.hub import Hub, Timeouts
from app.library.hub_errors import HubError, Kind
from app.library.line import Line, Stopped
from app.library.repository import Query
from app.library.token import TokenStore
from tests.library.hub_server import File, HubServer, Repo

PATIENT = Timeouts(connect=30, read=30)  # machines are busy
SOME = b"GGUF" + bytes(range(256)) * 40


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with HubServer() as server:
        server.repositories["someone/Tiny-GGUF"] = Repo(
            {
                "README.md": File(b"---\nlicense: mit\n---\n# Tiny\n\nA model.\n", lfs=False),
                "tiny-Q4_K_M.gguf": File(SOME),
                "tiny-Q8_0-00001-of-00002.gguf": File(SOME + b"1"),
                "tiny-Q8_0-00002-of-00002.gguf": File(SOME + b"2"),
                "mmproj-F16.gguf": File(SOME + b"3"),
                "small.gguf": File(b"GGUF", lfs=False),
            },
            tags=("gguf", "license:mit", "en", "zh", "region:us"),
            card={"license": "mit", "language": ["en", "zh"], "base_model": "someone/Tiny"},
            gguf={"total": 1_000_000, "architecture": "llama", "context_length": 4096},
            downloads=10,
            likes=3,
        )
        for number in range(7):
            server.repositories[f"others/Model-{number}-GGUF"] = Repo(
                {f"m{number}.Q2_K.gguf": File(SOME)}, downloads=number, likes=10 - number, gguf={"total": 10**number}
            )
        yield server


@pytest.fixture
def hub(server: HubServer) -> Iterator[Hub]:
    hub = Hub(endpoint=server.endpoint, timeouts=PATIENT)
    yield hub
    hub.close()


def test_searching(server: HubServer, hub: Hub) -> None:
    (tiny,) = hub.search(Query(words="tiny"))
    assert (tiny.repository, tiny.downloads, tiny.likes, tiny.licence) == ("someone/Tiny-GGUF", 10, 3, "mit")
    assert (tiny.parameters, tiny.architecture, tiny.context_length) == (1_000_000, "llama", 4096)
    assert (tiny.languages, tiny.gated, tiny.quantizations) == (("en", "zh"), False, ("Q4_K_M", "Q8_0"))
    assert tiny.modified is not None
    assert [each.downloads for each in hub.search(Query(sort="downloads"))] == [10, 6, 5, 4, 3, 2, 1, 0]
    assert [each.likes for each in hub.search(Query(words="model", sort="likes", limit=2))] == [10, 9]
    assert len(hub.search(Query(author="others"))) == 7
    assert [each.repository for each in hub.search(Query(licence="MIT", language="zh"))] == ["someone/Tiny-GGUF"]
    assert [each.parameters for each in hub.search(Query(words="model", least=100, most=10_000))] == [10_000, 1000, 100]
    assert hub.search(Query(words="nothing like it")) == ()
    assert {each.path for each in server.log} == {"/api/models"}
    assert all("gguf" in each.query["filter"] for each in server.log if "filter" in each.query)


def test_a_repository(server: HubServer, hub: Hub) -> None:
    found = hub.repository("someone/Tiny-GGUF")
    assert [(each.quantization, len(each.files), each.size) for each in found.variants] == [
        ("Q4_K_M", 1, len(SOME)),
        ("Q8_0", 2, 2 * len(SOME) + 2),
        ("", 1, 4),
    ]
    assert [each.path for each in found.projectors] == ["mmproj-F16.gguf"]
    assert (found.commit, found.licence, found.languages) == ("c" * 40, "mit", ("en", "zh"))
    assert found.base_models == ("someone/Tiny",)
    file = found.file("tiny-Q4_K_M.gguf")
    assert file is not None
    assert file.digest == f"sha256:{File(SOME).sha256}"
    small = found.file("small.gguf")
    assert small is not None
    assert small.digest == f"git:{File(b'GGUF').blob}"
    assert hub.card(found) == "# Tiny\n\nA model."
    assert hub.card(hub.repository("others/Model-1-GGUF")) == ""


def test_where_a_file_lies_and_its_bytes(server: HubServer, hub: Hub) -> None:
    resolved = hub.resolve("someone/Tiny-GGUF", "c" * 40, "tiny-Q4_K_M.gguf")
    assert resolved.address.startswith(server.storage)
    assert (resolved.size, resolved.etag) == (len(SOME), File(SOME).sha256)  # and not what the storage calls it
    with hub.fetch(resolved, 100, Line()) as body:
        assert (body.first, body.total) == (100, len(SOME))
        assert b"".join(body) == SOME[100:]
    small = hub.resolve("someone/Tiny-GGUF", "c" * 40, "small.gguf")
    assert (small.size, small.etag) == (4, File(b"GGUF").blob)
    with hub.fetch(small, 0, Line()) as body:
        assert b"".join(body) == b"GGUF"


def test_nothing_is_sent_that_was_not_asked_for(server: HubServer, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_somebody")
    hub.search(Query(words="tiny"))
    hub.repository("someone/Tiny-GGUF")
    assert [each.path for each in server.log] == ["/api/models", "/api/models/someone/Tiny-GGUF"]
    assert not any(each.token for each in server.log)
    assert all(each.agent.startswith("fireside/") and "agent" not in each.agent for each in server.log)


def test_a_token_goes_to_the_hub_alone(server: HubServer, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = TokenStore(tmp_path, None, {})
    store.store(server.endpoint, server.token)
    server.repositories["someone/Tiny-GGUF"].gated = "auto"
    hub = Hub(endpoint=server.endpoint, tokens=store, timeouts=PATIENT)
    with caplog.at_level("DEBUG"):
        with hub.fetch(hub.resolve("someone/Tiny-GGUF", "main", "tiny-Q4_K_M.gguf"), 0, Line()) as body:
            assert b"".join(body) == SOME
        assert hub.repository("someone/Tiny-GGUF").gated
    hub.close()
    assert {(each.place, each.token) for each in server.log} == {("hub", "hf_good"), ("storage", "")}
    assert "hf_good" not in caplog.text
    assert "Signature=" not in "".join(record.getMessage() for record in caplog.records if record.levelname != "DEBUG")


@pytest.mark.parametrize(
    ("prefix", "status", "kind", "said"),
    [
        ("/api", 429, "busy", "too many requests"),
        ("/api", 500, "server", "(500)"),
        ("/api", 503, "server", "(503)"),
        ("/api", 403, "forbidden", "does not let you have “someone/Tiny-GGUF”"),
        ("/api", 401, "missing", "private"),
        ("/api", 404, "missing", "not at the Hub"),
        ("/api", 418, "refused", "418"),
    ],
)
def test_refusals(server: HubServer, hub: Hub, prefix: str, status: int, kind: Kind, said: str) -> None:
    server.faults.status = [(prefix, status)]
    with pytest.raises(HubError) as caught:
        hub.repository("someone/Tiny-GGUF")
    assert caught.value.kind == kind
    assert said in caught.value.message
    assert caught.value.hint
    assert len(server.log) == 1  # nobody waits while the client tries again by itself
    assert hub.repository("someone/Tiny-GGUF").commit  # and the next question is answered


def test_how_long_to_wait(server: HubServer, hub: Hub) -> None:
    for headers in ({"Retry-After": "17"}, {"RateLimit": '"api";r=0;t=17'}):
        server.faults.status, server.faults.headers = [("/api", 429)], headers
        with pytest.raises(HubError) as caught:
            hub.search(Query(words="x"))
        assert caught.value.wait_s == 17
        assert "17 seconds" in caught.value.hint


def test_gated_private_and_missing(server: HubServer, tmp_path: Path) -> None:
    def kind(name: str, file: str = "tiny-Q4_K_M.gguf", commit: str = "main", token: str = "") -> str:
        store = TokenStore(tmp_path, None, {})
        if token:
            store.store(server.endpoint, token)
        hub = Hub(endpoint=server.endpoint, tokens=store, timeouts=PATIENT)
        try:
            with pytest.raises(HubError) as caught:
                hub.resolve(name, commit, file)
            assert server.token not in repr(caught.value) + caught.value.detail
            return f"{caught.value.kind}: {caught.value}"
        finally:
            hub.close()

    tiny = server.repositories["someone/Tiny-GGUF"]
    assert kind("someone/Nothing").startswith("missing: “someone/Nothing” is not at the Hub")
    assert kind("someone/Tiny-GGUF", "none.gguf").startswith("moved: The file is no longer")
    assert kind("someone/Tiny-GGUF", commit="d" * 40).startswith("moved: This version")
    tiny.gated = "manual"
    said = kind("someone/Tiny-GGUF")
    assert said.startswith("gated: “someone/Tiny-GGUF” is given only")
    assert f"{server.endpoint}/someone/Tiny-GGUF" in said
    assert "then give Fireside a token" in said
    assert "Ask for access" in kind("someone/Tiny-GGUF", token=server.token)
    assert kind("someone/Tiny-GGUF", token="hf_wrong").startswith("token: The Hub does not accept")


@pytest.mark.parametrize("name", ["", "a b", "a/b/c", "..", "a--b/c", "x" * 200, "a/b\n", "тест/модель"])
def test_names_that_cannot_be(server: HubServer, hub: Hub, name: str) -> None:
    with pytest.raises(AppError) as caught:
        hub.repository(name)
    assert caught.value.hint


def test_what_is_not_the_hub(server: HubServer, hub: Hub) -> None:
    for page in (b"<html>Sign in to the hotel's network</html>", b"[]", b"{}", b"null", b'{"id": 3}', b"\xff\xfe"):
        server.faults.page = page
        with pytest.raises(HubError) as caught:
            hub.repository("someone/Tiny-GGUF")
        assert caught.value.kind == "answer"
    server.faults.page = b'[{"id": "a/b", "gguf": "odd", "tags": [1, null], "siblings": null}]'
    assert [each.repository for each in hub.search(Query(words="x"))] == ["a/b"]


def test_no_answer(server: HubServer) -> None:
    hub = Hub(endpoint=server.endpoint, timeouts=Timeouts(connect=30, read=0.3))
    server.faults.silent = True
    with pytest.raises(HubError) as caught:
        hub.search(Query(words="x"))
    assert caught.value.kind == "timeout"
    assert len(server.log) == 1
    hub.close()


def test_no_network() -> None:
    for endpoint, kind in (("http://127.0.0.1:1", "network"), ("https://127.0.0.1:1", "network")):
        hub = Hub(endpoint=endpoint, timeouts=PATIENT)
        with pytest.raises(HubError) as caught:
            hub.search(Query(words="x"))
        assert caught.value.kind == kind
        assert "127.0.0.1 cannot be reached" in caught.value.message
        hub.close()


def test_a_proxy_that_is_none(server: HubServer) -> None:
    hub = Hub(endpoint="http://hub.example", proxy="http://127.0.0.1:1", timeouts=PATIENT)
    with pytest.raises(HubError) as caught:
        hub.search(Query(words="x"))
    assert caught.value.kind == "network"
    hub.close()
    through = Hub(endpoint="http://hub.example", proxy=server.endpoint, timeouts=PATIENT)
    assert (
        through.search(Query(words="tiny"))[0].repository == "someone/Tiny-GGUF"
    )  # which the stand-in answers as a proxy would
    through.close()


@pytest.mark.parametrize(
    "endpoint", ["ftp://x", "https://", "http://a b", "https://user@x", "x:port", "", "http://[", "https://x?y"]
)
def test_endpoints_that_are_none(endpoint: str) -> None:
    with pytest.raises(HubError) as caught:
        Hub(endpoint=endpoint)
    assert caught.value.kind == "settings"


@pytest.mark.parametrize("proxy", ["nonsense", "ftp://x", "http://[", "socks9://x"])
def test_proxies_that_are_none(proxy: str) -> None:
    with pytest.raises(HubError) as caught:
        Hub(proxy=proxy)
    assert caught.value.kind == "settings"


def test_a_certificate_that_cannot_be_checked(tmp_path: Path) -> None:
    import ssl

    from app.library import hub as module

    error = module.httpx2.ConnectError("x")
    error.__cause__ = ssl.SSLCertVerificationError("self-signed certificate")
    with pytest.raises(HubError) as caught, module._as_ours("hub.example", Line()):
        raise error
    assert caught.value.kind == "tls"
    assert "clock" in caught.value.hint


def test_offline_opens_no_socket(server: HubServer) -> None:
    """In a process of its own: an audit hook cannot be taken away again."""
    ended = subprocess.run(
        [sys.executable, "-c", OFFLINE, server.endpoint], cwd=Path(__file__).parents[2], capture_output=True, text=True
    )
    assert (ended.returncode, ended.stdout.split(), ended.stderr) == (0, ["offline"] * 5, "")
    assert server.log == []


OFFLINE = """
import sys

def watch(event, arguments):
    if event.startswith("socket."):
        print(event, arguments, file=sys.stderr)

sys.addaudithook(watch)
from app.library.hub import Hub, Resolved
from app.library.hub_errors import HubError
from app.library.line import Line
from app.library.repository import Query, RemoteFile, Repository

hub = Hub(endpoint=sys.argv[1], offline=True)
repository = Repository(repository="a/b", commit="c", files=(RemoteFile(path="README.md"),))
resolved = Resolved(what="a/b/x.gguf", address=sys.argv[1] + "/x", size=1, etag="")
for ask in (
    lambda: hub.search(Query(words="x")),
    lambda: hub.repository("a/b"),
    lambda: hub.card(repository),
    lambda: hub.resolve("a/b", "main", "x.gguf"),
    lambda: hub.fetch(resolved, 0, Line()).__enter__(),
):
    try:
        ask()
    except HubError as error:
        print(error.kind)
hub.close()
"""


def test_the_client_is_not_imported_before_it_is_needed() -> None:
    program = (
        "import sys, app.library.queue, app.library.curated, app.library.token, app.cli.hub_arguments\n"
        "print([name for name in ('huggingface_hub', 'httpx2', 'ssl') if name in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    assert ended.stdout == "[]\n"


def test_hanging_up_ends_waiting_at_once(server: HubServer) -> None:
    hub = Hub(endpoint=server.endpoint, timeouts=Timeouts(read=60))
    server.faults.silent = True
    line, ended = Line(), []

    def ask() -> None:
        try:
            hub.resolve("someone/Tiny-GGUF", "main", "tiny-Q4_K_M.gguf", line)
        except Stopped:
            ended.append("stopped")

    thread = threading.Thread(target=ask)
    thread.start()
    assert server.stalled.acquire(timeout=10)
    line.hang_up()
    thread.join(10)
    assert ended == ["stopped"]
    with pytest.raises(Stopped):
        hub.resolve("someone/Tiny-GGUF", "main", "tiny-Q4_K_M.gguf", line)
    hub.close()


def test_two_hubs_at_once_do_not_mix(server: HubServer, hub: Hub) -> None:
    other = Hub(endpoint="http://127.0.0.1:1", timeouts=PATIENT)
    for _ in range(3):
        assert hub.search(Query(words="tiny"))
        with pytest.raises(HubError, match="cannot be reached"):
            other.search(Query(words="tiny"))
    other.close()
    assert hub.search(Query(words="tiny"))
