"""About: version, licences, and where the user's data lies."""

from PySide6.QtCore import QUrl, Signal, qVersion
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app import __version__
from app.core.language import tr
from app.core.paths import Paths
from app.ui.dialogs import Dialog, paragraph
from app.ui.grounds import Heading, Muted, Picture
from app.ui.theme import px


class AboutDialog(Dialog):
    """Nothing is to decide here."""

    licences_asked = Signal()

    def __init__(self, paths: Paths, parent: QWidget | None) -> None:
        super().__init__(tr("About Fireside"), parent, width=520)
        top = QHBoxLayout()
        top.setSpacing(px(16))
        top.addWidget(Picture("fireside", 64))
        names = QVBoxLayout()
        names.setSpacing(px(2))
        names.addStretch(1)
        names.addWidget(Heading("Fireside", size=18))
        names.addWidget(Muted(tr("Version {version}").format(version=__version__), size=13))
        names.addStretch(1)
        top.addLayout(names, 1)
        self.page.addLayout(top)
        self.page.addWidget(
            paragraph(
                tr("A calm desktop chat for the models on your own machine. Nothing you write leaves this computer.")
            )
        )
        self.page.addWidget(paragraph(tr("Fireside is free software under the MIT licence.")))
        self.page.addWidget(
            paragraph(
                tr(
                    "It uses Qt {version} through PySide6, both under the GNU Lesser General Public License version 3; you may replace these libraries with your own build. The models are run by llama.cpp, under the MIT licence."
                ).format(version=qVersion())
            )
        )
        self.page.addWidget(Heading(tr("Your data"), size=15))
        self.page.addWidget(paragraph(str(paths.data)))
        self.page.addStretch(1)
        self.add_button(tr("Open folder"), left=True).clicked.connect(
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(paths.data)))
        )
        self.add_button(tr("Licences"), left=True).clicked.connect(self._licences)
        self.add_close()
        self.fit()

    def _licences(self) -> None:
        self.accept()
        self.licences_asked.emit()
