"""Where the editor of a message lies on the canvas, and what becomes of its text."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from app.ui.attaching import loose_slot

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript
    from app.ui.transcript.editor import Editor
    from app.ui.unfinished import Slot


class Editing:
    """At most one message is edited at a time."""

    def __init__(self, canvas: "Transcript") -> None:
        self._canvas = canvas
        self.editor: Editor | None = None
        self.unfinished: dict[int, str] = {}  # what was typed over messages that went out of view meanwhile
        self.slots: Callable[[str], Slot] = loose_slot  # where it is kept until it is saved
        self._slot: Slot | None = None  # of the editor
        self._before: QWidget | None = None  # what had the keyboard

    def start(self, message_id: int, text: str | None = None) -> None:
        """Lay an editor over a message; `text` is what was typed before, in place of the message's own."""
        self.put_away()
        self._before = QApplication.focusWidget()
        if text is not None:
            self.unfinished[message_id] = text
        index = self._index(message_id)
        if index is not None:
            self._open(index)
            self._canvas.going.to_row(index)
        if self.editor is not None:
            self.editor.setFocus()

    def _open(self, index: int) -> None:
        from app.ui.transcript.editor import Editor  # not needed for the first paint

        canvas = self._canvas
        message = canvas.items[index].entry.message
        place = canvas.places.line()
        self.editor = Editor(message.id, message.text, message.role == "user", canvas.viewport())
        self._slot = self.slots(f"edit:{message.id}")
        self.editor.attached.slots = lambda what: self.slots(f"edited {what}")
        self.editor.rested.connect(self._keep)
        self.editor.saved.connect(self._save)
        self.editor.cancelled.connect(self._leave)
        self.editor.refused.connect(canvas.plates.refused)
        self.editor.resize(canvas.column, 100)
        self.editor.show_look(canvas.look)
        self.editor.show()
        if (typed := self.unfinished.pop(message.id, None)) is not None:
            self.editor.show_text(typed)
        elif (typed := self._slot.text) is not None:
            self.editor.show_unfinished(typed)
        self._make_room()
        self.editor.resized.connect(self._resized)
        canvas.places.return_to(place)
        canvas.moved()

    def _index(self, message_id: int) -> int | None:
        items = self._canvas.items
        return next((number for number in items.rows_of(message_id) if not items[number].growing), None)

    def _make_room(self) -> None:
        """All parts of a long message make room; the first one has the editor."""
        if self.editor is not None:
            items = self._canvas.items
            rows = items.rows_of(self.editor.message_id)
            for row in rows:
                items[row].editor = 1
            for number, item in items.made():
                item.editor = 1 if number in rows else 0
            self.fit()

    def follow(self) -> None:
        """Other rows are shown: stay on the message, or wait until it is back; what was typed is never lost."""
        if self.editor is not None and self._index(self.editor.message_id) is not None:
            self._make_room()
            return
        self.put_away()
        for message_id in reversed(self.unfinished):
            if (index := self._index(message_id)) is not None:
                self._open(index)
                return

    def all_unfinished(self) -> dict[int, str]:
        """What was typed and not saved, by message."""
        self.put_away()
        return self.unfinished

    def put_away(self) -> None:
        """Take the editor away, and keep what was typed for the next time."""
        if self.editor is not None and self.editor.is_changed:
            self.unfinished[self.editor.message_id] = self.editor.text
        self._keep()
        self.stop()

    def _keep(self) -> None:
        """What was typed is kept, should the program end."""
        if self._slot is not None and self.editor is not None:
            self._slot.keep(self.editor.unsaved)

    def _leave(self) -> None:
        """Escape: the message is as it was, and what was typed stands there again when it is edited once more."""
        slot, editor, before = self._slot, self.editor, self._before
        self.stop()
        if self._canvas.hasFocus() and before is not None and isValid(before) and before.isVisible():
            before.setFocus()
        if slot is not None and editor is not None:
            slot.leave(editor.unsaved)

    def stop(self) -> None:
        """Take the editor away; the message is as it was."""
        if self.editor is None:
            return
        canvas, editor = self._canvas, self.editor
        self.editor = self._slot = None
        editor.rest()
        focus = QApplication.focusWidget()
        if focus is not None and editor.isAncestorOf(focus):
            canvas.setFocus()
        place = canvas.places.line()
        for index, item in canvas.items.made():
            if item.editor:
                item.editor = 0
                canvas.kept.drop(item)
                canvas.reading.heights[index] = canvas.row(index).height
        editor.hide()
        editor.deleteLater()
        canvas.places.return_to(place)
        canvas.moved()

    def show_look(self) -> None:
        """Take colours and sizes."""
        if self.editor:
            self.editor.show_look(self._canvas.look)

    def fit(self) -> None:
        """Make the row as high as the editor wants to be."""
        if self.editor is None:
            return
        canvas = self._canvas
        for index, item in canvas.items.made():
            if item.editor:
                item.editor = self.editor.wanted(canvas.look) if item.first else 1
                canvas.kept.drop(item)
                canvas.reading.heights[index] = canvas.row(index).height

    def place(self) -> None:
        """Lay the editor over its row, or out of sight when the row is."""
        if self.editor is None:
            return
        canvas = self._canvas
        index = next((n for n, item in canvas.items.made() if item.editor), None)
        if index is None:  # rows are being exchanged
            return
        height = canvas.items[index].editor
        y = canvas.reading.top_of(index)
        top = -2 * height if y is None else y + canvas.row(index).content_top
        self.editor.setGeometry(canvas.left, top, canvas.column, height)

    def _resized(self) -> None:
        canvas = self._canvas
        if self.editor and any(
            item.first and item.editor not in (0, self.editor.wanted(canvas.look)) for _, item in canvas.items.made()
        ):
            self.fit()
            canvas.moved()

    def _save(self, message_id: int, text: str) -> None:
        slot = self._slot
        self.stop()
        self._canvas.edited.emit(message_id, text)
        if slot is not None and (self.editor is None or self.editor.message_id != message_id):  # it was not refused
            slot.keep(None)
