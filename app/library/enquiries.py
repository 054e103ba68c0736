"""Questions to the Hub for somebody who must not wait: each in a thread, answered by a record, the newest of its kind only."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from app.core.errors import AppError
from app.core.record import record
from app.library.line import Line, Stopped
from app.library.repository import Found, Query, Repository

if TYPE_CHECKING:
    from app.library.hub import Hub

Kind = Literal["search", "repository", "card", "token"]
ENDS_WITHIN_S = 2.0


@record(kw_only=True)
class Reply:
    """The answer to the question of this number: of what was asked for, or an error."""

    number: int
    kind: Kind
    found: tuple[Found, ...] = ()
    repository: Repository | None = None
    card: str = ""  # as `prepared` made it
    token: bool = False  # whether one is kept
    error: AppError | None = None


class Enquiries:
    """For any thread. `tell` is called in the threads of the questions, and never for one that was asked anew since."""

    def __init__(
        self, connect: Callable[[], "Hub"], tell: Callable[[Reply], None], prepared: Callable[[str], str] = str
    ) -> None:
        """
        Args:
            connect: gives the Hub with the settings of now; called in the threads of questions.
            tell: hears each answer; it must not ask.
            prepared: makes of a card what is told of it; called in its thread.
        """
        self._connect = connect
        self._tell = tell
        self._prepared = prepared
        self._lock = threading.Lock()
        self._last = 0
        self._open: dict[Kind, tuple[int, Line, threading.Thread]] = {}

    def search(self, query: Query) -> int:
        """Look for repositories; the question before is given up. Returns the number of the answer."""

        def ask(number: int, line: Line) -> Reply:
            found = self._connect().search(query, line)
            return Reply(number=number, kind="search", found=found)

        return self._begin("search", ask)

    def repository(self, name: str, revision: str = "") -> int:
        """What a repository holds."""

        def ask(number: int, line: Line) -> Reply:
            return Reply(number=number, kind="repository", repository=self._connect().repository(name, revision, line))

        return self._begin("repository", ask)

    def card(self, repository: Repository) -> int:
        """The text of its page."""

        def ask(number: int, line: Line) -> Reply:
            card = self._prepared(self._connect().card(repository, line))
            return Reply(number=number, kind="card", repository=repository, card=card)

        return self._begin("card", ask)

    def token(self, ask_for: Callable[[], bool]) -> int:
        """Keep a token, forget it, or see whether there is one, which is what is told: a keyring may want its password."""

        def ask(number: int, _line: Line) -> Reply:
            return Reply(number=number, kind="token", token=ask_for())

        return self._begin("token", ask)

    def give_up(self, kind: Kind) -> None:
        """Nobody waits for this answer any more."""
        with self._lock:
            given_up = self._open.pop(kind, None)
        if given_up is not None:
            given_up[1].hang_up()

    def close(self) -> None:
        """Give up all questions; nothing is told any more."""
        with self._lock:
            given_up = list(self._open.values())
            self._open.clear()
        for _, line, thread in given_up:
            line.hang_up()
            if thread is not threading.current_thread():
                thread.join(ENDS_WITHIN_S)

    def _begin(self, kind: Kind, ask: Callable[[int, Line], Reply]) -> int:
        with self._lock:
            self._last += 1
            number, line, before = self._last, Line(), self._open.get(kind)
            thread = threading.Thread(
                target=self._work, args=(kind, number, line, ask), name=f"{kind} {number}", daemon=True
            )
            self._open[kind] = number, line, thread
        if before is not None:
            before[1].hang_up()
        thread.start()
        return number

    def _work(self, kind: Kind, number: int, line: Line, ask: Callable[[int, Line], Reply]) -> None:
        try:
            reply = ask(number, line)
        except Stopped:
            return
        except AppError as error:
            reply = Reply(number=number, kind=kind, error=error)
        with self._lock:  # held while it is told, so that nothing older is told after something newer
            if self._open.get(kind, (0,))[0] == number:
                del self._open[kind]
                self._tell(reply)
