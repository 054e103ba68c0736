"""Opens what lies over the window: preferences, the command palette, menus, other results of a strategy."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

from app.core.commands import COMMANDS
from app.core.language import tr
from app.core.params import Value
from app.ui.sidebar_rows import title_of

if TYPE_CHECKING:
    from app.chat.changes import FailedLoad, ModelDone
    from app.chat.downloads import Together
    from app.chat.models import Models
    from app.chat.models_hub import ModelsHub
    from app.core.errors import AppError
    from app.core.params import Preferences
    from app.ui.models_page.asking import Asking
    from app.ui.models_page.desk import ModelsDesk
    from app.ui.settings_dialogs import PreferencesDialog
    from app.ui.updates import UpdateNotices
    from app.ui.window import Window

OFFERED = 500  # conversations that the command palette finds


class Opening:
    """Each method opens one thing and wires it; nothing is imported before it is needed."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self.updates_made: UpdateNotices | None = None
        self.desk: ModelsDesk | None = None  # while the Models page is open

    # ── the Models page ───────────────────────────────────────────────────────────────────────────────

    @cached_property
    def asking(self) -> "Asking":
        """The dialogs about model files."""
        from app.ui.models_page.asking import Asking

        return Asking(self._window)

    def make_models(self) -> "Models":
        """For the window, which has them only once."""
        from app.chat.models import Models

        window = self._window
        session, bridge = window.session, window.bridge
        models = Models(window.paths, session.settings, bridge.way, bridge.changed.emit, lambda: session.kept_models)
        models.follow(window.session.model_state)  # `Changes` tells what follows
        return models

    @cached_property
    def hub(self) -> "ModelsHub":
        """The downloads, and looking for models; nothing goes out before somebody asks for something."""
        from app.chat.models_hub import ModelsHub

        window = self._window
        return ModelsHub(
            window.paths, window.session.preferences, window.models, window.bridge.way, window.bridge.changed.emit
        )

    @property
    def together(self) -> "Together | None":
        """All that is on its way; None where nobody asked for anything yet."""
        return self.hub.downloads.together if "hub" in self.__dict__ else None

    def go_on_downloading(self) -> None:
        """Go on with what an earlier window did not bring to its end, if there is anything."""
        if self._window.paths.downloads.exists():
            self.hub.downloads.start()

    def follow(self, preferences: "Preferences") -> None:
        """The preferences are others now."""
        if "hub" in self.__dict__:
            self.hub.follow(preferences)

    def models(self, tab: str = "here") -> "ModelsDesk":
        """The Models page in place of the conversation, with this tab in view."""
        from app.ui.models_page.desk import ModelsDesk

        if self.desk is None:
            self.desk = ModelsDesk(self._window, tab)
        else:
            self.desk.choose(tab)
        self._window.shell.fold_over()
        return self.desk

    def show_model(self, path: Path) -> None:
        """The details of a model file."""
        self.models().here.choose(path)

    def shrink(self, path: Path) -> None:
        """Make a smaller copy of the model that is chosen on the Models page, or of this one."""
        row = self.desk.tab.list.row() if self.desk is not None else None
        if row is not None:
            self.asking.shrink(row.entry)
        else:
            self.asking.shrink_file(path)

    def leave_models(self) -> str:
        """Back to the conversation; the tab that was in view, "" where the Models page was not open."""
        desk, self.desk = self.desk, None
        if desk is None:
            return ""
        desk.close()
        return desk.page.chosen

    def close(self) -> None:
        """The window closes."""
        self.leave_models()
        if "hub" in self.__dict__:
            self.hub.close()
        if "models" in self._window.__dict__:
            self._window.models.close()
        if self.updates_made is not None:
            self.updates_made.close()

    def tell_done(self, done: "ModelDone") -> None:
        """Work on the files of a model is over."""
        self._window.attempt(lambda: self.asking.take_done(done))
        if self.desk is not None:
            self.desk.attempt_done(done)
        if done.error is not None:
            self._window.show_refused(done.error)
        elif not done.cancelled:
            text = tr("{model} is in the trash.") if done.what == "trashed" else tr("{model} is on the list.")
            if done.there:
                text = tr("{model} is on the list already.")
            self._window.say(text.format(model=done.title))

    # ── dialogs and menus ─────────────────────────────────────────────────────────────────────────────

    def preferences(self) -> "PreferencesDialog":
        """The dialog; every change holds at once. In another language it is another one, in the same place."""
        from app.ui.settings_dialogs import PreferencesDialog

        def change(name: str, value: Value) -> None:
            self._window.prefer(**{name: value})
            if name == "language":
                place = dialog.geometry()
                dialog.close()
                again = self.preferences()
                again.setGeometry(place)
                again.go_to(name)

        saved = self._window.session.saved_contexts
        dialog = PreferencesDialog(self._window.session.preferences, lambda: saved.bytes, self._window)
        dialog.changed.connect(self._window.attempting(change))
        dialog.cleared.connect(self._window.attempting(saved.clear))
        for told in (dialog.changed, dialog.cleared):  # after what they bring about
            told.connect(dialog.show_used)
        dialog.open()
        return dialog

    def palette(self) -> None:
        """The command palette over the window."""
        from app.ui.palette import Item, Palette, command_items

        usable = [
            row for row in COMMANDS if self._window.actions_by_name[row.name].isEnabled() and row.name != "palette"
        ]
        items = command_items(usable)
        listed = self._window.session.history.listed()[:OFFERED]
        items += [Item(row.id, title_of(row), tr("Conversation")) for row in listed]
        palette = Palette(items, self._window)
        palette.closed.connect(lambda: palette.give_back(self.give_keyboard))
        palette.chosen.connect(self._window.attempting(self._run_chosen))

    def _run_chosen(self, key: str | int) -> None:
        if isinstance(key, int):
            self._window.open_conversation(key)
            self.give_keyboard()
        else:
            self._window.actions_by_name[key].trigger()

    def switcher(self, message_id: int | None = None, *, again: bool = False) -> None:
        """The models to choose from: for the conversation, or to give an answer `again` with."""
        from app.ui.switching import open_switcher

        open_switcher(self._window, message_id, again=again)

    def offer_help(self, load: "FailedLoad", error: "AppError") -> None:
        """Below the reason why a model did not load: what would help."""
        from app.ui.helping import offer_help

        offer_help(self._window, load, error)

    def give_keyboard(self) -> None:
        """What lay over the window is gone: back to where one writes, or to the page in its place."""
        (self.desk.take_keyboard if self.desk is not None else self._window.composer.setFocus)()

    def context_menu(self, at: QPoint) -> None:
        """What can be done about what the model sees."""
        from app.ui.context_menu import ContextMenu

        context = self._window.session.context
        menu = ContextMenu(context.seen_from, self._window.session.conversation.overflow, self._window)
        menu.forget_asked.connect(self._window.attempting(context.forget_summary))
        menu.chosen.connect(self._window.attempting(context.choose))
        menu.popup(at)

    def browse(self, address: str) -> None:
        """An address, with the system's program for it."""
        from app.ui.revealing import browse

        browse(self._window, address)

    def reason(self, message_id: int) -> None:
        """Why an answer failed."""
        from app.ui.problems import show_reason

        entries = self._window.session.entries
        show_reason(next(entry for entry in entries if entry.message.id == message_id), self._window)

    def updates(self) -> "UpdateNotices":
        """What is said of new versions."""
        if self.updates_made is None:
            from app.ui.updates import UpdateNotices

            self.updates_made = UpdateNotices(self._window)
        return self.updates_made
