"""The answer that is being written: from the prompt that fits to the last token, and to the disk on its way."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from app.core.errors import AppError, ContextError, StoreError
from app.core.language import tr
from app.core.params import Sampling
from app.core.prompt import fewest_tokens, fitting, joined, most_tokens
from app.core.protocol import (
    Counted,
    Done,
    Event,
    Failed,
    FinishReason,
    ModelInfo,
    Piece,
    Progress,
    Started,
    Timing,
    Turn,
)
from app.core.text import valid
from app.core.tree import Message, Status
from app.engine.base import Engine
from app.store.database import Database

STEPS = 4  # old exchanges are left out by this part of the room at once
LEAST_ROOM = 16  # tokens that must be left for an answer to make sense


class Answering:
    """At most one answer at a time, in whatever conversation; the conversation in view may be another.

    Args:
        grew: called with the message after text was added.
        read: called with how many tokens of the prompt were read, and of how many.
        ended: called with the finished message, and the error if it failed.
    """

    def __init__(
        self,
        store: Database,
        engine: Engine,
        *,
        grew: Callable[[Message, str], None],
        read: Callable[[Message, int, int], None],
        ended: Callable[[Message, AppError | None], None],
    ) -> None:
        self._store, self._engine = store, engine
        self._grew, self._read, self._ended = grew, read, ended
        self.message: Message | None = None  # as it stands, the disk may be a second behind
        self.left_out = 0
        self._phase: Literal["waiting", "counting", "generating"] = "waiting"
        self._request: int | None = None
        self._model: ModelInfo | None = None
        self._turns: tuple[Turn, ...] = ()
        self._prompt: tuple[Turn, ...] = ()
        self._sampling = Sampling()
        self._prefill = ""
        self._on_disk = 0  # length of the text there
        self._unsaved: dict[int, Message] = {}  # finished, but the disk refused them

    @property
    def waiting(self) -> bool:
        """Whether the answer needs a model to be loaded first."""
        return self.message is not None and self._phase == "waiting"

    @property
    def ahead_of_disk(self) -> list[Message]:
        """Messages of which memory may know more than the disk."""
        return [*self._unsaved.values(), *((self.message,) if self.message else ())]

    def begin(self, message: Message, turns: Sequence[Turn]) -> None:
        """Take on a stored, streaming message; `model_ready` must follow. Text that it has is its beginning."""
        self.message, self._turns = message, tuple(turns)
        self._prompt, self.left_out = self._turns, 0
        self._prefill = message.text
        self._on_disk = len(message.text)
        self._phase, self._request = "waiting", None

    def model_ready(self, model: ModelInfo, sampling: Sampling) -> None:
        """The model is there: leave out what cannot fit and ask."""
        self._model, self._sampling = model, sampling
        if fewest_tokens(self._newest()) > model.context_length:
            return self._fail(_too_long())
        if most_tokens(self._prompt) + len(self._prefill) + self._reserve() <= model.context_length:
            return self._generate()
        if fewest_tokens(self._prompt) > model.context_length:  # spares counting megabytes
            self._leave_out(model.context_length * 8, lambda turn: len(turn.text.encode("utf-8", "replace")))
        return self._count()

    def model_failed(self, error: AppError) -> None:
        """The model that the answer waits for did not come."""
        self._fail(error)

    def stop(self) -> None:
        """End the answer; what is there stays."""
        if self.message is None:
            return
        if self._phase == "generating" and self._request is not None:
            self._engine.stop(self._request)
        else:
            self._finish("stopped", finish_reason="stopped")

    def abandon(self) -> None:
        """End the answer without waiting for the engine's last word."""
        if self.message is not None:
            self.stop()
        if self.message is not None:
            self._finish("stopped", finish_reason="stopped")

    def give_way(self) -> None:
        """Another model is to be loaded: an answer that waits for one may have that, a running one ends."""
        if not self.waiting:
            self.abandon()

    def tick(self) -> None:
        """Write text that is not on disk yet.

        Raises:
            StoreError: it could not be written; it stays in memory and is tried again.
        """
        for message in list(self._unsaved.values()):
            self._store.conversations.update_message(message)
            del self._unsaved[message.id]
        if self.message is not None and len(self.message.text) != self._on_disk:
            self._store.conversations.update_message(self.message)
            self._on_disk = len(self.message.text)

    def handle(self, event: Event) -> bool:
        """Take in an event; False when it belongs to another request."""
        message = self.message
        if message is None or self._request is None or getattr(event, "id", None) != self._request:
            return False
        match event:
            case Counted():
                self._counted(event.conversation_tokens)
            case Started():
                self._read(message, event.reused_tokens, event.prompt_tokens)
            case Progress():
                self._read(message, event.done, event.total)
            case Piece():
                text = valid(event.text)
                self.message = replace(message, text=message.text + text)
                self._grew(self.message, text)
            case Done():
                status: Status = "stopped" if event.finish_reason == "stopped" else "done"
                self._finish(status, finish_reason=event.finish_reason, timing=event.timing)
            case Failed():
                self._failed(event.error)
            case _:
                return False
        return True

    # ── the prompt ────────────────────────────────────────────────────────────────────────────────────

    def _reserve(self) -> int:
        """Tokens that are kept free for the answer."""
        assert self._model is not None
        quarter = self._model.context_length // 4
        return min(quarter, self._sampling.max_tokens) if self._sampling.max_tokens > 0 else quarter

    def _newest(self) -> tuple[Turn, ...]:
        """What can never be left out."""
        return fitting(self._turns, 0, lambda turn: 1).turns

    def _count(self) -> None:
        self._phase = "counting"
        self._request = self._engine.count(joined((*self._prompt, *self._beginning())))

    def _counted(self, tokens: int) -> None:
        """Generate if it fits; else leave out as many turns as the counted ratio suggests, and count again."""
        assert self._model is not None
        room = self._model.context_length - self._reserve()
        if tokens <= room:
            return self._generate()
        size = sum(_size(turn) for turn in (*self._prompt, *self._beginning()))
        beginning = sum(_size(turn) for turn in self._beginning())
        if self._leave_out(int(room / tokens * size) - beginning, _size):
            return self._count()
        if tokens + LEAST_ROOM <= self._model.context_length:
            return self._generate()
        return self._fail(_too_long())

    def _leave_out(self, room: int, size: Callable[[Turn], int]) -> bool:
        """Leave out at least one more exchange; False when nothing more can go."""
        before = len(self._prompt)
        prompt = fitting(self._prompt, room, size, max(room // STEPS, 1))
        if len(prompt.turns) == before:  # the estimate was off: go exchange by exchange
            prompt = fitting(self._prompt, sum(size(turn) for turn in self._prompt) - 1, size)
        self.left_out += prompt.left_out
        self._prompt = prompt.turns
        return len(self._prompt) < before

    def _beginning(self) -> tuple[Turn, ...]:
        return (Turn("assistant", self._prefill),) if self._prefill else ()

    def _generate(self) -> None:
        self._phase = "generating"
        self._request = self._engine.generate(joined(self._prompt), self._sampling, self._prefill)

    # ── the end ───────────────────────────────────────────────────────────────────────────────────────

    def _failed(self, error: AppError) -> None:
        assert self.message is not None
        nothing_yet = self.message.text == self._prefill
        if (
            isinstance(error, ContextError)
            and nothing_yet
            and self._leave_out(sum(map(_size, self._prompt)) // 2, _size)
        ):
            self._generate()
        else:
            self._fail(error)

    def _fail(self, error: AppError) -> None:
        self._finish("failed", error=error)

    def _finish(
        self,
        status: Status,
        *,
        finish_reason: FinishReason | None = None,
        timing: Timing | None = None,
        error: AppError | None = None,
    ) -> None:
        assert self.message is not None
        message = replace(
            self.message, status=status, finish_reason=finish_reason, timing=timing, error=str(error) if error else ""
        )
        if self._model is not None:
            message = replace(message, model=self._model.name, model_digest=self._model.digest)
        self.message, self._request, self._model = None, None, None
        self._phase = "waiting"
        try:
            self._store.conversations.update_message(message)
        except StoreError as refused:
            self._unsaved[message.id] = message
            error = error or refused
        self._ended(message, error)

    def close(self) -> None:
        """End the answer and write it; what the disk refuses now is lost."""
        self.abandon()
        with suppress(StoreError):
            self.tick()


def _size(turn: Turn) -> int:
    return len(turn.text.encode("utf-8", "replace")) + 16


def _too_long() -> ContextError:
    return ContextError(
        tr("This message is longer than the model can see at once."),
        tr("Shorten it, or raise the context length in the loading settings."),
    )
