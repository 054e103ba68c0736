"""Shows a file in the system's file manager."""

import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

WAIT = 2000  # ms for a file manager to start


def reveal(path: Path) -> None:
    """Open its folder with the file selected, where the file manager can do that."""
    if sys.platform == "win32":
        subprocess.Popen(["explorer", f"/select,{path}"])
    elif sys.platform == "darwin":
        subprocess.Popen(["open", "-R", str(path)])
    elif not _asked_by_bus(path):
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))


def _asked_by_bus(path: Path) -> bool:
    """Whether a file manager of the desktop took it (freedesktop.org, org.freedesktop.FileManager1)."""
    from PySide6.QtDBus import QDBusConnection, QDBusMessage

    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    name = "org.freedesktop.FileManager1"
    message = QDBusMessage.createMethodCall(name, "/org/freedesktop/FileManager1", name, "ShowItems")
    message.setArguments([[QUrl.fromLocalFile(str(path)).toString()], ""])
    return bus.call(message, timeout=WAIT).type() != QDBusMessage.MessageType.ErrorMessage
