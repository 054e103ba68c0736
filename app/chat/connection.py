"""How the Hub is reached: from the command line, the environment and the preferences, and the one Hub that does it."""

import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from app.chat.stored import stored_table
from app.core.params import Preferences
from app.core.paths import Paths
from app.core.record import record
from app.library.address import DEFAULT_ENDPOINT
from app.library.token import TokenStore, system_ring

if TYPE_CHECKING:
    from app.library.hub import Hub

MEGABYTE = 1_000_000


@record(kw_only=True)
class Connection:
    """Where questions go, and whether any do."""

    endpoint: str = DEFAULT_ENDPOINT
    proxy: str = ""
    offline: bool = False


def connection(
    preferences: Preferences,
    *,
    endpoint: str = "",
    proxy: str = "",
    offline: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> Connection:
    """What is said now comes before HF_ENDPOINT and HF_HUB_OFFLINE, and those before the preferences."""
    told_to = environment.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")
    return Connection(
        endpoint=endpoint or environment.get("HF_ENDPOINT", "") or preferences.hub_address.strip() or DEFAULT_ENDPOINT,
        proxy=proxy or preferences.proxy.strip(),
        offline=offline or told_to or preferences.offline,
    )


def folder_of(preferences: Preferences, paths: Paths) -> Path:
    """Where downloads go."""
    chosen = preferences.models_folder.strip()
    if not chosen:
        return paths.models
    with suppress(RuntimeError):  # somebody's home whom this system does not know; what goes there fails with a word
        return Path(chosen).expanduser().absolute()
    return Path(chosen).absolute()


def limit_of(preferences: Preferences) -> float:
    """Bytes per second for all downloads together; 0 is no limit."""
    return preferences.download_limit * MEGABYTE


def preferences_on_disk(paths: Paths) -> Preferences:
    """The preferences for a command that has no window.

    Raises:
        StoreError: they are there and cannot be read; whether anything may go out is not known then.
    """
    if not paths.database.exists():
        return Preferences()
    from app.store.reading import ReadOnly

    store = ReadOnly(paths.database)
    try:
        return stored_table(Preferences, store.preferences, "preferences")
    finally:
        store.close()


class Access:
    """The Hub as it is reached now: made when it is first needed, and anew for another way. For any thread."""

    def __init__(self, folder: Path, way: Connection) -> None:
        """`folder` is where tokens lie if there is no keyring."""
        self._folder = folder
        self._lock = threading.Lock()
        self._tokens: TokenStore | None = None
        self._made: dict[Connection, Hub] = {}
        self.way = way

    def hub(self) -> "Hub":
        """Importing it takes two tenths of a second; asking a keyring takes as long as it likes.

        Raises:
            HubError: the address or the proxy is none.
        """
        from app.library.hub import Hub

        with self._lock:
            way = self.way
            if way not in self._made:
                self._made[way] = Hub(
                    endpoint=way.endpoint, proxy=way.proxy, offline=way.offline, tokens=self._known_tokens()
                )
            return self._made[way]

    def keep_token(self, token: str) -> None:
        """Keep a token for the Hub of now, or forget the one that is kept where it is "".

        Raises:
            AppError: it cannot be one, or not be kept.
        """
        with self._lock:
            tokens, endpoint = self._known_tokens(), self.way.endpoint
        if token:
            tokens.store(endpoint, token)
        else:
            tokens.remove(endpoint)

    def has_token(self) -> bool:
        """Whether one goes with the questions."""
        with self._lock:
            tokens, endpoint = self._known_tokens(), self.way.endpoint
        return tokens.get(endpoint) is not None

    def close(self) -> None:
        """Lets go of what is open."""
        with self._lock:
            for hub in self._made.values():
                hub.close()
            self._made.clear()

    def _known_tokens(self) -> TokenStore:
        if self._tokens is None:
            self._tokens = TokenStore(self._folder, system_ring())
        return self._tokens
