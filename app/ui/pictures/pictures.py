"""Pictures of drawings: asked for when somebody wants to see one, kept, and drawn anew for another size."""

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QPainter

from app.core.language import tr
from app.ui.pictures.order import LARGEST, Drawn, Impossible, Order, Shape

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from app.core.svg import LeftOut, Why
    from app.typeset.helper import Helper

_KEPT = 96 << 20  # bytes of pictures
PATIENCE = 20.0  # seconds for one, however busy the machine is
IDLE = 45.0  # after so many seconds without an order the process ends


class Pictures(QObject):
    """Orders drawings from a process and keeps what came."""

    measured = Signal(str, object)  # the drawing's text; its Shape, or a sentence that says why there is none
    came = Signal(str)  # a picture of this drawing can be painted
    _told = Signal(object, object)

    def __init__(self, parent: QObject, patience: float = PATIENCE, idle: float = IDLE) -> None:
        super().__init__(parent)
        self._patience, self._idle = patience, idle
        self._helper: Helper[Order] | None = None
        self._asked: set[Order] = set()
        self._failed: set[Order] = set()
        self._images: OrderedDict[Order, QImage] = OrderedDict()
        self._newest: dict[str, Order] = {}  # the picture that came last of each drawing
        self._files: dict[Order, list[Callable[[bytes], None]]] = {}
        self._closed = False
        self._told.connect(self._take, Qt.ConnectionType.QueuedConnection)

    @property
    def waiting(self) -> bool:
        """Is one yet to come?"""
        return bool(self._asked)

    def measure(self, text: str) -> None:
        """Look whether this can be drawn; `measured` tells."""
        self._ask(Order(text))

    def paint(self, painter: QPainter, text: str, place: QRectF) -> None:
        """Paint the picture, sharp at the painter's pixels; one of another size until it has come."""
        ratio = painter.device().devicePixelRatioF()
        width, height = place.width() * ratio, place.height() * ratio
        if (share := LARGEST / max(1.0, width * height)) < 1:
            width, height = width * share**0.5, height * share**0.5
        order = Order(text, max(1, int(width)), max(1, int(height)))
        image = self._images.get(order)
        if image is not None:
            self._images.move_to_end(order)
        else:
            underway = any(each.text == text and each.width and not each.png for each in self._asked)
            if order not in self._failed and not underway:  # while a window is drawn larger, not every size
                self._ask(order)
            image = self._images.get(self._newest.get(text, order))
        if image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, image)

    def as_png(self, text: str, width: int, height: int, deliver: Callable[[bytes], None]) -> None:
        """Have the picture as a file; not called where it cannot be drawn."""
        order = Order(text, width, height, png=True)
        self._files.setdefault(order, []).append(deliver)
        self._ask(order)

    def rest(self) -> None:
        """No more pictures: end the process."""
        self._closed = True
        if self._helper is not None:
            self._helper.close()

    def _ask(self, order: Order) -> None:
        if order in self._asked or self._closed:
            return
        if self._helper is None:
            from app.typeset.helper import Helper
            from app.ui.pictures.worker import run

            self._helper = Helper("pictures", run, self._told.emit, self._patience, self._idle)
        self._asked.add(order)
        self._helper.ask(order)

    def _take(self, order: Order, answer: object) -> None:
        self._asked.discard(order)
        if self._closed:
            return
        if not order.width:
            found = answer if isinstance(answer, Shape | Impossible) else Impossible("too_slow")
            self.measured.emit(order.text, found if isinstance(found, Shape) else reason(found.why, found.line))
        elif not isinstance(answer, Drawn):
            self._failed.add(order)
            self._files.pop(order, None)
            why = answer if isinstance(answer, Impossible) else Impossible("too_slow")
            self.measured.emit(order.text, reason(why.why, why.line))
        elif order.png:
            for deliver in self._files.pop(order, ()):
                deliver(answer.data)
        else:
            self._keep(order, answer.data)
            self.came.emit(order.text)

    def _keep(self, order: Order, data: bytes) -> None:
        from PySide6.QtGui import QImage  # not needed before there is one

        image = QImage(data, order.width, order.height, QImage.Format.Format_ARGB32_Premultiplied).copy()
        self._images[order] = image
        self._newest[order.text] = order
        total = sum(each.sizeInBytes() for each in self._images.values())
        while total > _KEPT and len(self._images) > 1:
            gone, old = self._images.popitem(last=False)
            total -= old.sizeInBytes()
            if self._newest.get(gone.text) == gone:
                del self._newest[gone.text]


def reason(why: "Why", line: int = 0) -> str:
    """Why there is no picture."""
    match why:
        case "malformed" if line:
            return tr("There is no picture: the SVG has a mistake in line {line}.").format(line=line)
        case "malformed" | "no_svg":
            return tr("There is no picture: this is not a whole SVG.")
        case "entities":
            return tr("There is no picture: the SVG defines entities, which could grow without end.")
        case "too_slow":
            return tr("There is no picture: it took too long to draw.")
        case "empty":
            return tr("There is no picture: the SVG is empty.")
        case "size":
            return tr("There is no picture: the SVG says a size that cannot be shown.")
        case _:
            return tr("There is no picture: the SVG is too large.")


def told(left_out: "tuple[LeftOut, ...]") -> str:
    """What a picture is shown without; empty where it is whole."""
    words = {
        "scripts": tr("scripts"),
        "elsewhere": tr("what it wants from elsewhere"),
        "pages": tr("embedded pages"),
        "animations": tr("movement"),
    }
    if not left_out:
        return ""
    return tr("Shown without: {what}.").format(what=tr(", ").join(words[each] for each in left_out))
