"""The program goes back to a backup and opens again, without a person; see test_going_back.py.

Prints a line of JSON for each window: the titles in its list, and what it says.
"""

import json
import sys
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from PySide6.QtCore import QTimer

from app.chat.session import Session
from app.main import open_window
from app.store.backup import back_up
from app.ui.restore_dialog import RestoreDialog
from app.ui.window import Window

windows: list[Window] = []


def opened(window: Window, session: Session) -> None:
    windows.append(window)
    if len(windows) == 1:
        session.say("Before the copy")
        session.stop()
        back_up(window.paths.database, window.paths.backups, date(2026, 11, 20))
        session.new()
        session.say("After the copy")
        window.painted.connect(lambda: QTimer.singleShot(0, window, go_back))
    else:
        window.painted.connect(lambda: QTimer.singleShot(0, window, tell))


def go_back() -> None:
    window = windows[0]
    titles = [item.title for item in window.session.history.listed()]
    print(json.dumps({"titles": titles}), flush=True)
    window.actions_by_name["restore_backup"].trigger()
    (dialog,) = window.findChildren(RestoreDialog)
    (look,) = window.exchange.looks
    look.ended.connect(lambda _error: QTimer.singleShot(0, window, lambda: choose(dialog)))


def choose(dialog: RestoreDialog) -> None:
    dialog.chosen.emit(dialog._found[-1].copy.path)


def tell() -> None:
    window = windows[1]
    titles = [item.title for item in window.session.history.listed()]
    print(json.dumps({"titles": titles, "said": window.middle.toast.accessibleName()}), flush=True)
    QTimer.singleShot(0, window, window.close)


if __name__ == "__main__":
    sys.exit(open_window(opened))
