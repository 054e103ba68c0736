"""What the window says of new versions, and when: calm, once, and nothing over the network that was not asked for."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal

from app import __version__
from app.chat.connection import Connection, connection
from app.chat.kept import Kept
from app.core.record import record
from app.core.versions import is_newer
from app.library.releases import Place, Release

FIRST = "started.first"  # the day of the first start
LAST = "started.version"  # the version that was started last
QUESTION = "update.asked_person"  # the day on which the person was asked, once and for all
LOOKED = "update.looked"  # the day of the last question over the network
PASSED = "update.passed"  # a version that the person has been told of and wants to hear no more of
SETTLED = timedelta(days=7)  # so long nobody is asked anything


@record
class Line:
    """One quiet line: the copy is a new version, there is a newer one, or the question whether to look."""

    kind: Literal["updated", "newer", "question"]
    version: str = ""
    page: str = ""


class Updates:
    """Knows what is to be said. It asks nobody itself: `look_due` tells when somebody should."""

    def __init__(self, kept: Kept, place: Place | None, today: Callable[[], date] = date.today) -> None:
        """`place` is where the releases are; None where nobody wrote it into this copy."""
        self._kept = kept
        self._place = place
        self._today = today

    def started(self) -> Line | None:
        """To be called once, at the start: the line to show, if there is one."""
        today, before = self._today().isoformat(), self._kept.recall(LAST)
        if not self._kept.recall(FIRST):
            self._kept.remember(FIRST, today)
        if before != __version__:
            self._kept.remember(LAST, __version__)
        if before and is_newer(__version__, before):
            return Line("updated", __version__)
        if self._question_due():
            self._kept.remember(QUESTION, today)
            return Line("question")
        return None

    def answer(self, yes: bool) -> None:
        """What the person said to the question."""
        if yes:
            self._kept.set_preferences(update_notice=True)

    @property
    def look_due(self) -> bool:
        """Whether it is time for the question of the day: only where it is wanted, never offline."""
        wanted = self._kept.preferences.update_notice and not self.way.offline
        return wanted and self._place is not None and not self._looked_today()

    @property
    def way(self) -> Connection:
        """How the network is reached, and whether it is."""
        return connection(self._kept.preferences)

    def looked(self) -> None:
        """The network is asked now; also where that comes to nothing, it is not asked again today."""
        self._kept.remember(LOOKED, self._today().isoformat())

    def found(self, release: Release, *, asked: bool) -> Line | None:
        """The line about what was found; None where it is not newer, or was told before and nobody `asked` now."""
        known = not asked and self._kept.recall(PASSED) == release.version
        return (
            Line("newer", release.version, release.page)
            if is_newer(release.version, __version__) and not known
            else None
        )

    def passed(self, version: str) -> None:
        """The person has closed the line about it."""
        self._kept.remember(PASSED, version)

    def _question_due(self) -> bool:
        pointless = self._place is None or self.way.offline or self._kept.preferences.update_notice
        if pointless or self._kept.recall(QUESTION):
            return False
        first = _day(self._kept.recall(FIRST))
        return first is None or self._today() - first >= SETTLED

    def _looked_today(self) -> bool:
        return self._kept.recall(LOOKED) == self._today().isoformat()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
