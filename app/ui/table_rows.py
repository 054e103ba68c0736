"""Rows of the parameter tables as widgets: no parameter is named here, everything comes from the table."""

from bisect import bisect_left
from functools import cache

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.chat.sampling import Origin
from app.core.language import tr
from app.core.params import Row, Value
from app.ui.controls import ChoiceButton, IconButton, MarkedSlider, NumberBox, QuietButton, Segmented, Switch
from app.ui.grounds import Muted, tab_before
from app.ui.origins import OriginMark, origin_told
from app.ui.text_rows import FolderField, TextBlock
from app.ui.theme import px

LONGEST = 1001  # more steps than this are put on a scale of doublings
DENSE = 4  # positions for each doubling
WIDEST = 2**24  # a wider range has no slider: nobody aims at one of two thousand million seeds


@cache
def stops(row: Row) -> tuple[float, ...]:
    """The values that a row's slider can stand on, from low to high; empty where a slider makes no sense."""
    span = row.high - row.low
    if row.kind not in ("int", "float") or span > WIDEST:
        return ()
    count = round(span / row.step)
    if count < LONGEST:
        line = [row.low + step * row.step for step in range(count + 1)]
    else:
        line = [row.low] + ([0.0] if row.low < 0 else [])
        doubling = 0
        while (value := row.step * 2 ** (doubling / DENSE)) < row.high:
            line.append(max(row.step, round(value / row.step) * row.step))
            doubling += 1
        line.append(row.high)
    values = {round(value, 6) for value in line if value <= row.high} | {float(row.default)}  # type: ignore[arg-type]  # a number, as the kind says
    return tuple(sorted(values))


def position(row: Row, value: Value) -> int:
    """Where on the slider a value stands; the nearest place for one between two."""
    line, wanted = stops(row), float(value)  # type: ignore[arg-type]  # only number rows have a slider
    at = bisect_left(line, wanted)
    if at == len(line):
        return at - 1
    return at - 1 if at and wanted - line[at - 1] < line[at] - wanted else at


class TextLine(QLineEdit):
    """One of several texts. Enter takes what was typed, and only then is it the dialog's."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        taken = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.isModified()
        super().keyPressEvent(event)
        if taken:
            self.setModified(False)
            event.accept()


class TextLines(QWidget):
    """A short list of texts, one on each line; line breaks and tabs are written as \\n and \\t."""

    changed = Signal(object)  # tuple[str, ...]

    def __init__(self, values: tuple[str, ...], label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = label
        self._fields: dict[QLineEdit, QWidget] = {}
        self._told: tuple[str, ...] = ()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(px(4))
        self._lines = QVBoxLayout()
        self._lines.setSpacing(px(4))
        self._layout.addLayout(self._lines)
        self._more = QuietButton("+  " + tr("Add a text"))
        self._more.setAccessibleName(f"{label}: {tr('Add a text')}")
        self._more.clicked.connect(self._add)
        self._layout.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        self.show_value(values)

    def show_value(self, values: tuple[str, ...]) -> None:
        """Show a list that came from elsewhere; what is being typed stays where that has not changed."""
        if values == self._told:
            return
        self._told = values
        if values == self._values():
            return
        while self._fields:
            self._drop(next(reversed(self._fields)))
        for value in values:
            self._append(written(value))

    def settle(self) -> None:
        """Tell what was typed."""
        values = self._values()
        if values != self._told:
            self._told = values
            self.changed.emit(values)

    def _values(self) -> tuple[str, ...]:
        return tuple(read(field.text()) for field in self._fields if field.text())

    def _append(self, text: str) -> QLineEdit:
        line = QWidget()
        layout = QHBoxLayout(line)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(4))
        field = TextLine(text)
        field.setAccessibleName(f"{self._label} {len(self._fields) + 1}")
        field.editingFinished.connect(self.settle)
        remove = IconButton("close", tr("Remove this text"), size=24)
        remove.clicked.connect(lambda: self._remove(field))
        layout.addWidget(field, 1)
        layout.addWidget(remove)
        self._lines.addWidget(line)
        self._fields[field] = line
        self._more.raise_()  # the last of the children, which is the order that Tab takes when all of the row is made
        tab_before(self._more, line)
        return field

    def _add(self) -> None:
        self._append("").setFocus()

    def _drop(self, field: QLineEdit) -> None:
        line = self._fields.pop(field)
        field.blockSignals(True)
        self._lines.removeWidget(line)
        line.hide()
        line.deleteLater()

    def _remove(self, field: QLineEdit) -> None:
        self._drop(field)
        self.settle()


def written(text: str) -> str:
    """A text on one line."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def read(line: str) -> str:
    """The text that `written` wrote."""
    result, escaped = "", False
    for letter in line:
        if escaped:
            result += {"n": "\n", "t": "\t"}.get(letter, letter if letter == "\\" else "\\" + letter)
            escaped = False
        elif letter == "\\":
            escaped = True
        else:
            result += letter
    return result + ("\\" if escaped else "")


class TableRow(QWidget):
    """One row of a table: label, control, number box, reset. Tells what the user set.

    The mark and the reset go by the row's default, or by what takes its place: `show_value` says.
    """

    changed = Signal(str, object)  # name, Value
    dropped = Signal(str)  # the user's own start for a model is to be forgotten
    typing = Signal()  # something that is told when the field is left
    looked_at = Signal(object)  # Row, while the pointer or the keyboard is on it

    def __init__(self, row: Row, value: Value, parent: QWidget | None = None, *, told: bool = False) -> None:
        """`told` writes the help under the label; else whoever listens to `looked_at` shows it."""
        super().__init__(parent)
        self.row = row
        self._value = value
        self._base = row.default
        label = tr(row.label)
        self._slider: MarkedSlider | None = None
        self._box: NumberBox | None = None
        self._control: Switch | Segmented | ChoiceButton | TextLines | TextBlock | FolderField | QLineEdit | None = None
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px(4))
        grid.setVerticalSpacing(px(2))
        grid.setColumnStretch(1, 1)
        title = QLabel(label)
        title.setToolTip(tr(row.help))
        title.setMinimumHeight(px(28))
        grid.addWidget(title, 0, 0)
        self._reset = IconButton("reset", tr("Reset {label}").format(label=label), size=24)
        self._reset.clicked.connect(self._reset_one)
        keep = self._reset.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self._reset.setSizePolicy(keep)
        self.mark = OriginMark()
        marks = QHBoxLayout()
        marks.setSpacing(px(2))
        marks.addWidget(self.mark)
        marks.addWidget(self._reset)
        grid.addLayout(marks, 0, 1, Qt.AlignmentFlag.AlignLeft)
        line = 1
        if told:
            text = Muted(tr(row.help))
            text.setWordWrap(True)
            grid.addWidget(text, line, 0, 1, 3 if row.kind != "flag" else 2)
            line += 1
        self._build(grid, line, label)
        for child in self.findChildren(QWidget):
            if child.focusPolicy() != Qt.FocusPolicy.NoFocus:
                child.installEventFilter(self)
        for field in self.findChildren(QLineEdit):
            field.textEdited.connect(self.typing)
        self.show_value(value)

    def _build(self, grid: QGridLayout, line: int, label: str) -> None:
        row, value = self.row, self._value
        if row.kind in ("int", "float"):
            self._box = NumberBox(row, value)
            word = tr(row.special[1]) if row.special else ""
            self._box.setFixedWidth(max(px(112), self._box.fontMetrics().horizontalAdvance(word) + px(24)))
            self._box.changed.connect(self._set)
            self._box.stepped.connect(self._step)
            grid.addWidget(self._box, 0, 2)
            if line_of := stops(row):
                self._slider = MarkedSlider(len(line_of), position(row, row.default), label)
                self._slider.setAccessibleDescription(tr(row.help))
                self._slider.setValue(position(row, value))
                self._slider.valueChanged.connect(self._slid)
                grid.addWidget(self._slider, line, 0, 1, 3)
            return
        if row.kind == "flag":
            self._control = Switch(label)
            self._control.clicked.connect(self._set)
        elif row.kind == "choice":
            few = len(row.choices) <= 3
            self._control = (Segmented if few else ChoiceButton)(row.choices, str(value), label)
            self._control.chosen.connect(self._set)
        elif isinstance(value, tuple):
            self._control = TextLines(value, label)
            self._control.changed.connect(self._set)
        elif row.form == "folder":
            self._control = FolderField(row, str(value))
            self._control.changed.connect(self._set)
        elif row.form != "line":
            self._control = TextBlock(row, str(value))
            self._control.changed.connect(self._set)
            grid.addWidget(self._control.larger, 0, 2, Qt.AlignmentFlag.AlignRight)
        else:
            self._control = QLineEdit(str(value))
            self._control.setAccessibleName(label)
            self._control.editingFinished.connect(self._typed)
        self._control.setAccessibleDescription(tr(row.help))
        if row.kind == "flag":
            grid.addWidget(self._control, 0, 2, Qt.AlignmentFlag.AlignRight)
        else:
            grid.addWidget(self._control, line, 0, 1, 3)

    @property
    def is_changed(self) -> bool:
        """Does it differ from where it starts."""
        return self._value != self._base

    def show_value(self, value: Value, base: Value | None = None) -> None:
        """Show a value that came from elsewhere; tells nobody. `base` takes the default's place from now on."""
        typing = value == self._value  # then a number that is being typed stays
        self._value = value
        if base is not None and base != self._base:
            self._base = base
            if self._slider is not None:
                self._slider.set_mark(position(self.row, base))
        self._show_reset()
        if self._box is not None and not (typing and self._box.isModified()):
            self._box.show_value(value)
        if self._slider is not None:
            self._slider.blockSignals(True)
            self._slider.setValue(position(self.row, value))
            self._slider.blockSignals(False)
            self._slider.update()
        match self._control:
            case Switch():
                self._control.setChecked(bool(value))
            case Segmented() | ChoiceButton():
                self._control.show_value(str(value))
            case TextLines() if isinstance(value, tuple):
                self._control.show_value(value)
            case TextBlock() | FolderField():
                self._control.show_value(str(value))
            case QLineEdit() if self._control.text() != value and not (typing and self._control.isModified()):
                self._control.setText(str(value))

    def show_origin(self, origin: Origin, start: Value | None = None) -> None:
        """Mark where what the row starts with comes from; what the user keeps for a model can be dropped."""
        self.mark.show_origin(origin, origin_told(origin, self.row, self._base if start is None else start))
        self._show_reset()

    def _show_reset(self) -> None:
        kept = self.mark.origin == "model"
        self._reset.setVisible(self.is_changed or kept)
        text = tr("Forget {label} for this model") if kept and not self.is_changed else tr("Reset {label}")
        self._reset.say(text.format(label=tr(self.row.label)))

    def _reset_one(self) -> None:
        """Back to the layer below."""
        if self.is_changed:
            self._set(self._base)
        else:
            self.dropped.emit(self.row.name)

    def stops(self) -> list[QWidget]:
        """Where Tab stops, in order."""
        children = self.findChildren(QWidget)
        return [child for child in children if child.focusPolicy() & Qt.FocusPolicy.TabFocus]

    def take_focus(self) -> None:
        """Put the keyboard on the control; of several choices on the present one."""
        found = [child for child in self.stops() if child.isVisibleTo(self) and child is not self._reset]
        present = [child for child in found if isinstance(child, QAbstractButton) and child.isChecked()]
        for child in (*present, *found)[:1]:
            child.setFocus(Qt.FocusReason.TabFocusReason)

    def settle(self) -> None:
        """Tell what was typed and not told yet."""
        if self._box is not None:
            self._box.settle()
        match self._control:
            case TextLines() | TextBlock() | FolderField():
                self._control.settle()
            case QLineEdit():
                self._typed()

    def _set(self, value: Value) -> None:
        if value != self._value:
            self.show_value(value)
            self.changed.emit(self.row.name, value)

    def _slid(self, at: int) -> None:
        value = stops(self.row)[at]
        self._set(int(value) if self.row.kind == "int" else value)

    def _step(self, direction: int) -> None:
        """Up and Down in the number box: one step of the table, not one place of the slider."""
        row = self.row
        value = min(row.high, max(row.low, float(self._value) + direction * row.step))  # type: ignore[arg-type]  # a number
        self._set(int(value) if row.kind == "int" else round(value, 6))

    def _typed(self) -> None:
        if isinstance(self._control, QLineEdit):
            self._set(self._control.text())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn:
            self.looked_at.emit(self.row)
        return super().eventFilter(watched, event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.looked_at.emit(self.row)
        super().enterEvent(event)
