"""New versions in the window: the quiet line, the look over the network, and what a person does about them."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app import __version__
from app.chat.updates import Line, Updates
from app.core.errors import AppError
from app.core.language import tr
from app.core.paths import bundled
from app.library.hub_errors import offline
from app.library.releases import Looking, Place, Release, releases_place
from app.ui.quiet_line import QuietLine

if TYPE_CHECKING:
    from app.ui.window import Window

PLACE = "resources/release.json"
EACH = 3_600_000  # ms between two looks at the calendar, for a window that stays open for days
AFTER_START = 20_000  # ms


class UpdateNotices(QObject):
    """Made once for a window, after its first paint or when it is first asked."""

    _answered = Signal(object)  # in the thread of the question; heard in the window's

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._line: Line | None = None
        self._closed = False
        self._looking: Looking | None = None
        self._asked = False  # by a person, who waits for a word
        self._place: Place | None = None
        self._no_place: AppError | None = None
        try:
            self._place = releases_place(bundled(PLACE))
        except AppError as error:
            self._no_place = error
        self.updates = Updates(window.session, self._place)
        self._answered.connect(self._take)
        self._clock = QTimer(self)
        self._clock.setInterval(EACH)
        self._clock.timeout.connect(self.look_if_due)

    def start(self) -> None:
        """The window has just been opened."""
        self._line = self.updates.started() or self._line
        self.show()
        QTimer.singleShot(AFTER_START, self, self.look_if_due)
        self._clock.start()

    # ── looking ───────────────────────────────────────────────────────────────────────────────────────

    def look_if_due(self) -> None:
        """The question of the day, where it is wanted."""
        if not self._closed and self._place is not None and self.updates.look_due:
            self._look(self._place)

    def look(self) -> None:
        """A person asks.

        Raises:
            AppError: this copy does not know where to ask, or is to stay offline.
        """
        if self.updates.way.offline:
            raise offline()
        if self._place is None:
            assert self._no_place is not None
            raise self._no_place
        self._asked = True
        self._window.middle.say(tr("Looking for a new version …"))
        self._look(self._place)

    def _look(self, place: Place) -> None:
        if self._looking is not None and self._looking.under_way:
            return
        self.updates.looked()
        way = self.updates.way
        self._looking = Looking(place, self._answered.emit, proxy=way.proxy, offline=way.offline)

    def _take(self, found: Release | AppError) -> None:
        asked, self._asked = self._asked, False
        if isinstance(found, AppError):
            if asked:
                self._window.middle.toast.hide()
                self._window.middle.banner.show_problem(found, retry=False)
            return
        line = self.updates.found(found, asked=asked)
        if line is not None:
            self._line = line
            self._window.middle.toast.hide()
            self.show()
        elif asked:
            self._window.middle.say(tr("Fireside {version} is the newest version.").format(version=__version__))

    # ── the line ──────────────────────────────────────────────────────────────────────────────────────

    def show(self) -> None:
        """Show the line, also after all parts of the window were made anew; or take it away."""
        shown = None
        if self._line is not None:
            text, buttons = _said(self._line)
            shown = QuietLine(text, buttons, closing=self._line.kind != "question")
            shown.chosen.connect(self._window.attempting(self._choose))
        self._window.middle.show_line(shown)

    def _choose(self, key: str) -> None:
        line, self._line = self._line, None
        self.show()
        if line is None:
            return
        if line.kind == "newer":
            self.updates.passed(line.version)
        if key == "news":
            self._window.actions_by_name["what_is_new"].trigger()
        elif key == "page":
            self._window.opening.browse(line.page)
        elif line.kind == "question":
            self.updates.answer(key == "yes")
            if key == "yes":
                self.look_if_due()

    def close(self) -> None:
        """Nothing is asked any more."""
        self._closed = True
        self._clock.stop()
        if self._looking is not None:
            self._looking.close()


def _said(line: Line) -> tuple[str, dict[str, str]]:
    """The sentence of a line, and its buttons."""
    if line.kind == "updated":
        return tr("Fireside was updated to {version}.").format(version=line.version), {"news": tr("What is new")}
    if line.kind == "newer":
        return tr("Fireside {version} is there.").format(version=line.version), {"page": tr("Open its page")}
    return (
        tr("Shall Fireside look for a new version once a day? Nothing about you is sent."),
        {"yes": tr("Yes"), "no": tr("No")},
    )
