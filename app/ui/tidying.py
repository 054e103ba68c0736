"""When Python's garbage collector looks through all that lives: when nobody looks, not while somebody reads on."""

import gc

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

_SELDOM = 10 * 60 * 1000  # ms; for who never leaves the window
_NEVER = 1_000_000_000  # young objects are looked through as always; the old ones never unasked


class Tidying(QObject):
    """Lives as long as its window.

    With a conversation of 10,000 messages a look through all objects takes 20 to 50 ms, and it came in the middle of
    a search, a paint or a stream. What it finds are a few widgets of closed dialogs: that can wait until the person
    goes to another program.
    """

    def __init__(self, window: QObject) -> None:
        super().__init__(window)
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, _NEVER)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._timer.setInterval(_SELDOM)
        self._timer.timeout.connect(self._tidy)
        self._timer.start()
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.applicationStateChanged.connect(self._state_changed)

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        if state != Qt.ApplicationState.ApplicationActive:
            self._tidy()

    def _tidy(self) -> None:
        gc.collect()
        self._timer.start()  # anew
