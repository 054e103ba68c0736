"""Fills the section with the settings of a model, and does what it asks."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from app.chat.changes import ConversationChanged, ModelState
from app.chat.own_settings import OwnSettings
from app.core.params import Value, changed
from app.library.on_disk import Entry
from app.ui.models_page.details import Details
from app.ui.models_page.settings_section import SettingsSection

if TYPE_CHECKING:
    from app.ui.window import Window


class SettingsDesk(QObject):
    """Between the section and the session."""

    def __init__(self, window: "Window", details: Details) -> None:
        super().__init__(details)
        self._window, self._details = window, details
        self.section = SettingsSection()
        details.sections.addWidget(self.section)
        self.section.loading_asked.connect(self._ask_loading)
        self.section.forget_asked.connect(window.attempting(self._forget))
        details.shown.connect(self._show)
        window.bridge.changed.connect(self._hear)

    def close(self) -> None:
        """The page goes."""
        self._window.bridge.changed.disconnect(self._hear)

    def _own(self, entry: Entry) -> OwnSettings:
        digest = entry.said.digest if entry.said is not None else ""
        return OwnSettings(self._window.session.settings, entry.path, digest)

    def _show(self, entry: Entry) -> None:
        usable = entry.chats
        self.section.setVisible(usable)
        if usable:
            own = self._own(entry)
            self.section.show_settings(own.facts(), bool(changed(own.loading) or own.sampling))

    def _hear(self, change: Any) -> None:
        entry = self._details.entry
        if entry is not None and isinstance(change, ModelState | ConversationChanged):
            self._show(entry)

    def _in_use(self, entry: Entry) -> bool:
        state = self._window.session.model_state
        return state.path in entry.parts and state.state in ("ready", "loading")

    def _ask_loading(self) -> None:
        from app.ui.settings_dialogs import LoadingDialog

        entry = self._details.entry
        if entry is None:
            return
        in_use, model = self._in_use(entry), self._window.session.model_state.model
        cards = len(model.devices) if model is not None else 0
        dialog = LoadingDialog(self._own(entry).loading, cards, self._window, in_use=in_use)
        dialog.applied.connect(self._window.attempting(lambda values: self._apply(entry, values)))
        dialog.open()

    def _apply(self, entry: Entry, values: dict[str, Value]) -> None:
        if self._in_use(entry):
            self._window.session.set_loading(**values)
        else:
            self._own(entry).keep_loading(values)
        self._tell(entry)

    def _forget(self) -> None:
        entry = self._details.entry
        if entry is None:
            return
        own = self._own(entry)
        again = self._in_use(entry) and bool(changed(own.loading))
        own.forget()
        if again:
            self._window.session.load_model(entry.path)
        self._window.show_conversation(self._window.session.conversation)  # the sliders start elsewhere
        self._tell(entry)

    def _tell(self, entry: Entry) -> None:
        self._window.models.reconsider(entry.path)
        if self._details.entry is not None:
            self._show(self._details.entry)
