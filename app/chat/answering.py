"""The answer that is being written: from the plan of what fits to the last token, and to the disk on its way."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from time import perf_counter
from typing import Literal

from app.chat.summary import Summary, can_summarise, summary_room
from app.core.errors import AppError, ContextError, StoreError
from app.core.language import tr
from app.core.params import Sampling
from app.core.prompt import (
    STEPS,
    Part,
    Plan,
    answer_room,
    checksum,
    counted,
    fewest_tokens,
    most_tokens,
    newest,
    plan,
    seen,
    with_summary,
)
from app.core.protocol import (
    Chosen,
    Counted,
    Done,
    Event,
    Failed,
    Kind,
    ModelInfo,
    Piece,
    Progress,
    Started,
)
from app.core.text import valid
from app.core.tree import Message, Overflow, Sent, Status, on_disk
from app.engine.base import Engine
from app.store.database import Database

Phase = Literal["waiting", "counting", "asking", "summarising", "generating"]
TIGHTER = 0.75  # of the prompt is tried where the engine had no room for what should have fitted


class Answering:
    """At most one answer at a time, in whatever conversation; the conversation in view may be another.

    Args:
        home: tells where a conversation is kept.
        grew: called with the message after text was added to its answer or its thinking.
        read: called with how many tokens of the prompt were read, and of how many.
        planned: called with the message when it is known what the model gets, and when the user must say so.
        summarised: called with a message that was given a summary, and the error where none could be written.
        ended: called with the finished message, and the error if it failed.
    """

    def __init__(
        self,
        home: Callable[[int], Database],
        engine: Engine,
        *,
        grew: Callable[[Message, str, Kind], None],
        read: Callable[[Message, int, int], None],
        planned: Callable[[Message], None],
        summarised: Callable[[int, str, AppError | None], None],
        ended: Callable[[Message, AppError | None], None],
    ) -> None:
        self._home, self._engine = home, engine
        self._grew, self._read, self._planned = grew, read, planned
        self._summarised, self._ended = summarised, ended
        self.message: Message | None = None  # as it stands, the disk may be a second behind
        self.plan: Plan | None = None  # of this answer, or of the last one
        self.phase: Phase = "waiting"
        self.logprobs = 0  # so many alternatives are asked for with each token,
        self.chosen: list[Chosen] = []  # and the tokens that came
        self._overflow: Overflow = "ask"
        self._request: int | None = None
        self._model: ModelInfo | None = None
        self._parts: tuple[Part, ...] = ()
        self._sampling = Sampling()
        self._reserve = 0
        self._refusal: AppError | None = None  # of the engine, which had no room
        self._summary: Summary | None = None
        self._prefill = self._thought_before = ""  # what an answer that goes on has already
        self._thinks_since: float | None = None
        self._on_disk = (0, 0)  # length of text and thinking there
        self._unsaved: dict[int, Message] = {}  # finished, but the disk refused them

    @property
    def waiting(self) -> bool:
        """Whether the answer needs a model to be loaded first."""
        return self.message is not None and self.phase == "waiting"

    @property
    def ahead_of_disk(self) -> list[Message]:
        """Messages of which memory may know more than the disk."""
        return [*self._unsaved.values(), *((self.message,) if self.message else ())]

    def begin(self, message: Message, parts: Sequence[Part], overflow: Overflow) -> None:
        """Take on a stored, streaming message; `model_ready` must follow. Text that it has is its beginning."""
        self.message, self._parts, self._overflow = message, tuple(parts), overflow
        self.plan, self.chosen = None, []
        self._refusal = self._summary = self._thinks_since = None
        self._prefill, self._thought_before = message.text, message.thinking
        self._on_disk = len(message.text), len(message.thinking)
        self.phase, self._request = "waiting", None

    def model_ready(self, model: ModelInfo, sampling: Sampling) -> None:
        """The model is there: plan what it gets and ask."""
        self._model, self._sampling = model, sampling
        if self._overflow == "summarise" and not can_summarise(model):
            self._overflow = "ask"
        self._reserve = answer_room(model.context_length, sampling.max_tokens)
        if fewest_tokens(part.turn for part in newest(self._parts)) > model.context_length:
            return self._fail(_too_long())
        if most_tokens(part.turn for part in seen(self._parts)) + self._reserve <= model.context_length:
            self.plan = Plan(self._parts, model.context_length - self._reserve, self._reserve)  # not worth counting
            return self._generate()
        return self._count()

    def model_failed(self, error: AppError) -> None:
        """The model that the answer waits for did not come."""
        self._fail(error)

    def wait_for_model(self) -> None:
        """The model is loaded anew, perhaps with more context; then everything is planned anew."""
        assert self.message is not None
        self._parts = tuple(replace(part, left_out="") if part.left_out == "no_room" else part for part in self._parts)
        self.plan, self.phase, self._request = None, "waiting", None
        self._planned(self.message)

    def decide(self, overflow: Overflow) -> None:
        """What the user wants while `phase` is "asking": go on without what does not fit, or with a summary of it."""
        assert self.phase == "asking"
        self._overflow = overflow
        if overflow == "summarise":
            self._summarise()
        else:
            self._count()

    def stop(self) -> None:
        """End the answer; what is there stays."""
        if self.message is None:
            return
        if self._request is not None and self.phase in ("generating", "summarising"):
            self._engine.stop(self._request)
        if self.phase != "generating":
            self._finish("stopped", None)

    def abandon(self) -> None:
        """End the answer without waiting for the engine's last word."""
        if self.message is not None:
            self.stop()
        if self.message is not None:
            self._finish("stopped", None)

    def give_way(self) -> None:
        """Another model is to be loaded: an answer that has not begun may have that, a running one ends."""
        if self.message is not None and self.phase == "asking":
            self.wait_for_model()
        elif not self.waiting:
            self.abandon()

    def tick(self) -> None:
        """Write text that is not on disk yet.

        Raises:
            StoreError: it could not be written; it stays in memory and is tried again.
        """
        for message in list(self._unsaved.values()):
            self._home(message.conversation).conversations.update_message(message)
            del self._unsaved[message.id]
        if self.message is not None:
            length = len(self.message.text), len(self.message.thinking)
            if length != self._on_disk:
                self._home(self.message.conversation).conversations.update_message(self.message)
                self._on_disk = length

    def handle(self, event: Event) -> bool:
        """Take in an event; False when it belongs to another request."""
        message = self.message
        if message is None or self._request is None or getattr(event, "id", None) != self._request:
            return False
        match event:
            case Started():
                self._read(message, event.reused_tokens, event.prompt_tokens)
            case Progress():
                self._read(message, event.done, event.total)
            case _ if self.phase == "summarising":
                self._sum_up(event)
            case Counted():
                self._counted(event)
            case Piece():
                self._add(message, event)
            case Done():
                self._finish("stopped" if event.finish_reason == "stopped" else "done", event)
            case Failed():
                self._failed(event.error)
            case _:
                return False
        return True

    def _add(self, message: Message, piece: Piece) -> None:
        text = valid(piece.text)
        self.chosen += piece.chosen
        if piece.kind == "thinking":
            if self._thinks_since is None:
                self._thinks_since = perf_counter() - message.thinking_s
            so_far = perf_counter() - self._thinks_since
            self.message = replace(message, thinking=message.thinking + text, thinking_s=so_far)
        else:
            self.message = replace(self._thought(message), text=message.text + text)
        self._grew(self.message, text, piece.kind)

    def _thought(self, message: Message) -> Message:
        """The message after its thinking has ended, if it was at it."""
        since, self._thinks_since = self._thinks_since, None
        return message if since is None else replace(message, thinking_s=perf_counter() - since)

    # ── the plan ──────────────────────────────────────────────────────────────────────────────────────

    def _count(self) -> None:
        self.phase = "counting"
        self._request = self._engine.count([part.turn for part in seen(self._parts)])

    def _counted(self, event: Counted) -> None:
        """Ask if it fits; else plan what is left out, have that agreed to, and count again what is left."""
        assert self._model is not None
        assert self.message is not None
        context, first = self._model.context_length, self.plan is None
        parts = counted(self._parts, event.turn_tokens, event.conversation_tokens)
        if self._refusal is not None:
            self._reserve = max(self._reserve, context - int(event.conversation_tokens * TIGHTER))
        before = sum(part.left_out == "no_room" for part in self._parts)
        self.plan = plan(parts, context, self._reserve, STEPS if first else 1)
        self._parts = self.plan.parts
        more = len(self.plan.dropped) > before
        if not more and (self._refusal or not self.plan.fits):
            self._fail(self._refusal or _too_long())
        elif not more:
            self._generate()
        elif self.plan.fits and self._overflow == "ask":
            self._ask()
        elif self.plan.fits and self._overflow == "summarise" and self._summary is None:
            self._summarise()
        else:
            self._refusal = None
            self._count()

    def _ask(self) -> None:
        assert self.message is not None
        self.phase, self._request, self._refusal = "asking", None, None
        self._planned(self.message)

    def _generate(self) -> None:
        assert self.message is not None
        assert self.plan is not None
        self.phase = "generating"
        self.message = replace(self.message, sent=self._sent())
        self._request = self._engine.generate(
            self.plan.turns,
            self._sampling,
            self._prefill,
            logprobs=self.logprobs,
            conversation=on_disk(self.message.conversation),
            thought=self._thought_before,
        )
        self._planned(self.message)

    def _sent(self) -> Sent:
        """What is to be known later about what is asked now."""
        assert self._model is not None
        assert self.plan is not None
        summarised = self.plan.unseen("summarised")
        return Sent(
            left_out=summarised + self.plan.unseen("no_room"),
            summarised=summarised,
            prefill=len(self._prefill),
            thought=len(self._thought_before),
            context_length=self._model.context_length,
            instructions=checksum(self.plan.parts),
        )

    def _failed(self, error: AppError) -> None:
        assert self.message is not None
        begun = self.message.text != self._prefill or self.message.thinking != self._thought_before
        if isinstance(error, ContextError) and self.phase == "generating" and not begun:
            self._refusal = error  # what was planned does not fit after all: leave out more
            self._count()
        else:
            self._fail(error)

    # ── the summary ───────────────────────────────────────────────────────────────────────────────────

    def _summarise(self) -> None:
        """Have what is dropped summarised, and enough of it that the summary has room."""
        assert self._model is not None
        assert self.message is not None
        context = self._model.context_length
        self.plan = plan(self._parts, context, self._reserve + summary_room(context), STEPS)
        self._parts = self.plan.parts
        dropped = [part for part in self.plan.dropped if part.kind == "turn"]
        if not dropped:  # an attachment is too long, which a summary cannot help
            return self._count()
        self._summary = Summary(self._engine, context, dropped, self.plan.summary)
        self.phase = "summarising"
        self._request = self._summary.ask()
        return self._planned(self.message)

    def _sum_up(self, event: Event) -> None:
        assert self._summary is not None
        if not self._summary.handle(event):
            return
        self._request = self._summary.ask()
        if self._request is None:
            self._summed_up(self._summary)

    def _summed_up(self, summary: Summary) -> None:
        """The summary is there: keep it with the last message that it stands for, and go on with it."""
        assert self.plan is not None
        assert self.message is not None
        last = max(part.message for part in self.plan.dropped)
        error = summary.error
        if error is None:
            try:
                self._home(self.message.conversation).conversations.summarise(last, summary.text)
            except StoreError as refused:
                error = refused
        if error is not None:
            self._overflow, self._summary = "ask", None
            self._ask()
            return self._summarised(last, "", error)
        self._parts = with_summary(self._parts, summary.text)
        self._summarised(last, summary.text, None)
        return self._count()

    # ── the end ───────────────────────────────────────────────────────────────────────────────────────

    def _fail(self, error: AppError) -> None:
        self._finish("failed", None, error)

    def _finish(self, status: Status, done: Done | None, error: AppError | None = None) -> None:
        assert self.message is not None
        message = replace(self._thought(self.message), status=status, error=str(error) if error else "")
        if done is not None:
            message = replace(message, finish_reason=done.finish_reason, timing=done.timing, candidates=done.candidates)
        elif status == "stopped":
            message = replace(message, finish_reason="stopped")
        if self._model is not None:
            message = replace(message, model=self._model.name, model_digest=self._model.digest)
        self.message, self._request, self._model, self._summary = None, None, None, None
        self.phase = "waiting"
        try:
            self._home(message.conversation).conversations.update_message(message)
        except StoreError as refused:
            self._unsaved[message.id] = message
            error = error or refused
        self._ended(message, error)

    def close(self) -> None:
        """End the answer and write it; what the disk refuses now is lost."""
        self.abandon()
        with suppress(StoreError):
            self.tick()


def _too_long() -> ContextError:
    return ContextError(
        tr("This message is longer than the model can see at once."),
        tr("Shorten it, or raise the context length in the loading settings."),
    )
