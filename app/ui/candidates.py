"""The other results of a strategy that has several."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.core.language import tr
from app.core.markdown import displayable
from app.core.params import signed
from app.core.protocol import Candidate
from app.ui.controls import QuietButton
from app.ui.dialogs import Dialog, paragraph, scrolled
from app.ui.grounds import Card, Heading, Muted
from app.ui.theme import px

LONGEST = 4000  # characters of a candidate that are shown


class CandidatesDialog(Dialog):
    """All candidates, best first; each can be copied or taken as the answer."""

    taken = Signal(int)  # its place among the candidates

    def __init__(self, candidates: Sequence[Candidate], answer: str, parent: QWidget | None) -> None:
        super().__init__(tr("Candidates"), parent, width=620, height=560)
        note = Muted(
            tr(
                "What the model wrote side by side, the likeliest first. The score is what they are ordered by; nearer to 0 is likelier."
            ),
            size=13,
        )
        note.setWordWrap(True)
        self.page.addWidget(note)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, px(12), 0)
        layout.setSpacing(px(12))
        for number, candidate in enumerate(candidates):
            layout.addWidget(self._card(number, candidate, candidate.text == answer))
        layout.addStretch(1)
        self.page.addWidget(scrolled(page), 1)
        self.add_close()
        self.fit()

    def _card(self, number: int, candidate: Candidate, shown: bool) -> Card:
        card = Card()
        layout = QVBoxLayout(card)
        layout.setContentsMargins(px(16), px(12), px(12), px(8))
        layout.setSpacing(px(6))
        head = QHBoxLayout()
        head.addWidget(Heading(f"{number + 1}", size=14))
        head.addSpacing(px(8))
        head.addWidget(Muted(tr("Score {score}").format(score=signed(f"{candidate.logprob:.3f}"))))
        head.addStretch(1)
        if shown:
            head.addWidget(Muted(tr("The answer shown")))
        layout.addLayout(head)
        text = displayable(candidate.text).strip()
        label = paragraph(text[:LONGEST] + ("…" if len(text) > LONGEST else ""))
        label.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(label)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        copy = QuietButton(tr("Copy"))
        copy.setAccessibleName(tr("Copy candidate {number}").format(number=number + 1))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
        buttons.addWidget(copy)
        if not shown:
            take = QuietButton(tr("Use this answer"))
            take.setAccessibleName(tr("Use candidate {number}").format(number=number + 1))
            take.clicked.connect(lambda: self._take(number))
            buttons.addWidget(take)
        layout.addLayout(buttons)
        return card

    def _take(self, number: int) -> None:
        self.taken.emit(number)
        self.accept()
