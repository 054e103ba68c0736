"""One model of a repository: what its quantization means, whether it runs here, and the button that fetches it."""

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QVBoxLayout, QWidget

from app.core.language import tr, trn
from app.core.verdict import in_gigabytes
from app.library.offering import Offer
from app.library.queue import Item
from app.ui.flow import Flow
from app.ui.grounds import Heading, Muted
from app.ui.icons import pixmap
from app.ui.models_page.pill import Pill
from app.ui.theme import RADIUS, SMALL, mixed, px, theme_of


class FetchButton(QAbstractButton):
    """“Download”, then how far it is, then “Use it”. Filled where it is what most people want."""

    def __init__(self, name: str, *, primary: bool) -> None:
        super().__init__()
        self._name = name
        self._primary = primary
        self._share: float | None = None
        self._words = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.say(tr("Download"))

    def say(self, words: str, share: float | None = None, *, primary: bool | None = None) -> None:
        """What it does or how far it is; `share` is 0 to 1 while bytes come."""
        self._words, self._share = words, share
        self._primary = self._primary if primary is None else primary
        self.setAccessibleName(tr("{what}: {name}").format(what=words, name=self._name))
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        return self._words

    def sizeHint(self) -> QSize:
        wide = max(px(112), self.fontMetrics().horizontalAdvance(self._words) + px(32))
        return QSize(wide, self.fontMetrics().height() + px(15))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        over = (self.underMouse() or self.isDown()) and self.isEnabled()
        filled = self._primary and self._share is None and self.isEnabled()
        if filled:
            ground = mixed(theme.accent, theme.text, 0.85) if over or self.hasFocus() else QColor(theme.accent)
        else:
            ground = QColor(theme.hover if over else theme.raised)
        painter.setPen(QPen(ground if filled else QColor(theme.accent if self.hasFocus() else theme.border), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(box, px(RADIUS), px(RADIUS))
        if self._share is not None:
            shape = QPainterPath()
            shape.addRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), px(RADIUS), px(RADIUS))
            painter.setClipPath(shape)
            done = QRectF(box)
            done.setWidth(box.width() * min(1.0, self._share))
            painter.fillRect(done, mixed(theme.accent, theme.raised, 0.28))
            painter.setClipping(False)
        font = self.font()
        if filled:
            font.setWeight(font.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(theme.on_accent if filled else theme.text if self.isEnabled() else theme.muted))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._words)


class VariantRow(QWidget):
    """Tells what is wanted; what became of it is shown by `show_state`."""

    download_asked = Signal()
    use_asked = Signal(str)  # the file
    resume_asked = Signal(int)  # the download's number
    progress_asked = Signal(int)

    def __init__(self, offer: Offer, *, meant: bool, possible: bool) -> None:
        """`meant` marks the one that an address named; `possible` is whether anything can be fetched."""
        super().__init__()
        self.offer = offer
        self._meant = meant
        self._here: Path | None = None
        self._item: Item | None = None
        variant = offer.variant
        name = variant.quantization or variant.name
        layout = QHBoxLayout(self)
        layout.setContentsMargins(px(14), px(10), px(12), px(10))
        layout.setSpacing(px(12))
        texts = QVBoxLayout()
        texts.setSpacing(px(3))
        first = Flow(gap=px(8))
        heading = Heading(name, size=14)
        heading.setMinimumHeight(px(20))
        first.addWidget(heading)
        self.pill = Pill(offer.judgement, self)  # without a parent it would be a window for a moment
        first.addWidget(self.pill)
        size = Muted(in_gigabytes(variant.size), size=13)
        size.setMinimumHeight(px(20))
        first.addWidget(size)
        if offer.recommended:
            first.addWidget(Mark(tr("Recommended here")))
        texts.addLayout(first)
        about = [variant.meaning]
        if len(variant.files) > 1:
            about.append(
                trn(
                    "In {count} file that is loaded as one.",
                    "In {count} files that are loaded as one.",
                    len(variant.files),
                )
            )
        if not variant.whole:
            about.append(tr("Parts of it are missing at the Hub."))
        self.about = Muted(" ".join(filter(None, about)) or variant.name, size=13)
        self.about.setWordWrap(True)
        texts.addWidget(self.about)
        layout.addLayout(texts, 1)
        self.button = FetchButton(name, primary=offer.recommended)
        self.button.clicked.connect(self._act)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.button.setVisible(possible)
        self.button.setEnabled(variant.whole)
        self.setAccessibleName(name)

    def show_state(self, here: Path | None, item: Item | None) -> None:
        """Whether it is on this computer, or how far it is."""
        self._here, self._item = here, item
        state = item.state if item is not None else ""
        share = item.received / item.size if item is not None and item.size else 0.0
        percent = f"{int(share * 100)} %"
        if here is not None:
            self.button.say(tr("Use it"))
        elif state == "running":
            self.button.say(percent, share)
        elif state == "waiting":
            self.button.say(tr("Waits"), share)
        elif state == "paused":
            self.button.say(tr("Go on ({percent})").format(percent=percent), share)
        elif state == "failed":
            self.button.say(tr("Try again"))
        else:
            self.button.say(tr("Download"))
        self.button.setToolTip(item.message if item is not None and state == "failed" else "")

    def _act(self) -> None:
        item = self._item
        if self._here is not None:
            self.use_asked.emit(str(self._here))
        elif item is None:
            self.download_asked.emit()
        elif item.state in ("paused", "failed"):
            self.resume_asked.emit(item.number)
        else:
            self.progress_asked.emit(item.number)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._meant:
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.setBrush(QColor(theme.raised))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), px(RADIUS), px(RADIUS))
        else:
            painter.fillRect(px(14), self.height() - 1, self.width() - px(26), 1, QColor(theme.border))


class Mark(QWidget):
    """A word in the accent colour, with a tick."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        font = self.font()
        font.setPixelSize(px(SMALL))
        font.setWeight(font.Weight.DemiBold)
        self.setFont(font)
        self.setAccessibleName(text)
        self.setFixedSize(self.fontMetrics().horizontalAdvance(text) + px(22), px(20))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        side = px(14)
        painter.drawPixmap(0, (self.height() - side) // 2, pixmap("check", theme.accent, side))
        painter.setPen(QColor(theme.accent))
        painter.drawText(self.rect().adjusted(px(18), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self._text)
