"""The tab “Find”: a search line, filters, and the list or one repository of it."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from app.chat.finding_models import FindingModels, Question
from app.core.errors import InputError
from app.core.language import tr, trn
from app.library.repository import Query
from app.ui.controls import QuietButton, Segmented
from app.ui.grounds import Elided, Muted
from app.ui.models_page.find_filters import Filters
from app.ui.models_page.find_rows import ROW, FindList, Shown, shown_recommended, shown_results
from app.ui.models_page.notice_line import NoticeLine
from app.ui.models_page.page import Tab
from app.ui.models_page.repository_page import RepositoryPage
from app.ui.search_field import SearchField
from app.ui.theme import px

WIDEST = 960  # pixels of the column at 100 %
PAUSE = 600  # ms without a key, then the Hub is asked
SHORTEST = 2  # letters that are worth a question


class FindPage(Tab):
    """Tells what is asked for; what is found is shown by `show_finding`."""

    asked = Signal(object)  # Question
    entered = Signal(str)  # what was typed, with Enter: words or an address
    opened = Signal(str)  # a repository of the list
    again_asked = Signal()
    settings_asked = Signal()  # about the network

    def __init__(self) -> None:
        super().__init__()
        self._stack = QStackedLayout(self)
        self._list_page = QWidget()
        outer = QHBoxLayout(self._list_page)
        outer.setContentsMargins(px(24), px(12), px(16), 0)
        outer.setSpacing(0)
        column = QWidget()
        column.setMaximumWidth(px(WIDEST))
        outer.addWidget(column, 100)
        outer.addStretch(1)
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(10))
        self.field = SearchField()
        self.field.setMinimumHeight(px(36))
        self.field.setPlaceholderText(tr("Search the Hub, or paste an address"))
        self.field.setAccessibleName(tr("Search the Hub, or paste an address"))
        self.field.textEdited.connect(self._typed)
        self.field.textChanged.connect(self._emptied)
        self.field.entered.connect(self._enter)
        self.field.left.connect(self._go_to_list)
        layout.addWidget(self.field)
        sources = (("recommended", tr("Recommended")), ("hub", tr("At the Hub")))
        self.source = Segmented(sources, "recommended", tr("Shown"))
        self.source.setMaximumWidth(px(260))
        self.source.chosen.connect(lambda _source: self._ask())
        second = QHBoxLayout()
        second.setSpacing(px(12))
        second.addWidget(self.source)
        self.told = Elided("")
        self.told.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        second.addWidget(self.told, 1)
        self.filters = Filters()
        self.filters.changed.connect(self._ask)
        layout.addLayout(second)
        layout.addWidget(self.filters)
        self.notice = NoticeLine()
        self.notice.acted.connect(self._act)
        layout.addWidget(self.notice)
        self.list = FindList()
        self.list.activated.connect(self._open)
        self.list.clicked.connect(self._open)
        self.list.left.connect(self.field.setFocus)
        layout.addWidget(self.list, 1)
        self.nothing = Muted(size=14)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self.clear = QuietButton(tr("Show all"))
        self.clear.clicked.connect(self.filters.clear)
        layout.addWidget(self.nothing)
        layout.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignHCenter)
        self._below = QWidget()  # keeps the words in the upper half
        layout.addWidget(self._below, 2)
        self._stack.addWidget(self._list_page)
        self.repository = RepositoryPage()
        self._stack.addWidget(self.repository)
        self._offline = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE)
        self._pause.timeout.connect(self._paused)

    # ── showing ───────────────────────────────────────────────────────────────────────────────────────

    def show_finding(self, finding: FindingModels) -> None:
        """Show what is known now."""
        self._offline = finding.offline
        if finding.looked is not None:
            self._stack.setCurrentIndex(1)
            return
        back = self._stack.currentIndex() == 1
        self._stack.setCurrentIndex(0)
        at_hub = finding.question.source == "hub" and not finding.offline
        self.source.show_value(finding.question.source)
        self.filters.show_order(at_hub)
        if not at_hub:
            self._show_recommended(finding)
        elif finding.error is not None:
            self.notice.say_error(finding.error)
            self.told.say("")  # it is no longer asked
            self._show_lines([], "")
        else:
            self.notice.hide()
            lines = shown_results(finding.results())
            self.told.say(tr("Asking the Hub…") if finding.asking else _found(len(lines)))
            if not finding.asking or not lines:
                self._show_lines(lines, "" if finding.asking else tr("Nothing was found."))
        if back:
            self.list.setFocus()

    def _show_recommended(self, finding: FindingModels) -> None:
        try:
            lines = shown_recommended(finding.recommended())
        except InputError as error:
            self.notice.say_error(error)
            lines = []
        else:
            self.notice.hide()
        if finding.offline and (finding.question.source == "hub" or finding.question.query.words):
            self.notice.say(
                tr("Fireside is offline: the Hub is not asked."),
                tr("This is the list that comes with Fireside. Preferences, Network lets it go online."),
                tr("Preferences"),
            )
        self.told.say(tr("This list comes with Fireside; seeing it needs no network."))
        self._show_lines(lines, tr("Nothing in the list that comes with Fireside fits."))

    def _show_lines(self, lines: list[Shown], nothing: str) -> None:
        held = self.list.currentIndex().data(ROW) if self.list.currentIndex().isValid() else None
        self.list.lines.show(lines)
        if held is not None:
            for row, line in enumerate(lines):
                if line.repository and line.repository == held.repository:
                    self.list.setCurrentIndex(self.list.lines.index(row))
        self.list.setVisible(bool(lines))
        self.nothing.setText(nothing)
        self.nothing.setVisible(not lines and bool(nothing))
        self.clear.setVisible(not lines and bool(nothing) and self.filters.narrow)
        self._below.setVisible(not lines)

    # ── telling ───────────────────────────────────────────────────────────────────────────────────────

    def question(self) -> Question:
        """What is asked for now."""
        source = "hub" if self._at_hub() else "recommended"
        question = Question(source=source, query=Query(words=self.field.text().strip()))  # type: ignore[arg-type]  # one of two
        return self.filters.narrowed(question)

    def _at_hub(self) -> bool:
        return self.source.value == "hub"

    def _ask(self) -> None:
        self._pause.stop()
        self.asked.emit(self.question())

    def _typed(self, text: str) -> None:
        if len(text.strip()) >= SHORTEST:
            self._pause.start()

    def _emptied(self, text: str) -> None:
        if not text.strip():
            self._pause.stop()
            self.source.show_value("recommended")
            self._ask()

    def _paused(self) -> None:
        self.source.show_value("hub")
        self._ask()

    def _enter(self) -> None:
        self._pause.stop()
        if self.field.text().strip():
            self.source.show_value("hub")
            self.entered.emit(self.field.text().strip())

    def look_for(self, words: str) -> None:
        """Look for words that were typed somewhere else, as if they had been entered here."""
        if self._stack.currentIndex() == 1:
            self.repository.left.emit()
        self.field.setText(words)
        self.field.setFocus()
        self._enter()

    def ask_words(self) -> None:
        """What was entered is no address."""
        self._ask()

    def show_words(self, question: Question) -> None:
        """Show what was asked before, when the page is opened again."""
        self.field.blockSignals(True)
        self.field.setText(question.query.words)
        self.field.blockSignals(False)

    def _go_to_list(self) -> None:
        if self.list.isVisible():
            self.list.choose_first()
            self.list.setFocus()

    def _open(self, index: object) -> None:
        line = index.data(ROW)  # type: ignore[attr-defined]  # an index of the list
        if line.repository:
            self.opened.emit(line.repository)

    def _act(self) -> None:
        (self.settings_asked if self._offline else self.again_asked).emit()

    # ── the keyboard ──────────────────────────────────────────────────────────────────────────────────

    def begin_search(self) -> None:
        if self._stack.currentIndex() == 1:
            self.repository.left.emit()
        self.field.setFocus()
        self.field.selectAll()

    def escape(self) -> bool:
        if self._stack.currentIndex() == 1:
            self.repository.left.emit()
            return True
        if self.field.text():
            self.field.clear()
            return True
        return False

    def enter(self) -> None:
        if self._stack.currentIndex() == 0:
            self.field.setFocus()
        else:
            self.repository.take_focus()

    def rest(self) -> None:
        self._pause.stop()


def _found(count: int) -> str:
    return trn("{count} repository", "{count} repositories", count) if count else ""
