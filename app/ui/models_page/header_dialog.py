"""The whole header of a model file: every key with its value, searched as one types."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, QStringListModel, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QPainter
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QWidget

from app.chat.model_facts import matching, short_value
from app.core.gguf import Skipped
from app.core.language import tr, trn
from app.ui.dialogs import Dialog
from app.ui.grounds import Muted
from app.ui.models_page.here import FilterField
from app.ui.problems import TextBox
from app.ui.theme import RADIUS, px, theme_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionViewItem

Index = QModelIndex | QPersistentModelIndex
HEIGHT = 28
SHARE = 0.46  # of a line, that the key takes
LONGEST = 200_000  # characters of a value that are shown
MOST = 500  # values of a list


def whole_value(value: Any) -> str:
    """All of a value that can be read; of arrays that were too long to keep only how long they are."""
    if isinstance(value, Skipped):
        return short_value(value) + "\n\n" + tr("So long a list is counted and not kept.")
    if isinstance(value, list):
        lines = [str(each) for each in value[:MOST]]
        return "\n".join([*lines, "…"] if len(value) > MOST else lines)
    text = str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


class Keys(QStringListModel):
    """Keys and values; the texts of the base only count."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[tuple[str, Any]] = []

    def show(self, header: Mapping[str, Any]) -> None:
        """Show these."""
        self.rows = list(header.items())
        self.setStringList([""] * len(self.rows))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        key, value = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return key
        if role == Qt.ItemDataRole.UserRole:
            return short_value(value)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{key}: {short_value(value)}"
        return None

    def flags(self, _index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class KeyDelegate(QStyledItemDelegate):
    """A key on the left, its value beside it."""

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view
        self.font = mono(view.font())

    def sizeHint(self, _option: "QStyleOptionViewItem", _index: Index) -> QSize:
        return QSize(0, px(HEIGHT))

    def paint(self, painter: QPainter, option: "QStyleOptionViewItem", index: Index) -> None:
        theme, box = theme_of(self._view.palette()), QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._view.currentIndex() == index:
            painter.setPen(QColor(theme.accent) if self._view.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), px(RADIUS), px(RADIUS))
        painter.setFont(self.font)
        room = box.adjusted(px(10), 0, -px(10), 0)
        key = QRect(room.left(), room.top(), int(room.width() * SHARE), room.height())
        value = QRect(key.right() + px(12), room.top(), room.right() - key.right() - px(12), room.height())
        side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        metrics = painter.fontMetrics()
        painter.setPen(QColor(theme.muted))
        painter.drawText(key, side, metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideMiddle, key.width()))
        painter.setPen(QColor(theme.text))
        text = str(index.data(Qt.ItemDataRole.UserRole))
        painter.drawText(value, side, metrics.elidedText(text, Qt.TextElideMode.ElideRight, value.width()))
        painter.restore()


def mono(font: QFont) -> QFont:
    """Letters of equal width, as code has them."""
    result = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    result.setFamilies([QFontInfo(result).family(), *font.families()])  # an alias would be lost among several
    result.setPixelSize(px(12))
    return result


class HeaderDialog(Dialog):
    """A list of keys above, the value of the chosen one below."""

    def __init__(self, name: str, header: Mapping[str, Any], parent: QWidget | None) -> None:
        super().__init__(tr("Header of {name}").format(name=name), parent, width=820, height=680)
        self._header = header
        self.filter = FilterField()
        self.filter.setPlaceholderText(tr("Search keys and values"))
        self.filter.setAccessibleName(tr("Search keys and values"))
        self.filter.textChanged.connect(self._show)
        self.page.addWidget(self.filter)
        self.keys = Keys(self)
        self.list = QListView()
        self.list.setModel(self.keys)
        self.list.setItemDelegate(KeyDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setAccessibleName(tr("Keys of the header"))
        self.list.selectionModel().currentChanged.connect(lambda *_: self._show_value())
        self.page.addWidget(self.list, 3)
        self.count = Muted()
        self.page.addWidget(self.count)
        self.value = TextBox()
        self.value.setReadOnly(True)
        self.value.setTabChangesFocus(True)
        self.value.setFont(mono(self.font()))
        self.value.setAccessibleName(tr("Value"))
        self.page.addWidget(self.value, 2)
        self.filter.left.connect(self.list.setFocus)
        self.add_close()
        self._show("")
        self.fit()
        self.filter.setFocus()

    def _show(self, text: str) -> None:
        self.keys.show(matching(self._header, text) if text else self._header)
        shown = len(self.keys.rows)
        self.count.setText(
            trn("{count} key", "{count} keys", shown) if shown else tr("Nothing in the header has this text.")
        )
        if shown:
            self.list.setCurrentIndex(self.keys.index(0))
        self._show_value()

    def _show_value(self) -> None:
        index = self.list.currentIndex()
        rows = self.keys.rows
        self.value.setPlainText(whole_value(rows[index.row()][1]) if index.isValid() and rows else "")
