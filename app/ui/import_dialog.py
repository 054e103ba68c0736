"""Bringing conversations in: files are named, what is in them is shown, and what is ticked is added."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QListView, QStyledItemDelegate, QWidget

from app.chat.importing.adding import Preview
from app.chat.importing.found import Unread
from app.core.errors import AppError, sentences
from app.core.language import tr, trn
from app.ui.attaching import local_files
from app.ui.controls import QuietButton
from app.ui.dialogs import Dialog
from app.ui.dropped import CHATS
from app.ui.export_dialogs import dress
from app.ui.grounds import DropField
from app.ui.icons import pixmap
from app.ui.theme import RADIUS, SMALL, px, theme_of
from app.ui.working import Bar

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionViewItem

State = Literal["empty", "reading", "choosing", "adding", "done"]
Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
PROGRAMS = (
    "Fireside", "ChatGPT", "Claude", "LM Studio", "Jan", "GPT4All", "llama.cpp", "Open WebUI", "SillyTavern",
)  # fmt: skip


class FoundModel(QAbstractListModel):
    """What was found, with its ticks; what is here already, or could not be read, has none."""

    ticked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[Preview | Unread] = []
        self.chosen: set[int] = set()
        self.frozen = True

    def clear(self) -> None:
        """Nothing was found yet."""
        self.beginResetModel()
        self.rows, self.chosen = [], set()
        self.endResetModel()

    def add(self, found: Preview | Unread) -> None:
        """One more; what is new is ticked."""
        self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows))
        if isinstance(found, Preview) and found.there is None:
            self.chosen.add(len(self.rows))
        self.rows.append(found)
        self.endInsertRows()

    def new(self) -> set[int]:
        """The rows that can be ticked."""
        return {number for number, row in enumerate(self.rows) if isinstance(row, Preview) and row.there is None}

    def unread(self) -> tuple[int, int]:
        """How many could not be read, and how many are empty."""
        found = [row.empty for row in self.rows if isinstance(row, Unread)]
        return found.count(False), found.count(True)

    def choose(self, rows: set[int]) -> None:
        """Tick exactly these."""
        if not self.frozen:
            self.chosen = rows & self.new()
            self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1))
            self.ticked.emit()

    def toggle(self, row: int) -> None:
        """Tick it, or take the tick away."""
        self.choose(self.chosen ^ {row})

    def marks(self) -> frozenset[str]:
        """Of what is ticked."""
        return frozenset(row.mark for number in self.chosen if isinstance(row := self.rows[number], Preview))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature; an empty index is immutable
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title if isinstance(row, Preview) else row.where
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            name = row.title if isinstance(row, Preview) else row.where
            return f"{name}\n{about(row)}"
        if role == Qt.ItemDataRole.CheckStateRole and isinstance(row, Preview) and row.there is None:
            return Qt.CheckState.Checked if index.row() in self.chosen else Qt.CheckState.Unchecked
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        row = self.rows[index.row()]
        if isinstance(row, Preview) and row.there is None and not self.frozen:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags


def about(row: Preview | Unread) -> str:
    """The second line: date, size, program, what is lost; or why it could not be read."""
    if isinstance(row, Unread):
        return row.why
    parts = [
        f"{row.created.astimezone():%Y-%m-%d}",
        trn("{count} message", "{count} messages", row.messages),
        row.program,
    ]
    if row.there is not None:
        parts.append(tr("already here"))
    elif row.archived:
        parts.append(tr("archived"))
    if row.losses:
        parts.append(tr("without {what}").format(what=tr(", ").join(row.losses)))
    return " · ".join(parts)


class FoundDelegate(QStyledItemDelegate):
    """A tick, the title, and the line about it."""

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, _option: "QStyleOptionViewItem", _index: Index) -> QSize:
        return QSize(0, px(50))

    def paint(self, painter: QPainter, option: "QStyleOptionViewItem", index: Index) -> None:
        row: Preview | Unread = index.data(ROW)
        theme, box = theme_of(self._view.palette()), QRect(option.rect)
        new = isinstance(row, Preview) and row.there is None
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._view.hasFocus() and self._view.currentIndex() == index:
            painter.setPen(QPen(QColor(theme.accent), px(1.5)))
            painter.drawRoundedRect(QRectF(box).adjusted(1, 2, -1, -2), px(RADIUS), px(RADIUS))
        tick = QRectF(box.left() + px(10), box.top() + px(9), px(16), px(16))
        if new:
            checked = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
            painter.setPen(QPen(QColor(theme.accent if checked else theme.muted), px(1.5)))
            painter.setBrush(QColor(theme.accent) if checked else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(tick, px(4), px(4))
            if checked:
                painter.drawPixmap(tick.toRect().topLeft(), pixmap("check", theme.on_accent, px(16)))
        else:
            name, colour = ("check", theme.muted) if isinstance(row, Preview) else ("warning", theme.danger)
            if isinstance(row, Unread) and row.empty:
                name, colour = "chat", theme.muted
            painter.drawPixmap(tick.toRect().topLeft(), pixmap(name, colour, px(16)))
        font = QFont(self._view.font())
        room = box.adjusted(px(38), px(6), -px(10), 0)
        painter.setFont(font)
        painter.setPen(QColor(theme.text if new else theme.muted))
        side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        title = QRect(room.left(), room.top(), room.width(), px(22))
        elided = QFontMetrics(font).elidedText(str(index.data()), Qt.TextElideMode.ElideRight, title.width())
        painter.drawText(title, side, elided)
        font.setPixelSize(px(SMALL))
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        below = QRect(room.left(), title.bottom(), room.width(), px(18))
        painter.drawText(
            below, side, QFontMetrics(font).elidedText(about(row), Qt.TextElideMode.ElideRight, below.width())
        )
        painter.restore()


class FoundList(QListView):
    """A click or the space bar ticks."""

    def __init__(self, model: FoundModel) -> None:
        super().__init__()
        self._model = model
        self.setModel(model)
        self.setItemDelegate(FoundDelegate(self))
        self.setUniformItemSizes(True)
        self.setAccessibleName(tr("Conversations that were found"))
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self._model.toggle(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self._model.toggle(index.row())


class ImportDialog(Dialog):
    """Tells what is wanted; whoever does it tells how far it is. The window can be used meanwhile."""

    named = Signal(object)  # tuple of Path, to be read
    asked = Signal(object)  # marks of what is to be added

    def __init__(self, parent: QWidget) -> None:
        super().__init__(tr("Import conversations"), parent, width=640, height=560)
        self.state: State = "empty"
        self.setAcceptDrops(True)
        self.model = FoundModel(self)
        self.told = QLabel()
        self.told.setWordWrap(True)
        self.page.addWidget(self.told)
        self.bar = Bar()
        self.page.addWidget(self.bar)
        line = QHBoxLayout()
        self.every = QuietButton(tr("Tick all"))
        self.none = QuietButton(tr("Tick none"))
        line.addWidget(self.every)
        line.addWidget(self.none)
        line.addStretch(1)
        self.page.addLayout(line)
        self.list = FoundList(self.model)
        self.page.addWidget(self.list, 1)
        self.drop = DropField("download", tr("Drop files or a folder here, or choose them below."))
        self.page.addWidget(self.drop, 1)
        self.folder = self.add_button(tr("Choose a folder…"), left=True)  # each is put before the one before
        self.files = self.add_button(tr("Choose files…"), left=True)
        self.close_button = self.add_button(tr("Close"))
        self.take = self.add_button(tr("Import"), primary=True)
        self.files.clicked.connect(self._ask_files)
        self.folder.clicked.connect(self._ask_folder)
        self.every.clicked.connect(lambda: self.model.choose(self.model.new()))
        self.none.clicked.connect(lambda: self.model.choose(set()))
        self.close_button.clicked.connect(self.reject)
        self.take.clicked.connect(self._ask)
        self.model.ticked.connect(self._show_count)
        self._wanted = self._added = 0
        self._become("empty")
        self.fit()
        self.files.setFocus()

    # ── what it is at ─────────────────────────────────────────────────────────────────────────────────

    def _become(self, state: State) -> None:
        self.state = state
        idle = state in ("empty", "choosing", "done")
        self.bar.setVisible(state in ("reading", "adding"))
        listed = bool(self.model.rows) or state in ("reading", "adding")
        self.list.setVisible(listed)
        self.drop.setVisible(not listed)
        self.model.frozen = state != "choosing"
        for ticks in (self.every, self.none):
            ticks.setVisible(state == "choosing" and bool(self.model.new()))
        for place in (self.files, self.folder):
            place.setVisible(idle)
        self.take.setVisible(state in ("reading", "choosing"))
        self.close_button.setText(tr("Close") if idle else tr("Cancel"))
        self.close_button.setAccessibleName(self.close_button.text())
        if state == "empty":
            self.told.setText(
                tr("Files that these programs export or keep can be read: {programs}.").format(
                    programs=tr(", ").join(PROGRAMS)
                )
            )
        self._show_count()

    def _show_count(self) -> None:
        count = len(self.model.chosen)
        text = trn("Import {count} conversation", "Import {count} conversations", count) if count else tr("Import")
        self.take.setText(text)
        self.take.setAccessibleName(text)
        self.take.setEnabled(self.state == "choosing" and count > 0)

    def read(self, files: Sequence[Path]) -> None:
        """These are being read now."""
        self.model.clear()
        self.bar.show_share(None)
        self.told.setText(tr("Reading {name}…").format(name=tr(", ").join(file.name for file in files)))
        self._become("reading")

    def show_found(self, found: Preview | Unread) -> None:
        """One more was found."""
        self.model.add(found)

    def show_read(self, error: AppError | None) -> None:
        """All was read, or it could not be."""
        self._become("choosing")
        if error is not None:
            self.told.setText(str(error))
        else:
            self.told.setText(self._summary())
        (self.take if self.take.isEnabled() else self.files).setFocus()

    def _summary(self) -> str:
        previews = [row for row in self.model.rows if isinstance(row, Preview)]
        programs = Counter(row.program for row in previews)
        parts = [
            tr("{program}: {what}.").format(
                program=name, what=trn("{count} conversation", "{count} conversations", count)
            )
            for name, count in programs.most_common()
        ]
        if there := sum(row.there is not None for row in previews):
            parts.append(trn("{count} is here already.", "{count} are here already.", there))
        unread, empty = self.model.unread()
        if empty:
            parts.append(trn("{count} is empty.", "{count} are empty.", empty))
        if unread:
            parts.append(trn("{count} could not be read.", "{count} could not be read.", unread))
        return sentences(*parts)

    def show_adding(self) -> None:
        """What is ticked is being added."""
        self._wanted, self._added = len(self.model.chosen), 0
        self._become("adding")
        self._show_added()

    def show_added(self) -> None:
        """One more was added."""
        self._added += 1
        self._show_added()

    def _show_added(self) -> None:
        self.told.setText(tr("Adding {number} of {count}").format(number=f"{self._added:,}", count=f"{self._wanted:,}"))
        self.bar.show_share(self._added / max(1, self._wanted))

    def show_done(self, error: AppError | None, cancelled: bool) -> None:
        """The adding has ended; what was added stays, however it ended."""
        parts = [trn("{count} conversation added.", "{count} conversations added.", self._added)]
        if error is not None:
            parts.append(str(error))
        elif cancelled:
            parts.append(tr("The others were not added: it was cancelled."))
        if unread := self.model.unread()[0]:
            parts.append(trn("{count} could not be read.", "{count} could not be read.", unread))
        self.told.setText(sentences(*parts))
        self._become("done")
        self.close_button.setFocus()

    # ── what is wanted ────────────────────────────────────────────────────────────────────────────────

    def _ask(self) -> None:
        if self.state == "choosing" and self.model.chosen:
            self.asked.emit(self.model.marks())

    def _ask_files(self) -> None:
        dialog = QFileDialog(self, tr("Choose files"), str(Path.home()))
        dress(dialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        kinds = " ".join(f"*{ending}" for ending in CHATS)
        dialog.setNameFilters([f"{tr('Conversations')} ({kinds})", f"{tr('All files')} (*)"])
        dialog.filesSelected.connect(lambda names: self.named.emit(tuple(Path(name) for name in names)))
        dialog.open()

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self, tr("Choose a folder"), str(Path.home()))
        dress(dialog)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda name: self.named.emit((Path(name),)))
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()) and self.state in ("empty", "choosing", "done"):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.named.emit(tuple(local_files(event.mimeData())))
