"""Tells screen readers what is being written, sentence by sentence; without one it does nothing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

from app.core.aloud import Aloud
from app.core.markdown import Block

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript


class Announcer(QObject):
    """Follows the answer that is being written."""

    said = Signal(str)

    def __init__(self, canvas: "Transcript") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._message_id = 0
        self._aloud: Aloud | None = None  # while the answer was heard from its beginning on

    def hear(self, message_id: int, blocks: Sequence[Block], ended: bool = False) -> None:
        """This is what the answer says by now."""
        if message_id != self._message_id:
            self._message_id, self._aloud = message_id, Aloud()
        if self._aloud is None or not QAccessible.isActive():
            return
        for text in self._aloud.hear(blocks, ended):
            self._say(text)

    def end(self, message_id: int, blocks: Sequence[Block], error: str) -> None:
        """The answer has ended: the rest of it, and why it failed if it did."""
        self.hear(message_id, blocks, ended=True)  # all of it, where it came within one frame
        self._aloud = None
        if error and QAccessible.isActive():
            self._say(error)

    def _say(self, text: str) -> None:
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._canvas, text))
        self.said.emit(text)
