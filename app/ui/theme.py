"""Colours, sizes, the palette and the style sheet: the one place where looks are numbers.

The application's own palette and font carry the look to every widget: a widget that paints itself asks
`theme_of(self.palette())` for its colours and `px(n)` for its sizes, and needs nobody to tell it.
"""

from functools import cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from app.core.record import record

RADIUS = 8
TEXT = 14  # pixels of ordinary text at 100 %
SMALL = 12
COLUMN = 760  # the widest line of the transcript and the composer
FAMILIES = ("Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "Noto Color Emoji")  # after the desktop's own


@record
class Theme:
    """Colours as #rrggbb. One accent; everything else is a neutral with a hint of warmth."""

    dark: bool
    window: str  # behind everything
    surface: str  # sidebar and panel
    raised: str  # composer, cards, the user's messages
    hover: str
    border: str
    text: str
    muted: str  # second-rank text, icons at rest
    accent: str
    on_accent: str
    selection: str
    found: str  # behind words that were searched for,
    current: str  # and behind those that one went to
    code: str  # background of code
    danger: str
    good: str
    keyword: str  # the inks of code, quiet enough to read and each strong enough on `code`
    string: str
    number: str
    comment: str
    function: str
    type: str


LIGHT = Theme(
    dark=False, window="#fdfcfa", surface="#f5f3ef", raised="#ffffff", hover="#ece8e1", border="#e2ddd4", text="#22201d",
    muted="#716b62", accent="#c2501b", on_accent="#ffffff", selection="#f6d9c8", found="#fbe8a6", current="#ffc23d",
    code="#f4f1ec", danger="#b3261e", good="#2f7d4f",
    keyword="#a23c14", string="#2d6b43", number="#835500", comment="#6d675e", function="#1f5d8c", type="#6a489c",
)  # fmt: skip
DARK = Theme(
    dark=True, window="#1b1a18", surface="#21201d", raised="#2a2825", hover="#34312d", border="#3a3733", text="#ece8e2",
    muted="#a09990", accent="#f08a4b", on_accent="#1b1a18", selection="#5a3a26", found="#514416", current="#875d06",
    code="#242220", danger="#f2877f", good="#7cc796",
    keyword="#f0a06a", string="#a6cd90", number="#e2bf77", comment="#9c958a", function="#8fbbe8", type="#c8abeb",
)  # fmt: skip


_TELLING = QPalette.ColorRole.Link  # has the accent; no style sheet touches it
_DARK = QColor(DARK.accent).rgb()


def in_use(choice: str) -> Theme:
    """The theme for the preference "light", "dark" or "system"."""
    if choice == "system":
        return DARK if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
    return DARK if choice == "dark" else LIGHT


def theme_of(palette: QPalette) -> Theme:
    """The theme that a widget's palette was made from."""
    return DARK if palette.color(_TELLING).rgb() == _DARK else LIGHT


def px(size: float) -> int:
    """Pixels for a size at 100 %, at the zoom in use."""
    return round(size * QApplication.font().pixelSize() / TEXT)


def drawn(font: QFont) -> str:
    """The family that is drawn for a font: an alias such as "Sans Serif" would be lost among several."""
    return _drawn(font.family())


@cache  # asking takes some milliseconds each time
def _drawn(family: str) -> str:
    return QFontInfo(QFont(family)).family()


def dress(app: QApplication, theme: Theme, zoom: int) -> None:
    """Give the application its font, palette and sheet; each of them goes through all widgets there are."""
    font = app.font()
    if font.pixelSize() != round(TEXT * zoom / 100):
        own = drawn(font)
        font.setFamilies([own, *(name for name in FAMILIES if name != own)])
        font.setPixelSize(round(TEXT * zoom / 100))
        app.setFont(font)
    wanted = sheet(theme)
    if app.styleSheet() != wanted:  # it has all colours and sizes in it: where it is the same, so is the palette
        app.setPalette(palette(theme))
        app.setStyleSheet(wanted)


def palette(theme: Theme) -> QPalette:
    """The theme in Qt's roles."""
    role = QPalette.ColorRole
    result = QPalette()
    for one, colour in (
        (role.Window, theme.window), (role.WindowText, theme.text), (role.Base, theme.raised), (role.AlternateBase, theme.surface),
        (role.Text, theme.text), (role.PlaceholderText, theme.muted), (role.Button, theme.raised), (role.ButtonText, theme.text),
        (role.BrightText, theme.danger), (role.Highlight, theme.selection), (role.HighlightedText, theme.text),
        (role.Link, theme.accent), (role.LinkVisited, theme.accent), (role.Accent, theme.accent), (role.ToolTipBase, theme.raised),
        (role.ToolTipText, theme.text), (role.Light, theme.raised), (role.Midlight, theme.hover), (role.Mid, theme.border),
        (role.Dark, theme.muted), (role.Shadow, theme.border),
    ):  # fmt: skip
        result.setColor(one, QColor(colour))
    for one in (role.Text, role.WindowText, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, one, mixed(theme.text, theme.window, 0.4))
    return result


def mixed(front: str, back: str, share: float) -> QColor:
    """A colour that lies between two: `share` of the front one."""
    one, other = QColor(front), QColor(back)
    return QColor.fromRgbF(
        one.redF() * share + other.redF() * (1 - share),
        one.greenF() * share + other.greenF() * (1 - share),
        one.blueF() * share + other.blueF() * (1 - share),
    )


def sheet(theme: Theme) -> str:
    """What Qt draws itself: scroll bars, menus, fields, plain buttons. Short, because each rule costs start time."""
    t, r = theme, px(RADIUS)
    strong = mixed(t.muted, t.surface, 0.45).name()
    pressed = mixed(t.accent, t.text, 0.85).name()
    return f"""
QScrollBar {{ background: transparent; width: {px(12)}px; height: {px(12)}px; margin: 0; }}
QScrollBar::handle {{ background: {strong}; border: {px(3)}px solid transparent; border-radius: {px(6)}px; background-clip: padding; }}
QScrollBar::handle:vertical {{ min-height: {px(40)}px; margin: {px(2)}px {px(3)}px; border: 0; border-radius: {px(3)}px; }}
QScrollBar::handle:horizontal {{ min-width: {px(40)}px; margin: {px(3)}px {px(2)}px; border: 0; border-radius: {px(3)}px; }}
QScrollBar::handle:hover {{ background: {t.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: none; width: 0; height: 0; }}
QMenu {{ background: {t.raised}; border: 1px solid {t.border}; border-radius: {r}px; padding: {px(6)}px; icon-size: {px(16)}px; }}
QMenu::item {{ padding: {px(6)}px {px(24)}px {px(6)}px {px(12)}px; border-radius: {px(6)}px; }}
QMenu::item:selected {{ background: {t.hover}; }}
QMenu::item:disabled {{ color: {t.muted}; }}
QMenu::separator {{ height: 1px; background: {t.border}; margin: {px(6)}px {px(8)}px; }}
QMenu::icon {{ padding-left: {px(10)}px; }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border}; padding: {px(6)}px {px(8)}px; }}
QLineEdit, TextBox {{ background: {t.raised}; border: 1px solid {t.border}; border-radius: {r}px; padding: {px(5)}px {px(8)}px;
    selection-background-color: {t.selection}; selection-color: {t.text}; }}
QLineEdit:focus, TextBox:focus {{ border-color: {t.accent}; }}
QLineEdit[refused="true"] {{ border-color: {t.danger}; }}
NumberBox {{ background: transparent; border-color: transparent; padding: {px(2)}px {px(6)}px; }}
NumberBox:hover {{ border-color: {t.border}; }}
NumberBox:focus {{ background: {t.raised}; border-color: {t.accent}; }}
QPushButton {{ icon-size: {px(16)}px; background: {t.raised}; border: 1px solid {t.border}; border-radius: {r}px; padding: {px(7)}px {px(14)}px;
    outline: 0; }}
QPushButton:hover {{ background: {t.hover}; }}
QPushButton:focus {{ border-color: {t.accent}; }}
QPushButton:disabled {{ color: {t.muted}; }}
PrimaryButton {{ background: {t.accent}; border-color: {t.accent}; color: {t.on_accent}; font-weight: 600; }}
PrimaryButton:disabled {{ background: {t.hover}; border-color: {t.hover}; color: {t.muted}; }}
PrimaryButton:hover:enabled, PrimaryButton:focus {{ background: {pressed}; border-color: {pressed}; }}
QuietButton {{ background: transparent; border-color: transparent; padding: {px(5)}px {px(8)}px; }}
QuietButton:focus {{ border-color: {t.accent}; }}
Segment {{ border-radius: {px(6)}px; border: 1px solid transparent; background: transparent; padding: {px(4)}px {px(10)}px; color: {t.muted}; }}
Segment:checked {{ background: {t.border if t.dark else t.raised}; border-color: {t.border}; color: {t.text}; }}
Segment:focus {{ border-color: {t.accent}; }}
QTextBrowser, QScrollArea, QListView {{ background: transparent; border: 0; outline: 0; }}
QAbstractScrollArea::corner {{ background: transparent; border: 0; }}
QListWidget::item {{ padding: {px(7)}px {px(10)}px; border-radius: {r}px; }}
QListWidget::item:hover, QListWidget::item:selected {{ background: {t.hover}; color: {t.text}; }}
"""
