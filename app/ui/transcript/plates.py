"""Code, its pictures, and attachments in the rows: their buttons and menus, colours, and what is done with them."""

from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAction, QPainter
from PySide6.QtWidgets import QMenu

from app.core.aloud import code_told
from app.core.code import file_name, is_file_name
from app.core.language import tr
from app.ui.controls import Menu
from app.ui.icons import icon, pixmap
from app.ui.pictures.order import Shape
from app.ui.pictures.pictures import Pictures
from app.ui.transcript.attachment_piece import AttachmentPiece
from app.ui.transcript.code import CodePiece
from app.ui.transcript.dragging import Dragging
from app.ui.transcript.headed import CodeView, Deed, Drawing, Headed
from app.ui.transcript.laying import Plate
from app.ui.transcript.lexers import Lexers
from app.ui.transcript.picture_piece import PicturePiece
from app.ui.transcript.pieces import Piece
from app.ui.transcript.rows import Placed, Row
from app.ui.transcript.shown import Button

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript

_AT_ONCE = 0.006  # seconds of one painting that may go into colours
_SLICE = 0.004  # seconds of each step in between,
_GROWN = 3  # lines that a frame of a growing answer paints in any case
_EVERY = 12  # ms between two of them


class Plates(QObject):
    """What is done with code. Reading and thinking time are used to colour what is in view, first things first."""

    save_asked = Signal(str, object)  # the name of a file; what is to be in it, or who gives it to a receiver
    refused = Signal(object)  # AppError: something could not be attached

    def __init__(self, canvas: "Transcript") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._lexers = Lexers()
        self._painted = False
        self.pictures = Pictures(self)
        self.pictures.measured.connect(self._show_picture)
        self.pictures.came.connect(lambda _text: canvas.viewport().update())
        self.dragging = Dragging(canvas)
        self._wanted: dict[str, list[CodeView]] = {}  # where a picture of a text is waited for
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_EVERY)
        self._timer.timeout.connect(self._go_on)

    # ── colours ───────────────────────────────────────────────────────────────────────────────────────

    @property
    def busy(self) -> bool:
        """Are there colours to come?"""
        return self._timer.isActive()

    def colour(self) -> None:
        """Before painting: colour what little can be had at once. Nothing is asked for before the first picture."""
        if self._painted:
            if self._work(_AT_ONCE) > _GROWN:  # more than what is being painted: a comment has found its end
                self._canvas.viewport().update()
        elif next(self._in_view(), None):
            self._timer.start()

    def _go_on(self) -> None:
        self._painted = True
        if self._work(_SLICE):
            self._canvas.viewport().update()

    def _work(self, seconds: float) -> int:
        """Use so much time; comes again while something is left. Returns how many lines may look different now."""
        until = perf_counter() + seconds
        changed, left = 0, False
        for piece in self._in_view():
            colouring = piece.view.colouring
            if colouring.finished:
                continue
            if self._lexers.waiting(piece.block.language):
                left = True
                continue
            colouring.lexer = self._lexers.of(piece.block.language)
            if colouring.lexer is None:
                continue
            if perf_counter() < until:
                changed += piece.colour(until)
            left |= not colouring.finished
        if left and not self._timer.isActive():
            self._timer.start()
        return changed

    def _in_view(self) -> Iterator[CodePiece]:
        view = self._canvas.reading.view
        for index, origin, row in self._canvas.visible_rows():
            growing = self._canvas.items[index].growing
            for number, item in enumerate(row.placed):
                if isinstance(item.piece, CodePiece):
                    top = origin.y() + item.y
                    if item.piece.growing and (not growing or number < len(row.placed) - 1):
                        item.piece.settle()
                    if top < view and top + item.piece.height > 0:
                        yield item.piece

    # ── buttons ───────────────────────────────────────────────────────────────────────────────────────

    def deed_at(self, piece: Piece, point: QPoint) -> Deed | None:
        """The button of a block that a point in it is on."""
        if not isinstance(piece, Plate):
            return None
        if piece.foot().contains(point):
            return "fold"
        return next((deed for deed, rect in piece.buttons() if rect.contains(point)), None)

    def label(self, piece: Piece, deed: str) -> str:
        """What a button is called."""
        return next((label for name, _, label in cast(Plate, piece).deeds() if name == deed), "")

    def rest(self) -> None:
        """Nothing more is drawn or dragged."""
        self.pictures.rest()
        self.dragging.rest()

    def paint(self, painter: QPainter, index: int, origin: QPoint, row: Row) -> None:
        """The buttons of the block that the pointer or the keyboard is on."""
        canvas = self._canvas
        pointer, keys = canvas.pointer, canvas.keys
        pointed = pointer.piece if index == pointer.row else None
        focused = keys.code if index == keys.row and canvas.hasFocus() else -1
        for number in {pointed, focused} - {None, -1}:
            if number is not None and number < len(row.placed):
                self._paint_buttons(painter, origin, row.placed[number], pointer.deed if number == pointed else None)

    def _paint_buttons(self, painter: QPainter, origin: QPoint, item: Placed, hovered: str | None) -> None:
        if isinstance(piece := item.piece, AttachmentPiece):
            piece.paint_chip(painter, origin.x() + item.x, origin.y() + item.y, hovered is not None)
        if not isinstance(piece, Headed):
            return
        look, size = self._canvas.look, self._canvas.look.px(16)
        icons = {deed: name for deed, name, _ in piece.deeds()}
        on = {"wrap": piece.view.wrap, "numbers": piece.view.numbers}
        for deed, place in piece.buttons():
            rect = place.translated(origin + QPoint(item.x, item.y))
            copied = deed == "copy" and self._canvas.pointer.copied is piece
            if deed == hovered:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(look.hover)
                painter.drawRoundedRect(rect, look.px(6), look.px(6))
            colour = look.theme.text if deed == hovered else look.theme.accent if on.get(deed) else look.theme.muted
            if deed == "picture":
                piece.paint_picture_button(painter, rect, deed == hovered)
                continue
            picture = pixmap("check" if copied else icons[deed], look.theme.good if copied else colour, size)
            painter.drawPixmap(rect.center().x() - size // 2 + 1, rect.center().y() - size // 2 + 1, picture)

    # ── acting ────────────────────────────────────────────────────────────────────────────────────────

    def do(self, index: int, number: int, deed: str) -> None:
        """Do what a button of a block offers."""
        canvas = self._canvas
        piece = cast(Plate, canvas.row(index).placed[number].piece)
        if deed == "copy":
            canvas.copy(piece.text)
            canvas.pointer.tell_copied(piece)
        elif deed == "save":
            self.save_asked.emit(name_of(piece), piece.text)
        elif isinstance(piece, AttachmentPiece):
            self._open(piece)
        elif isinstance(piece, PicturePiece) and deed == "save_png":
            size, text = piece.png_size(), piece.text
            name = name_of(piece).rpartition(".")[0] + ".png"
            self.save_asked.emit(name, lambda receiver: self.pictures.as_png(text, *size, receiver))
        elif deed == "picture" and isinstance(piece, CodePiece):
            self._want_picture(index, number, piece)
        elif deed == "picture":
            self._change(index, number, partial(_show_code, piece.view))
        else:
            self._change(index, number, partial(_toggle, piece.view, deed))

    def _open(self, piece: AttachmentPiece) -> None:
        from app.ui.attachment_dialog import AttachmentDialog  # not needed before one is opened

        AttachmentDialog(piece.attachment, self._canvas.window()).open()

    def _change(self, index: int, number: int, change: Callable[[], None], asked: bool = True) -> None:
        """Show a block in another way. The line being read stays; where it is folded away, its place is the fold."""
        canvas = self._canvas
        reading, row = canvas.reading, canvas.row(index)
        if asked:
            reading.following = False
        reading.settle()
        at = row.placed[number]
        top = reading.top_of(index)
        above = index < reading.row if top is None else top + at.y < 0
        place = canvas.places.line() if above else None  # what is above the block does not move by itself
        change()
        row.relay(number)
        reading.heights[index] = row.height
        canvas.places.return_to(place)
        if asked:
            reading.following = not place and reading.at_end()
        canvas.moved()

    # ── pictures ──────────────────────────────────────────────────────────────────────────────────────

    def _want_picture(self, index: int, number: int, piece: CodePiece) -> None:
        view = piece.view
        if view.drawing is not None and view.drawing.text == piece.text:
            self._change(index, number, partial(_show_drawing, view, view.drawing))
            return
        self._canvas.reading.following = False  # what is asked for here is shown here
        self._wanted.setdefault(piece.text, []).append(view)
        self.pictures.measure(piece.text)

    def _show_picture(self, text: str, found: Shape | str) -> None:
        """It is known whether there is a picture: show it in the place of its code, or say why not."""
        canvas = self._canvas
        if isinstance(found, Shape):
            views = self._wanted.pop(text, [])
        else:
            views = self._wanted.pop(text, []) + [view for _, _, view in self._drawings(text)]
        change = (
            partial(_show_drawing, drawing=Drawing(text, found, self.pictures))
            if isinstance(found, Shape)
            else partial(_show_reason, reason=found)
        )
        for index, item in canvas.items.made():
            for number, placed in enumerate(item.row.placed if item.row is not None else ()):
                if isinstance(placed.piece, Headed) and placed.piece.view in views:
                    views.remove(placed.piece.view)
                    self._change(index, number, partial(change, placed.piece.view), asked=False)
        for view in views:  # out of view meanwhile
            change(view)

    def _drawings(self, text: str) -> Iterator[tuple[int, int, CodeView]]:
        for index, item in self._canvas.items.made():
            for number, placed in enumerate(item.row.placed if item.row is not None else ()):
                if isinstance(placed.piece, PicturePiece) and placed.piece.text == text:
                    yield index, number, placed.piece.view

    # ── the keyboard ──────────────────────────────────────────────────────────────────────────────────

    def activate(self, index: int, number: int) -> None:
        """Enter on a block: what can be done with code; an attachment opens."""
        piece = self._canvas.row(index).placed[number].piece
        if isinstance(piece, AttachmentPiece):
            self._open(piece)
        else:
            self.open_menu(index, number)

    def unfold(self, index: int, number: int) -> None:
        """Show all lines of a block."""
        piece = self._canvas.row(index).placed[number].piece
        if isinstance(piece, CodePiece):
            self._change(index, number, partial(_toggle, piece.view, "fold"))

    def reach(self, index: int, button: Button) -> None:
        """The keyboard is on a block or a link: scroll as little as needed to see it, and tell a screen reader."""
        canvas = self._canvas
        if QAccessible.isActive():
            piece = canvas.row(index).placed[button.piece].piece
            said = button.action.label if button.link else self.description(cast(Plate, piece))
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(canvas, said))
        top = (canvas.reading.top_of(index) or 0) + button.rect.top()
        low = top + min(button.rect.height(), canvas.reading.view)
        if top < canvas.reading.cover:
            canvas.scroll_by(top - canvas.reading.cover - canvas.look.gap)
        elif low > canvas.reading.view:
            canvas.scroll_by(min(top, low - canvas.reading.view + canvas.look.gap))

    def description(self, piece: Plate) -> str:
        """What a screen reader says of a block."""
        if isinstance(piece, AttachmentPiece):
            return f"{tr('Attachment: {name}').format(name=piece.label)}, {piece.size}"
        if isinstance(piece, PicturePiece):
            return tr("Picture, {language}").format(language=piece.label)
        assert isinstance(piece, CodePiece)
        return code_told(piece.block.file or piece.block.language, piece.lines)

    # ── the menu ──────────────────────────────────────────────────────────────────────────────────────

    def fill_menu(self, menu: QMenu, index: int, number: int) -> None:
        """Add what can be done with a block of code, if it is one."""
        placed = self._canvas.row(index).placed
        if not 0 <= number < len(placed) or not isinstance(piece := placed[number].piece, Plate):
            return
        for deed, name, label in piece.deeds() + piece.more_deeds():
            action = QAction(icon(name, self._canvas.look.theme.muted, self._canvas.look.px(16)), label, menu)
            action.triggered.connect(lambda _=False, deed=deed: self.do(index, number, deed))
            menu.addAction(action)
        menu.addSeparator()

    def open_menu(self, index: int, number: int) -> None:
        """With the keyboard on a block: its menu, below its head."""
        canvas = self._canvas
        menu = Menu(canvas)
        self.fill_menu(menu, index, number)
        item = canvas.row(index).placed[number]
        head = QRect(item.x, item.y, item.piece.width, cast(Plate, item.piece).head)
        at = head.bottomLeft() + QPoint(canvas.left, canvas.reading.top_of(index) or 0)
        menu.setActiveAction(menu.actions()[0])
        menu.popup(canvas.viewport().mapToGlobal(QPoint(at.x(), max(0, at.y()))))


def name_of(piece: Plate) -> str:
    """The name of the file that a block becomes."""
    given = piece.block.file
    if isinstance(piece, AttachmentPiece) and not is_file_name(given):
        given = ""
    language = "svg" if isinstance(piece, PicturePiece) else piece.block.language
    return file_name(language, piece.text, given)


def _toggle(view: CodeView, deed: str) -> None:
    if deed == "wrap":
        view.wrap = not view.wrap
    elif deed == "numbers":
        view.numbers = not view.numbers
    else:
        view.folded = not view.folded


def _show_code(view: CodeView) -> None:
    view.picture = False


def _show_drawing(view: CodeView, drawing: Drawing) -> None:
    view.picture, view.drawing, view.told = True, drawing, ""


def _show_reason(view: CodeView, reason: str) -> None:
    view.picture, view.drawing, view.told = False, None, reason
