"""All branches of a conversation as a small tree: find a message, fold and unfold, go there."""

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QListView, QWidget

from app.core.language import tr, trn
from app.core.overview import Line, Overview, excerpt
from app.core.tree import Message
from app.ui.branch_lines import LINE, LineDelegate, Shown, day_and_time, folded_label, speaker
from app.ui.controls import Segmented
from app.ui.dialogs import Dialog
from app.ui.grounds import Muted
from app.ui.theme import px

ALL, MARKED = "all", "marked"
STEPS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
Index = QModelIndex | QPersistentModelIndex


class LineModel(QAbstractListModel):
    """The lines that are shown."""

    def __init__(self, overview: Overview, parent: QWidget) -> None:
        super().__init__(parent)
        self._overview = overview
        self._query = ""
        self._alone = False
        self._last = -1  # where the branch in view ends
        self.lines: list[Line] = []

    def show(self, lines: list[Line], query: str, alone: bool) -> None:
        """Show these; of each message what stands around the query. They may stand `alone`, without lanes."""
        self.beginResetModel()
        self.lines, self._query, self._alone = lines, query, alone
        self._last = next((row for row, line in enumerate(lines) if line.last), -1)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature; an empty index is immutable
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role not in (LINE, Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        line = self.lines[index.row()]
        message = self._overview[line.first]
        if role == LINE:
            row = index.row()
            return Shown(line, message, self._words(message), row == 0, self._alone, row < self._last)
        return told(line, message, self._words(message))

    def _words(self, message: Message) -> str:
        words = self._query.casefold().split()
        noted = bool(words) and not all(word in message.text.casefold() for word in words)
        if noted and message.note:
            return excerpt(message.note, self._query)
        return excerpt(message.text, self._query) or message.error

    def row_of(self, message_id: int) -> int:
        """The line that a message is on; -1 where it is on none."""
        return next((row for row, line in enumerate(self.lines) if message_id in line.messages), -1)


def told(line: Line, message: Message, words: str) -> str:
    """A line in words, for a screen reader."""
    if line.folded:
        return folded_label(line)
    parts = [speaker(message)]
    if line.versions > 1:
        parts.append(tr("version {number} of {count}").format(number=line.version, count=line.versions))
    parts.append(day_and_time(message))
    if line.in_view:
        parts.append(tr("in the branch in view"))
    if message.pinned:
        parts.append(tr("pinned"))
    parts.append(words)
    if message.note:
        parts.append(tr("Note: {note}").format(note=message.note))
    return ", ".join(parts)


class BranchesDialog(Dialog):
    """Closes when a message was chosen. What is typed anywhere looks for messages."""

    chosen = Signal(int)

    def __init__(self, overview: Overview, here: int, parent: QWidget | None) -> None:
        """`here` is the message that the user is reading."""
        super().__init__(tr("Branches"), parent, width=760, height=640)
        self._overview = overview
        self._opened: set[int] = set()
        line = QHBoxLayout()
        line.setSpacing(px(12))
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Find in all branches and notes"))
        self.field.setAccessibleName(tr("Find in all branches and notes"))
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self._show)
        line.addWidget(self.field, 1)
        self._kind = ALL
        self.kinds = Segmented(((ALL, tr("All messages")), (MARKED, tr("Pinned and notes"))), ALL, tr("Shown"))
        self.kinds.chosen.connect(self._show_kind)
        line.addWidget(self.kinds)
        self.page.addLayout(line)
        self.view = QListView()
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setAccessibleName(tr("Branches"))
        self.view.setMouseTracking(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.model = LineModel(overview, self)
        self.view.setModel(self.model)
        self.view.setItemDelegate(LineDelegate(self.view))
        self.view.clicked.connect(self._activate)
        self.page.addWidget(self.view, 1)
        self.told = Muted("", size=13)
        self.told.setWordWrap(True)
        self.page.addWidget(self.told)
        self.add_close()
        self.field.installEventFilter(self)
        self.view.installEventFilter(self)
        self.fit()
        self._show()
        self._go_to(here)
        self.view.setFocus()

    # ── showing ───────────────────────────────────────────────────────────────────────────────────────

    def _show_kind(self, kind: str) -> None:
        self._kind = kind
        self._show()

    def _show(self) -> None:
        """Show the lines that fit, and stay on the one that was chosen."""
        here = self._here()
        query = self.field.text().strip()
        lines = self._overview.lines(self._opened)
        if self._kind == MARKED:
            lines = self._overview.marked()
        if query:
            among = {line.first for line in lines} if self._kind == MARKED else None
            lines = [line for line in self._overview.found(query) if among is None or line.first in among]
        self.model.show(lines, query, bool(query) or self._kind == MARKED)
        self.told.setText(self._summary(lines, query))
        self._go_to(here)

    def _summary(self, lines: list[Line], query: str) -> str:
        if query:
            return trn("{count} message found", "{count} messages found", len(lines))
        if self._kind == MARKED and not lines:
            return tr("Nothing is pinned or noted yet. Pin a message or write a note on it from its menu.")
        if self._kind == MARKED:
            return trn("{count} message", "{count} messages", len(lines))
        branches = trn("{count} branch", "{count} branches", self._overview.branches)
        keys = tr("Enter goes to the message. Right unfolds a line, Left folds it.")
        return f"{branches} · {keys}"

    def _here(self) -> int:
        index = self.view.currentIndex()
        return self.model.lines[index.row()].first if index.isValid() else 0

    def _go_to(self, message_id: int) -> None:
        row = max(0, self.model.row_of(message_id))
        if self.model.lines:
            index = self.model.index(row)
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index, QListView.ScrollHint.EnsureVisible)

    # ── doing ─────────────────────────────────────────────────────────────────────────────────────────

    def _activate(self, index: QModelIndex) -> None:
        """Unfold a line that is folded, go to the message of another one."""
        if not index.isValid():
            return
        line = self.model.lines[index.row()]
        if line.folded:
            self._fold(False)
        else:
            self.accept()
            self.chosen.emit(line.first)

    def _fold(self, fold: bool) -> None:
        if self.field.text().strip() or self._kind != ALL or not (here := self._here()):
            return
        run = self._overview.run_of(here)
        if run and (run in self._opened) == fold:
            self._opened ^= {run}
            self._show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._activate(self.view.currentIndex())
            return True
        if watched is self.field:
            if key == Qt.Key.Key_Escape and self.field.text():
                self.field.clear()
                return True
            if key in STEPS:
                self.view.setFocus()
                self.view.event(QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier))
                return True
            return False
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._fold(key == Qt.Key.Key_Left)
            return True
        typed = event.text()
        if typed and typed.isprintable() and not typed.isspace():
            self.field.setFocus()
            self.field.insert(typed)
            return True
        return False
