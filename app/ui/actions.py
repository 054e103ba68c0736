"""One QAction for each row of the command table, bound to the method of its name."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.core.commands import BY_NAME, COMMANDS
from app.core.language import tr

ALSO = {"zoom_in": ("Ctrl+=",)}  # the same key without Shift


class Actions:
    """The actions by name. Their shortcuts work wherever the keyboard is in the window."""

    def __init__(self, commands: object, attempt: Callable[[Callable[[], None]], None], window: QWidget) -> None:
        """`attempt` calls a command and shows what it refuses."""
        self._actions: dict[str, QAction] = {}
        for row in COMMANDS:
            action = QAction(tr(row.label), window)
            action.setObjectName(row.name)
            action.setToolTip(tr(row.help))
            if row.shortcut:
                action.setShortcuts([QKeySequence(key) for key in (row.shortcut, *ALSO.get(row.name, ()))])
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            method: Callable[[], None] = getattr(commands, row.name)
            action.triggered.connect(lambda _checked=False, method=method: attempt(method))
            window.addAction(action)
            self._actions[row.name] = action

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._actions)

    def close(self) -> None:
        """Take the actions from their window."""
        for action in self._actions.values():
            action.setShortcuts([])
            action.deleteLater()


def shortcut_text(name: str) -> str:
    """The keys of a command as this desktop writes them; empty where it has none."""
    return QKeySequence(BY_NAME[name].shortcut).toString(QKeySequence.SequenceFormat.NativeText)
