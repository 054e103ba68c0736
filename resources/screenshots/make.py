"""Takes the README's pictures of the window anew: the real window and the built-in model, with a data folder of its own.

QT_QPA_PLATFORM=offscreen python resources/screenshots/make.py
"""

import os
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1]))

from PySide6.QtCore import QTimer

from app.chat.changes import Busy, Change
from app.chat.session import Session
from app.core.paths import user_paths
from app.core.tree import Conversation, Message
from app.main import open_window
from app.store.database import Database
from app.ui.window import Window

QUESTIONS = ("Does anything leave my computer?", "What does temperature do?", "what is the KV cache")
LISTED = (  # title, folder, tags, colour, days ago
    ("Which quantization for 8 GB?", "Models", ("hardware",), "green", 0),
    ("Top-p or min-p?", "Models", (), "", 1),
    ("A reading list on attention", "Papers", ("ideas",), "purple", 1),
    ("Release notes, second draft", "", ("work",), "yellow", 0),
    ("Regex for ISO dates", "", (), "", 0),
    ("Train to the coast in May", "", ("travel",), "blue", 1),
)


def fill(store: Database) -> None:
    """What stands in the list beside the conversation in view."""
    now = datetime.now(UTC)
    with store.write():
        for number, (title, folder, tags, colour, days) in enumerate(LISTED):
            said = now - timedelta(days=days, minutes=5 + number)
            row = Conversation(
                id=0, title=title, created=said, updated=said, titled=True, folder=folder, tags=tags, colour=colour
            )
            kept = store.conversations.add(row)
            message = Message(id=0, conversation=kept.id, parent=None, role="user", text=title, created=said)
            store.conversations.add_message(message)


class Pictures:
    """Asks the questions one after the other, then takes a picture in each theme."""

    def __init__(self) -> None:
        self._questions = list(QUESTIONS)

    def watch(self, window: Window, session: Session) -> None:
        """The window is shown."""
        self._window, self._session = window, session
        window.resize(1280, 840)
        session.set_preferences(language="en")
        window.bridge.changed.connect(self._follow)
        QTimer.singleShot(1000, window, self._go_on)

    def _follow(self, change: Change) -> None:
        if isinstance(change, Busy) and not change.answering:
            QTimer.singleShot(0, self._window, self._go_on)

    def _go_on(self) -> None:
        if self._questions:
            self._session.say(self._questions.pop(0))
        else:
            self._window.prefer(theme="light")
            QTimer.singleShot(1500, self._window, self._take_light)

    def _take_light(self) -> None:
        self._window.grab().save(str(FOLDER / "light.png"))
        self._window.prefer(theme="dark")
        QTimer.singleShot(1500, self._window, self._take_dark)

    def _take_dark(self) -> None:
        self._window.grab().save(str(FOLDER / "dark.png"))
        self._window.close()


def main() -> int:
    with tempfile.TemporaryDirectory() as home:
        os.environ["FIRESIDE_HOME"] = home
        store = Database(user_paths().database)
        fill(store)
        store.close()
        return open_window(Pictures().watch)


if __name__ == "__main__":
    sys.exit(main())
