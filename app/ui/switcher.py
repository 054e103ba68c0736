"""The switcher: type a part of a model's name, Enter uses it. What can be done with the model in use stands below."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QListView, QWidget

from app.chat.switching import Choice, first_choice, found
from app.core.language import tr
from app.ui.controls import IconButton
from app.ui.grounds import Muted
from app.ui.overlay import Overlay
from app.ui.switcher_rows import LINE, Drawer, Lines, lines_of, spoken
from app.ui.theme import px

WIDE, HIGH = 560, 520
SEEN = 12  # lines that are more than high enough
STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 6, Qt.Key.Key_PageUp: -6}
TAKEN = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, *STEPS)


class Switcher(Overlay):
    """Lies over the window while it is open, below the model's name."""

    chosen = Signal(object)  # Path of a model
    more_asked = Signal(str)  # models that are not here, with what was typed
    cancel_asked = Signal()  # the loading

    def __init__(self, asks: str, below: QWidget, actions: Sequence[tuple[str, QAction]], parent: QWidget) -> None:
        """`asks` stands in the empty field; `actions` with their icons stand at the foot."""
        super().__init__(asks, asks, tr("Models"), parent)
        self._below = below
        self._choices: Sequence[Choice] = ()
        self._moved = False  # somebody chose a line, which is kept when the list becomes another one
        self.field.textChanged.connect(self._typed)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.lines = Lines(self)
        self.view.setModel(self.lines)
        self.drawer = Drawer(self.view)
        self.view.setItemDelegate(self.drawer)
        self.view.clicked.connect(self._clicked)
        self._column.addLayout(self._foot(actions))
        QApplication.instance().focusChanged.connect(self._follow_focus)  # type: ignore[union-attr]  # there is one
        self._appear()

    def _foot(self, actions: Sequence[tuple[str, QAction]]) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setContentsMargins(px(4), px(2), px(4), 0)
        line.setSpacing(px(4))
        self.hint = Muted(tr("Enter uses it, Esc closes."), size=12)
        line.addWidget(self.hint, 1)
        self.buttons: list[IconButton] = []
        for name, action in actions:
            button = IconButton(name, action.text(), size=28)
            button.say(action.text(), action.shortcut().toString(action.shortcut().SequenceFormat.NativeText))
            button.setEnabled(action.isEnabled())
            button.clicked.connect(lambda _checked=False, action=action: self._do(action))
            line.addWidget(button)
            self.buttons.append(button)
        return line

    def show_choices(self, choices: Sequence[Choice]) -> None:
        """Show these models; the line that somebody chose stays chosen."""
        before = self._chosen()
        self._choices = choices
        self._show(before.path if isinstance(before, Choice) and self._moved else None)

    def _typed(self) -> None:
        self._moved = False
        self._show(None)

    def _show(self, kept: Path | None) -> None:
        text = self.field.text()
        shown = found(self._choices, text)
        lines = lines_of(shown, bool(text.strip()))
        self.lines.show(lines)
        wanted = kept or (shown[first_choice(shown, text)].path if shown else None)
        self._place()
        self._go_to(next((at for at, line in enumerate(lines) if isinstance(line, Choice) and line.path == wanted), 0))

    def _go_to(self, row: int) -> None:
        index = self.lines.index(row)
        self.view.setCurrentIndex(index)
        if row <= 1:
            self.view.scrollToTop()  # with the heading
        self.field.setAccessibleDescription(spoken(self.lines.lines[row]))

    def _chosen(self) -> object:
        index = self.view.currentIndex()
        return index.data(LINE) if index.isValid() else None

    def _step(self, by: int) -> None:
        """Go up or down; headings are passed by, and with single steps the list goes round."""
        count, at, one = self.lines.rowCount(), self.view.currentIndex().row(), 1 if by > 0 else -1
        at = (at + by) % count if abs(by) == 1 else min(count - 1, max(0, at + by))
        while not self.lines.flags(self.lines.index(at)) & Qt.ItemFlag.ItemIsEnabled:
            at = (at + (one if 0 < at < count - 1 else 1)) % count
        self._moved = True
        self._go_to(at)

    def _clicked(self, index: QModelIndex) -> None:
        line, at = index.data(LINE), self.view.viewport().mapFromGlobal(self.view.cursor().pos())
        if isinstance(line, Choice) and line.standing == "loading" and self.drawer.end_of(index).contains(at):
            self.cancel_asked.emit()
        else:
            self._choose(line)

    def _choose(self, line: object) -> None:
        self.close()
        if isinstance(line, Choice):
            self.chosen.emit(line.path)
        elif line == "more":
            self.more_asked.emit(self.field.text().strip())

    def _do(self, action: QAction) -> None:
        self.close()
        action.trigger()

    def _follow_focus(self, _before: QWidget | None, now: QWidget | None) -> None:
        if now is not None and self.isVisible() and not self.isAncestorOf(now):
            self.close()

    def _place(self) -> None:
        super()._place()
        room = self._window.size()
        corner = self._below.mapTo(self._window, self._below.rect().bottomLeft())
        width = min(px(WIDE), room.width() - px(32))
        chrome = self._card.sizeHint().height() - self.view.sizeHint().height()
        wanted = chrome + sum(self.view.sizeHintForRow(row) for row in range(min(SEEN, self.lines.rowCount())))
        height = min(px(HIGH), wanted + px(2), room.height() - corner.y() - px(24))
        left = max(px(16), min(corner.x(), room.width() - px(16) - width))
        self._card.setGeometry(left, corner.y() + px(4), width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self._place()
        if watched is not self.field or not isinstance(event, QKeyEvent):
            return False
        key, line = Qt.Key(event.key()), self._chosen()
        ends = key == Qt.Key.Key_Delete and isinstance(line, Choice) and line.standing == "loading"
        if event.type() == QEvent.Type.ShortcutOverride and (key in TAKEN or ends):
            event.accept()
            return True
        if event.type() != QEvent.Type.KeyPress or not (key in TAKEN or ends):
            return False
        if key in STEPS:
            self._step(STEPS[key])
        elif key == Qt.Key.Key_Escape:
            self.close()
        elif ends:
            self.cancel_asked.emit()
        else:
            self._choose(line)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:  # from one of the buttons
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        QApplication.instance().focusChanged.disconnect(self._follow_focus)  # type: ignore[union-attr]  # there is one
        super().closeEvent(event)
