"""What code and pictures of it share: the plate, and its head with the label and what can be done."""

from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics, QFontMetricsF, QPainter

from app.core.language import tr
from app.core.markdown import Block, Span
from app.core.record import record
from app.ui.icons import pixmap
from app.ui.pictures.order import Shape
from app.ui.pictures.pictures import Pictures
from app.ui.rounded import paint_plate
from app.ui.transcript.colouring import Colouring
from app.ui.transcript.look import Look
from app.ui.transcript.pieces import Lines
from app.ui.transcript.wide import WidePiece

Deed = Literal["copy", "save", "wrap", "numbers", "fold", "picture", "save_png", "open"]


@record(eq=False)
class Drawing:
    """The picture that a text draws, and who paints it."""

    text: str
    shape: Shape
    pictures: Pictures


@dataclass(slots=True, eq=False)
class CodeView:
    """How one block of code is shown; kept while its row comes and goes."""

    wrap: bool = False
    numbers: bool = False
    folded: bool = False
    colouring: Colouring = field(default_factory=lambda: Colouring(""))
    picture: bool = False  # its picture is wanted
    drawing: Drawing | None = None  # what is known of it
    told: str = ""  # why there is no picture


class Headed(WidePiece):
    """A plate with a head. A sentence may stand below it."""

    text: str
    growing = False  # is it still being written?

    def __init__(self, look: Look, block: Block, width: int, view: CodeView | None = None) -> None:
        super().__init__(look, block, width)
        self.view = view or CodeView()
        self.pad = look.px(14)
        self.bar = look.px(34)  # height of the label's line
        self._told: Lines | None = None
        if self.view.told:
            pitch = round(look.small.pixelSize() * 1.5)
            self._told = Lines(look, (Span(self.view.told),), look.small, self._told_room, pitch)
        self.fit_head()

    def fit_head(self) -> None:
        """How high the head is in the width that the plate has now."""
        self.head = self.bar
        if self._told:
            self._told.fit(self._told_room)
            self.head += self._told.height + self.look.px(8)

    @property
    def _told_room(self) -> int:
        return max(self.look.px(40), self.width - 2 * self.pad)

    @property
    def baseline(self) -> float:
        """Of what the head says."""
        metrics = QFontMetricsF(self.look.body)
        return (self.bar + metrics.ascent() - metrics.descent()) / 2

    @property
    def label(self) -> str:
        """What the head says: the file, or else the language."""
        return self.block.file or self.block.language or tr("Code")

    def deeds(self) -> list[tuple[Deed, str, str]]:
        """What can be done with it: name, icon, and what it is called."""
        raise NotImplementedError

    def more_deeds(self) -> list[tuple[Deed, str, str]]:
        """What only its menu offers."""
        return []

    def buttons(self) -> list[tuple[Deed, QRect]]:
        """Where the buttons of the head are, in the frame; a narrow head has fewer."""
        size = self.look.px(26)
        deeds = [deed for deed, _, _ in self.deeds()]
        room = max(1, (self.width - self.look.px(70)) // size)
        top = (self.bar - size) // 2 + self.look.px(1)
        right = self.width - self.look.px(5)
        icons = [deed for deed in deeds if deed != "picture"][:room]
        found: list[tuple[Deed, QRect]] = [
            (deed, QRect(right - (number + 1) * size, top, size, size)) for number, deed in enumerate(icons)
        ]
        if "picture" in deeds:
            left, free = self._label_width() + self.look.px(10), found[-1][1].left()
            wide = QFontMetrics(self.look.small).horizontalAdvance(self.picture_label()) + self.look.px(30)
            if left + wide <= free:
                found.append(("picture", QRect(left, top, wide, size)))
            elif len(found) < room:
                found.append(("picture", QRect(free - size, top, size, size)))
            elif len(found) > 1:
                found[-1] = ("picture", found[-1][1])
        return found

    def picture_label(self) -> str:
        """What the button that leads to the picture or back says."""
        return next((label for deed, _, label in self.deeds() if deed == "picture"), "")

    def grip(self) -> QRect:
        """The part of the head by which the text is dragged out."""
        return QRect(0, 0, self.width, self.bar)

    def foot(self) -> QRect:
        """Where folded lines are offered, in the frame; empty where there are none."""
        return QRect()

    def _label_width(self) -> int:
        return self.pad + QFontMetrics(self.look.small).horizontalAdvance(self.label)

    def paint_head(self, painter: QPainter, x: int, y: int, clip: QRect) -> None:
        """The plate, and what its head says."""
        look = self.look
        paint_plate(painter, QRect(x, y, self.width, self.height), look.px(8), look.code, look.border)
        painter.setFont(look.small)
        painter.setPen(look.muted)
        buttons = self.buttons()
        free = min((rect.left() for _, rect in buttons), default=self.width)
        label = QRect(x + self.pad, y + look.px(1), max(look.px(40), free - self.pad), self.bar)
        text = painter.fontMetrics().elidedText(self.label, Qt.TextElideMode.ElideMiddle, label.width())
        painter.drawText(label, Qt.AlignmentFlag.AlignVCenter, text)
        for deed, rect in buttons:
            if deed == "picture":
                self.paint_picture_button(painter, rect.translated(x, y), False)
        if self._told:
            painter.setPen(look.muted)
            self._told.paint(painter, x + self.pad, y + self.bar, clip, None)

    def paint_picture_button(self, painter: QPainter, rect: QRect, hovered: bool) -> None:
        """The button that leads to the picture or back: seen at any time, with words where there is room."""
        look, side = self.look, self.look.px(16)
        name = next(icon for deed, icon, _ in self.deeds() if deed == "picture")
        colour = look.theme.text if hovered else look.theme.muted
        wide = rect.width() > rect.height()
        left = rect.x() + look.px(6) if wide else rect.center().x() - side // 2 + 1
        painter.drawPixmap(QPoint(left, rect.center().y() - side // 2 + 1), pixmap(name, colour, side))
        if wide:
            painter.setFont(look.small)
            painter.setPen(look.text if hovered else look.muted)
            words = rect.adjusted(look.px(26), 0, 0, 0)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.picture_label())
