"""The transcript: a canvas that lays out and paints only the rows in view, and never moves what is being read."""

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolButton, QWidget

from app.chat.changes import Entry
from app.core.language import tr
from app.core.markdown import displayable
from app.ui.icons import icon
from app.ui.theme import LIGHT, Theme
from app.ui.transcript.editor import Editor
from app.ui.transcript.items import Item, Kept, items_of
from app.ui.transcript.keys import Keys
from app.ui.transcript.live import paint_caret
from app.ui.transcript.look import Look
from app.ui.transcript.pieces import Marked
from app.ui.transcript.pointer import Pointer
from app.ui.transcript.reading import Reading
from app.ui.transcript.rows import Row
from app.ui.transcript.selection import Selection

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent

FRAME = 33  # ms between two updates of a streaming answer
_PATIENCE = 4  # the next update comes not before so many times the cost of the last one


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
    link_opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = Look(LIGHT, 100)
        self.items: list[Item] = []
        self.reading = Reading(self._measure)
        self.selection = Selection((0, 0, 0), (0, 0, 0))
        self._kept = Kept()
        self._key: object = None
        self._places: dict[object, tuple[int, int, int] | None] = {}  # key → message, part, offset; None at the end
        self._column = 0
        self._syncing = False
        self._editor: Editor | None = None
        self._cost = 0.0
        self._painted_at = 0.0
        self._frames = QTimer(self)
        self._frames.setSingleShot(True)
        self._frames.setTimerType(Qt.TimerType.PreciseTimer)
        self._frames.timeout.connect(self._frame)
        self._down = QToolButton(self)
        self._down.setAccessibleName(tr("Go to the end"))
        self._down.setToolTip(tr("Go to the end"))
        self._down.setCursor(Qt.CursorShape.PointingHandCursor)
        self._down.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._down.clicked.connect(self.scroll_to_end)
        self._down.hide()
        self.pointer = Pointer(self)
        self.keys = Keys(self)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Conversation"))
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(True)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        self.set_theme(LIGHT, 100)

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────

    def show_entries(self, entries: Sequence[Entry], *, key: object = None) -> None:
        """Show a whole branch. `key` is the conversation: the reading position is remembered for each."""
        same = key == self._key and bool(self.items)
        following, row, offset = self.reading.following, self.reading.row, self.reading.offset
        anchor = self.items[row].message_id if row < len(self.items) else 0
        if not same:
            self._remember()
        if self._editor and self._editor.message_id not in {entry.message.id for entry in entries}:
            self.stop_editing()
        old = {item.message_id: item for item in self.items if item.first and item.last}
        self._key = key
        self.items = []
        self._clear_pointers()
        for number, entry in enumerate(entries):
            headed = self._is_headed(entry, entries[:number])
            known = old.get(entry.message.id)
            if known and known.entry == entry and known.headed == headed and not known.growing:
                self.items.append(known)
            else:
                self.items.extend(items_of(entry, headed))
        self.reading.heights = [
            item.row.height if item.row else item.estimate(self.look, self._column) for item in self.items
        ]
        if same:
            self.reading.following = following
            self.reading.row = next((n for n, item in enumerate(self.items) if item.message_id == anchor), row)
            self.reading.row = max(0, min(self.reading.row, len(self.items) - 1))
            self.reading.offset = offset
        else:
            self._recall()
        self._moved()
        if any(item.growing for item in self.items):
            self._wake()

    def add_entry(self, entry: Entry) -> None:
        """A row more at the end. One's own message is followed, wherever one was reading."""
        headed = self._is_headed(entry, [item.entry for item in self.items[-8:]])
        added = items_of(entry, headed)
        self.items.extend(added)
        self.reading.heights.extend(item.estimate(self.look, self._column) for item in added)
        if entry.message.role == "user":
            self.reading.following = True
        self._moved()
        if added[0].growing:
            self._wake()

    def change_entry(self, entry: Entry) -> None:
        """A row in view has another status, other figures, another number of versions or another text."""
        found = [n for n, item in enumerate(self.items) if item.message_id == entry.message.id]
        if not found:
            return
        item = self.items[found[0]]
        if item.growing and entry.message.status == "streaming":
            item.entry = entry
            return
        place = self.keep_line()
        old = self.items[found[0] : found[-1] + 1]
        fresh = items_of(entry, item.headed)
        if len(old) == len(fresh) == 1 and item.row and not fresh[0].growing:
            fresh[0].row = item.row  # its blocks keep their layout where they are the same
            fresh[0].editor = item.editor
        for each in old:
            self._kept.drop(each)
        self.items[found[0] : found[-1] + 1] = fresh
        self.reading.heights[found[0] : found[-1] + 1] = [each.estimate(self.look, self._column) for each in fresh]
        if row := fresh[0].row:
            fresh[0].row = None
            row.shown = fresh[0].shown()
            row.fill(fresh[0].blocks())
            fresh[0].row = row
            self._kept.use(fresh[0], self.look, self._column)
        self.return_to_line(place)
        self._moved()
        if fresh[0].growing:
            self._wake()

    def grow(self, message_id: int, text: str) -> None:
        """Text was appended to the streaming row; it is shown with the next frame."""
        for item in reversed(self.items):
            if item.message_id == message_id and item.growing:
                item.pending.append(text)
                self._wake()
                return

    def show_prompt_progress(self, message_id: int, done: int, total: int) -> None:
        """The model has read this much of the prompt."""
        for item in reversed(self.items):
            if item.message_id == message_id and item.growing:
                item.progress = (done, total)
                self._wake()
                return

    def set_theme(self, theme: Theme, zoom: int) -> None:
        """Take other colours and another size of text; the line being read stays."""
        place = self.keep_line()
        self.look = Look(theme, zoom)
        self.setPalette(self.look.palette())
        self.viewport().setPalette(self.look.palette())
        size = self.look.px(34)
        self._down.setFixedSize(size, size)
        self._down.setIcon(icon("chevron-down", theme.text, self.look.px(18)))
        self._down.setIconSize(QSize(self.look.px(18), self.look.px(18)))
        self._down.setStyleSheet(
            f"QToolButton {{ background: {theme.raised}; border: 1px solid {theme.border}; border-radius: {size // 2}px; }}"
            f"QToolButton:hover {{ background: {theme.hover}; }}"
        )
        if self._editor:
            self._editor.show_look(self.look)
        self.reading.margin = self.look.px(12)
        self._relayout(place)

    # ── where the reader is ───────────────────────────────────────────────────────────────────────────

    def message_in_view(self, message_id: int) -> None:
        """Show a message, its first line at the top."""
        for index, item in enumerate(self.items):
            if item.message_id == message_id:
                self.reading.go_to(index, 0)
                self._moved()
                return

    def scroll_to_end(self) -> None:
        """Show the last line and follow it."""
        self.reading.go_to_end()
        self._moved()

    def scroll_by(self, distance: int) -> None:
        """Move by so many pixels, down where positive."""
        if self.reading.scroll_by(distance):
            self._moved()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """The scroll bar was moved by hand: small steps are steps, everything else is a jump."""
        if self._syncing:
            return
        bar = self.verticalScrollBar()
        if bar.value() >= bar.maximum():
            self.reading.go_to_end()
        elif bar.value() <= 0:
            self.reading.go_to(0, 0)
        elif abs(dy) <= self.viewport().height():
            self.reading.scroll_by(-dy)
        else:
            self.reading.jump(bar.value())
        self._moved()

    def show_row(self, index: int) -> None:
        """Scroll as little as needed to show a row, its end where it does not fit."""
        top = self.reading.top_of(index)
        if top is None:
            self.reading.go_to(index)
        else:
            below = top + self.reading.heights[index] - self.reading.view
            if below > 0:
                self.reading.scroll_by(min(below, top) if top > 0 else below)
            elif top < 0:
                self.reading.scroll_by(top)
        self._moved()

    def show_start(self) -> None:
        """Show the first line."""
        self.reading.go_to(0)
        self._moved()

    def _moved(self) -> None:
        """The position or the heights changed: derive the bar, move what lies on top, paint."""
        self.reading.settle()
        self._sync_bar()
        self._place_overlays()
        self.viewport().update()

    def _sync_bar(self) -> None:
        self._syncing = True
        bar, reading = self.verticalScrollBar(), self.reading
        bar.setRange(0, max(0, reading.total - reading.view))
        bar.setPageStep(max(1, reading.view))
        bar.setSingleStep(self.look.pitch)
        bar.setValue(bar.maximum() if reading.following else min(reading.value, bar.maximum()))
        self._syncing = False

    def _remember(self) -> None:
        if self._key is None or not self.items:
            return
        reading = self.reading
        here = self.items[reading.row]
        part = reading.row - next(n for n, item in enumerate(self.items) if item.message_id == here.message_id)
        self._places[self._key] = None if reading.following else (here.message_id, part, reading.offset)

    def _recall(self) -> None:
        place = self._places.get(self._key)
        self.reading.following = place is None
        self.reading.row = self.reading.offset = 0
        if place is not None:
            first = next((n for n, item in enumerate(self.items) if item.message_id == place[0]), None)
            if first is None:
                self.reading.following = True
            else:
                self.reading.row, self.reading.offset = first + place[1], place[2]

    def keep_line(self) -> tuple[Item, int, int, int] | None:
        """The line at the top of the view and where it is: to be found again after another layout."""
        if self.reading.following or not self.items or not self._column:
            return None
        item = self.items[self.reading.row]
        row = self.row(self.reading.row)
        piece, position = row.spot_at(QPoint(0, self.reading.offset))
        line = row.line_of(piece, position)
        if line.top() < self.reading.offset and row.placed:  # half hidden: the next one is the first to be read
            piece, position = row.spot_at(QPoint(0, min(line.bottom() + self.look.pitch, row.content_bottom)))
            line = row.line_of(piece, position)
        return item, piece, position, line.top() - self.reading.offset

    def return_to_line(self, place: tuple[Item, int, int, int] | None) -> None:
        """Put the line back to where it was."""
        if place is None:
            return
        item, piece, position, y = place
        index = next((n for n, each in enumerate(self.items) if each.message_id == item.message_id), None)
        if index is None:
            return
        if item in self.items:
            index = self.items.index(item)
        self.reading.row = index
        self.reading.offset = self.row(index).line_of(piece, position).top() - y

    # ── layout ────────────────────────────────────────────────────────────────────────────────────────

    @property
    def left(self) -> int:
        """The column's left edge."""
        return (self.viewport().width() - self._column) // 2

    def row(self, index: int) -> Row:
        """The row, laid out."""
        return self._kept.use(self.items[index], self.look, self._column)

    def _measure(self, index: int) -> int:
        return self.row(index).height

    def visible_rows(self) -> Iterator[tuple[int, QPoint, Row]]:
        """The rows in view with their origins."""
        if self._column:
            for index, y in self.reading.visible():
                yield index, QPoint(self.left, y), self.row(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width is another layout; the line being read stays where it is."""
        column = self.look.column(self.viewport().width())
        place = self.keep_line() if column != self._column else None
        self.reading.view = self.viewport().height()
        if column != self._column:
            self._relayout(place)
        else:
            self._moved()

    def _relayout(self, place: tuple[Item, int, int, int] | None) -> None:
        self._column = self.look.column(self.viewport().width())
        self._kept.clear()
        if self._editor:
            self._fit_editor()
        self.reading.heights = [item.estimate(self.look, self._column) for item in self.items]
        self.return_to_line(place)
        self._moved()

    def _is_headed(self, entry: Entry, before: Sequence[Entry]) -> bool:
        """Name the model where it is another one than for the answer before."""
        if entry.message.role != "assistant" or not entry.message.model:
            return False
        last = next((each.message.model for each in reversed(before) if each.message.role == "assistant"), "")
        return bool(last) and last != entry.message.model

    def _clear_pointers(self) -> None:
        self.selection = Selection((0, 0, 0), (0, 0, 0))
        self.pointer.forget()
        self.keys.forget()

    def _place_overlays(self) -> None:
        view = self.viewport().geometry()
        size = self._down.width()
        self._down.move(view.center().x() - size // 2, view.bottom() - size - self.look.px(10))
        self._down.setVisible(bool(self.items) and not self.reading.following and not self.reading.at_end())
        if self._editor:
            index = next(n for n, item in enumerate(self.items) if item.editor)
            y = self.reading.top_of(index)
            top = self.look.px(16 if self.items[index].entry.message.role == "user" else 8)
            height = self.items[index].editor
            self._editor.setGeometry(self.left, -height - 50 if y is None else y + top, self._column, height)

    # ── streaming ─────────────────────────────────────────────────────────────────────────────────────

    def _wake(self) -> None:
        if not self._frames.isActive():
            since = (perf_counter() - self._painted_at) * 1000
            pause = max(FRAME, _PATIENCE * self._cost)
            self._frames.start(max(0, round(pause - since)))

    def _frame(self) -> None:
        """Show what came since the last frame; come again while something is being written."""
        begun = perf_counter()
        writing = False
        for index in range(len(self.items) - 1, max(-1, len(self.items) - 4), -1):
            item = self.items[index]
            if item.growing:
                writing = True
                self._grow_row(index, item)
        self._painted_at = perf_counter()
        self._cost = (self._painted_at - begun) * 1000
        if writing and self.isVisible():
            self._wake()

    def _grow_row(self, index: int, item: Item) -> None:
        growing = item.growing
        if growing is None:
            return
        y = self.reading.top_of(index)
        if not item.pending:
            if y is not None:  # the caret breathes
                row = self.row(index)
                self.viewport().update(
                    0, y + row.content_bottom - 3 * self.look.pitch, self.viewport().width(), row.height
                )
            return
        text, item.pending = "".join(item.pending), []
        same = growing.closed
        growing.feed(text)
        item.text = growing.text
        row = self.row(index)
        row.shown = item.shown()
        changed = row.fill(growing.blocks, same)
        self.reading.heights[index] = row.height
        self.reading.settle()
        self._sync_bar()
        moved = self.reading.top_of(index)
        if y is not None and moved is not None and y != moved and not self._editor and not self._down.isVisible():
            self.viewport().scroll(0, moved - y, self.viewport().rect())
        elif y != moved:
            self.viewport().update()
        self._place_overlays()
        if moved is not None:
            top = moved + changed - self.look.gap - self.look.pitch
            self.viewport().update(0, top, self.viewport().width(), self.viewport().height() - top)

    # ── editing ───────────────────────────────────────────────────────────────────────────────────────

    def start_editing(self, message_id: int) -> None:
        """Lay an editor over a message."""
        self.stop_editing()
        index = next((n for n, item in enumerate(self.items) if item.message_id == message_id), None)
        if index is None or self.items[index].growing:
            return
        message = self.items[index].entry.message
        place = self.keep_line()
        self._editor = Editor(message_id, message.text, message.role == "user", self.viewport())
        self._editor.show_look(self.look)
        self._editor.resize(self._column, self.look.px(120))
        self._editor.saved.connect(self._save_edit)
        self._editor.cancelled.connect(self.stop_editing)
        self.items[index].editor = 1
        self._editor.show()
        self._fit_editor()
        self._editor.resized.connect(self._editor_grew)
        self.return_to_line(place)
        self._moved()
        top = self.reading.top_of(index)
        if top is None or top < 0 or top + self.reading.heights[index] > self.reading.view:
            self.reading.following = False
            self.reading.row, self.reading.offset = index, -self.look.px(24)
            self._moved()
        self._editor.setFocus()

    def stop_editing(self) -> None:
        """Take the editor away; the message is as it was."""
        if self._editor is None:
            return
        editor, self._editor = self._editor, None
        had_focus = editor.isAncestorOf(self.focusWidget()) if self.focusWidget() else False
        for index, item in enumerate(self.items):
            if item.editor:
                item.editor = 0
                self._kept.drop(item)
                self.reading.heights[index] = self._measure(index)
        editor.hide()
        editor.deleteLater()
        if had_focus:
            self.setFocus()
        self._moved()

    def _save_edit(self, message_id: int, text: str) -> None:
        self.stop_editing()
        self.edited.emit(message_id, text)

    def _fit_editor(self) -> None:
        for index, item in enumerate(self.items):
            if item.editor and self._editor:
                item.editor = self._editor.wanted(self.look)
                self._kept.drop(item)
                self.reading.heights[index] = self._measure(index)

    def _editor_grew(self) -> None:
        if self._editor and any(item.editor != self._editor.wanted(self.look) for item in self.items if item.editor):
            self._fit_editor()
            self._moved()

    # ── acting ────────────────────────────────────────────────────────────────────────────────────────

    def act(self, index: int, name: str) -> None:
        """Do what a button of a row offers."""
        entry = self.items[index].entry
        message = entry.message
        match name:
            case "copy":
                self.copy(message.text)
                self.copied.emit(message.id)
            case "regenerate":
                self.regenerate_asked.emit(message.id)
            case "retry":
                self.retry_asked.emit(message.id)
            case "continue":
                self.continue_asked.emit(message.id)
            case "edit":
                self.edit_asked.emit(message.id)
                self.start_editing(message.id)
            case "delete":
                self.delete_asked.emit(message.id)
            case "previous":
                self.version_asked.emit(message.id, entry.version - 1)
            case "next":
                self.version_asked.emit(message.id, entry.version + 1)

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
        return self.selection.text(lambda row: self.items[row].blocks())

    # ── painting ──────────────────────────────────────────────────────────────────────────────────────

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows that the event's rectangle touches."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        clip = event.rect()
        for index, origin, row in self.visible_rows():
            if origin.y() > clip.bottom() or origin.y() + row.height < clip.top():
                continue
            active = self.pointer.row == index or self.keys.row == index
            hovered = self.pointer.action if self.pointer.row == index else None
            lively = not row.asked or active
            row.paint(painter, origin, clip, self._marks(index, row), hovered, lively)
            self.pointer.paint(painter, index, origin, row)
            self.keys.paint(painter, index, origin, row)
            item = self.items[index]
            if item.growing:
                paint_caret(painter, self.look, row, origin, item.progress)
        painter.end()

    def _marks(self, index: int, row: Row) -> "_Marks":
        return _Marks(self.selection, index, row)

    # ── events that others handle ─────────────────────────────────────────────────────────────────────

    def mousePressEvent(self, event: "QMouseEvent") -> None:
        self.pointer.press(event)

    def mouseDoubleClickEvent(self, event: "QMouseEvent") -> None:
        self.pointer.double_click(event)

    def mouseMoveEvent(self, event: "QMouseEvent") -> None:
        self.pointer.move(event)

    def mouseReleaseEvent(self, event: "QMouseEvent") -> None:
        self.pointer.release(event)

    def wheelEvent(self, event: "QWheelEvent") -> None:
        self.pointer.wheel(event)

    def contextMenuEvent(self, event: "QContextMenuEvent") -> None:
        self.keys.menu(event)

    def keyPressEvent(self, event: "QKeyEvent") -> None:
        if not self.keys.press(event):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        return self.keys.tab(next) or super().focusNextPrevChild(next)

    def focusOutEvent(self, event: "QFocusEvent") -> None:
        super().focusOutEvent(event)
        self.viewport().update()


class _Marks:
    """Which part of each piece of a row is selected."""

    def __init__(self, selection: Selection, index: int, row: Row) -> None:
        self._selection, self._index, self._row = selection, index, row

    def __call__(self, piece: int) -> Marked:
        return self._selection.marked(self._index, piece, self._row.placed[piece].piece.length)
