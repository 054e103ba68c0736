"""A section of a model's details: what the user set for it, and the ways to change and to forget that."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.core.language import tr
from app.ui.controls import QuietButton
from app.ui.grounds import Heading, Muted
from app.ui.models_page.fact_rows import FactRows
from app.ui.theme import px


class SettingsSection(QWidget):
    """Shows facts; whoever made it does what it asks."""

    loading_asked = Signal()
    forget_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, px(6), 0, 0)
        lines.setSpacing(px(8))
        lines.addWidget(Heading(tr("Settings of this model")))
        self.nothing = Muted(
            tr("You have set nothing for this model; it starts with what its file recommends."), size=13
        )
        self.nothing.setWordWrap(True)
        lines.addWidget(self.nothing)
        self.facts = FactRows()
        lines.addWidget(self.facts)
        line = QHBoxLayout()
        line.setSpacing(px(8))
        self.loading = QPushButton(tr("Loading settings…"))
        self.loading.clicked.connect(self.loading_asked)
        self.forget = QuietButton(tr("Forget them"))
        self.forget.setToolTip(tr("It is loaded, and its answers start, as without you."))
        self.forget.clicked.connect(self.forget_asked)
        for button in (self.loading, self.forget):
            button.setAccessibleName(button.text())
            line.addWidget(button)
        line.addStretch(1)
        lines.addLayout(line)

    def show_settings(self, facts: Sequence[tuple[str, str]], forgettable: bool) -> None:
        """Show what is set."""
        self.facts.show_facts(facts)
        self.facts.setVisible(bool(facts))
        self.nothing.setVisible(not facts)
        if not forgettable and self.forget.hasFocus():
            self.loading.setFocus()
        self.forget.setVisible(forgettable)
