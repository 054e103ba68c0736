"""What is only read: what is new, and the licences."""

import re
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTextBrowser, QWidget

from app.core.language import tr
from app.core.paths import bundled
from app.ui.dialogs import Dialog
from app.ui.help import PagesDialog, reader, show_html, show_markdown

_ADDRESS = re.compile(r"https?://[^\s<>&()\"']+[\w/]")


class ChangesDialog(Dialog):
    """The change log as a page."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(tr("What is new"), parent, width=760, height=680)
        self.view: QTextBrowser = reader(tr("Page"))
        self.page.addWidget(self.view, 1)
        self.add_close()
        self.fit()
        show_markdown(self.view, changes_text())
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)


def changes_text() -> str:
    """The change log without its heading, which the dialog has; a sentence where this copy has none."""
    try:
        text = bundled("CHANGELOG.md").read_text("utf-8")
    except OSError:
        return tr("The list of changes is missing in this copy of Fireside.")
    return text.partition("\n")[2].strip()


class LicencesDialog(PagesDialog):
    """The parts of the program with their licences."""

    def __init__(self, parent: QWidget | None) -> None:
        from app.chat.notices import notices

        self._notices = notices()
        names = [notice.name for notice in self._notices]
        super().__init__(tr("Licences"), tr("Parts"), tr("Licence"), names, self._show, parent)
        self.list.setCurrentRow(0)

    def _show(self, number: int) -> None:
        notice = self._notices[number]
        about = " · ".join(filter(None, (notice.version, notice.licence)))
        address = f"<p>{_lines(notice.address)}</p>" if notice.address else ""
        paragraphs = "".join(f"<p>{_lines(part)}</p>" for part in notice.text.split("\n\n") if part.strip())
        show_html(self.view, f"<h1>{escape(notice.name)}</h1><p>{escape(about)}</p>{address}{paragraphs}")


def _lines(part: str) -> str:
    """A paragraph of a licence: its lines as they are, but for blanks that only centre them."""
    text = "<br>".join(escape(line.strip()) for line in part.strip("\n").split("\n"))
    return _ADDRESS.sub(r'<a href="\g<0>">\g<0></a>', text)
