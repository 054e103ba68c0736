"""The transcript: a canvas that lays out and paints only the rows in view, and never moves what is being read."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QScrollBar, QWidget

from app.chat.changes import Entry
from app.core.language import tr
from app.core.markdown import displayable
from app.core.protocol import Kind
from app.ui.grounds import fill, own_viewport
from app.ui.theme import LIGHT, Theme
from app.ui.transcript import screen_reader
from app.ui.transcript.acting import act
from app.ui.transcript.copying import Copying
from app.ui.transcript.editing import Editing
from app.ui.transcript.ending import Ending
from app.ui.transcript.footer import Name
from app.ui.transcript.formulas import Formulas
from app.ui.transcript.found import Found
from app.ui.transcript.frames import Frames
from app.ui.transcript.going import Going
from app.ui.transcript.heights import Heights
from app.ui.transcript.items import Item, Kept, answered_by, estimates, is_headed, items_of
from app.ui.transcript.keys import Keys
from app.ui.transcript.listed import Items
from app.ui.transcript.live import paint_caret
from app.ui.transcript.look import Look
from app.ui.transcript.marks import Marks
from app.ui.transcript.notes import Notes
from app.ui.transcript.pill import Pill
from app.ui.transcript.places import Place, Places
from app.ui.transcript.plates import Plates
from app.ui.transcript.pointer import Pointer
from app.ui.transcript.reading import Reading
from app.ui.transcript.rows import Row
from app.ui.transcript.selection import Selection

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent


class Transcript(QAbstractScrollArea):
    """Shows the branch in view. Nothing here changes a conversation: every wish is a signal."""

    copied = Signal(int)
    regenerate_asked = Signal(int)
    continue_asked = Signal(int)
    edit_asked = Signal(int)
    edited = Signal(int, str)
    version_asked = Signal(int, int)
    delete_asked = Signal(int)
    retry_asked = Signal(int)
    reason_asked = Signal(int)
    candidates_asked = Signal(int)
    context_asked = Signal(QPoint)  # what can be done about what the model sees
    link_opened = Signal(str)
    quote_asked = Signal()  # of what is selected
    written = Signal(object)  # QKeyEvent: what is typed is meant for where one writes
    resized = Signal()

    def __init__(self, parent: QWidget | None = None, theme: Theme = LIGHT, zoom: int = 100) -> None:
        super().__init__(parent)
        own_viewport(self, filled=True)
        screen_reader.install(Transcript)
        self.formulas = Formulas(self)
        self.look = Look(theme, zoom, self.formulas)
        self.items = Items()
        self.reading = Reading(self._measure)
        self.selection, self.kept = Selection((0, 0, 0), (0, 0, 0)), Kept()
        self.key: object = None
        self.places = Places(self)
        self.column = 0  # width of the column of text
        self.held = self._syncing = False
        self._bar = QScrollBar(Qt.Orientation.Vertical, self)  # Qt's own is found by address: PySide once took another
        self.setVerticalScrollBar(self._bar)
        self.pill = Pill(self)
        self.pill.clicked.connect(self.scroll_to_end)
        self.pointer, self.keys, self.frames = Pointer(self), Keys(self), Frames(self)
        self.editing, self.notes, self.plates, self.marks = Editing(self), Notes(self), Plates(self), Marks(self)
        self.ending = Ending(self)
        self.found, self.going, self.copying = Found(self), Going(self), Copying(self)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Conversation"))
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # scrolled by copying pixels
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        self._show_look()

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────

    def show_entries(self, entries: Sequence[Entry], *, key: object = None, left: str = "") -> None:
        """Show a whole branch. `key` is the conversation; another one is shown where it was `left`, else its end."""
        same = key == self.key and bool(self.items)
        following, row, offset = self.reading.following, self.reading.row, self.reading.offset
        anchor = self.items.messages[row].id if row < len(self.items) else 0
        if not same:
            self.editing.put_away()
        before, self.items, self.key = self.items, Items(), key
        self._clear_pointers()
        self.items = Items(entries, self.notes.dress)
        self.items.keep(before)
        self.notes.dress_all(self.items)
        self.kept.only(item for _, item in self.items.made())
        self.reading.heights = Heights(self.items.heights(self.look, self.column))
        if same:
            self.reading.following, self.reading.offset = following, offset
            self.reading.row = next(iter(self.items.rows_of(anchor)), row)
            self.reading.row = max(0, min(self.reading.row, len(self.items) - 1))
        else:
            self.places.recall(left)
        self.editing.follow()
        self.moved()
        if any(item.growing for _, item in self.items.made()):
            self.frames.wake()

    def add_entry(self, entry: Entry) -> None:
        """A row more at the end. One's own message is followed, wherever one was reading."""
        added = items_of(entry, is_headed(answered_by(entry.message), self.items.model_before(len(self.items))))
        self.notes.dress(added)
        self.items.extend(added)
        self.reading.heights.extend(estimates(added, self.look, self.column))
        if entry.message.role == "user":
            self.reading.following = True
        self.moved()
        if added[0].growing:
            self.frames.wake()

    def change_entry(self, entry: Entry) -> None:
        """A row in view has another status, other figures, another number of versions or another text."""
        found = self.items.rows_of(entry.message.id)
        if not found:
            return
        item = self.items[found[0]]
        if item.growing and entry.message.status == "streaming":
            item.entry = entry
            return
        self.frames.end(item, entry.message.error)
        place = self.places.line()
        old = self.items[found[0] : found[-1] + 1]
        fresh = items_of(entry, item.headed)
        self.notes.dress(fresh)
        if len(old) == len(fresh) == 1 and item.row and not fresh[0].growing:
            # its blocks keep their layout where they are the same
            fresh[0].row, fresh[0].codes, fresh[0].editor = item.row, item.codes, item.editor
        else:
            seen = list(item.codes or ())
            for each in fresh:
                each.seen = seen
        for each in old:
            self.kept.drop(each)
        self.items.replace(found[0], found[-1] + 1, fresh)
        self.reading.heights.replace(found[0], found[-1] + 1, estimates(fresh, self.look, self.column))
        if row := fresh[0].row:
            fresh[0].row = None
            row.shown = fresh[0].shown()
            row.fill(item.blocks() if self.ending.take_over(fresh[0], item) else item.written(fresh[0]))
            fresh[0].row = row
            self.kept.use(fresh[0], self.look, self.column)
        self.editing.follow()
        self.places.return_to(place)
        self.moved()
        if fresh[0].growing:
            self.frames.wake()

    def grow(self, message_id: int, text: str, kind: Kind = "answer") -> None:
        """Text was appended to the streaming row, or to its thinking; it is shown with the next frame."""
        for item in self._growing(message_id):
            if item.growing is not None:
                (item.growing.pending if kind == "answer" else item.growing.thoughts).append(text)

    def show_prompt_progress(self, message_id: int, done: int, total: int) -> None:
        """The model has read this much of the prompt."""
        for item in self._growing(message_id):
            item.progress = (done, total)

    def hold(self, held: bool) -> None:
        """The answer waits for the person: nothing moves meanwhile."""
        if held != self.held:
            self.held = held
            self.frames.wake()
            self.viewport().update()

    def _growing(self, message_id: int) -> list[Item]:
        """The row of a message that is being written, if it is in view; a frame will show what becomes of it."""
        found = [item for item in self.items[-4:] if item.message_id == message_id and item.growing]
        if found:
            self.frames.wake()
        return found

    def set_theme(self, theme: Theme, zoom: int) -> None:
        """Take other colours and another size of text; the line being read stays."""
        if (theme, zoom) == (self.look.theme, self.look.zoom):
            return
        place = self.places.line()
        self.look = Look(theme, zoom, self.formulas)
        self._show_look()
        self._relayout(place, restyled=True)

    def _show_look(self) -> None:
        self.setPalette(self.look.palette())
        self.viewport().setPalette(self.look.palette())
        self.pill.show_look(self.look)
        self.editing.show_look()
        self.reading.margin = self.look.px(12)

    # ── where the reader is ───────────────────────────────────────────────────────────────────────────

    def message_in_view(self, message_id: int) -> None:
        """Show a message, its first line at the top."""
        self.going.to_message(message_id)

    def scroll_to_end(self) -> None:
        """Show the last line and follow it."""
        self.reading.go_to_end()
        self.moved()

    def scroll_by(self, distance: int) -> None:
        """Move by so many pixels, down where positive."""
        if self.reading.scroll_by(distance):
            self.moved()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """The scroll bar was moved by hand: small steps are steps, everything else is a jump."""
        if self._syncing:
            return
        if self._bar.value() >= self._bar.maximum():
            self.reading.go_to_end()
        elif self._bar.value() <= 0:
            self.reading.go_below_cover(0)
        elif abs(dy) <= self.viewport().height():
            self.reading.scroll_by(-dy)
        else:
            self.reading.jump(self._bar.value())
        self.moved()

    def show_start(self) -> None:
        """Show the first line."""
        self.reading.go_below_cover(0)
        self.moved()

    def moved(self) -> None:
        """The position or the heights changed: derive the bar, move what lies on top, paint."""
        self.reading.settle()
        self.sync_bar()
        self.place_overlays()
        self.viewport().update()

    def sync_bar(self) -> None:
        """Let the scroll bar tell the position."""
        self._syncing = True
        bar, reading = self._bar, self.reading
        bar.setRange(0, max(0, reading.total - reading.view))
        bar.setPageStep(max(1, reading.view))
        bar.setSingleStep(self.look.pitch)
        bar.setValue(bar.maximum() if reading.following else min(reading.value, bar.maximum()))
        self._syncing = False

    # ── layout ────────────────────────────────────────────────────────────────────────────────────────

    @property
    def left(self) -> int:
        """The column's left edge. Counted in the whole width, so that a scroll bar that appears moves nothing."""
        return (self.width() - self.column) // 2

    def row(self, index: int) -> Row:
        """The row, laid out."""
        return self.kept.use(self.items[index], self.look, self.column)

    def _measure(self, index: int) -> int:
        return self.row(index).height

    def visible_rows(self) -> Iterator[tuple[int, QPoint, Row]]:
        """The rows in view with their origins."""
        if self.column:
            for index, y in self.reading.visible():
                yield index, QPoint(self.left, y), self.row(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width is another layout; the line being read stays where it is."""
        column = self.look.column(self.width())
        place = self.places.line() if column != self.column else None
        self.reading.view = self.viewport().height()
        if column != self.column:
            self._relayout(place)
        else:
            self.moved()
        self.resized.emit()

    def _relayout(self, place: Place, restyled: bool = False) -> None:
        before, self.column = self.column, self.look.column(self.width())
        if restyled:
            self.kept.clear()
        self.editing.fit()
        if before and not restyled:
            self.reading.heights.stretch(before / self.column)
        else:
            self.reading.heights = Heights(self.items.heights(self.look, self.column))
        self.places.return_to(place)
        self.moved()

    def _clear_pointers(self) -> None:
        self.selection = Selection((0, 0, 0), (0, 0, 0))
        self.pointer.forget()
        self.keys.forget()

    def lay_over(self, height: int) -> None:
        """Something lies on so many pixels of the upper edge, or on none any more. Nothing moves by that."""
        self.reading.lay_over(height)

    def is_covered(self) -> bool:
        """Does something lie on the rows, so that their pixels cannot be moved?"""
        on_top = self.editing.editor is not None or self.pill.isVisible() or self.reading.cover > 0
        return on_top or self.keys.framed

    def place_overlays(self) -> None:
        """Move what lies on the rows."""
        needed = bool(self.items) and not self.reading.following and not self.reading.at_end()
        self.pill.place(self.viewport().geometry(), needed)
        self.editing.place()

    # ── acting ────────────────────────────────────────────────────────────────────────────────────────

    def act(self, index: int, name: Name) -> None:
        """Do what a button of a row offers."""
        act(self, index, name)

    def start_editing(self, message_id: int, text: str | None = None) -> None:
        """Lay an editor over a message; `text` is what was typed before."""
        self.editing.start(message_id, text)

    def copy(self, text: str) -> None:
        """Put a text on the clipboard."""
        QGuiApplication.clipboard().setText(displayable(text))

    def select(self, selection: Selection) -> None:
        """Mark a part of the text."""
        if selection != self.selection:
            self.selection = selection
            self.viewport().update()

    def selected_text(self) -> str:
        """The selection as plain text."""
        return self.selection.text(lambda row: self.items[row].read())

    # ── painting ──────────────────────────────────────────────────────────────────────────────────────

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows that the event's rectangle touches."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        clip = event.rect()
        self.plates.colour()
        fill(painter, clip, self.look.window)
        for index, origin, row in self.visible_rows():
            if origin.y() > clip.bottom() or origin.y() + row.height < clip.top():
                continue
            active = self.pointer.row == index or self.keys.row == index
            hovered = self.pointer.action if self.pointer.row == index else None
            lively = not row.asked or active
            copied = self.pointer.copied == row.shown.entry.message.id
            row.paint(painter, origin, clip, partial(self.found.marks, index, row), hovered, lively, copied)
            self.plates.paint(painter, index, origin, row)
            self.keys.paint(painter, index, origin, row)
            item = self.items[index]
            if item.growing and not self.held:
                paint_caret(painter, self.look, row, origin, item.progress)
        self.keys.paint_frame(painter)
        painter.end()

    # ── events that others handle ─────────────────────────────────────────────────────────────────────

    def contextMenuEvent(self, event: "QContextMenuEvent") -> None:
        self.keys.menu(event)

    def keyPressEvent(self, event: "QKeyEvent") -> None:
        if not self.keys.press(event):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        return self.keys.tab(next) or super().focusNextPrevChild(next)

    def focusInEvent(self, event: "QFocusEvent") -> None:
        super().focusInEvent(event)
        self.keys.enter(event.reason())

    def focusOutEvent(self, event: "QFocusEvent") -> None:
        super().focusOutEvent(event)
        self.viewport().update()
