"""Saving a text as a file of one's own: asks where, writes it, says so."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from app.core.errors import InputError
from app.core.language import tr


def ask_where(parent: QWidget, name: str, write: Callable[[Path], None]) -> QFileDialog:
    """Open the desktop's dialog with a name filled in; `write` gets the path that is chosen there."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
    dialog = QFileDialog(parent, tr("Save code"), folder)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.selectFile(name)
    dialog.fileSelected.connect(lambda chosen: write(Path(chosen)))
    dialog.open()
    return dialog


def write_text(path: Path, text: str) -> None:
    """Write a text with an end to its last line; raises InputError where that fails."""
    try:
        path.write_text(text if text.endswith("\n") or not text else text + "\n", "utf-8", newline="\n")
    except OSError as problem:
        raise InputError(
            tr("{name} could not be saved.").format(name=path.name),
            tr("Choose another folder, or free some space on the disk."),
            str(problem),
        ) from problem
