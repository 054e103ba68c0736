"""What is copied of the transcript: as it is read, as rich text, and as Markdown."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QStringListModel
from PySide6.QtGui import QGuiApplication

from app.core.attachments import Attachment, joined
from app.core.export import closed, quoted
from app.core.markdown import Block, displayable, utf16_length, utf16_slice
from app.core.markup import Part
from app.ui.transcript.sources import source_of, together

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript

_RICH = 2_000_000  # characters; a longer text is copied without its styles


class Copying:
    """Puts what is selected on the clipboard."""

    def __init__(self, canvas: "Transcript") -> None:
        self._canvas = canvas

    def selection(self) -> None:
        """The selection as text, and beside it as rich text for whoever takes that."""
        canvas = self._canvas
        data, text = _mime_data(), displayable(canvas.selected_text())
        data.setText(text)
        if len(text) <= _RICH:
            from app.core.rich_text import as_html  # not needed before something is copied

            data.setHtml(as_html([*self._thoughts(index), *self._parts(index)] for index in canvas.selection.rows()))
        QGuiApplication.clipboard().setMimeData(data)

    def markdown(self) -> str:
        """The Markdown of the selection, else of the last answer; "" where there is neither."""
        canvas = self._canvas
        if not canvas.selection:
            answers = [message for message in reversed(canvas.items.messages) if message.role == "assistant"]
            return answers[0].text if answers else ""
        rows = canvas.selection.rows()
        found = []
        for index in rows:
            if canvas.items[index].first or index == rows[0]:
                found += [self._thought(index), self._source(index, rows)]
        return together(found)

    def _thought(self, index: int) -> str:
        """Of what was thought before a message, what is selected; a quotation where more than that is."""
        selection = self._canvas.selection
        lines = ""
        for block, part in self._thoughts(index):
            if part is not None:
                lines += ("\n" if block.tight else "\n\n") if lines else ""
                lines += utf16_slice(block.text, *part)
        alone = selection.start[1] < 0 and selection.end[1] < 0 and len(selection.rows()) == 1
        return lines if alone or not lines else quoted(closed(lines))

    def _source(self, index: int, rows: range) -> str:
        """Of the message that begins with a row; a long one has several."""
        items = self._canvas.items
        message_id = items[index].message_id
        last = index
        while last + 1 < len(items) and items[last + 1].message_id == message_id:
            last += 1
        parts = [self._parts(row) for row in range(index, last + 1) if row in rows]
        whole = items[index].first and last in rows
        if whole and index < last and all(part == _all(block) for row in parts for block, part in row):
            return items[index].entry.message.text
        sources = []
        for row, shown in zip(range(index, last + 1), parts, strict=False):
            item = items[row]
            typed = item.entry.message.role == "user" or not (item.first and item.last)
            attached = [
                Attachment(block.file, block.text, block.language)
                for block, part in shown
                if _is_attached(block) and part
            ]
            written = [(block, part) for block, part in shown if not _is_attached(block)]
            text = source_of(item.text, [block for block, _ in written], [part for _, part in written], typed=typed)
            sources.append(joined(text if any(part for _, part in written) else "", attached))
        return "\n".join(sources)

    def _thoughts(self, index: int) -> list[tuple[Block, Part | None]]:
        """What was thought, and which part of each paragraph is selected."""
        marked = self._canvas.selection.marked
        return [
            (block, marked(index, number, utf16_length(block.text)))
            for number, block in self._canvas.items[index].thinking_blocks()
        ]

    def _parts(self, index: int) -> list[tuple[Block, Part | None]]:
        """The blocks of a row, and which part of each is selected."""
        selection, found = self._canvas.selection, []
        for number, block in enumerate(self._canvas.items[index].blocks()):
            length = utf16_length(block.text)
            part = selection.marked(index, number, length)
            if part is None and not length and selection.start <= (index, number, 0) <= selection.end:
                part = (0, 0)  # a line across the page, an empty item
            found.append((block, part))
        return found


def _mime_data() -> QMimeData:
    """An empty one that Qt has made: one made by Python, and still on the clipboard, would crash the program's end."""
    model = QStringListModel([""])
    data = model.mimeData([model.index(0)])
    data.clear()
    return data


def _is_attached(block: Block) -> bool:
    return block.kind == "attachment"


def _all(block: Block) -> Part:
    return 0, utf16_length(block.text)
