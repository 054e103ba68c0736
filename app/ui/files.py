"""Files that come into the window and leave it: what is dropped, and what is saved."""

from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QDropEvent

from app.ui.attaching import local_files
from app.ui.dropped import holds_chats

if TYPE_CHECKING:
    from app.ui.window import Window


def take_drop(window: "Window", event: QDropEvent) -> None:
    """A model is loaded, conversations are imported; other files are attached to the message."""
    paths = local_files(event.mimeData())
    models = [path for path in paths if path.suffix.lower() == ".gguf"]
    event.acceptProposedAction()
    if models:
        window.attempt(lambda: window.session.load_model(models[0]))
    elif chats := tuple(path for path in paths if holds_chats(path)):
        window.attempt(lambda: window.exchange.import_chats(chats))
    else:
        window.composer.attach(paths)
        window.composer.setFocus()


def save(window: "Window", name: str, what: Any) -> None:
    """Ask where a text or a picture is to be saved, and do it."""
    from app.ui.saving import ask_and_save  # not needed before something is saved

    ask_and_save(window, name, what, window.middle.say, window.attempting)
