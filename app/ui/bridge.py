"""Carries engine events from the host's thread to the window's thread, and the session's changes to the window.

bridge = Bridge()
engine = Host(bridge.deliver)
session = Session(database, engine, bridge.changed.emit, built_in)
bridge.attach(session.handle)
window = Window(session, bridge, paths)
"""

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.core.protocol import Event

T = TypeVar("T")


class Bridge(QObject):
    """Lives in the window's thread; only `deliver` and what `way` returns may be called from another one."""

    changed = Signal(object)  # a Change, told by the session on the window's thread
    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[tuple[Callable[[Any], None] | None, Any]] = deque()
        self._handle: Callable[[Event], None] | None = None
        self._woken.connect(self._drain, Qt.ConnectionType.QueuedConnection)

    def attach(self, handle: Callable[[Event], None]) -> None:
        """Name who takes the events; those that came before wait for this."""
        self._handle = handle
        self._woken.emit()

    def deliver(self, event: Event) -> None:
        """Take an event on any thread. One wake-up of the event loop carries all that wait by then."""
        self._put(None, event)

    def way(self, handle: Callable[[T], None]) -> Callable[[T], None]:
        """A function for any thread; what it is given comes to `handle` on the window's thread, in its order."""
        return lambda told: self._put(handle, told)

    def _put(self, handle: Callable[[Any], None] | None, told: object) -> None:
        self._waiting.append((handle, told))
        if len(self._waiting) == 1:  # appended first, counted then: a drain under way sees it or is woken again
            self._woken.emit()

    @Slot()
    def _drain(self) -> None:
        if self._handle is None:
            return
        try:
            while self._waiting:
                handle, told = self._waiting.popleft()
                (handle or self._handle)(told)
        finally:
            if self._waiting:  # a handler failed: the rest is not lost
                self._woken.emit()
