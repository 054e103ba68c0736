"""The one door to the Hugging Face Hub: search, what a repository holds, where a file lies, and its bytes.

Importing this takes two tenths of a second: import it when it is first needed. Nothing is sent but what is asked for here.
"""

import logging
import os
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from http.client import HTTPException
from http.client import InvalidURL as InvalidAddress
from typing import Any, Literal
from urllib.parse import urlsplit

from app import __version__
from app.core.language import tr
from app.core.record import record
from app.library.address import DEFAULT_ENDPOINT
from app.library.hub_answers import about, remote_file, texts, without_head
from app.library.hub_errors import HubError, expired, no_answer, offline, refusal, unreadable
from app.library.hub_settings import checked_endpoint, checked_proxy, no_proxy
from app.library.line import Line
from app.library.repository import Found, Query, Repository, grouped
from app.library.token import NO_TOKENS, Tokens
from app.library.transfer import MOST_REDIRECTS, Answer, fetched, is_direct

# huggingface_hub reads these when it is imported.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # or the first request is one that nobody asked for
os.environ["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1"
os.environ["HF_HUB_DISABLE_XET"] = "1"
os.environ["HF_HUB_DISABLE_UPDATE_CHECK"] = "1"

import httpx2
from huggingface_hub import HfApi, get_hf_file_metadata, hf_hub_url, set_client_factory
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from huggingface_hub.utils import logging as hub_logging

_ROW = ["author", "downloads", "likes", "lastModified", "gated", "gguf", "tags", "siblings"]
_NAMELESS = {"User-Agent": "Fireside", "Accept": "application/json", "Accept-Encoding": "identity"}
LARGEST_CARD = 1 << 20
MOST_ROWS = 200


@record(kw_only=True)
class Timeouts:
    """In seconds: to connect, and how long nothing may come."""

    connect: float = 10.0
    read: float = 20.0


@record(kw_only=True)
class Resolved:
    """Where a file's bytes are at this moment, and what the Hub says of them."""

    what: str  # the repository with the file behind it
    address: str
    size: int | None
    etag: str  # the SHA-256 of a large file, the git number of a small one


class Body:
    """The bytes of a file from `first` on; of `total` in all, where the server tells."""

    def __init__(self, status: int, headers: Mapping[str, str], pieces: Iterable[bytes], host: str, line: Line) -> None:
        self.first, self.total = _range(status, headers)
        self._pieces, self._host, self._line = pieces, host, line

    def __iter__(self) -> Iterator[bytes]:
        """Raises HubError where the connection breaks, Stopped where it is hung up."""
        with _as_ours(self._host, self._line):
            yield from self._pieces


class _Nothing(httpx2.BaseTransport):
    """Keeps a client that only hands on from preparing connections of its own."""


class _Client(httpx2.Client):
    """huggingface_hub has one client for the whole process; this one hands each request to the Hub that is asking."""

    def __init__(self) -> None:
        super().__init__(transport=_Nothing(), trust_env=False)

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        return _asking.get().send(request, **options)


@record
class _Asking:
    """One call of ours, as long as it lasts."""

    hub: "Hub"
    what: str
    line: Line

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        return self.hub._send(request, self.what, self.line, **options)


_BROKEN = (httpx2.TransportError, httpx2.TooManyRedirects, httpx2.InvalidURL, httpx2.StreamError)
_asking: ContextVar[_Asking] = ContextVar("asking")
set_client_factory(_Client)
hub_logging.set_verbosity(logging.CRITICAL)  # it would write to the terminal what is told as an error here
logging.getLogger("httpx2").setLevel(logging.WARNING)  # addresses are signed: whoever read one in a log could use it


class Hub:
    """The Hub at one endpoint. Every method may be called from any thread, blocks, and raises HubError."""

    def __init__(
        self,
        *,
        endpoint: str = DEFAULT_ENDPOINT,
        proxy: str = "",
        offline: bool = False,
        tokens: Tokens = NO_TOKENS,
        timeouts: Timeouts | None = None,
    ) -> None:
        """
        Args:
            endpoint: a mirror's address, where it is not to be the Hub itself.
            proxy: "http://host:port"; the system's where it is "".
            offline: refuse every request before a socket is opened.

        Raises:
            HubError: endpoint or proxy is no address.
        """
        self.endpoint = checked_endpoint(endpoint)
        self._place = httpx2.URL(self.endpoint)
        self.host = self._place.host
        self.offline = offline
        self._tokens = tokens
        self._timeouts = timeouts or Timeouts()
        self._timeout = httpx2.Timeout(self._timeouts.read, connect=self._timeouts.connect).as_dict()
        self._proxied = bool(proxy)
        try:
            # No connection is kept: one that a download has hung up must not be given to somebody else.
            self._http = httpx2.Client(
                proxy=checked_proxy(proxy) or None,
                limits=httpx2.Limits(max_keepalive_connections=0),
                follow_redirects=True,
                verify=trusted(),
            )
        except (ValueError, ImportError, httpx2.InvalidURL) as error:
            raise no_proxy(proxy, str(error)) from None
        self._api = HfApi(self.endpoint, library_name="fireside", library_version=__version__)

    def close(self) -> None:
        """Lets go of what is kept open."""
        self._http.close()

    # ── looking ───────────────────────────────────────────────────────────────────────────────────────────

    def search(self, query: Query, line: Line | None = None) -> tuple[Found, ...]:
        """Repositories with GGUF files."""
        bounded = bool(query.least or query.most)
        asked = min(query.limit * 4 if bounded else query.limit, MOST_ROWS)
        tags = [f"license:{query.licence.lower()}"] if query.licence else []
        tags += [query.language.lower()] if query.language else []
        with self._call(query.words or query.author, line):
            rows = self._api.list_models(
                search=query.words or None, author=query.author or None, sort=query.sort, limit=asked, filter=["gguf", *tags],
                expand=_ROW, token=self._token(),  # type: ignore[arg-type]  # a list of literals
            )  # fmt: skip
            found = [Found(**about(each)) for each in rows]
        if bounded:
            found = [each for each in found if query.least <= each.parameters <= (query.most or each.parameters) > 0]
        return tuple(found[: query.limit])

    def repository(self, name: str, revision: str = "", line: Line | None = None) -> Repository:
        """A repository and all its files, at its newest commit or that of `revision`."""
        with self._call(name, line):
            info = self._api.model_info(name, revision=revision or None, files_metadata=True, token=self._token())
            files = tuple(remote_file(each) for each in info.siblings or ())
            variants, projectors = grouped(files)
            card = info.card_data
            return Repository(
                **about(info),
                commit=str(info.sha or revision or "main"),
                variants=variants,
                projectors=projectors,
                files=files,
                licence_address=str(getattr(card, "license_link", None) or ""),
                base_models=texts(getattr(card, "base_model", None)),
            )

    def card(self, repository: Repository, line: Line | None = None) -> str:
        """The text of a repository's page as Markdown, without the table at its head; "" where it has none."""
        if repository.file("README.md") is None:
            return ""
        with self._call(repository.repository, line) as asking:
            address = hf_hub_url(repository.repository, "README.md", revision=repository.commit, endpoint=self.endpoint)
            response = self._open(address, {}, asking)
            try:
                text = b""
                for piece in response.iter_bytes():
                    text += piece
                    if len(text) > LARGEST_CARD:
                        break
            finally:
                response.close()
        return without_head(text[:LARGEST_CARD].decode("utf-8", "replace"))

    def elsewhere(self, address: str, most: int, patience_s: float, line: Line | None = None) -> str:
        """A short text that does not lie at the Hub, such as the list of Fireside's releases. Nothing is sent that tells
        who asks, and from a safe connection it never goes on to one that is none.

        Args:
            most: bytes; what is larger is no answer.
            patience_s: for all of it.
        """
        until = time.monotonic() + patience_s
        with self._call(address, line) as asking:
            for _ in range(MOST_REDIRECTS + 1):
                request = httpx2.Request("GET", address, headers=_NAMELESS)
                response = self._send(request, asking.what, asking.line, stream=True, follow_redirects=False)
                try:
                    if response.next_request is None:
                        return _short_text(response, most, until)
                    before, address = address, str(response.next_request.url)
                finally:
                    response.close()
                if urlsplit(address).scheme != "https" and urlsplit(before).scheme == "https":
                    break
            raise ValueError("it leads on and on, or to a connection that is not safe")

    # ── fetching ──────────────────────────────────────────────────────────────────────────────────────────

    def resolve(self, repository: str, commit: str, path: str, line: Line | None = None) -> Resolved:
        """Where the bytes of a file are; the address may be good for some minutes only."""
        what = f"{repository}/{path}"
        with self._call(what, line):
            address = hf_hub_url(repository, path, revision=commit, endpoint=self.endpoint)
            found = get_hf_file_metadata(address, token=self._token(), endpoint=self.endpoint)
            return Resolved(what=what, address=found.location, size=found.size, etag=found.etag or "")

    @contextmanager
    def fetch(self, resolved: Resolved, start: int, line: Line) -> Iterator[Body]:
        """The bytes of a file from `start` on; a server may begin at 0 all the same."""
        address, ranges = resolved.address, {"Range": f"bytes={start}-"} if start else {}
        host = urlsplit(address).hostname or ""
        opened: Answer | httpx2.Response
        with self._call(resolved.what, line) as asking:
            if self._proxied or not is_direct(address):
                opened = through = self._open(address, ranges, asking)
                body = Body(through.status_code, _low(through.headers), through.iter_raw(), host, line)
            else:
                opened = self._fetch_directly(resolved, ranges, line)
                body = Body(opened.status, opened.headers, opened, host, line)
        try:
            yield body
        finally:
            opened.close()

    def _fetch_directly(self, resolved: Resolved, ranges: dict[str, str], line: Line) -> Answer:
        line.check()
        timeouts = self._timeouts
        answer = fetched(
            resolved.address, lambda to: self._headers(to) | ranges, trusted, timeouts.connect, timeouts.read, line
        )
        if answer.status >= 400 and answer.status != 416:
            answer.close()
            raise self._refusal(answer.status, answer.headers, httpx2.URL(answer.address), resolved.what)
        return answer

    def _headers(self, address: str) -> dict[str, str]:
        """What every request for bytes says of itself; a token to the Hub alone."""
        headers = {"Accept-Encoding": "identity", "User-Agent": f"fireside/{__version__}"}
        if self._is_hub(httpx2.URL(address)) and (token := self._token()):
            headers["Authorization"] = f"Bearer {token}"
        return headers

    # ── beneath ───────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _call(self, what: str, line: Line | None = None) -> Iterator[_Asking]:
        """Everything between one question and its answer; what goes wrong in it becomes a HubError."""
        if self.offline:
            raise offline()
        asking = _Asking(self, what, line or Line())
        before = _asking.set(asking)
        try:
            with _as_ours(self.host, asking.line):
                yield asking
        except HFValidationError as error:
            raise HubError(
                tr("“{name}” cannot be the name of a repository.").format(name=what),
                tr("Write it as owner/name."),
                str(error),
                "missing",
            ) from None
        except (HfHubHTTPError, LookupError, TypeError, ValueError, AttributeError) as error:  # not in the Hub's form
            raise unreadable(self.host, f"{type(error).__name__}: {error}") from None
        finally:
            _asking.reset(before)

    def _open(self, address: str, headers: dict[str, str], asking: _Asking) -> httpx2.Response:
        """An answer of which nothing is read yet; to be closed."""
        request = self._http.build_request("GET", address, headers=self._headers(address) | headers)
        return self._send(request, asking.what, asking.line, stream=True)

    def _send(self, request: httpx2.Request, what: str, line: Line, **options: Any) -> httpx2.Response:
        """The one place from where anything goes out."""
        if self.offline:
            raise offline()
        line.check()
        if not self._is_hub(request.url):
            request.headers.pop("Authorization", None)
        request.extensions = dict(request.extensions) | {"timeout": self._timeout, "trace": line.trace}
        with _as_ours(request.url.host, line):
            response = self._http.send(request, **options)
        if response.status_code < 400 or (response.status_code == 416 and options.get("stream")):
            return response
        response.close()
        token = "authorization" in response.request.headers
        raise self._refusal(response.status_code, _low(response.headers), response.request.url, what, token=token)

    def _refusal(
        self, status: int, headers: Mapping[str, str], address: httpx2.URL, what: str, *, token: bool = False
    ) -> HubError:
        if not self._is_hub(address) and status < 500 and status != 429:
            return expired(status)
        return refusal(status, headers, what, self.endpoint, token=token)

    def _token(self) -> str | Literal[False]:
        """What huggingface_hub is given: never None, or it would look for one by itself."""
        token = self._tokens.get(self.endpoint)
        return token.reveal() if token else False

    def _is_hub(self, address: httpx2.URL) -> bool:
        return (address.scheme, address.netloc) == (self._place.scheme, self._place.netloc)


@contextmanager
def _as_ours(host: str, line: Line) -> Iterator[None]:
    """Errors of the connection as HubErrors, and as Stopped once it was hung up."""
    try:
        yield
    except (*_BROKEN, OSError, HTTPException) as error:
        line.check()
        detail = f"{type(error).__name__}: {error}"
        if isinstance(error, httpx2.TimeoutException | TimeoutError):
            raise no_answer("timeout", host, detail) from None
        if isinstance(error, httpx2.ProxyError):
            raise no_answer("proxy", host, detail) from None
        if _by_certificate(error):
            raise no_answer("tls", host, detail) from None
        if isinstance(error, httpx2.UnsupportedProtocol | httpx2.InvalidURL | httpx2.TooManyRedirects | InvalidAddress):
            raise unreadable(host, detail) from None
        raise no_answer("network", host, detail) from None


def _short_text(response: httpx2.Response, most: int, until: float) -> str:
    """What it says; ValueError where that is too much, or not all of it comes in time."""
    text = b""
    for piece in response.iter_raw():
        text += piece
        if len(text) > most or time.monotonic() > until:
            raise ValueError(f"{len(text)} bytes and no end")
    return text.decode("utf-8", "replace")


def _by_certificate(error: BaseException | None) -> bool:
    """Whether a certificate is at the bottom of it."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


@cache
def trusted() -> ssl.SSLContext:
    """The system's certificates, read once: that takes longer than everything else about a Hub."""
    return httpx2.create_ssl_context()


def _low(headers: httpx2.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _range(status: int, headers: Mapping[str, str]) -> tuple[int, int | None]:
    """Where an answer begins, and how large the whole file is."""
    place, _, whole = headers.get("content-range", "").removeprefix("bytes").strip().partition("/")
    total = int(whole) if whole.isdecimal() else None
    if status == 416:
        return (total or 0), total
    if status == 206:
        return int(place.partition("-")[0]), total
    length = headers.get("content-length", "")
    return 0, int(length) if length.isdecimal() else None
