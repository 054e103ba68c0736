"""Files that come into the window and leave it: what is dropped, and what is saved."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QDropEvent

from app.ui.attaching import local_files
from app.ui.dropped import holds_chats

if TYPE_CHECKING:
    from app.ui.window import Window


def take_drop(window: "Window", event: QDropEvent) -> None:
    """About models is asked, conversations are imported; other files are attached to the message."""
    paths = local_files(event.mimeData())
    models = [path for path in paths if path.suffix.lower() == ".gguf"]
    event.acceptProposedAction()
    if models:
        window.attempt(lambda: window.opening.asking.ask_to_add(models))
    elif window.opening.desk is not None and (folders := [path for path in paths if path.is_dir()]):
        window.attempt(lambda: window.opening.asking.add_folder(folders[0]))
    elif chats := tuple(path for path in paths if holds_chats(path)):
        window.attempt(lambda: window.exchange.import_chats(chats))
    else:
        window.composer.attach(paths)
        window.composer.setFocus()


def open_model(window: "Window", path: Path) -> None:
    """Load a model file that was dropped, double-clicked, or named where the program was started."""
    window.opening.leave_models()
    window.attempt(lambda: window.session.load_model(path))


def come_forward(window: "Window", model: Path | None) -> None:
    """The program was started a second time, perhaps with a model file."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.raise_()
    window.activateWindow()
    if model is not None:
        open_model(window, model)


def save(window: "Window", name: str, what: Any) -> None:
    """Ask where a text or a picture is to be saved, and do it."""
    from app.ui.saving import ask_and_save  # not needed before something is saved

    ask_and_save(window, name, what, window.middle.say, window.attempting)
