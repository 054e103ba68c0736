"""What each row of the command table does: one method for each name, and nothing else that is public."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.language import tr
from app.core.params import Preferences, rows
from app.core.paths import bundled
from app.ui.sidebar_wiring import ask_for_folder, ask_for_marks

if TYPE_CHECKING:
    from app.ui.window import Window

BUILT_IN = "models/guide.gguf"


class Commands:
    """Called by the actions; what is refused is raised as AppError and shown by the window."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._session = window.session

    # ── conversation ──────────────────────────────────────────────────────────────────────────────────

    def new_chat(self) -> None:
        self._window.leave(lambda: self._begin(self._session.new))

    def temporary_chat(self) -> None:
        self._window.leave(lambda: self._begin(self._session.new_temporary))

    def _begin(self, new: Callable[[], None]) -> None:
        new()
        self._window.opening.leave_models()
        self._window.shell.fold_over()
        self._window.composer.setFocus()

    def rename_chat(self) -> None:
        if self._session.conversation.id:
            if not self._window.shell.in_view("sidebar"):
                self._window.shell.toggle("sidebar")
            self._window.sidebar.list.rename(self._session.conversation.id)

    def pin_chat(self) -> None:
        conversation = self._session.conversation
        if conversation.id:
            self._session.history.pin(conversation.id, not conversation.pinned)

    def delete_chat(self) -> None:
        if self._session.conversation.id:
            self._session.history.trash(self._session.conversation.id)

    def undo_delete(self) -> None:
        self._window.middle.toast.hide()
        if self._window.opening.desk is not None:
            self._window.opening.desk.page.toast.hide()
        self._session.undo()

    def show_trash(self) -> None:
        if not self._window.shell.in_view("sidebar"):
            self._window.shell.toggle("sidebar")
        self._window.sidebar.show_trash(self._session.history.trashed())

    def search(self) -> None:
        if not self._window.shell.in_view("sidebar"):
            self._window.shell.toggle("sidebar")
        self._window.sidebar.search.setFocus()
        self._window.sidebar.search.selectAll()

    def next_chat(self) -> None:
        self._go(1)

    def previous_chat(self) -> None:
        self._go(-1)

    def _go(self, step: int) -> None:
        if conversation_id := self._window.sidebar.list.neighbour(step):
            self._window.open_conversation(conversation_id)

    def system_prompt(self) -> None:
        from app.ui.settings_dialogs import SystemPromptDialog
        from app.ui.unfinished import slot_of

        slot = slot_of(self._window, "prompt")
        dialog = SystemPromptDialog(self._session.conversation.system_prompt, slot, self._window)
        dialog.saved.connect(self._window.attempting(slot.through(self._session.set_system_prompt)))
        dialog.open()

    def branches(self) -> None:
        self._window.messages.open_branches()

    def move_chat(self) -> None:
        if self._session.conversation.id:
            ask_for_folder(self._window, self._session.conversation.id)

    def tag_chat(self) -> None:
        if self._session.conversation.id:
            ask_for_marks(self._window, self._session.conversation.id)

    def archive_chat(self) -> None:
        conversation = self._session.conversation
        if conversation.id:
            self._session.history.arranging.archive(conversation.id, not conversation.archived)

    def show_archive(self) -> None:
        if not self._window.shell.in_view("sidebar"):
            self._window.shell.toggle("sidebar")
        self._window.sidebar.show_archive()

    def export_chat(self) -> None:
        self._window.exchange.export_one()

    def export_all(self) -> None:
        self._window.exchange.export_all()

    def import_chats(self) -> None:
        self._window.exchange.import_chats()

    def restore_backup(self) -> None:
        self._window.leave(self._window.exchange.restore)

    def find(self) -> None:
        if (desk := self._window.opening.desk) is not None:
            desk.begin_search()
            return
        self._window.changes.finding.open()

    def find_next(self) -> None:
        self._window.changes.finding.step(1)

    def find_previous(self) -> None:
        self._window.changes.finding.step(-1)

    # ── message ───────────────────────────────────────────────────────────────────────────────────────

    def send(self) -> None:
        self._window.composer.send()

    def stop(self) -> None:
        self._session.stop()

    def regenerate(self) -> None:
        self._session.regenerate()

    def regenerate_with(self) -> None:
        if (message_id := self._last("assistant")) is not None:
            self._window.opening.switcher(message_id, again=True)

    def continue_answer(self) -> None:
        self._session.continue_answer()

    def edit_last(self) -> None:
        if (message_id := self._last("user")) is not None:
            self._window.transcript.start_editing(message_id)

    def copy_answer(self) -> None:
        from PySide6.QtGui import QGuiApplication

        answers = [entry.message for entry in self._session.entries if entry.message.role == "assistant"]
        if answers:
            QGuiApplication.clipboard().setText(answers[-1].text)
            self._window.say(tr("Copied."))

    def copy_markdown(self) -> None:
        if text := self._window.transcript.copying.markdown():
            self._window.transcript.copy(text)
            self._window.say(tr("Copied as Markdown."))

    def quote(self) -> None:
        if self._window.transcript.selection:
            self._window.composer.quote(self._window.transcript.copying.markdown())
        else:
            self._window.say(tr("Select some text first."))

    def next_version(self) -> None:
        self._show_version(1)

    def previous_version(self) -> None:
        self._show_version(-1)

    def _show_version(self, step: int) -> None:
        for entry in reversed(self._session.entries):
            if entry.message.role == "assistant":
                if 1 <= entry.version + step <= entry.versions:
                    self._session.show_version(entry.message.id, entry.version + step)
                return

    def delete_message(self) -> None:
        if self._session.entries:
            self._session.delete_message(self._session.entries[-1].message.id)

    def pin_message(self) -> None:
        self._window.messages.pin()

    def note_message(self) -> None:
        self._window.messages.open_note()

    def what_was_sent(self) -> None:
        self._window.messages.open_received()

    def answer_details(self) -> None:
        self._window.messages.open_details()

    def _last(self, role: str) -> int | None:
        return next((entry.message.id for entry in reversed(self._session.entries) if entry.message.role == role), None)

    def next_question(self) -> None:
        self._window.transcript.going.to_question(1)

    def previous_question(self) -> None:
        self._window.transcript.going.to_question(-1)

    # ── model ─────────────────────────────────────────────────────────────────────────────────────────

    def switch_model(self) -> None:
        self._window.opening.switcher()

    def models(self) -> None:
        self._window.opening.models()

    def find_models(self) -> None:
        self._window.opening.models("find")

    def downloads(self) -> None:
        self._window.opening.models("downloads")

    def open_model(self) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtWidgets import QCompleter, QFileDialog

        folder = str(self._session.model_state.path.parent) if self._session.model_state.path else str(Path.home())
        kinds = tr("Model files") + " (*.gguf);;" + tr("All files") + " (*)"
        dialog = QFileDialog(self._window, tr("Open model file"), folder, kinds)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        for completer in dialog.findChildren(QCompleter):  # Qt's own dialog, where the desktop has none
            if proposals := completer.popup():
                proposals.setStyleSheet("background: palette(base); color: palette(text);")
        dialog.fileSelected.connect(self._window.attempting(lambda path: self._session.load_model(Path(path))))
        dialog.open()

    def add_model_folder(self) -> None:
        self._window.opening.asking.choose_folder()

    def model_details(self) -> None:
        self._window.opening.show_model(self._session.model_state.path or bundled(BUILT_IN))

    def shrink_model(self) -> None:
        self._window.opening.shrink(self._session.model_state.path or bundled(BUILT_IN))

    def built_in_model(self) -> None:
        self._session.load_model(bundled(BUILT_IN))

    def reload_model(self) -> None:
        self._session.reload_model()

    def unload_model(self) -> None:
        self._session.unload_model()

    def loading_settings(self) -> None:
        from app.ui.settings_dialogs import LoadingDialog, engine_text

        model = self._session.model_state.model
        cards = len(model.devices) if model else 0
        dialog = LoadingDialog(self._session.loading, cards, self._window, engine_text(model))
        dialog.applied.connect(self._window.attempting(lambda values: self._session.set_loading(**values)))
        dialog.open()

    # ── view ──────────────────────────────────────────────────────────────────────────────────────────

    def palette(self) -> None:
        self._window.opening.palette()

    def toggle_sidebar(self) -> None:
        self._window.shell.toggle("sidebar")

    def toggle_panel(self) -> None:
        self._window.shell.toggle("panel")

    def reset_sampling(self) -> None:
        self._session.reset_sampling()

    def focus_composer(self) -> None:
        self._window.opening.leave_models()
        self._window.shell.fold_over()
        self._window.composer.setFocus()

    def zoom_in(self) -> None:
        self._zoom(1)

    def zoom_out(self) -> None:
        self._zoom(-1)

    def zoom_reset(self) -> None:
        self._window.prefer(zoom=rows(Preferences)["zoom"].default)

    def _zoom(self, direction: int) -> None:
        row = rows(Preferences)["zoom"]
        zoom = self._session.preferences.zoom + direction * row.step
        self._window.prefer(zoom=int(min(row.high, max(row.low, zoom))))

    def switch_theme(self) -> None:
        self._window.prefer(theme="light" if self._window.theme.dark else "dark")

    # ── application ───────────────────────────────────────────────────────────────────────────────────

    def preferences(self) -> None:
        self._window.opening.preferences()

    def help(self) -> None:
        from app.ui.help import HelpDialog

        HelpDialog(self._window, self._window.language_in_use).open()

    def shortcuts(self) -> None:
        from app.ui.help import HelpDialog

        HelpDialog(self._window, self._window.language_in_use, "commands").open()

    def what_is_new(self) -> None:
        from app.ui.text_pages import ChangesDialog

        ChangesDialog(self._window).open()

    def look_for_update(self) -> None:
        self._window.opening.updates().look()

    def licences(self) -> None:
        from app.ui.text_pages import LicencesDialog

        LicencesDialog(self._window).open()

    def about(self) -> None:
        from app.ui.about import AboutDialog

        dialog = AboutDialog(self._window.paths, self._window)
        dialog.licences_asked.connect(self._window.actions_by_name["licences"].trigger)
        dialog.open()

    def quit(self) -> None:
        self._window.leave(self._window.close_now)
