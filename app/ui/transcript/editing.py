"""Where the editor of a message lies on the canvas, and what becomes of its text."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript
    from app.ui.transcript.editor import Editor


class Editing:
    """At most one message is edited at a time."""

    def __init__(self, canvas: "Transcript") -> None:
        self._canvas = canvas
        self.editor: Editor | None = None

    def start(self, message_id: int) -> None:
        """Lay an editor over a message."""
        from app.ui.transcript.editor import Editor  # not needed for the first paint

        self.stop()
        canvas = self._canvas
        index = next((n for n, item in enumerate(canvas.items) if item.message_id == message_id), None)
        if index is None or canvas.items[index].growing:
            return
        message = canvas.items[index].entry.message
        place = canvas.places.line()
        self.editor = Editor(message_id, message.text, message.role == "user", canvas.viewport())
        self.editor.saved.connect(self._save)
        self.editor.cancelled.connect(self.stop)
        for item in canvas.items:
            if item.message_id == message_id:
                item.editor = 1  # all parts of a long message make room; the first one has the editor
        self.editor.resize(canvas.column, 100)
        self.editor.show_look(canvas.look)
        self.editor.show()
        self.fit()
        self.editor.resized.connect(self._resized)
        canvas.places.return_to(place)
        canvas.moved()
        canvas.show_row(index)
        self.editor.setFocus()

    def stop(self) -> None:
        """Take the editor away; the message is as it was."""
        if self.editor is None:
            return
        canvas, editor = self._canvas, self.editor
        self.editor = None
        focus = QApplication.focusWidget()
        if focus is not None and editor.isAncestorOf(focus):
            canvas.setFocus()
        place = canvas.places.line()
        for index, item in enumerate(canvas.items):
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
        for index, item in enumerate(canvas.items):
            if item.editor:
                item.editor = self.editor.wanted(canvas.look) if item.first else 1
                canvas.kept.drop(item)
                canvas.reading.heights[index] = canvas.row(index).height

    def place(self) -> None:
        """Lay the editor over its row, or out of sight when the row is."""
        if self.editor is None:
            return
        canvas = self._canvas
        index = next(n for n, item in enumerate(canvas.items) if item.editor)
        height = canvas.items[index].editor
        y = canvas.reading.top_of(index)
        top = -2 * height if y is None else y + canvas.row(index).content_top
        self.editor.setGeometry(canvas.left, top, canvas.column, height)

    def _resized(self) -> None:
        canvas = self._canvas
        if self.editor and any(
            item.first and item.editor not in (0, self.editor.wanted(canvas.look)) for item in canvas.items
        ):
            self.fit()
            canvas.moved()

    def _save(self, message_id: int, text: str) -> None:
        self.stop()
        self._canvas.edited.emit(message_id, text)
