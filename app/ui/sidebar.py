"""The left side: new conversation, search, the list with folders and days, the archive and the trash."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from app.core.errors import AppError
from app.core.language import tr
from app.core.listing import FolderLine, Line, Mode, Place, Summary
from app.core.query import hint
from app.core.tree import Conversation
from app.ui.controls import IconButton, Menu, QuietButton
from app.ui.grounds import Heading, Muted, Picture, Surface
from app.ui.icons import icon
from app.ui.search_field import SearchField
from app.ui.sidebar_list import ConversationList
from app.ui.theme import px, theme_of

TYPING = 150  # ms without a key before the search runs


class Sidebar(Surface):
    """Shows conversations and tells what was asked of them."""

    nothing_left = Signal()  # in the list, which had the keyboard
    new_asked = Signal()
    searched = Signal(str)
    search_begun = Signal()  # the keyboard came into the search box
    opened = Signal(int, object)  # conversation id, message id or None
    renamed = Signal(int, str)
    pin_asked = Signal(int, bool)
    archive_asked = Signal(int, bool)
    move_asked = Signal(int)
    marks_asked = Signal(int)  # tags and colour
    moved = Signal(int, str)  # conversation id, folder
    delete_asked = Signal(int)
    folder_asked = Signal()  # a new one
    folder_renamed = Signal(str, str)
    folder_delete_asked = Signal(str)
    folded = Signal(str, bool)
    trash_asked = Signal()
    archive_page_asked = Signal()
    restored = Signal(int)
    emptied = Signal()
    closed = Signal()
    preferences_asked = Signal()
    help_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", Qt.Edge.RightEdge, parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TYPING)
        self._timer.timeout.connect(self._search)
        self._in_archive = False
        outer = QVBoxLayout(self)
        outer.setContentsMargins(px(12), 0, px(12) + 1, px(8))
        outer.setSpacing(px(8))
        outer.addWidget(self._top())
        theme = theme_of(self.palette())
        new = QPushButton(icon("new", theme.accent, px(18)), "  " + tr("New conversation"))
        new.setAccessibleName(tr("New conversation"))
        new.setStyleSheet("text-align: left;")
        new.clicked.connect(self.new_asked)
        outer.addWidget(new)
        self.search = SearchField()
        self.search.setPlaceholderText(tr("Search"))
        self.search.setAccessibleName(tr("Search conversations"))
        self.search.setAccessibleDescription(hint())
        self.search.textChanged.connect(lambda _text: self._timer.start())
        self.search.left.connect(self._enter_list)
        self.search.entered.connect(self._open_first)
        self.search.focused.connect(self._show_hint)
        outer.addWidget(self.search)
        self._hint = Muted(hint())
        self._hint.setWordWrap(True)
        self._hint.setContentsMargins(px(9), 0, px(4), 0)
        self._hint.hide()
        outer.addWidget(self._hint)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._conversations())
        outer.addLayout(self._stack, 1)
        outer.addLayout(self._bottom())
        self._trash: QWidget | None = None

    def _top(self) -> QWidget:
        top = QWidget()
        top.setFixedHeight(px(52))
        layout = QHBoxLayout(top)
        layout.setContentsMargins(px(4), 0, 0, 0)
        layout.setSpacing(px(8))
        layout.addWidget(Picture("fireside", 24))
        layout.addWidget(Heading("Fireside", size=16), 1)
        close = IconButton("sidebar", tr("Hide the list"))
        close.clicked.connect(self.closed)
        layout.addWidget(close)
        return top

    def _conversations(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._back = QuietButton(icon("chevron-left", theme_of(self.palette()).muted, px(16)), tr("Archive"))
        self._back.setAccessibleName(tr("Back to the conversations"))
        self._back.clicked.connect(self.leave_archive)
        self._back.hide()
        layout.addWidget(self._back, 0, Qt.AlignmentFlag.AlignLeft)
        self.list = view = ConversationList()
        view.opened.connect(self.opened)
        view.folded.connect(self.folded)
        view.moved.connect(self.moved)
        view.delete_asked.connect(self.delete_asked)
        view.folder_delete_asked.connect(self.folder_delete_asked)
        view.menu_asked.connect(self._open_menu)
        view.left.connect(self.search.setFocus)
        view.lines_model.renamed.connect(self.renamed)
        view.lines_model.folder_renamed.connect(self.folder_renamed)
        view.drawer.rename_asked.connect(view.rename)
        view.drawer.delete_asked.connect(self.delete_asked)
        view.drawer.pin_asked.connect(self._toggle_pin)
        view.drawer.folder_menu_asked.connect(self._open_menu)
        view.drawer.closeEditor.connect(lambda: QTimer.singleShot(0, self, self._search))
        self._empty = Muted("", size=13)
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._empty.setContentsMargins(px(8), px(24), px(8), 0)
        layout.addWidget(self._empty)
        layout.addWidget(view, 1)
        layout.addStretch(0)
        return page

    def _bottom(self) -> QHBoxLayout:
        layout = QHBoxLayout()
        layout.setSpacing(px(4))
        for name, label, signal in (
            ("trash", tr("Show trash"), self.trash_asked),
            ("archive", tr("Show archive"), self.archive_page_asked),
            ("help", tr("Help"), self.help_asked),
            ("settings", tr("Preferences"), self.preferences_asked),
        ):
            button = IconButton(name, label)
            button.clicked.connect(signal)
            layout.addWidget(button)
            if name == "archive":
                layout.addStretch(1)
        return layout

    def rest(self) -> None:
        """Tell nothing more: the window closes."""
        self._timer.stop()

    # ── the search ────────────────────────────────────────────────────────────────────────────────────

    def query(self) -> str:
        """What is searched for."""
        return self.search.text().strip()

    def _search(self) -> None:
        self._timer.stop()
        self.searched.emit(self.query())

    def _show_hint(self, searching: bool) -> None:
        if searching:
            self.search_begun.emit()
        self._hint.setVisible(searching)

    def _enter_list(self) -> None:
        if self._timer.isActive():
            self._search()
        if self.list.go_to_first():
            self.list.setFocus()

    def _open_first(self) -> None:
        if self.query():
            self._search()
            self.list.open_first()

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────

    @property
    def mode(self) -> Mode:
        """What the list shows."""
        return "search" if self.query() else "archive" if self._in_archive else "list"

    def show_lines(self, lines: Sequence[Line], open_id: int) -> None:
        """Show the lines that belong to the mode."""
        if self.list.state() == ConversationList.State.EditingState:
            return  # a title is being written; the list follows when that ends
        mode = self.mode
        self._back.setVisible(mode == "archive")
        self.list.show_lines(lines, open_id, mode)
        self._tell(
            "" if lines
            else tr("Nothing found. Try fewer or other words.") if mode == "search"
            else tr("Nothing is archived.") if mode == "archive"
            else tr("Your conversations appear here.")
        )  # fmt: skip

    def show_refused(self, error: AppError) -> None:
        """Tell what is wrong with what was typed."""
        self.list.show_lines([], 0, self.mode)
        self._tell(str(error))

    def _tell(self, text: str) -> None:
        self._empty.setText(text)
        held = bool(text) and self.list.hasFocus()
        if held and self._back.isVisibleTo(self):
            self._back.setFocus()
        elif held:
            self.nothing_left.emit()  # Qt would go on to whatever comes next
        self._empty.setVisible(bool(text))
        self.list.setVisible(not text)

    def show_open(self, conversation_id: int) -> None:
        """Mark the conversation in view."""
        self.list.show_open(conversation_id)
        self._stack.setCurrentIndex(0)

    def show_archive(self) -> None:
        """Let the list be that of the archive; `searched` asks for its lines."""
        self._in_archive = True
        self._stack.setCurrentIndex(0)
        self.search.clear()
        self._search()
        (self.list if self.list.isVisible() else self._back).setFocus()
        self.list.go_to_first()

    def leave_archive(self) -> None:
        """Go back to the list."""
        self._in_archive = False
        self._search()
        self.list.setFocus()

    def show_trash(self, conversations: Sequence[Conversation]) -> None:
        """Show deleted conversations in place of the list."""
        from app.ui.trash_page import TrashPage

        at, shown = QApplication.focusWidget(), self._trash
        focused = not self.trash_in_view() or (at is not None and shown is not None and shown.isAncestorOf(at))
        if self._trash is not None:
            self._stack.removeWidget(self._trash)
            self._trash.deleteLater()
        self._trash = page = TrashPage(conversations)
        page.left.connect(self._leave_trash)
        page.restored.connect(self.restored)
        page.emptied.connect(self.emptied)
        self._stack.addWidget(page)
        self._stack.setCurrentIndex(1)
        if focused:
            page.take_focus()

    def _leave_trash(self) -> None:
        self._stack.setCurrentIndex(0)
        self.list.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leads out of the trash and the archive."""
        if event.key() == Qt.Key.Key_Escape and self.trash_in_view():
            self._leave_trash()
        elif event.key() == Qt.Key.Key_Escape and self._in_archive:
            self.leave_archive()
        else:
            super().keyPressEvent(event)

    def trash_in_view(self) -> bool:
        """Is the trash shown in place of the list."""
        return self._stack.currentIndex() == 1

    # ── what can be done ──────────────────────────────────────────────────────────────────────────────

    def _toggle_pin(self, conversation_id: int) -> None:
        row = self.list.lines_model.row_of(conversation_id)
        line = self.list.lines_model.lines[row]
        if isinstance(line, Summary):
            self.pin_asked.emit(conversation_id, not line.pinned)

    def _open_menu(self, line: Line | None, at: QPoint) -> None:
        menu = Menu(self)
        if isinstance(line, Place):
            line = line.conversation
        if isinstance(line, Summary):
            self._fill_menu(menu, line)
        else:
            if isinstance(line, FolderLine):
                self._fill_folder_menu(menu, line.name)
            self._add(menu, "plus", tr("New folder"), self.folder_asked.emit)
        menu.popup(at)

    def _fill_menu(self, menu: Menu, row: Summary) -> None:
        pin = tr("Unpin") if row.pinned else tr("Pin")
        self._add(menu, "unpin" if row.pinned else "pin", pin, lambda: self.pin_asked.emit(row.id, not row.pinned))
        self._add(menu, "edit", tr("Rename"), lambda: self.list.rename(row.id))
        self._add(menu, "folder", tr("Move to folder…"), lambda: self.move_asked.emit(row.id))
        self._add(menu, "tag", tr("Tags and colour…"), lambda: self.marks_asked.emit(row.id))
        told = tr("Bring back to the list") if row.archived else tr("Archive")
        asked = not row.archived
        self._add(menu, "archive" if asked else "unarchive", told, lambda: self.archive_asked.emit(row.id, asked))
        menu.addSeparator()
        self._add(menu, "trash", tr("Move to trash"), lambda: self.delete_asked.emit(row.id))

    def _fill_folder_menu(self, menu: Menu, name: str) -> None:
        self._add(menu, "edit", tr("Rename"), lambda: self.list.rename_folder(name))
        self._add(menu, "trash", tr("Delete folder"), lambda: self.folder_delete_asked.emit(name))
        menu.addSeparator()

    def _add(self, menu: Menu, name: str, text: str, asked: Callable[[], object]) -> None:
        action = menu.addAction(icon(name, theme_of(self.palette()).muted, px(16)), text)
        action.triggered.connect(lambda _checked=False: asked())
