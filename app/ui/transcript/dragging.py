"""Code and attachments dragged out of the transcript: as text, and as a file in a folder that goes with the window."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from app.core.errors import AppError
from app.ui.icons import pixmap

if TYPE_CHECKING:
    from PySide6.QtCore import QTemporaryDir

    from app.ui.transcript.canvas import Transcript


class Dragging(QObject):
    """Begins a drag when the pointer has moved far enough with the button held."""

    def __init__(self, canvas: "Transcript") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._folder: QTemporaryDir | None = None
        self._count = 0
        self._held: tuple[QPoint, str, str] | None = None  # where it was taken hold of, name of the file, text

    def hold(self, point: QPoint, name: str, text: str) -> None:
        """The button went down where this can be dragged from."""
        self._held = (point, name, text)

    def let_go(self) -> bool:
        """The button came up; says whether something was held and not dragged."""
        held, self._held = self._held, None
        return held is not None

    def moved(self, point: QPoint) -> bool:
        """The pointer moved with the button held; says whether something is held."""
        if self._held is None:
            return False
        begun, name, text = self._held
        if (point - begun).manhattanLength() >= QApplication.startDragDistance():
            self._held = None
            self._drag(name, text)
        return True

    def content(self, name: str, text: str) -> QMimeData:
        """What whoever takes it gets: the text, and where there is room on the disk a file with it."""
        from PySide6.QtCore import QUrl  # as all below: not needed before something is dragged out

        content = QMimeData()
        content.setText(text)
        if (path := self._file(name, text)) is not None:
            content.setUrls([QUrl.fromLocalFile(str(path))])
        return content

    def rest(self) -> None:
        """Remove the files."""
        self._folder = None

    def _file(self, name: str, text: str) -> Path | None:
        if self._folder is None:
            from PySide6.QtCore import QTemporaryDir

            self._folder = QTemporaryDir()
        if not self._folder.isValid():
            return None
        self._count += 1
        place = Path(self._folder.path()) / str(self._count)  # each has its own: the same name may come twice
        try:
            place.mkdir()
            from app.ui.saving import write_text

            write_text(place / name, text)
        except (OSError, AppError):
            return None
        return place / name

    def _drag(self, name: str, text: str) -> None:
        from PySide6.QtGui import QDrag

        drag = QDrag(self._canvas)
        drag.setMimeData(self.content(name, text))
        picture = self._label(name)
        drag.setPixmap(picture)
        drag.setHotSpot(QPoint(-self._canvas.look.px(10), -self._canvas.look.px(6)))
        drag.exec(Qt.DropAction.CopyAction)

    def _label(self, name: str) -> QPixmap:
        """A small card with the file's name, which goes with the pointer."""
        look = self._canvas.look
        metrics, side, ratio = QFontMetrics(look.small), look.px(16), self._canvas.devicePixelRatioF()
        wide = min(look.px(260), metrics.horizontalAdvance(name) + side + look.px(28))
        picture = QPixmap(round(wide * ratio), round(look.px(30) * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(look.theme.border))
        painter.setBrush(QColor(look.theme.raised))
        painter.drawRoundedRect(0, 0, wide - 1, look.px(30) - 1, look.px(8), look.px(8))
        painter.drawPixmap(look.px(8), look.px(7), pixmap("text", look.theme.muted, side))
        painter.setFont(look.small)
        painter.setPen(QColor(look.theme.text))
        room = wide - side - look.px(24)
        text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(look.px(14) + side, look.px(30) // 2 + metrics.ascent() // 2 - 1, text)
        painter.end()
        return picture
