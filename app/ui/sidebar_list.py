"""The list of conversations: a model of day headings and rows, and the delegate that draws them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QCursor, QFont, QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QToolTip,
    QWidget,
)

from app.core.language import tr
from app.core.tree import Conversation
from app.ui.icons import pixmap
from app.ui.theme import RADIUS, SMALL, px, theme_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionViewItem  # with QStyle's enums it costs the start 8 ms

    from app.chat.history import Listed

MARKS = re.compile(r"[*`#]+")  # of Markdown, that the snippet of a found text may have
ROW = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list: a heading, or a conversation with the place where the search found something."""

    heading: str = ""
    conversation: Conversation | None = None
    snippet: str = ""
    message_id: int | None = None


def lines(listed: "Sequence[Listed]", now: datetime, searching: bool) -> list[Line]:
    """Conversations under the headings of their days; a search result keeps its own order."""
    result: list[Line] = []
    heading = ""
    for item in listed:
        conversation = item.conversation
        if not searching and (name := day_name(conversation, now)) != heading:
            heading = name
            result.append(Line(heading=name))
        result.append(Line("", conversation, item.snippet, item.message_id))
    return result


def day_name(conversation: Conversation, now: datetime) -> str:
    """The heading that a conversation stands under."""
    if conversation.pinned:
        return tr("Pinned")
    day, today = conversation.updated.astimezone(now.tzinfo).date(), now.date()
    if day >= today:
        return tr("Today")
    if day == today - timedelta(days=1):
        return tr("Yesterday")
    if day > today - timedelta(days=7):
        return tr("Previous 7 days")
    if day > today - timedelta(days=30):
        return tr("Previous 30 days")
    month = month_name(day.month)
    return month if day.year == today.year else tr("{month} {year}").format(month=month, year=day.year)


def month_name(month: int) -> str:
    """The name of a month, 1 to 12."""
    return (
        tr("January"), tr("February"), tr("March"), tr("April"), tr("May"), tr("June"), tr("July"), tr("August"),
        tr("September"), tr("October"), tr("November"), tr("December"),
    )[month - 1]  # fmt: skip


class ConversationModel(QAbstractListModel):
    """Lines of the list; renaming goes through `renamed`, the session decides."""

    renamed = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []

    def show(self, shown: list[Line]) -> None:
        """Show these lines; nothing is redrawn where they are the same."""
        if shown != self.lines:
            self.beginResetModel()
            self.lines = shown
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature; an empty index is immutable
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role == ROW:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole, Qt.ItemDataRole.AccessibleTextRole):
            return line.heading or title_of(line.conversation)
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        line = self.lines[index.row()]
        if line.conversation is None or role != Qt.ItemDataRole.EditRole:
            return False
        title = str(value).strip()
        if title and title != line.conversation.title:
            self.renamed.emit(line.conversation.id, title)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or self.lines[index.row()].conversation is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def row_of(self, conversation_id: int) -> int:
        """The line of a conversation; -1 where it is not listed."""
        for number, line in enumerate(self.lines):
            if line.conversation is not None and line.conversation.id == conversation_id:
                return number
        return -1


def title_of(conversation: Conversation | None) -> str:
    """The title as it is shown."""
    return (conversation.title if conversation else "") or tr("New conversation")


class ConversationDelegate(QStyledItemDelegate):
    """Draws a line; under the pointer it shows buttons to pin, rename and delete."""

    pin_asked = Signal(int)
    rename_asked = Signal(int)
    delete_asked = Signal(int)

    def __init__(self, parent: QListView) -> None:
        super().__init__(parent)
        self._view = parent
        self.open_id = 0

    def _buttons(self, box: QRect) -> dict[str, QRect]:
        side = px(24)
        top = box.top() + px(3)
        names = ("trash", "edit", "pin")
        return {name: QRect(box.right() - px(4) - (at + 1) * side, top, side, side) for at, name in enumerate(names)}

    def sizeHint(self, _option: "QStyleOptionViewItem", index: Index) -> QSize:
        line: Line = index.data(ROW)
        if line.heading:
            return QSize(0, px(36 if index.row() else 28))
        return QSize(0, px(50) if line.snippet else px(34))

    def paint(self, painter: QPainter, option: "QStyleOptionViewItem", index: Index) -> None:
        line: Line = index.data(ROW)
        box: QRect = option.rect
        theme = theme_of(self._view.palette())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self._view.font())
        if line.conversation is None:
            font.setPixelSize(px(SMALL))
            font.setWeight(QFont.Weight.DemiBold)
            painter.setFont(font)
            painter.setPen(QColor(theme.muted))
            text = box.adjusted(px(10), 0, -px(8), -px(6))
            painter.drawText(text, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, line.heading)
            painter.restore()
            return
        ground = box.adjusted(0, 1, 0, -1)
        viewport = self._view.viewport()
        over = viewport.underMouse() and box.contains(viewport.mapFromGlobal(QCursor.pos()))
        in_view = line.conversation.id == self.open_id
        if in_view or over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(ground, px(RADIUS), px(RADIUS))
        if self._view.hasFocus() and self._view.selectionModel().isSelected(index):
            painter.setPen(QPen(QColor(theme.accent), px(1.5)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground.adjusted(1, 1, -1, -1), px(RADIUS), px(RADIUS))
        room = ground.adjusted(px(10), 0, -px(10), 0)
        if over:
            room.setRight(self._buttons(box)["pin"].left() - px(4))
        title = QRect(room.left(), box.top() + px(6), room.width(), px(22))
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        metrics = QFontMetrics(font)
        side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(
            title, side, metrics.elidedText(title_of(line.conversation), Qt.TextElideMode.ElideRight, title.width())
        )
        if line.snippet:
            font.setPixelSize(px(SMALL))
            painter.setFont(font)
            painter.setPen(QColor(theme.muted))
            below = QRect(ground.left() + px(10), title.bottom(), ground.width() - px(20), px(18))
            told = MARKS.sub("", " ".join(line.snippet.split()))
            painter.drawText(
                below, side, QFontMetrics(font).elidedText(told, Qt.TextElideMode.ElideRight, below.width())
            )
        if over:
            self._draw_buttons(painter, box, line.conversation.pinned)
        painter.restore()

    def _draw_buttons(self, painter: QPainter, box: QRect, pinned: bool) -> None:
        theme = theme_of(self._view.palette())
        pointer = self._view.viewport().mapFromGlobal(self._view.cursor().pos())
        side = px(16)
        for name, place in self._buttons(box).items():
            colour = theme.text if place.contains(pointer) else theme.muted
            at = place.center() - QPoint(side // 2 - 1, side // 2 - 1)
            painter.drawPixmap(at, pixmap("unpin" if name == "pin" and pinned else name, colour, side))

    def button_at(self, index: Index, at: QPoint) -> str:
        """The name of the button under the pointer, or an empty text."""
        line = index.data(ROW)
        if line is None or line.conversation is None:
            return ""
        return next(
            (name for name, place in self._buttons(self._view.visualRect(index)).items() if place.contains(at)), ""
        )

    def editorEvent(
        self, event: QEvent, _model: QAbstractItemModel, _option: "QStyleOptionViewItem", index: Index
    ) -> bool:
        if isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton:
            name = self.button_at(index, event.position().toPoint())
            if name and event.type() == QEvent.Type.MouseButtonRelease:
                conversation = index.data(ROW).conversation
                {"pin": self.pin_asked, "edit": self.rename_asked, "trash": self.delete_asked}[name].emit(
                    conversation.id
                )
            return bool(name)
        return False

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: "QStyleOptionViewItem", index: Index
    ) -> bool:
        line = index.data(ROW)
        if line is None or line.conversation is None:
            return False
        names = {
            "pin": tr("Unpin") if line.conversation.pinned else tr("Pin"),
            "edit": tr("Rename"),
            "trash": tr("Move to trash"),
        }
        text = names.get(self.button_at(index, event.pos()), line.snippet or title_of(line.conversation))
        QToolTip.showText(event.globalPos(), text, view)
        return True

    def createEditor(self, parent: QWidget, _option: "QStyleOptionViewItem", _index: Index) -> QWidget:
        field = QLineEdit(parent)
        field.setAccessibleName(tr("Title"))
        return field

    def updateEditorGeometry(self, editor: QWidget, option: "QStyleOptionViewItem", _index: Index) -> None:
        box: QRect = option.rect
        editor.setGeometry(box.adjusted(0, 1, 0, -1))


class ConversationList(QListView):
    """The view: a click or Enter opens, buttons under the pointer do the rest."""

    opened = Signal(int, object)  # conversation id, message id or None
    menu_asked = Signal(object, QPoint)  # Conversation, where on the screen

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines_model = ConversationModel(self)
        self.drawer = ConversationDelegate(self)
        self.setModel(self.lines_model)
        self.setItemDelegate(self.drawer)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAccessibleName(tr("Conversations"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_menu)
        self.clicked.connect(self._open)

    def _open(self, index: QModelIndex) -> None:
        line: Line = index.data(ROW)
        at = self.viewport().mapFromGlobal(self.cursor().pos())
        if line.conversation is not None and not self.drawer.button_at(index, at):
            self.opened.emit(line.conversation.id, line.message_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        line = index.data(ROW) if index.isValid() else None
        if line is None or line.conversation is None or self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit(line.conversation.id, line.message_id)
        elif event.key() == Qt.Key.Key_Delete:
            self.drawer.delete_asked.emit(line.conversation.id)
        elif event.key() == Qt.Key.Key_Menu:
            self._ask_menu(self.visualRect(index).bottomLeft())
        else:
            super().keyPressEvent(event)

    def _ask_menu(self, at: QPoint) -> None:
        index = self.indexAt(at)
        if not index.isValid():
            index = self.currentIndex()
        line = index.data(ROW) if index.isValid() else None
        if line is not None and line.conversation is not None:
            self.menu_asked.emit(line.conversation, self.viewport().mapToGlobal(at))

    def rename(self, conversation_id: int) -> None:
        """Let the title be written over in place."""
        row = self.lines_model.row_of(conversation_id)
        if row >= 0:
            index = self.lines_model.index(row)
            self.scrollTo(index)
            self.setCurrentIndex(index)
            self.edit(index)

    def show_open(self, conversation_id: int) -> None:
        """Mark the conversation in view."""
        self.drawer.open_id = conversation_id
        row = self.lines_model.row_of(conversation_id)
        if row >= 0:
            self.setCurrentIndex(self.lines_model.index(row))
        else:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        self.viewport().update()

    def neighbour(self, step: int) -> int:
        """The id of the conversation `step` lines from the one in view; 0 at the ends."""
        ids = [line.conversation.id for line in self.lines_model.lines if line.conversation is not None]
        if not ids:
            return 0
        if self.drawer.open_id not in ids:
            return ids[0] if step > 0 else 0
        at = ids.index(self.drawer.open_id) + step
        return ids[at] if 0 <= at < len(ids) else 0
