"""What is asked before model files come to the list, and where models are looked for."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.core.language import tr, trn
from app.core.verdict import in_gigabytes
from app.library.places import Place, origin_name
from app.ui.controls import IconButton, Switch
from app.ui.dialogs import Dialog, scrolled
from app.ui.export_dialogs import Choice
from app.ui.grounds import Elided, Muted, Picture
from app.ui.theme import px


class AddDialog(Dialog):
    """Where the files are to lie, and whether the one is used at once. Enter takes the quickest way: where it is, now."""

    chosen = Signal(str, bool)  # way, whether it is used now

    def __init__(self, files: Sequence[Path], own: Path, parent: QWidget) -> None:
        one = len(files) == 1
        title = (
            tr("Add “{name}”").format(name=files[0].name)
            if one
            else trn("Add {count} model file", "Add {count} model files", len(files))
        )
        super().__init__(title, parent, width=500)
        about = Muted(tr("{size} in {folder}").format(size=in_gigabytes(_size(files)), folder=files[0].parent), size=13)
        about.setWordWrap(True)
        self.page.addWidget(about)
        self.ways = {
            "in place": Choice(tr("Leave it where it is"), tr("Nothing is copied. It is added to the list of models.")),
            "copy": Choice(tr("Copy it into Fireside's folder"), tr("The file stays where it is as well.")),
            "move": Choice(tr("Move it into Fireside's folder"), str(own)),
        }
        self.page.setSpacing(px(4))
        group = QButtonGroup(self)
        for choice in self.ways.values():
            group.addButton(choice)
            self.page.addWidget(choice)
        self.ways["in place"].setChecked(True)
        self.use = Switch(tr("Use it now"))
        self.use.setChecked(one)
        line = QHBoxLayout()
        line.setContentsMargins(px(10), px(8), px(4), 0)
        line.addWidget(QLabel(tr("Use it now")))
        line.addStretch(1)
        line.addWidget(self.use)
        if one:
            self.page.addLayout(line)
        self.add_button(tr("Cancel")).clicked.connect(self.reject)
        self.go = self.add_button("", primary=True)
        self.go.clicked.connect(self._tell)
        self.use.toggled.connect(self._name)
        self._name(one)
        self.fit()
        self.go.setFocus()

    def _name(self, use: bool) -> None:
        self.go.setText(tr("Use it now") if use else tr("Add"))
        self.go.setAccessibleName(self.go.text())

    def _tell(self) -> None:
        way = next(way for way, choice in self.ways.items() if choice.isChecked())
        self.accept()
        self.chosen.emit(way, self.use.isChecked())


def _size(files: Sequence[Path]) -> int:
    total = 0
    for file in files:
        try:
            total += file.stat().st_size
        except OSError:  # it went away; whoever reads it will say so
            continue
    return total


class FoldersDialog(Dialog):
    """The places where models are looked for; those that the user added can be taken away."""

    forgotten = Signal(object)  # Path
    add_asked = Signal()

    def __init__(self, places: Sequence[Place], parent: QWidget) -> None:
        super().__init__(tr("Where models are looked for"), parent, width=620, height=460)
        note = Muted(
            tr("Folders of other programs are only read. Taking a folder away removes nothing from the disk."), size=13
        )
        note.setWordWrap(True)
        self.page.addWidget(note)
        body = QWidget()
        self._rows = QVBoxLayout(body)
        self._rows.setContentsMargins(0, 0, px(8), 0)
        self._rows.setSpacing(px(4))
        self.page.addWidget(scrolled(body), 1)
        self.add = self.add_button(tr("Add a folder…"), left=True)
        self.add.clicked.connect(self.add_asked)
        self.add_close()
        self.show_places(places)
        self.fit()

    def show_places(self, places: Sequence[Place]) -> None:
        """Show these."""
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for place in places:
            self._rows.addWidget(self._row(place))
        self._rows.addStretch(1)

    def _row(self, place: Place) -> QWidget:
        row = QWidget()
        row.setMinimumHeight(px(48))
        line = QHBoxLayout(row)
        line.setContentsMargins(px(4), 0, 0, 0)
        line.setSpacing(px(12))
        line.addWidget(Picture("chip" if place.path.suffix.lower() == ".gguf" else "folder", 18))
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addStretch(1)
        texts.addWidget(Elided(str(place.path)))
        texts.addWidget(Muted(origin_name(place.origin)))
        texts.addStretch(1)
        line.addLayout(texts, 1)
        if place.origin == "added":
            label = tr("Look no more in {place}").format(place=place.path.name)
            away = IconButton("close", label, size=28)
            away.clicked.connect(lambda: self.forgotten.emit(place.path))
            line.addWidget(away, 0, Qt.AlignmentFlag.AlignVCenter)
        return row
