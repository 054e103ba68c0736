"""The tab “Downloads”: the models on their way, in the order in which they are begun."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from app.core.amounts import rate_text
from app.core.language import tr, trn
from app.library.queue import Item
from app.ui.controls import QuietButton
from app.ui.dialogs import scrolled
from app.ui.grounds import Heading, Muted, Picture
from app.ui.models_page.download_row import DownloadRow, Gap
from app.ui.models_page.notice_line import NoticeLine
from app.ui.models_page.page import Tab
from app.ui.theme import px

WIDEST = 960


class DownloadsPage(Tab):
    """Rows are kept from one picture to the next, so that the keyboard stays where it is."""

    pause_asked = Signal(int)
    resume_asked = Signal(int)
    cancel_asked = Signal(int)
    moved = Signal(int, int)  # number, place
    use_asked = Signal(str)
    looked_at = Signal(str)
    clear_asked = Signal()
    find_asked = Signal()
    settings_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[int, DownloadRow] = {}
        self._dragged: DownloadRow | None = None
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty_page())
        inner = QWidget()
        middle = QHBoxLayout(inner)
        middle.setContentsMargins(px(24), px(12), px(16), px(24))
        column = QWidget()
        column.setMaximumWidth(px(WIDEST))
        middle.addWidget(column, 100)
        middle.addStretch(1)
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(10))
        head = QHBoxLayout()
        self.told = Muted("", size=13)
        head.addWidget(self.told, 1)
        self.clear = QuietButton(tr("Clear finished"))
        self.clear.setAccessibleName(self.clear.text())
        self.clear.clicked.connect(self.clear_asked)
        head.addWidget(self.clear)
        layout.addLayout(head)
        self.notice = NoticeLine()
        self.notice.acted.connect(self.settings_asked)
        layout.addWidget(self.notice)
        self._list = QVBoxLayout()
        self._list.setSpacing(px(8))
        layout.addLayout(self._list)
        layout.addStretch(1)
        self._area = scrolled(inner)
        self._stack.addWidget(self._area)
        self._gap = Gap()
        self._gap.hide()

    def _empty_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(px(24), px(16), px(24), px(16))
        layout.setSpacing(px(10))
        layout.addStretch(2)
        layout.addWidget(Picture("download", 32), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(Heading(tr("Nothing is being downloaded."), size=16), 0, Qt.AlignmentFlag.AlignHCenter)
        note = Muted(tr("What is interrupted goes on where it was, also after a restart."), size=13)
        note.setWordWrap(True)
        note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(note)
        self.find_models = QPushButton(tr("Find models"))
        self.find_models.clicked.connect(self.find_asked)
        layout.addWidget(self.find_models, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        return page

    @property
    def rows(self) -> list[DownloadRow]:
        """In the order in which they are shown."""
        return [row for row in self._widgets() if isinstance(row, DownloadRow)]

    def _widgets(self) -> list[QWidget]:
        items = (self._list.itemAt(place) for place in range(self._list.count()))
        return [widget for item in items if item is not None and (widget := item.widget()) is not None]

    def show_items(self, items: Sequence[Item], *, offline: bool, problem: str = "") -> None:
        """Show these, and which of them wait because nothing is to go out."""
        for number in [each for each in self._rows if each not in {item.number for item in items}]:
            self._drop(self._rows.pop(number))
        for place, item in enumerate(items):
            row = self._rows.get(item.number)
            if row is None:
                row = self._rows[item.number] = self._made(item)
                self._list.insertWidget(place, row)
            elif self._dragged is None and self._list.indexOf(row) != place:
                held = self.window().focusWidget()
                self._list.removeWidget(row)
                self._list.insertWidget(place, row)
                if held is not None and row.isAncestorOf(held):
                    held.setFocus()
            row.show_item(item, offline=offline)
        rate = sum(item.bytes_per_second for item in items if item.state == "running")
        running = sum(item.state == "running" for item in items)
        count = trn("{count} model is on its way", "{count} models are on their way", running)
        self.told.setText(f"{count}  ·  {rate_text(rate)}" if running else "")
        self.clear.setEnabled(any(item.state == "done" for item in items))
        if offline and any(item.state != "done" for item in items):
            self.notice.say(
                tr("Fireside is offline: downloads wait."),
                tr("Preferences, Network lets it go online."),
                tr("Preferences"),
            )
        else:
            self.notice.say(problem, "", "")
        self._stack.setCurrentIndex(1 if items or problem else 0)

    def enter(self) -> None:
        rows = self.rows
        if not rows:
            self.find_models.setFocus()
            return
        first = next((each for each in (rows[0].use, rows[0].again, rows[0].pause) if each.isVisibleTo(rows[0])), None)
        (first or rows[0].cancel).setFocus()

    def _made(self, item: Item) -> DownloadRow:
        row = DownloadRow(item)
        for signal, target in (
            (row.pause_asked, self.pause_asked), (row.resume_asked, self.resume_asked), (row.cancel_asked, self.cancel_asked),
            (row.use_asked, self.use_asked), (row.looked_at, self.looked_at),
        ):  # fmt: skip
            signal.connect(target)
        row.grip.stepped.connect(lambda step: self.moved.emit(row.item.number, max(0, self.rows.index(row) + step)))
        row.grip.dragged.connect(lambda at: self._drag(row, at))
        row.grip.dropped.connect(lambda: self._put(row))
        return row

    def _drop(self, row: DownloadRow) -> None:
        used = row.isAncestorOf(self.window().focusWidget() or self)
        place = self._list.indexOf(row)
        if row is self._dragged:
            self._put(row)
        self._list.removeWidget(row)
        row.hide()
        row.deleteLater()
        rows = self.rows
        if used and rows:
            rows[min(place, len(rows) - 1)].cancel.setFocus()

    def _drag(self, row: DownloadRow, at: QPointF) -> None:
        """Show where the row would come to lie."""
        self._dragged = row
        others = [each for each in self.rows if each is not row]
        y = row.mapToParent(row.mapFromGlobal(at)).y()
        place = sum(y > each.geometry().center().y() for each in others)
        self._list.removeWidget(self._gap)
        self._list.insertWidget(self._list.indexOf(others[place]) if place < len(others) else -1, self._gap)
        self._gap.show()
        row.light(True)
        self._area.ensureVisible(0, round(y), 0, px(40))

    def _put(self, row: DownloadRow) -> None:
        """The row was let go."""
        if self._dragged is None:
            return
        before = self._widgets()[: self._list.indexOf(self._gap)]
        place = sum(isinstance(each, DownloadRow) and each is not row for each in before)
        self._list.removeWidget(self._gap)
        self._gap.hide()
        self._dragged = None
        row.light(False)
        self.moved.emit(row.item.number, place)
