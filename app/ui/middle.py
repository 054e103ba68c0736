"""The middle of the window: top bar, welcome page or transcript, banner and composer."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from app.chat.changes import ContextFull
from app.ui.composer import Composer
from app.ui.grounds import tab_after
from app.ui.notices import Banner, Toast
from app.ui.theme import COLUMN, px
from app.ui.top_bar import TopBar
from app.ui.transcript import Transcript

if TYPE_CHECKING:
    from app.ui.context_question import ContextQuestion
    from app.ui.temporary import TemporaryMark
    from app.ui.working import Working

SHARE = 0.4  # of the height, that the composer's text may take


class Middle(QWidget):
    """Keeps the composer under the transcript's column; shows the welcome page while nothing was said."""

    asked = Signal(str)  # an example of the welcome page
    raise_asked = Signal()  # what to do about messages that do not fit: raise the context,
    summary_asked = Signal()  # summarise them,
    leave_out_asked = Signal()  # or leave them out
    keep_asked = Signal()  # a temporary conversation
    cancel_asked = Signal()  # the work on files

    def __init__(self, transcript: Transcript, send_key: str) -> None:
        super().__init__()
        self.transcript = transcript
        self.welcome: QWidget | None = None
        self.question: ContextQuestion | None = None
        self.mark: TemporaryMark | None = None
        self.working: Working | None = None
        self.line: QWidget | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.top = TopBar()
        layout.addWidget(self.top)
        self._page = layout
        self._stack = QStackedLayout()
        self._stack.addWidget(transcript)
        layout.addLayout(self._stack, 1)
        column = QWidget()
        column.setMaximumWidth(px(COLUMN))
        column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._below = below = QVBoxLayout(column)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(px(8))
        self.banner = Banner()
        below.addWidget(self.banner)
        self.composer = Composer(send_key)
        below.addWidget(self.composer)
        line = QHBoxLayout()
        line.setContentsMargins(px(24), px(8), px(24), px(16))
        line.addStretch(1)
        line.addWidget(column, 1000)
        line.addStretch(1)
        layout.addLayout(line)
        self.toast = Toast(self)
        self.composer.resized.connect(self._place_toast)

    @property
    def _said(self) -> QWidget:
        """What has the keyboard where the conversation does."""
        return self.transcript.focusProxy() or self.transcript

    def show_empty(self, empty: bool) -> None:
        """The welcome page, or the transcript."""
        if empty and self.welcome is None:
            from app.ui.welcome import Welcome  # not needed where a conversation is open

            self.welcome = page = Welcome()
            page.asked.connect(self.asked)
            self._stack.addWidget(page)
            tab_after(self._said, page)
        used = self.welcome is not None and self.welcome.isAncestorOf(self.focusWidget())
        self._stack.setCurrentIndex(1 if empty else 0)
        if used and not empty:
            self.composer.setFocus()  # the example is gone; Qt would give the keyboard to the transcript

    def show_temporary(self, temporary: bool, said: bool) -> None:
        """Say that the conversation is kept nowhere, or not."""
        if temporary and self.mark is None:
            from app.ui.temporary import TemporaryMark  # most windows never need it

            self.mark = TemporaryMark()
            self.mark.keep_asked.connect(self.keep_asked)
            self._page.insertWidget(1, self.mark)
            tab_after(self.top.panel, self.mark)
        if self.mark is not None:
            used = self.mark.isAncestorOf(self.focusWidget())
            self.mark.show_mark(temporary, said)
            if used and not self.mark.keep.isVisible():
                self.composer.setFocus()
        self.composer.show_temporary(temporary)

    def show_line(self, line: QWidget | None) -> None:
        """A quiet line below the top bar, in place of the one before."""
        before, self.line = self.line, line
        if before is not None:
            if before.isAncestorOf(self.focusWidget()):
                self.composer.setFocus()
            before.hide()
            before.deleteLater()
        if line is not None:
            self._page.insertWidget(1, line)
            tab_after(self.top.panel, line)
            line.show()

    def show_work(self, text: str, share: float | None = None) -> None:
        """Say what is being done with files; an empty text: nothing any more."""
        if self.working is None:
            if not text:
                return
            from app.ui.working import Working  # most windows never need it

            self.working = Working()
            self.working.cancel_asked.connect(self.cancel_asked)
            self._below.insertWidget(0, self.working)
            tab_after(self._said, self.working)
        if text:
            self.working.show_work(text, share)
        else:
            if self.working.isAncestorOf(self.focusWidget()):
                self.composer.setFocus()
            self.working.hide()
        self._place_toast()

    def show_question(self, question: ContextFull) -> None:
        """Ask what to do about messages that do not fit, or be done with it."""
        if self.question is None:
            if question.state == "settled":
                return
            from app.ui.context_question import ContextQuestion  # most conversations never need it

            self.question = card = ContextQuestion()
            card.raise_asked.connect(self.raise_asked)
            card.summary_asked.connect(self.summary_asked)
            card.leave_out_asked.connect(self.leave_out_asked)
            self._below.insertWidget(self._below.indexOf(self.composer), card)
            tab_after(self._said, card)
        used = self.question.isAncestorOf(self.focusWidget())
        self.question.show_question(question)
        if used and question.state != "asking":
            self.composer.setFocus()  # what was chosen is gone; the next thing is typed
        self._place_toast()

    def say(self, text: str, undo: bool = False) -> None:
        """Show a toast."""
        self.toast.say(text, undo)
        self._place_toast()

    def _place_toast(self) -> None:
        if self.toast.isVisible():
            width = min(self.toast.wide(), self.width() - px(32))
            height = self.toast.fit(width)
            parts = (self.working, self.banner, self.question, self.composer)
            top = next((part for part in parts if part is not None and not part.isHidden()), self.composer)
            above = top.mapTo(self, top.rect().topLeft()).y()
            self.toast.setGeometry((self.width() - width) // 2, above - height - px(12), width, height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.composer.set_room(round(self.height() * SHARE) - px(72))
        self._place_toast()
