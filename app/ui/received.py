"""What the model received for an answer: the prompt with its tokens, its parts with their counts."""

from collections.abc import Iterator

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPainter, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.chat.changes import PromptSeen
from app.core.errors import AppError
from app.core.language import tr, trn
from app.core.overview import excerpt
from app.core.prompt import SUMMARY, Part
from app.core.tree import Message
from app.ui.controls import Segmented
from app.ui.dialogs import Dialog
from app.ui.grounds import Muted, plain_tip
from app.ui.theme import RADIUS, SMALL, mixed, px, theme_of
from app.ui.token_view import TokenView

COUNT, WHOLE, PLACE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2
STEERING, ALL = "steering", "all"
Index = QModelIndex | QPersistentModelIndex


class PartDelegate(QStyledItemDelegate):
    """A label, a count, and below them how much of the whole that is."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(0, px(38))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        box: QRect = option.rect
        state: QStyle.StateFlag = option.state
        view: QWidget = option.widget
        theme = theme_of(view.palette())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QPen(QColor(theme.accent), px(1.5)) if chosen and view.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(QRectF(box).adjusted(1, 1, -1, -1), px(RADIUS), px(RADIUS))
        inner = box.adjusted(px(10), px(4), -px(10), -px(10))
        font = QFont(view.font())
        font.setPixelSize(px(SMALL + 1))
        painter.setFont(font)
        count = index.data(COUNT)
        text = f"{count:,}" if count is not None else ""
        wide = painter.fontMetrics().horizontalAdvance(text) + px(8)
        place = index.data(PLACE)
        painter.setPen(QColor(theme.text if place is not None else theme.muted))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        label = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideRight, inner.width() - (wide if text else 0)
        )
        painter.drawText(inner, flags, label)
        painter.setPen(QColor(theme.muted))
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
        if count and (whole := index.data(WHOLE)):
            bar = QRectF(inner.left(), box.bottom() - px(8), inner.width(), px(3))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mixed(theme.muted, theme.window, 0.16))
            painter.drawRoundedRect(bar, 1.5, 1.5)
            bar.setWidth(max(px(2), bar.width() * min(1.0, count / whole)))
            painter.setBrush(QColor(theme.accent if place is not None else theme.muted))
            painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.restore()


class ReceivedDialog(Dialog):
    """Opens at once; the prompt is shown when the engine has told it."""

    def __init__(self, answer: Message, parent: QWidget | None) -> None:
        super().__init__(tr("What the model received"), parent, width=940, height=680)
        self.message_id = answer.id
        self.told = Muted(tr("The prompt is being made…"), size=13)
        self.told.setWordWrap(True)
        self.page.addWidget(self.told)
        line = QHBoxLayout()
        line.setSpacing(px(16))
        left = QVBoxLayout()
        left.setSpacing(px(8))
        kinds = ((STEERING, tr("Control tokens")), (ALL, tr("All tokens")))
        self.kinds = Segmented(kinds, STEERING, tr("Marked"))
        self.kinds.chosen.connect(self._mark)
        head = QHBoxLayout()
        head.addWidget(self.kinds)
        head.addStretch(1)
        self.size_told = Muted("", size=13)
        head.addWidget(self.size_told)
        left.addLayout(head)
        self.view = TokenView()
        left.addWidget(self.view, 1)
        line.addLayout(left, 1)
        self.parts = QListWidget()
        self.parts.setFrameShape(QFrame.Shape.NoFrame)
        self.parts.setAccessibleName(tr("Parts of the prompt"))
        self.parts.setFixedWidth(px(250))
        self.parts.setMouseTracking(True)
        self.parts.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.parts.setItemDelegate(PartDelegate(self.parts))
        self.parts.currentItemChanged.connect(self._go_to)
        line.addWidget(self.parts)
        self.page.addLayout(line, 1)
        self.copy = self.add_button(tr("Copy the prompt"), left=True)
        self.copy.setEnabled(False)
        self.copy.clicked.connect(self._copy)
        self.add_close()
        self._text = ""
        self.fit()
        self.view.setFocus()

    def show_prompt(self, seen: PromptSeen) -> None:
        """Show the prompt, or why there is none."""
        if seen.prompt is None:
            self._refuse(seen.error)
            return
        prompt = seen.prompt
        self._text = prompt.text
        self.copy.setEnabled(True)
        same = tr("This is what was sent: the same model, and the same number of tokens as then.")
        self.told.setText("\n".join((*(seen.differences or (same,)), *prompt.repaired)))
        count = trn("{count} token", "{count} tokens", len(prompt.ids))
        steering = trn("{count} of them a control token", "{count} of them control tokens", len(prompt.special))
        self.size_told.setText(f"{count} · {steering}")
        self.view.show_prompt(prompt)
        self._show_parts(seen)

    def _mark(self, kind: str) -> None:
        self.view.show_all(kind == ALL)

    def _refuse(self, error: AppError | None) -> None:
        self.told.setText(f"{error.message} {error.hint}".strip() if error is not None else "")

    def _show_parts(self, seen: PromptSeen) -> None:
        assert seen.prompt is not None
        whole = len(seen.prompt.ids)
        after, known = 0, 0
        self.parts.clear()
        for label, part in _gathered(seen.parts):
            if part is None:
                self._add(label, None, whole, None)
                continue
            place = self.view.find_part(part.turn.text.strip(), after)
            if place >= 0:
                after = place + len(part.turn.text.strip())
            known += part.tokens
            self._add(label, part.tokens, whole, place if place >= 0 else None)
        self._add(tr("Added by the template"), max(0, whole - known), whole, None)
        self._add(tr("Together"), whole, seen.context_length, None)
        free = tr("Room for the answer, of {count}").format(count=f"{seen.context_length:,}")
        self._add(free, max(0, seen.context_length - whole), seen.context_length, None)

    def _add(self, label: str, count: int | None, whole: int, place: int | None) -> None:
        item = QListWidgetItem(label)
        item.setData(COUNT, count)
        item.setData(WHOLE, whole)
        item.setData(PLACE, place)
        item.setToolTip(plain_tip(label))
        if count is not None:
            told = trn("{count} token", "{count} tokens", count)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, tr("{label}: {value}").format(label=label, value=told))
        self.parts.addItem(item)

    def _go_to(self, item: QListWidgetItem | None) -> None:
        if item is not None and (place := item.data(PLACE)) is not None:
            self.view.go_to(place)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)


def _gathered(parts: tuple[Part, ...]) -> Iterator[tuple[str, Part | None]]:
    """The parts that were sent with their labels; those that were not are told as one line where they stood."""
    unseen = {"summarised": 0, "no_room": 0}
    for part in parts:
        if part.left_out:
            unseen[part.left_out] += 1
            continue
        yield from _untold(unseen)
        yield _label(part), part
    yield from _untold(unseen)


def _untold(unseen: dict[str, int]) -> Iterator[tuple[str, None]]:
    if count := unseen["summarised"]:
        yield trn("{count} earlier message summarised", "{count} earlier messages summarised", count), None
    if count := unseen["no_room"]:
        yield trn("{count} earlier message left out", "{count} earlier messages left out", count), None
    unseen.update(summarised=0, no_room=0)


def _label(part: Part) -> str:
    match part.kind:
        case "system":
            return tr("System prompt")
        case "summary":
            return f"{tr('Summary')} · {excerpt(part.turn.text.removeprefix(SUMMARY))}"
        case "beginning":
            return tr("Beginning of the answer")
        case "attachment":
            return tr("Attachment")
        case _:
            who = {"user": tr("You"), "assistant": tr("Model"), "system": tr("Instructions")}[part.turn.role]
            return f"{who} · {excerpt(part.turn.text)}"
