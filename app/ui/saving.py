"""Saving a text or a picture as a file of one's own: asks where, writes it, says so."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from app.core.errors import InputError
from app.core.language import tr

Saved = str | Callable[[Callable[[bytes], None]], None]  # a text, or who gives the bytes of a file to a receiver


def ask_where(parent: QWidget, name: str, write: Callable[[Path], None]) -> QFileDialog:
    """Open the desktop's dialog with a name filled in; `write` gets the path that is chosen there."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
    dialog = QFileDialog(parent, tr("Save as file"), folder)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.selectFile(name)
    dialog.fileSelected.connect(lambda chosen: write(Path(chosen)))
    dialog.open()
    return dialog


def ask_and_save(
    parent: QWidget, name: str, what: Saved, said: Callable[[str], None], attempting: Callable[..., Callable[..., None]]
) -> QFileDialog:
    """Ask where, write it there, and say so; `attempting` shows what goes wrong."""

    def tell(path: Path) -> None:
        said(tr("Saved as {name}.").format(name=path.name))

    def write(path: Path) -> None:
        if isinstance(what, str):
            write_text(path, what)
            tell(path)
        else:  # it is made now, and comes when it is there
            what(attempting(lambda data: write_made(path, data)))

    def write_made(path: Path, data: bytes) -> None:
        write_bytes(path, data)
        tell(path)

    return ask_where(parent, name, attempting(write))


def write_text(path: Path, text: str) -> None:
    """Write a text with an end to its last line; raises InputError where that fails."""
    write_bytes(path, (text if text.endswith("\n") or not text else text + "\n").encode("utf-8", "replace"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file; raises InputError where that fails."""
    try:
        path.write_bytes(data)
    except OSError as problem:
        raise InputError(
            tr("{name} could not be saved.").format(name=path.name),
            tr("Choose another folder, or free some space on the disk."),
            str(problem),
        ) from problem
