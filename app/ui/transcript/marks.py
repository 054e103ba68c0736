"""What is wished for a single message beside its text, and which message the user chose last."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu

from app.chat.changes import Entry
from app.core.language import tr
from app.core.tree import Message
from app.ui.transcript.footer import Action, Name

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript


class Marks(QObject):
    """Tells the wishes: pins, notes, and what there is to know of an answer."""

    pin_asked = Signal(int, bool)
    note_asked = Signal(int)
    received_asked = Signal(int)
    details_asked = Signal(int)
    other_model_asked = Signal(int)

    def __init__(self, canvas: "Transcript") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._chosen = 0

    def choose(self, index: int) -> None:
        """The user has clicked on a row, or gone to it with the keyboard."""
        self._chosen = self._canvas.items.messages[index].id

    def chosen(self, role: str = "") -> int | None:
        """The message in view that was chosen last if it has the role, else the last answer; None where there is none."""
        messages = self._canvas.items.messages
        if any(message.id == self._chosen and role in ("", message.role) for message in messages):
            return self._chosen
        return next((message.id for message in reversed(messages) if message.role == "assistant"), None)

    def in_view(self) -> int:
        """The message at the upper edge; 0 where there is none."""
        reading, items = self._canvas.reading, self._canvas.items
        return items.messages[min(reading.row, len(items) - 1)].id if items else 0

    def act(self, index: int, name: Name) -> None:
        """Do what the menu of a row offers."""
        message = self._canvas.items[index].entry.message
        match name:
            case "pin":
                self.pin_asked.emit(message.id, not message.pinned)
            case "note":
                self.note_asked.emit(message.id)
            case "received":
                self.received_asked.emit(message.id)
            case "details":
                self.details_asked.emit(message.id)
            case "regenerate_with":
                self.other_model_asked.emit(message.id)
            case "more":
                self.open_menu(index)

    def open_menu(self, index: int) -> None:
        """The menu of a row, below its button for more."""
        canvas = self._canvas
        rect = next(button.rect for button in canvas.row(index).buttons if button.action.name == "more")
        menu: QMenu = canvas.keys.build_menu(index)
        at = rect.bottomLeft() + QPoint(canvas.left, canvas.reading.top_of(index) or 0)
        menu.popup(canvas.viewport().mapToGlobal(at))


def more_actions(entry: Entry) -> list[Action]:
    """What the menu of a message offers beside its buttons."""
    message = entry.message
    if message.status == "streaming":
        return []
    found = [
        Action(
            "pin", "unpin" if message.pinned else "pin", tr("Unpin message") if message.pinned else tr("Pin message")
        ),
        Action("note", "note", tr("Edit note…") if message.note else tr("Note on message…")),
    ]
    if message.role == "assistant":
        found.insert(0, Action("regenerate_with", "refresh", tr("Regenerate with another model…")))
        found.append(Action("received", "chip", tr("What the model received")))
        found.append(Action("details", "info", tr("Details of the answer")))
    return found


def marks_told(message: Message) -> str:
    """The pin and the note in words."""
    note = tr("Note: {note}").format(note=message.note) if message.note else ""
    return " · ".join(filter(None, (tr("pinned") if message.pinned else "", note)))
