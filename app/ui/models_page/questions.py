"""What is asked before files of models are moved."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.errors import sentences
from app.core.language import tr, trn
from app.core.verdict import in_gigabytes
from app.library.on_disk import Entry
from app.ui.dialogs import Dialog, paragraph
from app.ui.grounds import Muted

if TYPE_CHECKING:
    from app.ui.window import Window


def ask_trash(window: "Window", entry: Entry, files: Sequence[Path], in_use: bool, then: Callable[[], None]) -> Dialog:
    """Ask whether these files go to the trash.

    Args:
        in_use: it is the model in use, which is unloaded first.
    """
    dialog = Dialog(tr("Move “{name}” to the trash?").format(name=entry.title), window, width=480)
    size = in_gigabytes(sum(path.stat().st_size for path in files if path.exists()))
    told = [
        tr("{count}, {size}.").format(count=trn("{count} file", "{count} files", len(files)), size=size),
        tr("The model is in use; it is unloaded first.") if in_use else "",
        tr("The system's trash keeps it until you empty it."),
    ]
    dialog.page.addWidget(paragraph(sentences(*told)))
    where = Muted(str(entry.path.parent), size=13)
    where.setWordWrap(True)
    dialog.page.addWidget(where)
    keep = dialog.add_button(tr("Cancel"))
    keep.clicked.connect(dialog.reject)
    dialog.add_button(tr("Move to the trash"), primary=True).clicked.connect(dialog.accept)
    dialog.accepted.connect(then)
    dialog.fit()
    dialog.open()
    keep.setFocus()
    return dialog
