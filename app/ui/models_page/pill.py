"""The word that says whether a model runs here, as a pill, and the numbers behind it as a tooltip."""

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.chat.model_facts import numbers
from app.core.language import tr
from app.core.verdict import Judgement, Verdict, pill, told
from app.ui.theme import SMALL, Theme, mixed, px, theme_of

HEIGHT = 22


def explained(judgement: Judgement) -> str:
    """The sentence and the numbers, line by line."""
    lines = [tr("{label}: {value}").format(label=label, value=value) for label, value in numbers(judgement)]
    return "\n".join((told(judgement), "", *lines))


def ink(verdict: Verdict, theme: Theme) -> str:
    """The colour of a verdict."""
    known = {
        "fits": theme.good, "slow": theme.number, "too large": theme.danger, "unsupported": theme.danger,
    }  # fmt: skip
    return known.get(verdict, theme.muted)


def pill_width(text: str, font: QFont) -> int:
    """How wide a pill with this text is."""
    return QFontMetrics(_small(font)).horizontalAdvance(text) + px(28)


def paint_pill(painter: QPainter, box: QRect, text: str, verdict: Verdict, theme: Theme) -> None:
    """Draw it: a tinted ground, a dot, and the word."""
    colour = ink(verdict, theme)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(mixed(colour, theme.window, 0.14))
    painter.drawRoundedRect(QRectF(box), box.height() / 2, box.height() / 2)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(QPointF(box.left() + px(11), box.center().y() + 0.5), px(3), px(3))
    painter.setFont(_small(painter.font()))
    painter.setPen(QColor(colour))
    painter.drawText(
        box.adjusted(px(18), 0, -px(6), 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text
    )
    painter.restore()


def _small(font: QFont) -> QFont:
    font = QFont(font)
    font.setPixelSize(px(SMALL))
    font.setWeight(QFont.Weight.Medium)
    return font


class Pill(QWidget):
    """The pill alone."""

    def __init__(self, judgement: Judgement | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._judgement: Judgement | None = None
        self.show_judgement(judgement)

    def show_judgement(self, judgement: Judgement | None) -> None:
        """Show this verdict; None: nothing."""
        self._judgement = judgement
        self.setVisible(judgement is not None)
        if judgement is not None:
            self.setFixedSize(self.sizeHint())
            self.setToolTip(explained(judgement))
            self.setAccessibleName(pill(judgement.verdict))
            self.setAccessibleDescription(told(judgement))
        self.update()

    def sizeHint(self) -> QSize:
        text = pill(self._judgement.verdict) if self._judgement is not None else ""
        return QSize(pill_width(text, self.font()), px(HEIGHT))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._judgement is not None:
            verdict = self._judgement.verdict
            paint_pill(QPainter(self), self.rect(), pill(verdict), verdict, theme_of(self.palette()))
