"""The types that a smaller copy can have, as a list: each with its size and what it is good for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, QStringListModel, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QWidget

from app.core.language import tr
from app.core.record import record
from app.core.shrink import TARGETS
from app.core.verdict import in_gigabytes
from app.library.quantizations import meaning
from app.ui.theme import RADIUS, SMALL, px, theme_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionViewItem

Index = QModelIndex | QPersistentModelIndex
ROW = 46  # height at 100 %


@record
class Kind:
    """A type that the copy can have, and roughly how many bytes it takes."""

    name: str
    size: int
    share: float  # of the model

    @property
    def about(self) -> str:
        """What it is good for, in one line."""
        if TARGETS[self.name].needs_importance:
            return tr("{meaning} Needs an importance matrix.").format(meaning=meaning(self.name))
        return meaning(self.name)


class Kinds(QStringListModel):
    """The types, largest first; the texts of the base only count."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.kinds: Sequence[Kind] = ()

    def show(self, kinds: Sequence[Kind]) -> None:
        """Show these."""
        self.kinds = kinds
        self.setStringList([""] * len(kinds))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        kind = self.kinds[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return kind.name
        if role == Qt.ItemDataRole.UserRole:
            return kind
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return f"{kind.name}, {in_gigabytes(kind.size)}, {kind.about}"
        return None

    def flags(self, _index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class KindDelegate(QStyledItemDelegate):
    """The name and its size, below them what it is good for."""

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, _option: "QStyleOptionViewItem", _index: Index) -> QSize:
        return QSize(0, px(ROW))

    def paint(self, painter: QPainter, option: "QStyleOptionViewItem", index: Index) -> None:
        kind: Kind = index.data(Qt.ItemDataRole.UserRole)
        theme, box = theme_of(self._view.palette()), QRect(option.rect).adjusted(0, 1, 0, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._view.currentIndex() == index:
            painter.setPen(QColor(theme.accent) if self._view.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), px(RADIUS), px(RADIUS))
        room = box.adjusted(px(12), px(4), -px(12), -px(4))
        upper = QRect(room.left(), room.top(), room.width(), px(20))
        lower = QRect(room.left(), upper.bottom(), room.width(), px(17))
        font = QFont(self._view.font())
        font.setWeight(QFont.Weight.Medium)
        painter.setFont(font)
        faint = not self._view.isEnabled()
        painter.setPen(QColor(theme.muted if faint else theme.text))
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, kind.name)
        font.setWeight(QFont.Weight.Normal)
        painter.setFont(font)
        size = tr("about {size}").format(size=in_gigabytes(kind.size)) + f"  ·  {kind.share:.0%}"
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, size)
        font.setPixelSize(px(SMALL))
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        text = QFontMetrics(font).elidedText(kind.about, Qt.TextElideMode.ElideRight, lower.width())
        painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()
