"""The dialogs that put a conversation into a folder and give it tags and a colour."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCompleter,
    QGridLayout,
    QLineEdit,
    QListView,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from app.core.language import tr
from app.core.listing import COLOURS, LONGEST_FOLDER, clean_name, colour_name, matching, tags_of
from app.core.tree import Colour
from app.ui.colours import paint_colour
from app.ui.controls import Segment
from app.ui.dialogs import Dialog
from app.ui.grounds import Heading, Muted
from app.ui.icons import icon
from app.ui.theme import px, theme_of
from app.ui.unfinished import Slot, Unfinished

NAME = Qt.ItemDataRole.UserRole
MARK = 11  # size of a colour's mark at 100 %


class FolderDialog(Dialog):
    """Folders to choose from; what is typed narrows them down, and a name that there is not makes a new one."""

    chosen = Signal(str)  # "" is no folder

    def __init__(self, title: str, folder: str, folders: Sequence[str], parent: QWidget | None) -> None:
        """`folder` is the one that the conversation lies in."""
        super().__init__(tr("Move to folder"), parent, width=440, height=440)
        self._folder = folder
        self._folders = folders
        told = Muted(title, size=13)
        told.setWordWrap(True)
        self.page.addWidget(told)
        self.field = QLineEdit()
        self.field.setMaxLength(LONGEST_FOLDER)
        self.field.setPlaceholderText(tr("Find a folder, or name a new one"))
        self.field.setAccessibleName(tr("Name of the folder"))
        self.field.textChanged.connect(self._show)
        self.field.installEventFilter(self)
        self.page.addWidget(self.field)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Folders"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._take)
        self.page.addWidget(self.list, 1)
        self.add_button(tr("Cancel")).clicked.connect(self.reject)
        self.add_button(tr("Move"), primary=True).clicked.connect(lambda: self._take(self.list.currentItem()))
        self._show("")
        self.fit()
        self.field.setFocus()

    def _show(self, typed: str) -> None:
        name = clean_name(typed)
        self.list.clear()
        if not name and self._folder:
            self._add("close", tr("No folder"), "")
        for each in matching(self._folders, name) if name else self._folders:
            self._add("check" if each == self._folder else "folder", each, each)
        if name and all(each.casefold() != name.casefold() for each in self._folders):
            self._add("plus", tr("New folder “{name}”").format(name=name), name)
        if not self.list.count():
            self.list.addItem(tr("There is no folder yet. Type a name to make one."))
            self.list.item(0).setFlags(Qt.ItemFlag.NoItemFlags)
        else:
            names = [self.list.item(row).data(NAME) for row in range(self.list.count())]
            self.list.setCurrentRow(names.index(self._folder) if not name and self._folder in names else 0)

    def _add(self, picture: str, text: str, name: str) -> None:
        item = QListWidgetItem(icon(picture, theme_of(self.palette()).muted, px(16)), text)
        item.setData(NAME, name)
        self.list.addItem(item)

    def _take(self, item: QListWidgetItem | None) -> None:
        name = item.data(NAME) if item is not None else None
        if name is not None:
            self.accept()
            self.chosen.emit(name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and Down choose while the field has the keyboard."""
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step and self.list.count():
                self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
                return True
        return super().eventFilter(watched, event)


class ColourButton(Segment):
    """One colour, with its mark and its name."""

    def __init__(self, colour: Colour) -> None:
        super().__init__(colour_name(colour))
        self.colour = colour
        self.setCheckable(True)
        self.setAccessibleName(tr("Colour: {colour}").format(colour=colour_name(colour)))
        if colour:
            self.setStyleSheet(f"text-align: left; padding-left: {px(30)}px;")
        else:
            self.setStyleSheet(f"text-align: left; padding-left: {px(10)}px;")

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(QSize(px(96), px(34)))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        centre = QPointF(px(17), self.height() / 2)
        paint_colour(painter, self.colour, centre, px(MARK), theme_of(self.palette()))
        painter.end()


class TagCompleter(QCompleter):
    """Completes the last of several tags with commas between them."""

    def splitPath(self, path: str) -> list[str]:
        return [_last_tag(path)]

    def pathFromIndex(self, index: object) -> str:
        field = self.widget()
        typed = field.text() if isinstance(field, QLineEdit) else ""
        kept = typed[: len(typed) - len(_last_tag(typed))]
        return kept + super().pathFromIndex(index)  # type: ignore[arg-type]  # Qt's own index


class MarksDialog(Dialog):
    """Tags, with those that are known offered, and a colour."""

    saved = Signal(object, str)  # tuple[str, ...], Colour

    def __init__(
        self, title: str, tags: Sequence[str], colour: Colour, known: Sequence[str], slot: Slot, parent: QWidget | None
    ) -> None:
        """`slot` keeps tags that are not saved."""
        super().__init__(tr("Tags and colour"), parent, width=440)
        told = Muted(title, size=13)
        told.setWordWrap(True)
        self.page.addWidget(told)
        self.page.addWidget(Heading(tr("Tags")))
        self.field = QLineEdit(", ".join(tags))
        self.field.setPlaceholderText(tr("such as work, ideas"))
        self.field.setAccessibleName(tr("Tags"))
        self.field.setAccessibleDescription(tr("Put commas between them."))
        completer = TagCompleter(list(known), self.field)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        popup = QListView()
        completer.setPopup(popup)
        popup.setStyleSheet("background: palette(base); color: palette(text);")
        popup.setAccessibleName(tr("Tags"))
        self.field.setCompleter(completer)
        self.page.addWidget(self.field)
        self.unfinished = Unfinished(self, self.field, slot)
        self.page.addWidget(Muted(tr("Put commas between them.")))
        self.page.addWidget(Heading(tr("Colour")))
        self.buttons = QButtonGroup(self)
        grid = QGridLayout()
        grid.setSpacing(px(4))
        for number, each in enumerate(COLOURS):
            button = ColourButton(each)
            button.setChecked(each == colour)
            self.buttons.addButton(button)
            grid.addWidget(button, number // 3, number % 3)
        self.page.addLayout(grid)
        self.page.addStretch(1)
        self.add_button(tr("Cancel")).clicked.connect(self.reject)
        self.add_button(tr("Save"), primary=True).clicked.connect(self._save)
        self.fit()
        self.field.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # What is typed is added, not put in place of what is there: Qt selects all of it in a moment.
        QTimer.singleShot(0, self.field, lambda: self.field.end(False))

    def _save(self) -> None:
        chosen: QAbstractButton | None = self.buttons.checkedButton()
        self.accept()
        self.saved.emit(tags_of(self.field.text()), chosen.colour if isinstance(chosen, ColourButton) else "")


def _last_tag(text: str) -> str:
    """What stands behind the last comma."""
    return text[max(text.rfind(sign) for sign in ",，、;；") + 1 :].lstrip(" #")
