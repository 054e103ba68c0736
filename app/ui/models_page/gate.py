"""For models that the Hub gives only to those who accepted their terms: where to do so, and a field for the token."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout

from app.core.errors import AppError
from app.core.language import tr
from app.ui.controls import QuietButton
from app.ui.flow import Flow
from app.ui.grounds import Card, Heading, Muted, Picture
from app.ui.theme import px


class Gate(Card):
    """The token leaves this field once, and is shown nowhere afterwards."""

    page_asked = Signal()
    token_page_asked = Signal()
    given = Signal(str)  # the token
    forget_asked = Signal()

    def __init__(self) -> None:
        super().__init__(colour="surface")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(px(14), px(14), px(14), px(14))
        layout.setSpacing(px(12))
        layout.addWidget(Picture("shield", 20), 0, Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(px(8))
        self.heading = Heading("", size=14)
        self.heading.setWordWrap(True)
        texts.addWidget(self.heading)
        self.steps = Muted("", size=13)
        self.steps.setWordWrap(True)
        texts.addWidget(self.steps)
        buttons = Flow(gap=px(8))
        self.page = QPushButton(tr("Open its page"))
        self.page.clicked.connect(self.page_asked)
        self.tokens = QPushButton(tr("Get a token"))
        self.tokens.clicked.connect(self.token_page_asked)
        self.forget = QuietButton(tr("Forget the token"))
        self.forget.clicked.connect(self.forget_asked)
        for button in (self.page, self.tokens, self.forget):
            button.setAccessibleName(button.text())
            buttons.addWidget(button)
        texts.addLayout(buttons)
        line = QHBoxLayout()
        line.setSpacing(px(8))
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setPlaceholderText(tr("Paste a token; it begins with hf_"))
        self.field.setAccessibleName(tr("Token for the Hub"))
        self.field.setMinimumSize(px(150), px(36))  # as high as the button beside it
        self.field.setMaximumWidth(px(340))
        self.field.returnPressed.connect(self._give)
        line.addWidget(self.field, 100)
        self.keep = QPushButton(tr("Keep the token"))
        self.keep.setEnabled(False)
        self.keep.clicked.connect(self._give)
        self.field.textChanged.connect(lambda text: self.keep.setEnabled(bool(text.strip())))
        line.addWidget(self.keep)
        line.addStretch(1)
        texts.addLayout(line)
        self.told = Muted("", size=13)
        self.told.setWordWrap(True)
        texts.addWidget(self.told)
        layout.addLayout(texts, 1)
        self.hide()

    def show_gate(self, *, has_token: bool, private: bool, error: AppError | None) -> None:
        """`private` is for what may be private instead of gated; `error` is why a token was not kept."""
        self.heading.setText(tr("It may be private.") if private else tr("Given only to those who accepted its terms."))
        steps = tr(
            "Accept the terms on its page, signed in at the Hub. Then give Fireside a token of the same account."
        )
        if private:
            steps = tr("Give Fireside a token of an account that may see it.")
        self.steps.setText(steps)
        self.forget.setVisible(has_token)
        kept = tr("A token is kept for this Hub. Another one takes its place.") if has_token else ""
        if error is not None:
            kept = f"{error.message} {error.hint}".strip()
        self.told.setForegroundRole(QPalette.ColorRole.BrightText if error else QPalette.ColorRole.PlaceholderText)
        self.told.setText(kept or tr("It is kept in the system's keyring if there is one, and sent to the Hub alone."))
        self.show()

    def _give(self) -> None:
        token = self.field.text().strip()
        self.field.clear()
        if token:
            self.given.emit(token)
