"""What is shown on the tab "On this computer", and what is done when it is asked for."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, QTimer

from app.chat.changes import ModelDone, ModelsListed, ModelState
from app.chat.model_facts import facts, origin
from app.core.errors import InputError
from app.core.language import tr, trn
from app.core.verdict import in_gigabytes
from app.library.arranged import Order, arranged, found, titles, words_of
from app.library.on_disk import Entry
from app.ui.controls import Menu
from app.ui.icons import icon
from app.ui.models_page.details import Shown
from app.ui.models_page.here import OnThisComputer
from app.ui.models_page.settings_desk import SettingsDesk
from app.ui.theme import px, theme_of

if TYPE_CHECKING:
    from app.ui.models_page.desk import ModelsDesk
    from app.ui.window import Window

WATCH = 2000  # ms between two looks at the folders while the tab is in view
ORDER = "models.order"
ORDERS: tuple[Order, ...] = ("name", "size", "date", "fit")


class HereDesk(QObject):
    """Between the tab, the models of the window and its session."""

    def __init__(self, window: "Window", tab: OnThisComputer, desk: "ModelsDesk") -> None:
        super().__init__(tab)
        self._window, self._tab, self._desk = window, tab, desk
        self._models = window.models
        self._order: Order = next((each for each in ORDERS if each == window.session.recall(ORDER)), "name")
        tab.order.show_value(self._order)
        self._entries: tuple[Entry, ...] | None = None  # those of which `_words` and `_names` are
        self._version = -1
        self._told: tuple[int, Path | None, Path | None] | None = None  # of what the details are shown
        self._words: dict[Path, str] = {}
        self._names: dict[Path, str] = {}
        self._wanted: Path | None = window.session.model_state.path  # chosen as soon as it is on the list
        self._settings = SettingsDesk(window, tab.details)
        self._wire()
        window.bridge.changed.connect(self._hear)
        self._watch = QTimer(self)
        self._watch.setInterval(WATCH)
        self._watch.timeout.connect(self._look_again)
        self._watch.start()
        self._models.look()
        self.show_list()

    def _wire(self) -> None:
        tab, attempting = self._tab, self._window.attempting
        tab.filtered.connect(self.show_list)
        tab.ordered.connect(attempting(self._sort))
        tab.chosen.connect(self._show_details)
        tab.cancel_asked.connect(self._models.cancel)
        tab.list.used.connect(attempting(self.use))
        tab.list.trash_asked.connect(attempting(self.ask_trash))
        tab.list.menu_asked.connect(self._open_menu)
        tab.list.lines_model.renamed.connect(attempting(self._models.set_name))
        tab.list.drawer.closeEditor.connect(lambda: QTimer.singleShot(0, self, self.show_list))
        details = tab.details
        details.use_asked.connect(attempting(self.use))
        details.reveal_asked.connect(attempting(self.reveal))
        details.trash_asked.connect(attempting(self.ask_trash))
        details.forget_asked.connect(attempting(self.forget))
        asking = self._window.opening.asking
        details.header_asked.connect(attempting(asking.show_header))
        details.template_asked.connect(attempting(asking.show_template))
        details.shrink_asked.connect(attempting(asking.shrink))
        tab.file_asked.connect(attempting(asking.choose_files))
        tab.folder_asked.connect(attempting(asking.choose_folder))
        tab.folders_asked.connect(attempting(asking.show_folders))
        details.noted.connect(attempting(self._models.set_note))

    # ── showing ───────────────────────────────────────────────────────────────────────────────────────

    def _hear(self, change: Any) -> None:
        if isinstance(change, ModelsListed):
            if self._models.version != self._version:
                self.show_list()
            else:
                self._show_work()
        elif isinstance(change, ModelState) and change.state != "loading":
            self._models.look()  # the memory that is free is another one now

    def _look_again(self) -> None:
        if self._tab.isVisible() and not self._tab.window().isMinimized():
            self._models.look(if_changed=True)

    def show_list(self, *_typed: object) -> None:
        """Show the list anew."""
        models = self._models
        entries = models.listing.entries
        self._version = models.version
        if entries is not self._entries:
            self._entries, self._names, self._words = entries, titles(entries), {}
        text = self._tab.filter.text()
        if text.strip() and not self._words:
            self._words = {entry.path: words_of(entry) for entry in entries}
        some = found(entries, text, self._words)
        lines = arranged(some, models.judgement, self._order, self._names, self._in_use())
        nothing = tr("Nothing found. Try fewer or other words.") if text.strip() else tr("Looking for models…")
        self._tab.show_lines(lines, nothing, self._status(some), models.listing.troubles)
        self._show_work()
        if self._wanted is not None and self._tab.list.choose(self._wanted):
            self._wanted = None
        elif models.looked:
            self._wanted = None
            self._tab.list.choose_first()

    def _in_use(self) -> Path | None:
        state = self._window.session.model_state
        return state.path if state.state in ("ready", "loading") else None

    def _status(self, entries: list[Entry]) -> str:
        if self._models.looking and not self._models.looked:
            return tr("Looking for models…")
        size = in_gigabytes(sum(entry.file_bytes for entry in entries))
        return tr("{count}, {size}").format(count=trn("{count} file", "{count} files", len(entries)), size=size)

    def _show_work(self) -> None:
        models = self._models
        if models.work is not None:
            work = models.work
            self._tab.show_work(work.text, work.done / work.total if work.total else None)
        elif models.read is not None:
            done, total = models.read
            text = tr("Reading the headers of new files: {percent} %").format(percent=100 * done // total)
            self._tab.show_work(text, done / total, cancel=False)
        else:
            self._tab.show_work("")

    def _show_details(self, entry: Entry | None) -> None:
        models = self._models
        now = models.version, entry.path if entry is not None else None, self._in_use()
        if now == self._told:
            return
        self._told = now
        if entry is None:
            self._tab.show_model(None)
            return
        judgement = models.judgement(entry)
        self._tab.show_model(
            Shown(
                entry=entry,
                name=self._names.get(entry.path, entry.title),
                judgement=judgement,
                longest=models.longest_context(entry) if judgement is not None and judgement.loads else 0,
                in_use=self._in_use() in entry.parts,
                facts=tuple(self._facts(entry)),
                files=tuple(self._files(entry)),
                listed_alone=entry.path in models.said.places,
            )
        )

    def _facts(self, entry: Entry) -> list[tuple[str, str]]:
        own = bool(self._window.session.template_of(entry.path))
        return [(what, tr("your own") if own and what == tr("Template") else text) for what, text in facts(entry, {})]

    def _files(self, entry: Entry) -> list[tuple[str, str]]:
        told = list(origin(entry))
        told.append((tr("Changed"), f"{entry.modified.astimezone():%Y-%m-%d %H:%M}"))
        if len(entry.parts) > 1:
            told += [
                (tr("Part {number}").format(number=number), part.name) for number, part in enumerate(entry.parts, 1)
            ]
        if entry.source is not None:
            told += [(tr("Commit"), entry.source.commit), (tr("SHA-256"), entry.source.digest)]
        elif entry.said is not None:
            told.append((tr("Fingerprint"), entry.said.digest))
        return told

    # ── doing ─────────────────────────────────────────────────────────────────────────────────────────

    def _sort(self, order: str) -> None:
        self._order = next(each for each in ORDERS if each == order)
        self._window.session.remember(ORDER, order)
        self.show_list()

    def use(self, entry: Entry) -> None:
        """Go back to the conversation with this model.

        Raises:
            AppError: nobody can chat with it.
        """
        if entry.problem is not None:
            raise entry.problem
        if not entry.chats:
            raise InputError(
                tr("“{model}” is nothing to chat with.").format(model=entry.title),
                tr("Choose one of the models above."),
            )
        session = self._window.session
        if session.model_state.path not in entry.parts or session.model_state.state != "ready":
            session.load_model(entry.path)
        self._desk.leave()

    def reveal(self, entry: Entry) -> None:
        """Show the file in the system's file manager."""
        from app.ui.revealing import reveal

        reveal(entry.path)

    def forget(self, entry: Entry) -> None:
        """Take a file off the list that the user added by itself."""
        for path in (entry.path, *entry.projectors):
            if path in self._models.said.places:
                self._models.forget_place(path)

    def ask_trash(self, entry: Entry) -> None:
        """Ask, then move a model to the system's trash.

        Raises:
            InputError: it came with the application, or is another program's.
        """
        from app.ui.models_page.questions import ask_trash

        files = self._models.removable(entry)
        in_use = self._in_use() in entry.parts

        def go() -> None:
            if self._in_use() in entry.parts:
                self._window.session.unload_model()
            self._models.trash(entry)

        ask_trash(self._window, entry, files, in_use, self._window.attempting(go))

    def attempt_done(self, done: ModelDone) -> None:
        """Work on files is over: what came is chosen."""
        if done.what == "brought" and done.error is None and not done.cancelled:
            self._wanted = done.path
            self.show_list()

    def choose(self, path: Path) -> None:
        """Show a model, as soon as it is on the list."""
        self._wanted = path
        self._tab.filter.clear()
        self.show_list()
        self._tab.open_details()

    def _open_menu(self, entry: Entry, at: QPoint) -> None:
        menu = Menu(self._tab)
        attempting, details = self._window.attempting, self._tab.details
        theme = theme_of(self._tab.palette())
        rows: list[tuple[str, str, Any, bool]] = [
            ("continue", tr("Use it"), lambda: self.use(entry), entry.chats),
            ("info", tr("Details"), self._tab.open_details, True),
            ("edit", tr("Rename"), self._tab.list.rename, entry.said is not None),
            ("copy", tr("Copy the path"), lambda: _copy(str(entry.path)), True),
            ("folder", tr("Show in the file manager"), lambda: self.reveal(entry), True),
            ("shrink", tr("Make a smaller copy…"), lambda: details.shrink_asked.emit(entry), entry.chats),
            ("trash", tr("Move to the trash…"), lambda: self.ask_trash(entry), True),
        ]
        for name, text, what, possible in rows:
            action = menu.addAction(icon(name, theme.muted, px(16)), text)
            action.setEnabled(possible)
            action.triggered.connect(attempting(lambda _checked=False, what=what: what()))
        menu.popup(at)

    def close(self) -> None:
        """The page goes."""
        self._watch.stop()
        self._window.bridge.changed.disconnect(self._hear)
        self._settings.close()


def _copy(text: str) -> None:
    from PySide6.QtGui import QGuiApplication

    QGuiApplication.clipboard().setText(text)
