"""The left side: new conversation, search, the list by day, and the trash."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from app.core.language import tr
from app.core.tree import Conversation
from app.ui.controls import IconButton, Menu, QuietButton
from app.ui.grounds import Elided, Heading, Muted, Picture, Surface
from app.ui.icons import icon, pixmap
from app.ui.sidebar_list import ConversationList, lines, title_of
from app.ui.theme import px, theme_of

if TYPE_CHECKING:
    from app.chat.history import Listed

TYPING = 150  # ms without a key before the search runs


class SearchField(QLineEdit):
    """Down goes to the list, Escape clears."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextMargins(px(22), 0, px(20), 0)
        self._clear = IconButton("close", tr("Clear the search"), self, size=22)
        self._clear.clicked.connect(self.clear)
        self._clear.hide()
        self.textChanged.connect(lambda text: self._clear.setVisible(bool(text)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._clear.move(self.width() - self._clear.side - px(6), (self.height() - self._clear.side) // 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = px(16)
        muted = theme_of(self.palette()).muted
        QPainter(self).drawPixmap(px(9), (self.height() - side) // 2, pixmap("search", muted, side))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.left.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class Sidebar(Surface):
    """Shows conversations and tells what was asked of them."""

    new_asked = Signal()
    searched = Signal(str)
    opened = Signal(int, object)  # conversation id, message id or None
    renamed = Signal(int, str)
    pin_asked = Signal(int, bool)
    delete_asked = Signal(int)
    trash_asked = Signal()
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
        self._timer.timeout.connect(lambda: self.searched.emit(self.query()))
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
        self.search.textChanged.connect(self._typed)
        self.search.left.connect(self._enter_list)
        outer.addWidget(self.search)
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
        self.list = ConversationList()
        self.list.opened.connect(self.opened)
        self.list.lines_model.renamed.connect(self.renamed)
        self.list.drawer.rename_asked.connect(self.list.rename)
        self.list.drawer.delete_asked.connect(self.delete_asked)
        self.list.drawer.pin_asked.connect(self._toggle_pin)
        self.list.drawer.closeEditor.connect(
            lambda: QTimer.singleShot(0, self, lambda: self.searched.emit(self.query()))
        )
        self.list.menu_asked.connect(self._open_menu)
        self._empty = Muted("", size=13)
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._empty.setContentsMargins(px(8), px(24), px(8), 0)
        layout.addWidget(self._empty)
        layout.addWidget(self.list, 1)
        return page

    def _bottom(self) -> QHBoxLayout:
        layout = QHBoxLayout()
        layout.setSpacing(px(4))
        for name, label, signal in (
            ("trash", tr("Show trash"), self.trash_asked),
            ("help", tr("Help"), self.help_asked),
            ("settings", tr("Preferences"), self.preferences_asked),
        ):
            button = IconButton(name, label)
            button.clicked.connect(signal)
            layout.addWidget(button)
            if name == "trash":
                layout.addStretch(1)
        return layout

    def rest(self) -> None:
        """Tell nothing more: the window closes."""
        self._timer.stop()

    def query(self) -> str:
        """What is searched for."""
        return self.search.text().strip()

    def _typed(self, _text: str) -> None:
        self._timer.start()

    def _enter_list(self) -> None:
        self.list.setFocus()
        if not self.list.currentIndex().isValid() and self.list.lines_model.lines:
            first = next(n for n, line in enumerate(self.list.lines_model.lines) if line.conversation is not None)
            self.list.setCurrentIndex(self.list.lines_model.index(first))

    def show_conversations(self, listed: "Sequence[Listed]", open_id: int) -> None:
        """Show the list, under headings unless it is the result of a search."""
        if self.list.state() == ConversationList.State.EditingState:
            return  # a title is being written; the list follows when that ends
        self.list.lines_model.show(lines(listed, datetime.now().astimezone(), bool(self.query())))
        self.list.show_open(open_id)
        self._empty.setVisible(not listed)
        self.list.setVisible(bool(listed))
        self._empty.setText(
            tr("Nothing found. Try fewer or other words.") if self.query() else tr("Your conversations appear here.")
        )

    def show_open(self, conversation_id: int) -> None:
        """Mark the conversation in view."""
        self.list.show_open(conversation_id)
        self._stack.setCurrentIndex(0)

    def _toggle_pin(self, conversation_id: int) -> None:
        row = self.list.lines_model.row_of(conversation_id)
        conversation = self.list.lines_model.lines[row].conversation
        if conversation is not None:
            self.pin_asked.emit(conversation_id, not conversation.pinned)

    def _open_menu(self, conversation: Conversation, at: QPoint) -> None:
        menu = Menu(self)
        muted = theme_of(self.palette()).muted
        pin = tr("Unpin") if conversation.pinned else tr("Pin")
        menu.addAction(icon("unpin" if conversation.pinned else "pin", muted, px(16)), pin).triggered.connect(
            lambda: self.pin_asked.emit(conversation.id, not conversation.pinned)
        )
        menu.addAction(icon("edit", muted, px(16)), tr("Rename")).triggered.connect(
            lambda: self.list.rename(conversation.id)
        )
        menu.addSeparator()
        menu.addAction(icon("trash", muted, px(16)), tr("Move to trash")).triggered.connect(
            lambda: self.delete_asked.emit(conversation.id)
        )
        menu.popup(at)

    def show_trash(self, conversations: Sequence[Conversation]) -> None:
        """Show deleted conversations in place of the list."""
        if self._trash is not None:
            self._stack.removeWidget(self._trash)
            self._trash.deleteLater()
        self._trash = page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(2))
        line = QHBoxLayout()
        back = QuietButton(icon("chevron-left", theme_of(self.palette()).muted, px(16)), tr("Trash"))
        back.setAccessibleName(tr("Back to the conversations"))
        back.clicked.connect(lambda: self._stack.setCurrentIndex(0))
        line.addWidget(back)
        line.addStretch(1)
        if conversations:
            empty = QuietButton(tr("Empty the trash"))
            empty.setAccessibleName(tr("Empty the trash"))
            empty.clicked.connect(self._confirm_empty)
            line.addWidget(empty)
        layout.addLayout(line)
        layout.addWidget(self._trash_rows(conversations), 1)
        self._stack.addWidget(page)
        self._stack.setCurrentIndex(1)

    def _trash_rows(self, conversations: Sequence[Conversation]) -> QWidget:
        from app.ui.dialogs import scrolled

        body = QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(px(10), 0, 0, 0)
        rows.setSpacing(0)
        if not conversations:
            rows.addWidget(Muted(tr("The trash is empty."), size=13))
        for conversation in conversations[:200]:  # what was deleted last; the rest follows when these are gone
            line = QHBoxLayout()
            label = Elided(title_of(conversation))
            line.addWidget(label, 1)
            restore = IconButton("restore", tr("Restore {title}").format(title=title_of(conversation)), size=28)
            restore.clicked.connect(lambda _checked=False, number=conversation.id: self.restored.emit(number))
            line.addWidget(restore)
            rows.addLayout(line)
        rows.addStretch(1)
        return scrolled(body)

    def _confirm_empty(self) -> None:
        from app.ui.dialogs import confirmed

        question = tr("Delete everything in the trash for good?")
        if confirmed(self.window(), question, tr("This cannot be undone."), tr("Delete for good")):
            self.emptied.emit()

    def trash_in_view(self) -> bool:
        """Is the trash shown in place of the list."""
        return self._stack.currentIndex() == 1
