"""Attachments as chips: a row of small cards, each with a name, a size, and a way to take it off."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFont, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QScrollArea, QWidget

from app.core.attachments import Attachment
from app.core.language import tr, trn
from app.ui.controls import IconButton, Menu
from app.ui.grounds import own_viewport, plain_tip
from app.ui.icons import icon, pixmap
from app.ui.theme import RADIUS, SMALL, px, theme_of

_WIDE, _HIGH, _GAP = 248, 44, 8  # pixels at 100 %
_NARROW = 150  # the width that a chip may shrink to, so that two stand side by side
_ROWS = 2  # of chips; more are scrolled to


def size_of(each: Attachment) -> str:
    """How long an attachment is, in words."""
    letters = trn("{count} character", "{count} characters", len(each.text))
    lines = trn("{count} line", "{count} lines", each.lines)
    return tr("{characters}, {lines}").format(characters=letters, lines=lines)


class Chip(QAbstractButton):
    """One attachment: a click opens it."""

    remove_asked = Signal()
    put_back_asked = Signal()

    def __init__(self, shown: Attachment, may_return: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.shown = shown
        self._may_return = may_return
        self._size = size_of(shown)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(tr("Attachment: {name}").format(name=shown.name))
        self.setAccessibleDescription(self._size)
        self.setToolTip(plain_tip(f"{shown.name}\n{self._size}"))
        self.cross = IconButton("close", tr("Remove: {what}").format(what=shown.name), self, size=24)
        self.cross.clicked.connect(self.remove_asked)
        self.set_width(px(_WIDE))

    def set_width(self, width: int) -> None:
        """How wide it is, in pixels."""
        self.setFixedSize(width, px(_HIGH))
        self.cross.move(width - self.cross.width() - px(6), (self.height() - self.cross.height()) // 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_asked.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = Menu(self)
        colour, side = theme_of(self.palette()).muted, px(16)
        menu.addAction(icon("text", colour, side), tr("Open")).triggered.connect(lambda: self.click())
        back = menu.addAction(icon("restore", colour, side), tr("Put back as plain text"))
        back.setEnabled(self._may_return)
        back.triggered.connect(lambda: self.put_back_asked.emit())
        menu.addAction(icon("close", colour, side), tr("Remove")).triggered.connect(lambda: self.remove_asked.emit())
        menu.popup(event.globalPos())

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit = self.hasFocus()
        painter.setPen(QPen(QColor(theme.accent if lit else theme.border), 1.5 if lit else 1))
        painter.setBrush(QColor(theme.hover if self.underMouse() or self.isDown() else theme.code))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), px(RADIUS), px(RADIUS))
        paint_label(
            painter,
            QRect(0, 0, self.cross.x() - px(4), self.height()),
            self.shown.name,
            self._size,
            self.font(),
            px(1000) / 1000,
            (theme.text, theme.muted),
        )

    def sizeHint(self) -> QSize:
        return self.size()


def paint_label(
    painter: QPainter, place: QRect, name: str, size: str, font: QFont, scale: float, colours: tuple[str, str]
) -> None:
    """The picture, name and size of an attachment; `scale` is 1 at 100 %, `colours` are of the text and of the rest."""
    side, pad = round(20 * scale), round(10 * scale)
    painter.drawPixmap(place.x() + pad, place.center().y() - side // 2 + 1, pixmap("text", colours[1], side))
    left = place.x() + pad + side + round(8 * scale)
    wide, half = place.right() - left, place.height() // 2
    for number, (text, colour, high) in enumerate(((name, colours[0], 13), (size, colours[1], SMALL))):
        line = QFont(font)
        line.setPixelSize(max(1, round(high * scale)))
        painter.setFont(line)
        painter.setPen(QColor(colour))
        middle = "." in text[-6:-1] and " " not in text[-6:]  # the ending of a file says what it is
        mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        elided = painter.fontMetrics().elidedText(text.rstrip("…") if number == 0 else text, mode, max(1, wide))
        elided += "…" if text.endswith("…") and not elided.endswith("…") else ""
        at = QRect(left, place.y() + (round(4 * scale) if not number else half), wide, half - round(4 * scale))
        painter.drawText(at, Qt.AlignmentFlag.AlignVCenter, elided)


class ChipBar(QScrollArea):
    """The chips of a message, as many in a row as there is room for. Nothing where there are none."""

    opened = Signal(int)
    remove_asked = Signal(int)
    put_back_asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Attachments"))
        self._page = QWidget()
        own_viewport(self)
        self.setWidget(self._page)
        self._page.setAutoFillBackground(False)  # which setWidget turns on
        self.chips: list[Chip] = []
        self.hide()

    def show_attachments(self, attachments: Sequence[Attachment], most_returned: int) -> None:
        """One chip for each; those of more than `most_returned` characters cannot go back into the text."""
        for chip in self.chips:
            chip.hide()
            chip.deleteLater()
        self.chips = []
        for number, each in enumerate(attachments):
            chip = Chip(each, len(each.text) <= most_returned, self._page)
            chip.clicked.connect(lambda _=False, number=number: self.opened.emit(number))
            chip.remove_asked.connect(lambda number=number: self.remove_asked.emit(number))
            chip.put_back_asked.connect(lambda number=number: self.put_back_asked.emit(number))
            chip.show()
            self.chips.append(chip)
        self.setVisible(bool(self.chips))
        self._place()
        if self.chips:
            self.ensureWidgetVisible(self.chips[-1], 0, 0)

    def _place(self) -> None:
        gap, wide, high = px(_GAP), px(_WIDE), px(_HIGH)
        in_row = max(1, (self.width() + gap) // (wide + gap))
        rows = -(-len(self.chips) // in_row)
        scrolled = rows > _ROWS
        room = self.width() - (self.verticalScrollBar().sizeHint().width() + px(4) if scrolled else 0)
        if scrolled:
            in_row = max(1, (room + gap) // (wide + gap))
        if in_row == 1 and len(self.chips) > 1 and (room - gap) // 2 >= px(_NARROW):
            in_row, wide = 2, (room - gap) // 2
        rows = -(-len(self.chips) // in_row)
        for number, chip in enumerate(self.chips):
            chip.set_width(wide)
            chip.move(QPoint(number % in_row * (wide + gap), number // in_row * (high + gap)))
        total = rows * (high + gap)
        self._page.resize(max(1, room), max(1, total))
        self.setFixedHeight(min(total, round((_ROWS + 0.35) * (high + gap)) if scrolled else total))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._place()
