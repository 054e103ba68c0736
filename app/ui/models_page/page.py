"""The frame of the Models page: the way back, the name, and the tabs that it is given."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from app.core.errors import AppError
from app.core.language import tr
from app.ui.controls import IconButton, QuietButton, Segmented
from app.ui.grounds import Heading, Surface
from app.ui.icons import icon
from app.ui.notices import Banner, Toast
from app.ui.theme import px, theme_of

NARROW = 720  # at 100 %; below it the way back is an arrow alone,
NARROWER = 520  # and below this the tabs alone say what the page is


class Tab(QWidget):
    """One tab of the page. Keys that the page takes before the window's commands do come here."""

    def begin_search(self) -> None:
        """Ctrl+F: put the keyboard where words are typed."""

    def escape(self) -> bool:
        """Esc: leave what is open in the tab; False where nothing is, and the page is left."""
        return False

    def enter(self) -> None:
        """It came into view: the keyboard goes where it is wanted first."""

    def rest(self) -> None:
        """It is out of view, or gone: nothing runs on."""


class LaterTab(Tab):
    """A tab that is made when it is first looked at, and filled whenever it comes into view."""

    def __init__(self, make: Callable[[], Tab], fill: Callable[[], None]) -> None:
        super().__init__()
        self._make = make
        self._fill = fill
        self.made: Tab | None = None
        self._line = QVBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)

    @property
    def tab(self) -> Tab:
        """The tab itself."""
        if self.made is None:
            self.made = self._make()
            self._line.addWidget(self.made)
            self.made.show()  # the layout would do so later, and until then it takes no keyboard
        return self.made

    def begin_search(self) -> None:
        self.tab.begin_search()

    def escape(self) -> bool:
        return self.made is not None and self.made.escape()

    def enter(self) -> None:
        tab = self.tab
        self._fill()
        tab.enter()

    def rest(self) -> None:
        if self.made is not None:
            self.made.rest()


class ModelsPage(Surface):
    """Shows one tab at a time; with a single one there is nothing to choose."""

    left = Signal()  # back to the conversation
    sidebar_asked = Signal()
    tab_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("window", None, parent)
        self.setAccessibleName(tr("Models"))
        self.tabs: dict[str, Tab] = {}
        self._labels: list[tuple[str, str]] = []
        self._chosen = ""
        self._switch: Segmented | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        top = QWidget()
        top.setFixedHeight(px(52))
        self._top = line = QHBoxLayout(top)
        line.setContentsMargins(px(12), 0, px(16), 0)
        line.setSpacing(px(4))
        self.sidebar = IconButton("sidebar", tr("Conversation list"))
        self.sidebar.clicked.connect(self.sidebar_asked)
        self.sidebar.hide()
        line.addWidget(self.sidebar)
        self.back = QuietButton(icon("chevron-left", theme_of(self.palette()).muted, px(16)), "")
        self.back.setAccessibleName(tr("Back to the conversation"))
        self.back.setToolTip(tr("Back to the conversation") + "  Esc")
        self.back.clicked.connect(self.left)
        line.addWidget(self.back)
        self.heading = Heading(tr("Models"), size=16)
        line.addSpacing(px(4))
        line.addWidget(self.heading)
        line.addStretch(1)
        layout.addWidget(top)
        self.banner = Banner()
        self.banner.closed.connect(self.banner.hide)
        frame = QVBoxLayout()
        frame.setContentsMargins(px(20), 0, px(20), 0)
        frame.addWidget(self.banner)
        layout.addLayout(frame)
        self.toast = Toast(self)
        self._stack = QStackedLayout()
        layout.addLayout(self._stack, 1)

    def add_tab(self, key: str, label: str, tab: Tab) -> None:
        """One more, behind the others; the first one is in view."""
        self.tabs[key] = tab
        self._labels.append((key, label))
        self._stack.addWidget(tab)
        self._chosen = self._chosen or key
        if len(self._labels) > 1:
            if self._switch is not None:
                self._top.removeWidget(self._switch)
                self._switch.hide()
                self._switch.deleteLater()
            self._switch = Segmented(tuple(self._labels), self._chosen, tr("Models"))
            self._switch.chosen.connect(self.choose)
            self._top.addWidget(self._switch, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_label(self, key: str, label: str) -> None:
        """Call a tab something else for a while."""
        self._labels = [(each, label if each == key else before) for each, before in self._labels]
        if self._switch is not None:
            self._switch.show_text(key, label)

    @property
    def chosen(self) -> str:
        """The key of the tab in view."""
        return self._chosen

    def choose(self, key: str) -> None:
        """Bring a tab into view, with the keyboard in it."""
        if key != self._chosen:
            self.tabs[self._chosen].rest()
            self._chosen = key
            self._stack.setCurrentWidget(self.tabs[key])
            if self._switch is not None:
                self._switch.show_value(key)
        self.tabs[key].enter()
        self.tab_chosen.emit(key)

    def show_problem(self, error: AppError) -> None:
        """Say what was refused, above the tab."""
        self.banner.show_problem(error, retry=False)

    def say(self, text: str, undo: bool = False) -> None:
        """Say something for some seconds."""
        self.toast.say(text, undo)
        self._place_toast()

    def _place_toast(self) -> None:
        if self.toast.isVisible():
            width = min(self.toast.wide(), self.width() - px(32))
            height = self.toast.fit(width)
            self.toast.setGeometry((self.width() - width) // 2, self.height() - height - px(44), width, height)

    def show_sides(self, *, sidebar: bool) -> None:
        """Whether the list of conversations is in view."""
        self.sidebar.setVisible(not sidebar)

    def rest(self) -> None:
        """The page is left."""
        for tab in self.tabs.values():
            tab.rest()

    def event(self, event: QEvent) -> bool:
        """Esc and Ctrl+F are about the page, before they are commands of the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _ours(event):
            event.accept()
            return True
        if event.type() == QEvent.Type.Resize:
            self.back.setText("" if self.width() < px(NARROW) else tr("Back to the conversation"))
            self.heading.setVisible(self.width() >= px(NARROWER) or self._switch is None)
            self._place_toast()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if not self.tabs[self._chosen].escape():
                self.left.emit()
        elif event.matches(QKeySequence.StandardKey.Find):
            self.tabs[self._chosen].begin_search()
        else:
            super().keyPressEvent(event)


def _ours(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_Escape or event.matches(QKeySequence.StandardKey.Find)
