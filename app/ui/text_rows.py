"""A row of a table that holds a text of several lines: words, or code in letters of equal width; or a folder."""

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QCompleter, QFileDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.core.language import tr
from app.core.params import Row, flaw
from app.ui.controls import IconButton
from app.ui.dialogs import Dialog
from app.ui.grounds import Muted
from app.ui.problems import TextBox
from app.ui.theme import SMALL, px, theme_of

LEAST, MOST = 3, 9  # lines that are shown
EXAMPLES = {"json": '{"type": "object"}', "grammar": 'root ::= "yes" | "no"'}


class TextArea(TextBox):
    """The box: Tab goes on to the next control, code has letters of equal width."""

    left = Signal()

    def __init__(self, row: Row, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTabChangesFocus(True)
        self.setAccessibleName(tr(row.label))
        self.setAccessibleDescription(tr(row.help))
        self.setPlaceholderText(EXAMPLES.get(row.form, ""))
        if row.form in EXAMPLES:
            font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
            font.setPixelSize(px(12))
            self.setFont(font)
            self.setTabStopDistance(2 * self.fontMetrics().horizontalAdvance(" "))
        self.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.left.emit()
        return super().eventFilter(watched, event)


class TextBlock(QWidget):
    """A box that grows with its text, and what is wrong with it. Tells the text when it is left.

    `larger` is a button that opens a larger window; whoever makes the block finds a place for it.
    """

    changed = Signal(str)

    def __init__(self, row: Row, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = row
        self._told = text
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(2))
        self.box = TextArea(row, text)
        self.box.left.connect(self.settle)
        self.box.textChanged.connect(self._check)
        layout.addWidget(self.box)
        self.flaw = Flaw()
        layout.addWidget(self.flaw)
        self.larger = IconButton("edit", tr("Edit {label} in a larger window").format(label=tr(row.label)), size=24)
        self.larger.clicked.connect(self._open)
        self._check()

    def show_value(self, text: str) -> None:
        """Show a text that came from elsewhere; what is being typed stays where that has not changed."""
        if text != self._told:
            self._told = text
            if text != self.box.toPlainText():
                self.box.setPlainText(text)

    def settle(self) -> None:
        """Tell what was typed."""
        text = self.box.toPlainText()
        if text != self._told:
            self._told = text
            self.changed.emit(text)

    def _check(self) -> None:
        self.flaw.show_text(flaw(self._row, self.box.toPlainText()))
        lines = min(MOST, max(LEAST, round(self.box.document().size().height())))
        height = lines * self.box.fontMetrics().lineSpacing() + px(22)
        if self.box.height() != height or self.box.minimumHeight() != height:
            self.box.setFixedHeight(height)

    def _open(self) -> None:
        dialog = TextDialog(self._row, self.box.toPlainText(), self.window())
        dialog.saved.connect(self._take)
        dialog.open()

    def _take(self, text: str) -> None:
        self.box.setPlainText(text)
        self.settle()


class TextDialog(Dialog):
    """The same text with more room."""

    saved = Signal(str)

    def __init__(self, row: Row, text: str, parent: QWidget | None) -> None:
        super().__init__(tr(row.label), parent, width=680, height=560)
        self._row = row
        note = Muted(tr(row.help), size=13)
        note.setWordWrap(True)
        self.page.addWidget(note)
        self.box = TextArea(row, text)
        self.box.textChanged.connect(self._check)
        self.page.addWidget(self.box, 1)
        self.flaw = Flaw()
        self.page.addWidget(self.flaw)
        self.add_button(tr("Cancel")).clicked.connect(self.reject)
        self.add_button(tr("Save"), primary=True).clicked.connect(self._save)
        self._check()
        self.fit()
        self.box.setFocus()

    def _check(self) -> None:
        self.flaw.show_text(flaw(self._row, self.box.toPlainText()))

    def _save(self) -> None:
        self.saved.emit(self.box.toPlainText())
        self.accept()


class FolderField(QWidget):
    """A path that can be typed, or looked for. Tells it when the field is left, or when a folder was chosen."""

    changed = Signal(str)

    def __init__(self, row: Row, path: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = row
        self._told = path
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(2))
        line = QHBoxLayout()
        line.setSpacing(px(8))
        self.field = QLineEdit(path)
        self.field.setAccessibleName(tr(row.label))
        self.field.setAccessibleDescription(tr(row.help))
        self.field.setPlaceholderText(tr("Fireside's own folder"))
        self.field.textChanged.connect(self._check)
        self.field.editingFinished.connect(self.settle)
        line.addWidget(self.field, 1)
        self.browse = QPushButton(tr("Browse…"))
        self.browse.setAccessibleName(tr("{label}: look for a folder").format(label=tr(row.label)))
        self.browse.setAutoDefault(False)
        self.browse.clicked.connect(self._browse)
        line.addWidget(self.browse)
        layout.addLayout(line)
        self.flaw = Flaw()
        layout.addWidget(self.flaw)
        self._check()

    def show_value(self, path: str) -> None:
        """Show a path that came from elsewhere."""
        if path != self._told:
            self._told = path
            self.field.setText(path)

    def _check(self) -> None:
        self.flaw.show_text(folder_flaw(self.field.text()))

    def settle(self) -> None:
        """Tell what was typed, where it can be a folder."""
        path = self.field.text().strip()
        if path != self._told and not folder_flaw(path):
            self._told = path
            self.changed.emit(path)

    def _browse(self) -> None:
        path = Path(self.field.text().strip()).expanduser()
        dialog = QFileDialog(self.window(), tr(self._row.label), str(path if path.is_dir() else Path.home()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        for completer in dialog.findChildren(QCompleter):  # Qt's own dialog, where the desktop has none
            if proposals := completer.popup():
                proposals.setStyleSheet("background: palette(base); color: palette(text);")
        dialog.fileSelected.connect(self._take)
        dialog.open()

    def _take(self, path: str) -> None:
        self.field.setText(path)
        self.settle()


def folder_flaw(text: str) -> str:
    """Why nothing can be put there, in a sentence; "" where nothing is seen to be wrong with it."""
    if not text.strip():
        return ""
    if not text.isprintable():
        return tr("This cannot be the path of a folder.")
    try:
        path = Path(text.strip()).expanduser()
        if not path.is_absolute():
            return tr("Write the whole path, from the root on.")
        return tr("This is a file, not a folder.") if path.is_file() else ""
    except (OSError, ValueError, RuntimeError):
        return tr("This cannot be the path of a folder.")


class Flaw(QLabel):
    """What is wrong with a text, below it."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        font = self.font()
        font.setPixelSize(px(SMALL))
        self.setFont(font)
        self.setWordWrap(True)
        self.hide()

    def show_text(self, text: str) -> None:
        """Tell it, or be gone."""
        self.setStyleSheet(f"color: {theme_of(self.palette()).danger};")
        self.setText(text)
        self.setVisible(bool(text))
