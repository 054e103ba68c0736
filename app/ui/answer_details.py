"""How an answer came about: a page of labels and values that can be copied."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from app.chat.details import as_text, details
from app.core.language import tr
from app.core.markdown import displayable
from app.core.text import shortened
from app.core.tree import Message
from app.ui.dialogs import Dialog, paragraph, scrolled
from app.ui.grounds import Heading, Muted
from app.ui.theme import px

LONGEST = 600  # characters of a value that are shown; copying takes all of it


class DetailsDialog(Dialog):
    """Nothing is to decide here."""

    def __init__(self, answer: Message, parent: QWidget | None) -> None:
        super().__init__(tr("Details of the answer"), parent, width=540)
        found = details(answer)
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, px(12), 0)
        grid.setHorizontalSpacing(px(24))
        grid.setVerticalSpacing(px(6))
        grid.setColumnStretch(1, 1)
        group = ""
        for each in found:
            if each.group != group:
                row = grid.rowCount()
                grid.setRowMinimumHeight(row, px(10) if group else 0)
                group = each.group
                grid.addWidget(Heading(group, size=14), row + 1, 0, 1, 2)
            label = Muted(each.label, size=13)
            label.setWordWrap(True)
            label.setMinimumWidth(px(150))
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            row = grid.rowCount()
            grid.addWidget(label, row, 0)
            grid.addWidget(_value(each.value, each.label), row, 1)
        grid.setRowStretch(grid.rowCount(), 1)
        area = scrolled(page)
        area.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # so that the arrow keys scroll it
        self.page.addWidget(area, 1)
        self.text = as_text(found)
        copy = self.add_button(tr("Copy"), left=True)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text))
        self.add_close()
        self.ensurePolished()
        around = self.sizeHint().height() - area.sizeHint().height()
        high = max(page.heightForWidth(self._wish.width() - px(48)), page.minimumSizeHint().height())
        self._wish.setHeight(high + around)  # all of it is seen at once
        self.fit()


def _value(text: str, label: str) -> QLabel:
    value = paragraph(shortened(displayable(text), LONGEST))
    value.setTextFormat(Qt.TextFormat.PlainText)
    value.setAccessibleName(tr("{label}: {value}").format(label=label, value=text))
    value.setAlignment(Qt.AlignmentFlag.AlignTop)
    value.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    return value
