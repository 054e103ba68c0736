"""Going back to a day: the backups with what they hold, what would become of the conversations of now, and the last question."""

from datetime import date

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from app.chat.jobs import Kept
from app.core.errors import sentences
from app.core.language import tr, trn
from app.ui.dialogs import Dialog, paragraph
from app.ui.grounds import Heading, Muted
from app.ui.theme import px
from app.ui.working import Bar

MB = 2**20


def day_text(day: date, today: date) -> str:
    """The day as it is shown in the list."""
    days = (
        tr("Monday"), tr("Tuesday"), tr("Wednesday"), tr("Thursday"), tr("Friday"), tr("Saturday"), tr("Sunday"),
    )  # fmt: skip
    ago = (today - day).days
    near = tr("Today") if ago == 0 else tr("Yesterday") if ago == 1 else days[day.weekday()]
    return f"{day.isoformat()} · {near}"


def size_text(size: int) -> str:
    """Bytes in megabytes."""
    return tr("{size} MB").format(size=f"{max(0.1, size / MB):,.1f}")


def change_text(kept: Kept) -> str:
    """What would become of the conversations of now."""
    if kept.contents is None:
        return kept.problem
    held, parts = kept.contents, []
    if held.gone:
        parts.append(
            trn("{count} conversation of now is not in it.", "{count} conversations of now are not in it.", held.gone)
        )
    if held.changed:
        parts.append(trn("{count} would be as it was then.", "{count} would be as they were then.", held.changed))
    if held.back:
        parts.append(trn("{count} would come back.", "{count} would come back.", held.back))
    return sentences(*parts) or tr("It holds the same conversations as now.")


class RestoreDialog(Dialog):
    """Tells the backup that was chosen, after a second question."""

    chosen = Signal(object)  # Path

    def __init__(self, aside: str, today: date, parent: QWidget) -> None:
        """`aside` is the name that the present conversations are kept under."""
        super().__init__(tr("Restore a backup"), parent, width=560, height=540)
        self._aside, self._today = aside, today
        self._found: list[Kept] = []
        self.told = paragraph(tr("A copy of all conversations and preferences is made each day that Fireside is open."))
        self.page.addWidget(self.told)
        self.bar = Bar()
        self.bar.hide()
        self.page.addWidget(self.bar)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Backups"))
        self.list.currentRowChanged.connect(self._show)
        self.list.itemDoubleClicked.connect(lambda _item: self._ask())  # Enter is the button's
        self.page.addWidget(self.list, 1)
        self.heading = Heading("", size=14)
        self.changes = Muted("", size=13)
        self.changes.setWordWrap(True)
        self.changes.setMinimumHeight(px(44))
        self.changes.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.page.addWidget(self.heading)
        self.page.addWidget(self.changes)
        self.cancel = self.add_button(tr("Cancel"))
        self.cancel.clicked.connect(self.reject)
        self.take = self.add_button(tr("Go back to this day…"), primary=True)
        self.take.setEnabled(False)
        self.take.clicked.connect(self._ask)
        self.fit()

    def show_found(self, kept: Kept) -> None:
        """One more backup."""
        self._found.append(kept)
        if kept.contents is None:
            second = kept.problem
        else:
            second = " · ".join(
                (
                    trn("{count} conversation", "{count} conversations", kept.contents.conversations),
                    trn("{count} message", "{count} messages", kept.contents.messages),
                    size_text(kept.copy.size),
                )
            )
        item = QListWidgetItem(f"{day_text(kept.copy.day, self._today)}\n{second}")
        item.setSizeHint(QSize(0, px(64)))
        self.list.addItem(item)
        if len(self._found) == 1:
            self.list.setCurrentRow(0)
            self.list.setFocus()

    def show_read(self) -> None:
        """These are all."""
        if not self._found:
            self.told.setText(tr("There is no backup yet. One is made each day that Fireside is open."))
            self.list.hide()
            self.page.addStretch(1)
            self.cancel.setFocus()

    def _show(self, row: int) -> None:
        if 0 <= row < len(self._found):
            kept = self._found[row]
            self.heading.setText(tr("What would change"))
            self.changes.setText(change_text(kept))
            self.take.setEnabled(kept.contents is not None)

    def _ask(self) -> None:
        row = self.list.currentRow()
        if not 0 <= row < len(self._found) or self._found[row].contents is None:
            return
        kept = self._found[row]
        dialog = Dialog(tr("Go back to {day}?").format(day=kept.copy.day.isoformat()), self, width=460)
        dialog.page.addWidget(
            paragraph(
                tr(
                    "All conversations and preferences become those of that day. The present ones are kept in the file {file}, in the same folder. The window closes for a moment and opens again."
                ).format(file=self._aside)
            )
        )
        stay = dialog.add_button(tr("Cancel"))
        stay.clicked.connect(dialog.reject)
        dialog.add_button(tr("Go back"), primary=True).clicked.connect(dialog.accept)
        dialog.accepted.connect(lambda: self.chosen.emit(kept.copy.path))
        dialog.fit()
        stay.setFocus()
        dialog.open()

    def show_work(self) -> None:
        """The chosen backup is being copied and checked."""
        self.told.setText(tr("The backup is copied and checked…"))
        self.bar.show_share(None)
        self.bar.show()
        self.list.setEnabled(False)
        self.take.setEnabled(False)

    def show_refused(self, why: str) -> None:
        """It cannot be restored; another one may be."""
        self.told.setText(why)
        self.bar.hide()
        self.list.setEnabled(True)
        self.take.setEnabled(True)
