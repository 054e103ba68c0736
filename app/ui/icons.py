"""Icons: SVG line drawings in one style, drawn in the colour that the theme asks for."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap

from app.core.paths import bundled


def icon(name: str, colour: str, size: int) -> QIcon:
    """The drawing `resources/icons/<name>.svg` in a colour (#rrggbb), `size` pixels wide."""
    return QIcon(pixmap(name, colour, size))


@lru_cache(maxsize=256)
def pixmap(name: str, colour: str, size: int, ratio: float = 0.0) -> QPixmap:
    """The same as a picture, sharp at the screen's pixel ratio."""
    from PySide6.QtSvg import QSvgRenderer  # not needed where no icon is shown

    ratio = ratio or QGuiApplication.primaryScreen().devicePixelRatio()
    source = (bundled("resources/icons") / f"{name}.svg").read_text("utf-8").replace("#000", colour)
    picture = QPixmap(QSize(size, size) * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture


def application_icon() -> QIcon:
    """The mark of the application in the sizes that desktops ask for."""
    result = QIcon()
    for size in (32, 128):
        result.addPixmap(pixmap("fireside", "#000000", size, 1.0))
    return result
