"""The application's icon in the forms that systems want, drawn from the one SVG: icons.py FOLDER

FOLDER gets fireside.ico and fireside.icns (fireside.spec looks for them in build/).
"""

import struct
import sys
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

DRAWING = Path(__file__).parents[1] / "resources" / "icons" / "fireside.svg"
ICO = (16, 20, 24, 32, 40, 48, 64, 128, 256)
ICNS = {
    "icp4": 16,
    "icp5": 32,
    "ic11": 32,
    "ic12": 64,
    "ic07": 128,
    "ic13": 256,
    "ic08": 256,
    "ic14": 512,
    "ic09": 512,
    "ic10": 1024,
}
PNG_FROM = 64  # smaller ones are bitmaps: not everything in Windows reads them as PNG


def image(size: int) -> QImage:
    """The icon, `size` pixels wide."""
    drawn = QImage(size, size, QImage.Format.Format_ARGB32)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(str(DRAWING)).render(painter)
    painter.end()
    return drawn


def png(size: int) -> bytes:
    """The same as a PNG file."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image(size).save(buffer, "PNG")
    return bytes(data.data())


def bitmap(size: int) -> bytes:
    """The same as in an icon file: 32 bits for each pixel, the last line first, then a mask that hides nothing."""
    drawn = image(size)
    lines = bytes(drawn.constBits())
    width = size * 4
    pixels = b"".join(lines[at : at + width] for at in range(len(lines) - width, -1, -width))
    head = struct.pack("<IiiHHIIiiII", 40, size, size * 2, 1, 32, 0, len(pixels), 0, 0, 0, 0)
    return head + pixels + bytes((size + 31) // 32 * 4 * size)


def write_ico(file: Path) -> Path:
    """For Windows."""
    parts = [png(size) if size >= PNG_FROM else bitmap(size) for size in ICO]
    head, place = struct.pack("<HHH", 0, 1, len(ICO)), 6 + 16 * len(ICO)
    for size, part in zip(ICO, parts, strict=True):
        head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(part), place)
        place += len(part)
    file.write_bytes(head + b"".join(parts))
    return file


def write_icns(file: Path) -> Path:
    """For macOS."""
    parts = b"".join(
        kind.encode() + struct.pack(">I", len(data) + 8) + data
        for kind, data in ((kind, png(size)) for kind, size in ICNS.items())
    )
    file.write_bytes(b"icns" + struct.pack(">I", len(parts) + 8) + parts)
    return file


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    application = QGuiApplication.instance() or QGuiApplication(["icons", "-platform", "offscreen"])
    for made in (write_ico(folder / "fireside.ico"), write_icns(folder / "fireside.icns")):
        print(made)
