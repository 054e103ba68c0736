"""Draws the lines of the list: headings, folders, conversations, and passages that a search found."""

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QCursor,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPixmap,
    QTextCharFormat,
    QTextLayout,
)
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QStyledItemDelegate, QToolTip, QWidget

from app.core.language import tr
from app.core.listing import FolderLine, Heading, Line, Place, Summary, details
from app.core.markdown import utf16_length
from app.core.passage import Passage
from app.core.tree import Conversation
from app.ui.colours import paint_colour
from app.ui.icons import pixmap
from app.ui.theme import RADIUS, SMALL, mixed, px, theme_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionViewItem  # with QStyle's enums it costs the start 8 ms

    from app.ui.sidebar_list import ConversationList

ROW = Qt.ItemDataRole.UserRole
HEIGHT = 36  # of every line, at 100 %
ASIDE = 0.45  # of a line, that folder and tags may take
Index = QModelIndex | QPersistentModelIndex
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


def title_of(conversation: Conversation | Summary | None) -> str:
    """The title as it is shown."""
    return (conversation.title if conversation else "") or tr("New conversation")


class Drawer(QStyledItemDelegate):
    """Draws a line; under the pointer a conversation shows buttons to pin, rename and delete, a folder its menu."""

    pin_asked = Signal(int)
    rename_asked = Signal(int)
    delete_asked = Signal(int)
    folder_menu_asked = Signal(object, QPoint)  # FolderLine, where on the screen

    def __init__(self, parent: "ConversationList") -> None:
        super().__init__(parent)
        self._view = parent
        self.open_id = 0
        self._target: str | None = None

    def drop_on(self, folder: str | None) -> None:
        """Show where what is dragged would go: into a folder, out of all ("") or nowhere (None)."""
        if folder != self._target:
            self._target = folder
            self._view.viewport().update()

    def picture(self, text: str) -> QPixmap:
        """What is seen under the pointer while a conversation is dragged."""
        theme = theme_of(self._view.palette())
        metrics = QFontMetrics(self._view.font())
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, px(180))
        size = QSize(metrics.horizontalAdvance(text) + px(24), px(HEIGHT))
        ratio = self._view.devicePixelRatioF()
        result = QPixmap(size * ratio)
        result.setDevicePixelRatio(ratio)
        result.fill(Qt.GlobalColor.transparent)
        painter = QPainter(result)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(QRectF(0.5, 0.5, size.width() - 1, size.height() - 1), px(RADIUS), px(RADIUS))
        painter.setFont(self._view.font())
        painter.setPen(QColor(theme.text))
        painter.drawText(QRect(px(12), 0, size.width(), size.height()), LEFT, text)
        painter.end()
        return result

    # ── drawing ───────────────────────────────────────────────────────────────────────────────────────

    def sizeHint(self, _option: "QStyleOptionViewItem", _index: Index) -> QSize:
        return QSize(0, px(HEIGHT))

    def paint(self, painter: QPainter, option: "QStyleOptionViewItem", index: Index) -> None:
        line: Line = index.data(ROW)
        box: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(line, Heading):
            self._paint_heading(painter, box, line.text)
        else:
            over = self._is_over(box)
            self._paint_ground(painter, box, line, over)
            if self._view.hasFocus() and self._view.currentIndex() == index:
                self._paint_focus(painter, box)
            if isinstance(line, FolderLine):
                self._paint_folder(painter, box, line, over)
            elif isinstance(line, Summary):
                self._paint_conversation(painter, box, line, over)
            else:
                self._paint_place(painter, box, line)
            if over:
                self._paint_buttons(painter, box, line)
        painter.restore()

    def _is_over(self, box: QRect) -> bool:
        viewport = self._view.viewport()
        return viewport.underMouse() and box.contains(viewport.mapFromGlobal(QCursor.pos()))

    def _paint_heading(self, painter: QPainter, box: QRect, text: str) -> None:
        theme = theme_of(self._view.palette())
        font = self._font(SMALL)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        room = box.adjusted(px(10), 0, -px(8), -px(6))
        text = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_ground(self, painter: QPainter, box: QRect, line: Line, over: bool) -> None:
        theme = theme_of(self._view.palette())
        goal = self._target is not None and (
            (isinstance(line, FolderLine) and line.name == self._target)
            or (isinstance(line, Summary) and not line.pinned and line.folder == self._target)
        )
        opened = isinstance(line, Summary) and line.id == self.open_id
        if goal or opened or over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.selection if goal else theme.hover))
            painter.drawRoundedRect(box.adjusted(0, 1, 0, -1), px(RADIUS), px(RADIUS))

    def _paint_focus(self, painter: QPainter, box: QRect) -> None:
        painter.setPen(QPen(QColor(theme_of(self._view.palette()).accent), px(1.5)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(1, 2, -1, -2), px(RADIUS), px(RADIUS))

    def _paint_folder(self, painter: QPainter, box: QRect, line: FolderLine, over: bool) -> None:
        theme = theme_of(self._view.palette())
        side = px(16)
        top = box.top() + (box.height() - side) // 2
        painter.drawPixmap(
            box.left() + px(6), top, pixmap("chevron-right" if line.folded else "chevron-down", theme.muted, side)
        )
        painter.drawPixmap(box.left() + px(24), top, pixmap("folder", theme.muted, side))
        room = box.adjusted(px(46), 0, -px(10), 0)
        small = self._font(SMALL)
        if over:
            room.setRight(self._buttons(box, line)["more"].left() - px(4))
        else:
            count = f"{line.count:,}"
            painter.setFont(small)
            painter.setPen(QColor(theme.muted))
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, count)
            room.setRight(room.right() - QFontMetrics(small).horizontalAdvance(count) - px(8))
        self._paint_text(painter, room, line.name)

    def _paint_conversation(self, painter: QPainter, box: QRect, line: Summary, over: bool) -> None:
        theme = theme_of(self._view.palette())
        mode = self._view.lines_model.mode
        inside = mode == "list" and bool(line.folder) and not line.pinned
        room = box.adjusted(px(24 if inside else 10), 0, -px(10), 0)
        if line.colour:
            size = px(9)
            centre = QPointF(room.left() + size / 2, box.center().y() + 1)
            paint_colour(painter, line.colour, centre, size, theme)
            room.setLeft(room.left() + size + px(7))
        if over:
            room.setRight(self._buttons(box, line)["pin"].left() - px(4))
        else:
            if line.archived and mode == "search":
                side = px(14)
                painter.drawPixmap(
                    room.right() - side, box.center().y() - side // 2 + 1, pixmap("archive", theme.muted, side)
                )
                room.setRight(room.right() - side - px(6))
            aside = [line.folder] if line.folder and not inside else []
            room = self._paint_aside(painter, room, " ".join([*aside, *(f"#{tag}" for tag in line.tags)]))
        self._paint_text(painter, room, title_of(line))

    def _paint_aside(self, painter: QPainter, room: QRect, text: str) -> QRect:
        """Draw a small text at the right; returns the room that is left."""
        if not text:
            return room
        font = self._font(11)
        metrics = QFontMetrics(font)
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, round(room.width() * ASIDE))
        painter.setFont(font)
        painter.setPen(QColor(theme_of(self._view.palette()).muted))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
        return room.adjusted(0, 0, -metrics.horizontalAdvance(text) - px(8), 0)

    def _paint_text(self, painter: QPainter, room: QRect, text: str) -> None:
        font = self._view.font()
        painter.setFont(font)
        painter.setPen(QColor(theme_of(self._view.palette()).text))
        text = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, max(0, room.width()))
        painter.drawText(room, LEFT, text)

    def _paint_place(self, painter: QPainter, box: QRect, line: Place) -> None:
        """Two lines of small text beside a bar, the found words on a ground of their own."""
        theme = theme_of(self._view.palette())
        painter.fillRect(
            QRect(box.left() + px(12), box.top() + px(3), px(2), box.height() - px(6)), QColor(theme.border)
        )
        room = box.adjusted(px(22), 0, -px(8), 0)
        font = self._font(SMALL)
        marked = QTextCharFormat()
        marked.setForeground(QColor(theme.text))
        marked.setBackground(mixed(theme.accent, theme.surface, 0.28))
        painter.setPen(QColor(theme.muted))
        pitch = (box.height() - px(4)) / 2
        for number, layout in enumerate(laid(line.passage, font, room.width(), marked)):
            free = (pitch - layout.boundingRect().height()) / 2
            layout.draw(painter, QPointF(room.left(), room.top() + px(2) + number * pitch + free))

    def _font(self, size: int) -> QFont:
        font = QFont(self._view.font())
        font.setPixelSize(px(size))
        return font

    # ── buttons ───────────────────────────────────────────────────────────────────────────────────────

    def _buttons(self, box: QRect, line: Line) -> dict[str, QRect]:
        side = px(24)
        top = box.top() + (box.height() - side) // 2
        names = {FolderLine: ("more",), Summary: ("trash", "edit", "pin")}.get(type(line), ())
        return {name: QRect(box.right() - px(4) - (at + 1) * side, top, side, side) for at, name in enumerate(names)}

    def _paint_buttons(self, painter: QPainter, box: QRect, line: Line) -> None:
        theme = theme_of(self._view.palette())
        pointer = self._view.viewport().mapFromGlobal(QCursor.pos())
        side = px(16)
        pinned = isinstance(line, Summary) and line.pinned
        for name, place in self._buttons(box, line).items():
            colour = theme.text if place.contains(pointer) else theme.muted
            at = place.center() - QPoint(side // 2 - 1, side // 2 - 1)
            painter.drawPixmap(at, pixmap("unpin" if name == "pin" and pinned else name, colour, side))

    def button_at(self, index: Index, at: QPoint) -> str:
        """The name of the button under the pointer, or an empty text."""
        line = index.data(ROW)
        if line is None:
            return ""
        buttons = self._buttons(self._view.visualRect(index), line)
        return next((name for name, place in buttons.items() if place.contains(at)), "")

    def editorEvent(
        self, event: QEvent, _model: QAbstractItemModel, _option: "QStyleOptionViewItem", index: Index
    ) -> bool:
        if isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton:
            name = self.button_at(index, event.position().toPoint())
            if name and event.type() == QEvent.Type.MouseButtonRelease:
                line = index.data(ROW)
                if name == "more":
                    self.folder_menu_asked.emit(line, event.globalPosition().toPoint())
                else:
                    asked = {"pin": self.pin_asked, "edit": self.rename_asked, "trash": self.delete_asked}
                    asked[name].emit(line.id)
            return bool(name)
        return False

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: "QStyleOptionViewItem", index: Index
    ) -> bool:
        line = index.data(ROW)
        if line is None or isinstance(line, Heading):
            return False
        if isinstance(line, Summary):
            names = {
                "pin": tr("Unpin") if line.pinned else tr("Pin"),
                "edit": tr("Rename"),
                "trash": tr("Move to trash"),
            }
            text = "\n".join([title_of(line), *details(line)])
        else:
            names = {"more": tr("Folder {name}").format(name=line.name)} if isinstance(line, FolderLine) else {}
            text = line.name if isinstance(line, FolderLine) else line.passage.text
        QToolTip.showText(event.globalPos(), names.get(self.button_at(index, event.pos()), text), view)
        return True

    # ── writing a name over ───────────────────────────────────────────────────────────────────────────

    def createEditor(self, parent: QWidget, _option: "QStyleOptionViewItem", index: Index) -> QWidget:
        field = QLineEdit(parent)
        field.setAccessibleName(tr("Name of the folder") if isinstance(index.data(ROW), FolderLine) else tr("Title"))
        return field

    def updateEditorGeometry(self, editor: QWidget, option: "QStyleOptionViewItem", _index: Index) -> None:
        box: QRect = option.rect
        editor.setGeometry(box.adjusted(0, 1, 0, -1))


def laid(found: Passage, font: QFont, width: int, marked: QTextCharFormat) -> list[QTextLayout]:
    """A passage in at most two lines, the second one shortened to the room there is."""
    first = _layout(found.text, found, 0, font, width, marked)
    end = first.lineAt(0).textLength() if first.lineCount() else 0
    rest = found.text.encode("utf-16-le")[2 * end :].decode("utf-16-le", "ignore")
    if first.lineCount() < 2:
        return [first]
    short = QFontMetrics(font).elidedText(rest, Qt.TextElideMode.ElideRight, width)
    head = _layout(
        found.text.encode("utf-16-le")[: 2 * end].decode("utf-16-le", "ignore"), found, 0, font, width, marked
    )
    return [head, _layout(short, found, end, font, width, marked)]


def _layout(text: str, found: Passage, start: int, font: QFont, width: int, marked: QTextCharFormat) -> QTextLayout:
    """A part of a passage that begins `start` UTF-16 units in, with the marks that it holds."""
    layout = QTextLayout(text, font)
    length = utf16_length(text)
    formats = []
    for one, other in found.marks:
        begin = max(0, utf16_length(found.text[:one]) - start)
        end = min(length, utf16_length(found.text[:other]) - start)
        if begin < end:
            made = QTextLayout.FormatRange()
            made.start, made.length, made.format = begin, end - begin, marked
            formats.append(made)
    layout.setFormats(formats)
    layout.beginLayout()
    y = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0, y))
        y += line.height()
    layout.endLayout()
    return layout
