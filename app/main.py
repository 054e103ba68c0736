"""Puts the parts together for the window: paths, language, store, model process, session, window."""

import gc
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from app import __version__
from app.chat.changes import Change, Problem
from app.chat.session import Session
from app.core import language
from app.core.errors import AlreadyRunning, AppError
from app.core.paths import Paths, bundled, user_paths
from app.core.protocol import Event
from app.engine.pool import Pool
from app.engine.saved import SavedFolder
from app.store.database import Database
from app.store.lock import InstanceLock

if TYPE_CHECKING:
    import logging

    from app.ui.application import Application
    from app.ui.bridge import Bridge
    from app.ui.exchange import Restored, Restoring
    from app.ui.window import Window

LOG_SIZE = 1_000_000  # bytes; a longer log becomes the old one
CRASHES = 10  # reports that one run writes at most


def open_window(opened: "Callable[[Window, Session], None] | None" = None, model: Path | None = None) -> int:
    """Open the window and run until it is closed; returns the exit code.

    Where a backup is to take the place of the conversations, everything is closed, and opened again with them.
    Where a window is open with these conversations, it is brought to the front instead.

    Args:
        opened: called when a window is shown, before its events run; the self-test and the benchmarks use it.
        model: a model file to load in place of the one used last.
    """
    paths = user_paths()
    language.use("system", bundled("resources/translations"))
    os.environ.setdefault("FIRESIDE_ENGINES", str(paths.engines))  # 10 ms that each model process saves
    crashes = CrashReports(paths)
    restored: Restored | None = None
    with ExitStack() as ends:
        gc.disable()  # until the first paint: whatever is made until then stays, and is searched a hundred times in vain
        ends.callback(gc.enable)
        crashes.hook()
        ends.callback(crashes.unhook)
        while True:
            try:
                code, restoring = _run_window(paths, crashes, opened, restored, model)
            except Exception as error:  # noqa: BLE001 - the last-chance hook, where there is no window to show it
                return crashes.fatal(error)
            if restoring is None:
                return code
            restored, model = put_back(paths, restoring), None


def _run_window(
    paths: Paths,
    crashes: "CrashReports",
    opened: "Callable[[Window, Session], None] | None",
    restored: "Restored | None",
    model: Path | None,
) -> "tuple[int, Restoring | None]":
    """One window from its beginning to its end; the exit code, and the backup that is to take the conversations' place."""
    mail = Mail()
    with ExitStack() as ends:
        try:
            host = Pool(mail.deliver, held=True, contexts=paths.contexts)
            ends.callback(host.close)  # last of all: while it saves, another window may be opened
            lock = InstanceLock(paths.data)
            ends.callback(lock.release)
            store = Database(paths.database)
            ends.callback(store.close)
            session = Session(store, host, mail.notify, bundled("models/guide.gguf"))
            ends.callback(session.close)
            language.use(session.preferences.language, bundled("resources/translations"))
            session.resume()
        except AppError as error:
            if isinstance(error, AlreadyRunning) and _handed_over(paths, model):
                return 0, None
            return _cannot_start(error, paths), None

        from app.ui.application import Application
        from app.ui.bridge import Bridge
        from app.ui.files import come_forward, open_model
        from app.ui.window import Window

        if crashes.application is None:
            gc.freeze()  # modules and classes stay: the collector need not look through them, for 20 ms, ever again
        application = crashes.application or Application()
        crashes.application = application
        bridge = Bridge()
        bridge.attach(session.handle)
        ends.callback(bridge.attach, lambda _event: None)  # what the process still tells is for nobody
        window = Window(session, bridge, paths)
        ends.callback(window.deleteLater)
        mail.hand_over(bridge)
        asked = application.file_asked.connect(partial(come_forward, window))
        ends.callback(application.file_asked.disconnect, asked)
        if model is not None:
            open_model(window, model)  # nothing has been loaded yet: the model process waits for the first paint
        window.show()
        application.after_start(lambda: open_door(paths, window, ends), window)
        ends.callback(gc.set_threshold, *gc.get_threshold())
        application.after_start(lambda: tidy(window), window)
        application.after_start(lambda: start_log(paths), window)
        application.after_start(lambda: drop_strays(paths, store), window)
        application.after_start(lambda: start_backup(paths, ends), window)
        application.after_start(window.opening.go_on_downloading, window)
        application.after_start(lambda: window.opening.updates().start(), window)
        if store.repaired is not None:
            mail.notify(Problem(store.repaired))
        if restored is not None:
            window.exchange.tell_restored(restored)
        if opened is not None:
            opened(window, session)
        window.painted.connect(gc.enable)
        window.painted.connect(host.warm)  # until then the processor is the window's alone
        code = application.run()
        restoring = window.exchange.restoring
        if restoring is None:
            crashes.application = None
        return code, restoring


def _handed_over(paths: Paths, model: Path | None) -> bool:
    from app.ui.door import hand_over

    return hand_over(paths.data, model)


def tidy(window: "Window") -> None:
    """From now on the garbage collector looks through everything when nobody waits."""
    from app.ui.tidying import Tidying

    Tidying(window)


def open_door(paths: Paths, window: "Window", ends: ExitStack) -> None:
    """From now on, a second start brings this window to the front, and hands over what it was to open."""
    from app.ui.door import Door  # the first paint does not wait for it
    from app.ui.files import come_forward

    door = Door(paths.data, window)
    door.called.connect(partial(come_forward, window))
    ends.callback(door.close)


def put_back(paths: Paths, restoring: "Restoring") -> "Restored":
    """Let a backup take the place of the conversations, which nobody has open; says what became of it."""
    from app.store import backup
    from app.ui.exchange import Restored

    try:
        with InstanceLock(paths.data):
            return Restored(restoring.name, backup.put_in_place(paths.database, restoring.prepared))
    except AppError as error:
        return Restored(restoring.name, error=error)


def selftest() -> int:
    """Check this installation: window, built-in model, screen and disk; prints a report as JSON."""
    if sys.platform not in ("win32", "darwin") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import tempfile

    # The engine is the user's, the conversations are not.
    os.environ.setdefault("FIRESIDE_ENGINES", str(user_paths().engines))
    with tempfile.TemporaryDirectory(prefix="fireside-selftest-", ignore_cleanup_errors=True) as home:
        os.environ["FIRESIDE_HOME"] = home
        from app.ui.selftest import SelfTest

        test = SelfTest()
        code = open_window(test.watch)
        test.check_disk(_texts_on_disk(user_paths().database))
        return test.report(code)


def _texts_on_disk(path: Path) -> list[str]:
    """What a new start would find."""
    store = Database(path)
    try:
        return [
            message.text
            for conversation in store.conversations.listed(10)
            for message in store.conversations.messages(conversation.id)
        ]
    finally:
        store.close()


def _cannot_start(error: AppError, paths: Paths) -> int:
    start_log(paths).error("%s %s", error, error.detail)
    print(error, file=sys.stderr)
    from app.ui.application import Application

    Application().show_start_problem(error)
    return 1


def drop_strays(paths: Paths, store: Database) -> None:
    """Remove what was read of conversations that are gone for good; a crash may have left it."""
    with suppress(AppError):
        SavedFolder(paths.contexts).keep_only(store.conversations.ids())


def start_backup(paths: Paths, ends: ExitStack) -> None:
    """Make the day's copy of the database, in the background; when the window is closed first, there is none."""
    from app.store.backup import DailyBackup  # the first paint does not wait for it

    backup = DailyBackup(paths.database, paths.backups)
    ends.callback(backup.stop)
    backup.start()


def start_log(paths: Paths) -> "logging.Logger":
    """Log to a file; without one where the folder cannot be written to. The first paint does not wait for it."""
    import logging
    import platform
    from logging.handlers import RotatingFileHandler

    logging.raiseExceptions = False  # a disk that is full is told in the window, not by the log on a terminal
    log = logging.getLogger("fireside")
    file = paths.logs / "fireside.log"
    with suppress(OSError):
        paths.logs.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(file, maxBytes=LOG_SIZE, backupCount=1, encoding="utf-8")
        handler.namer = lambda _numbered: str(file.with_suffix(".old.log"))
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
        log.info("Fireside %s on %s, Python %s", __version__, platform.platform(), platform.python_version())
    return log


class Mail:
    """Takes events and changes before there is a bridge, so that the model loads while the window is built."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: deque[Event] = deque()
        self._bridge: Bridge | None = None

    def deliver(self, event: Event) -> None:
        """Called on the host's thread."""
        with self._lock:
            if self._bridge is None:
                self._events.append(event)
            else:
                self._bridge.deliver(event)

    def notify(self, change: Change) -> None:
        """Called on the window's thread. Until the window is there nobody needs to hear: it shows what is."""
        if self._bridge is not None:
            self._bridge.changed.emit(change)

    def hand_over(self, bridge: "Bridge") -> None:
        """From now on the bridge carries everything; what waits goes first."""
        with self._lock:
            self._bridge = bridge
            while self._events:
                bridge.deliver(self._events.popleft())


class CrashReports:
    """The last-chance hook: errors that nobody caught become a file and a dialog."""

    def __init__(self, paths: Paths) -> None:
        self._folder = paths.logs
        self._written = 0
        self.application: Application | None = None

    def hook(self) -> None:
        """Take all uncaught errors of this process, of any thread."""
        sys.excepthook = self.caught
        threading.excepthook = lambda given: self.caught(given.exc_type, given.exc_value, given.exc_traceback)

    def unhook(self) -> None:
        """As it was before."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def fatal(self, error: Exception) -> int:
        """The same for an error that keeps the window from opening; the exit code, when the person has read it."""
        from app.ui.application import Application

        application, self.application = self.application or Application(), None  # it shows nothing by itself any more
        report = self.caught(type(error), error, error.__traceback__)
        application.show_start_fault(report)
        return 1

    def caught(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> str:
        """Write the report and show it; returns it."""
        if issubclass(kind, KeyboardInterrupt | SystemExit):
            if self.application is not None:
                self.application.quit()
            return ""
        import logging
        import platform
        import traceback

        text = "".join(traceback.format_exception(kind, error, trace))
        report = f"Fireside {__version__}, {platform.platform()}, Python {platform.python_version()}\n\n{text}"
        print(text, file=sys.stderr)
        logging.getLogger("fireside").error("uncaught:\n%s", text)
        self._written += 1
        if self._written <= CRASHES:
            name = f"crash-{datetime.now():%Y-%m-%d-%H%M%S}-{self._written}.txt"
            with suppress(OSError):  # the dialog shows it all the same
                self._folder.mkdir(parents=True, exist_ok=True)
                (self._folder / name).write_text(report, "utf-8")
            if self.application is not None:
                self.application.crashed.emit(report)
        return report
