"""One model of a repository: what its quantization means, whether it runs here, and the button that fetches it."""

from pathlib import Path

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QToolTip, QWidget

from app.core.errors import sentences
from app.core.language import tr, trn
from app.core.verdict import in_gigabytes, pill, told
from app.library.offering import Offer
from app.library.queue import Item
from app.ui.grounds import plain_tip
from app.ui.icons import pixmap
from app.ui.models_page.pill import explained, paint_pill, pill_width
from app.ui.theme import RADIUS, SMALL, mixed, px, theme_of

Piece = tuple[str, QRect, str]  # of what a row draws: its kind, where it lies, its text


class FetchButton(QAbstractButton):
    """“Download”, then how far it is, then “Use it”. Filled where it is what most people want."""

    def __init__(self, name: str, parent: QWidget, *, primary: bool) -> None:
        super().__init__(parent)
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
    """Tells what is wanted; what became of it is shown by `show_state`. Drawn by hand: thirty of them are laid out often."""

    download_asked = Signal()
    use_asked = Signal(str)  # the file
    resume_asked = Signal(int)  # the download's number
    progress_asked = Signal(int)

    def __init__(self, offer: Offer, *, meant: bool, possible: bool, parent: QWidget) -> None:
        """`meant` marks the one that an address named; `possible` is whether anything can be fetched."""
        super().__init__(parent)
        self.offer = offer
        self._meant = meant
        self._here: Path | None = None
        self._item: Item | None = None
        variant = offer.variant
        self._name = variant.quantization or variant.name
        self._size = in_gigabytes(variant.size)
        about = [variant.meaning]
        if (count := len(variant.files)) > 1:
            about.append(
                trn("In {count} file that is loaded as one.", "In {count} files that are loaded as one.", count)
            )
        if not variant.whole:
            about.append(tr("Parts of it are missing at the Hub."))
        self._about = sentences(*about) or variant.name
        self._laid: dict[int, tuple[list[Piece], int]] = {}  # by width; a layout asks for several, again and again
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.button = FetchButton(self._name, self, primary=offer.recommended)
        self.button.clicked.connect(self._act)
        self.button.setVisible(possible)
        self.button.setEnabled(variant.whole)
        self.show_offer(offer)

    def show_offer(self, offer: Offer) -> None:
        """The memory that is free is another one."""
        self.offer = offer
        words = [self._name, pill(offer.judgement.verdict), self._size]
        words += [tr("Recommended here")] if offer.recommended else []
        self.setAccessibleName(", ".join(words))
        self.setAccessibleDescription(f"{self._about} {told(offer.judgement)}")
        self._laid.clear()
        self.update()

    def show_state(self, here: Path | None, item: Item | None) -> None:
        """Whether it is on this computer, or how far it is."""
        if (here, item) == (self._here, self._item):
            return
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
        self.button.setToolTip(plain_tip(item.message) if item is not None and state == "failed" else "")
        if self.button.sizeHint() != self.button.size():
            self._laid.clear()
            self._place()
            self.updateGeometry()

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

    # ── where things lie ──────────────────────────────────────────────────────────────────────────────

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._pieces(width)[1]

    def sizeHint(self) -> QSize:
        return QSize(px(320), px(48))  # its height follows its width

    def minimumSizeHint(self) -> QSize:
        return QSize(px(200), px(40))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        size = self.button.sizeHint()
        left, top = self.width() - px(12) - size.width(), (self.height() - size.height()) // 2
        self.button.setGeometry(left, top, size.width(), size.height())

    def _pieces(self, width: int) -> tuple[list[Piece], int]:
        """What is drawn, and how high all of it is."""
        if width not in self._laid:
            if len(self._laid) > 8:
                self._laid.clear()
            self._laid[width] = self._lay(width)
        return self._laid[width]

    def _lay(self, width: int) -> tuple[list[Piece], int]:
        left, top, high = px(14), px(10), px(22)
        right = width - px(36) - self.button.sizeHint().width()
        parts = [
            ("name", self._name, QFontMetrics(self._font(14, bold=True)).horizontalAdvance(self._name)),
            ("pill", "", pill_width(pill(self.offer.judgement.verdict), self.font())),
            ("size", self._size, QFontMetrics(self._font(13)).horizontalAdvance(self._size)),
        ]
        if self.offer.recommended:
            mark = tr("Recommended here")
            advance = QFontMetrics(self._font(SMALL, bold=True)).horizontalAdvance(mark) + px(18)
            parts.append(("mark", mark, advance))
        pieces: list[Piece] = []
        x, y = left, top
        for kind, text, wide in parts:
            if x > left and x + wide > right:
                x, y = left, y + high
            pieces.append((kind, QRect(x, y, wide, high), text))
            x += wide + px(8)
        y += high + px(2)
        room = QRect(left, y, max(px(80), right - left), px(400))
        about = QFontMetrics(self._font(13)).boundingRect(room, Qt.TextFlag.TextWordWrap, self._about)
        pieces.append(("about", QRect(left, y, room.width(), about.height()), self._about))
        return pieces, max(y + about.height() + px(10), self.button.sizeHint().height() + px(20))

    def _font(self, size: int, *, bold: bool = False) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(px(size))
        if bold:
            font.setWeight(QFont.Weight.DemiBold)
        return font

    # ── drawing ───────────────────────────────────────────────────────────────────────────────────────

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
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        for kind, box, text in self._pieces(self.width())[0]:
            match kind:
                case "name":
                    painter.setFont(self._font(14, bold=True))
                    painter.setPen(QColor(theme.text))
                    painter.drawText(box.adjusted(0, 0, px(4), 0), middle, text)
                case "pill":
                    verdict = self.offer.judgement.verdict
                    painter.setFont(self.font())
                    paint_pill(painter, box, pill(verdict), verdict, theme)
                case "size":
                    painter.setFont(self._font(13))
                    painter.setPen(QColor(theme.muted))
                    painter.drawText(box.adjusted(0, 0, px(4), 0), middle, text)
                case "mark":
                    side = px(14)
                    at = box.center().y() - side // 2 + 1
                    painter.drawPixmap(box.left(), at, pixmap("check", theme.accent, side))
                    painter.setFont(self._font(SMALL, bold=True))
                    painter.setPen(QColor(theme.accent))
                    painter.drawText(box.adjusted(px(18), 0, px(4), 0), middle, text)
                case _:
                    painter.setFont(self._font(13))
                    painter.setPen(QColor(theme.muted))
                    painter.drawText(box, Qt.TextFlag.TextWordWrap, text)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            pills = [box for kind, box, _ in self._pieces(self.width())[0] if kind == "pill"]
            if any(box.contains(event.pos()) for box in pills):
                QToolTip.showText(event.globalPos(), explained(self.offer.judgement), self)
                return True
        return super().event(event)
