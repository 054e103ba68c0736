"""The line at the top: the model in use, its state, and how full the context is."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from app.chat.changes import ContextUsed, ModelState
from app.core.language import tr, trn
from app.core.protocol import ModelInfo
from app.ui.controls import IconButton, QuietButton
from app.ui.grounds import Muted, tab_after
from app.ui.icons import icon
from app.ui.theme import RADIUS, mixed, px, theme_of

if TYPE_CHECKING:
    from app.chat.downloads import Together
    from app.ui.download_sign import DownloadSign

NEARLY_FULL = 0.9


class ContextMeter(QAbstractButton):
    """A thin ring that fills with the context; the numbers are in its tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._used: ContextUsed | None = None
        self.setFixedSize(px(32), px(32))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Context"))
        self.show_used(None)

    def show_used(self, used: ContextUsed | None) -> None:
        """Show how full the context is; None where no model is loaded."""
        self._used = used
        text = tr("The context meter fills while you talk. No model is loaded yet.")
        if used is not None and used.total:
            text = tr("{used} of {total} tokens of context in use").format(
                used=f"{used.conversation + used.draft:,}", total=f"{used.total:,}"
            )
            if used.draft:
                text += "\n" + trn(
                    "{count} token in the message being written",
                    "{count} tokens in the message being written",
                    used.draft,
                )
            if used.summarised:
                text += "\n" + trn(
                    "{count} earlier message is summarised", "{count} earlier messages are summarised", used.summarised
                )
            if used.left_out:
                text += "\n" + trn(
                    "{count} earlier message no longer fits", "{count} earlier messages no longer fit", used.left_out
                )
        self.setToolTip(text)
        self.setAccessibleDescription(text)
        self.update()

    @property
    def share(self) -> float:
        """0 to 1."""
        used = self._used
        return min(1.0, (used.conversation + used.draft) / used.total) if used is not None and used.total else 0.0

    def sizeHint(self) -> QSize:
        return QSize(px(32), px(32))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), px(1.5)))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), px(RADIUS), px(RADIUS))
        wide = px(2.5)
        inset = (self.width() - px(18)) / 2
        box = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.setPen(QPen(mixed(theme.muted, theme.window, 0.3), wide))
        painter.drawEllipse(box)
        if self.share:
            full = self.share >= NEARLY_FULL or bool(self._used and self._used.left_out)
            painter.setPen(
                QPen(
                    QColor(theme.danger if full else theme.accent), wide, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap
                )
            )
            painter.drawArc(box, 90 * 16, -round(max(0.03, self.share) * 360 * 16))


class StateDot(QWidget):
    """The colour of the model's state; while it loads, a ring that fills."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = ModelState("none")
        self.setFixedSize(px(12), px(12))

    def show_state(self, state: ModelState) -> None:
        """Draw this state."""
        self._state = state
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        if self._state.state == "loading":
            painter.setPen(QPen(mixed(theme.muted, theme.window, 0.3), px(2)))
            painter.drawEllipse(box)
            painter.setPen(QPen(QColor(theme.accent), px(2)))
            painter.drawArc(box, 90 * 16, -round(max(0.05, self._state.fraction) * 360 * 16))
            return
        colour = {"ready": theme.good, "failed": theme.danger}.get(self._state.state, theme.muted)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawEllipse(box.adjusted(1, 1, -1, -1))


def facts(model: ModelInfo) -> str:
    """What is known of a model, line by line."""
    template = tr("from the file") if model.template_source == "file" else model.template_source
    lines = (
        (tr("Architecture"), model.architecture),
        (tr("Parameters"), f"{model.parameters:,}"),
        (tr("Quantization"), model.quantization),
        (tr("Context length"), trn("{count} token", "{count} tokens", model.context_length)),
        (tr("Runs on"), model.device),
        (tr("Chat template"), template),
        (tr("File"), str(model.path)),
    )
    return "\n".join(tr("{label}: {value}").format(label=label, value=value) for label, value in lines if value)


class TopBar(QWidget):
    """Buttons for both sides, the model's name and state, the meter."""

    sidebar_asked = Signal()
    panel_asked = Signal()
    new_asked = Signal()
    switch_asked = Signal()
    cancel_asked = Signal()
    reload_asked = Signal()
    downloads_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._name = ""
        self.setFixedHeight(px(52))
        self.sign: DownloadSign | None = None
        self._line = layout = QHBoxLayout(self)
        layout.setContentsMargins(px(12), 0, px(12), 0)
        layout.setSpacing(px(4))
        self.sidebar = IconButton("sidebar", tr("Conversation list"))
        self.new = IconButton("new", tr("New conversation"))
        self.model = QuietButton()
        self.model.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        font = self.model.font()
        font.setWeight(font.Weight.DemiBold)
        self.model.setFont(font)
        self.dot = StateDot()
        self.state = Muted()
        self.action = QuietButton()
        self.action.clicked.connect(self._act)
        self.meter = ContextMeter()
        self.panel = IconButton("sliders", tr("Sampling panel"))
        for button in (self.sidebar, self.new):
            layout.addWidget(button)
        layout.addWidget(self.model)
        layout.addSpacing(px(4))
        layout.addWidget(self.dot)
        layout.addSpacing(px(2))
        layout.addWidget(self.state)
        layout.addWidget(self.action)
        layout.addStretch(1)
        layout.addWidget(self.meter)
        layout.addWidget(self.panel)
        self.panel.setCheckable(True)
        self.sidebar.clicked.connect(self.sidebar_asked)
        self.panel.clicked.connect(self.panel_asked)
        self.new.clicked.connect(self.new_asked)
        self.model.clicked.connect(self.switch_asked)
        self._state = ModelState("none")
        self.show_state(self._state)

    def show_sides(self, *, sidebar: bool, panel: bool) -> None:
        """Which sides are open: the buttons that the sidebar has itself are not shown twice."""
        self.sidebar.setVisible(not sidebar)
        self.new.setVisible(not sidebar)
        self.panel.setChecked(panel)

    def show_downloads(self, together: "Together") -> None:
        """A sign while models are on their way."""
        if self.sign is None:
            if not together.count:
                return
            from app.ui.download_sign import DownloadSign  # most windows never need it

            self.sign = DownloadSign()
            self.sign.clicked.connect(self.downloads_asked)
            self._line.insertWidget(self._line.indexOf(self.meter), self.sign)
            tab_after(self.action, self.sign)
        shown = self.sign.isVisibleTo(self)
        self.sign.show_together(together)
        if shown != self.sign.isVisibleTo(self):
            self._elide()

    def show_state(self, state: ModelState) -> None:
        """Show the model's name and what it does."""
        self._state = state
        self.dot.show_state(state)
        known = state.model.name if state.model else state.name
        self._name = known or (state.path.stem if state.path else tr("No model"))
        reason = state.error.message if state.error else tr("Failed")
        self._text = {
            "none": tr("Not loaded") if state.path else "",
            "loading": tr("Loading {percent} %").format(percent=round(state.fraction * 100)),
            "ready": tr("Ready"),
            "failed": reason,
        }[state.state]
        label = {"none": tr("Load") if state.path else "", "loading": tr("Cancel"), "failed": tr("Load again")}.get(
            state.state, ""
        )
        self.action.setText(label)
        self.action.setAccessibleName(label or tr("Model"))
        self.action.setVisible(bool(label))
        self.model.setAccessibleName(tr("Model: {name}").format(name=self._name))
        self.model.setAccessibleDescription(self._text)
        self.model.setToolTip(facts(state.model) if state.model else str(state.path or ""))
        self.model.setIcon(icon("chevron-down", theme_of(self.palette()).muted, px(14)))
        self.state.setToolTip(str(state.error) if state.error else "")
        self._elide()

    def _act(self) -> None:
        (self.cancel_asked if self._state.state == "loading" else self.reload_asked).emit()

    def _elide(self) -> None:
        room = (
            self.width()
            - px(160)
            - (px(72) if self.sidebar.isVisibleTo(self) else 0)
            - (px(36) if self.sign is not None and self.sign.isVisibleTo(self) else 0)
            - (self.action.sizeHint().width() if self._state.state != "ready" else 0)
        )
        metrics = self.model.fontMetrics()
        self.model.setText(
            metrics.elidedText(self._name, Qt.TextElideMode.ElideRight, max(px(80), min(px(280), room // 2)))
        )
        left = room - self.model.sizeHint().width()
        self.state.setText(
            self.state.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, max(0, left))
            if left > px(40)
            else ""
        )
        self.state.setAccessibleName(self._text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()
