"""The lines of the switcher: models, the headings between them, and the way to more."""

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.chat.switching import Choice
from app.core.language import tr
from app.core.record import record
from app.core.verdict import pill, told
from app.ui.icons import pixmap
from app.ui.models_page.pill import HEIGHT, explained, paint_pill, pill_width
from app.ui.theme import RADIUS, SMALL, Theme, mixed, px, theme_of

LINE = Qt.ItemDataRole.UserRole
ROW, HEADING, MORE = 52, 30, 40  # heights at 100 %
Index = QModelIndex | QPersistentModelIndex
SIDE = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


@record
class Heading:
    """What the lines below it are."""

    text: str


More = Literal["more"]  # the last line
Line = Choice | Heading | More


def lines_of(choices: Sequence[Choice], typed: bool) -> list[Line]:
    """The lines: with headings while nothing is typed; the way to more models is always the last one."""
    lines: list[Line] = []
    recent = [each for each in choices if each.recent]
    others = [each for each in choices if not each.recent]
    if typed or not others:
        lines += choices
    else:
        lines += [Heading(tr("Used lately")), *recent, Heading(tr("On this computer")), *others]
    return [*lines, "more"]


def spoken(line: Line) -> str:
    """A line for a screen reader, with all that is otherwise seen."""
    if isinstance(line, Heading):
        return line.text
    if isinstance(line, str):
        return tr("Find more models…")
    parts = [line.name, standing(line), line.about.replace("  ·  ", ", ")]
    if line.judgement is not None:
        parts += [pill(line.judgement.verdict), told(line.judgement)]
    return ", ".join(part for part in parts if part)


def standing(choice: Choice) -> str:
    """The word for how a model stands."""
    if choice.standing == "loading":
        return tr("Loading {percent} %").format(percent=round(choice.fraction * 100))
    return {"in use": tr("In use"), "loaded": tr("Loaded")}.get(choice.standing, "")


class Lines(QAbstractListModel):
    """The lines that are shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.lines: Sequence[Line] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Show these; where they are the same models as before, they are only drawn again."""
        same = [_key(line) for line in lines] == [_key(line) for line in self.lines]
        if not same:
            self.beginResetModel()
        self.lines = lines
        if same:
            self.dataChanged.emit(self.index(0), self.index(len(lines) - 1))
        else:
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature; an empty index is immutable
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role == LINE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return spoken(line)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self.lines[index.row()], Heading):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


def _key(line: Line) -> object:
    return line.path if isinstance(line, Choice) else line


class Drawer(QStyledItemDelegate):
    """A name with its figures below it; at the end how it runs here, or the cross that ends its loading."""

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        line = index.data(LINE)
        return QSize(0, px(HEADING if isinstance(line, Heading) else MORE if line == "more" else ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: Line = index.data(LINE)
        theme = theme_of(self._view.palette())
        box = QRect(option.rect).adjusted(0, 1, 0, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(line, Heading):
            self._heading(painter, box, line, theme)
        else:
            state: QStyle.StateFlag = option.state
            if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.hover if state & QStyle.StateFlag.State_Selected else theme.surface))
                painter.drawRoundedRect(QRectF(box), px(RADIUS), px(RADIUS))
            if isinstance(line, Choice):
                self._choice(painter, box.adjusted(px(12), px(6), -px(12), -px(6)), line, theme)
            else:
                self._more(painter, box.adjusted(px(12), 0, -px(12), 0), theme)
        painter.restore()

    def _font(self, size: int = 0, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        font = QFont(self._view.font())
        if size:
            font.setPixelSize(px(size))
        font.setWeight(weight)
        return font

    def _heading(self, painter: QPainter, box: QRect, line: Heading, theme: Theme) -> None:
        painter.setFont(self._font(SMALL, QFont.Weight.DemiBold))
        painter.setPen(QColor(theme.muted))
        painter.drawText(box.adjusted(px(12), px(4), -px(12), 0), SIDE, line.text)

    def _more(self, painter: QPainter, room: QRect, theme: Theme) -> None:
        side = px(16)
        painter.drawPixmap(room.left(), room.center().y() - side // 2 + 1, pixmap("search", theme.muted, side))
        painter.setFont(self._font())
        painter.setPen(QColor(theme.text))
        painter.drawText(room.adjusted(side + px(10), 0, 0, 0), SIDE, spoken("more"))

    def _choice(self, painter: QPainter, room: QRect, choice: Choice, theme: Theme) -> None:
        right = self._end(painter, room, choice, theme)
        wide = right - px(12) - room.left()
        upper = QRect(room.left(), room.top(), wide, px(20))
        lower = QRect(room.left(), upper.bottom() + 1, wide, px(18))
        if not choice.about:
            upper.setHeight(room.height())
        word, small = standing(choice), self._font(SMALL - 1, QFont.Weight.Medium)
        mark = QFontMetrics(small).horizontalAdvance(word) + px(14) if word else 0
        font = self._font(weight=QFont.Weight.Medium)
        metrics = QFontMetrics(font)
        name = metrics.elidedText(choice.name, Qt.TextElideMode.ElideRight, max(px(40), wide - mark - px(8)))
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        painter.drawText(upper, SIDE, name)
        if word:
            box = QRect(
                upper.left() + metrics.horizontalAdvance(name) + px(8), upper.center().y() - px(8), mark, px(17)
            )
            self._mark(painter, box, word, small, theme.muted if choice.standing == "loaded" else theme.accent, theme)
        font = self._font(SMALL)
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        painter.drawText(lower, SIDE, QFontMetrics(font).elidedText(choice.about, Qt.TextElideMode.ElideRight, wide))
        if choice.standing == "loading":
            self._progress(painter, QRectF(room.left(), room.bottom() + px(3), room.width(), px(2)), choice, theme)

    def _mark(self, painter: QPainter, box: QRect, text: str, font: QFont, colour: str, theme: Theme) -> None:
        painter.setFont(font)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(colour, theme.raised, 0.2))
        painter.drawRoundedRect(QRectF(box), px(5), px(5))
        painter.setPen(QColor(colour))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _progress(self, painter: QPainter, bar: QRectF, choice: Choice, theme: Theme) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(theme.muted, theme.raised, 0.3))
        painter.drawRoundedRect(bar, 1, 1)
        painter.setBrush(QColor(theme.accent))
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), bar.width() * choice.fraction, bar.height()), 1, 1)

    def _end(self, painter: QPainter, room: QRect, choice: Choice, theme: Theme) -> int:
        """What stands at the end; returns where it begins."""
        place = self.end_box(room, choice)
        if choice.standing == "loading":
            painter.drawPixmap(place.topLeft(), pixmap("close", theme.text, place.width()))
        elif choice.judgement is not None:
            painter.setFont(self._view.font())
            paint_pill(painter, place, pill(choice.judgement.verdict), choice.judgement.verdict, theme)
        else:
            return room.right()
        return place.left()

    def end_box(self, room: QRect, choice: Choice) -> QRect:
        """Where the end stands in a line without its margins."""
        if choice.standing == "loading" or choice.judgement is None:
            side = px(18)
            return QRect(room.right() - side, room.center().y() - side // 2, side, side)
        width = pill_width(pill(choice.judgement.verdict), self._view.font())
        return QRect(room.right() - width, room.center().y() - px(HEIGHT) // 2, width, px(HEIGHT))

    def end_of(self, index: Index) -> QRect:
        """The same in the view."""
        line = index.data(LINE)
        room = self._view.visualRect(index).adjusted(px(12), px(7), -px(12), -px(7))
        return self.end_box(room, line) if isinstance(line, Choice) else QRect()

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, _option: QStyleOptionViewItem, index: Index
    ) -> bool:
        from PySide6.QtWidgets import QToolTip

        line = index.data(LINE)
        if not isinstance(line, Choice):
            return False
        text = f"{line.name}\n{line.path}"
        if self.end_of(index).adjusted(-px(4), -px(8), px(4), px(8)).contains(event.pos()):
            if line.standing == "loading":
                text = tr("Cancel loading")
            elif line.judgement is not None:
                text = explained(line.judgement)
        QToolTip.showText(event.globalPos(), text, view)
        return True
