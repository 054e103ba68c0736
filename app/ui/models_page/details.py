"""Everything about one model, and what can be done with it."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from app.chat.model_facts import Fact, kind_of, numbers
from app.core.language import tr
from app.core.record import record
from app.core.verdict import Judgement, told
from app.library.on_disk import Entry
from app.ui.controls import IconButton, PrimaryButton, QuietButton
from app.ui.dialogs import scrolled
from app.ui.grounds import Heading, Muted, Picture, Surface
from app.ui.icons import icon
from app.ui.models_page.fact_rows import FactRows
from app.ui.models_page.pill import Pill
from app.ui.problems import TextBox
from app.ui.theme import px, theme_of

NOTE_LINES = 3


@record(kw_only=True)
class Shown:
    """What the details tell of a model."""

    entry: Entry
    name: str
    judgement: Judgement | None = None
    longest: int = 0  # context in tokens that fits
    in_use: bool = False
    facts: tuple[Fact, ...] = ()
    files: tuple[Fact, ...] = ()
    listed_alone: bool = False  # the user added this very file; it can be taken off the list


class Details(Surface):
    """The pane beside the list."""

    use_asked = Signal(object)  # Entry
    rename_asked = Signal()
    reveal_asked = Signal(object)
    trash_asked = Signal(object)
    forget_asked = Signal(object)
    header_asked = Signal(object)
    template_asked = Signal(object)
    shrink_asked = Signal(object)
    noted = Signal(object, str)
    shown = Signal(object)  # Entry: another model is shown, or the same anew
    closed = Signal()  # back to the list, where there is no room for both

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", Qt.Edge.LeftEdge, parent)
        self.setAccessibleName(tr("Model details"))
        self._shown: Shown | None = None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedLayout()
        outer.addLayout(self._stack)
        self._nothing = Muted(tr("Choose a model to see what it is."), size=13)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setWordWrap(True)
        self._stack.addWidget(self._nothing)
        page = QWidget()
        self._lines = lines = QVBoxLayout(page)
        lines.setContentsMargins(px(24), px(20), px(24), px(24))
        lines.setSpacing(px(12))
        self.back = QuietButton(icon("chevron-left", theme_of(self.palette()).muted, px(16)), tr("All models"))
        self.back.setAccessibleName(tr("All models"))
        self.back.clicked.connect(self.closed)
        self.back.hide()
        lines.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeft)
        self._add_head(lines)
        self._add_buttons(lines)
        self._add_verdict(lines)
        self._add_note(lines)
        self.sections = QVBoxLayout()  # further parts that belong to this model, such as its settings
        self.sections.setSpacing(px(12))
        lines.addLayout(self.sections)
        lines.addSpacing(px(6))
        self.facts_heading = Heading(tr("In the header"))
        lines.addWidget(self.facts_heading)
        self.facts = FactRows()
        lines.addWidget(self.facts)
        self._add_readers(lines)
        lines.addSpacing(px(6))
        lines.addWidget(Heading(tr("Files")))
        self.files = FactRows()
        lines.addWidget(self.files)
        self.forget = QuietButton(tr("Take off the list"))
        self.forget.setToolTip(tr("Nothing is removed from the disk."))
        self.forget.clicked.connect(lambda: self._ask(self.forget_asked))
        lines.addWidget(self.forget, 0, Qt.AlignmentFlag.AlignLeft)
        lines.addStretch(1)
        self._area = scrolled(page)
        self._stack.addWidget(self._area)

    def _add_head(self, lines: QVBoxLayout) -> None:
        self.title = Heading("", size=19)
        self.title.setWordWrap(True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.kind = Muted("", size=13)
        lines.addWidget(self.title)
        lines.addWidget(self.kind)
        self.problem = QWidget()
        line = QHBoxLayout(self.problem)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(px(10))
        line.addWidget(Picture("warning", 18, "danger"), 0, Qt.AlignmentFlag.AlignTop)
        self.why = QLabel()
        self.why.setWordWrap(True)
        self.why.setTextFormat(Qt.TextFormat.PlainText)
        self.why.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        line.addWidget(self.why, 1)
        lines.addWidget(self.problem)

    def _add_buttons(self, lines: QVBoxLayout) -> None:
        line = QHBoxLayout()
        line.setSpacing(px(4))
        self.use = PrimaryButton(tr("Use it"))
        self.use.clicked.connect(lambda: self._ask(self.use_asked))
        line.addWidget(self.use)
        line.addSpacing(px(4))
        self.rename = IconButton("edit", tr("Rename"))
        self.rename.clicked.connect(self.rename_asked)
        self.reveal = IconButton("folder", tr("Show in the file manager"))
        self.reveal.clicked.connect(lambda: self._ask(self.reveal_asked))
        self.shrink = IconButton("shrink", tr("Make a smaller copy…"))
        self.shrink.clicked.connect(lambda: self._ask(self.shrink_asked))
        self.trash = IconButton("trash", tr("Move to the trash…"))
        self.trash.clicked.connect(lambda: self._ask(self.trash_asked))
        for button in (self.rename, self.reveal, self.shrink, self.trash):
            line.addWidget(button)
        line.addStretch(1)
        lines.addLayout(line)

    def _add_verdict(self, lines: QVBoxLayout) -> None:
        self.verdict = QWidget()
        inside = QVBoxLayout(self.verdict)
        inside.setContentsMargins(0, px(4), 0, 0)
        inside.setSpacing(px(8))
        line = QHBoxLayout()
        line.setSpacing(px(10))
        line.addWidget(Heading(tr("Will it run?")))
        self.pill = Pill()
        line.addWidget(self.pill)
        line.addStretch(1)
        inside.addLayout(line)
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        inside.addWidget(self.sentence)
        self.numbers = FactRows()
        inside.addWidget(self.numbers)
        lines.addWidget(self.verdict)

    def _add_note(self, lines: QVBoxLayout) -> None:
        self.note_heading = Heading(tr("Note"))
        self.note_heading.setContentsMargins(0, px(6), 0, 0)
        lines.addWidget(self.note_heading)
        self.note = TextBox()
        self.note.setTabChangesFocus(True)
        self.note.setAccessibleName(tr("Note"))
        self.note.setPlaceholderText(tr("What this model is good for, in your own words"))
        self.note.setFixedHeight(NOTE_LINES * self.note.fontMetrics().lineSpacing() + px(22))
        self.note.installEventFilter(self)
        lines.addWidget(self.note)

    def _add_readers(self, lines: QVBoxLayout) -> None:
        line = QHBoxLayout()
        line.setSpacing(px(8))
        self.header = QPushButton(tr("Whole header…"))
        self.header.clicked.connect(lambda: self._ask(self.header_asked))
        self.template = QPushButton(tr("Chat template…"))
        self.template.clicked.connect(lambda: self._ask(self.template_asked))
        line.addWidget(self.header)
        line.addWidget(self.template)
        line.addStretch(1)
        lines.addLayout(line)

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────

    @property
    def entry(self) -> Entry | None:
        """The model that is shown."""
        return self._shown.entry if self._shown is not None else None

    def show_model(self, shown: Shown | None) -> None:
        """Show this model; None: none is chosen. What is being written into its note stays."""
        before = self._shown
        fresh = before is None or shown is None or before.entry.path != shown.entry.path
        if fresh:
            self.settle()
        self._shown = shown
        self._stack.setCurrentIndex(0 if shown is None else 1)
        if shown is None:
            return
        entry = shown.entry
        self.title.setText(shown.name)
        kind = kind_of(entry)
        self.kind.setText(tr("In use") if shown.in_use else kind)
        self.kind.setVisible(bool(self.kind.text()))
        self.problem.setVisible(entry.problem is not None)
        self.why.setText(str(entry.problem) if entry.problem is not None else "")
        self.use.setText(tr("Go on with it") if shown.in_use else tr("Use it"))
        self.use.setAccessibleName(self.use.text())
        self.use.setEnabled(entry.chats)
        self.use.setToolTip("" if entry.chats else tr("Nobody can chat with this file."))
        self.rename.setEnabled(entry.said is not None)
        self.shrink.setVisible(entry.chats)
        self._show_verdict(shown)
        if fresh or before is None or before.entry.note != entry.note:
            self.note.setPlainText(entry.note)
        for part in (self.note_heading, self.note):
            part.setVisible(entry.said is not None)
        for widget in (self.facts_heading, self.facts, self.header):
            widget.setVisible(entry.said is not None)
        self.template.setVisible(entry.said is not None and entry.said.kind == "chat")
        self.facts.show_facts(shown.facts)
        self.files.show_facts(shown.files)
        self.forget.setVisible(shown.listed_alone)
        if fresh:
            self._area.verticalScrollBar().setValue(0)
        self.shown.emit(entry)

    def _show_verdict(self, shown: Shown) -> None:
        judgement = shown.judgement
        self.verdict.setVisible(judgement is not None)
        if judgement is not None:
            self.pill.show_judgement(judgement)
            self.sentence.setText(told(judgement))
            rows: Sequence[Fact] = list(numbers(judgement, shown.longest))
            self.numbers.show_facts(rows)

    def show_alone(self, alone: bool) -> None:
        """Whether the list is not beside it: then there is a way back to it."""
        self.back.setVisible(alone)

    def settle(self) -> None:
        """Tell what was written into the note and not told yet."""
        if self._shown is not None and self._shown.entry.said is not None:
            text = self.note.toPlainText().strip()
            if text != self._shown.entry.note:
                self.noted.emit(self._shown.entry, text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.note and event.type() == QEvent.Type.FocusOut:
            self.settle()
        return super().eventFilter(watched, event)

    def _ask(self, signal: object) -> None:
        if self._shown is not None:
            signal.emit(self._shown.entry)  # type: ignore[attr-defined]  # one of the signals above
