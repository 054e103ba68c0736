"""One model on its way: how far it is, how fast, and what can be done with it."""

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.core.amounts import rate_text, time_text
from app.core.language import tr
from app.core.verdict import in_gigabytes
from app.library.queue import Item
from app.ui.controls import IconButton, PrimaryButton
from app.ui.flow import Flow
from app.ui.grounds import Card, Elided, Muted, plain_tip
from app.ui.theme import px, theme_of
from app.ui.working import Bar


class Grip(IconButton):
    """Where a row is taken to be put elsewhere: dragged, or moved with Up and Down."""

    dragged = Signal(QPointF)  # the pointer, on the screen
    dropped = Signal()
    stepped = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__("grip", tr("Move {name}: drag it, or press Up and Down").format(name=name), size=28)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self._held = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held:
            self.dragged.emit(event.globalPosition())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        if self._held:
            self._held = False
            self.setCursor(Qt.CursorShape.OpenHandCursor)
            self.dropped.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)


class DownloadRow(Card):
    """Tells what is wanted by the number of the download."""

    pause_asked = Signal(int)
    resume_asked = Signal(int)
    cancel_asked = Signal(int)
    use_asked = Signal(str)  # the file
    looked_at = Signal(str)  # its repository

    def __init__(self, item: Item) -> None:
        super().__init__()
        self.item = item
        repository, _, self._quantization = item.name.rpartition(" ")
        self._title = (repository or item.name).rpartition("/")[2]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(px(6), px(10), px(10), px(10))
        layout.setSpacing(px(8))
        self.grip = Grip(item.name)
        layout.addWidget(self.grip, 0, Qt.AlignmentFlag.AlignVCenter)
        texts = QVBoxLayout()
        texts.setSpacing(px(5))
        self.title = Elided(f"{self._title}  {self._quantization}".strip())
        font = self.title.font()
        font.setWeight(font.Weight.DemiBold)
        self.title.setFont(font)
        self.title.setToolTip(plain_tip(item.name))
        texts.addWidget(self.title)
        self.bar = Bar()
        texts.addWidget(self.bar)
        self.told = Muted("", size=13)
        self.told.setWordWrap(True)
        texts.addWidget(self.told)
        further = Flow(gap=px(8))
        texts.addLayout(further)
        layout.addLayout(texts, 1)
        self.look = QPushButton(tr("Look at it"))
        self.again = QPushButton(tr("Try again"))
        for button in (self.again, self.look):
            further.addWidget(button)
        self.use = PrimaryButton(tr("Use it"))
        self.pause = IconButton("pause", tr("Pause"))
        self.cancel = IconButton("close", tr("Cancel"))
        for part in (self.use, self.pause, self.cancel):
            layout.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
        self.look.clicked.connect(lambda: self.looked_at.emit(self.item.files[0].source.repository))
        self.again.clicked.connect(lambda: self.resume_asked.emit(self.item.number))
        self.use.clicked.connect(lambda: self.use_asked.emit(str(self.item.files[0].target)))
        self.pause.clicked.connect(self._pause_or_go_on)
        self.cancel.clicked.connect(lambda: self.cancel_asked.emit(self.item.number))
        for button in (self.look, self.again, self.use):
            button.setAccessibleName(tr("{what}: {name}").format(what=button.text(), name=item.name))
        self.show_item(item, offline=False)

    def show_item(self, item: Item, *, offline: bool) -> None:
        """Show how it stands with it now."""
        used = self.isAncestorOf(self.window().focusWidget() or self.window()) if self.window() else False
        self.item = item
        done, failed, goes = item.state == "done", item.state == "failed", item.state in ("running", "waiting")
        self.bar.show_share(item.received / item.size if item.size else None)
        self.bar.setVisible(not done)
        self.told.setText(told(item, offline=offline))
        self.told.setForegroundRole(QPalette.ColorRole.BrightText if failed else QPalette.ColorRole.PlaceholderText)
        self.setAccessibleName(f"{item.name}: {self.told.text()}")
        self.use.setVisible(done)
        self.again.setVisible(failed)
        self.look.setVisible(failed)
        self.pause.setVisible(goes or item.state == "paused")
        self.pause.show_icon("pause" if goes else "play")
        self.pause.say(tr("{what}: {name}").format(what=tr("Pause") if goes else tr("Go on"), name=item.name))
        remove = tr("Take off the list: {name}") if done else tr("Cancel and throw away what came: {name}")
        self.cancel.say(remove.format(name=item.name))
        focused = self.window().focusWidget() if used else None
        if focused is not None and not focused.isVisibleTo(self):
            (self.use if done else self.again if failed else self.pause).setFocus()

    def _pause_or_go_on(self) -> None:
        goes = self.item.state in ("running", "waiting")
        (self.pause_asked if goes else self.resume_asked).emit(self.item.number)


def told(item: Item, *, offline: bool) -> str:
    """How it stands with a download, in words."""
    amount = tr("{received} of {size}").format(received=in_gigabytes(item.received), size=in_gigabytes(item.size))
    match item.state:
        case "done":
            return tr("{size}, checked and ready").format(size=in_gigabytes(item.size))
        case "failed":
            return f"{item.message} {item.hint}".strip()
        case "paused":
            return tr("Paused at {amount}").format(amount=amount)
        case "waiting":
            return (
                tr("Waits until Fireside may go online; {amount} are here").format(amount=amount)
                if offline
                else tr("Waits for its turn; {amount} are here").format(amount=amount)
            )
    parts = [amount]
    progress = item.progress
    if progress is not None and progress.stage == "checking":
        parts.append(tr("checking what is here"))
    elif progress is not None and progress.stage == "waiting":
        parts.append(tr("waiting: {reason}").format(reason=progress.reason))
    elif progress is None or progress.stage == "finding":
        parts.append(tr("asking where it lies"))
    else:
        parts.append(rate_text(item.bytes_per_second))
        if (seconds := item.seconds_left) is not None:
            parts.append(time_text(seconds))
    return "  ·  ".join(parts)


class Gap(QWidget):
    """Where a row that is being dragged would come to lie."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(px(3))
        self.setAutoFillBackground(True)
        palette = self.palette()
        palette.setColor(self.backgroundRole(), theme_of(palette).accent)
        self.setPalette(palette)
