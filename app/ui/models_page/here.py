"""The tab "On this computer": the list of model files, and the details of the one that is chosen."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.core.errors import AppError
from app.core.language import tr
from app.library.arranged import Line
from app.library.on_disk import Entry
from app.ui.controls import ChoiceButton, IconButton, Menu
from app.ui.grounds import Elided, Muted, Picture, plain_tip
from app.ui.icons import icon, pixmap
from app.ui.models_page.details import Details, Shown
from app.ui.models_page.lines import ModelList
from app.ui.models_page.page import Tab
from app.ui.theme import px, theme_of
from app.ui.working import Working

DETAILS = 392  # width at 100 %
BOTH_FROM = 800  # a narrower page shows the list or the details


def orders() -> tuple[tuple[str, str], ...]:
    """How the list can be sorted."""
    return ("name", tr("By name")), ("size", tr("By size")), ("date", tr("By date")), ("fit", tr("By fit"))


class FilterField(QLineEdit):
    """Words that the list is narrowed by. Down goes to the list, Escape clears."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(tr("Filter"))
        self.setAccessibleName(tr("Filter the models"))
        self.setTextMargins(px(22), 0, px(20), 0)
        self._clear = IconButton("close", tr("Clear the filter"), self, size=22)
        self._clear.clicked.connect(self.clear)
        self._clear.hide()
        self.textChanged.connect(lambda text: self._clear.setVisible(bool(text)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = self._clear.width()
        self._clear.move(self.width() - side - px(6), (self.height() - side) // 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = px(16)
        picture = pixmap("search", theme_of(self.palette()).muted, side)
        QPainter(self).drawPixmap(px(9), (self.height() - side) // 2, picture)


class OnThisComputer(Tab):
    """Shows lines and details; tells what is asked of them."""

    filtered = Signal(str)
    ordered = Signal(str)
    chosen = Signal(object)  # Entry or None
    file_asked = Signal()
    folder_asked = Signal()
    folders_asked = Signal()
    cancel_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._open = False  # the details, where there is no room for both
        self.list = ModelList()
        self.details = Details(self)
        self.left = QWidget(self)
        column = QVBoxLayout(self.left)
        column.setContentsMargins(px(20), px(4), px(12), px(12))
        column.setSpacing(px(8))
        column.addLayout(self._tools())
        self.empty = Muted("", size=13)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.empty.setContentsMargins(px(16), px(48), px(16), 0)
        self.empty.setWordWrap(True)
        self.empty.hide()
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        column.addStretch(0)
        self.working = Working()
        self.working.cancel_asked.connect(self.cancel_asked)
        column.addWidget(self.working)
        column.addLayout(self._foot())
        self.list.chosen.connect(self._show_chosen)
        self.list.left.connect(self.filter.setFocus)
        self.list.typed.connect(self._type)
        self.details.closed.connect(self._close_details)
        self.details.rename_asked.connect(self._rename)
        QWidget.setTabOrder(self.add, self.list)

    def _tools(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(px(8))
        self.filter = FilterField()
        self.filter.textChanged.connect(self.filtered)
        self.filter.left.connect(self._enter_list)
        line.addWidget(self.filter, 1)
        self.order = ChoiceButton(orders(), "name", tr("Sort"))
        self.order.setMinimumWidth(px(116))
        self.order.chosen.connect(self.ordered)
        line.addWidget(self.order)
        self.add = QPushButton(icon("plus", theme_of(self.palette()).accent, px(16)), tr("Add"))
        self.add.setAccessibleName(tr("Add models"))
        self.add.clicked.connect(self._open_add)
        line.addWidget(self.add)
        return line

    def _foot(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setContentsMargins(px(12), 0, px(4), 0)
        line.setSpacing(px(6))
        self.trouble = Picture("warning", 14, "danger")
        self.trouble.hide()
        line.addWidget(self.trouble)
        self.status = Elided("")
        font = self.status.font()
        font.setPixelSize(px(12))
        self.status.setFont(font)
        self.status.setForegroundRole(self.status.foregroundRole().PlaceholderText)
        line.addWidget(self.status, 1)
        return line

    def _open_add(self) -> None:
        menu = Menu(self)
        theme = theme_of(self.palette())
        for name, text, signal in (
            ("chip", tr("Model files…"), self.file_asked),
            ("folder", tr("Folder…"), self.folder_asked),
            ("settings", tr("Where models are looked for…"), self.folders_asked),
        ):
            if name == "settings":
                menu.addSeparator()
            menu.addAction(icon(name, theme.muted, px(16)), text).triggered.connect(signal)
        at = self.add.mapToGlobal(self.add.rect().bottomRight())
        menu.popup(QPoint(at.x() - menu.sizeHint().width(), at.y() + px(4)))

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────

    def show_lines(self, lines: Sequence[Line], nothing: str, status: str, troubles: Sequence[AppError] = ()) -> None:
        """Show the list.

        Args:
            nothing: what is said where there are no lines.
            status: the line below the list.
            troubles: places that could not be looked at.
        """
        self.list.show_lines(lines)
        self.empty.setText(nothing)
        self.empty.setVisible(not lines)
        self.trouble.setVisible(bool(troubles))
        text = "\n".join(str(trouble) for trouble in troubles)
        self.status.say("  ·  ".join(filter(None, (troubles[0].message if troubles else "", status))))
        self.status.setToolTip(plain_tip(text or status))
        self.status.setAccessibleName(text or status)

    def show_model(self, shown: Shown | None) -> None:
        """Show the details of a model."""
        self.details.show_model(shown)
        if shown is None:
            self._close_details()

    def show_work(self, text: str, share: float | None = None, *, cancel: bool = True) -> None:
        """Say what is being done with files; an empty text: nothing any more."""
        if text:
            self.working.cancel.setVisible(cancel)
            self.working.show_work(text, share)
        else:
            self.working.hide()

    def choose(self, path: Path | None) -> bool:
        """Choose a model, and show its details."""
        found = self.list.choose(path)
        self._open = found
        self._lay()
        return found

    # ── the keyboard ──────────────────────────────────────────────────────────────────────────────────

    def enter(self) -> None:
        self.list.choose_first()
        self._open = False
        self._lay()
        self.list.setFocus()

    def begin_search(self) -> None:
        self._close_details()
        self.filter.setFocus()
        self.filter.selectAll()

    def escape(self) -> bool:
        if self._open and self._alone():
            self._close_details()
            return True
        if self.filter.text():
            self.filter.clear()
            return True
        return False

    def rest(self) -> None:
        self.details.settle()

    def _enter_list(self) -> None:
        if self.list.choose_first():
            self.list.setFocus()

    def _type(self, text: str) -> None:
        self.filter.setFocus()
        self.filter.setText(self.filter.text() + text)

    def _rename(self) -> None:
        self._close_details()
        self.list.setFocus()
        self.list.rename()

    # ── where things lie ──────────────────────────────────────────────────────────────────────────────

    def _alone(self) -> bool:
        """Is there room for the list or the details only."""
        return self.width() < px(BOTH_FROM)

    def _show_chosen(self, entry: Entry | None) -> None:
        self.chosen.emit(entry)

    def open_details(self) -> None:
        """Show the details where there is room for one only."""
        self._open = True
        self._lay()
        if self._alone():
            self.details.back.setFocus()

    def _close_details(self) -> None:
        if self._open:
            self._open = False
            self._lay()
            if self._alone():
                self.list.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay()

    def _lay(self) -> None:
        wide, high = self.width(), self.height()
        self.details.show_alone(self._alone())
        if not self._alone():
            width = px(DETAILS)
            self.left.setGeometry(0, 0, wide - width, high)
            self.details.setGeometry(wide - width, 0, width, high)
        else:
            self.left.setGeometry(0, 0, wide, high)
            self.details.setGeometry(0, 0, wide, high)
        self.left.setVisible(not (self._alone() and self._open))
        self.details.setVisible(not self._alone() or self._open)
