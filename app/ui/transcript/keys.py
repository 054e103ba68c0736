"""The keyboard on the transcript: scrolling, walking through messages and their actions, copying, the menu."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QAction,
    QContextMenuEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import QMenu

from app.core.language import tr
from app.core.markdown import LINK_SCHEMES
from app.ui.controls import Menu
from app.ui.icons import icon
from app.ui.transcript.extending import Extending
from app.ui.transcript.footer import actions
from app.ui.transcript.marks import more_actions
from app.ui.transcript.rows import Row
from app.ui.transcript.selection import END, Selection
from app.ui.transcript.shown import Button

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript


class Keys:
    """Which row and which of its buttons has the keyboard."""

    def __init__(self, canvas: "Transcript") -> None:
        self.canvas = canvas
        self.row: int | None = None
        self.button = -1  # -1 is the row itself
        self._extending = Extending(canvas)
        self._clicked = False  # the focus came by the mouse, and no key was pressed since

    @property
    def framed(self) -> bool:
        """Does a frame around the view show that it has the keyboard, because no row does?"""
        return self.canvas.hasFocus() and self.row is None and not self._clicked

    def enter(self, reason: Qt.FocusReason) -> None:
        """The keyboard came: show where it is."""
        if reason not in (
            Qt.FocusReason.ActiveWindowFocusReason,
            Qt.FocusReason.PopupFocusReason,
        ):  # it was here before
            self._clicked = reason == Qt.FocusReason.MouseFocusReason
        if reason in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason) and self.row is None:
            self.row = max((index for index, _, _ in self.canvas.visible_rows()), default=None)
            self.button = -1
        self.canvas.viewport().update()

    def forget(self) -> None:
        """No row has the keyboard."""
        if self.row is not None:
            self.row, self.button = None, -1
            self.canvas.viewport().update()

    def leave_to_mouse(self) -> None:
        """A button of the mouse was pressed: nothing shows where the keyboard is until a key is pressed."""
        self.forget()
        if not self._clicked:
            self._clicked = True
            self.canvas.viewport().update()

    def press(self, event: QKeyEvent) -> bool:
        """Handle a key; False where it is somebody else's."""
        if self._clicked:
            self._clicked = False
            self.canvas.viewport().update()
        canvas, key = self.canvas, event.key()
        view = canvas.reading.view
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        elif shift and self._extending.press(event):
            return True
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
        elif alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.walk(1 if key == Qt.Key.Key_Down else -1)
        elif alt and not writes(event):
            return False
        elif key == Qt.Key.Key_Space and shift:
            canvas.scroll_by(canvas.reading.cover + canvas.look.px(48) - view)
        elif key == Qt.Key.Key_PageDown or (key == Qt.Key.Key_Space and self.row is None):
            canvas.scroll_by(view - canvas.reading.cover - canvas.look.px(48))
        elif key == Qt.Key.Key_PageUp:
            canvas.scroll_by(canvas.reading.cover + canvas.look.px(48) - view)
        elif key == Qt.Key.Key_Home:
            canvas.show_start()
        elif key == Qt.Key.Key_End:
            canvas.scroll_to_end()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            canvas.scroll_by(canvas.look.px(56) * (1 if key == Qt.Key.Key_Down else -1))
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self.row is not None:
            self._step(1 if key == Qt.Key.Key_Right else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.row is not None:
            self._activate()
        elif key == Qt.Key.Key_Escape and (self.row is not None or canvas.selection):
            self.forget()
            canvas.select(Selection((0, 0, 0), (0, 0, 0)))
        elif event.matches(QKeySequence.StandardKey.Paste) or writes(event):
            canvas.written.emit(event)
        else:
            return False
        return True

    # ── rows and buttons ──────────────────────────────────────────────────────────────────────────────

    def walk(self, step: int) -> None:
        """Put the keyboard on the next message, or on the one that is in view if none has it."""
        canvas = self.canvas
        if not canvas.items:
            return
        if self.row is None:
            seen = [index for index, _, _ in canvas.visible_rows()]
            self.row = seen[-1] if step < 0 else seen[0]
        else:
            self.row = max(0, min(len(canvas.items) - 1, self.row + step))
        self.button = -1
        canvas.marks.choose(self.row)
        canvas.going.to_row(self.row)
        self._tell()

    def _tell(self) -> None:
        """Tell a screen reader what has the keyboard now."""
        if self.row is not None and QAccessible.isActive():
            event = QAccessibleEvent(self.canvas, QAccessible.Event.Focus)
            event.setChild(self.row)
            QAccessible.updateAccessibility(event)

    def tab(self, forward: bool) -> bool:
        """Tab walks through the buttons of the row; False at the end, where the keyboard goes on to another widget."""
        if self.row is None or self.canvas.focusWidget() is not self.canvas:
            if self.canvas.hasFocus() and self.row is None and self.canvas.items and forward:
                self.walk(-1)
                return True
            return False
        if not 0 <= self.button + (1 if forward else -1) < len(self._buttons()) and not (
            self.button == 0 and not forward
        ):
            self.forget()
            return False
        self._step(1 if forward else -1)
        return True

    def _buttons(self) -> list[Button]:
        return self.canvas.row(self.row).stops() if self.row is not None else []

    @property
    def code(self) -> int:
        """The block of code, or the block with the link, that has the keyboard; -1 for none."""
        found = self._buttons()
        return found[self.button].piece if 0 <= self.button < len(found) else -1

    def _step(self, step: int) -> None:
        found = self._buttons()
        self.button = max(-1, min(len(found) - 1, self.button + step))
        if self.row is not None and self.button >= 0 and found[self.button].piece >= 0:
            self.canvas.plates.reach(self.row, found[self.button])
        self.canvas.viewport().update()
        self._tell()

    def _activate(self) -> None:
        found = self._buttons()
        if self.row is None or not 0 <= self.button < len(found):
            return
        if link := found[self.button].link:
            self.canvas.link_opened.emit(link)
        elif (piece := found[self.button].piece) >= 0:
            self.canvas.plates.activate(self.row, piece)
        elif found[self.button].action.enabled:
            self.canvas.act(self.row, found[self.button].action.name)

    def paint(self, painter: QPainter, index: int, origin: QPoint, row: Row) -> None:
        """The ring around what has the keyboard."""
        if index != self.row or not self.canvas.hasFocus():
            return
        look = self.canvas.look
        if 0 <= self.button < len(stops := row.stops()):
            ring = QRectF(stops[self.button].rect.translated(origin))
        elif row.asked:
            ring = QRectF(row.card.translated(origin)).adjusted(-3, -3, 3, 3)
        else:
            ring = QRectF(QRect(origin, origin + QPoint(row.column, told_bottom(row)))).adjusted(-10, 0, 10, 4)
        room = self.canvas.viewport().width() - 2
        ring.setLeft(max(2, ring.left()))
        ring.setRight(min(room, ring.right()))  # a scroll bar may have taken the margin
        painter.setPen(QPen(look.accent, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(ring, look.px(8), look.px(8))

    def paint_frame(self, painter: QPainter) -> None:
        """The frame around the view, while it has the keyboard and no row has."""
        if self.framed:
            painter.setPen(QPen(self.canvas.look.accent, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.canvas.viewport().rect()).adjusted(2, 2, -2, -2), 6, 6)

    # ── copying and the menu ──────────────────────────────────────────────────────────────────────────

    def _copy(self) -> None:
        canvas = self.canvas
        if canvas.selection:
            canvas.copying.selection()
        elif self.row is not None:
            canvas.act(self.row, "copy")

    def select_all(self) -> None:
        """All of the row that has the keyboard, else of everything."""
        canvas = self.canvas
        first = self.row if self.row is not None else 0
        last = self.row if self.row is not None else len(canvas.items) - 1
        if last >= 0:
            canvas.select(Selection((first, 0, 0), (last, END, END)))

    def menu(self, event: QContextMenuEvent) -> None:
        """The same actions as the buttons, by the row under the mouse or with the keyboard."""
        canvas = self.canvas
        index = self.row
        where = event.globalPos()
        link, latex, piece = "", "", self.code if self.row is not None else -1
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            index = None
            for number, origin, row in canvas.visible_rows():
                if origin.y() <= event.pos().y() < origin.y() + row.height:
                    index, link = number, row.link_at(event.pos() - origin)
                    found = row.piece_at(event.pos() - origin)
                    piece = -1 if found is None else found
                    latex = canvas.pointer.latex_at(event.pos())
        if index is None:
            return
        canvas.marks.choose(index)
        if event.reason() != QContextMenuEvent.Reason.Mouse:
            stops = self._buttons()
            link = stops[self.button].link if 0 <= self.button < len(stops) else ""
            y = canvas.reading.top_of(index) or 0
            where = canvas.viewport().mapToGlobal(QPoint(canvas.left, max(0, y)))
        menu = self.build_menu(index, link, piece, latex)
        menu.popup(where)

    def build_menu(self, index: int, link: str = "", piece: int = -1, latex: str = "") -> QMenu:
        """The menu of a row; `link`, `piece` and `latex` are the link, block and formula it was asked for on."""
        canvas = self.canvas
        menu = Menu(canvas)
        if canvas.selection:
            self._add(menu, tr("Copy selection"), "copy").triggered.connect(canvas.copying.selection)
            markdown = self._add(menu, tr("Copy as Markdown"), "markdown")
            markdown.triggered.connect(lambda: canvas.copy(canvas.copying.markdown()))
            self._add(menu, tr("Quote selection"), "quote").triggered.connect(canvas.quote_asked)
            menu.addSeparator()
        if link.lower().startswith(LINK_SCHEMES):
            self._add(menu, tr("Open link")).triggered.connect(lambda: canvas.link_opened.emit(link))
        if link:
            self._add(menu, tr("Copy link")).triggered.connect(lambda: canvas.copy(link))
        if latex:
            self._add(menu, tr("Copy as LaTeX"), "copy").triggered.connect(lambda: canvas.copy(latex))
        canvas.plates.fill_menu(menu, index, piece)
        item = canvas.items[index]
        for action in (button.action for button in canvas.row(index).above.buttons):
            self._add(menu, action.label).triggered.connect(lambda _=False, name=action.name: canvas.act(index, name))
        if item.thinking:
            copy = self._add(menu, tr("Copy what the model thought"), "copy")
            copy.triggered.connect(lambda: canvas.copy(item.thinking))
        for action in [each for each in actions(item.entry) if each.name != "more"] + more_actions(item.entry):
            if action.name == "pin":
                menu.addSeparator()
            label = tr("Copy message") if action.name == "copy" else action.label
            entry = self._add(menu, label, action.icon)
            entry.setEnabled(action.enabled)
            entry.triggered.connect(lambda _=False, name=action.name: canvas.act(index, name))
        return menu

    def _add(self, menu: QMenu, label: str, name: str = "") -> QAction:
        action = QAction(label, menu)
        if name:
            action.setIcon(icon(name, self.canvas.look.theme.muted, self.canvas.look.px(16)))
        menu.addAction(action)
        return action


def writes(event: QKeyEvent) -> bool:
    """Is it the key of a letter or another sign, which somebody presses who wants to write?"""
    held = event.modifiers()
    control, alt = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
    alone = bool(held & control) == bool(held & alt)  # both together are AltGr
    return alone and bool(event.text().strip()) and event.text().isprintable()


def told_bottom(row: Row) -> int:
    """Where what a row says ends; of one that says nothing yet, where its dots or its buttons end."""
    if row.foot.error:
        return row.foot.error_top + row.foot.error.height
    empty = row.content_bottom == row.content_top
    return row.content_bottom + row.look.px(32 if empty else 0)
