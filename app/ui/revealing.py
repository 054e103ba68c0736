"""Shows a file in the system's file manager, and an address in its browser."""

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from app.core.errors import InputError
from app.core.language import tr

if TYPE_CHECKING:
    from app.ui.window import Window

WAIT = 2000  # ms for a file manager to start


def reveal(path: Path) -> None:
    """Open its folder with the file selected, where the file manager can do that."""
    if sys.platform == "win32":
        subprocess.Popen(["explorer", f"/select,{path}"])
    elif sys.platform == "darwin":
        subprocess.Popen(["open", "-R", str(path)])
    elif not _asked_by_bus(path):
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))


def browse(window: "Window", address: str) -> None:
    """Open an address with the program that the system has for it; where there is none, it can be copied."""
    if QDesktopServices.openUrl(QUrl(address)):
        return
    refused = InputError(tr("No program on this computer opens this link."), tr("Copy it and open it elsewhere."))
    window.show_refused(refused)
    banner = window.opening.desk.page.banner if window.opening.desk is not None else window.middle.banner
    banner.offer(refused, [(tr("Copy link"), "", partial(QGuiApplication.clipboard().setText, address))])


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
