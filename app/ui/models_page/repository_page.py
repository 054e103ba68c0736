"""One repository of the Hub: what it is, its models by quantization, its terms, and what its makers say about it."""

from collections.abc import Callable
from html import escape
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.chat.finding_models import Looked
from app.core.amounts import parameters_text
from app.core.errors import AppError
from app.core.language import tr, trn
from app.core.verdict import in_gigabytes
from app.library.offering import Offer
from app.library.queue import Item
from app.library.repository import Repository, Variant
from app.ui.controls import IconButton, Switch
from app.ui.dialogs import scrolled
from app.ui.grounds import Elided, Heading, Muted
from app.ui.models_page.card_view import CardView
from app.ui.models_page.gate import Gate
from app.ui.models_page.notice_line import NoticeLine
from app.ui.models_page.variant_row import VariantRow
from app.ui.theme import px, theme_of

AT_ONCE = 5  # rows that are made in one go
WIDEST = 960  # pixels of the column at 100 %


class RepositoryPage(QWidget):
    """Shows what is known; the rest comes when the Hub answers."""

    left = Signal()
    again_asked = Signal()
    settings_asked = Signal()
    page_asked = Signal()  # its page at the Hub
    followed = Signal(str)  # an address in what its makers say
    download_asked = Signal(object, object)  # Variant, RemoteFile or None
    use_asked = Signal(str)
    resume_asked = Signal(int)
    progress_asked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        top = QWidget()
        top.setMaximumWidth(px(WIDEST + 40))  # it ends where the column ends
        head = QHBoxLayout(top)
        head.setContentsMargins(px(16), px(12), px(16), px(8))
        head.setSpacing(px(8))
        self.back = IconButton("chevron-left", tr("Back to the list"))
        self.back.clicked.connect(self.left)
        head.addWidget(self.back)
        self.name = Elided("")
        font = self.name.font()
        font.setPixelSize(px(16))
        font.setWeight(font.Weight.DemiBold)
        self.name.setFont(font)
        head.addWidget(self.name, 1)
        self.page = IconButton("open", tr("Open its page at the Hub in the browser"))
        self.page.clicked.connect(self.page_asked)
        head.addWidget(self.page)
        outer.addWidget(top)
        self._inner = inner = QWidget()
        middle = QHBoxLayout(inner)
        middle.setContentsMargins(px(24), px(4), px(16), px(24))
        column = QWidget()
        column.setMaximumWidth(px(WIDEST))
        middle.addWidget(column, 100)
        middle.addStretch(1)
        self._column = layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(12))
        self.author = Muted(size=13)
        layout.addWidget(self.author)
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(self.about)
        self.facts = Muted(size=13)
        self.facts.setWordWrap(True)
        self.facts.setTextFormat(Qt.TextFormat.RichText)  # the licence is a link; everything else is escaped
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.facts.linkActivated.connect(self.followed)
        layout.addWidget(self.facts)
        self.notice = NoticeLine()
        self.notice.acted.connect(self._act)
        layout.addWidget(self.notice)
        self.gate = Gate()
        layout.addWidget(self.gate)
        self._projector_line = QWidget()
        line = QHBoxLayout(self._projector_line)
        line.setContentsMargins(px(14), 0, px(12), 0)
        self.projector = Switch(tr("With what it needs for pictures"))
        self._projector_text = QLabel()
        self._projector_text.setWordWrap(True)
        self._projector_text.setTextFormat(Qt.TextFormat.PlainText)  # the name of a file is in it
        line.addWidget(self._projector_text, 1)
        line.addWidget(self.projector)
        self._variants = QVBoxLayout()
        self._variants.setSpacing(0)
        layout.addLayout(self._variants)
        layout.addWidget(self._projector_line)
        self._card_heading = Heading(tr("What its makers say"), size=15)
        self._card_heading.setContentsMargins(0, px(16), 0, 0)
        layout.addWidget(self._card_heading)
        self.card = CardView()
        self.card.followed.connect(self.followed)
        layout.addWidget(self.card)
        layout.addStretch(1)
        self._area = scrolled(inner)
        outer.addWidget(self._area, 1)
        self.rows: list[VariantRow] = []
        self._left: list[Offer] = []  # that have no row yet
        self._state_of: Callable[[Variant], tuple[Path | None, Item | None]] = lambda _variant: (None, None)
        self._shown: Looked | None = None
        self._offline = False

    # ── showing ───────────────────────────────────────────────────────────────────────────────────────

    def show_looked(self, looked: Looked, *, offline: bool) -> None:
        """Show what is known of it now."""
        before, self._shown, self._offline = self._shown, looked, offline
        fresh = before is None or before.name != looked.name
        if fresh:
            self._area.verticalScrollBar().setValue(0)
            self.projector.setChecked(False)
        repository = looked.repository
        author, _, name = looked.name.rpartition("/")
        self.name.say(looked.curated.title if looked.curated else name)
        self.author.setText(tr("{name} by {author}").format(name=name, author=author) if looked.curated else author)
        self.about.setText(looked.curated.description if looked.curated else "")
        self.about.setVisible(looked.curated is not None)
        self.facts.setText(self._facts(repository) if repository else "")
        self.facts.setVisible(bool(self.facts.text()))
        self._say(looked, offline)
        if self._same_variants(before, looked):
            for row, offer in zip(self.rows, looked.offers, strict=False):  # some may have no row yet
                row.show_offer(offer)
        else:
            self._show_variants(looked)
        self._show_projector(repository)
        for widget in (self._card_heading, self.card):
            widget.setVisible(bool(looked.card))
        if before is None or before.card != looked.card:
            self.card.show_card(looked.card)

    def _say(self, looked: Looked, offline: bool) -> None:
        repository = looked.repository
        if offline and (repository is None or looked.known_only):
            self.notice.say(
                tr("Fireside is offline: the Hub is not asked."),
                tr("Preferences, Network lets it go online."),
                tr("Preferences"),
            )
        elif looked.error is not None:
            self.notice.say_error(looked.error)
        elif looked.asking:
            self.notice.say(tr("Asking the Hub what there is…"))
        elif repository is not None and not repository.variants:
            self.notice.say(
                tr("“{name}” holds no GGUF model.").format(name=repository.repository),
                tr("Look for a repository with “GGUF” in its name."),
            )
        else:
            self.notice.hide()

    def show_gate(self, looked: Looked, *, has_token: bool, error: AppError | None) -> None:
        """Show how to get what is not given to everybody, where that is so."""
        kind = getattr(looked.error, "kind", "")
        gated = kind in ("gated", "token") or bool(looked.repository and looked.repository.gated)
        if gated or kind == "missing":
            self.gate.show_gate(has_token=has_token, private=not gated, error=error)
        else:
            self.gate.hide()

    def _facts(self, repository: Repository) -> str:
        """What is known, on one line; the licence leads to its text."""
        context = repository.context_length
        licence = escape(repository.licence)
        if repository.licence_address.lower().startswith(("http://", "https://")):
            colour = theme_of(self.palette()).accent
            address = escape(repository.licence_address, quote=True)
            licence = f'<a href="{address}" style="color: {colour}; text-decoration: none">{licence}</a>'
        facts = [
            parameters_text(repository.parameters),
            escape(repository.architecture),
            tr("context of {count} tokens").format(count=f"{context:,}") if context else "",
            tr("licence {name}").format(name=licence) if licence else "",
            trn("{count} download", "{count} downloads", repository.downloads) if repository.commit else "",
            trn("{count} like", "{count} likes", repository.likes) if repository.commit else "",
            tr("changed {date}").format(date=f"{repository.modified.astimezone():%Y-%m-%d}")
            if repository.modified
            else "",
            ", ".join(map(escape, repository.languages[:8])),
        ]
        return "  ·  ".join(filter(None, facts))

    def _same_variants(self, before: Looked | None, now: Looked) -> bool:
        if before is None or (before.known_only, before.meant) != (now.known_only, now.meant):
            return False
        return [(each.variant, each.recommended) for each in before.offers] == [
            (each.variant, each.recommended) for each in now.offers
        ]

    def _show_variants(self, looked: Looked) -> None:
        held = next((place for place, row in enumerate(self.rows) if row.button.hasFocus()), -1)
        for row in self.rows:
            self._variants.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []
        self._left = list(looked.offers)
        self._make_rows(looked)
        if held >= 0:
            (self.rows[held].button if held < len(self.rows) else self.back).setFocus()

    def _make_rows(self, looked: Looked) -> None:
        """Some of them; the rest when what there is has been painted, so that nothing halts."""
        possible = looked.repository is not None and not looked.known_only
        for offer in self._left[:AT_ONCE]:
            meant = offer.variant.files[0].path == looked.meant
            row = VariantRow(offer, meant=meant, possible=possible, parent=self._inner)
            row.download_asked.connect(lambda variant=offer.variant: self._download(variant))
            row.use_asked.connect(self.use_asked)
            row.resume_asked.connect(self.resume_asked)
            row.progress_asked.connect(self.progress_asked)
            self._variants.addWidget(row)
            self.rows.append(row)
            row.show_state(*self._state_of(offer.variant))
        del self._left[:AT_ONCE]
        if self._left:
            QTimer.singleShot(0, self, lambda: self._go_on(looked))

    def _go_on(self, looked: Looked) -> None:
        if self._shown is not None and self._left and self._same_variants(self._shown, looked):
            self._make_rows(self._shown)

    def _show_projector(self, repository: Repository | None) -> None:
        projectors = repository.projectors if repository else ()
        self._projector_line.setVisible(bool(projectors))
        if projectors:
            file = projectors[0]
            self._projector_text.setText(
                tr("It understands pictures; fetch what it needs for that too ({file}, {size}).").format(
                    file=file.name, size=in_gigabytes(file.size)
                )
            )

    def show_states(self, here: Callable[[Variant], Path | None], item: Callable[[Variant], Item | None]) -> None:
        """What is on this computer, and how far the others are."""
        self._state_of = lambda variant: (here(variant), item(variant))
        for row in self.rows:
            row.show_state(here(row.offer.variant), item(row.offer.variant))

    # ── telling ───────────────────────────────────────────────────────────────────────────────────────

    def _download(self, variant: Variant) -> None:
        repository = self._shown.repository if self._shown else None
        projector = repository.projectors[0] if repository and self.projector.isChecked() else None
        self.download_asked.emit(variant, projector)

    def _act(self) -> None:
        (self.settings_asked if self._offline else self.again_asked).emit()

    def take_focus(self) -> None:
        """Put the keyboard on what most people want, else on the way back."""
        for row in self.rows:
            if row.offer.recommended and row.button.isVisible():
                row.button.setFocus()
                return
        self.back.setFocus()
