"""Carries engine events from the host's thread to the window's thread, and the session's changes to the window.

bridge = Bridge()
engine = Host(bridge.deliver)
session = Session(database, engine, bridge.changed.emit, built_in)
bridge.attach(session.handle)
window = Window(session, bridge, paths)
"""

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.core.protocol import Event


class Bridge(QObject):
    """Lives in the window's thread; only `deliver` may be called from another one."""

    changed = Signal(object)  # a Change, told by the session on the window's thread
    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[Event] = deque()
        self._handle: Callable[[Event], None] | None = None
        self._woken.connect(self._drain, Qt.ConnectionType.QueuedConnection)

    def attach(self, handle: Callable[[Event], None]) -> None:
        """Name who takes the events; those that came before wait for this."""
        self._handle = handle
        self._woken.emit()

    def deliver(self, event: Event) -> None:
        """Take an event on any thread. One wake-up of the event loop carries all that wait by then."""
        self._waiting.append(event)
        if len(self._waiting) == 1:  # appended first, counted then: a drain under way sees the event or is woken again
            self._woken.emit()

    @Slot()
    def _drain(self) -> None:
        if self._handle is None:
            return
        try:
            while self._waiting:
                self._handle(self._waiting.popleft())
        finally:
            if self._waiting:  # a handler failed: the rest is not lost
                self._woken.emit()
