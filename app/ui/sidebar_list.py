"""The list of conversations: a model of lines and the view, of which only what is in view is drawn."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QStringListModel,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from app.core.language import tr, trn
from app.core.listing import FolderLine, Heading, Line, Mode, Place, Summary, details
from app.ui.grounds import own_viewport
from app.ui.sidebar_rows import ROW, Drawer, title_of

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent

MIME = "application/x-fireside-conversation"
Index = QModelIndex | QPersistentModelIndex


class Lines(QStringListModel):
    """Lines of the list; a name that is written over is told, the session decides.

    The texts of the base are empty: it only counts, because a view asks for the count with every line it lays out, and
    for 10,000 lines Python would take longer to answer than all else together.
    """

    renamed = Signal(int, str)
    folder_renamed = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: Sequence[Line] = []
        self.mode: Mode = "list"

    def show(self, shown: Sequence[Line], mode: Mode = "list") -> bool:
        """Show these lines; says whether they are others than before."""
        if shown == self.lines and mode == self.mode:
            return False
        self.lines, self.mode = shown, mode
        self.setStringList([""] * len(shown))
        return True

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role == ROW:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return name_of(line)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return told(line)
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        line = self.lines[index.row()]
        name = str(value).strip()
        if role != Qt.ItemDataRole.EditRole or not isinstance(line, FolderLine | Summary):
            return False
        if name and name != name_of(line):
            if isinstance(line, FolderLine):
                self.folder_renamed.emit(line.name, name)
            else:
                self.renamed.emit(line.id, name)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        line = self.lines[index.row()] if index.isValid() else None
        if line is None or isinstance(line, Heading):
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if isinstance(line, Place):
            return flags
        if isinstance(line, Summary):
            flags |= Qt.ItemFlag.ItemIsDragEnabled
        return flags | Qt.ItemFlag.ItemIsEditable

    def row_of(self, conversation_id: int) -> int:
        """The line of a conversation; -1 where it is not listed."""
        for number, line in enumerate(self.lines):
            if isinstance(line, Summary) and line.id == conversation_id:
                return number
        return -1

    def row_of_folder(self, name: str) -> int:
        """The line of a folder; -1 where it is not listed."""
        for number, line in enumerate(self.lines):
            if isinstance(line, FolderLine) and line.name == name:
                return number
        return -1

    def row_like(self, line: Line | None) -> int:
        """Where a line of before stands now, whatever became of it; -1 where it is gone."""
        match line:
            case FolderLine():
                return self.row_of_folder(line.name)
            case Summary():
                return self.row_of(line.id)
            case Place():
                return next((n for n, each in enumerate(self.lines) if each == line), -1)
        return -1


def name_of(line: Line) -> str:
    """What a line shows first."""
    match line:
        case Heading():
            return line.text
        case FolderLine():
            return line.name
        case Place():
            return line.passage.text
    return title_of(line)


def told(line: Line) -> str:
    """A line for a screen reader, with all that is otherwise seen."""
    if isinstance(line, FolderLine):
        count = trn("{count} conversation", "{count} conversations", line.count)
        state = tr("folded") if line.folded else tr("open")
        return ", ".join((tr("Folder {name}").format(name=line.name), count, state))
    if not isinstance(line, Summary):
        return name_of(line)
    parts = [title_of(line)]
    if line.pinned:
        parts.append(tr("pinned"))
    if line.archived:
        parts.append(tr("archived"))
    return ", ".join(parts + details(line))


class ConversationList(QListView):
    """The view: a click or Enter opens, buttons under the pointer do the rest, a drag moves into a folder."""

    opened = Signal(int, object)  # conversation id, message id or None
    folded = Signal(str, bool)
    moved = Signal(int, str)  # conversation id, name of a folder or ""
    delete_asked = Signal(int)
    folder_delete_asked = Signal(str)
    menu_asked = Signal(object, QPoint)  # Line or None, where on the screen
    left = Signal()  # upwards, out of the list

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        own_viewport(self, filled=True)
        self.lines_model = Lines(self)
        self.drawer = Drawer(self)
        self.setModel(self.lines_model)
        self.setItemDelegate(self.drawer)
        self.setUniformItemSizes(True)  # one line is as high as another: 10,000 need no measuring
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(False)
        self.setAccessibleName(tr("Conversations"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_menu)
        self.clicked.connect(self._clicked)

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────

    def show_lines(self, lines: Sequence[Line], open_id: int, mode: Mode) -> None:
        """Show these lines. Where one reads in the list stays, unless another conversation was opened."""
        kept, line = self.verticalScrollBar().value(), self.line()
        if self.lines_model.show(lines, mode):
            row = self.lines_model.row_like(line)
            if row >= 0:
                self._go_to(row)
            self.verticalScrollBar().setValue(kept)
        if mode == "search":
            self.drawer.open_id = open_id
            self.viewport().update()
        else:
            self.show_open(open_id)

    def show_open(self, conversation_id: int) -> None:
        """Mark the conversation in view, and show its line if it has just been opened."""
        fresh = conversation_id != self.drawer.open_id
        self.drawer.open_id = conversation_id
        row = self.lines_model.row_of(conversation_id)
        if row >= 0 and (fresh or not self.currentIndex().isValid()):
            kept = self.verticalScrollBar().value()
            self._go_to(row)
            if not fresh:
                self.verticalScrollBar().setValue(kept)
        elif row < 0 and fresh:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        self.viewport().update()

    def _go_to(self, row: int) -> None:
        self.setCurrentIndex(self.lines_model.index(row))

    def line(self) -> Line | None:
        """The line that the keyboard is on."""
        index = self.currentIndex()
        return self.lines_model.lines[index.row()] if index.isValid() else None

    def go_to_first(self) -> bool:
        """Put the keyboard on the first line that can be opened, if it is on none; says whether there is one."""
        if self.line() is None:
            rows = (n for n, line in enumerate(self.lines_model.lines) if not isinstance(line, Heading))
            if (row := next(rows, None)) is None:
                return False
            self._go_to(row)
        return True

    def open_first(self) -> None:
        """Open what a search found first, at the place."""
        found = [line for line in self.lines_model.lines[:2] if isinstance(line, Summary | Place)]
        if found:
            self._open(found[-1] if isinstance(found[-1], Place) else found[0])

    def neighbour(self, step: int) -> int:
        """The id of the conversation `step` lines from the one in view; 0 at the ends."""
        ids = [line.id for line in self.lines_model.lines if isinstance(line, Summary)]
        if not ids:
            return 0
        if self.drawer.open_id not in ids:
            return ids[0] if step > 0 else 0
        at = ids.index(self.drawer.open_id) + step
        return ids[at] if 0 <= at < len(ids) else 0

    # ── writing names over ────────────────────────────────────────────────────────────────────────────

    def rename(self, conversation_id: int) -> None:
        """Let a title be written over in place."""
        self._edit(self.lines_model.row_of(conversation_id))

    def rename_folder(self, name: str) -> None:
        """Let the name of a folder be written over in place."""
        self._edit(self.lines_model.row_of_folder(name))

    def _edit(self, row: int) -> None:
        if row >= 0:
            index = self.lines_model.index(row)
            self.scrollTo(index)
            self.setCurrentIndex(index)
            self.edit(index)

    # ── mouse and keyboard ────────────────────────────────────────────────────────────────────────────

    def _clicked(self, index: QModelIndex) -> None:
        at = self.viewport().mapFromGlobal(self.cursor().pos())
        line = index.data(ROW)
        if not self.drawer.button_at(index, at):
            self._open(line)

    def _open(self, line: Line | None) -> None:
        match line:
            case FolderLine():
                self.folded.emit(line.name, not line.folded)
            case Place():
                self.opened.emit(line.conversation.id, line.message)
            case Summary():
                self.opened.emit(line.id, None)

    def event(self, event: QEvent) -> bool:
        """F2 is about the line that the keyboard is on, before it is about the conversation in view."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            renames = event.key() == Qt.Key.Key_F2 and not event.modifiers()
            if renames and isinstance(self.line(), FolderLine | Summary):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        line, key = self.line(), event.key()
        if line is None or self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open(line)
        elif key == Qt.Key.Key_F2:
            self.edit(self.currentIndex())
        elif key == Qt.Key.Key_Delete and isinstance(line, Summary):
            self.delete_asked.emit(line.id)
        elif key == Qt.Key.Key_Delete and isinstance(line, FolderLine):
            self.folder_delete_asked.emit(line.name)
        elif key == Qt.Key.Key_Menu:
            self._ask_menu(self.visualRect(self.currentIndex()).bottomLeft())
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._fold(line, key == Qt.Key.Key_Left)
        else:
            self._step(event)

    def _step(self, event: QKeyEvent) -> None:
        """Up on the first line leads out of the list."""
        before = self.currentIndex().row()
        super().keyPressEvent(event)
        if event.key() == Qt.Key.Key_Up and self.currentIndex().row() == before:
            self.left.emit()

    def _fold(self, line: Line, fold: bool) -> None:
        if isinstance(line, FolderLine):
            if line.folded != fold:
                self.folded.emit(line.name, fold)
        elif fold and isinstance(line, Summary) and (row := self.lines_model.row_of_folder(line.folder)) >= 0:
            self._go_to(row)

    def _ask_menu(self, at: QPoint) -> None:
        index = self.indexAt(at)
        self.menu_asked.emit(index.data(ROW) if index.isValid() else None, self.viewport().mapToGlobal(at))

    def focusInEvent(self, event: "QFocusEvent") -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.go_to_first()
        self.viewport().update()

    # ── drag and drop ─────────────────────────────────────────────────────────────────────────────────

    def startDrag(self, _actions: Qt.DropAction) -> None:
        line = self.line()
        if isinstance(line, Summary):
            drag = QDrag(self)
            drag.setMimeData(carried(line.id))
            drag.setPixmap(self.drawer.picture(title_of(line)))
            drag.setHotSpot(QPoint(-8, -8))
            drag.exec(Qt.DropAction.MoveAction)
            self.drawer.drop_on(None)

    def folder_at(self, at: QPoint) -> str | None:
        """The folder that something dropped there goes into, "" for none; None where nothing can be dropped."""
        if self.lines_model.mode != "list":
            return None
        index = self.indexAt(at)
        line = index.data(ROW) if index.isValid() else None
        match line:
            case FolderLine():
                return line.name
            case Summary():
                return None if line.pinned else line.folder
            case Heading():
                return "" if line.loose else None
        return ""

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if not event.mimeData().hasFormat(MIME):
            return
        super().dragMoveEvent(event)  # it scrolls at the edges
        folder = self.folder_at(event.position().toPoint())
        self.drawer.drop_on(folder)
        if folder is None:
            event.ignore()
        else:
            event.setDropAction(Qt.DropAction.MoveAction)
            event.accept()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self.drawer.drop_on(None)

    def dropEvent(self, event: QDropEvent) -> None:
        folder = self.folder_at(event.position().toPoint())
        self.drawer.drop_on(None)
        self.setState(QAbstractItemView.State.NoState)
        if folder is not None and event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()
            self.moved.emit(int(event.mimeData().data(MIME).data()), folder)


def carried(conversation_id: int) -> QMimeData:
    """A conversation on its way."""
    data = QMimeData()
    data.setData(MIME, QByteArray(str(conversation_id).encode()))
    return data
