"""A connection that another thread can hang up."""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any


class Stopped(Exception):
    """Whoever asked for something has asked to stop."""


class Line:
    """What one piece of work has open to the network. After `hang_up` nothing waits any more, and nothing is opened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._socket: socket.socket | None = None

    @property
    def hung_up(self) -> bool:
        return self._ended.is_set()

    def hang_up(self) -> None:
        """From any thread; returns at once, and so does whoever reads from the connection."""
        with self._lock:
            self._ended.set()
            _shut(self._socket)

    def check(self) -> None:
        """Raises Stopped once hung up."""
        if self._ended.is_set():
            raise Stopped

    def wait(self, seconds: float) -> None:
        """Wait, but not beyond `hang_up`.

        Raises:
            Stopped: it was hung up.
        """
        if self._ended.wait(seconds):
            raise Stopped

    def hold(self, connection: socket.socket) -> None:
        """This connection is what is to be hung up from now on."""
        with self._lock:
            self._socket = connection
            if self._ended.is_set():
                _shut(connection)

    def trace(self, event: str, about: Mapping[str, Any]) -> None:
        """Hears from the HTTP client of each connection as it is made (its “trace” extension)."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self.hold(about["return_value"].get_extra_info("socket"))


def _shut(connection: socket.socket | None) -> None:
    """Both ways, beneath TLS: a reader in another thread must not lose its TLS object while it reads."""
    if connection is not None:
        with suppress(OSError):
            socket.socket.shutdown(connection, socket.SHUT_RDWR)
