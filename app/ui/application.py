"""The Qt application, and the last chance for errors that nobody caught."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from app.core.errors import AppError

QUIET_MS = 700


class Application(QApplication):
    """Made once, before any widget. `crashed` may be emitted by any thread, with a report."""

    crashed = Signal(str)

    def __init__(self) -> None:
        super().__init__(["fireside"])
        self.setApplicationName("Fireside")
        self.setApplicationDisplayName("Fireside")
        self.setDesktopFileName("fireside")
        self._crash: Any = None  # the dialog, while it is open
        self.crashed.connect(self._show_crash, Qt.ConnectionType.QueuedConnection)

    def after_start(self, what: Callable[[], object]) -> None:
        """Call something when the window has been painted and nobody waits."""
        QTimer.singleShot(QUIET_MS, self, what)

    def show_start_problem(self, error: AppError) -> None:
        """Say why there is no window; returns when the user has read it."""
        from app.ui.problems import show_start_problem

        show_start_problem(error)

    def _show_crash(self, report: str) -> None:
        """One dialog at a time: an error in painting would open one with every frame."""
        if self._crash is not None:
            return
        from app.ui.problems import show_crash

        self._crash = show_crash(report, self.activeWindow())
        self._crash.finished.connect(self._crash_read)

    def _crash_read(self) -> None:
        self._crash = None
