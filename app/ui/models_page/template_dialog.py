"""The chat template of a model file: read, replaced by one's own, and taken back."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.chat.own_template import flaw
from app.core.language import tr
from app.ui.dialogs import Dialog
from app.ui.grounds import Muted
from app.ui.models_page.header_dialog import mono
from app.ui.problems import TextBox
from app.ui.text_rows import Flaw
from app.ui.unfinished import Slot, Unfinished

PAUSE = 300  # ms without a key before the text is checked


class TemplateDialog(Dialog):
    """Tells what is to take the place of the file's own template; "" is that one again."""

    saved = Signal(str)

    def __init__(self, name: str, of_file: str, own: str, slot: Slot, parent: QWidget | None) -> None:
        """`slot` keeps what is not saved."""
        super().__init__(tr("Chat template of {name}").format(name=name), parent, width=820, height=680)
        self._of_file = of_file
        self.state = Muted("", size=13)
        self.state.setWordWrap(True)
        self.page.addWidget(self.state)
        self.box = TextBox(own or of_file)
        self.box.setFont(mono(self.font()))
        self.box.setTabStopDistance(2 * self.box.fontMetrics().horizontalAdvance(" "))
        self.box.setTabChangesFocus(True)
        self.box.setAccessibleName(tr("Chat template"))
        self.page.addWidget(self.box, 1)
        self.unfinished = Unfinished(self, self.box, slot)
        self.flaw = Flaw()
        self.page.addWidget(self.flaw)
        self.reset = self.add_button(tr("Use the file's own"), left=True)
        self.reset.clicked.connect(self._take_back)
        self.add_button(tr("Cancel")).clicked.connect(self.reject)
        self.save = self.add_button(tr("Save"), primary=True)
        self.save.clicked.connect(self._save)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self._check)
        self.box.textChanged.connect(self._typed)
        self._typed()
        self.fit()
        self.box.setFocus()

    @property
    def _is_own(self) -> bool:
        text = self.box.toPlainText()
        return bool(text.strip()) and text != self._of_file

    def _typed(self) -> None:
        if self._is_own:
            text = tr("Your own template. It takes the place of the file's, for this file only.")
        elif self._of_file:
            text = tr("The file's own template. Change it, and your own takes its place for this file only.")
        else:
            text = tr("This file has no chat template; the one of its family takes its place. You can write one.")
        self.state.setText(text)
        self.reset.setVisible(self._is_own and bool(self._of_file))
        self._timer.start()

    def _check(self) -> None:
        self.flaw.show_text(flaw(self.box.toPlainText()) if self._is_own else "")

    def _take_back(self) -> None:
        self.box.setPlainText(self._of_file)
        self.box.setFocus()

    def _save(self) -> None:
        self._check()
        if self.flaw.text():
            self.box.setFocus()
            return
        self.accept()
        self.saved.emit(self.box.toPlainText() if self._is_own else "")

    def done(self, result: int) -> None:
        """No timer runs on."""
        self._timer.stop()
        super().done(result)
