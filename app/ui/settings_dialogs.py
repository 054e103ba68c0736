"""Loading settings, preferences and the system prompt, generated from their tables."""

from collections.abc import Callable, Container

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.core.errors import sentences
from app.core.language import tr
from app.core.params import SEVERAL, Loading, Preferences, Row, Value, changed, rows
from app.core.protocol import ModelInfo
from app.ui.controls import QuietButton
from app.ui.dialogs import Dialog, scrolled
from app.ui.grounds import Heading, Muted
from app.ui.param_panel import GroupHeader, grouped
from app.ui.problems import TextBox
from app.ui.table_rows import TableRow
from app.ui.theme import px
from app.ui.unfinished import Slot, Unfinished

MIB, GIB = 1 << 20, 1 << 30


class TableDialog(Dialog):
    """All rows of a table in their groups, each with its help."""

    changed = Signal(str, object)  # name, Value

    def __init__(
        self,
        title: str,
        table: dict[str, Row],
        values: Loading | Preferences,
        parent: QWidget | None,
        folded: Container[str] = (),
    ) -> None:
        """Groups whose English names are `folded` begin as a line that opens them."""
        super().__init__(title, parent, width=560, height=640)
        self.rows: dict[str, TableRow] = {}
        page = QWidget()
        self.lines = layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, px(12), 0)
        layout.setSpacing(px(20))
        for name, members in grouped(table).items():
            made = [self._row(row, values) for row in members]
            if name in folded:
                header = GroupHeader(tr(name))
                for widget in made:
                    header.toggled.connect(widget.setVisible)
                    widget.hide()
                layout.addWidget(header)
            else:
                layout.addWidget(Heading(tr(name), size=15))
            for widget in made:
                layout.addWidget(widget)
            layout.addSpacing(px(4))
        layout.addStretch(1)
        self._area = scrolled(page)
        self.page.addWidget(self._area, 1)
        for first in list(self.rows.values())[:1]:
            first.take_focus()  # Qt would take the button that resets it

    def go_to(self, name: str) -> None:
        """Show a row, and put the keyboard on it."""
        row = self.rows[name]
        row.take_focus()
        QTimer.singleShot(0, self, lambda: self._area.ensureWidgetVisible(row))  # when it is laid out

    def _row(self, row: Row, values: Loading | Preferences) -> TableRow:
        widget = TableRow(row, getattr(values, row.name), told=True)
        widget.changed.connect(self.changed)
        self.rows[row.name] = widget
        return widget

    def settle(self) -> None:
        """Tell what was typed and not told yet."""
        for widget in self.rows.values():
            widget.settle()

    def done(self, result: int) -> None:
        """What was typed holds, however the dialog is closed."""
        self.settle()
        super().done(result)


class PreferencesDialog(TableDialog):
    """Every change is told and holds at once. `used` says how much disk space saved contexts take."""

    cleared = Signal()  # saved contexts are to be deleted

    def __init__(self, values: Preferences, used: Callable[[], int], parent: QWidget | None) -> None:
        super().__init__(tr("Preferences"), rows(Preferences), values, parent)
        self._used = used
        self.space = SavedSpace()
        self.space.cleared.connect(self.cleared)
        self.lines.insertWidget(self.lines.indexOf(self.rows["saved_contexts"]) + 1, self.space)
        QWidget.setTabOrder(self.rows["saved_contexts"].stops()[-1], self.space.button)
        self.show_used()
        self.add_close()
        self.fit()

    def show_used(self) -> None:
        """The files may have come or gone."""
        self.space.show_used(self._used())


class SavedSpace(QWidget):
    """How much disk space saved contexts take, and a quiet way to have it back."""

    cleared = Signal()

    def __init__(self) -> None:
        super().__init__()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        self.text = Muted("", size=13)
        self.button = QuietButton(tr("Delete saved contexts"))
        self.button.clicked.connect(self.cleared)
        line.addWidget(self.text)
        line.addStretch(1)
        line.addWidget(self.button)

    def show_used(self, used: int) -> None:
        """Bytes on disk."""
        if not used:
            text = tr("Nothing is saved now.")
        elif used < GIB:
            text = tr("{size} MiB in use.").format(size=f"{max(1, round(used / MIB)):,}")
        else:
            text = tr("{size} GiB in use.").format(size=f"{used / GIB:,.1f}")
        self.text.setText(text)
        if not used and self.button.hasFocus():
            self.focusPreviousChild()  # Qt would go on to whatever comes next
        self.button.setEnabled(used > 0)


class LoadingDialog(TableDialog):
    """Changes are collected; applying loads the model again. What is about several graphics cards waits folded."""

    applied = Signal(object)  # dict of name and value

    def __init__(
        self, values: Loading, cards: int, parent: QWidget | None, engine: str = "", *, in_use: bool = True
    ) -> None:
        """`engine` says what computes; "" where no model is loaded. Of a model that is not `in_use` they hold later."""
        super().__init__(tr("Loading settings"), rows(Loading), values, parent, folded_groups(values, cards))
        self._before = values
        self._collected: dict[str, Value] = {}
        self.changed.connect(self._collect)
        text = tr("These settings belong to the model file in use. Applying them loads it again.")
        note = Muted(text if in_use else tr("They hold from the next time that this model is loaded."), size=13)
        note.setWordWrap(True)
        self.page.insertWidget(1, note)
        if engine:
            told = Muted(engine, size=13)
            told.setWordWrap(True)
            self.page.insertWidget(2, told)
        self.add_button(tr("Cancel")).clicked.connect(self.reject)
        self._apply = self.add_button(tr("Apply and load") if in_use else tr("Apply"), primary=True)
        self._apply.setEnabled(False)
        self._apply.clicked.connect(self._tell)
        self.fit()

        for name, value in changed(values).items():
            self.rows[name].show_origin("model", value)

    def _row(self, row: Row, values: Loading | Preferences) -> TableRow:
        widget = super()._row(row, values)
        widget.typing.connect(lambda: self._apply.setEnabled(True))  # a button that is off could not be pressed
        widget.changed.connect(
            lambda _name, value: widget.show_origin("default" if value == row.default else "model", value)
        )
        return widget

    def _collect(self, name: str, value: Value) -> None:
        self._collected[name] = value
        if value == getattr(self._before, name):
            del self._collected[name]
        self._apply.setEnabled(bool(self._collected))

    def _tell(self) -> None:
        self.settle()
        self._apply.setEnabled(bool(self._collected))
        if self._collected:
            self.applied.emit(dict(self._collected))
            self.accept()


def engine_text(model: ModelInfo | None) -> str:
    """What computes, and why not what was installed for it; "" where no model is loaded."""
    if model is None:
        return ""
    where = ", ".join(card.name for card in model.devices) or tr("the processor")
    name = model.engine or tr("built-in")
    return sentences(tr("Engine: {name}, on {device}.").format(name=name, device=where), model.engine_note)


def folded_groups(values: Loading, cards: int) -> set[str]:
    """Groups that matter to few: those about several graphics cards, where there is one at most and nothing was set."""
    used = any(rows(Loading)[name].group == SEVERAL for name in changed(values))
    return set() if cards > 1 or used else {SEVERAL}


class SystemPromptDialog(Dialog):
    """Instructions for the model in one conversation."""

    saved = Signal(str)

    def __init__(self, text: str, slot: Slot, parent: QWidget | None) -> None:
        """`slot` keeps what is not saved."""
        super().__init__(tr("System prompt"), parent, width=560, height=400)
        note = Muted(
            tr("Instructions that the model reads before this conversation. They take effect with the next answer."),
            size=13,
        )
        note.setWordWrap(True)
        self.page.addWidget(note)
        self.box = TextBox(text)
        self.box.setTabChangesFocus(True)
        self.box.setPlaceholderText(tr("For example: Answer in short sentences."))
        self.box.setAccessibleName(tr("System prompt"))
        self.page.addWidget(self.box, 1)
        self.unfinished = Unfinished(self, self.box, slot)
        self.add_button(tr("Cancel")).clicked.connect(self.reject)
        self.add_button(tr("Save"), primary=True).clicked.connect(self._tell)
        self.fit()
        self.box.setFocus()

    def _tell(self) -> None:
        self.accept()
        self.saved.emit(self.box.toPlainText().strip())
