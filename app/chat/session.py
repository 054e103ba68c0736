"""What the application does: one conversation in view, one model, one answer at a time.

Single-threaded. The front end calls the methods and hands over the engine's events; what happened comes back
through `notify`, after memory and disk are up to date. Methods raise AppError when they cannot do what was asked;
nothing has changed then.
"""

from collections.abc import Callable
from pathlib import Path

from app.chat.answering import Answering
from app.chat.branch import Branch, adds_nothing, begun, nothing_to_add, required, said, written_over
from app.chat.changes import (
    BranchShown,
    Busy,
    Change,
    ConversationChanged,
    Entries,
    EntryAdded,
    EntryChanged,
    ListChanged,
    Problem,
    PromptRead,
    TextGrew,
    UndoPossible,
)
from app.chat.context import Context
from app.chat.deleted import Deleted
from app.chat.finding import Searching
from app.chat.following import Following
from app.chat.history import History
from app.chat.kept import LAST, Kept
from app.chat.marking import Marking
from app.chat.model import ModelInUse
from app.chat.received import Received
from app.chat.sampling import SamplingLayers
from app.chat.saved import SavedContexts
from app.chat.temporary import InMemory, Temporary
from app.chat.tuning import Tuning
from app.chat.unfinished import Unfinished
from app.chat.using import Using
from app.core.errors import AppError, EngineGone, InputError, StoreError
from app.core.language import tr
from app.core.params import Value, changed
from app.core.prompt import parts_of
from app.core.protocol import Event, Failed, Gone, Kind
from app.core.tree import Conversation, Message, on_disk
from app.engine.base import Engine
from app.store.database import Database


class Session(Kept, Using, Tuning, Following, Marking, Temporary, Searching):
    """The one object that front ends talk to."""

    def __init__(self, store: Database, engine: Engine, notify: Callable[[Change], None], built_in: Path) -> None:
        super().__init__(store)
        self._notify = notify
        self._in_memory = InMemory(store)
        self._deleted = Deleted(self._in_memory.home)
        self.unfinished = Unfinished(self._in_memory.home)
        self._gone_told = self._store_told = False  # so that one fault is one problem
        self.history = History(
            store, self._list_changed, self._trashed, lambda gone: self.saved_contexts.deleted(gone), self._arranged
        )
        self._model = ModelInUse(store, engine, built_in, self._model_changed)
        self._model.keep(self.preferences.kept_models, self.preferences.kept_for)
        self.saved_contexts = SavedContexts(engine, self._model, self.preferences.saved_contexts)
        self.layers = SamplingLayers(store.preferences, self._model)
        self._answering = Answering(
            self._in_memory.home,
            engine,
            grew=self._answer_grew,
            read=self._prompt_read,
            planned=lambda message: self.context.planned(message),
            summarised=lambda *what: self.context.summarised(*what),
            ended=self._answer_ended,
        )
        self._branch = Branch.new(store, self.preferences.system_prompt)
        self.context = Context(
            engine, self._model, self._answering, lambda: self._branch, lambda: self.sampling.max_tokens, notify
        )
        self.received = Received(engine, self._model, lambda: self._branch, notify)

    # ── the conversation in view ──────────────────────────────────────────────────────────────────────

    @property
    def conversation(self) -> Conversation:
        """Its row; the id is 0 until something was said."""
        return self._branch.conversation

    @property
    def entries(self) -> Entries:
        """The branch in view."""
        return self._branch.entries()

    def whole(self) -> tuple[Conversation, tuple[Message, ...]]:
        """The conversation in view as it stands now, with all its messages."""
        return self.conversation, tuple(self._branch.tree)

    @property
    def answering(self) -> bool:
        """Whether an answer is being written, in whatever conversation."""
        return self._answering.message is not None

    @property
    def left_out(self) -> int:
        """How many messages of its conversation the last answer was written without."""
        return self._answering.plan.unseen("no_room") if self._answering.plan else 0

    def resume(self) -> None:
        """At the start: open the conversation of the last time and load the model, as the preferences say."""
        if self.preferences.read_back and (last := self.recall(LAST)).isdecimal():
            conversation = self._store.conversations.get(int(last))
            if conversation is not None and conversation.deleted is None:
                self._show(Branch(self._store, conversation))
        if self.preferences.load_at_start:
            self.load_model()

    def new(self) -> None:
        """Show an empty conversation; it reaches the disk with its first message."""
        self._show(Branch.new(self._store, self.preferences.system_prompt))

    def open(self, conversation_id: int) -> None:
        """Show a conversation."""
        self._show(Branch(self._store, self.history.get(conversation_id)))
        self.remember(LAST, str(conversation_id))

    def say(self, text: str) -> None:
        """Add the user's message and have it answered. It is on disk before the engine hears of it."""
        self._require_free()
        required(text)
        self.tick()  # what a full disk refused before
        before = self.conversation
        added = self._branch.add(said(text, self.conversation.leaf), begun(None, changed(self.sampling)))
        if not before.id:
            self.remember(LAST, str(self.conversation.id))
            self.unfinished.number(self.conversation.id)
        if not before.id or before.title != self.conversation.title:
            self._notify(ConversationChanged(self.conversation))
        for message in added:
            self._notify(EntryAdded(self._branch.entry(message.id)))
        self._notify(ListChanged())
        self._begin(added[-1])

    def stop(self) -> None:
        """Stop the answer; what is there stays."""
        self._answering.stop()

    def try_again(self) -> None:
        """After a failure: the same turn once more, or the model once more when nothing waits for an answer."""
        path = self._branch.path()
        if path and (path[-1].role == "user" or path[-1].status in ("failed", "stopped")) and not self.answering:
            self.regenerate(path[-1].id)
        elif self._model.state.state in ("failed", "none"):
            self.load_model()

    def regenerate(self, message_id: int | None = None) -> None:
        """Answer again; the earlier answer stays as a version, unless it failed before it had any text."""
        self._require_free()
        message = self._branch.message(message_id)
        parent = message.parent if message.role == "assistant" else message.id
        if message.status == "failed" and not message.text and not self._branch.tree.children(message.id):
            self._branch.remove(message.id)
        self._answer_below(parent)

    def edit(self, message_id: int, text: str) -> None:
        """A user's message gets a version that is answered anew; an answer one that is marked as edited."""
        self._require_free()
        required(text)
        message = self._branch.message(message_id)
        if message.role == "user":
            added = self._branch.add(said(text, message.parent), begun(None, changed(self.sampling)))
            self._show_branch()
            self._begin(added[-1])
        else:
            self._branch.add(written_over(message, text, edited=True))
            self._show_branch()
            self.context.recount()
        self._notify(ListChanged())

    def continue_answer(self, message_id: int | None = None) -> None:
        """Go on where an answer ended, in a version that begins with its text."""
        self._require_free()
        message = self._branch.message(message_id, role="assistant")
        self._answer_below(message.parent, beginning=message)

    def take_candidate(self, message_id: int, number: int) -> None:
        """Let another result of the strategy be the answer, as a version; 0 is the best one."""
        self._require_free()
        message = self._branch.message(message_id, role="assistant")
        if not 0 <= number < len(message.candidates):
            raise InputError(tr("This message is not there any more."), tr("Choose another one."))
        self._branch.add(written_over(message, message.candidates[number].text))
        self._show_branch()
        self._notify(ListChanged())
        self.context.recount()

    def delete_message(self, message_id: int) -> None:
        """Delete a message and what follows it; `undo` brings it back."""
        below = self._branch.tree.below(self._branch.message(message_id).id)
        if (running := self._answering.message) and any(message.id == running.id for message in below):
            self._answering.abandon()
        self._deleted.add(self._branch.remove(message_id))
        self.saved_contexts.deleted(on_disk(self.conversation.id))
        self._show_branch()
        self._notify(UndoPossible(tr("The message was deleted.")))
        self.context.recount()

    def set_system_prompt(self, text: str) -> None:
        """Instructions for the model in this conversation."""
        self._branch.change(system_prompt=text)
        self.saved_contexts.deleted(on_disk(self.conversation.id))  # they begin with the old one
        self._notify(ConversationChanged(self.conversation))
        self.context.recount()

    def set_preferences(self, **values: Value) -> None:
        """Change the application's preferences."""
        super().set_preferences(**values)
        self.saved_contexts.allow(self.preferences.saved_contexts)
        self._model.keep(self.preferences.kept_models, self.preferences.kept_for)

    def count_draft(self, text: str) -> None:
        """Ask how much of the context the composer's text would take; ContextUsed answers."""
        self.context.draft = text
        self.context.recount()

    # ── time and the engine ───────────────────────────────────────────────────────────────────────────

    def handle(self, event: Event) -> None:
        """Take in what the engine reports."""
        try:
            waited = self._answering.waiting
            listeners = (self.saved_contexts, self._answering, self.context, self.received)
            if any(listener.handle(event) for listener in listeners):
                return
            if not self._model.handle(event):
                return
            failed = self._model.state.state == "failed"  # which a waiting answer has told
            if isinstance(event, Gone | Failed) and not self._gone_told and not (waited and failed):
                back = self._model.state.state == "loading"
                load = self._model.failed if isinstance(event, Failed) else None
                error = self._model.explained(event.error)
                self._notify(Problem(error, retry=failed, load=load, replaced=back))
            self._gone_told = isinstance(event, Failed) and isinstance(event.error, EngineGone)
        except StoreError as error:  # memory has it; what the answer has is tried again with the next tick
            self._notify(Problem(error))

    def tick(self) -> None:
        """Once a second while answering: write the text so far to disk."""
        try:
            self._answering.tick()
            self._store_told = False
        except StoreError as error:
            if not self._store_told:
                self._store_told = True
                self._notify(Problem(error))

    def close(self) -> None:
        """Stop the answer and write it; the engine and the store are closed by whoever opened them."""
        self._answering.close()
        self._in_memory.close()

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────

    def _show(self, branch: Branch) -> None:
        """Bring another conversation into view; an answer in the one before goes on, if that is kept anywhere."""
        before, now, running = self.conversation.id, branch.conversation.id, self._answering.message
        if self.temporary and now != before:
            if running is not None and running.conversation == before:
                self._answering.abandon()
            self._deleted.forget(before)
            self._in_memory.forget(before)
        self.saved_contexts.moved(on_disk(before), on_disk(now), running)
        for message in self._answering.ahead_of_disk:
            if message.id in branch.tree:
                branch.tree.update(message)
        self._branch = branch
        self._show_branch()
        self.context.recount()

    def _show_branch(self) -> None:
        self._notify(BranchShown(self.conversation, self.entries))
        self.context.branch_shown()

    def _require_free(self) -> None:
        if self.answering:
            raise InputError(tr("An answer is still being written."), tr("Wait until it ends, or stop it first."))

    def _answer_below(self, parent: int | None, beginning: Message | None = None) -> None:
        (answer,) = self._branch.add(begun(parent, changed(self.sampling), beginning))
        self._show_branch()
        self._notify(ListChanged())
        self._begin(answer)

    def _begin(self, answer: Message) -> None:
        conversation, branch = self.conversation, self._branch.tree.path(answer.parent)
        parts = parts_of(conversation.system_prompt, branch, beginning=answer.text)
        self._answering.begin(answer, parts, conversation.overflow)
        self._notify(Busy(True))
        if self._model.state.model is not None:
            self._answering.model_ready(self._model.state.model, self.sampling)
        elif self._model.state.state != "loading":
            self._gone_told = False
            self._model.load()

    def _answer_grew(self, message: Message, text: str, kind: Kind) -> None:
        if message.conversation == self.conversation.id and message.id in self._branch.tree:
            self._branch.tree.update(message)
            if self._branch.in_view(message.id):
                self._notify(TextGrew(message.id, text, kind))

    def _prompt_read(self, message: Message, done: int, total: int) -> None:
        if self._branch.in_view(message.id):
            self._notify(PromptRead(message.id, done, total))

    def _answer_ended(self, message: Message, error: AppError | None) -> None:
        if message.id in self._branch.tree:
            self._branch.ended(message, error)
            if any(shown.id == message.id for shown in self._branch.path()):
                self._notify(EntryChanged(self._branch.entry(message.id)))
        self._notify(Busy(False))
        self.context.show_question()
        if error is not None:
            self._gone_told = isinstance(error, EngineGone)
            failed = message.id if message.status == "failed" else None
            self._notify(Problem(error, retry=not isinstance(error, StoreError), answer=failed))
        elif message.id in self._branch.tree and adds_nothing(message):
            self._branch.remove(message.id)  # a version that is the same as the one that it was to go on with
            self._show_branch()
            self._notify(Problem(nothing_to_add()))
        self.saved_contexts.moved(on_disk(message.conversation), on_disk(self.conversation.id))
        if not isinstance(error, EngineGone):  # its model counts no more
            self.context.recount()
        self._store.settle()

    def _model_changed(self) -> None:
        state = self._model.state
        self._notify(state)
        if self._answering.waiting:
            if state.model is not None:
                self._answering.model_ready(state.model, self.sampling)
            elif state.error is not None:
                self._answering.model_failed(state.error)
            elif state.state == "none":
                self._answering.stop()
        elif state.model is not None:
            self.context.recount()
        self._ask_again()
