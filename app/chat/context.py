"""What the model sees of the conversation in view, and what becomes of the messages that do not fit any more."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.chat.answering import Answering
from app.chat.branch import Branch
from app.chat.changes import Change, ContextFull, ContextUsed, Problem, SeenFrom
from app.chat.model import ModelInUse
from app.chat.summary import can_summarise
from app.core.errors import AppError, ContextError, InputError
from app.core.language import tr
from app.core.params import Loading, rows
from app.core.prompt import STEPS, Part, Plan, answer_room, counted, parts_of, plan, seen
from app.core.protocol import Counted, Event, Failed, ModelInfo
from app.core.tree import Conversation, Message, Overflow
from app.engine.base import Engine

LONGEST = 400_000  # characters that are counted exactly; beyond them four make a token
BYTES_PER_TOKEN = 4
NOTHING = Plan((), 0, 0)  # of which the model sees everything


class Context:
    """The plan for the conversation in view, renewed whenever it changes, and the user's choices about it.

    The newest count alone is used: what the user typed since then has made the older ones void. `question` is what
    the answer in view waits for.
    """

    def __init__(
        self,
        engine: Engine,
        model: ModelInUse,
        answering: Answering,
        branch: Callable[[], Branch],
        max_tokens: Callable[[], int],
        notify: Callable[[Change], None],
    ) -> None:
        self._engine, self._model, self._answering = engine, model, answering
        self._branch, self._max_tokens, self._notify = branch, max_tokens, notify
        self.draft = ""
        self.question = ContextFull("settled")
        self.seen_from = SeenFrom(None)
        self._conversation = 0  # whose `seen_from` it is
        self._request: int | None = None
        self._given_up: set[int] = set()
        self._parts: tuple[Part, ...] = ()

    # ── how full it is ────────────────────────────────────────────────────────────────────────────────

    def recount(self) -> None:
        """Ask anew; ContextUsed and SeenFrom follow when the engine has counted."""
        model, branch = self._model.state.model, self._branch()
        if model is None or self._answering.message is not None:
            return
        if self._request is not None:
            self._given_up.add(self._request)
            self._request = None
        path = branch.path()
        if self._tell_long(model, branch.conversation, path):
            return
        self._parts = parts_of(branch.conversation.system_prompt, path)
        if sum(len(part.turn.text) for part in self._parts) + len(self.draft) > LONGEST:
            tokens = [len(part.turn.text.encode("utf-8", "replace")) // BYTES_PER_TOKEN for part in seen(self._parts)]
            self._tell(model, Counted(0, sum(tokens), len(self.draft) // BYTES_PER_TOKEN, tuple(tokens)))
        else:
            self._request = self._engine.count([part.turn for part in seen(self._parts)], self.draft)

    def _tell_long(self, model: ModelInfo, conversation: Conversation, path: Sequence[Message]) -> bool:
        """Tell how much a long conversation takes, about, where nothing of it is left out; no part of it is made for that."""
        letters = sum(len(message.text) for message in path)
        if letters <= LONGEST or conversation.overflow == "without" or any(message.summary for message in path):
            return False
        texts = [conversation.system_prompt, *(message.text for message in path)]
        total = sum(len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN for text in texts)
        self._notify(ContextUsed(total, len(self.draft) // BYTES_PER_TOKEN, model.context_length))
        self._tell_seen_from(NOTHING)
        return True

    def handle(self, event: Event) -> bool:
        """Take in an event; False when it answers no question of the meter."""
        if not isinstance(event, Counted | Failed):
            return False
        if event.id in self._given_up:
            self._given_up.discard(event.id)
            return True
        if self._request is None or event.id != self._request:
            return False
        self._request = None
        if isinstance(event, Counted) and self._model.state.model is not None:
            self._tell(self._model.state.model, event)
        return True

    def _tell(self, model: ModelInfo, event: Counted) -> None:
        context, reserve = model.context_length, answer_room(model.context_length, self._max_tokens())
        parts = counted(self._parts, event.turn_tokens, event.conversation_tokens)
        whole = Plan(parts, context - reserve, reserve)
        drops = self._branch().conversation.overflow == "without"  # else nothing is before the next answer
        self._tell_plan(plan(parts, context, reserve, STEPS) if drops else whole, context, event.draft_tokens)

    def _tell_plan(self, shown: Plan, context: int, draft: int) -> None:
        unseen = shown.unseen("no_room"), shown.unseen("summarised")
        self._notify(ContextUsed(shown.total, draft, context, *unseen))
        self._tell_seen_from(shown)

    def _tell_seen_from(self, shown: Plan) -> None:
        seen_from = SeenFrom(shown.first_seen, shown.unseen("no_room"), shown.unseen("summarised"), shown.summary)
        if seen_from != self.seen_from:
            self.seen_from = seen_from
            self._notify(seen_from)

    def branch_shown(self) -> None:
        """Another branch is in view: what is known of it before anything is counted."""
        branch = self._branch()
        if branch.conversation.id != self._conversation or (self.seen_from.message_id or 0) not in branch.tree:
            self._conversation = branch.conversation.id
            path = branch.path()
            summarised = any(message.summary for message in path)
            self._tell_seen_from(Plan(parts_of("", path), 0, 0) if summarised else NOTHING)
        self.show_question()
        running = self._answering.message
        if running is not None and self._answering.phase == "asking" and running.id not in branch.tree:
            self._notify(Problem(_waiting()))  # nothing else can be answered until it is decided

    # ── when it does not fit ──────────────────────────────────────────────────────────────────────────

    def planned(self, message: Message) -> None:
        """The answer's plan has changed: tell what the model gets, or what the user is asked."""
        shown, model = self._answering.plan, self._model.state.model
        if message.id not in self._branch().tree:
            if self._answering.phase == "asking":  # nobody sees the question there
                self._notify(Problem(_waiting()))
            return
        if shown is not None and model is not None and self._answering.phase == "generating" and shown.total:
            self._tell_plan(shown, model.context_length, 0)
        self.show_question()

    def show_question(self) -> None:
        """Tell what the answer in view waits for, where that has changed."""
        question, running = ContextFull("settled"), self._answering.message
        shown, phase, model = self._answering.plan, self._answering.phase, self._model.state.model
        if running is not None and shown is not None and running.id in self._branch().tree:
            messages, tokens = shown.unseen("no_room"), shown.whole - shown.total
            if phase == "asking":
                able = model is not None and can_summarise(model)
                enough = self._enough_for(shown, model) if model is not None else 0
                question = ContextFull("asking", messages, tokens, enough, able)
            elif phase == "summarising":
                question = ContextFull("summarising", messages, tokens)
        if question != self.question:
            self.question = question
            self._notify(question)

    def _enough_for(self, shown: Plan, model: ModelInfo) -> int:
        """A context length with which everything fits: doubled until it does, as far as the model was trained for.

        Doubled at least once: what the plan thought would fit may have been refused by the engine.
        """
        needed = shown.whole + answer_room(shown.whole * 2, self._max_tokens())
        most = min(model.trained_context or needed * 2, int(rows(Loading)["context_length"].high))
        length = model.context_length * 2
        while length < needed:
            length *= 2
        step = int(rows(Loading)["context_length"].step)
        length = min(-(-length // step) * step, most)
        return length if length >= needed and length > model.context_length else 0

    def leave_out(self) -> None:
        """Go on without what does not fit, now and from now on in this conversation."""
        self._decide("without")

    def summarise(self) -> None:
        """Have the model sum up what does not fit, now and from now on in this conversation."""
        if not self.question.can_summarise:
            raise InputError(tr("This model is too small to summarise."), tr("Leave the old messages out."))
        self._decide("summarise")

    def _decide(self, overflow: Overflow) -> None:
        self._require_question()
        self._branch().change(overflow=overflow)
        self._answering.decide(overflow)

    def raise_length(self) -> None:
        """Load the model again with a context in which everything fits; the answer follows.

        Where the machine cannot hold it, the model comes back as it was and the question is asked again.
        """
        self._require_question()
        if not self.question.raise_to:
            raise InputError(
                tr("The model cannot see more at once."), tr("Have the old messages summarised, or leave them out.")
            )
        length = self.question.raise_to
        self._answering.wait_for_model()
        self._model.set_loading({"context_length": length})

    def choose(self, overflow: Overflow) -> None:
        """What happens from now on in this conversation when old messages do not fit; "ask" asks again."""
        self._branch().change(overflow=overflow)
        self.recount()

    def forget_summary(self) -> None:
        """Let the model see again what was summarised; where that does not fit, the next answer asks."""
        self._branch().forget_summaries()
        self._tell_seen_from(Plan(parts_of("", self._branch().path()), 0, 0))
        self.choose("ask")

    def summarised(self, message_id: int, summary: str, error: AppError | None) -> None:
        """A message was given a summary on disk, or none could be written."""
        branch = self._branch()
        if message_id not in branch.tree:
            return
        if error is None:
            branch.tree.update(replace(branch.tree[message_id], summary=summary))
        else:
            branch.change(overflow="ask")
            self._notify(Problem(error))

    def _require_question(self) -> None:
        if self.question.state != "asking":
            raise InputError(tr("Nothing is to be decided any more."), tr("Go on with the conversation."))


def _waiting() -> ContextError:
    return ContextError(
        tr("Another conversation waits for you: not all of it can be seen by the model any more."),
        tr("Open it and choose what becomes of its old messages, or stop the answer."),
    )
