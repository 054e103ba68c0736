"""Makes the transcript known to Qt's accessibility; what a screen reader needs is imported when there is one."""

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript


@cache
def install(kind: "type[Transcript]") -> None:
    """Name the factory of a kind of transcript to Qt, once in a process."""

    def interface_of(key: str, thing: QObject | None) -> QAccessibleInterface | None:
        if not isinstance(thing, kind):
            return None
        from app.ui.transcript.accessible import List

        return List(thing)

    QAccessible.installFactory(interface_of)
