"""The list of models: lines and the view, of which only what is in view is drawn."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from app.core.language import tr
from app.core.verdict import pill, told
from app.library.arranged import Heading, Line, Row
from app.ui.models_page.drawing import LINE, Drawer, about

Index = QModelIndex | QPersistentModelIndex
COMMAND = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class Lines(QStringListModel):
    """The texts of the base are empty: it only counts, because a view asks for the count with every line it lays out."""

    renamed = Signal(object, str)  # Entry, its new name

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: Sequence[Line] = ()

    def show(self, lines: Sequence[Line]) -> bool:
        """Show these lines; says whether there are others, or in another order, than before."""
        same = [_key(line) for line in lines] == [_key(line) for line in self.lines]
        self.lines = lines
        if same:
            self.dataChanged.emit(self.index(0), self.index(len(lines) - 1))
        else:
            self.setStringList([""] * len(lines))
        return not same

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role == LINE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return line.text if isinstance(line, Heading) else line.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(line)
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        line = self.lines[index.row()]
        if role != Qt.ItemDataRole.EditRole or isinstance(line, Heading):
            return False
        name = " ".join(str(value).split())
        if name != line.name:
            self.renamed.emit(line.entry, name)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        line = self.lines[index.row()] if index.isValid() else None
        if line is None or isinstance(line, Heading):
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if line.entry.said is not None else flags

    def row_of(self, path: Path | None) -> int:
        """The line of a model's file; -1 where it is not there."""
        for number, line in enumerate(self.lines):
            if isinstance(line, Row) and line.entry.path == path:
                return number
        return -1


def _key(line: Line) -> object:
    return line.group if isinstance(line, Heading) else line.entry.path


def spoken(line: Line) -> str:
    """A line for a screen reader, with all that is otherwise seen."""
    if isinstance(line, Heading):
        return f"{line.text}, {line.count}"
    parts = [line.name]
    if line.in_use:
        parts.append(tr("in use"))
    parts.append(about(line))
    if line.judgement is not None:
        parts += [pill(line.judgement.verdict), told(line.judgement)]
    return ", ".join(parts)


class ModelList(QListView):
    """A click or the arrows choose, Enter or a double click uses, F2 renames, Delete moves to the trash."""

    chosen = Signal(object)  # Entry, or None
    used = Signal(object)  # Entry
    trash_asked = Signal(object)
    menu_asked = Signal(object, QPoint)
    typed = Signal(str)  # letters: they narrow the list
    left = Signal()  # upwards, out of the list

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines_model = Lines(self)
        self.drawer = Drawer(self)
        self.setModel(self.lines_model)
        self.setItemDelegate(self.drawer)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAccessibleName(tr("Models on this computer"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_menu)
        self.doubleClicked.connect(lambda index: self._use(index))
        self._told: Path | None = None

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines: the model that was chosen stays chosen, and what is in view stays where it is."""
        if self.state() == QAbstractItemView.State.EditingState:
            return  # a name is being written; the list follows when that ends
        row = self.row()
        chosen = row.entry.path if row is not None else None
        place, offset = self._anchor(chosen)
        if self.lines_model.show(lines):
            number = self.lines_model.row_of(chosen)
            if number >= 0:
                self.setCurrentIndex(self.lines_model.index(number))
            self._put_back(place, offset)
        self.viewport().update()
        self._tell()

    def _anchor(self, chosen: Path | None) -> tuple[Path | None, int]:
        """The model by which the place in the list is kept, the chosen one if it is in view, and where it stands."""
        if self.verticalScrollBar().value() == 0:
            return None, 0
        height = self.viewport().height()
        number = self.lines_model.row_of(chosen)
        if number >= 0 and 0 <= self.visualRect(self.lines_model.index(number)).top() < height:
            return chosen, self.visualRect(self.lines_model.index(number)).top()
        first = self.indexAt(QPoint(1, 1)).row()
        for number in range(max(0, first), len(self.lines_model.lines)):
            line = self.lines_model.lines[number]
            if isinstance(line, Row):
                return line.entry.path, self.visualRect(self.lines_model.index(number)).top()
        return None, 0

    def _put_back(self, place: Path | None, offset: int) -> None:
        number = self.lines_model.row_of(place)
        if number < 0:
            self.scrollToTop()
            return
        self.doItemsLayout()
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + self.visualRect(self.lines_model.index(number)).top() - offset)

    def row(self) -> Row | None:
        """The model that is chosen."""
        index = self.currentIndex()
        line = self.lines_model.lines[index.row()] if index.isValid() else None
        return line if isinstance(line, Row) else None

    def choose(self, path: Path | None) -> bool:
        """Choose a model, and show its line; says whether it is there."""
        number = self.lines_model.row_of(path)
        if number >= 0:
            index = self.lines_model.index(number)
            self.setCurrentIndex(index)
            self.scrollTo(index)
        return number >= 0

    def choose_first(self) -> bool:
        """Choose the first one, if none is; says whether there is one."""
        if self.row() is None:
            rows = (line.entry.path for line in self.lines_model.lines if isinstance(line, Row))
            return self.choose(next(rows, None))
        return True

    def rename(self) -> None:
        """Let the name of the chosen one be written over in place."""
        if self.row() is not None:
            self.scrollTo(self.currentIndex())
            self.edit(self.currentIndex())

    def _tell(self) -> None:
        row = self.row()
        self.chosen.emit(row.entry if row is not None else None)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self._tell()

    # ── mouse and keyboard ────────────────────────────────────────────────────────────────────────────

    def _use(self, index: QModelIndex) -> None:
        line = index.data(LINE)
        if isinstance(line, Row):
            self.used.emit(line.entry)

    def event(self, event: QEvent) -> bool:
        """F2 is about the model that the keyboard is on, before it is about the conversation."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            renames = event.key() == Qt.Key.Key_F2 and not event.modifiers()
            if renames and self.row() is not None:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row, key = self.row(), event.key()
        if row is None or self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.used.emit(row.entry)
        elif key == Qt.Key.Key_F2:
            self.rename()
        elif key == Qt.Key.Key_Delete:
            self.trash_asked.emit(row.entry)
        elif key == Qt.Key.Key_Menu:
            self._ask_menu(self.visualRect(self.currentIndex()).bottomLeft())
        elif event.text().isprintable() and event.text().strip() and not event.modifiers() & COMMAND:
            self.typed.emit(event.text())
        else:
            before = self.currentIndex().row()
            super().keyPressEvent(event)
            if key == Qt.Key.Key_Up and self.currentIndex().row() == before:
                self.left.emit()

    def _ask_menu(self, at: QPoint) -> None:
        index = self.indexAt(at)
        line = index.data(LINE) if index.isValid() else None
        if isinstance(line, Row):
            self.menu_asked.emit(line.entry, self.viewport().mapToGlobal(at))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.choose_first()
        self.viewport().update()
