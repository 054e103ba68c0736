"""The small controls that the application draws itself, so that they look the same everywhere."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QSlider,
    QWidget,
)

from app.core.errors import InputError
from app.core.language import tr
from app.core.params import Row, Value, clean, shown
from app.ui.grounds import plain_tip
from app.ui.icons import icon, pixmap
from app.ui.theme import RADIUS, mixed, px, theme_of


class PrimaryButton(QPushButton):
    """The one button of a page that does what the page is for."""


class QuietButton(QPushButton):
    """A text button without a frame."""


class Segment(QPushButton):
    """One of the choices in a Segmented control."""


class IconButton(QAbstractButton):
    """A square button with an icon. `filled` draws it round in the accent colour."""

    def __init__(
        self, name: str, label: str, parent: QWidget | None = None, *, size: int = 32, filled: bool = False
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._filled = filled
        self.side = px(size)
        self.setFixedSize(self.side, self.side)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.say(label)

    def say(self, label: str, shortcut: str = "") -> None:
        """What the button does, for the tooltip and for screen readers."""
        self.setAccessibleName(label)
        self.setToolTip(plain_tip(f"{label}  {shortcut}".strip()))

    def show_icon(self, name: str) -> None:
        """Draw another icon from now on."""
        self._name = name
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.side, self.side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        radius = box.width() / 2 if self._filled else px(RADIUS)
        over = self.underMouse() and self.isEnabled()
        painter.setPen(Qt.PenStyle.NoPen)
        colour = theme.text if over or self.isChecked() else theme.muted
        if self._filled:
            ground = QColor(theme.accent) if self.isEnabled() else QColor(theme.hover)
            painter.setBrush(mixed(theme.accent, theme.text, 0.85) if over else ground)
            painter.drawRoundedRect(box, radius, radius)
            colour = theme.on_accent if self.isEnabled() else theme.muted
        elif over or self.isDown() or self.isChecked():
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(box, radius, radius)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.text if self._filled else theme.accent), px(1.5)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            inset = 2.5 if self._filled else 1
            painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), radius - inset, radius - inset)
        if not self.isEnabled() and not self._filled:
            painter.setOpacity(0.4)
        side = round(self.side * 0.6) if self.side > px(24) else round(self.side * 0.7)
        at = (self.side - side) // 2
        painter.drawPixmap(at, at, pixmap(self._name, colour, side))


class Switch(QAbstractButton):
    """A check box drawn as a switch."""

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setAccessibleName(label)
        self.setFixedSize(px(36), px(20))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(QColor(theme.text), 1.5) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.accent) if self.isChecked() else mixed(theme.muted, theme.window, 0.5))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        knob = box.height() - px(4)
        left = box.right() - knob - px(2) if self.isChecked() else box.left() + px(2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.on_accent if self.isChecked() else theme.raised))
        painter.drawEllipse(QRectF(left, box.top() + px(2), knob, knob))


class MarkedSlider(QSlider):
    """A slider over a list of positions, with a mark at the default; the wheel scrolls the page instead."""

    def __init__(self, count: int, mark: int, label: str, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._mark = mark
        self.setRange(0, count - 1)
        self.setPageStep(max(1, count // 10))
        self.setAccessibleName(label)
        self.setFixedHeight(px(20))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        return QSize(px(160), px(20))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(80), px(20))

    def set_mark(self, position: int) -> None:
        """Put the mark somewhere else."""
        self._mark = position
        self.update()

    def _x(self, position: int) -> float:
        knob = px(7)
        return knob + (self.width() - 2 * knob) * position / max(1, self.maximum())

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        x = self._x(self.value())
        colour = QColor(theme.accent if self.value() != self._mark else theme.muted)
        groove = px(4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(theme.muted, theme.surface, 0.28))
        painter.drawRoundedRect(QRectF(0, middle - groove / 2, self.width(), groove), groove / 2, groove / 2)
        painter.setBrush(colour)
        painter.drawRoundedRect(QRectF(0, middle - groove / 2, x, groove), groove / 2, groove / 2)
        painter.setBrush(QColor(theme.muted))
        painter.drawRoundedRect(QRectF(self._x(self._mark) - px(1), middle - px(6), px(2), px(12)), 1, 1)
        knob = px(7) if self.underMouse() or self.hasFocus() else px(6)
        painter.setBrush(colour if self.isEnabled() else QColor(theme.border))
        painter.setPen(QPen(QColor(theme.surface), px(2)))
        painter.drawEllipse(QPointF(x, middle), knob, knob)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.text), px(1.5)))
            painter.drawEllipse(QPointF(x, middle), knob, knob)

    def _go(self, x: float) -> None:
        span = self.width() - 2 * px(7)
        self.setValue(round(min(1.0, max(0.0, (x - px(7)) / max(1, span))) * self.maximum()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._go(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._go(event.position().x())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self.setValue(self._mark)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class NumberBox(QLineEdit):
    """A number with its unit, or the word for a special value. Up and Down step it, Enter takes it."""

    changed = Signal(object)  # float | int
    stepped = Signal(int)

    def __init__(self, row: Row, value: Value, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = row
        self._value = value
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setAccessibleName(tr(row.label))
        self.setAccessibleDescription(tr(row.help))
        self.setText(shown(row, value))
        self.editingFinished.connect(self.settle)

    def show_value(self, value: Value) -> None:
        """Show a value that came from elsewhere."""
        self._value = value
        self._refuse("")
        self.setText(shown(self._row, value))

    def settle(self) -> None:
        """Tell what was typed; what is no number of this row is marked."""
        if self.text() == shown(self._row, self._value):
            self.setModified(False)
            return
        try:
            value = typed(self._row, self.text())
        except InputError as error:
            self._refuse(str(error))
            return
        self.show_value(value)
        self.changed.emit(value)

    def _refuse(self, why: str) -> None:
        if bool(self.property("refused")) != bool(why):
            self.setProperty("refused", bool(why))
            self.style().unpolish(self)
            self.style().polish(self)
        self.setToolTip(why)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.property("refused"):  # what cannot be used does not stay
            self.show_value(self._value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.settle()
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Up else -1)
        elif event.key() == Qt.Key.Key_Escape and self.text() != shown(self._row, self._value):
            self.show_value(self._value)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.isModified():
            self.settle()  # and does not close the dialog: that is what Enter does when nothing is to be taken
            self.selectAll()
        else:
            super().keyPressEvent(event)


def typed(row: Row, text: str) -> Value:
    """What a person typed into a number box, as a value of the row.

    Raises:
        InputError: it is no number, or out of range.
    """
    word = text.strip()
    if row.special and (not word or word.casefold() == tr(row.special[1]).casefold()):
        return clean(row, row.special[0] if row.kind == "float" else int(row.special[0]))
    number = word.removesuffix(tr(row.unit)).strip() if row.unit else word
    if row.kind == "int":
        return clean(row, number.replace(",", "").replace(" ", "").replace("\u202f", ""))
    return clean(row, number if "." in number else number.replace(",", "."))


class Segmented(QFrame):
    """A few choices side by side."""

    chosen = Signal(str)

    def __init__(
        self, choices: tuple[tuple[str, str], ...], value: str, label: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(label)
        self._buttons: dict[str, Segment] = {}
        group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(px(3), px(3), px(3), px(3))
        layout.setSpacing(0)
        for key, text in choices:
            button = Segment(tr(text))
            button.setCheckable(True)
            button.setChecked(key == value)
            button.setAccessibleName(f"{label}: {tr(text)}")
            button.clicked.connect(lambda _checked, key=key: self.chosen.emit(key))
            group.addButton(button)
            layout.addWidget(button, 1)
            self._buttons[key] = button

    def show_text(self, key: str, text: str) -> None:
        """Call a choice something else."""
        self._buttons[key].setText(text)
        self._buttons[key].setAccessibleName(f"{self.accessibleName()}: {text}")

    @property
    def value(self) -> str:
        """What is chosen."""
        return next((key for key, button in self._buttons.items() if button.isChecked()), "")

    def show_value(self, value: str) -> None:
        """Show a choice that came from elsewhere."""
        self._buttons[value].setChecked(True)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.raised if theme.dark else theme.hover))
        painter.drawRoundedRect(QRectF(self.rect()), px(RADIUS), px(RADIUS))


class ChoiceButton(QPushButton):
    """One of many choices, in a menu."""

    chosen = Signal(str)

    def __init__(
        self, choices: tuple[tuple[str, str], ...], value: str, label: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._choices = choices
        self._label = label
        self.value = value
        self.setStyleSheet("text-align: left;")
        self.show_value(value)
        self.clicked.connect(lambda: self._menu().popup(self.mapToGlobal(self.rect().bottomLeft())))

    def show_value(self, value: str) -> None:
        """Show a choice that came from elsewhere."""
        self.value = value
        self.setText(tr(dict(self._choices)[value]))
        self.setAccessibleName(f"{self._label}: {self.text()}")

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = px(16)
        at = (self.width() - side - px(10), (self.height() - side) // 2)
        QPainter(self).drawPixmap(*at, pixmap("chevron-down", theme_of(self.palette()).muted, side))

    def _menu(self) -> "Menu":
        menu = Menu(self)
        for key, text in self._choices:
            action = menu.addAction(tr(text))
            if key == self.value:
                action.setIcon(icon("check", theme_of(self.palette()).accent, px(16)))
                menu.setActiveAction(action)  # the arrow keys go on from here
            action.triggered.connect(lambda _checked=False, key=key: self._choose(key))
        menu.setMinimumWidth(self.width())
        return menu

    def _choose(self, key: str) -> None:
        self.show_value(key)
        self.chosen.emit(key)


class Menu(QMenu):
    """A menu with round corners, gone for good when it closes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        self.setWindowFlag(Qt.WindowType.NoDropShadowWindowHint)
        self._blended = QGuiApplication.platformName() not in ("xcb", "offscreen")  # X11 may have no compositor
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground, self._blended)
        self.aboutToHide.connect(self.deleteLater)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._blended:
            shape = QPainterPath()
            shape.addRoundedRect(QRectF(self.rect()), px(RADIUS), px(RADIUS))
            self.setMask(QRegion(shape.toFillPolygon().toPolygon()))
