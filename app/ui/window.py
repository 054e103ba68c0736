"""The window: makes the parts, wires their signals to the session, and keeps its shape."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from app.chat.session import Session
from app.core import language
from app.core.errors import AppError, InputError
from app.core.language import tr
from app.core.params import Value
from app.core.paths import Paths, bundled, user_paths
from app.core.tree import Conversation
from app.ui.actions import Actions
from app.ui.attaching import local_files
from app.ui.bridge import Bridge
from app.ui.changes import Changes
from app.ui.commands import Commands
from app.ui.composer import Composer
from app.ui.exchange import Exchange
from app.ui.files import save, take_drop
from app.ui.found_place import show_place
from app.ui.grounds import Surface
from app.ui.icons import application_icon
from app.ui.message_dialogs import MessageDialogs
from app.ui.middle import Middle
from app.ui.opening import Opening
from app.ui.qt_texts import show_qt_texts
from app.ui.shell import Shell
from app.ui.sidebar import Sidebar
from app.ui.sidebar_rows import title_of
from app.ui.sidebar_wiring import wire_list
from app.ui.theme import dress, in_use
from app.ui.transcript import Transcript

if TYPE_CHECKING:
    from app.chat.models import Models

GEOMETRY = "window.geometry"
SIDES = "window.sides"
# commands that a temporary conversation does not have
KEPT_ONLY = ("rename_chat", "pin_chat", "delete_chat", "move_chat", "tag_chat", "archive_chat")


class Window(QMainWindow):
    """Takes a session whose changes come through `bridge.changed`; shows what the session shows already."""

    painted = Signal()  # once, when the person sees the window: what can wait for that starts here

    def __init__(self, session: Session, bridge: Bridge, paths: Paths | None = None) -> None:
        super().__init__()
        self.session = session
        self.paths = paths or user_paths()
        self.panel: Any = None  # ParamPanel, made after the first paint
        self.bridge = bridge
        self._closed = False
        self._seen = False
        self._language = session.preferences.language
        self.theme = in_use(session.preferences.theme)
        self.opening = Opening(self)
        self.exchange = Exchange(self)
        self._dress()
        show_qt_texts(self.language_in_use)
        self.setWindowIcon(application_icon())
        self.setAcceptDrops(True)
        sides = session.recall(SIDES, "sidebar,panel").split(",")
        self._wanted = {side: side in sides for side in ("sidebar", "panel")}
        self.messages = MessageDialogs(self)
        self.transcript = self._new_transcript()
        self._build()
        bridge.changed.connect(self._show_change)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_desktop)
        self.setMinimumSize(360, 400)
        if not self.restoreGeometry(QByteArray.fromBase64(session.recall(GEOMETRY).encode())):
            room = self.screen().availableSize()
            self.resize(min(1280, room.width() - 40), min(800, room.height() - 60))

    # ── building ──────────────────────────────────────────────────────────────────────────────────────

    def _dress(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            dress(app, self.theme, self.session.preferences.zoom)

    def _build(self) -> None:
        """Make all parts anew: at the start, and when language, theme or text size change."""
        self.panel = None
        self.sidebar = Sidebar()
        self.middle = Middle(self.transcript, self.session.preferences.send_key)
        self.composer: Composer = self.middle.composer
        self.shell = Shell(self.sidebar, self.middle, Surface("surface", Qt.Edge.LeftEdge), self._wanted)
        self.commands = Commands(self)
        self.actions_by_name = Actions(self.commands, self.attempt, self)
        self.changes = Changes(self, getattr(self, "changes", None))
        self.transcript.set_theme(self.theme, self.session.preferences.zoom)
        self.setCentralWidget(self.shell)
        self._wire()
        self._show_all()
        self.composer.setFocus()
        if self._seen:
            self._make_panel()

    def _rebuild(self) -> None:
        self.changes.keep_draft()
        self.changes.keep_place()
        reopen = self.opening.leave_models()
        for part in (self.changes, self.composer, self.sidebar):
            part.rest()
        self.actions_by_name.close()
        if self._language == self.session.preferences.language:
            self.transcript.setParent(None)  # it keeps its place in the text
        else:
            self._language = self.session.preferences.language
            language.use(self._language, bundled("resources/translations"))
            show_qt_texts(self.language_in_use)
            unfinished = self.transcript.editing.all_unfinished()
            self.transcript.formulas.rest()
            self.transcript.plates.rest()
            self.transcript = self._new_transcript()
            self.transcript.editing.unfinished = unfinished
        self._build()
        if reopen:
            self.opening.models(reopen)

    def _new_transcript(self) -> Transcript:
        session, attempting = self.session, self.attempting
        transcript = Transcript(None, self.theme, session.preferences.zoom)
        transcript.viewport().setAutoFillBackground(False)  # the window behind it has the right colour in every theme
        transcript.regenerate_asked.connect(attempting(session.regenerate))
        transcript.continue_asked.connect(attempting(session.continue_answer))
        transcript.edited.connect(attempting(self._edit))
        transcript.version_asked.connect(attempting(session.show_version))
        transcript.delete_asked.connect(attempting(session.delete_message))
        transcript.retry_asked.connect(attempting(session.regenerate))
        transcript.reason_asked.connect(attempting(self.opening.reason))
        transcript.context_asked.connect(self.opening.context_menu)
        self.messages.listen(transcript)
        transcript.plates.save_asked.connect(partial(save, self))
        transcript.plates.refused.connect(self.show_refused)
        transcript.quote_asked.connect(lambda: self.actions_by_name["quote"].trigger())
        transcript.link_opened.connect(self.opening.browse)
        transcript.written.connect(lambda event: self.composer.take_key(event))
        return transcript

    def _wire(self) -> None:
        session, attempting = self.session, self.attempting
        run = self.actions_by_name
        sidebar, top, composer = self.sidebar, self.middle.top, self.composer
        sidebar.new_asked.connect(run["new_chat"].trigger)
        wire_list(self)
        sidebar.closed.connect(run["toggle_sidebar"].trigger)
        sidebar.preferences_asked.connect(run["preferences"].trigger)
        sidebar.help_asked.connect(run["help"].trigger)
        top.sidebar_asked.connect(run["toggle_sidebar"].trigger)
        top.panel_asked.connect(run["toggle_panel"].trigger)
        top.new_asked.connect(run["new_chat"].trigger)
        top.switch_asked.connect(run["switch_model"].trigger)
        top.downloads_asked.connect(run["downloads"].trigger)
        top.cancel_asked.connect(attempting(session.cancel_loading))
        top.reload_asked.connect(run["reload_model"].trigger)
        composer.submitted.connect(attempting(self._say))
        composer.stop_asked.connect(run["stop"].trigger)
        composer.recall_asked.connect(self._recall_message)
        composer.drafted.connect(attempting(self._drafted))
        composer.refused.connect(self.show_refused)
        self.middle.asked.connect(attempting(self._say))
        self.middle.banner.retry_asked.connect(attempting(self._try_again))
        self.middle.banner.closed.connect(self.middle.banner.hide)
        self.middle.toast.undo_asked.connect(run["undo_delete"].trigger)
        self.middle.raise_asked.connect(attempting(session.context.raise_length))
        self.middle.summary_asked.connect(attempting(session.context.summarise))
        self.middle.leave_out_asked.connect(attempting(session.context.leave_out))
        self.middle.keep_asked.connect(attempting(session.keep))
        self.middle.cancel_asked.connect(self.exchange.cancel)
        self.shell.shaped.connect(self._tell_sides)

    def _make_panel(self) -> None:
        from app.ui.panel_wiring import make_panel

        self.panel = make_panel(self)
        self.shell.set_panel(self.panel)

    # ── showing ───────────────────────────────────────────────────────────────────────────────────────

    def _show_change(self, change: Any) -> None:
        self.changes.show(change)

    def _show_all(self) -> None:
        session = self.session
        number = session.conversation.id
        self.transcript.show_entries(session.entries, key=number, left=session.place(number))
        self.transcript.notes.show_seen_from(session.context.seen_from)
        self.middle.show_question(session.context.question)
        self.transcript.hold(session.context.question.state == "asking")
        self.middle.show_empty(not session.entries)
        self.middle.top.show_state(session.model_state)
        self.composer.show_draft(session.draft(number))
        self.composer.set_answering(session.answering)
        self.actions_by_name["stop"].setEnabled(session.answering)
        self.show_list()
        self.show_conversation(session.conversation)
        self.exchange.show()
        if self.opening.updates_made is not None:
            self.opening.updates_made.show()

    def show_list(self, *_query: object) -> None:
        """Show the list anew."""
        try:
            lines = self.session.history.lines(self.sidebar.mode, self.sidebar.query(), datetime.now().astimezone())
        except InputError as error:
            self.sidebar.show_refused(error)
        else:
            self.sidebar.show_lines(lines, self.session.conversation.id)
        if self.sidebar.trash_in_view():
            self.sidebar.show_trash(self.session.history.trashed())

    def show_conversation(self, conversation: Conversation) -> None:
        """Show what belongs to the conversation in view: the window's title and the sliders."""
        temporary = self.session.temporary
        title = tr("Temporary conversation") if temporary else title_of(conversation)
        self.setWindowTitle(f"{title} — Fireside")  # as Qt writes it for dialogs
        self.middle.show_temporary(temporary, conversation.leaf is not None)
        for name in KEPT_ONLY:
            self.actions_by_name[name].setEnabled(not temporary)
        self.actions_by_name["export_chat"].setEnabled(conversation.leaf is not None)
        if self.panel is not None:
            self.panel.show_values(self.session.sampling)

    def _tell_sides(self) -> None:
        self.middle.top.show_sides(sidebar=self.shell.in_view("sidebar"), panel=self.shell.in_view("panel"))

    @property
    def language_in_use(self) -> str:
        """The key of the language that the window speaks."""
        chosen = self.session.preferences.language
        return language.system_language() if chosen == "system" else chosen

    @cached_property
    def models(self) -> "Models":
        """The model files on this computer; nothing looks for them before somebody asks."""
        return self.opening.make_models()

    # ── doing ─────────────────────────────────────────────────────────────────────────────────────────

    def attempt(self, what: Callable[[], None]) -> None:
        """Call something, of what is typed in the panel the last as well; what it refuses is shown as a problem."""
        try:
            if self.panel is not None:
                self.panel.settle()
            what()
        except AppError as error:
            self.show_refused(error)

    def attempting(self, what: Callable[..., None]) -> Callable[..., None]:
        """The same as a slot."""
        return lambda *given: self.attempt(lambda: what(*given))

    def show_refused(self, error: AppError) -> None:
        """Say what was refused, and what to do."""
        if self.opening.desk is not None:
            self.opening.desk.show_problem(error)
        else:
            self.middle.banner.show_problem(error, retry=False)

    def say(self, text: str, undo: bool = False) -> None:
        """Say something for some seconds."""
        (self.opening.desk or self.middle).say(text, undo)

    def _say(self, text: str) -> None:
        before = self.session.conversation.id
        self.session.say(text)
        self.composer.clear()
        self.changes.forget_draft(before)
        self.transcript.scroll_to_end()

    def _edit(self, message_id: int, text: str) -> None:
        try:
            self.session.edit(message_id, text)
        except AppError:
            self.transcript.start_editing(message_id, text)  # what was typed stays
            raise
        if self.transcript.hasFocus():  # it had the editor; the next thing that is typed is a message
            self.composer.setFocus()

    def _try_again(self) -> None:
        self.middle.banner.hide()
        self.session.try_again()

    def leave(self, then: Callable[[], None]) -> None:
        """Do what leaves the conversation in view; where that would be gone with what was said, the person is asked."""
        if self.changes.would_be_lost:
            from app.ui.temporary import ask_to_leave

            ask_to_leave(self, then)
        else:
            then()

    def open_conversation(self, conversation_id: int) -> None:
        """Show a conversation of the list."""
        self.opening.leave_models()
        if conversation_id != self.session.conversation.id:
            self.leave(lambda: self.session.open(conversation_id))

    def open_found(self, conversation_id: int, message_id: int | None) -> None:
        if conversation_id != self.session.conversation.id:
            self.leave(lambda: self._go_to(conversation_id, message_id))
        else:
            self._go_to(conversation_id, message_id)

    def _go_to(self, conversation_id: int, message_id: int | None) -> None:
        self.opening.leave_models()
        if conversation_id != self.session.conversation.id:
            self.session.open(conversation_id)
        self.shell.fold_over()
        if message_id is not None:
            self.session.show_message(message_id)
            show_place(self.transcript, message_id, self.session.history.words(self.sidebar.query()))
        else:
            self.composer.setFocus()

    def _drafted(self, text: str) -> None:
        self.session.count_draft(text)
        self.changes.keep_draft()

    def _recall_message(self) -> None:
        said = [entry.message.text for entry in self.session.entries if entry.message.role == "user"]
        if said:
            self.composer.show_text(said[-1])

    def prefer(self, **values: Value) -> None:
        """Change preferences; the window follows at once."""
        before = self.session.preferences
        self.session.set_preferences(**values)
        self.opening.follow(now := self.session.preferences)
        if (before.theme, before.language, before.zoom) != (now.theme, now.language, now.zoom):
            self._restyle()
        else:
            self.composer.set_send_key(now.send_key)

    def _restyle(self) -> None:
        self.theme = in_use(self.session.preferences.theme)
        self._dress()
        self._rebuild()

    def _follow_desktop(self) -> None:
        if self.session.preferences.theme == "system" and in_use("system") != self.theme:
            self._restyle()

    # ── the window's own events ───────────────────────────────────────────────────────────────────────

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._seen:
            self._seen = True
            QTimer.singleShot(0, self, self._first_painted)

    def _first_painted(self) -> None:
        self.painted.emit()
        QTimer.singleShot(0, self.shell, self._make_panel)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        take_drop(self, event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if event.spontaneous() and self.changes.would_be_lost:  # by a person, who can answer
            event.ignore()
            self.leave(self.close_now)
            return
        if not self._closed:
            self._closed = True
            self.exchange.close()
            self.opening.close()
            self.attempt(self._keep_shape)
            self.attempt(self.session.close)
            self.bridge.changed.disconnect(self._show_change)
            for part in (self.changes, self.composer, self.sidebar, self.transcript.formulas, self.transcript.plates):
                part.rest()
        super().closeEvent(event)

    def close_now(self) -> None:
        """Close, whatever is in view."""
        self.close()

    def _keep_shape(self) -> None:
        self.changes.keep_draft()
        self.changes.keep_place()
        self.transcript.editing.put_away()
        self.session.remember(GEOMETRY, bytes(self.saveGeometry().toBase64().data()).decode())
        self.session.remember(SIDES, ",".join(side for side, wanted in self._wanted.items() if wanted) or "-")
