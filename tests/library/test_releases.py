"""Asking for the newest version: one plain request, and everything that may come back."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import AppError, InputError
from app.library.hub import Hub
from app.library.hub_errors import HubError
from app.library.releases import LARGEST_ANSWER, Looking, Place, Release, newest, releases_place

PAGE = "https://releases.example/fireside"


class Releases(ThreadingHTTPServer):
    """Answers each path with what a test put there; `asked` are the requests."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.place = Place(self.address + "/latest", self.address + "/page")
        self.bodies: dict[str, bytes] = {}
        self.moved: dict[str, str] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.let_go = threading.Event()


class Answers(BaseHTTPRequestHandler):
    server: Releases

    def do_GET(self) -> None:
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        if self.path in self.server.moved:
            self.send_response(302)
            self.send_header("Location", self.server.moved[self.path])
            self.end_headers()
        elif self.path in self.server.bodies:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.server.bodies[self.path])
        elif self.path == "/silent":
            self.server.let_go.wait(20)
        else:
            self.send_error(404)

    def log_message(self, *_about: Any) -> None:
        """Says nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Releases]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Releases()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.let_go.set()
    server.shutdown()
    server.server_close()
    thread.join()


def body(tag: object, **more: object) -> bytes:
    return json.dumps({"tag_name": tag, **more}).encode()


def test_the_newest_version_and_nothing_that_tells_who_asks(server: Releases) -> None:
    server.bodies["/latest"] = body("v0.2.0", html_url=server.address + "/tag/v0.2.0")
    assert newest(server.place) == Release("0.2.0", server.address + "/tag/v0.2.0")
    ((path, headers),) = server.asked
    assert path == "/latest"
    assert headers.pop("host")
    assert headers == {"user-agent": "Fireside", "accept": "application/json", "accept-encoding": "identity"}


def test_a_page_elsewhere_is_not_opened(server: Releases) -> None:
    server.bodies["/latest"] = body("v0.2.0", html_url="https://elsewhere.example/")
    assert newest(server.place).page == server.place.page


def test_offline_opens_no_connection(server: Releases, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(HubError) as caught:
        newest(server.place, offline=True)
    assert caught.value.kind == "offline"
    assert not server.asked


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>Sign in</html>",
        b"[]",
        b"{}",
        b"\xff\xfe{",
        b"[" * 100_000,
        body("nightly"),
        body(None),
        body({"a": 1}),
        b" " * (LARGEST_ANSWER + 1) + body("v9.0.0"),
    ],
)
def test_what_is_no_answer_is_told_in_one_sentence(server: Releases, answer: bytes) -> None:
    server.bodies["/latest"] = answer
    with pytest.raises(AppError) as caught:
        newest(server.place)
    assert caught.value.message.startswith("Whether there is a newer version")
    assert server.place.page in caught.value.hint


def test_it_follows_where_it_leads_but_not_for_ever(server: Releases) -> None:
    server.moved["/latest"] = "/there"
    server.bodies["/there"] = body("v0.3.0")
    assert newest(server.place).version == "0.3.0"
    server.moved["/there"] = "/latest"
    with pytest.raises(AppError):
        newest(server.place)
    assert len(server.asked) < 12


def test_nobody_there_and_not_found(server: Releases) -> None:
    with pytest.raises(AppError) as caught:
        newest(Place(server.address + "/missing", PAGE))
    assert PAGE in caught.value.hint
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(AppError):
            newest(Place(f"http://127.0.0.1:{taken.getsockname()[1]}/", PAGE))


def test_a_silent_server_is_not_waited_for(server: Releases) -> None:
    with pytest.raises(AppError) as caught:
        newest(Place(server.address + "/silent", PAGE), patience_s=0.3)
    assert "Timeout" in caught.value.detail


def test_slow_drops_end_too(server: Releases) -> None:
    server.bodies["/latest"] = body("v0.2.0")
    hub = Hub()
    with pytest.raises(HubError):
        hub.elsewhere(server.place.latest, LARGEST_ANSWER, -1.0)
    hub.close()


def test_asked_in_a_thread_and_given_up(server: Releases) -> None:
    server.bodies["/latest"] = body("v0.2.0")
    told: list[Release | AppError] = []
    heard = threading.Event()

    def tell(found: Release | AppError) -> None:
        told.append(found)
        heard.set()

    looking = Looking(server.place, tell)
    assert heard.wait(20)
    looking.close()
    assert told == [Release("0.2.0", server.place.page)]
    silent = Looking(Place(server.address + "/silent", PAGE), tell)
    silent.close()
    assert not silent.under_way
    assert len(told) == 1


def test_the_place_is_what_the_build_wrote(tmp_path: Path) -> None:
    file = tmp_path / "release.json"
    with pytest.raises(InputError):
        releases_place(file)
    for text in (
        "",
        "[]",
        "{}",
        '{"latest": "http://plain.example", "page": "https://a"}',
        '{"latest": "https://a", "page": "file:///"}',
    ):
        file.write_text(text)
        with pytest.raises(InputError):
            releases_place(file)
    file.write_text('{"latest": "https://a.example/latest", "page": "https://a.example"}')
    assert releases_place(file) == Place("https://a.example/latest", "https://a.example")
