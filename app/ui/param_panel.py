"""The panel on the right: the Sampling table as sliders in groups."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.chat.sampling import Origin, SamplingLayers
from app.core.language import tr, trn
from app.core.params import Row, Sampling, applies, rows
from app.ui.controls import IconButton, Menu, QuietButton
from app.ui.grounds import Heading, Muted, Surface, own_viewport, tab_after
from app.ui.icons import pixmap
from app.ui.origins import origin_told
from app.ui.table_rows import TableRow
from app.ui.theme import RADIUS, px, theme_of

FOOT_FROM = 400  # in a lower panel the sliders need the room


class GroupHeader(QAbstractButton):
    """The line that opens and folds a group; says how many of its rows were changed."""

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = label
        self._count = 0
        self.setCheckable(True)
        self.setFixedHeight(px(32))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.count(0)

    def count(self, changed_rows: int) -> None:
        """Show how many rows differ from where they start."""
        self._count = changed_rows
        self.setAccessibleName(self._label)
        self.setAccessibleDescription(trn("{count} changed", "{count} changed", changed_rows) if changed_rows else "")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover) if self.underMouse() else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), px(RADIUS), px(RADIUS))
        side = px(16)
        name = "chevron-down" if self.isChecked() else "chevron-right"
        painter.drawPixmap(px(6), (self.height() - side) // 2, pixmap(name, theme.muted, side))
        font = painter.font()
        font.setWeight(font.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        box = self.rect().adjusted(px(28), 0, -px(8), 0)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._label)
        if self._count:
            painter.setPen(QColor(theme.accent))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, str(self._count))


class Group(QWidget):
    """A header and its rows; the rows are made when the group is opened first."""

    changed = Signal(str, object)
    dropped = Signal(str)
    looked_at = Signal(object)

    def __init__(
        self, label: str, members: list[Row], values: Sampling, base: Sampling, origins: Mapping[str, Origin]
    ) -> None:
        super().__init__()
        self._members = members
        self._rows: list[TableRow] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.header = GroupHeader(label)
        self.header.toggled.connect(self._fold)
        self._layout.addWidget(self.header)
        self._body: QWidget | None = None
        self.show_values(values, base, origins)

    def show_values(self, values: Sampling, base: Sampling, origins: Mapping[str, Origin]) -> None:
        """Show values that came from elsewhere, where they start, and where these starts come from."""
        self._values, self._base, self._origins = values, base, origins
        self.header.count(sum(is_changed(row, values, base) for row in self._members))
        for widget in self._rows:
            widget.show_value(getattr(values, widget.row.name), getattr(base, widget.row.name))
            widget.show_origin(origins[widget.row.name])
            widget.setVisible(applies(widget.row, values))

    def settle(self) -> None:
        """Tell what was typed and not told yet."""
        for widget in self._rows:
            widget.settle()

    def _fold(self, opened: bool) -> None:
        if opened and self._body is None:
            self._body = QWidget()
            layout = QVBoxLayout(self._body)
            layout.setContentsMargins(px(8), px(4), px(8), px(12))
            layout.setSpacing(px(12))
            for row in self._members:
                widget = TableRow(row, getattr(self._values, row.name))
                widget.show_value(getattr(self._values, row.name), getattr(self._base, row.name))
                widget.show_origin(self._origins[row.name])
                widget.changed.connect(self.changed)
                widget.dropped.connect(self.dropped)
                widget.looked_at.connect(self.looked_at)
                layout.addWidget(widget)
                widget.setVisible(applies(row, self._values))
                self._rows.append(widget)
            self._layout.addWidget(self._body)
            tab_after(self.header, self._body)
        if self._body is not None:
            self._body.setVisible(opened)


class ParamPanel(Surface):
    """Sliders of a Sampling; a change is told at once and holds from the next answer on."""

    changed = Signal(str, object)  # name, Value
    dropped = Signal(str)  # what the user keeps for this model is to be forgotten, of one row
    reset_asked = Signal()
    keep_asked = Signal(bool)  # let every conversation with this model start like this, or not any more
    closed = Signal()
    folded = Signal(str)  # names of the open groups, joined by commas

    def __init__(self, values: Sampling, layers: SamplingLayers, opened: str = "") -> None:
        super().__init__("surface", Qt.Edge.LeftEdge)
        self._values = values
        self._layers = layers
        self._groups: dict[str, Group] = {}
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._top())
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(px(8), 0, px(8), px(8))
        layout.setSpacing(px(4))
        for name, members in grouped(rows(Sampling)).items():
            group = Group(tr(name), members, values, layers.base, layers.origins())
            group.changed.connect(self.changed)
            group.dropped.connect(self.dropped)
            group.looked_at.connect(self._explain)
            self._groups[name] = group
            layout.addWidget(group)
        layout.addStretch(1)
        for name in opened.split(",") if opened else list(self._groups)[:1]:
            if name in self._groups:
                self._groups[name].header.setChecked(True)
        for group in self._groups.values():
            group.header.toggled.connect(self._tell_folds)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        own_viewport(scroll)
        scroll.setWidget(page)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        page.setAutoFillBackground(False)
        outer.addWidget(scroll, 1)
        self._foot = self._bottom()
        outer.addWidget(self._foot)
        self.show_values(values)

    def _top(self) -> QWidget:
        top = QWidget()
        layout = QHBoxLayout(top)
        layout.setContentsMargins(px(16), px(8), px(12), px(8))
        layout.setSpacing(px(4))
        layout.addWidget(Heading(tr("Sampling"), size=15))
        self._count = Muted()
        layout.addSpacing(px(8))
        layout.addWidget(self._count, 1)
        self._reset = QuietButton(tr("Reset all"))
        self._reset.setAccessibleName(tr("Reset all"))
        self._reset.clicked.connect(self.reset_asked)
        keep = self._reset.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self._reset.setSizePolicy(keep)
        layout.addWidget(self._reset)
        self._more = IconButton("more", tr("For this model"), size=28)
        self._more.clicked.connect(self._open_menu)
        layout.addWidget(self._more)
        close = IconButton("close", tr("Hide the panel"), size=28)
        close.clicked.connect(self.closed)
        layout.addWidget(close)
        top.setFixedHeight(px(52))
        return top

    def _bottom(self) -> QWidget:
        """The explanation of the row under the pointer or the keyboard; its height never changes."""
        bottom = Surface("surface", Qt.Edge.TopEdge)
        layout = QVBoxLayout(bottom)
        layout.setContentsMargins(px(16), px(10), px(16), px(10))
        layout.setSpacing(px(2))
        self._title = Heading("", size=13)
        self._help = Muted()
        self._help.setWordWrap(True)
        self._help.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._title)
        layout.addWidget(self._help, 1)
        bottom.setFixedHeight(px(144))
        self._explain(None)
        return bottom

    def _explain(self, row: Row | None) -> None:
        if row is None:
            self._title.setText(tr("How the answer is chosen"))
            self._help.setText(tr("Point at a slider to read what it does. Changes take effect with the next answer."))
            return
        self._title.setText(tr(row.label))
        base = getattr(self._layers.base, row.name)
        changed = getattr(self._values, row.name) != base
        origin: Origin = "conversation" if changed else self._layers.origins()[row.name]
        self._help.setText(f"{tr(row.help)}\n{origin_told(origin, row, base)}")

    def _tell_folds(self) -> None:
        self.folded.emit(",".join(name for name, group in self._groups.items() if group.header.isChecked()) or "-")

    def _open_menu(self) -> None:
        self._menu().popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))

    def _menu(self) -> Menu:
        menu = Menu(self)
        keep = menu.addAction(tr("Keep for this model"))
        keep.setToolTip(tr("Every conversation with this model starts with these values."))
        keep.setEnabled(self._values != self._layers.base)
        keep.triggered.connect(lambda: self.keep_asked.emit(True))
        forget = menu.addAction(tr("Forget what was kept for this model"))
        forget.setEnabled(self._layers.kept)
        forget.triggered.connect(lambda: self.keep_asked.emit(False))
        menu.setToolTipsVisible(True)
        return menu

    def show_values(self, values: Sampling) -> None:
        """Show values that came from elsewhere; only what differs from where this model starts is a change."""
        self._values, base, origins = values, self._layers.base, self._layers.origins()
        for group in self._groups.values():
            group.show_values(values, base, origins)
        count = sum(is_changed(row, values, base) for row in rows(Sampling).values())
        self._count.setText(trn("{count} changed", "{count} changed", count) if count else "")
        self._reset.setVisible(values != base)

    def settle(self) -> None:
        """Tell what was typed and not told yet: an answer is about to be asked for."""
        for group in self._groups.values():
            group.settle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._foot.setVisible(self.height() >= px(FOOT_FROM))  # the names of the rows say the same as a tip

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # the panel may lie over the transcript, which must not get this


def is_changed(row: Row, values: Sampling, base: Sampling) -> bool:
    """Does a row that matters differ from where it starts."""
    return applies(row, values) and bool(getattr(values, row.name) != getattr(base, row.name))


def grouped(table: Mapping[str, Row]) -> dict[str, list[Row]]:
    """The rows by group, both in the order of the table."""
    result: dict[str, list[Row]] = {}
    for row in table.values():
        result.setdefault(row.group, []).append(row)
    return result
