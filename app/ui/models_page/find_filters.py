"""What a search for models is narrowed and ordered by."""

from dataclasses import replace
from typing import cast

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from app.chat.finding_models import Question
from app.core.language import tr
from app.library.repository import Sort
from app.ui.controls import ChoiceButton
from app.ui.flow import Flow
from app.ui.icons import icon
from app.ui.theme import px, theme_of

SIZES = {
    "": (0, 0), "2": (0, 2_000_000_000), "5": (2_000_000_000, 5_000_000_000), "10": (5_000_000_000, 10_000_000_000),
    "40": (10_000_000_000, 40_000_000_000), "more": (40_000_000_000, 0),
}  # fmt: skip
LICENCES = ("apache-2.0", "mit", "gemma", "llama3.1", "llama3.2", "llama3.3", "cc-by-4.0", "cc-by-nc-4.0", "other")


class Choice(ChoiceButton):
    """A choice as wide as its words, drawn in the accent colour where it narrows the search."""

    def __init__(self, choices: tuple[tuple[str, str], ...], label: str, *, plain: str = "") -> None:
        self._plain = plain
        super().__init__(choices, plain, label)

    def show_value(self, value: str) -> None:
        super().show_value(value)
        self.setProperty("narrows", value != self._plain)
        self.setStyleSheet(f"text-align: left;{_lit(self) if value != self._plain else ''}")

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width() + px(18), hint.height())


class Toggle(QPushButton):
    """A filter that is on or off."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setCheckable(True)
        self.setAccessibleName(text)
        self.toggled.connect(self._show)

    def _show(self, on: bool) -> None:
        self.setIcon(icon("check", theme_of(self.palette()).accent, px(16)) if on else icon("", "", 0))
        self.setStyleSheet(_lit(self) if on else "")


def _lit(widget: QWidget) -> str:
    return f"border-color: {theme_of(widget.palette()).accent};"


class Filters(QWidget):
    """In a row, or in two where the window is narrow. Tells the whole question whenever one of them changes."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        flow = Flow(self, gap=px(8))
        self.fits = Toggle(tr("Fits here"))
        self.fits.clicked.connect(self.changed)
        self.size_of = Choice(
            (
                ("", tr("Any size")), ("2", tr("Up to 2B")), ("5", tr("2B to 5B")), ("10", tr("5B to 10B")),
                ("40", tr("10B to 40B")), ("more", tr("More than 40B")),
            ),
            tr("Parameters"),
        )  # fmt: skip
        self.licence = Choice((("", tr("Any licence")), *((name, name) for name in LICENCES)), tr("Licence"))
        self.language = Choice(
            (
                ("", tr("Any language")), ("en", "English"), ("zh", "中文"), ("ja", "日本語"), ("ko", "한국어"), ("de", "Deutsch"),
                ("fr", "Français"), ("es", "Español"), ("pt", "Português"), ("it", "Italiano"), ("ru", "Русский"), ("ar", "العربية"),
            ),
            tr("Language"),
        )  # fmt: skip
        self.author = QLineEdit()
        self.author.setPlaceholderText(tr("Author"))
        self.author.setAccessibleName(tr("Author"))
        self.author.setFixedWidth(px(120))
        self.author.editingFinished.connect(self._author_typed)
        self._author = ""
        self.order = Choice(
            (
                ("downloads", tr("Most downloads")), ("likes", tr("Most likes")), ("last_modified", tr("Changed last")),
                ("created_at", tr("Newest")), ("trending_score", tr("In demand now")),
            ),
            tr("Order"),
            plain="downloads",
        )  # fmt: skip
        for choice in (self.size_of, self.licence, self.language, self.order):
            choice.chosen.connect(self.changed)
        for widget in (self.fits, self.size_of, self.licence, self.language, self.author, self.order):
            widget.setFixedHeight(px(34))
            flow.addWidget(widget)

    def narrowed(self, question: Question) -> Question:
        """The question with what is chosen here."""
        least, most = SIZES[self.size_of.value]
        query = replace(
            question.query, author=self.author.text().strip(), sort=cast(Sort, self.order.value),
            licence=self.licence.value, language=self.language.value, least=least, most=most,
        )  # fmt: skip
        return replace(question, query=query, fits=self.fits.isChecked())

    def show_question(self, question: Question) -> None:
        """Show what was asked before."""
        query = question.query
        self.fits.setChecked(question.fits)
        bounds = (query.least, query.most)
        self.size_of.show_value(next(key for key, each in SIZES.items() if each == bounds))
        self.licence.show_value(query.licence)
        self.language.show_value(query.language)
        self.author.setText(query.author)
        self._author = query.author
        self.order.show_value(query.sort)

    def show_order(self, shown: bool) -> None:
        """The list that comes with the program has an order of its own."""
        self.order.setVisible(shown)

    def clear(self) -> None:
        """Narrow nothing."""
        self.fits.setChecked(False)
        for choice in (self.size_of, self.licence, self.language):
            choice.show_value("")
        self.author.clear()
        self._author = ""
        self.changed.emit()

    @property
    def narrow(self) -> bool:
        """Whether anything is chosen."""
        chosen = (self.size_of.value, self.licence.value, self.language.value, self.author.text().strip())
        return self.fits.isChecked() or any(chosen)

    def _author_typed(self) -> None:
        if self.author.text().strip() != self._author:
            self._author = self.author.text().strip()
            self.changed.emit()
