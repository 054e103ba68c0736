"""Another program's window that files can be dropped on: prints what is in each.

python drop_target.py LEFT TOP WIDTH HEIGHT
"""

import sys
from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget


class Target(QWidget):
    """Takes whatever brings files."""

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        for url in event.mimeData().urls():
            path = Path(url.toLocalFile())
            print(path.name, repr(path.read_text(encoding="utf-8")), flush=True)


if __name__ == "__main__":
    application = QApplication()
    window = Target()
    window.setAcceptDrops(True)
    window.setGeometry(*map(int, sys.argv[1:]))
    window.show()
    print("ready", flush=True)
    sys.exit(application.exec())
