"""The mouse on the transcript: hovering, clicking, selecting by dragging, the wheel."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QCursor, QHelpEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip

from app.core.language import tr
from app.core.markdown import LINK_SCHEMES, utf16_length, utf16_slice
from app.ui.grounds import plain_tip
from app.ui.transcript.footer import details
from app.ui.transcript.headed import Headed
from app.ui.transcript.highlights import Marked
from app.ui.transcript.laying import Plate, formula_at
from app.ui.transcript.plates import name_of
from app.ui.transcript.rows import Placed, Row
from app.ui.transcript.selection import Selection, Spot
from app.ui.transcript.wide import WidePiece

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript

_NOTCH = 76  # pixels at 100 % for one notch of a wheel
_GLIDE = 12  # ms between two steps of the glide after a notch
_COPIED = 1500  # ms that a code block says that it was copied


class Pointer(QObject):
    """What the mouse is on and what it does."""

    def __init__(self, canvas: "Transcript") -> None:
        super().__init__(canvas)
        self.canvas = canvas
        self.row: int | None = None  # hovered
        self.action: str | None = None  # hovered button of that row
        self.piece: int | None = None  # hovered piece of that row
        self.deed: str | None = None  # hovered button of that block of code
        self.copied: object = None  # the piece of code, or the id of the message, that was just copied
        self._dragging = False
        self._handle: tuple[WidePiece, int, int] | None = None  # side scrolling: piece, x, shift when it began
        self._pressed_link = ""
        self._steady: QPoint | None = None  # a hand that clicks three times moves a little; what it selected stays
        self._doubled = (-1, QPoint())  # when and where a double click was; -1: there was none
        self._rest = 0.0  # of the glide, in pixels
        self._glide = QTimer(self)
        self._glide.setTimerType(Qt.TimerType.PreciseTimer)
        self._glide.setInterval(_GLIDE)
        self._glide.timeout.connect(self._glide_on)
        self._drag_scroll = QTimer(self)
        self._drag_scroll.setInterval(30)
        self._drag_scroll.timeout.connect(self._scroll_drag)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_COPIED)
        self._settled.timeout.connect(self._forget_copied)
        self._handlers = {
            QEvent.Type.MouseButtonPress: self.press,
            QEvent.Type.MouseButtonDblClick: self.double_click,
            QEvent.Type.MouseMove: self.move,
            QEvent.Type.MouseButtonRelease: self.release,
        }
        canvas.viewport().installEventFilter(self)

    def forget(self) -> None:
        """The rows are other ones now."""
        self.row = self.action = self.piece = self.deed = None
        self._dragging = False
        self._handle, self.copied, self._steady = None, None, None
        self._drag_scroll.stop()

    # ── where it is ───────────────────────────────────────────────────────────────────────────────────

    def _find(self, point: QPoint) -> tuple[int, QPoint, Row] | None:
        """The row under a point, the point in it."""
        for index, origin, row in self.canvas.visible_rows():
            if origin.y() <= point.y() < origin.y() + row.height:
                return index, point - origin, row
        return None

    def spot_at(self, point: QPoint) -> Spot:
        """The spot in the text that is nearest to a point of the viewport."""
        last: Spot = (0, 0, 0)
        for index, origin, row in self.canvas.visible_rows():
            inside = point - origin
            if inside.y() < 0:
                return (index, 0, 0) if last == (0, 0, 0) else last
            last = (index, *row.spot_at(inside))
            if inside.y() < row.height:
                break
        return last

    def _hover(self, point: QPoint) -> None:
        found = self._find(point)
        before = (self.row, self.action, self.piece, self.deed)
        self.row, self.action, self.piece, self.deed = None, None, None, None
        shape = Qt.CursorShape.ArrowCursor
        if found:
            index, inside, row = found
            self.row = index
            action = row.button_at(inside)
            self.action = action.name if action else None
            self.piece = row.piece_at(inside)
            if action:
                shape = Qt.CursorShape.PointingHandCursor
            elif self.piece is not None:
                item = row.placed[self.piece]
                local = inside - QPoint(item.x, item.y)
                self.deed = self.canvas.plates.deed_at(item.piece, local)
                if self.deed or row.link_at(inside):
                    shape = Qt.CursorShape.PointingHandCursor
                elif isinstance(item.piece, Headed) and item.piece.grip().contains(local):
                    shape = Qt.CursorShape.OpenHandCursor
                elif item.piece.length:
                    shape = Qt.CursorShape.IBeamCursor
            elif row.above.covers(inside):
                shape = Qt.CursorShape.IBeamCursor
        self.canvas.viewport().setCursor(shape)
        after = (self.row, self.action, self.piece, self.deed)
        if after != before:
            self._update_rows(before[0], after[0])

    def _update_rows(self, *rows: int | None) -> None:
        viewport = self.canvas.viewport()
        for index, origin, row in self.canvas.visible_rows():
            if index in rows:
                viewport.update(0, origin.y(), viewport.width(), row.height)

    # ── clicking and dragging ─────────────────────────────────────────────────────────────────────────

    def press(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        canvas, point = self.canvas, event.position().toPoint()
        self._stop_glide()
        self._hover(point)
        found = self._find(point)
        canvas.keys.leave_to_mouse()
        if found:
            index, inside, row = found
            canvas.marks.choose(index)
            if action := row.button_at(inside):
                if action.enabled:
                    canvas.act(index, action.name)
                return
            if self.piece is not None and self._press_piece(row.placed[self.piece], inside, point):
                return
            self._pressed_link = row.link_at(inside)
        spot = self.spot_at(point)
        if self._is_third(event):
            self._select_lines(spot)
            self._dragging, self._steady = True, point
            return
        extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        canvas.select(Selection(canvas.selection.anchor if extend else spot, spot))
        self._dragging = True

    def _press_piece(self, item: Placed, inside: QPoint, point: QPoint) -> bool:
        local = inside - QPoint(item.x, item.y)
        piece, plates = item.piece, self.canvas.plates
        gripped = isinstance(piece, Plate) and piece.grip().contains(local)
        if isinstance(piece, Plate) and gripped and (piece.block.kind == "attachment" or not self.deed):
            plates.dragging.hold(point, name_of(piece), piece.text)
            return True
        if self.deed and self.row is not None and self.piece is not None:
            plates.do(self.row, self.piece, self.deed)
            return True
        if isinstance(piece, WidePiece) and piece.handle().adjusted(-2, -6, 2, 3).contains(local):
            self._handle = (piece, local.x(), piece.shift)
            return True
        return False

    def move(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if self.canvas.plates.dragging.moved(point):
            return
        if self._handle:
            piece, start, shift = self._handle
            found = self._find(point)
            item = next((each for each in found[2].placed if id(each.piece) == id(piece)), None) if found else None
            if item and found:
                track = max(1, piece.width - piece.handle().width())
                piece.shift = min(
                    piece.overflow, max(0, shift + (found[1].x() - item.x - start) * piece.overflow // track)
                )
                self.canvas.viewport().update()
        elif self._steady is not None and (point - self._steady).manhattanLength() < QApplication.startDragDistance():
            return
        elif self._dragging:
            self._steady = None
            self._drag_to(point)
            outside = point.y() < 0 or point.y() > self.canvas.viewport().height()
            if outside and not self._drag_scroll.isActive():
                self._drag_scroll.start()
            elif not outside:
                self._drag_scroll.stop()
        else:
            self._hover(point)

    def _drag_to(self, point: QPoint) -> None:
        self.canvas.select(Selection(self.canvas.selection.anchor, self.spot_at(point)))

    def _scroll_drag(self) -> None:
        viewport = self.canvas.viewport()
        point = viewport.mapFromGlobal(QCursor.pos())
        beyond = point.y() if point.y() < 0 else max(0, point.y() - viewport.height())
        self.canvas.scroll_by(max(-60, min(60, beyond)))
        self._drag_to(QPoint(point.x(), min(viewport.height() - 1, max(0, point.y()))))

    def release(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        link, self._pressed_link = self._pressed_link, ""
        self._dragging, self._handle, self._steady = False, None, None
        self._drag_scroll.stop()
        found = self._find(event.position().toPoint())
        if self.canvas.plates.dragging.let_go() and found and self.deed == "open" and self.piece is not None:
            self.canvas.plates.do(found[0], self.piece, "open")
        on_link = bool(link) and found is not None and found[2].link_at(found[1]) == link
        if on_link and not self.canvas.selection and link.lower().startswith(LINK_SCHEMES):
            self.canvas.link_opened.emit(link)

    def double_click(self, event: QMouseEvent) -> None:
        """Select a word, or a formula."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._doubled = (-1, QPoint())
        self.press(event)
        if not self._dragging:
            return
        self._doubled = (event.timestamp(), event.position().toPoint())
        point = event.position().toPoint()
        row, piece, position = spot = self.spot_at(point)
        laid = self.canvas.row(row)
        if piece < len(laid.placed):
            start, end = self._formula_at(point, spot) or word_at(laid.text_of(piece), position)
            self.canvas.select(Selection((row, piece, start), (row, piece, end)))
        self._dragging = False

    def _is_third(self, event: QMouseEvent) -> bool:
        """Does a click follow a double click in its place?"""
        when, where = self._doubled
        self._doubled = (-1, QPoint())
        near = (event.position().toPoint() - where).manhattanLength() < QApplication.startDragDistance()
        return when >= 0 and near and event.timestamp() - when < QApplication.doubleClickInterval()

    def _select_lines(self, spot: Spot) -> None:
        """Select the paragraph; of code the line, of a table the cell."""
        row, piece, position = spot
        laid = self.canvas.row(row)
        kind = laid.placed[piece].piece.block.kind if 0 <= piece < len(laid.placed) else ""
        start, end = part_at(laid.text_of(piece), position, {"code": "\n", "table": "\t\n"}.get(kind, ""))
        self.canvas.select(Selection((row, piece, start), (row, piece, end)))

    def latex_at(self, point: QPoint) -> str:
        """The formula under a point as it was written, with its marks; "" for none."""
        row, piece, _ = spot = self.spot_at(point)
        found = self._formula_at(point, spot) if self.canvas.items else None
        return utf16_slice(self.canvas.row(row).text_of(piece), *found) if found else ""

    def _formula_at(self, point: QPoint, spot: Spot) -> Marked:
        """The part of a text that is the formula under a point, beside which the spot is."""
        row, piece, _ = spot
        placed = self.canvas.row(row).placed
        if not 0 <= piece < len(placed):
            return None
        local = point - QPoint(self.canvas.left, self.canvas.reading.top_of(row) or 0) - placed[piece].rect.topLeft()
        return formula_at(placed[piece].piece, local.x(), local.y())

    def tell_copied(self, what: object) -> None:
        """Show for a moment that this is on the clipboard."""
        self.copied = what
        self._settled.start()
        self.canvas.viewport().update()

    def _forget_copied(self) -> None:
        self.copied = None
        self.canvas.viewport().update()

    # ── the wheel ─────────────────────────────────────────────────────────────────────────────────────

    def wheel(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()  # the window zooms
            return
        pixels, angle = event.pixelDelta(), event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(angle.x()) > abs(angle.y()):
            sideways = pixels.x() or (angle.x() or angle.y()) * _NOTCH // 120
            self._scroll_sideways(event.position().toPoint(), -sideways)
        elif not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase:
            self._stop_glide()
            self.canvas.scroll_by(-pixels.y())
        else:
            step = -angle.y() / 120 * self.canvas.look.px(_NOTCH)
            if self._rest * step < 0:
                self._rest = 0.0
            self._rest += step
            self._glide_on()
            if self._rest and not self._glide.isActive():
                self._glide.start()
        event.accept()
        self._hover(event.position().toPoint())

    def _scroll_sideways(self, point: QPoint, distance: int) -> None:
        found = self._find(point)
        index = found[2].piece_at(found[1]) if found else None
        if found and index is not None:
            piece = found[2].placed[index].piece
            if isinstance(piece, WidePiece) and piece.scroll_by(distance):
                self.canvas.viewport().update()

    def _glide_on(self) -> None:
        step = round(self._rest * 0.28) or (1 if self._rest > 0 else -1)
        if abs(self._rest) < 1:
            self._stop_glide()
            return
        before = self.canvas.reading.row, self.canvas.reading.offset
        self.canvas.scroll_by(step)
        self._rest -= step
        if abs(self._rest) < 1 or before == (self.canvas.reading.row, self.canvas.reading.offset):
            self._stop_glide()

    def _stop_glide(self) -> None:
        self._rest = 0.0
        self._glide.stop()

    # ── tooltips, leaving ─────────────────────────────────────────────────────────────────────────────

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """All that the mouse does on the viewport comes through here."""
        if isinstance(event, QMouseEvent) and event.type() in self._handlers:
            self._handlers[event.type()](event)
            return True
        if isinstance(event, QWheelEvent):
            self.wheel(event)
            return event.isAccepted()
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._tip(event)
            return True
        if event.type() == QEvent.Type.Leave and self.row is not None:
            before = self.row
            self.row = self.action = self.piece = self.deed = None
            self._update_rows(before)
        return False

    def _tip(self, event: QHelpEvent) -> None:
        found = self._find(event.pos())
        text, place = "", QRect()
        if found:
            _, inside, row = found
            if action := row.button_at(inside):
                text = action.label
                place = next(button.rect for button in row.buttons if button.action is action)
            elif row.foot.figures and row.foot.figures.rect.contains(inside):
                text, place = details(row.shown.entry), row.foot.figures.rect
            elif link := row.link_at(inside):
                text = link if len(link) < 300 else link[:300] + "…"
            elif self.piece is not None and self.deed:
                text = self.canvas.plates.label(row.placed[self.piece].piece, self.deed)
            elif self.canvas.viewport().cursor().shape() == Qt.CursorShape.OpenHandCursor:
                text = tr("Drag this into a folder or an editor to have it as a file")
        if text:
            area = place.translated(event.pos() - found[1]) if found and not place.isNull() else QRect()
            QToolTip.showText(event.globalPos(), plain_tip(text), self.canvas.viewport(), area)
        else:
            QToolTip.hideText()


def word_at(text: str, position: int) -> tuple[int, int]:
    """The word around a position, both in UTF-16 units."""
    from PySide6.QtCore import QTextBoundaryFinder

    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Word, text)
    finder.setPosition(position)
    start = position if finder.isAtBoundary() else finder.toPreviousBoundary()
    finder.setPosition(position)
    end = finder.toNextBoundary()
    return max(0, start), max(0, end)


def part_at(text: str, position: int, ends: str) -> tuple[int, int]:
    """The part around a position between two of these signs, or between one and the text's end; in UTF-16 units."""
    length = utf16_length(text)
    before, behind = utf16_slice(text, 0, position), utf16_slice(text, position, length)
    start = max((before.rfind(sign) for sign in ends), default=-1) + 1
    stops = [found for sign in ends if (found := behind.find(sign)) >= 0]
    return utf16_length(before[:start]), position + utf16_length(behind[: min(stops)]) if stops else length
