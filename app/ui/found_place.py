"""Shows a message where the words of a search stand in it, and marks them for a moment."""

from collections.abc import Sequence

from PySide6.QtCore import QTimer

from app.core.markdown import utf16_length
from app.core.passage import marks
from app.ui.transcript import Transcript
from app.ui.transcript.selection import Selection

BRIEFLY = 4000  # ms; long enough to find it, and gone before it is in the way
ABOVE = 3  # a part of the view that is left above the place, so that one sees what it belongs to


def show_place(transcript: Transcript, message_id: int, words: Sequence[str]) -> None:
    """Go to the first of the words in a message, or to its first line where none is seen; all of them are marked."""
    found = transcript.found
    all_of_them = found.mark_words(message_id, words)
    QTimer.singleShot(BRIEFLY, transcript, lambda: found.unmark_words(all_of_them))
    for index in transcript.items.rows_of(message_id):
        for number, block in enumerate(transcript.items[index].blocks()):
            if spots := marks(block.text, words):
                start, end = (utf16_length(block.text[:place]) for place in spots[0])
                _mark(transcript, Selection((index, number, start), (index, number, end)))
                return
    transcript.message_in_view(message_id)


def _mark(transcript: Transcript, marked: Selection) -> None:
    index, number, start = marked.start
    line = transcript.row(index).line_of(number, start)
    transcript.reading.go_to(index, line.top() - transcript.reading.view // ABOVE)
    transcript.moved()
    transcript.select(marked)

    def let_go() -> None:
        if transcript.selection is marked:  # unless something else was selected since
            transcript.select(Selection(marked.end, marked.end))

    QTimer.singleShot(BRIEFLY, transcript, let_go)
