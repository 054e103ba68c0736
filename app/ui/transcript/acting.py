"""What the buttons of a row do: most of them tell a wish."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

from app.ui.transcript.footer import Name

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript


def act(canvas: "Transcript", index: int, name: Name) -> None:
    """Do what a button of a row offers."""
    entry = canvas.items[index].entry
    message = entry.message
    match name:
        case "copy":
            canvas.copy(message.text)
            canvas.pointer.tell_copied(message.id)
            canvas.copied.emit(message.id)
        case "regenerate":
            canvas.regenerate_asked.emit(message.id)
        case "retry":
            canvas.retry_asked.emit(message.id)
        case "reason":
            canvas.reason_asked.emit(message.id)
        case "continue":
            canvas.continue_asked.emit(message.id)
        case "edit":
            canvas.edit_asked.emit(message.id)
            canvas.editing.start(message.id)
        case "delete":
            canvas.delete_asked.emit(message.id)
        case "candidates":
            canvas.candidates_asked.emit(message.id)
        case "previous":
            canvas.version_asked.emit(message.id, entry.version - 1)
        case "next":
            canvas.version_asked.emit(message.id, entry.version + 1)
        case "thinking":
            canvas.notes.toggle(message.id)
        case "seen_from":
            canvas.context_asked.emit(_below(canvas, index, name))
        case "more" | "pin" | "note" | "received" | "details" | "regenerate_with":
            canvas.marks.act(index, name)


def _below(canvas: "Transcript", index: int, name: Name) -> QPoint:
    """The place below a button, on the screen."""
    rect = next(button.rect for button in canvas.row(index).buttons if button.action.name == name)
    at = rect.bottomLeft() + QPoint(canvas.left, canvas.reading.top_of(index) or 0)
    return canvas.viewport().mapToGlobal(at)
