"""A stand-in of the Hugging Face Hub for the real client: what it is asked, how it answers, and all that goes wrong.

Two servers on the loopback, since the Hub keeps large files on another origin. Standard library only. What is served:
search, what a repository holds, where a file lies (an address that is signed and may be good only once), and its bytes.
"""

import hashlib
import itertools
import json
import socket
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

BLOCK = 1 << 14


@dataclass(slots=True)
class File:
    """A file of a repository; `serve` are the bytes that are sent in place of the right ones."""

    data: bytes
    lfs: bool = True
    serve: bytes | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def blob(self) -> str:
        return hashlib.sha1(b"blob %d\0" % len(self.data) + self.data).hexdigest()

    @property
    def xet(self) -> str:
        """64 hexadecimal digits that are not the SHA-256: what the storage calls the file."""
        return hashlib.sha256(b"xet" + self.data).hexdigest()


@dataclass(slots=True)
class Repo:
    """A repository; `commits` are earlier states that can still be asked for."""

    files: dict[str, File] = field(default_factory=dict)
    commit: str = "c" * 40
    commits: dict[str, dict[str, File]] = field(default_factory=dict)
    gated: str = ""
    private: bool = False
    tags: tuple[str, ...] = ("gguf",)
    card: dict[str, Any] = field(default_factory=dict)
    gguf: dict[str, Any] = field(default_factory=dict)
    downloads: int = 0
    likes: int = 0
    modified: str = "2026-11-01T00:00:00.000Z"

    def at(self, revision: str) -> dict[str, File] | None:
        return self.files if revision in ("main", self.commit) else self.commits.get(revision)


@dataclass(slots=True)
class Faults:
    """What goes wrong from now on. A number of times counts down; None is for ever."""

    cut_after: list[int] = field(default_factory=list)  # bytes of each next answer of the storage, then it breaks
    short_after: int | None = None  # every answer of the storage breaks after so many bytes
    stall_after: list[int] = field(default_factory=list)  # the same, but the connection stays and nothing comes
    silent: bool = False  # requests are taken and never answered
    ignore_range: bool = False
    once: bool = False  # each signed address is good for one request
    refuse_storage: int = 0  # so many requests to the storage are refused as expired
    status: list[tuple[str, int]] = field(default_factory=list)  # (beginning of the path, status) for the next requests
    headers: dict[str, str] = field(default_factory=dict)  # of those
    page: bytes | None = None  # what a hotel's network answers to everything
    location: str = ""  # where the Hub and the storage lead to in place of the right one
    length: int | None = None  # said by the storage in place of the right one


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, and how many bytes of a body were sent."""

    place: str  # "hub" or "storage"
    method: str
    path: str
    query: dict[str, list[str]]
    start: int = 0
    token: str = ""
    agent: str = ""


class HubServer:
    """Both servers; in use between `with` and its end."""

    def __init__(self, token: str = "hf_good", certificate: Path | None = None) -> None:
        """`certificate` is a file with one and its key, for https."""
        self.repositories: dict[str, Repo] = {}
        self.faults = Faults()
        self.token = token
        self.log: list[Request] = []
        self.sent: list[int] = []  # bytes of each answer of the storage, in the order of `fetches`
        self.stalled = threading.Semaphore(0)  # one more for each answer that stalls
        self._ended = threading.Event()
        self._numbers = itertools.count()
        self._used: set[str] = set()
        self._lock = threading.Lock()
        self._scheme = "https" if certificate else "http"
        self._servers = [_server(self, place) for place in ("hub", "storage")]
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            for each in self._servers:
                each.socket = context.wrap_socket(each.socket, server_side=True, do_handshake_on_connect=False)
        self._threads = [
            threading.Thread(target=each.serve_forever, args=(0.01,), daemon=True) for each in self._servers
        ]

    @property
    def endpoint(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._servers[0].server_address[1]}"

    @property
    def storage(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._servers[1].server_address[1]}"

    def __enter__(self) -> "HubServer":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    @property
    def fetches(self) -> list[Request]:
        """Requests for bytes of large files."""
        return [each for each in self.log if each.place == "storage"]

    def note(self, request: Request) -> None:
        with self._lock:
            self.log.append(request)

    def sign(self, name: str, commit: str, path: str) -> str:
        return f"{self.storage}/{quote(name)}/{commit}/{quote(path)}?Signature={next(self._numbers)}"

    def taken(self, signature: str) -> bool:
        """Whether a signed address was used before; it is from now on."""
        with self._lock:
            used = signature in self._used
            self._used.add(signature)
            return used

    def wait_for_the_end(self) -> None:
        self._ended.wait()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    hub: HubServer
    place: str

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what is tested here."""


def _server(hub: HubServer, place: str) -> _Server:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.hub, server.place = hub, place
    return server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub, parts = self.server.hub, urlsplit(self.path)
        begin = self.headers.get("Range", "")
        start = int(begin.removeprefix("bytes=").partition("-")[0]) if begin else 0
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        path, query = unquote(parts.path), parse_qs(parts.query)
        agent = self.headers.get("User-Agent", "")
        place = "storage" if parts.netloc == urlsplit(hub.storage).netloc else self.server.place  # asked as a proxy
        hub.note(Request(place, self.command, path, query, start, token, agent))
        if hub.faults.silent:
            hub.stalled.release()
            hub.wait_for_the_end()
            return
        if hub.faults.page is not None:
            self._send(200, hub.faults.page, {"Content-Type": "text/html"})
            return
        with hub._lock:
            wrong = next((each for each in hub.faults.status if path.startswith(each[0])), None)
            if wrong:
                hub.faults.status.remove(wrong)
        if wrong:
            self._send(wrong[1], b"", hub.faults.headers)
        elif place == "storage":
            self._store(path, parts.query, start)
        elif path == "/api/models":
            self._search(query)
        elif path.startswith("/api/models/"):
            self._about(path.removeprefix("/api/models/"), query, token)
        elif path.startswith("/api/resolve-cache/models/"):
            owner, name, commit, file = path.removeprefix("/api/resolve-cache/models/").split("/", 3)
            self._small(hub.repositories[f"{owner}/{name}"].at(commit)[file])  # type: ignore[index]  # as it was found
        elif "/resolve/" in path:
            self._resolve(path, token)
        else:
            self._error(404, "EntryNotFound")

    # ── the Hub ───────────────────────────────────────────────────────────────────────────────────────────

    def _search(self, query: dict[str, list[str]]) -> None:
        words, author = query.get("search", [""])[0].lower(), query.get("author", [""])[0]
        found = [
            (name, each)
            for name, each in self.server.hub.repositories.items()
            if words in name.lower() and (not author or name.startswith(f"{author}/")) and not each.private
            and all(tag in each.tags for tag in query.get("filter", []))
        ]  # fmt: skip
        key = {"likes": "likes", "lastModified": "modified"}.get(query.get("sort", [""])[0], "downloads")
        found.sort(key=lambda pair: getattr(pair[1], key), reverse=True)
        begin, limit = int(query.get("cursor", ["0"])[0]), int(query.get("limit", ["1000"])[0])
        page = min(limit, 3)
        headers = {}
        if begin + page < len(found):
            rest = urlencode(query | {"cursor": [str(begin + page)]}, doseq=True)
            headers["Link"] = f'<{self.server.hub.endpoint}/api/models?{rest}>; rel="next"'
        self._json([self._row(name, each) for name, each in found[begin : begin + page]], headers)

    def _row(self, name: str, repo: Repo) -> dict[str, Any]:
        return {
            "_id": "0", "id": name, "author": name.split("/")[0], "downloads": repo.downloads, "likes": repo.likes,
            "lastModified": repo.modified, "gated": repo.gated or False, "private": repo.private, "tags": list(repo.tags),
            "gguf": repo.gguf, "siblings": [{"rfilename": path} for path in repo.files],
        }  # fmt: skip

    def _about(self, path: str, query: dict[str, list[str]], token: str) -> None:
        name, _, revision = path.partition("/revision/")
        files = self._allowed(name, revision or "main", token, files=False)
        if files is None:
            return
        repo = self.server.hub.repositories[name]
        siblings: list[dict[str, Any]] = []
        for file, each in files.items():
            row: dict[str, Any] = {"rfilename": file, "size": len(each.data), "blobId": each.blob}
            if each.lfs:
                row["lfs"] = {"size": len(each.data), "sha256": each.sha256, "pointerSize": 134}
            siblings.append(row)
        commit = repo.commit if files is repo.files else revision
        self._json(self._row(name, repo) | {"sha": commit, "cardData": repo.card, "siblings": siblings})

    def _allowed(self, name: str, revision: str, token: str, *, files: bool) -> dict[str, File] | None:
        """The files of a repository; None where an error was answered."""
        hub = self.server.hub
        repo = hub.repositories.get(name)
        if token and token != hub.token:
            self._error(401, "", "Invalid credentials in Authorization header")
        elif repo is None or (repo.private and not token):
            self._error(404 if token else 401, "RepoNotFound", "Repository not found")
        elif files and repo.gated and not token:
            self._error(401, "GatedRepo", "Access to this model is restricted.")
        elif files and repo.gated == "manual":
            self._error(403, "GatedRepo", "Your request is awaiting a review.")
        elif (found := repo.at(revision)) is None:
            self._error(404, "RevisionNotFound", "Invalid rev id")
        else:
            return found
        return None

    def _resolve(self, path: str, token: str) -> None:
        name, _, rest = path.strip("/").partition("/resolve/")
        revision, _, path = rest.partition("/")
        files = self._allowed(name, revision, token, files=True)
        if files is None:
            return
        repo = self.server.hub.repositories[name]
        commit = repo.commit if revision == "main" else revision
        file = files.get(path)
        if file is None:
            self._error(404, "EntryNotFound", "Entry not found")
            return
        headers = {"X-Repo-Commit": commit}
        if file.lfs:
            headers |= {
                "Location": self.server.hub.faults.location or self.server.hub.sign(name, commit, path), "X-Linked-Size": str(len(file.data)),
                "X-Linked-Etag": f'"{file.sha256}"', "ETag": f'"{file.xet}"', "X-Xet-Hash": file.xet,
            }  # fmt: skip
            self._send(302, b"Found. Redirecting", headers)
        else:
            headers |= {"Location": f"/api/resolve-cache/models/{name}/{commit}/{quote(path)}"}
            self._send(307, b"", headers | {"ETag": f'"{file.blob}"'})

    def _small(self, file: File) -> None:
        self._send(200, file.data, {"ETag": f'"{file.blob}"', "X-Repo-Commit": "c" * 40})

    # ── the storage ───────────────────────────────────────────────────────────────────────────────────────

    def _store(self, path: str, signature: str, start: int) -> None:
        hub, faults = self.server.hub, self.server.hub.faults
        if faults.location:
            self._send(302, b"", {"Location": faults.location})
            return
        with hub._lock:
            refused = faults.refuse_storage > 0
            faults.refuse_storage -= refused
        if refused or (faults.once and hub.taken(signature)):
            self._send(403, b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>", {})
            return
        owner, name, commit, file = path.strip("/").split("/", 3)
        found = hub.repositories[f"{owner}/{name}"].at(commit)
        assert found is not None
        data = found[file].data if found[file].serve is None else found[file].serve
        assert data is not None
        if faults.ignore_range:
            start = 0
        if start >= len(data):
            self._send(416, b"", {"Content-Range": f"bytes */{len(data)}"})
            return
        body, length = memoryview(data)[start:], len(data) if faults.length is None else faults.length
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(length - start))
        self.send_header("ETag", f'"{found[file].xet}"')
        self.send_header("Accept-Ranges", "bytes")
        if start:
            self.send_header("Content-Range", f"bytes {start}-{length - 1}/{length}")
        self.end_headers()
        with hub._lock:
            cut = faults.cut_after.pop(0) if faults.cut_after else faults.short_after
            stall = faults.stall_after.pop(0) if faults.stall_after else None
        bound = next((each for each in (cut, stall) if each is not None), len(body))
        self._pour(body[: max(0, min(bound, length - start))])
        if stall is not None:
            hub.stalled.release()
            hub.wait_for_the_end()
        if cut is not None or len(body) != length - start:
            self.close_connection = True

    def _pour(self, body: memoryview) -> None:
        place = len(self.server.hub.sent)
        self.server.hub.sent.append(0)
        for begin in range(0, len(body), BLOCK):
            piece = body[begin : begin + BLOCK]
            self.wfile.write(piece)
            self.server.hub.sent[place] += len(piece)

    # ── beneath ───────────────────────────────────────────────────────────────────────────────────────────

    def _json(self, value: object, headers: dict[str, str] | None = None) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"} | (headers or {}))

    def _error(self, status: int, code: str, message: str = "") -> None:
        headers = {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {})
        self._send(status, json.dumps({"error": message}).encode(), headers | {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
