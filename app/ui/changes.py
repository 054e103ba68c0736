"""Shows what the session tells: each kind of change goes to the widget that it belongs to."""

import json
from typing import TYPE_CHECKING, assert_never

from PySide6.QtCore import QTimer

from app.chat.changes import (
    BranchShown,
    Busy,
    Change,
    ContextFull,
    ContextUsed,
    ConversationChanged,
    DownloadsChanged,
    EntryAdded,
    EntryChanged,
    FindingChanged,
    ListChanged,
    ModelDone,
    ModelsListed,
    ModelState,
    Problem,
    PromptRead,
    PromptSeen,
    Renumbered,
    SeenFrom,
    TextGrew,
    UndoPossible,
)
from app.chat.model import template_notice
from app.core.errors import EngineGone, LoadError, ModelFileError, TemplateError
from app.core.protocol import ModelInfo
from app.ui.attaching import OPENED
from app.ui.finding import Find

if TYPE_CHECKING:
    from app.ui.window import Window

RECENT = "models.recent"
TOLD = "models.template_told"  # digest of the file whose template was last told about
REMEMBERED = 8  # model files in the menu


class Changes:
    """The listener of the session, on the window's thread."""

    def __init__(self, window: "Window", before: "Changes | None" = None) -> None:
        """`before` was in its place until all parts of the window were made anew."""
        self._window = window
        self._session = window.session
        window.composer.attached.slots = window.messages.slot
        self.draft_of = self._session.conversation.id  # the conversation whose draft is in the composer
        self.finding: Find = Find(window, before.finding if before is not None else None)
        self._ticks = QTimer(window)  # runs only while an answer is being written
        self._ticks.setInterval(1000)
        self._ticks.timeout.connect(self._session.tick)
        self._listing = QTimer(window)  # several changes of the list in one turn are shown once
        self._listing.setSingleShot(True)
        self._listing.timeout.connect(window.show_list)

    def show(self, change: Change) -> None:
        """Show one change."""
        self._show(change)
        self.finding.follow(change)

    def _show(self, change: Change) -> None:
        window = self._window
        match change:
            case TextGrew():
                window.transcript.grow(change.message_id, change.text, change.kind)
            case PromptRead():
                window.transcript.show_prompt_progress(change.message_id, change.done, change.total)
            case BranchShown():
                self._show_branch(change)
            case EntryAdded():
                window.middle.show_empty(False)
                window.transcript.add_entry(change.entry)
            case EntryChanged():
                window.transcript.change_entry(change.entry)
            case ListChanged():
                self._listing.start(0)
            case ConversationChanged():
                self.draft_of = change.conversation.id
                window.transcript.places.renumber(change.conversation.id)  # it may have got its number just now
                window.sidebar.list.show_open(change.conversation.id)
                window.show_conversation(change.conversation)
            case Renumbered():
                self.keep_draft()
                self._session.keep_draft(change.now, self._session.draft(change.before))
                self.draft_of = change.now
                window.transcript.places.renumber(change.now)
            case ModelState():
                self._show_model(change)
            case ContextUsed():
                window.middle.top.meter.show_used(change)
                window.composer.show_tokens(change.draft)
            case SeenFrom():
                window.transcript.notes.show_seen_from(change)
            case ContextFull():
                window.middle.show_question(change)
                window.transcript.hold(change.state == "asking")
            case PromptSeen():
                window.messages.show_prompt(change)
            case Busy():
                self._show_busy(change.answering)
            case Problem():
                if change.answer is None or not window.transcript.places.shows(change.answer):
                    window.middle.banner.show_problem(change.error, change.retry, spared=change.replaced)
                    if change.load is not None:
                        window.opening.offer_help(change.load, change.error)
            case UndoPossible():
                window.say(change.what, undo=True)
            case ModelDone():
                window.opening.tell_done(change)
            case DownloadsChanged():
                self.show_downloads()
            case ModelsListed() | FindingChanged():
                pass  # the Models page listens itself, while it is open
            case _:
                assert_never(change)

    def _show_branch(self, change: BranchShown) -> None:
        window, now = self._window, change.conversation.id
        window.opening.leave_models()
        if now != self.draft_of:
            self.keep_draft()
            self.keep_place()
            self.draft_of = now
            window.composer.show_draft(self._session.draft(now))
        window.middle.banner.hide()
        window.transcript.show_entries(change.entries, key=now, left=self._session.place(now))
        window.middle.show_empty(not change.entries)
        window.sidebar.show_open(now)
        window.show_conversation(change.conversation)

    @property
    def would_be_lost(self) -> bool:
        """Whether something was said or typed in a conversation that is kept nowhere."""
        return self._session.temporary and bool(self._session.entries or self._window.composer.draft().strip())

    def keep_draft(self) -> None:
        """Write what stands in the composer to disk, where it differs from what is there."""
        self._session.keep_draft(self.draft_of, self._window.composer.draft())

    def keep_place(self) -> None:
        """Write where the conversation in view is left to disk, where it is not its end."""
        self._session.keep_place(self.draft_of, self._window.transcript.places.left())

    def forget_draft(self, conversation_id: int) -> None:
        """The draft was sent, with its attachments as they stood in it."""
        self._session.keep_draft(conversation_id, "")
        self._session.unfinished.forget(conversation_id, OPENED)

    def show_downloads(self) -> None:
        """The sign that something is on its way."""
        if (together := self._window.opening.together) is not None:
            self._window.middle.top.show_downloads(together)

    def _show_model(self, state: ModelState) -> None:
        if "models" in self._window.__dict__:  # made when somebody asks for them
            self._window.models.follow(state)
        self._window.middle.top.show_state(state)
        if state.state in ("none", "failed"):
            self._window.middle.top.meter.show_used(None)
        if state.state == "ready" and state.model is not None:
            self._window.middle.banner.settle(ModelFileError, LoadError, TemplateError, EngineGone)
            path = str(state.model.path)
            recent = [path, *(name for name in self.recent_models() if name != path)][:REMEMBERED]
            if recent != self.recent_models():
                self._session.remember(RECENT, json.dumps(recent))
            self._tell_template(state.model)
        if state.state != "loading":  # where it is mostly the same file again
            self._window.show_conversation(self._session.conversation)  # the file may recommend other values

    def _tell_template(self, model: ModelInfo) -> None:
        """Once for each file: what is odd about it."""
        notice, known = template_notice(model), self._session.recall(TOLD)
        if notice is not None and known != model.digest:
            self._session.remember(TOLD, model.digest)
            self._window.middle.banner.show_problem(notice, retry=False)

    def recent_models(self) -> list[str]:
        """Paths of the model files that were used, newest first."""
        known = json.loads(self._session.recall(RECENT, "[]"))
        return [str(name) for name in known]

    def _show_busy(self, answering: bool) -> None:
        self._window.composer.set_answering(answering)
        self._window.actions_by_name["stop"].setEnabled(answering)
        if answering:
            self._window.middle.banner.hide()
            self._ticks.start()
        else:
            self._ticks.stop()

    def rest(self) -> None:
        """No timer runs on."""
        self.finding.rest()
        self._ticks.stop()
        self._listing.stop()
