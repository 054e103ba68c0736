"""Makes the transcript known to Qt's accessibility; what a screen reader needs is imported when there is one."""

from functools import cache

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface


@cache
def install() -> None:
    """Name the factory to Qt, once in a process."""
    QAccessible.installFactory(_interface_of)


def _interface_of(key: str, thing: QObject | None) -> QAccessibleInterface | None:
    from app.ui.transcript.canvas import Transcript

    if not isinstance(thing, Transcript):
        return None
    from app.ui.transcript.accessible import List

    return List(thing)
