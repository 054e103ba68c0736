"""What the window says beside the conversation: a banner for a problem, a toast with Undo."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.core.errors import AppError
from app.core.language import tr
from app.ui.controls import IconButton, PrimaryButton, QuietButton
from app.ui.flow import Flow
from app.ui.grounds import Heading, Muted, Picture
from app.ui.theme import RADIUS, mixed, px, theme_of

TOAST = 8000  # ms
LINES = 3  # of a toast; what takes more ends in dots


class Banner(QWidget):
    """One problem: what happened, what to do next, and the button that does it. It takes no focus."""

    retry_asked = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._error: AppError | None = None
        self._spared = False
        layout = QHBoxLayout(self)
        layout.setContentsMargins(px(16), px(12), px(8), px(12))
        layout.setSpacing(px(12))
        layout.addWidget(Picture("warning", 20, "danger"), 0, Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(px(2))
        self.message = Heading("", size=14)
        self.message.setWordWrap(True)
        self.hint = Muted(size=13)
        self.hint.setWordWrap(True)
        for label in (self.message, self.hint):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            texts.addWidget(label)
        self._buttons = Flow(gap=px(8))
        self.offers: list[QPushButton] = []
        self.retry = PrimaryButton(tr("Try again"))
        self.retry.setAccessibleName(tr("Try again"))
        self.retry.clicked.connect(self.retry_asked)
        self.details = QuietButton(tr("Details"))
        self.details.setAccessibleName(tr("Details"))
        self.details.clicked.connect(self._open_details)
        for button in (self.retry, self.details):
            self._buttons.addWidget(button)
        texts.addSpacing(px(6))
        texts.addLayout(self._buttons)
        layout.addLayout(texts, 1)
        close = IconButton("close", tr("Close the notice"), size=28)
        close.clicked.connect(self.closed)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_problem(self, error: AppError, retry: bool, *, spared: bool = False) -> None:
        """Show a problem in place of the one before. One that is `spared` outlives the next `settle`."""
        self._error, self._spared = error, spared
        self.message.setText(error.message)
        self.hint.setText(error.hint)
        self.hint.setVisible(bool(error.hint))
        self.retry.setVisible(retry)
        self.details.setVisible(bool(error.detail))
        self.setAccessibleName(str(error))
        self._clear_offers()
        self.show()

    def offer(self, error: AppError, offers: Sequence[tuple[str, str, Callable[[], object]]]) -> None:
        """Offer what would help: label, tooltip, and what is called; only while this problem is shown."""
        if self._error is not error or self.isHidden():
            return
        self._clear_offers()
        self._buttons.removeWidget(self.details)
        for label, told, do in offers:
            button = QPushButton(label)
            button.setAccessibleName(label)
            button.setAccessibleDescription(told)
            button.setToolTip(told)
            button.clicked.connect(lambda _checked=False, do=do: do())
            self._buttons.addWidget(button)
            self.offers.append(button)
        self._buttons.addWidget(self.details)  # the last one

    def _clear_offers(self) -> None:
        for button in self.offers:
            self._buttons.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.offers.clear()

    def settle(self, *kinds: type[AppError]) -> None:
        """Problems of these kinds are over; one of another kind stays until it is read or closed."""
        if isinstance(self._error, kinds):
            self.setVisible(self._spared and not self.isHidden())
            self._spared = False

    def _open_details(self) -> None:
        from app.ui.problems import show_details

        if self._error is not None:
            show_details(self._error, self.window())

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(mixed(theme.danger, theme.window, 0.35), 1))
        painter.setBrush(mixed(theme.danger, theme.window, 0.07))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), px(RADIUS), px(RADIUS))


class Toast(QWidget):
    """A sentence that goes away by itself, with Undo where something can be undone."""

    undo_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._told = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TOAST)
        self._timer.timeout.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(px(16), px(6), px(6), px(6))
        layout.setSpacing(px(8))
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(self._text)
        self.undo = QuietButton(tr("Undo"))
        self.undo.setAccessibleName(tr("Undo"))
        self.undo.clicked.connect(self._undo)
        layout.addWidget(self.undo)
        self._look()
        self.hide()

    def _look(self) -> None:
        """The other way round than the window: light on dark, dark on light."""
        theme = theme_of(self.palette())
        self._text.setStyleSheet(f"color: {theme.window};")
        accent = "#f08a4b" if not theme.dark else "#a8430f"
        self.undo.setStyleSheet(f"color: {accent}; font-weight: 600; background: transparent;")

    def say(self, text: str, undo: bool = False) -> None:
        """Show a sentence for some seconds."""
        self._told = text
        self._text.setWordWrap(False)
        self._text.setText(text)
        self.undo.setVisible(undo)
        self.setAccessibleName(text)
        self._look()
        self.adjustSize()
        self.show()
        self.raise_()
        self._timer.start()

    def wide(self) -> int:
        """The width that the whole sentence takes."""
        buttons = self.undo.sizeHint().width() + px(8) if self.undo.isVisibleTo(self) else px(10)
        return self._text.fontMetrics().horizontalAdvance(self._told) + buttons + px(26)

    def fit(self, width: int) -> int:
        """Put the sentence on as many lines as it takes, up to three; returns the height that this needs."""
        metrics = self._text.fontMetrics()
        room = width - (self.undo.sizeHint().width() if self.undo.isVisibleTo(self) else 0) - px(32)
        one_line = metrics.horizontalAdvance(self._told) <= room
        self._text.setWordWrap(not one_line)
        self._text.setText(metrics.elidedText(self._told, Qt.TextElideMode.ElideRight, int(room * LINES * 0.9)))
        lines = QRect(0, 0, room, 0)
        wrapped = metrics.boundingRect(lines, Qt.TextFlag.TextWordWrap, self._text.text()).height()
        return self.sizeHint().height() if one_line else wrapped + px(20)

    def _undo(self) -> None:
        self.hide()
        self.undo_asked.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme_of(self.palette()).text))
        painter.drawRoundedRect(self.rect(), px(RADIUS), px(RADIUS))
