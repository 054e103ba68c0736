"""A small sign in the top bar while models are being downloaded; a click shows them."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.chat.downloads import Together
from app.core.amounts import rate_text
from app.core.language import tr, trn
from app.ui.grounds import plain_tip
from app.ui.icons import pixmap
from app.ui.theme import RADIUS, mixed, px, theme_of


class DownloadSign(QAbstractButton):
    """A ring that fills around an arrow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = 0.0
        self.setFixedSize(px(32), px(32))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(tr("Downloads"))

    def show_together(self, together: Together) -> None:
        """Show how far all of them are; hidden while nothing comes."""
        self._share = together.share
        what = together.name
        if together.count > 1:
            what = trn("{count} model", "{count} models", together.count)
        text = tr("Downloading {what}: {percent} %, {rate}").format(
            what=what, percent=int(together.share * 100), rate=rate_text(together.bytes_per_second)
        )
        self.setToolTip(plain_tip(text))
        self.setAccessibleDescription(text)
        self.setVisible(together.count > 0)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(32), px(32))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(ground, px(RADIUS), px(RADIUS))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), px(1.5)))
            painter.drawRoundedRect(ground, px(RADIUS), px(RADIUS))
        inset = (self.width() - px(22)) / 2
        ring = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.setPen(QPen(mixed(theme.muted, theme.window, 0.3), px(2)))
        painter.drawEllipse(ring)
        pen = QPen(QColor(theme.accent), px(2), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(ring, 90 * 16, -round(max(0.03, self._share) * 360 * 16))
        side = px(12)
        at = (self.width() - side) // 2
        painter.drawPixmap(at, at, pixmap("download", theme.text, side))
