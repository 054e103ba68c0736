"""Tokens for models that the Hub gives only to some: in the system's keyring, or in a file that only the user can read."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from app.core.errors import InputError, StoreError
from app.core.language import tr
from app.library.address import DEFAULT_ENDPOINT
from app.library.whole_file import write_whole

SERVICE = "Fireside"
FILE = "hub_tokens.json"


class Secret:
    """A text that no log, error or debugger shows by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret()"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


class Tokens(Protocol):
    """Where tokens come from."""

    def get(self, endpoint: str) -> Secret | None:
        """The token for this endpoint, if there is one."""


class Ring(Protocol):
    """What is used of the `keyring` library."""

    def get_password(self, service: str, name: str) -> str | None: ...
    def set_password(self, service: str, name: str, password: str) -> None: ...
    def delete_password(self, service: str, name: str) -> None: ...


class _None:
    def get(self, endpoint: str) -> None:
        return None


NO_TOKENS: Tokens = _None()


class TokenStore:
    """The user's tokens, one for each endpoint: what was given to a mirror is sent to nobody else, and the other way round.

    HF_TOKEN comes before what is stored; it belongs to HF_ENDPOINT, or to the Hub where that is not set.
    """

    def __init__(self, folder: Path, ring: Ring | None = None, environment: Mapping[str, str] = os.environ) -> None:
        """`folder` is where the file lies if there is no keyring."""
        self._file = folder / FILE
        self._ring = ring
        self._environment = environment

    def get(self, endpoint: str) -> Secret | None:
        """The token for this endpoint; None where there is none, or where it would travel unprotected."""
        host = _host(endpoint)
        if not host:
            return None
        if host == _host(self._environment.get("HF_ENDPOINT") or DEFAULT_ENDPOINT):
            given = self._environment.get("HF_TOKEN", "").strip()
            if given:
                return Secret(given)
        kept = None
        if self._ring is not None:
            with suppress(*_ring_errors()):
                kept = self._ring.get_password(SERVICE, host)
        kept = kept or self._read().get(host)
        return Secret(kept) if kept else None

    def store(self, endpoint: str, token: str) -> None:
        """Keep a token.

        Raises:
            InputError: it cannot be one, or the endpoint is not protected by TLS.
            StoreError: it cannot be written.
        """
        token, host = token.strip(), _host(endpoint)
        if not token or not token.isascii() or not token.isprintable() or " " in token or len(token) > 1000:
            raise InputError(
                tr("This is no token."),
                tr("Copy one from {address}; it begins with hf_.").format(address=_page(endpoint)),
            )
        if not host:
            raise InputError(
                tr("A token is not sent to {address}: the connection is not protected.").format(address=endpoint),
                tr("Use an address that begins with https."),
            )
        if self._ring is not None:
            with suppress(*_ring_errors()):
                self._ring.set_password(SERVICE, host, token)
                if self._ring.get_password(SERVICE, host) == token:
                    self._write({name: each for name, each in self._read().items() if name != host})
                    return
        self._write(self._read() | {host: token})

    def remove(self, endpoint: str) -> None:
        """Forget the token of this endpoint, wherever it is kept."""
        host = _host(endpoint)
        if self._ring is not None:
            with suppress(*_ring_errors()):
                if self._ring.get_password(SERVICE, host) is not None:
                    self._ring.delete_password(SERVICE, host)
        self._write({name: each for name, each in self._read().items() if name != host})

    def _read(self) -> dict[str, str]:
        try:
            read = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return {str(name): str(each) for name, each in read.items()} if isinstance(read, dict) else {}

    def _write(self, tokens: dict[str, str]) -> None:
        if not tokens:
            self._file.unlink(missing_ok=True)
            return
        try:
            write_whole(self._file, json.dumps(tokens).encode(), mode=0o600)
        except OSError as error:
            raise StoreError(
                tr("The token cannot be kept."),
                tr("Check that there is room, and that you may write to {folder}.").format(folder=self._file.parent),
                str(error),
            ) from None


def system_ring() -> Ring | None:
    """The system's keyring, if the `keyring` library is installed and has one that works."""
    try:
        keyring = import_module("keyring")
        backend: Ring = keyring.get_keyring()
        good = float(getattr(backend, "priority", 0)) >= 1  # below that it is a file, or nothing
    except ImportError:
        return None
    except _ring_errors():
        return None
    return backend if good else None


def _ring_errors() -> tuple[type[Exception], ...]:
    """What keyrings fail with: the library's own errors, and what comes through from the system."""
    try:
        own: type[Exception] = import_module("keyring.errors").KeyringError
    except ImportError:
        own = RuntimeError
    return own, RuntimeError, OSError, ValueError


def _host(endpoint: str) -> str:
    """Where a token may go: host and port; "" where others could read it on its way."""
    parts = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
    near = (parts.hostname or "") in ("localhost", "127.0.0.1", "::1")
    return parts.netloc.lower() if parts.scheme == "https" or near else ""


def _page(endpoint: str) -> str:
    return f"{endpoint.rstrip('/')}/settings/tokens"
