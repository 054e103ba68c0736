"""The search box: filters are offered while they are typed, and told while nothing is."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QListView, QWidget

from app.core.language import tr
from app.core.query import Offer, offers
from app.ui.controls import IconButton
from app.ui.icons import pixmap
from app.ui.theme import px, theme_of

Index = QModelIndex | QPersistentModelIndex
WIDEST = 520  # of what is offered; a longer name ends in dots
MOST = 7  # lines that are offered without scrolling, as Qt has it
CHOOSING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab)


class Offers(QAbstractListModel):
    """How what is typed could go on."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.offers: list[Offer] = []

    def show(self, found: list[Offer]) -> None:
        """Offer these."""
        self.beginResetModel()
        self.offers = found
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature; an empty index is immutable
        return 0 if parent.isValid() else len(self.offers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        offer = self.offers[index.row()]
        if role == Qt.ItemDataRole.EditRole:
            return offer.text
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{offer.shown}   {offer.told}".rstrip()
        return None


class OfferList(QListView):
    """What is offered."""

    def fit(self) -> None:
        """As wide as its lines need it, beyond the field if they are longer, and as high as so many of them are."""
        self.setMinimumWidth(min(self.sizeHintForColumn(0) + px(12), px(WIDEST)))
        rows = min(self.model().rowCount(), MOST)
        self.setMinimumHeight(rows * self.sizeHintForRow(0) + 2 * px(4) + 2)  # with the edge that the style has


class SearchField(QLineEdit):
    """Down goes to the list, Enter opens what was found first, Escape clears."""

    left = Signal()
    entered = Signal()
    focused = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.known: Mapping[str, Sequence[str]] = {"tag": (), "folder": (), "model": ()}
        self.setTextMargins(px(22), 0, px(20), 0)
        self._clear = IconButton("close", tr("Clear the search"), self, size=22)
        self._clear.clicked.connect(self.clear)
        self._clear.hide()
        self.textChanged.connect(lambda text: self._clear.setVisible(bool(text)))
        self._offers = Offers(self)
        self.popup: OfferList | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._clear.move(self.width() - self._clear.side - px(6), (self.height() - self._clear.side) // 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = px(16)
        muted = theme_of(self.palette()).muted
        QPainter(self).drawPixmap(px(9), (self.height() - side) // 2, pixmap("search", muted, side))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.completer() is None:
            self._make_completer()
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.focused.emit(False)

    def _make_completer(self) -> None:
        """Not before it is needed: it costs the start some milliseconds."""
        from PySide6.QtWidgets import QCompleter

        completer = QCompleter(self._offers, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setCompletionRole(Qt.ItemDataRole.EditRole)
        self.popup = popup = OfferList()
        completer.setPopup(popup)
        popup.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        popup.setAccessibleName(tr("Filters"))
        popup.setStyleSheet(
            "QAbstractItemView { background: palette(base); color: palette(text); border: 1px solid palette(mid);"
            f" padding: {px(4)}px; }} QAbstractItemView::item {{ padding: {px(5)}px {px(6)}px; }}"
            " QAbstractItemView::item:selected { background: palette(midlight); color: palette(text); }"
        )
        self.setCompleter(completer)
        self.textEdited.connect(self._offer)
        completer.activated.connect(self._took)

    def _took(self, _what: object) -> None:
        """A name was chosen: offer its values, when the field has taken it and the list is gone."""
        QTimer.singleShot(0, self, lambda: self._offer(self.text()))

    def _offer(self, text: str) -> None:
        found = offers(text, self.known) if self.cursorPosition() == len(text) else []
        self._offers.show(found)
        completer = self.completer()
        if completer is None or self.popup is None:
            return
        if found:
            self.popup.fit()
            completer.setCompletionPrefix(text)
            completer.complete()
            self._choose_none()
        else:
            self.popup.hide()

    def _choose_none(self) -> None:
        """Down chooses the first, Enter alone chooses none; Qt would have it that the first is chosen by typing."""
        if self.popup is not None and self.popup.isVisible():
            self.popup.setCurrentIndex(QModelIndex())

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        super().inputMethodEvent(event)
        self._choose_none()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        chosen = self.popup is not None and self.popup.isVisible() and self.popup.currentIndex().isValid()
        if chosen and event.key() in CHOOSING:
            event.ignore()  # the list of offers answers it; letters go on with what is typed
        elif event.key() == Qt.Key.Key_Down:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.popup is not None:
                self.popup.hide()
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)
            self._choose_none()
