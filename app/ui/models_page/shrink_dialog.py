"""The dialog "Make a smaller copy": the types there are, what the copy will be, and how far the work is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from PySide6.QtCore import (
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import AppError
from app.core.language import tr
from app.core.record import record
from app.core.verdict import Judgement, in_gigabytes, told
from app.ui.controls import QuietButton, Switch
from app.ui.dialogs import Dialog
from app.ui.export_dialogs import dress
from app.ui.grounds import Elided, Muted
from app.ui.models_page.fact_rows import FactRows
from app.ui.models_page.pill import Pill
from app.ui.models_page.shrink_kinds import ROW, Kind, KindDelegate, Kinds
from app.ui.param_panel import GroupHeader
from app.ui.text_rows import Flaw
from app.ui.theme import px
from app.ui.working import Bar

State = Literal["choosing", "working", "done"]
TYPING = 300  # ms without a key before layers are taken


@record(kw_only=True)
class Wished:
    """What is set in the dialog; the desk makes a wish of it."""

    kind: str
    importance: str = ""
    layers: str = ""
    again: bool = False
    output: Path | None = None


@record(kw_only=True)
class Outlook:
    """What the copy will be."""

    before: int
    after: int
    certain: bool
    memory_before: int
    judgement: Judgement
    output: Path
    again: bool  # it is made from a model that was shrunk before


class ShrinkDialog(Dialog):
    """Tells what is wished; shows what it will be. The window can be used while it works."""

    wished = Signal()  # what is set is another thing; `wish` says what
    started = Signal()
    cancelled = Signal()
    use_asked = Signal()

    def __init__(self, name: str, about: str, parent: QWidget) -> None:
        super().__init__(tr("Make a smaller copy of {name}").format(name=name), parent, width=620, height=700)
        self.state: State = "choosing"
        self._output: Path | None = None
        self.page.setSpacing(px(8))
        told_of = Muted(about, size=13)
        told_of.setWordWrap(True)
        self.page.addWidget(told_of)
        self.kinds = Kinds(self)
        self.list = QListView()
        self.list.setModel(self.kinds)
        self.list.setItemDelegate(KindDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setAccessibleName(tr("Type of the copy"))
        self.list.setMinimumHeight(px(2 * ROW))
        self.list.selectionModel().currentChanged.connect(lambda *_: self.wished.emit())
        self.page.addWidget(self.list, 1)
        self._add_more()
        self._add_outlook()
        self.bar = Bar()
        self.bar.hide()
        self.page.addWidget(self.bar)
        self.told = Muted("", size=13)
        self.told.setWordWrap(True)
        self.told.hide()
        self.page.addWidget(self.told)
        self.close_button = self.add_button(tr("Cancel"))
        self.close_button.clicked.connect(self._close)
        self.go = self.add_button(tr("Make the copy"), primary=True)
        self.go.setEnabled(False)
        self.go.clicked.connect(self._go)
        self.fit()
        self.list.setFocus()

    def _add_more(self) -> None:
        self.more = GroupHeader(tr("For those who know"))
        self.page.addWidget(self.more)
        body = QWidget()
        lines = QVBoxLayout(body)
        lines.setContentsMargins(px(28), 0, 0, 0)
        lines.setSpacing(px(6))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TYPING)
        self._timer.timeout.connect(self.wished)
        hint = tr("A file that llama-imatrix made for this model")
        choose = QPushButton(tr("Choose…"))
        choose.clicked.connect(self._choose_importance)
        self.importance = self._field(lines, tr("Importance matrix"), hint, choose)
        self.layers = self._field(
            lines, tr("Layers to leave out"), tr("Such as 10,11 or 10-12; it writes worse with each")
        )
        self.more.toggled.connect(body.setVisible)
        body.hide()
        self.page.addWidget(body)

    def _field(self, lines: QVBoxLayout, label: str, hint: str, *more: QWidget) -> QLineEdit:
        line = QHBoxLayout()
        line.setSpacing(px(8))
        name = QLabel(label)
        name.setMinimumWidth(px(150))
        line.addWidget(name)
        field = QLineEdit()
        field.setPlaceholderText(hint)
        field.setAccessibleName(label)
        field.setAccessibleDescription(hint)
        field.textChanged.connect(lambda _text: self._timer.start())
        line.addWidget(field, 1)
        for widget in more:
            line.addWidget(widget)
        lines.addLayout(line)
        return field

    def _add_outlook(self) -> None:
        self.outlook = QWidget()
        inside = QVBoxLayout(self.outlook)
        inside.setContentsMargins(px(12), px(8), px(12), 0)
        inside.setSpacing(px(6))
        line = QHBoxLayout()
        line.setSpacing(px(10))
        self.pill = Pill()
        line.addWidget(self.pill)
        self.sentence = Elided("")
        line.addWidget(self.sentence, 1)
        inside.addLayout(line)
        self.facts = FactRows()
        inside.addWidget(self.facts)
        place = QHBoxLayout()
        self.where = QuietButton(tr("Another place…"))
        self.where.clicked.connect(self._choose_place)
        place.addWidget(self.where)
        place.addStretch(1)
        inside.addLayout(place)
        keep = self.outlook.sizePolicy()
        keep.setRetainSizeWhenHidden(True)  # nothing moves while one walks through the types
        self.outlook.setSizePolicy(keep)
        self.facts.show_facts([(tr("Size"), "–"), (tr("Memory"), "–"), (tr("File"), "–")])
        self.page.addWidget(self.outlook)
        self.outlook.hide()
        self.flaw = Flaw()
        self.page.addWidget(self.flaw)
        self.again_line = QWidget()
        again = QHBoxLayout(self.again_line)
        again.setContentsMargins(0, 0, 0, 0)
        label = QLabel(tr("Make it from this one all the same"))
        again.addWidget(label)
        again.addStretch(1)
        self.again = Switch(label.text())
        self.again.toggled.connect(lambda _on: self.wished.emit())
        again.addWidget(self.again)
        self.again_line.hide()
        self.page.addWidget(self.again_line)

    # ── what is set ───────────────────────────────────────────────────────────────────────────────────

    @property
    def wish(self) -> Wished | None:
        """What is set; None where no type is chosen."""
        index = self.list.currentIndex()
        if not index.isValid():
            return None
        return Wished(
            kind=self.kinds.kinds[index.row()].name, importance=self.importance.text().strip(),
            layers=self.layers.text().strip(), again=self.again.isChecked(), output=self._output,
        )  # fmt: skip

    def show_kinds(self, sizes: Mapping[str, int], of: int, first: str) -> None:
        """Show the types with their rough sizes in bytes; `first` is chosen, or what was chosen before."""
        wish = self.wish
        kinds = sorted(
            (Kind(name, size, size / max(1, of)) for name, size in sizes.items()), key=lambda kind: -kind.size
        )
        self.kinds.show(kinds)
        names = [kind.name for kind in kinds]
        wanted = wish.kind if wish is not None and wish.kind in names else first
        if names:
            index = self.kinds.index(names.index(wanted) if wanted in names else 0)
            self.list.setCurrentIndex(index)
            self.list.scrollTo(index, QListView.ScrollHint.PositionAtCenter)

    def show_asking(self) -> None:
        """What is set is being looked at."""
        self.go.setEnabled(False)
        self.flaw.show_text("")

    def show_outlook(self, outlook: Outlook) -> None:
        """What it will be."""
        change = "{before} → {after}"
        after = in_gigabytes(outlook.after)
        self.pill.show_judgement(outlook.judgement)
        self.sentence.say(told(outlook.judgement))
        size = change.format(
            before=in_gigabytes(outlook.before),
            after=after if outlook.certain else tr("about {size}").format(size=after),
        )
        memory = change.format(before=in_gigabytes(outlook.memory_before), after=in_gigabytes(outlook.judgement.needed))
        self.facts.show_facts([(tr("Size"), size), (tr("Memory"), memory), (tr("File"), str(outlook.output))])
        self.outlook.show()
        warning = tr("It is made from a model that was shrunk before, and is worse than one made from the original.")
        self.flaw.show_text(warning if outlook.again else "")
        self.again_line.setVisible(outlook.again)
        self.go.setEnabled(self.state == "choosing")

    def show_refused(self, error: AppError, *, again: bool = False) -> None:
        """Why it cannot be made; `again`: it can, if one insists."""
        self.outlook.hide()
        self.flaw.show_text(str(error))
        self.again_line.setVisible(again or self.again.isChecked())
        self.go.setEnabled(False)

    # ── the work ──────────────────────────────────────────────────────────────────────────────────────

    def show_state(self, state: State, text: str, share: float | None = None) -> None:
        """How far it is, or how it ended."""
        self.state = state
        for part in (self.list, self.more, self.importance, self.layers, self.where, self.again):
            part.setEnabled(state == "choosing")
        self.bar.setVisible(state == "working")
        self.bar.show_share(share)
        self.told.setText(text)
        self.told.setVisible(bool(text))
        self.close_button.setText(tr("Close") if state == "done" else tr("Cancel"))
        self.close_button.setAccessibleName(self.close_button.text())
        self.go.setText(tr("Use it") if state == "done" else tr("Make the copy"))
        self.go.setAccessibleName(self.go.text())
        self.go.setEnabled(state == "done" or (state == "choosing" and self.outlook.isVisibleTo(self)))
        if state == "done":
            self.go.setFocus()

    def _go(self) -> None:
        (self.use_asked if self.state == "done" else self.started).emit()

    def _close(self) -> None:
        if self.state == "working":
            self.cancelled.emit()
        else:
            self.reject()

    def reject(self) -> None:
        """Esc and the window's own button: work is ended first."""
        if self.state == "working":
            self.cancelled.emit()
        else:
            super().reject()

    def done(self, result: int) -> None:
        """No timer runs on."""
        self._timer.stop()
        super().done(result)

    def _choose_importance(self) -> None:
        dialog = QFileDialog(self, tr("Importance matrix"), str(Path.home()))
        dress(dialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.importance.setText)
        dialog.open()

    def _choose_place(self) -> None:
        place = self.facts.texts().get(tr("File"), "")
        dialog = QFileDialog(self, tr("Make a smaller copy…"), str(Path(place).parent))
        dress(dialog)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"{tr('Model files')} (*.gguf)")
        dialog.setDefaultSuffix("gguf")
        dialog.selectFile(Path(place).name)
        dialog.fileSelected.connect(self._take_place)
        dialog.open()

    def _take_place(self, name: str) -> None:
        self._output = Path(name)
        self.wished.emit()
