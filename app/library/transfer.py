"""The bytes of a file, over a connection of our own: the standard library's client reads them with half the work.

Only for connections that go straight to the server; those over a proxy are left to the client that knows proxies.
"""

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from app.library.line import Line

PIECE = 1 << 20  # bytes that are asked for at once; fewer come where the network is slower
MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)

Headers = Callable[[str], Mapping[str, str]]  # those for an address


class Answer:
    """What came back of a request, and its bytes. To be closed."""

    def __init__(
        self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse, address: str
    ) -> None:
        self.address = address  # that answered, after redirects
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self._connection = connection
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        """Pieces as they come; fewer bytes than promised where the connection ends early. Raises OSError."""
        while piece := self._response.read1(PIECE):
            yield piece

    def close(self) -> None:
        self._connection.close()


class _Connection(http.client.HTTPConnection):
    """A connection that a line can hang up, with one time limit for its making and one for silence."""

    def __init__(self, address: str, tls: Callable[[], ssl.SSLContext], connect_s: float, read_s: float, line: Line):
        parts = urlsplit(address)
        self._tls = tls() if parts.scheme == "https" else None
        super().__init__(parts.hostname or "", parts.port or (443 if self._tls else 80))
        self.default_port = 443 if self._tls else 80
        self._connect_s, self._read_s, self._line = connect_s, read_s, line

    def connect(self) -> None:
        made = socket.create_connection((self.host, self.port), self._connect_s)
        try:
            with suppress(OSError):
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                made = self._tls.wrap_socket(made, server_hostname=self.host)
            made.settimeout(self._read_s)
            self._line.hold(made)
        except BaseException:
            made.close()
            raise
        self.sock = made


def fetched(
    address: str, headers: Headers, tls: Callable[[], ssl.SSLContext], connect_s: float, read_s: float, line: Line
) -> Answer:
    """Ask for what lies at an address, and follow where it leads.

    Raises:
        OSError, http.client.HTTPException: the connection cannot be made, or breaks.
        ValueError: it leads to no address, or on and on.
    """
    for _ in range(MOST_REDIRECTS + 1):
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"no address: {parts.scheme}")
        connection = _Connection(address, tls, connect_s, read_s, line)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", path, headers=dict(headers(address)))
            response = connection.getresponse()
            location = response.getheader("Location", "")
            if response.status not in _REDIRECTS or not location:
                return Answer(connection, response, address)
        except BaseException:
            connection.close()
            raise
        connection.close()
        address = urljoin(address, location)
    raise ValueError("too many redirects")


def is_direct(address: str) -> bool:
    """Whether the system has no proxy for this address."""
    parts, proxies = urlsplit(address), getproxies()
    if not (proxies.get(parts.scheme) or proxies.get("all")):
        return True
    return bool(proxy_bypass(parts.hostname or ""))
