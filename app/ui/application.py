"""The Qt application, and the last chance for errors that nobody caught."""

import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from PySide6.QtCore import QEvent, QLoggingCategory, QObject, QSocketNotifier, Qt, QTimer, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from app.core.errors import AppError

QUIET_MS = 700


class Application(QApplication):
    """Made once, before any widget. `crashed` may be emitted by any thread, with a report."""

    crashed = Signal(str)
    file_asked = Signal(Path)  # on macOS, where a double click does not start the program a second time

    def __init__(self) -> None:
        QLoggingCategory.setFilterRules("qt.text.font.db=false")  # a line for each font without a rare script
        super().__init__(["fireside", "-style", "Fusion"])  # `setStyle` would make the classes of styles, for 9 ms
        self.setApplicationName("Fireside")
        self.setApplicationDisplayName("Fireside")
        self.setDesktopFileName("fireside")
        self._crash: Any = None  # the dialog, while it is open
        self.focusChanged.connect(self._hand_on)
        self.crashed.connect(self._show_crash, Qt.ConnectionType.QueuedConnection)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent) and event.file():
            self.file_asked.emit(Path(event.file()))
            return True
        return super().event(event)

    def _hand_on(self, before: QWidget | None, now: QWidget | None) -> None:
        """A dialog that closes gives the keyboard to the window that it lay over; without a window manager nobody does."""
        dialog = before.window() if before is not None and now is None else None
        below = dialog.parentWidget() if dialog is not None else None
        if dialog is None or below is None:
            return
        window = below.window()

        def give() -> None:
            closed = not isValid(dialog) or not dialog.isVisible()
            if closed and window.isVisible() and self.activeWindow() is None:
                window.activateWindow()

        QTimer.singleShot(0, window, give)  # when it is closed; a window manager may have done it by then

    def run(self) -> int:
        """Run until the last window is closed; Ctrl+C in the terminal and a polite kill close it too."""
        handlers = {number: signal.signal(number, self._close) for number in (signal.SIGINT, signal.SIGTERM)}
        with ExitStack() as ends:
            later = QTimer(self)
            later.setSingleShot(True)
            later.timeout.connect(lambda: self._wake_for_signals(ends))
            later.start(QUIET_MS)
            ends.callback(later.stop)
            try:
                return self.exec()
            finally:
                for number, handler in handlers.items():
                    signal.signal(number, handler)

    def _wake_for_signals(self, ends: ExitStack) -> None:
        """From now on a signal is seen at once, and not only when something else happens, as it does all the time until then."""
        import socket  # the first paint does not wait for it

        ear, bell = socket.socketpair()
        ends.callback(ear.close)
        ends.callback(bell.close)
        bell.setblocking(False)
        notifier = QSocketNotifier(ear.fileno(), QSocketNotifier.Type.Read, self)
        ends.callback(notifier.setEnabled, False)
        notifier.activated.connect(lambda: ear.recv(64))  # back in Python, the signal's handler runs
        ends.callback(signal.set_wakeup_fd, signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False))

    def _close(self, _number: int, _frame: FrameType | None) -> None:
        # Not at once: a signal comes between any two steps of whatever is being done, such as painting.
        QTimer.singleShot(0, self, self.closeAllWindows)

    def after_start(self, what: Callable[[], object], window: QObject) -> None:
        """Call something when the window has been painted and nobody waits, unless it is gone by then."""
        QTimer.singleShot(QUIET_MS, window, what)

    def show_start_problem(self, error: AppError) -> None:
        """Say why there is no window; returns when the user has read it."""
        from app.ui.problems import show_start_problem

        show_start_problem(error)

    def show_start_fault(self, report: str) -> None:
        """A fault of the program keeps the window from opening: show the report; returns when it is closed."""
        from app.ui.problems import show_start_fault

        show_start_fault(report)

    def _show_crash(self, report: str) -> None:
        """One dialog at a time: an error in painting would open one with every frame."""
        if self._crash is not None:
            return
        from app.ui.problems import show_crash

        self._crash = show_crash(report, self.activeWindow())
        self._crash.finished.connect(self._crash_read)

    def _crash_read(self) -> None:
        self._crash = None
