"""The bar that finds words in the open conversation: a field, how many there are, and how they are looked for."""

from dataclasses import replace

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.core.find import LONGEST, Query
from app.core.language import tr, trn
from app.ui.actions import shortcut_text
from app.ui.controls import IconButton, Menu
from app.ui.grounds import Muted
from app.ui.icons import icon, pixmap
from app.ui.theme import mixed, px, theme_of

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Field(QLineEdit):
    """What is searched for, with the count at its right end. Enter goes on, Shift+Enter back."""

    stepped = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setMaxLength(LONGEST)
        self.setPlaceholderText(tr("Find in conversation"))
        self.setAccessibleName(tr("Find in conversation"))
        self.setMinimumWidth(px(96))
        self.count = Muted("", self)
        self.count.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.tell("")

    def tell(self, text: str) -> None:
        """Show how many there are."""
        self.count.setText(text)
        self.count.adjustSize()
        self._place()

    def _place(self) -> None:
        room = self.count.width() + px(8) if self.count.text() else 0
        shown = room < self.width() - px(90)
        self.count.setVisible(bool(room) and shown)
        self.setTextMargins(px(22), 0, room if shown else 0, 0)
        self.count.move(self.width() - self.count.width() - px(10), (self.height() - self.count.height()) // 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = px(16)
        muted = theme_of(self.palette()).muted
        QPainter(self).drawPixmap(px(9), (self.height() - side) // 2, pixmap("search", muted, side))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            self.stepped.emit(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)


class Option(IconButton):
    """A button that stays pressed."""

    def __init__(self, name: str, label: str) -> None:
        super().__init__(name, label, size=28)
        self._drawing = name
        self.setCheckable(True)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.isChecked():
            theme = theme_of(self.palette())
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mixed(theme.accent, theme.window, 0.18))
            painter.drawRoundedRect(self.rect(), px(6), px(6))
            if self.hasFocus():
                painter.setPen(QColor(theme.accent))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), px(6), px(6))
            side = round(self.side * 0.64)
            at = (self.side - side) // 2
            painter.drawPixmap(at, at, pixmap(self._drawing, theme.accent, side))
        else:
            super().paintEvent(event)


class FindBar(QWidget):
    """Lies on the upper edge of the transcript. Tells what is asked for; shows what it is told."""

    searched = Signal(Query)
    stepped = Signal(int)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, False)
        self.setAccessibleName(tr("Find in conversation"))
        self._query = Query()
        self._place = (0, 0, 0)  # width, left edge and width of the column
        self._line = QHBoxLayout()
        self._line.setSpacing(px(2))
        self.field = Field()
        self.field.textEdited.connect(lambda text: self._ask(text=text))
        self.field.stepped.connect(self.stepped)
        # Else a click beside the field hands the keyboard to what is below.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(self.field)
        self._line.addWidget(self.field, 1)
        self._line.addSpacing(px(6))
        self.previous = self._button("chevron-up", tr("Previous match"), "find_previous", -1)
        self.next = self._button("chevron-down", tr("Next match"), "find_next", 1)
        self._line.addSpacing(px(6))
        self.options: dict[str, Option] = {}
        for name, drawing, label in (
            ("case", "case", tr("Match capital letters")),
            ("words", "words", tr("Whole words only")),
            ("regex", "regex", tr("Regular expression")),
            ("all_branches", "branches", tr("In all branches")),
        ):
            button = self.options[name] = Option(drawing, label)
            button.toggled.connect(lambda on, name=name: self._ask(**{name: on}))
            self._line.addWidget(button)
        self.more = IconButton("more", tr("How to search"), size=28)
        self.more.clicked.connect(self._open_options)
        self._line.addWidget(self.more)
        self._line.addSpacing(px(6))
        close = IconButton("close", tr("Close"), size=28)
        close.say(tr("Close"), "Esc")
        close.clicked.connect(self.closed)
        self._line.addWidget(close)
        self.complaint = Muted(size=13)
        self.complaint.setWordWrap(True)
        self.complaint.hide()
        self._outer = QVBoxLayout(self)
        self._outer.setSpacing(px(4))
        self._outer.addLayout(self._line)
        self._outer.addWidget(self.complaint)

    def _button(self, drawing: str, label: str, command: str, step: int) -> IconButton:
        button = IconButton(drawing, label, size=28)
        button.say(label, shortcut_text(command))
        button.clicked.connect(lambda: self.stepped.emit(step))
        self._line.addWidget(button)
        return button

    # ── what is asked for ─────────────────────────────────────────────────────────────────────────────

    @property
    def query(self) -> Query:
        """What is asked for."""
        return self._query

    def show_query(self, query: Query) -> None:
        """Show what is searched for, all of it selected; tells nothing."""
        self._query = query
        self.field.setText(query.text)
        for name, button in self.options.items():
            button.blockSignals(True)
            button.setChecked(getattr(query, name))
            button.blockSignals(False)
        self._mark_more()
        self.field.selectAll()

    def _ask(self, **changed: str | bool) -> None:
        self._query = replace(self._query, **changed)  # type: ignore[arg-type]  # the fields of a Query
        self._mark_more()
        self.searched.emit(self._query)

    def _mark_more(self) -> None:
        """The button behind which the options are tells that one is on."""
        on = any(button.isChecked() for button in self.options.values())
        self.more.setCheckable(on)
        self.more.setChecked(on)

    def _open_options(self) -> None:
        self._mark_more()  # a click has turned it
        menu = Menu(self)
        for name, button in self.options.items():
            action = menu.addAction(button.accessibleName())
            action.setCheckable(True)
            action.setChecked(button.isChecked())
            if button.isChecked():
                action.setIcon(icon("check", theme_of(self.palette()).accent, px(16)))
            action.triggered.connect(lambda on, name=name: self.options[name].setChecked(on))
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    # ── what is found ─────────────────────────────────────────────────────────────────────────────────

    def show_found(self, number: int, count: int, finished: bool, complaint: str = "") -> None:
        """Which match is the current one (0 for none), of how many so far, or why there can be none."""
        more = "" if finished else "…"
        if complaint or not self._query.text:
            told = ""
        elif not count:
            told = tr("None found") if finished else more
        elif number:
            told = tr("{number} of {count}").format(number=f"{number:,}", count=f"{count:,}{more}")
        else:
            told = trn("{count} in another branch", "{count} in other branches", count)
        self.field.tell(told)
        self.field.setAccessibleDescription(complaint or told)
        for button in (self.previous, self.next):
            button.setEnabled(count > 0)
        refused = bool(complaint) or (finished and not count and bool(self._query.text))
        if bool(self.field.property("refused")) != refused:
            self.field.setProperty("refused", refused)
            self.field.style().unpolish(self.field)
            self.field.style().polish(self.field)
        if complaint != self.complaint.text():
            self.complaint.setText(complaint)
            self.complaint.setVisible(bool(complaint))
            self.lay_out(*self._place)

    def lay_out(self, width: int, left: int, column: int) -> None:
        """Be so wide. The content stands where the column of text does, which begins at `left`."""
        self._place = (width, left, column)
        self._outer.setContentsMargins(left, px(8), max(0, width - left - column), px(8))
        narrow = width < px(480)
        for button in self.options.values():
            button.setVisible(not narrow)
        self.more.setVisible(narrow)
        self._outer.activate()
        self.resize(
            width, self._outer.heightForWidth(width) if self.complaint.isVisibleTo(self) else self.sizeHint().height()
        )

    # ── events ────────────────────────────────────────────────────────────────────────────────────────

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()  # it closes the bar; it does not stop the answer
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() not in _ENTER:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.window))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(theme.border))
