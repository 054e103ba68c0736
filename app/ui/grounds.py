"""Texts, pictures and grounds: the parts that are only looked at."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtGui import Qt as MarksIn
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.ui.icons import pixmap
from app.ui.rounded import paint_plate
from app.ui.theme import RADIUS, SMALL, mixed, px, theme_of


def plain_tip(text: str) -> str:
    """A text for a tooltip, which would take what looks like marks for marks."""
    return MarksIn.convertFromPlainText(text) if MarksIn.mightBeRichText(text) else text


def own_viewport(area: QAbstractScrollArea, *, filled: bool = False) -> QWidget:
    """Give a scroll area a viewport that is known to Python, seen through where it is not `filled`.

    Asking for the one that Qt made takes 20 ms and 2 MB: to find out what it is, PySide makes all classes of widgets.
    Not for text boxes, whose texts are laid out for the viewport that they began with.
    """
    viewport = QWidget(area)
    if filled:
        viewport.setBackgroundRole(QPalette.ColorRole.Base)
        viewport.setAutoFillBackground(True)
    viewport.setAcceptDrops(area.acceptDrops())
    area.setViewport(viewport)
    return viewport


def fill(painter: QPainter, rect: QRect | QRectF, colour: QColor) -> None:
    """What `fillRect` does; for that one PySide makes the classes of gradients first, which takes 4 ms of the start."""
    painter.setBackground(colour)
    painter.eraseRect(rect)


class Muted(QLabel):
    """A line of second rank."""

    def __init__(self, text: str = "", parent: QWidget | None = None, *, size: int = SMALL) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)  # it may hold the name of a file, which is anything
        font = self.font()
        font.setPixelSize(px(size))
        self.setFont(font)
        self.setForegroundRole(self.foregroundRole().PlaceholderText)


class Heading(QLabel):
    """The title of a page, card or group."""

    def __init__(self, text: str, parent: QWidget | None = None, *, size: int = 14) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        font = self.font()
        font.setPixelSize(px(size))
        font.setWeight(font.Weight.DemiBold)
        self.setFont(font)


class Surface(QWidget):
    """A ground in one of the theme's colours, with a line along one edge where asked for."""

    def __init__(self, colour: str, edge: Qt.Edge | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # nothing need be painted below it
        self._colour = colour
        self._edge = edge

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        fill(painter, self.rect(), QColor(getattr(theme, self._colour)))
        if self._edge is not None:
            line = {
                Qt.Edge.TopEdge: QRect(0, 0, self.width(), 1),
                Qt.Edge.RightEdge: QRect(self.width() - 1, 0, 1, self.height()),
            }.get(self._edge, QRect(0, 0, 1, self.height()))
            fill(painter, line, QColor(theme.border))


class Card(QFrame):
    """A raised ground with round corners and a thin border, in the accent colour while the keyboard is in it."""

    def __init__(self, parent: QWidget | None = None, *, radius: int = RADIUS, colour: str = "raised") -> None:
        super().__init__(parent)
        self._radius = radius
        self._colour = colour
        self.lit = False

    def light(self, lit: bool) -> None:
        """Draw the border in the accent colour, or not."""
        self.lit = lit
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = mixed(theme.accent, theme.border, 0.45) if self.lit else QColor(theme.border)
        paint_plate(painter, self.rect(), px(self._radius), QColor(getattr(theme, self._colour)), line)


class Picture(QWidget):
    """An icon that is only looked at."""

    def __init__(self, name: str, size: int, colour: str = "muted", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._colour = colour
        self.setFixedSize(px(size), px(size))

    def paintEvent(self, _event: QPaintEvent) -> None:
        colour = getattr(theme_of(self.palette()), self._colour)
        QPainter(self).drawPixmap(0, 0, pixmap(self._name, colour, self.width()))


class DropField(QWidget):
    """A field with a broken edge that says what can be dropped on it; whoever holds it takes what is dropped."""

    def __init__(self, picture: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        told = Muted(text, size=14)
        told.setWordWrap(True)
        told.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(12))
        column.addStretch(1)
        column.addWidget(Picture(picture, 32), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(told)
        column.addStretch(1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(theme.border), px(1.5))
        pen.setDashPattern([4, 4])
        painter.setPen(pen)
        painter.setBrush(QColor(theme.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), px(RADIUS), px(RADIUS))


class Elided(QLabel):
    """A line that is shortened to the room there is; its tooltip tells all of it."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.say(text)

    def say(self, text: str) -> None:
        """Show another text."""
        self._whole = text
        self.setToolTip(plain_tip(text))
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))


def tab_after(before: QWidget, late: QWidget) -> None:
    """Let Tab go through a part of the window that was made late right after another one; Qt puts it at the end."""
    for each in (late, *late.findChildren(QWidget)):
        if each.focusPolicy() & Qt.FocusPolicy.TabFocus:
            QWidget.setTabOrder(before, each)
            before = each


def tab_before(after: QWidget, late: QWidget) -> None:
    """The same right before another part."""
    before = after.previousInFocusChain()
    while before is not None and before is not after and not before.focusPolicy() & Qt.FocusPolicy.TabFocus:
        before = before.previousInFocusChain()
    if before is not None:
        tab_after(before, late)
