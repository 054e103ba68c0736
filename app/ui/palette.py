"""The command palette: type a part of a name, Enter runs it. It also finds conversations by title."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.core.commands import Command
from app.core.fuzzy import match
from app.core.language import tr
from app.core.record import record
from app.ui.actions import shortcut_text
from app.ui.grounds import Muted
from app.ui.icons import pixmap
from app.ui.overlay import Overlay
from app.ui.theme import RADIUS, SMALL, px, theme_of

ITEM = Qt.ItemDataRole.UserRole
LONGEST = 50
NAMED, ABOUT = 100, 30  # what a find outside the name counts; letters strewn over a long title count less
Index = QModelIndex | QPersistentModelIndex


@record
class Item:
    """One thing to choose: a command, or a conversation."""

    key: str | int  # name of the command, id of the conversation
    label: str
    group: str
    shortcut: str = ""
    names: str = ""  # other names that it is found by, such as the English one
    about: str = ""  # what it does; found by that as well, behind all that is found by name


def command_items(commands: Iterable[Command]) -> list[Item]:
    """Commands of the table as things to choose; found by their English names in every language."""
    return [
        Item(
            row.name,
            tr(row.label),
            tr(row.group),
            shortcut_text(row.name),
            names=f"{row.label} {row.name.replace('_', ' ')}",
            about=f"{tr(row.help)} {row.help}",
        )
        for row in commands
    ]


def found(items: Sequence[Item], query: str) -> list[Item]:
    """The items that match, best first; all of them in their order without a query."""
    if not query.strip():
        return list(items)
    ranked = [(_score(query, item), item) for item in items]
    return [item for score, item in sorted(ranked, key=lambda pair: -pair[0]) if score][:LONGEST]


def _score(query: str, item: Item) -> int:
    """Letters in order in the name; starts of words in what else is known of it."""
    about = f"{item.label} {item.group} {item.about}"
    return max(match(query, item.label), NAMED * _told(query, item.names), ABOUT * _told(query, about))


def _told(query: str, text: str) -> bool:
    """Whether each word of the query starts a word of the text, or stands in it where words have no ends."""
    text = text.casefold()
    return all(
        any(part.startswith(word) for part in text.split()) or (not word.isascii() and word in text)
        for word in query.casefold().split()
    )


class Items(QAbstractListModel):
    """The items that are shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.items: list[Item] = []

    def show(self, items: list[Item]) -> None:
        """Show these."""
        self.beginResetModel()
        self.items = items
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature; an empty index is immutable
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        item = self.items[index.row()]
        if role == ITEM:
            return item
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{item.label} {item.shortcut}".strip()
        return None


class ItemDelegate(QStyledItemDelegate):
    """Draws an item: label, group, keys."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(0, px(38))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item: Item = index.data(ITEM)
        box: QRect = option.rect
        state: QStyle.StateFlag = option.state
        view: QWidget = option.widget
        theme = theme_of(view.palette())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover if state & QStyle.StateFlag.State_Selected else theme.surface))
            painter.drawRoundedRect(box.adjusted(0, 1, 0, -1), px(RADIUS), px(RADIUS))
        side = px(16)
        name = "chat" if isinstance(item.key, int) else "command"
        painter.drawPixmap(box.left() + px(12), box.center().y() - side // 2 + 1, pixmap(name, theme.muted, side))
        font = QFont(view.font())
        painter.setFont(font)
        metrics = painter.fontMetrics()
        small = QFont(font)
        small.setPixelSize(px(SMALL))
        right = box.right() - px(12)
        painter.setFont(small)
        painter.setPen(QColor(theme.muted))
        keys = painter.fontMetrics().horizontalAdvance(item.shortcut)
        painter.drawText(
            QRect(right - keys - 2, box.top(), keys + 2, box.height()), Qt.AlignmentFlag.AlignVCenter, item.shortcut
        )
        room = right - keys - px(16) - box.left() - px(40)
        label = metrics.elidedText(item.label, Qt.TextElideMode.ElideRight, room)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        place = QRect(box.left() + px(40), box.top(), room, box.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, label)
        wide = metrics.horizontalAdvance(label) + px(10)
        if room - wide > px(60):
            painter.setFont(small)
            painter.setPen(QColor(theme.muted))
            painter.drawText(place.adjusted(wide, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, item.group)
        painter.restore()


class Palette(Overlay):
    """Lies over the window while it is open."""

    chosen = Signal(object)  # name of a command, or id of a conversation

    def __init__(self, items: Sequence[Item], parent: QWidget) -> None:
        super().__init__(tr("Type a command or a title"), tr("Command palette"), tr("Commands"), parent)
        self._items = items
        self.field.textChanged.connect(self._filter)
        self.view.setUniformItemSizes(True)
        self._model = Items(self)
        self.view.setModel(self._model)
        self.view.setItemDelegate(ItemDelegate(self.view))
        self.view.clicked.connect(self._choose)
        self._nothing = Muted(tr("Nothing is called that. Try another word."))
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setWordWrap(True)
        self._column.addWidget(self._nothing, 1)
        self._filter("")
        self._appear()

    def _place(self) -> None:
        super()._place()
        room = self._window.size()
        width = min(px(560), room.width() - px(32))
        height = min(px(440), room.height() - px(64))
        self._card.setGeometry((room.width() - width) // 2, min(px(88), (room.height() - height) // 2), width, height)

    def _filter(self, query: str) -> None:
        self._model.show(found(self._items, query))
        self.view.setVisible(bool(self._model.items))
        self._nothing.setVisible(not self._model.items)
        if self._model.items:
            self.view.setCurrentIndex(self._model.index(0))

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            item: Item = index.data(ITEM)
            self.close()
            self.chosen.emit(item.key)

    def _step(self, lines: int) -> None:
        count = len(self._model.items)
        if count:
            at = self.view.currentIndex().row() + lines
            at = at % count if abs(lines) == 1 else min(count - 1, max(0, at))
            self.view.setCurrentIndex(self._model.index(at))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self._place()
        if watched is not self.field or not isinstance(event, QKeyEvent):
            if watched is self.field and event.type() == QEvent.Type.FocusOut and self.isVisible():
                self.close()
            return False
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        key = Qt.Key(event.key())
        ours = key in steps or key in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.type() == QEvent.Type.ShortcutOverride and ours:
            event.accept()
            return True
        if event.type() != QEvent.Type.KeyPress or not ours:
            return False
        if key in steps:
            self._step(steps[key])
        elif key == Qt.Key.Key_Escape:
            self.close()
        else:
            self._choose(self.view.currentIndex())
        return True
