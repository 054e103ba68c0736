"""The icon in the sizes that desktops ask for: icons.py FOLDER (…/share/icons/hicolor)."""

import shutil
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

DRAWING = Path(__file__).parents[2] / "resources" / "icons" / "fireside.svg"
SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)


def main(folder: Path) -> None:
    """Draw each size by itself: lines stay sharp."""
    for size in SIZES:
        drawn = QImage(size, size, QImage.Format.Format_ARGB32)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        QSvgRenderer(str(DRAWING)).render(painter)
        painter.end()
        target = folder / f"{size}x{size}" / "apps" / "fireside.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        drawn.save(str(target))
    scalable = folder / "scalable" / "apps" / "fireside.svg"
    scalable.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(DRAWING, scalable)


if __name__ == "__main__":
    application = QGuiApplication(["icons", "-platform", "offscreen"])
    main(Path(sys.argv[1]))
