"""What an empty conversation shows: a greeting, and questions that the built-in model can answer."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.core.examples import EXAMPLES
from app.core.language import tr
from app.ui.grounds import Heading, Muted, Picture, own_viewport
from app.ui.icons import pixmap
from app.ui.theme import COLUMN, px, theme_of


class ExampleCard(QAbstractButton):
    """A question with an icon; a click asks it."""

    def __init__(self, icon: str, title: str, question: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self.question = question
        self.setAccessibleName(question)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(px(52), px(14), px(16), px(14))
        layout.setSpacing(px(2))
        for label in (Heading(title, size=14), Muted(question, size=13)):
            label.setWordWrap(True)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            layout.addWidget(label)
        layout.addStretch(1)

    def sizeHint(self) -> QSize:
        return self._layout.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        over = self.underMouse()
        painter.setPen(QPen(QColor(theme.accent if self.hasFocus() else theme.border), 1))
        painter.setBrush(QColor(theme.surface if over else theme.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), px(12), px(12))
        painter.drawPixmap(px(18), px(15), pixmap(self._icon, theme.accent, px(20)))


class Welcome(QScrollArea):
    """Greeting and four cards, in one or two columns."""

    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget()
        page.setAutoFillBackground(False)
        own_viewport(self)
        outer = QVBoxLayout(page)
        outer.setContentsMargins(px(24), px(16), px(24), px(16))
        outer.addStretch(2)
        column = QWidget()
        column.setMaximumWidth(px(COLUMN))
        column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(8))
        layout.addWidget(Picture("fireside", 56), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(px(8))
        greeting = Heading(tr("What would you like to know?"), size=24)
        told = Muted(tr("Everything stays on this computer. Ask, or try one of these."), size=14)
        for label in (greeting, told):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(True)
            layout.addWidget(label)
        layout.addSpacing(px(16))
        self._grid = QGridLayout()
        self._grid.setSpacing(px(12))
        layout.addLayout(self._grid)
        self.cards = [ExampleCard(one.icon, tr(one.title), tr(one.question)) for one in EXAMPLES]
        for card in self.cards:
            card.clicked.connect(lambda _checked=False, text=card.question: self.asked.emit(text))
        self._columns = 0
        self._arrange(2)
        row = QGridLayout()
        row.setColumnStretch(0, 1)
        row.setColumnStretch(1, 1000)
        row.setColumnStretch(2, 1)
        row.addWidget(column, 0, 1)
        outer.addLayout(row)
        outer.addStretch(3)
        self.setWidget(page)

    def _arrange(self, columns: int) -> None:
        if columns != self._columns:
            self._columns = columns
            for number, card in enumerate(self.cards):
                self._grid.addWidget(card, number // columns, number % columns)
            for number in range(2):
                self._grid.setColumnStretch(number, 1 if number < columns else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(2 if self.width() > px(520) else 1)
