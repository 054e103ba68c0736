"""The process that draws what somebody else wrote. It is given one order at a time.

The drawing is read strictly and written anew before Qt sees it. What still takes too long costs this process: the
system ends it by the time that it has had of the processor; the window looks at the clock.
"""

import os
import signal
import sys
from contextlib import suppress
from functools import lru_cache
from multiprocessing.connection import Connection

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication, QImage, QImageReader, QPainter
from PySide6.QtSvg import QSvgRenderer

from app.core.svg import Harmless, Refused, harmless
from app.ui.pictures.order import LARGEST, Drawn, Impossible, Order, Shape

_EFFORT = 5.0  # seconds of the processor's time for one order
_MEMORY = 2 << 30  # bytes of address space, where the system has such a limit
_INSIDE = 64  # MB that a picture within the drawing may take


def run(connection: "Connection[object, object]") -> None:
    """Say that all is loaded, then draw what comes until the pipe ends."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"  # words need fonts, and nothing needs a screen
    qInstallMessageHandler(_keep_quiet)
    app = QGuiApplication(["pictures"])
    QImageReader.setAllocationLimit(_INSIDE)
    if sys.platform != "win32":
        import resource

        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with suppress(EOFError, OSError, KeyboardInterrupt):
        connection.send(True)
        while True:
            order = connection.recv()
            assert isinstance(order, Order)
            _limit(_EFFORT)
            answer = answer_to(order)
            _limit(0)
            connection.send(answer)
    del app


def _keep_quiet(_kind: QtMsgType, _where: object, _text: str) -> None:
    """What Qt has to say of somebody's drawing belongs into nobody's log."""


def _limit(seconds: float) -> None:
    """Let the system end this process after so many seconds of the processor's time; 0 lifts that."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, seconds)


@lru_cache(maxsize=4)
def _read(text: str) -> Harmless:
    return harmless(text)


def answer_to(order: Order) -> Shape | Drawn | Impossible:
    """Measure or draw one drawing."""
    try:
        read = _read(order.text)
    except Refused as refused:
        return Impossible(refused.why, refused.line)
    except MemoryError:
        return Impossible("too_many")
    drawing = QSvgRenderer(QByteArray(read.svg.encode()))
    drawing.setFramesPerSecond(0)
    drawing.setAspectRatioMode(Qt.AspectRatioMode.KeepAspectRatio)
    if not drawing.isValid():
        return Impossible("malformed")
    box = drawing.viewBoxF()
    width, height = read.width or box.width(), read.height or box.height()
    if width <= 0 or height <= 0:
        return Impossible("empty")
    if not (width / height <= 200 and height / width <= 200 and max(width, height) <= 100_000):
        return Impossible("size")
    if not order.width:
        return Shape(width, height, read.fills, read.left_out)
    if order.width * order.height > LARGEST or order.height < 1:
        return Impossible("size")
    picture = QImage(order.width, order.height, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    drawing.render(painter, QRectF(0, 0, order.width, order.height))
    painter.end()
    if not order.png:
        return Drawn(bytes(picture.constBits()))
    file = QBuffer()
    file.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(file, "PNG")  # type: ignore[call-overload]  # the stubs want bytes, Qt takes a name
    return Drawn(bytes(file.data().data()))
