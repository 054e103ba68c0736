"""Is there a newer version of Fireside: one question over the network, in a thread, with nothing in it that tells who asks."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from app.core.errors import AppError, InputError
from app.core.language import tr
from app.core.record import record
from app.core.versions import version_of
from app.library.line import Line, Stopped

LARGEST_ANSWER = 1 << 20  # bytes
PATIENCE_S = 30.0  # for the whole answer
ENDS_WITHIN_S = 2.0


@record
class Place:
    """Where the releases are: the address that is asked, and the page for people."""

    latest: str
    page: str


@record
class Release:
    """The newest version there is, and its page."""

    version: str
    page: str


Told = Callable[[Release | AppError], None]


def releases_place(file: Path) -> Place:
    """What whoever built this copy wrote into it.

    Raises:
        InputError: nothing is there; a copy that runs from its source has no such file.
    """
    try:
        found = json.loads(file.read_text("utf-8"))
        place = Place(str(found["latest"]), str(found["page"]))
    except (OSError, ValueError, LookupError, TypeError):
        place = Place("", "")
    if not (_usable(place.latest) and _usable(place.page)):
        raise InputError(
            tr("This copy of Fireside does not know where its releases are."),
            tr("It was started from its source code: look there for what is new."),
        )
    return place


def newest(
    place: Place, *, proxy: str = "", offline: bool = False, line: Line | None = None, patience_s: float = PATIENCE_S
) -> Release:
    """Ask. Blocks, `patience_s` at most.

    Raises:
        AppError: there is no answer, or one that cannot be read.
        Stopped: it was hung up.
    """
    from app.library.hub import Hub, Timeouts  # two tenths of a second, here in a thread of its own
    from app.library.hub_errors import HubError

    try:
        timeouts = Timeouts(connect=patience_s / 3, read=patience_s / 3)
        hub = Hub(proxy=proxy, offline=offline, timeouts=timeouts)
        try:
            text = hub.elsewhere(place.latest, LARGEST_ANSWER, patience_s, line)
        finally:
            hub.close()
    except HubError as error:
        if error.kind in ("offline", "settings"):
            raise
        raise _no_answer(place, error.detail or str(error)) from None
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _no_answer(place, f"{type(error).__name__}: {error}") from None
    version = version_of(str(answer.get("tag_name", ""))) if isinstance(answer, dict) else ""
    if not version:
        raise _no_answer(place, text[:200])
    page = str(answer.get("html_url", ""))
    return Release(version, page if _usable(page) and _host(page) == _host(place.page) else place.page)


class Looking:
    """One question that nobody waits for."""

    def __init__(self, place: Place, tell: Told, *, proxy: str = "", offline: bool = False) -> None:
        """`tell` is called in a thread, once, and not after `close`."""
        self._place, self._tell, self._proxy, self._offline = place, tell, proxy, offline
        self._line = Line()
        self._thread = threading.Thread(target=self._look, name="releases", daemon=True)
        self._thread.start()

    @property
    def under_way(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        """Give it up."""
        self._line.hang_up()
        self._thread.join(ENDS_WITHIN_S)

    def _look(self) -> None:
        found: Release | AppError
        try:
            found = newest(self._place, proxy=self._proxy, offline=self._offline, line=self._line)
        except Stopped:
            return
        except AppError as error:
            found = error
        if not self._line.hung_up:
            self._tell(found)


def _usable(address: str) -> bool:
    """An address that Fireside goes to, or hands to the browser: over TLS, or on this computer."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and (parts.scheme == "https" or is_here(address)) and address.isprintable()
    except ValueError:
        return False


def is_here(address: str) -> bool:
    """Whether an address is one of this computer, where nobody reads along."""
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")


def _host(address: str) -> str:
    return urlsplit(address).netloc.lower()


def _no_answer(place: Place, detail: str) -> AppError:
    return AppError(
        tr("Whether there is a newer version of Fireside cannot be learned at the moment."),
        tr("Try again later, or look at {page}.").format(page=place.page),
        detail,
    )
