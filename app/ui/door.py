"""The door of a window: a second start of the program hands over what it was asked to open, and ends.

A socket of this machine and this user, named after the data folder; no network. Who holds the folder's lock has the door.
"""

import json
import os
from pathlib import Path

from PySide6.QtCore import QCryptographicHash, QDir, QObject, QThread, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

CALLS, PAUSE_MS = 15, 100  # a window that is only opening answers when it has been painted
PATIENCE_MS = 3000
LONGEST = 65_536  # bytes of a message
TOKEN = "XDG_ACTIVATION_TOKEN"  # with it Wayland lets a window come to the front that was not clicked itself
TAKEN = b"taken"


class Door(QObject):
    """Listens until it is closed. Where it cannot, a second start says that the window is open, and that is all."""

    called = Signal(object)  # the file that is to be opened, or None: only to be seen

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        address = address_of(folder)
        QLocalServer.removeServer(address)  # of a process that was killed: the lock is ours
        self._server.listen(address)

    def close(self) -> None:
        """Nobody is at home any more."""
        self._server.close()

    def _greet(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            caller = _Caller(socket, self)
            caller.said.connect(self._told)
            caller.hear()

    def _told(self, message: object) -> None:
        match message:
            case {"open": str() | None as file, "token": str(token)}:
                if token:
                    os.environ[TOKEN] = token
                self.called.emit(None if file is None else Path(file))


class _Caller(QObject):
    """One connection, from its beginning to its end; it has one line to say."""

    said = Signal(object)

    def __init__(self, socket: QLocalSocket, parent: QObject) -> None:
        super().__init__(parent)
        socket.setParent(self)
        self._socket = socket
        self._heard = False
        socket.readyRead.connect(self.hear)
        socket.disconnected.connect(self.deleteLater)

    def hear(self) -> None:
        """Listen to what has come; what is no message is hung up on."""
        if self._heard or not (self._socket.canReadLine() or self._socket.bytesAvailable() > LONGEST):
            return
        self._heard = True
        try:
            message = json.loads(bytes(self._socket.readLine(LONGEST).data()))
        except ValueError:
            self._socket.abort()
            return
        self._socket.write(TAKEN)
        self._socket.flush()
        self._socket.disconnectFromServer()
        self.said.emit(message)


def hand_over(folder: Path, file: Path | None) -> bool:
    """Have the window that is open with this folder open the file and come to the front; False if it does not answer."""
    message = {"open": None if file is None else str(file), "token": os.environ.get(TOKEN, "")}
    for _ in range(CALLS):
        socket = QLocalSocket()
        socket.connectToServer(address_of(folder))
        if socket.waitForConnected(PATIENCE_MS):
            socket.write(json.dumps(message).encode() + b"\n")
            while socket.bytesAvailable() < len(TAKEN) and socket.waitForReadyRead(PATIENCE_MS):
                pass
            return bytes(socket.readAll().data()) == TAKEN
        QThread.msleep(PAUSE_MS)
    return False


def address_of(folder: Path) -> str:
    """The socket's: in the session's own folder where there is one, else where Qt puts it."""
    # Qt's hash, since Python's brings OpenSSL along: 4 MB that a window does without.
    state = QCryptographicHash.hash(os.fsencode(folder.resolve()), QCryptographicHash.Algorithm.Sha256)
    name = "fireside-" + state.toHex().toStdString()[:20]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if flatpak := os.environ.get("FLATPAK_ID"):
        runtime = f"{runtime}/app/{flatpak}"  # all that two sandboxes of the same program share
    if runtime and os.path.isdir(runtime):
        return f"{runtime}/{name}"
    return QDir.temp().filePath(f"{name}-{os.getuid()}") if hasattr(os, "getuid") else name
