"""The door of a window: a second start of the program hands over what it was asked to open, and ends.

A socket or named pipe of this machine and this user, named after the data folder; no network. Who holds the folder's
lock has the door. Python's own, since Qt's network library takes 3 MB: a thread waits for callers and does nothing else.
"""

import json
import os
import socket
import sys
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Client, Connection, Listener, Pipe, wait
from pathlib import Path

from PySide6.QtCore import QCryptographicHash, QDir, QObject, Qt, Signal

CALLS, PAUSE = 15, 0.1  # seconds; a window that is only opening answers when it has been painted
PATIENCE = 3.0  # seconds
LONGEST = 65_536  # bytes of a message
TOKEN = "XDG_ACTIVATION_TOKEN"  # with it Wayland lets a window come to the front that was not clicked itself
TAKEN = b"taken"
WINDOWS = sys.platform == "win32"
FAMILY = "AF_PIPE" if WINDOWS else "AF_UNIX"
PATH = 100  # bytes of a socket's path; macOS has room for 103, Linux for 107


class Door(QObject):
    """Listens until it is closed. Where it cannot, a second start says that the window is open, and that is all."""

    called = Signal(object)  # the file that is to be opened, or None: only to be seen
    _said = Signal(object)  # by the thread

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._said.connect(self._told, Qt.ConnectionType.QueuedConnection)
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._address = address_of(folder)
        with suppress(OSError):
            self._ear = _NamedPipe(self._address) if WINDOWS else _Socket(self._address)
            self._thread = threading.Thread(target=self._answer, name="door", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Nobody is at home any more."""
        if self._thread is not None and not self._closed.is_set():
            self._closed.set()
            self._ear.wake()
            self._thread.join(PATIENCE)

    def _answer(self) -> None:
        """In the thread: hear one caller after the other."""
        while not self._closed.is_set():
            try:
                with self._ear.caller() as caller:
                    self._hear(caller)
            except OSError:  # hung up, or too many files are open just now
                self._closed.wait(PAUSE)
        self._ear.close()

    def _hear(self, caller: "Connection[bytes, bytes]") -> None:
        """What is no message is hung up on."""
        try:
            message = json.loads(caller.recv_bytes(LONGEST)) if caller.poll(PATIENCE) else None
        except (EOFError, ValueError, RecursionError):  # the last of brackets in brackets
            return
        if isinstance(message, dict) and not self._closed.is_set():
            self._said.emit(message)
            caller.send_bytes(TAKEN)

    def _told(self, message: object) -> None:
        match message:
            case {"open": str() | None as file, "token": str(token)}:
                if token:
                    os.environ[TOKEN] = token
                self.called.emit(None if file is None else Path(file))


def hand_over(folder: Path, file: Path | None) -> bool:
    """Have the window that is open with this folder open the file and come to the front; False if it does not answer."""
    message = {"open": None if file is None else str(file), "token": os.environ.get(TOKEN, "")}
    for _ in range(CALLS):
        try:
            with Client(address_of(folder), FAMILY) as window:
                window.send_bytes(json.dumps(message).encode())
                return window.poll(PATIENCE) and window.recv_bytes(len(TAKEN)) == TAKEN
        except (OSError, EOFError):
            time.sleep(PAUSE)
    return False


class _Socket:
    """A socket in the file system, for this user alone.

    Raises:
        OSError: nothing can listen there.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        with suppress(FileNotFoundError):
            os.unlink(address)  # of a process that was killed: the lock is ours
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.bind(address)
            os.chmod(address, 0o600)
            self._socket.listen()
        except OSError:
            self._socket.close()
            raise
        self._end, self._bell = Pipe(duplex=False)

    def caller(self) -> "Connection[bytes, bytes]":
        """The next one; waits for it.

        Raises:
            OSError: it went away, or `wake` was called.
        """
        if self._end in wait([self._socket, self._end]):
            raise OSError("closed")
        return Connection(self._socket.accept()[0].detach())

    def wake(self) -> None:
        """Nobody is waited for any more."""
        self._bell.close()

    def close(self) -> None:
        self._socket.close()
        self._end.close()
        with suppress(OSError):  # whoever cleans up there was quicker
            os.unlink(self._address)


class _NamedPipe:
    """The same of Windows. Others may read what is said there, which is nothing, but not open it as callers do."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._listener = Listener(address, FAMILY)

    def caller(self) -> "Connection[bytes, bytes]":
        return self._listener.accept()

    def wake(self) -> None:
        with suppress(OSError):
            Client(self._address, FAMILY).close()  # the last one that is waited for

    def close(self) -> None:
        self._listener.close()


def address_of(folder: Path) -> str:
    """The socket's: in the session's own folder where there is one with room for its name, else with the temporary files."""
    # Qt's hash, since Python's brings OpenSSL along: 4 MB that a window does without.
    state = QCryptographicHash.hash(os.fsencode(folder.resolve()), QCryptographicHash.Algorithm.Sha256)
    name = "fireside-" + state.toHex().toStdString()[:20]
    if WINDOWS:
        return rf"\\.\pipe\{name}"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if flatpak := os.environ.get("FLATPAK_ID"):
        runtime = f"{runtime}/app/{flatpak}"  # all that two sandboxes of the same program share
    if runtime and os.path.isdir(runtime) and len(os.fsencode(f"{runtime}/{name}")) <= PATH:
        return f"{runtime}/{name}"
    return QDir.temp().filePath(f"{name}-{os.getuid()}")
