"""Fonts, colours and distances of the transcript for one theme and zoom."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPalette, QTextCharFormat
from PySide6.QtWidgets import QApplication

from app.core.markdown import BOLD, CODE, ITALIC, MATH, MUTED, RAISED, STRIKE
from app.ui.theme import Theme, drawn
from app.ui.transcript.colouring import INKS, Ink

if TYPE_CHECKING:
    from app.ui.transcript.formulas import Formulas

COLUMN = 760  # pixels at 100 %: about 90 characters in a line
_HEADINGS = (1.5, 1.28, 1.12, 1.0, 1.0, 1.0)  # size of a heading of each level in body sizes
_CHINESE = (
    "PingFang SC",
    "Microsoft YaHei UI",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
)
_BODY = 15  # pixels at 100 %


_INKS = {"inserted": "good", "deleted": "danger"}


class Look:
    """Everything that turns a block into pixels. A new one is made when theme, zoom or font changes."""

    def __init__(self, theme: Theme, zoom: int, formulas: "Formulas | None" = None) -> None:
        self.theme = theme
        self.zoom = zoom
        self.formulas = formulas  # without them, sources are shown
        self.body = QFont(QApplication.font())
        self.body.setFamilies([drawn(self.body), *_beside()])
        self.body.setPixelSize(self.px(_BODY))
        self.small = QFont(self.body)
        self.small.setPixelSize(self.px(12))
        self.mono = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        self.mono.setFamilies([drawn(self.mono), *_beside()])
        self.mono.setPixelSize(self.px(_BODY * 0.88))
        self.headings = tuple(self._heading(size) for size in _HEADINGS)
        self.text = QColor(theme.text)
        self.muted = QColor(theme.muted)
        self.accent = QColor(theme.accent)
        self.border = QColor(theme.border)
        self.raised = QColor(theme.raised)
        self.hover = QColor(theme.hover)
        self.code = QColor(theme.code)
        self.danger = QColor(theme.danger)
        self.window = QColor(theme.window)
        self.pitch = self.px(_BODY * 1.55)
        self.code_pitch = self.px(_BODY * 0.88 * 1.5)
        self.gap = self.px(12)  # between paragraphs
        self.indent = self.px(26)
        self.mono_advance = QFontMetricsF(self.mono).horizontalAdvance("0")
        self.selected = QColor(theme.selection)
        self.found = QColor(theme.found)
        self.current = QColor(theme.current)
        self.on_found = ink_of(theme.text)
        self.inks: dict[Ink, QTextCharFormat] = {
            ink: ink_of(getattr(theme, _INKS.get(ink, ink))) for ink in INKS if ink
        }
        self._formats: dict[tuple[int, bool], QTextCharFormat] = {}

    def px(self, size: float) -> int:
        """A size at 100 % in pixels at this zoom."""
        return max(1, round(size * self.zoom / 100))

    def column(self, width: int) -> int:
        """Width of the column of text in a widget of that width; the scroll bar has room beside it."""
        margin = self.px(24) if width > self.px(400) else max(16, self.px(16))
        return max(self.px(120), min(self.px(COLUMN), width - 2 * margin))

    def format(self, style: int, link: bool) -> QTextCharFormat:
        """How a span is drawn. Kept, because a message has thousands of spans in a handful of styles."""
        key = (style, link)
        if key not in self._formats:
            made = QTextCharFormat()
            if style & (CODE | MATH):  # a formula that is not there: its source
                made.setFontFamilies(self.mono.families())
                made.setProperty(QTextCharFormat.Property.FontPixelSize, self.mono.pixelSize())
            if style & BOLD:
                made.setFontWeight(QFont.Weight.DemiBold)
            if style & ITALIC:
                made.setFontItalic(True)
            if style & STRIKE:
                made.setFontStrikeOut(True)
            if style & RAISED:
                made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignSuperScript)
            if style & (MUTED | RAISED):
                made.setForeground(self.muted)
            if link:
                made.setForeground(self.accent)
                made.setFontUnderline(True)
                made.setUnderlineColor(self.tint(self.accent, 0.45))
            self._formats[key] = made
        return self._formats[key]

    def tint(self, colour: QColor, share: float) -> QColor:
        """The colour mixed into the window's background."""
        back = self.window
        return QColor(
            round(colour.red() * share + back.red() * (1 - share)),
            round(colour.green() * share + back.green() * (1 - share)),
            round(colour.blue() * share + back.blue() * (1 - share)),
        )

    def palette(self) -> QPalette:
        """For the few real widgets that lie on the transcript."""
        palette = QPalette()
        for role, colour in (
            (QPalette.ColorRole.Window, self.theme.window),
            (QPalette.ColorRole.Base, self.theme.raised),
            (QPalette.ColorRole.Button, self.theme.raised),
            (QPalette.ColorRole.Text, self.theme.text),
            (QPalette.ColorRole.WindowText, self.theme.text),
            (QPalette.ColorRole.ButtonText, self.theme.text),
            (QPalette.ColorRole.PlaceholderText, self.theme.muted),
            (QPalette.ColorRole.Highlight, self.theme.selection),
            (QPalette.ColorRole.HighlightedText, self.theme.text),
        ):
            palette.setColor(role, QColor(colour))
        return palette

    def _heading(self, size: float) -> QFont:
        font = QFont(self.body)
        font.setPixelSize(self.px(_BODY * size))
        font.setWeight(QFont.Weight.DemiBold)
        return font


def ink_of(colour: str) -> QTextCharFormat:
    """How code in a colour is drawn. Nothing but the colour may differ: the lines must stay as they are laid out."""
    made = QTextCharFormat()
    made.setForeground(QColor(colour))  # Qt makes a brush of it: with Python's come the classes of gradients, for 4 ms
    return made


def _beside() -> list[str]:
    """Families for Chinese, named because the search for a substitute may come back with a bold one."""
    known = set(QFontDatabase.families())
    return [family for family in _CHINESE if family in known][:1]


ALIGNMENT = {
    "left": Qt.AlignmentFlag.AlignLeft,
    "center": Qt.AlignmentFlag.AlignHCenter,
    "right": Qt.AlignmentFlag.AlignRight,
}
