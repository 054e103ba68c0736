"""What can be done about the place from which the model sees the conversation."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.chat.changes import SeenFrom
from app.core.language import tr
from app.core.tree import Overflow
from app.ui.controls import Menu
from app.ui.dialogs import Dialog
from app.ui.grounds import Muted
from app.ui.icons import icon
from app.ui.problems import TextBox
from app.ui.theme import px, theme_of


class ContextMenu(Menu):
    """The summary, and what happens when messages do not fit."""

    forget_asked = Signal()
    chosen = Signal(str)  # an Overflow

    def __init__(self, seen_from: SeenFrom, overflow: Overflow, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("What the model sees"))
        self._summary = seen_from.summary
        choices: dict[Overflow, str] = {
            "ask": tr("Ask me when messages do not fit"),
            "without": tr("Leave out messages that do not fit"),
            "summarise": tr("Summarise messages that do not fit"),
        }
        if seen_from.summary:
            self.addAction(tr("Show the summary")).triggered.connect(self._show_summary)
            self.addAction(tr("Remove the summary")).triggered.connect(self.forget_asked)
            self.addSeparator()
        for choice, label in choices.items():
            action = self.addAction(label)
            if choice == overflow:
                action.setIcon(icon("check", theme_of(self.palette()).accent, px(16)))
            action.triggered.connect(self._choosing(choice))

    def _choosing(self, choice: Overflow) -> Callable[[], None]:
        return lambda: self.chosen.emit(choice)

    def _show_summary(self) -> None:
        show_summary(self._summary, self.parentWidget())


def show_summary(summary: str, parent: QWidget | None) -> Dialog:
    """What the model sees in the place of the messages before the mark."""
    dialog = Dialog(tr("Summary of the earlier messages"), parent, width=560, height=420)
    note = Muted(tr("The model wrote it and sees it in the place of the messages before the mark."), size=13)
    note.setWordWrap(True)
    dialog.page.addWidget(note)
    box = TextBox(summary)
    box.setReadOnly(True)
    box.setTabChangesFocus(True)
    box.setAccessibleName(tr("Summary"))
    dialog.page.addWidget(box, 1)
    dialog.add_close()
    dialog.fit()
    dialog.open()
    return dialog
