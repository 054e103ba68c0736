"""The frame that all dialogs share: a title, a page that scrolls, buttons at the bottom right."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.core.language import tr
from app.ui.controls import PrimaryButton
from app.ui.grounds import Heading, Muted, own_viewport
from app.ui.theme import px


class Dialog(QDialog):
    """A dialog in the application's looks; deleted when it closes."""

    def __init__(self, title: str, parent: QWidget | None, *, width: int = 560, height: int = 0) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.page = QVBoxLayout()
        self.page.setContentsMargins(px(24), px(20), px(24), px(16))
        self.page.setSpacing(px(12))
        heading = Heading(title, size=20)
        heading.setWordWrap(True)
        self.page.addWidget(heading)
        outer.addLayout(self.page, 1)
        self._buttons = QHBoxLayout()
        self._buttons.setContentsMargins(px(24), px(12), px(24), px(20))
        self._buttons.setSpacing(px(8))
        self._buttons.addStretch(1)
        outer.addLayout(self._buttons)
        self._wish = QSize(px(width), px(height))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter on a button is that button: on "Cancel" it must not be the primary one, which Qt would press."""
        held = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(held, QPushButton):
            held.click()
        else:
            super().keyPressEvent(event)

    def add_button(self, text: str, *, primary: bool = False, left: bool = False) -> QPushButton:
        """A button at the bottom right; the primary one answers Enter unless another button has the keyboard."""
        button = PrimaryButton(text) if primary else QPushButton(text)
        button.setAccessibleName(text)
        button.setAutoDefault(primary)
        button.setDefault(primary)
        if left:
            self._buttons.insertWidget(0, button)
        else:
            self._buttons.addWidget(button)
        return button

    def add_close(self) -> None:
        """The button of a dialog in which nothing is to decide."""
        self.add_button(tr("Close"), primary=True).clicked.connect(self.accept)

    def fit(self) -> None:
        """Take the wished size, as far as the screen has it."""
        screen = (self.parentWidget() or self).screen() or QGuiApplication.primaryScreen()
        room = screen.availableSize()
        width = min(self._wish.width(), room.width() - px(32))
        needed = self.heightForWidth(width)  # -1 where nothing wraps; the hint is for a narrower dialog
        height = self._wish.height() or (needed if needed > 0 else self.sizeHint().height())
        self.resize(width, min(height, room.height() - px(64)))


def scrolled(page: QWidget) -> QScrollArea:
    """A page that scrolls up and down when there is not room enough."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    own_viewport(area)
    area.setWidget(page)
    page.setAutoFillBackground(False)
    return area


def paragraph(text: str) -> QLabel:
    """Text that wraps and can be selected."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def confirmed(parent: QWidget, question: str, told: str, yes: str) -> bool:
    """Ask before something that cannot be undone."""
    dialog = Dialog(question, parent, width=440)
    dialog.page.addWidget(Muted(told, size=14))
    keep = dialog.add_button(tr("Cancel"))
    keep.clicked.connect(dialog.reject)
    dialog.add_button(yes, primary=True).clicked.connect(dialog.accept)
    dialog.fit()
    keep.setFocus()
    return dialog.exec() == QDialog.DialogCode.Accepted
