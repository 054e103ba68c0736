"""The list of models that can be had: headings, what comes recommended, what the Hub found."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QToolTip

from app.chat.finding_models import Recommended, Result
from app.core.amounts import parameters_text, short_number
from app.core.language import tr, trn
from app.core.models import count
from app.core.record import record
from app.core.verdict import Judgement, in_gigabytes, pill
from app.ui.icons import pixmap
from app.ui.models_page.pill import HEIGHT as PILL
from app.ui.models_page.pill import explained, paint_pill, pill_width
from app.ui.theme import RADIUS, SMALL, Theme, mixed, px, theme_of

ROW = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


@record(kw_only=True)
class Shown:
    """One line of the list; a heading has no repository."""

    title: str
    repository: str = ""
    author: str = ""
    facts: tuple[tuple[str, str], ...] = ()  # an icon or "", and what stands behind it
    about: str = ""
    judgement: Judgement | None = None
    marks: tuple[str, ...] = ()  # words, such as that it is here already
    spoken: str = ""  # the facts for a screen reader


def purposes() -> dict[str, str]:
    """What the kinds of the list that comes with the program are called."""
    return {
        "chat": tr("For conversation"),
        "code": tr("For programming"),
        "reasoning": tr("For thinking things through"),
        "vision": tr("For pictures"),
        "embedding": tr("For searching in texts"),
        "multilingual": tr("For many languages"),
        "chinese": tr("For Chinese"),
    }


def shown_recommended(groups: Sequence[tuple[str, Sequence[Recommended]]]) -> list[Shown]:
    """The list that comes with the program."""
    lines: list[Shown] = []
    for kind, members in groups:
        lines.append(Shown(title=purposes()[kind]))
        for each in members:
            curated = each.curated
            size = tr("{size} as {quantization}").format(size=in_gigabytes(each.size), quantization=each.quantization)
            facts = [parameters_text(curated.parameters), size if each.size else "", curated.licence]
            lines.append(
                Shown(
                    title=curated.title, repository=curated.repository, about=curated.description,
                    facts=tuple(("", fact) for fact in facts if fact), judgement=each.judgement,
                    marks=(tr("On this computer"),) if each.here else (), spoken=", ".join(filter(None, facts)),
                )
            )  # fmt: skip
    return lines


def shown_results(results: Sequence[Result]) -> list[Shown]:
    """What the Hub found."""
    lines = []
    for each in results:
        found = each.found
        author, _, name = found.repository.rpartition("/")
        date = f"{found.modified.astimezone():%Y-%m-%d}" if found.modified else ""
        facts = [
            ("", count(found.parameters) if found.parameters else ""), ("download", short_number(found.downloads)),
            ("heart", short_number(found.likes)), ("", date), ("", found.licence),
        ]  # fmt: skip
        spoken = [
            parameters_text(found.parameters),
            trn("{count} download", "{count} downloads", found.downloads),
            trn("{count} like", "{count} likes", found.likes),
            tr("changed {date}").format(date=date) if date else "",
            found.licence,
        ]
        marks = [tr("On this computer")] if each.here else []
        marks += [tr("Gated")] if found.gated else []
        lines.append(
            Shown(
                title=name, repository=found.repository, author=author, judgement=each.judgement, marks=tuple(marks),
                facts=tuple(fact for fact in facts if fact[1]), spoken=", ".join(filter(None, spoken)),
            )
        )  # fmt: skip
    return lines


class FindModel(QAbstractListModel):
    """The lines that are shown."""

    def __init__(self, parent: QAbstractItemView) -> None:
        super().__init__(parent)
        self.lines: list[Shown] = []

    def show(self, lines: list[Shown]) -> None:
        """Show these; where only what is said of them is new, the list stays where it is."""
        if [line.repository or line.title for line in lines] == [line.repository or line.title for line in self.lines]:
            if lines != self.lines:
                self.lines = lines
                self.dataChanged.emit(self.index(0), self.index(len(lines) - 1))
        else:
            self.beginResetModel()
            self.lines = lines
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature; an empty index is immutable
        return 0 if parent.isValid() else len(self.lines)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not self.lines[index.row()].repository:
            return Qt.ItemFlag.NoItemFlags  # a heading
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role == ROW:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            word = pill(line.judgement.verdict) if line.judgement else ""
            return ", ".join(filter(None, (line.title, line.author, word, *line.marks, line.spoken, line.about)))
        return None


class FindList(QListView):
    """Arrow keys choose, Enter and a click open; Up from the first model leaves the list."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.lines = FindModel(self)
        self.setModel(self.lines)
        self.setItemDelegate(FindDelegate(self))
        self.setAccessibleName(tr("Models to download"))
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setResizeMode(QListView.ResizeMode.Adjust)

    def choose_first(self) -> None:
        """Put the keyboard on the first model."""
        if (row := self._first()) >= 0:
            self.setCurrentIndex(self.lines.index(row))

    def _first(self) -> int:
        return next((row for row, line in enumerate(self.lines.lines) if line.repository), -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Up and self.currentIndex().row() <= self._first():
            self.left.emit()
        else:
            super().keyPressEvent(event)


class FindDelegate(QStyledItemDelegate):
    """Draws a heading in one line, a model in two or three."""

    def __init__(self, parent: QListView) -> None:
        super().__init__(parent)
        self._view = parent

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        line: Shown = index.data(ROW)
        if not line.repository:
            return QSize(0, px(44 if index.row() else 32))
        return QSize(0, px(82) if line.about else px(62))

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        line: Shown | None = index.data(ROW)
        if event.type() == QEvent.Type.ToolTip and line is not None and line.judgement is not None:
            QToolTip.showText(event.globalPos(), explained(line.judgement), view)
            return True
        return super().helpEvent(event, view, option, index)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: Shown = index.data(ROW)
        box: QRect = option.rect
        state: QStyle.StateFlag = option.state
        theme = theme_of(self._view.palette())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if line.repository:
            self._paint_ground(painter, box, state, theme)
            self._paint_model(painter, box.adjusted(px(12), px(8), -px(12), -px(8)), line, theme)
        else:
            painter.setFont(self._font(SMALL, bold=True))
            painter.setPen(QColor(theme.muted))
            heading = box.adjusted(px(12), 0, -px(12), -px(6))
            painter.drawText(heading, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, line.title)
        painter.restore()

    def _paint_ground(self, painter: QPainter, box: QRect, state: QStyle.StateFlag, theme: Theme) -> None:
        ground = QRectF(box).adjusted(1, 1, -1, -1)
        chosen = bool(state & QStyle.StateFlag.State_Selected) and self._view.hasFocus()
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover if chosen else theme.surface))
            painter.drawRoundedRect(ground, px(RADIUS), px(RADIUS))
        if chosen:
            painter.setPen(QPen(QColor(theme.accent), px(1.5)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground.adjusted(1, 1, -1, -1), px(RADIUS), px(RADIUS))

    def _font(self, size: int, *, bold: bool = False) -> QFont:
        font = QFont(self._view.font())
        font.setPixelSize(px(size))
        if bold:
            font.setWeight(QFont.Weight.DemiBold)
        return font

    def _paint_model(self, painter: QPainter, box: QRect, line: Shown, theme: Theme) -> None:
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        first = QRect(box.left(), box.top(), box.width(), px(22))
        right = first.right()
        if line.judgement is not None:
            verdict = line.judgement.verdict
            word, high = pill(verdict), px(PILL)
            width = pill_width(word, self._view.font())
            at = QRect(right - width, first.center().y() + 1 - high // 2, width, high)
            paint_pill(painter, at, word, verdict, theme)
            right = at.left() - px(8)
        for mark in line.marks:
            right = self._paint_mark(painter, mark, right, first, theme) - px(6)
        bold = self._font(14, bold=True)
        painter.setFont(bold)
        painter.setPen(QColor(theme.text))
        room = max(0, right - first.left())
        title = QFontMetrics(bold).elidedText(line.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(first, flags, title)
        used = QFontMetrics(bold).horizontalAdvance(title) + px(8)
        if line.author and used < room - px(40):
            small = self._font(13)
            painter.setFont(small)
            painter.setPen(QColor(theme.muted))
            author = QFontMetrics(small).elidedText(line.author, Qt.TextElideMode.ElideRight, room - used)
            painter.drawText(first.adjusted(used, 0, 0, 0), flags, author)
        top = first.bottom() + 1
        if line.about:
            about = self._font(13)
            painter.setFont(about)
            painter.setPen(mixed(theme.text, theme.window, 0.85))
            text = QFontMetrics(about).elidedText(line.about, Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(QRect(box.left(), top, box.width(), px(22)), flags, text)
            top += px(22)
        self._paint_facts(painter, QRect(box.left(), top, box.width(), px(20)), line, theme)

    def _paint_mark(self, painter: QPainter, mark: str, right: int, line: QRect, theme: Theme) -> int:
        font = self._font(SMALL)
        width = QFontMetrics(font).horizontalAdvance(mark) + px(12)
        box = QRectF(right - width, line.center().y() + 1 - px(9), width, px(18))
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, px(9), px(9))
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, mark)
        return right - width

    def _paint_facts(self, painter: QPainter, box: QRect, line: Shown, theme: Theme) -> None:
        font = self._font(SMALL)
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        metrics, x, side = QFontMetrics(font), box.left(), px(13)
        for number, (name, fact) in enumerate(line.facts):
            if number:
                x += px(14)
            if x > box.right() - px(24):
                break
            if name:
                painter.drawPixmap(x, box.center().y() - side // 2 + 1, pixmap(name, theme.muted, side))
                x += side + px(3)
            text = metrics.elidedText(fact, Qt.TextElideMode.ElideRight, max(0, box.right() - x))
            painter.drawText(
                QRect(x, box.top(), box.right() - x + 1, box.height()), Qt.AlignmentFlag.AlignVCenter, text
            )
            x += metrics.horizontalAdvance(text)
