"""Finding words in the open conversation: between the bar, the search and the transcript."""

from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from app.chat.changes import BranchShown, Change, EntryAdded, EntryChanged, TextGrew
from app.chat.finding import Finding, Match
from app.core.errors import AppError
from app.core.find import Literally, Matcher, Query
from app.core.language import tr

if TYPE_CHECKING:
    from app.ui.find_bar import FindBar
    from app.ui.window import Window

_SLICE = 0.006  # seconds of searching between two turns of the window
_GROWN = 200  # ms after which an answer that grows is searched again
_LONGEST_SELECTION = 100  # characters of a selection that is searched for


class Find(QObject):
    """Searches a little in each turn while the bar is open."""

    def __init__(self, window: "Window", before: "Find | None" = None) -> None:
        """`before` was in its place until all parts of the window were made anew; what it searched for goes on."""
        super().__init__(window)
        self._window, self._session, self._transcript = window, window.session, window.transcript
        self._finding = Finding(self._transcript.found.passages)
        self._bar: FindBar | None = None
        self._query: Query = (
            before._query if before is not None else Query()
        )  # also when the bar is closed, for the next time
        self._complaint = ""
        self._going = False  # the first match is gone to when it is there
        self._conversation = 0
        self._before: QWidget | None = None  # had the keyboard
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._work)
        self._grown: set[int] = set()
        self._growing = QTimer(self)
        self._growing.setSingleShot(True)
        self._growing.setInterval(_GROWN)
        self._growing.timeout.connect(self._search_grown)
        self._was_open = False
        if before is not None and before._was_open:
            QTimer.singleShot(0, self, self.open)

    # ── the bar ───────────────────────────────────────────────────────────────────────────────────────

    @property
    def bar(self) -> "FindBar | None":
        """The bar, while it is open."""
        return self._bar

    @property
    def finding(self) -> Finding:
        """What was found."""
        return self._finding

    def open(self) -> None:
        """Open the bar with what is selected, or with what was searched for last."""
        if not self._transcript.items:
            self._window.middle.say(tr("There is nothing to search yet."))
            return
        selected = self._transcript.selected_text() if len(self._transcript.selection.rows()) == 1 else ""
        query = self._query
        if selected and "\n" not in selected and len(selected) <= _LONGEST_SELECTION and not query.regex:
            query = Query(selected, query.case, query.words, all_branches=query.all_branches)
        if self._bar is None:
            self._make_bar()
        assert self._bar is not None
        self._bar.show_query(query)
        self._bar.field.setFocus()
        self._search(query)

    def _make_bar(self) -> None:
        from app.ui.find_bar import FindBar  # not needed before someone searches

        self._before = QApplication.focusWidget()
        self._conversation = self._session.conversation.id
        self._bar = bar = FindBar(self._transcript)
        bar.searched.connect(self._search)
        bar.stepped.connect(self.step)
        bar.closed.connect(self.close)
        self._transcript.resized.connect(self._fit)
        self._messages_changed()
        self._fit()
        bar.show()

    def close(self) -> None:
        """Close the bar; the keyboard goes back to where it was."""
        if self._bar is None:
            return
        bar, self._bar = self._bar, None
        back = self._before if self._before is not None and isValid(self._before) else None
        focus = QApplication.focusWidget()
        if focus is not None and bar.isAncestorOf(focus):
            (back if back is not None and back.isVisible() else self._window.composer).setFocus()
        bar.hide()
        bar.deleteLater()
        self._turn.stop()
        self._growing.stop()
        self._transcript.resized.disconnect(self._fit)
        self._transcript.lay_over(0)
        self._transcript.found.show(None, None)
        self._finding.close()
        self._transcript.moved()

    def rest(self) -> None:
        """The bar goes and no timer runs on."""
        self._was_open = self._bar is not None
        self.close()

    def _fit(self) -> None:
        """The bar is as wide as the transcript."""
        if self._bar is not None:
            transcript = self._transcript
            self._bar.lay_out(transcript.viewport().width(), transcript.left, transcript.column)
            transcript.lay_over(self._bar.height())

    # ── searching ─────────────────────────────────────────────────────────────────────────────────────

    def _search(self, query: Query) -> None:
        """Search for something else, from where the reader is."""
        current, before = self._finding.current, self._query
        self._query, self._complaint = query, ""
        start = (current.message, current.spot) if current is not None else self._transcript.found.start()
        matcher: Matcher | None = None
        try:
            matcher = self._matcher(query)
        except AppError as error:
            self._complaint = str(error)
        if before.all_branches != query.all_branches:
            self._messages_changed()
        self._finding.begin(matcher, start)
        self._going = True
        self._work()
        self._fit()

    def _matcher(self, query: Query) -> Matcher | None:
        if not query.text:
            return None
        if not query.regex:
            return Literally(query)
        from app.ui.patterns import Pattern  # most people never write one

        return Pattern(query)

    def _work(self) -> None:
        """Search a little, show what there is, and come again while something is left."""
        if self._bar is None:
            return
        more = False
        try:
            more = self._finding.work(perf_counter() + _SLICE)
        except AppError as error:
            self._complaint = str(error)
        if self._going and (current := self._finding.current) is not None:
            self._going = False
            self._transcript.found.go_to(current)
        self._show()
        if more:
            self._turn.start(0)

    def _show(self) -> None:
        if self._bar is not None:
            finding = self._finding
            self._transcript.found.show(finding.matches_in, finding.current)
            self._bar.show_found(finding.number, finding.count, finding.finished, self._complaint)

    def step(self, step: int) -> None:
        """Go to the next match or the one before; where the bar is closed, open it first."""
        if self._bar is None:
            self.open()
            return
        match = self._finding.step(step)
        self._going = False
        if match is not None:
            self._window.attempt(lambda: self._go_to(match))

    def _go_to(self, match: Match) -> None:
        self._session.show_message(match.message)
        self._transcript.found.go_to(match)
        self._show()

    # ── the conversation changes ──────────────────────────────────────────────────────────────────────

    def follow(self, change: Change) -> None:
        """The session told something that the transcript shows already."""
        if self._bar is None:
            return
        match change:
            case BranchShown() if change.conversation.id != self._conversation:
                self.close()
            case BranchShown() | EntryAdded() | EntryChanged():
                self._messages_changed()
                self._turn.start(0)
            case TextGrew():
                self._grown.add(change.message_id)
                if not self._growing.isActive():
                    self._growing.start()

    def _messages_changed(self) -> None:
        seen = self._session.searched(False)
        messages = self._session.searched(True) if self._query.all_branches else seen
        self._finding.show(messages, frozenset(message.id for message in seen))

    def _search_grown(self) -> None:
        grown, self._grown = self._grown, set()
        for message_id in grown:
            self._finding.renew(self._session.message(message_id))
        self._work()
