"""The help: pages in Markdown, and pages that are made from the tables of parameters and commands."""

import re
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QTextBrowser, QWidget

from app.core.commands import BY_NAME, COMMANDS
from app.core.language import tr
from app.core.params import Loading, Preferences, Row, Sampling, decimals, rows, shown, signed
from app.core.paths import bundled
from app.ui.actions import shortcut_text
from app.ui.dialogs import Dialog
from app.ui.theme import SMALL, px, theme_of

TABLES = {"sampling": Sampling, "loading": Loading, "preferences": Preferences}
FIELD = re.compile(r"\{(key|label|table):(\w+)\}|\{commands\}")


def pages(language: str) -> list[Path]:
    """The files of the help in a language, in the order of their names; English where there are none."""
    folder = bundled("resources/help")
    return sorted((folder / language).glob("*.md")) or sorted((folder / "en").glob("*.md"))


def page_name(file: Path) -> str:
    """The name of a page: that of its file without the number."""
    return file.stem.partition("-")[2]


def filled(text: str) -> str:
    """A page with what it takes from the tables: {key:name}, {label:name}, {table:sampling}, {commands}."""

    def field(found: re.Match[str]) -> str:
        kind, name = found.group(1), found.group(2)
        if kind == "key":
            return f"**{shortcut_text(name)}**"
        if kind == "label":
            return tr(BY_NAME[name].label)
        if kind == "table":
            return table_text(rows(TABLES[name]))
        return commands_text()

    return FIELD.sub(field, text)


def table_text(table: dict[str, Row]) -> str:
    """Every row of a table of parameters: label, help, range and default."""
    parts: list[str] = []
    group = ""
    for row in table.values():
        if row.group != group:
            group = row.group
            parts.append(f"## {tr(group)}")
        parts.append(f"### {tr(row.label)}\n\n{tr(row.help)}\n\n*{range_text(row)}*")
    return "\n\n".join(parts)


def range_text(row: Row) -> str:
    """What a row may be, and what it is when nothing was changed."""
    parts = []
    if row.kind in ("int", "float"):
        digits = decimals(row)
        low, high = signed(f"{row.low:,.{digits}f}"), signed(f"{row.high:,.{digits}f}")
        parts.append(tr("From {low} to {high}").format(low=low, high=high))
        if row.special:
            number = signed(f"{row.special[0]:g}")
            parts.append(tr("{number} means “{word}”").format(number=number, word=tr(row.special[1])))
    elif row.kind == "choice":
        parts.append(", ".join(tr(label) for _, label in row.choices))
    parts.append(tr("Default: {value}").format(value=shown(row, row.default).replace("*", r"\*")))
    return " · ".join(parts)


def commands_text() -> str:
    """Every command with its keys, in the groups of the table."""
    parts: list[str] = []
    for group in dict.fromkeys(row.group for row in COMMANDS):
        lines = []
        for row in COMMANDS:
            if row.group == group:
                cells = (
                    ("28%", tr(row.label)),
                    ("30%", f"<b>{escape(shortcut_text(row.name))}</b>"),
                    ("42%", tr(row.help)),
                )
                lines.append("<tr>" + "".join(f'<td width="{width}">{text}</td>' for width, text in cells) + "</tr>")
        table = "\n".join(lines)
        parts.append(f"## {tr(group)}\n\n<table>\n{table}\n</table>")
    return "\n\n".join(parts)


class PagesDialog(Dialog):
    """Names on the left, what is to be read on the right; `show` puts the page of a number into the view."""

    def __init__(
        self,
        title: str,
        listed: str,
        called: str,
        names: Sequence[str],
        show: Callable[[int], None],
        parent: QWidget | None,
    ) -> None:
        """`listed` and `called` are the names of list and page for screen readers."""
        super().__init__(title, parent, width=860, height=680)
        line = QHBoxLayout()
        line.setSpacing(px(16))
        self.list = QListWidget()
        self.list.setFixedWidth(px(200))
        self.list.setAccessibleName(listed)
        self.view = reader(called)
        for name in names:
            item = QListWidgetItem(name)
            item.setSizeHint(QSize(0, px(34)))
            self.list.addItem(item)
        self.list.currentRowChanged.connect(show)
        line.addWidget(self.list)
        line.addWidget(self.view, 1)
        self.page.addLayout(line, 1)
        self.add_close()
        self.fit()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)


class HelpDialog(PagesDialog):
    """The pages of the help."""

    def __init__(self, parent: QWidget | None, language: str, name: str = "") -> None:
        self._files = pages(language)
        titles = [filled(file.read_text("utf-8").partition("\n")[0].removeprefix("#").strip()) for file in self._files]
        super().__init__(tr("Help"), tr("Pages"), tr("Page"), titles, self._show, parent)
        names = [page_name(file) for file in self._files]
        self.list.setCurrentRow(names.index(name) if name in names else 0)

    def _show(self, number: int) -> None:
        show_markdown(self.view, filled(self._files[number].read_text("utf-8")))


def reader(name: str) -> QTextBrowser:
    """Where a page is read; links go to the browser."""
    view = QTextBrowser()
    view.setOpenLinks(False)
    view.anchorClicked.connect(QDesktopServices.openUrl)
    view.setAccessibleName(name)
    return view


def show_markdown(view: QTextBrowser, text: str) -> None:
    """Show Markdown of our own."""
    from markdown_it import MarkdownIt  # 40 ms that nobody pays who reads no help

    html = MarkdownIt("commonmark").render(text)
    show_html(view, html.replace("<table>", '<table width="100%" cellspacing="0" cellpadding="5">'))


def show_html(view: QTextBrowser, html: str) -> None:
    """Show a page in the looks of the theme."""
    theme = theme_of(view.palette())
    view.document().setDefaultStyleSheet(
        f"h1 {{ font-size: {px(22)}px; margin-top: 0; }} h2 {{ font-size: {px(17)}px; margin-top: {px(20)}px; color: {theme.accent}; }}"
        f"h3 {{ font-size: {px(14)}px; margin-top: {px(14)}px; margin-bottom: 2px; }} p {{ margin-top: 2px; margin-bottom: 6px; line-height: 140%; }}"
        "pre { white-space: pre-wrap; }"
        f"em {{ color: {theme.muted}; font-style: normal; font-size: {px(SMALL)}px; }} li {{ margin-bottom: 4px; line-height: 140%; }}"
        f"a {{ color: {theme.accent}; text-decoration: none; }} td {{ border-bottom: 1px solid {theme.border}; }}"
    )
    view.document().setDocumentMargin(px(4))
    view.setHtml(html)
