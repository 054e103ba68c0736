"""Where an export goes, and in what form: the desktop's own dialogs, and a question before it for all conversations."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, QStandardPaths, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QIcon, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QButtonGroup,
    QCompleter,
    QDialogButtonBox,
    QFileDialog,
    QRadioButton,
    QSizePolicy,
    QWidget,
)

from app.core.export import ENDINGS, Format
from app.core.language import tr
from app.core.record import record
from app.ui.dialogs import Dialog
from app.ui.grounds import Muted
from app.ui.theme import RADIUS, px, theme_of


@record
class Form:
    """One line among the kinds of files."""

    form: Format
    label: str
    all_branches: bool = False

    @property
    def filter(self) -> str:
        """As Qt's dialogs want it."""
        return f"{self.label} (*{ENDINGS[self.form]})"


def forms(versions: bool) -> tuple[Form, ...]:
    """The kinds of files; with `versions` also those that show all versions of the messages."""
    plain = (
        Form("markdown", tr("Markdown")),
        Form("html", tr("Web page")),
        Form("pdf", tr("PDF")),
        Form("json", tr("JSON with all versions, to import again")),
    )
    if not versions:
        return plain
    return (
        *plain,
        Form("markdown", tr("Markdown with all versions"), True),
        Form("html", tr("Web page with all versions"), True),
        Form("pdf", tr("PDF with all versions"), True),
    )


def folder_for(remembered: str) -> Path:
    """Where the last export went, or where the desktop keeps documents."""
    if remembered and Path(remembered).is_dir():
        return Path(remembered)
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(documents) if documents and Path(documents).is_dir() else Path.home()


class SaveDialog(QFileDialog):
    """Asks for the file of one conversation; `placed` tells it with its kind."""

    placed = Signal(object, object)  # Path, Form

    def __init__(self, parent: QWidget, place: Path, kinds: Sequence[Form], first: Form) -> None:
        super().__init__(parent, tr("Export conversation"), str(place.parent))
        self._kinds = kinds
        self._first = first
        dress(self)
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setNameFilters([kind.filter for kind in kinds])
        self.selectNameFilter(first.filter)
        self._name(place.name)
        self.filterSelected.connect(lambda _filter: self._name(self._typed()))
        self.fileSelected.connect(lambda chosen: self.placed.emit(*self.settled(Path(chosen))))

    def chosen_form(self) -> Form:
        """The kind that is chosen among the kinds of files."""
        return next((kind for kind in self._kinds if kind.filter == self.selectedNameFilter()), self._first)

    def _typed(self) -> str:
        names = self.selectedFiles()
        return Path(names[0]).name if names else ""

    def _name(self, name: str) -> None:
        """The name with the ending of the kind that is chosen."""
        self.setDefaultSuffix(ENDINGS[self.chosen_form().form].removeprefix("."))
        if name:
            self.selectFile(with_ending(Path(name), self.chosen_form().form).name)

    def settled(self, path: Path) -> tuple[Path, Form]:
        """The file and its kind: an ending that was typed counts, unless another kind was chosen and it only stayed."""
        form = self.chosen_form()
        typed = next((kind for kind in self._kinds if ENDINGS[kind.form] == path.suffix.lower()), None)
        if typed is None:
            return path.with_name(path.name + ENDINGS[form.form]), form
        if typed.form == form.form:
            return path, form
        if form != self._first and typed.form == self._first.form:
            return with_ending(path, form.form), form
        return path, typed


def with_ending(path: Path, form: Format) -> Path:
    """The path with that form's ending in place of the one of another form."""
    bare = path.with_suffix("") if path.suffix.lower() in ENDINGS.values() else path
    return bare.with_name(bare.name + ENDINGS[form])


def dress(dialog: QFileDialog) -> None:
    """Looks and life of a file dialog: gone when it closes; its proposals in the window's colours."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for box in dialog.findChildren(QDialogButtonBox):  # Qt's own dialog, where the desktop has none
        for button in box.buttons():
            button.setIcon(QIcon())
    for completer in dialog.findChildren(QCompleter):
        if proposals := completer.popup():
            proposals.setStyleSheet("background: palette(base); color: palette(text);")


class Choice(QRadioButton):
    """One of several ways, with a line that tells about it."""

    def __init__(self, label: str, about: str) -> None:
        super().__init__(label)
        self._about = about
        self.setAccessibleName(label)
        self.setAccessibleDescription(about)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(px(13))
        return font

    def sizeHint(self) -> QSize:
        wide = max(
            self.fontMetrics().horizontalAdvance(self.text()),
            QFontMetrics(self._small()).horizontalAdvance(self._about),
        )
        return QSize(wide + px(48), px(54))

    def hitButton(self, at: QPoint) -> bool:
        return self.rect().contains(at)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover) if self.underMouse() else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, px(RADIUS), px(RADIUS))
        ring = QRectF(px(10), px(10), px(16), px(16))
        painter.setPen(QPen(QColor(theme.accent if self.isChecked() else theme.muted), px(1.5)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(ring)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.accent))
            painter.drawEllipse(ring.adjusted(px(4), px(4), -px(4), -px(4)))
        painter.setPen(QColor(theme.text))
        left, wide = px(36), self.width() - px(40)
        painter.drawText(QRect(left, px(7), wide, px(22)), Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.setFont(self._small())
        painter.setPen(QColor(theme.muted))
        about = QFontMetrics(self._small()).elidedText(self._about, Qt.TextElideMode.ElideRight, wide)
        painter.drawText(QRect(left, px(28), wide, px(20)), Qt.AlignmentFlag.AlignVCenter, about)


class ExportAllDialog(Dialog):
    """What becomes of all conversations: a folder of files, or one file."""

    chosen = Signal(object, bool)  # Format, and whether all go into one file

    def __init__(self, count: str, parent: QWidget) -> None:
        super().__init__(tr("Export all conversations"), parent, width=480)
        told = Muted(count, size=14)
        told.setWordWrap(True)
        self.page.addWidget(told)
        self.page.setSpacing(px(4))
        self._choices: dict[QRadioButton, tuple[Format, bool]] = {}
        group = QButtonGroup(self)
        for form, together, label, about in (
            ("json", True, tr("One JSON file"), tr("With all versions. Fireside can import it again.")),
            ("markdown", False, tr("A folder of Markdown files"), tr("Readable everywhere, the branch in view.")),
            ("html", False, tr("A folder of web pages"), tr("For the browser, each page stands on its own.")),
            ("pdf", False, tr("A folder of PDF files"), tr("For printing and passing on. Takes longest.")),
            ("json", False, tr("A folder of JSON files"), tr("One for each conversation, with all versions.")),
        ):
            button = Choice(label, about)
            group.addButton(button)
            self.page.addWidget(button)
            self._choices[button] = (form, together)  # type: ignore[assignment]  # literals of the table above
        next(iter(self._choices)).setChecked(True)
        self.page.addSpacing(px(8))
        self.add_button(tr("Cancel")).clicked.connect(self.reject)
        self.add_button(tr("Choose the place…"), primary=True).clicked.connect(self._tell)
        self.fit()
        next(iter(self._choices)).setFocus()

    def choose(self, form: Format, together: bool) -> None:
        """Mark this choice."""
        for button, choice in self._choices.items():
            if choice == (form, together):
                button.setChecked(True)

    def _tell(self) -> None:
        form, together = next(choice for button, choice in self._choices.items() if button.isChecked())
        self.accept()
        self.chosen.emit(form, together)


def ask_file(parent: QWidget, title: str, place: Path, ending: str, then: Callable[[Path], None]) -> QFileDialog:
    """Ask for the one file that all conversations go to."""
    dialog = QFileDialog(parent, title, str(place.parent))
    dress(dialog)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter(f"JSON (*{ending})")
    dialog.setDefaultSuffix(ending.removeprefix("."))
    dialog.selectFile(place.name)
    dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
    dialog.open()
    return dialog


def ask_folder(parent: QWidget, title: str, folder: Path, then: Callable[[Path], None]) -> QFileDialog:
    """Ask for the folder that the files go to."""
    dialog = QFileDialog(parent, title, str(folder))
    dress(dialog)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
    dialog.open()
    return dialog
