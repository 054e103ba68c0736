"""Facts as two columns: what it is about, and the text, which can be selected."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from app.chat.model_facts import Fact
from app.ui.grounds import Muted, plain_tip
from app.ui.theme import px

LONG = 24  # characters; a longer text without spaces, such as a path, is shortened in its middle


class Value(QLabel):
    """A text that wraps; one that cannot is shortened in its middle, and its tooltip tells all of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        font = self.font()
        font.setPixelSize(px(13))
        self.setFont(font)

    def say(self, text: str) -> None:
        """Show a text."""
        self._whole = text
        self._lay()

    def _lay(self) -> None:
        text = self._whole
        unbroken = max((len(word) for word in text.split()), default=0) > LONG or "/" in text or "\\" in text
        self.setWordWrap(not unbroken)
        if unbroken:
            shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, self.width())
            self.setText(shown)
            self.setToolTip(plain_tip(text) if shown != text else "")
        else:
            self.setText(text)
            self.setToolTip("")
        self.setAccessibleName(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self.wordWrap():
            self._lay()


class FactRows(QWidget):
    """Rows that are made once and used again: the arrows walk through a list of models quickly."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(px(12))
        self._grid.setVerticalSpacing(px(6))
        self._grid.setColumnMinimumWidth(0, px(148))
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[Muted, Value]] = []

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show these; an empty text is left out."""
        shown = [(what, text) for what, text in facts if text]
        while len(self._rows) < len(shown):
            label, value = Muted("", size=13), Value()
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            self._grid.addWidget(label, len(self._rows), 0)
            self._grid.addWidget(value, len(self._rows), 1)
            self._rows.append((label, value))
        for number, (label, value) in enumerate(self._rows):
            used = number < len(shown)
            if used:
                label.setText(shown[number][0])
                value.say(shown[number][1])
                value.setAccessibleName(": ".join(shown[number]))
            label.setVisible(used)
            value.setVisible(used)

    def texts(self) -> dict[str, str]:
        """What is shown."""
        return {label.text(): value._whole for label, value in self._rows if not label.isHidden()}
