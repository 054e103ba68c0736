"""When a growing answer is shown: once per frame at most, and less often where a frame costs much."""

from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer

from app.ui.transcript.announcer import Announcer
from app.ui.transcript.items import Item

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript

FRAME = 33  # ms between two updates
_PATIENCE = 4  # the next update comes not before so many times the cost of the last one
_LAST = 4  # only the last rows can be growing


class Frames(QObject):
    """One timer, which runs only while something is being written and the transcript is seen."""

    def __init__(self, canvas: "Transcript") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._cost = 0.0  # ms of the last frame, its painting included
        self._shown_at = 0.0
        self.announcer = Announcer(canvas)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.show_frame)

    @property
    def running(self) -> bool:
        """Is a frame to come?"""
        return self._timer.isActive()

    def wake(self) -> None:
        """Something came: show it with the next frame."""
        if not self._timer.isActive():
            since = (perf_counter() - self._shown_at) * 1000
            self._timer.start(max(0, round(max(FRAME, _PATIENCE * self._cost) - since)))

    def show_frame(self) -> None:
        """Show what came since the last frame; come again while something is being written."""
        begun = perf_counter()
        items = self._canvas.items
        writing = False
        for index in range(len(items) - 1, max(-1, len(items) - 1 - _LAST), -1):
            if items[index].growing:
                writing = True
                self._grow(index, items[index])
        self._shown_at = perf_counter()
        self._cost = (self._shown_at - begun) * 1000
        if writing and self._canvas.isVisible() and not self._canvas.held:
            self.wake()

    def end(self, item: Item, error: str) -> None:
        """A row that grew is about to be shown as it is now: read what came since the last frame."""
        if item.growing:
            if pending := item.growing.pending:
                item.growing.feed("".join(pending))
                pending.clear()
            self.announcer.end(item.message_id, item.growing.blocks, error)

    def _grow(self, index: int, item: Item) -> None:
        growing, canvas = item.growing, self._canvas
        if growing is None:
            return
        viewport, reading = canvas.viewport(), canvas.reading
        width, before = viewport.width(), reading.top_of(index)
        if not growing.pending and not growing.thoughts:
            if before is not None:  # the caret breathes, the thinking takes its time
                row = canvas.row(index)
                top = before + row.content_bottom - 2 * canvas.look.pitch
                viewport.update(0, top, width, before + row.height - top)
                if item.thinks_since is not None:
                    viewport.update(row.above.say(item.thought()).translated(canvas.left, before))
            return
        same = len(growing.blocks)
        thinks = bool(growing.thoughts)
        if thinks:
            item.think("".join(growing.thoughts))
            growing.thoughts.clear()
        if growing.pending:
            text = "".join(growing.pending)
            growing.pending.clear()
            growing.feed(text)
            same = growing.unchanged
            item.text = growing.text
            self.announcer.hear(item.message_id, growing.blocks)
            canvas.pill.tell_news(not reading.following)
            thinks |= item.answer()
        row = canvas.row(index)
        row.shown = item.shown()
        changed = row.fill(growing.blocks, same)
        if thinks:
            changed = 0
        reading.heights[index] = row.height
        reading.settle()
        canvas.sync_bar()
        now = reading.top_of(index)
        if before != now:
            if before is not None and now is not None and not canvas.is_covered():
                viewport.scroll(0, now - before, viewport.rect())
            else:
                viewport.update()
        canvas.place_overlays()
        if now is not None:
            top = now + changed - canvas.look.gap - canvas.look.pitch
            viewport.update(0, top, width, viewport.height() - top)
