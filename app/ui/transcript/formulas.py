"""Formulas as the transcript shows them: asked for when they are first laid out, kept, painted sharp at every scale."""

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap

from app.core.math_marks import LONGEST
from app.typeset.formula import INK, Formula, Key

if TYPE_CHECKING:
    from app.typeset.typesetter import Typesetter
    from app.ui.transcript.canvas import Transcript

EM = 1.12  # a formula's em in font sizes: its small letters are as high as those of the text
_KEPT = 2_000  # formulas
_PICTURES = 300  # of them, at their size on the screen
_LARGEST = 4_000_000  # pixels of such a picture; a larger one is drawn each time
_TOGETHER = 40  # ms; formulas that come in this time are shown in one go

_Picture = tuple[Key, int, str, float]  # pixel size of the text, colour, pixels of the device in a pixel


class Formulas(QObject):
    """All formulas of a transcript."""

    came = Signal()  # some that were waited for are shown now, or are known to be impossible
    _told = Signal(object, object)

    def __init__(self, canvas: "Transcript") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._known: OrderedDict[Key, Formula | None] = OrderedDict()
        self._asked: set[Key] = set()
        self._fresh: set[Key] = set()
        self._pictures: OrderedDict[_Picture, QPixmap] = OrderedDict()
        self._typesetter: Typesetter | None = None
        self._closed = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_TOGETHER)
        self._soon.timeout.connect(self._tell)
        self._told.connect(self._take, Qt.ConnectionType.QueuedConnection)

    @property
    def waiting(self) -> bool:
        """Is one yet to come?"""
        return bool(self._asked or self._fresh)

    def find(self, latex: str, display: bool) -> Formula | None:
        """The formula if it is there; else it is asked for, and its source is to be shown."""
        key = (latex, display)
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        if latex and len(latex) <= LONGEST and key not in self._asked and not self._closed:
            self._asked.add(key)
            if self._typesetter is None:
                from app.typeset.typesetter import Typesetter  # most windows never show a formula

                self._typesetter = Typesetter(self._told.emit)
            self._typesetter.ask(key)
        return None

    def rest(self) -> None:
        """No more formulas: end the process."""
        self._closed = True
        self._soon.stop()
        if self._typesetter is not None:
            self._typesetter.close()

    def _take(self, key: Key, formula: Formula | None) -> None:
        self._asked.discard(key)
        self._known[key] = formula
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        if formula is not None:
            self._fresh.add(key)
        if not self._soon.isActive() and not self._closed:
            self._soon.start()

    def _tell(self) -> None:
        fresh, self._fresh = self._fresh, set()
        if fresh:
            self._show(fresh)
        self.came.emit()

    def _show(self, fresh: set[Key]) -> None:
        """Put formulas in the place of their sources; the line being read stays where it is."""
        canvas = self._canvas
        place = canvas.places.line()
        renewed = [item for _, item in canvas.items.made() if item.row is not None and item.row.renew(fresh)]
        if renewed:
            canvas.places.return_to(place)
            canvas.moved()

    def paint(self, painter: QPainter, key: Key, formula: Formula, at: QPointF, font: QFont) -> None:
        """Draw a formula in the pen's colour, its left end on the baseline at `at`."""
        em = font.pixelSize() * EM
        colour = painter.pen().color()
        ratio = painter.device().devicePixelRatioF()
        place = QRectF(
            at.x(), at.y() - formula.ascent * em, formula.width * em, (formula.ascent + formula.descent) * em
        )
        wide, high = place.width() * ratio + 2, place.height() * ratio + 2
        if wide * high > _LARGEST:
            draw_formula(painter, formula, place, font, colour)
            return
        corner = QPointF(round(place.x() * ratio) / ratio, round(place.y() * ratio) / ratio)
        wanted = (key, font.pixelSize(), colour.name(), ratio)
        picture = self._pictures.get(wanted)
        if picture is None:
            picture = QPixmap(round(wide), round(high))
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            on = QPainter(picture)
            on.setRenderHint(QPainter.RenderHint.Antialiasing)
            inside = QRectF(0, 0, place.width(), place.height())
            draw_formula(on, formula, inside, font, colour)
            on.end()
            self._pictures[wanted] = picture
            while len(self._pictures) > _PICTURES:
                self._pictures.popitem(last=False)
        else:
            self._pictures.move_to_end(wanted)
        painter.drawPixmap(corner, picture)


def draw_formula(painter: QPainter, formula: Formula, place: QRectF, font: QFont, colour: QColor) -> None:
    """Draw a formula into its place, as lines; `font`, with its size in pixels, is that of signs it has no drawing for."""
    from PySide6.QtSvg import QSvgRenderer

    drawing = QSvgRenderer(QByteArray(formula.svg.replace(INK, colour.name()).encode()))
    drawing.render(painter, place)
    if not formula.signs:
        return
    em = font.pixelSize() * EM
    painter.setPen(colour)
    for sign in formula.signs:
        small = QFont(font)
        small.setPixelSize(max(1, round(sign.size * em)))
        painter.setFont(small)
        painter.drawText(place.topLeft() + QPointF(sign.x * em, (formula.ascent + sign.y) * em), sign.text)
