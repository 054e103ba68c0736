"""Measures a model through the engine process as a window sees it: asks, listens, and looks at the clock."""

import queue
import sys
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol, TypeVar

from app.core.params import Loading, Sampling, Value, layered
from app.core.protocol import (
    Counted,
    Done,
    Event,
    Failed,
    Gone,
    Loaded,
    ModelInfo,
    Parked,
    Piece,
    Started,
    Turn,
    Unloaded,
)
from app.engine.base import Deliver, Engine

WAIT_S = 0.2 if sys.platform == "win32" else None  # there a wait without an end cannot be interrupted by Ctrl+C
MOST_ANSWERS = 64  # of a model that ends each of them after a few tokens
CONVERSATION = 1  # what is read for it may be saved
SETTLED = 3  # counts: before, during and after the batch that is read ahead
SAVED_BYTES = 64 << 30  # no limit that matters
STORY = (
    "the river runs past a small town where people walk along its bank in the evening and talk about the day while "
    "boats go by and lights come on one after another until all of it is quiet and only the water can be heard"
)
FILLERS = (" a", " I", ".", " .", "\n", "x")  # each is one token of most vocabularies

Ended = TypeVar("Ended", bound=Event)


class MakeEngine(Protocol):
    """Makes the engine that is measured; it saves states to the folder."""

    def __call__(self, deliver: Deliver, contexts: Path) -> Engine: ...


@dataclass(slots=True)
class Answer:
    """One answer as it was heard; times are of one clock, in seconds."""

    asked: float
    started: Started | None = None
    pieces: list[tuple[float, int]] = field(default_factory=list)  # when, how many tokens
    text: str = ""
    thinking: str = ""
    done: Done | None = None
    ended: float = 0.0

    @property
    def first(self) -> float:
        """When the first token was heard of."""
        return self.pieces[0][0] if self.pieces else self.ended

    @property
    def first_token_s(self) -> float:
        return self.first - self.asked

    @property
    def prompt_tokens_per_second(self) -> float:
        """Of the tokens that had to be evaluated, until the first token was heard of."""
        assert self.started is not None
        return (self.started.prompt_tokens - self.started.reused_tokens) / self.first_token_s


def generation_rate(answers: Sequence[Answer]) -> float:
    """Tokens per second of answers one after another, behind each one's first token; 0 where there are none."""
    tokens = sum(count for answer in answers for _, count in answer.pieces[1:])
    seconds = sum(answer.ended - answer.first for answer in answers)
    return tokens / seconds if tokens and seconds > 0 else 0.0


def parallel_rate(answers: Sequence[Answer]) -> float:
    """Tokens per second of answers at once, all together, while all of them are being written.

    Where some ended before others began: from the first token of all to the last.
    """
    pieces = [piece for answer in answers for piece in answer.pieces]
    begin, end = max(answer.first for answer in answers), min(answer.ended for answer in answers)
    tokens = sum(count for at, count in pieces if begin < at <= end)
    if not tokens:
        begin, end = min(answer.first for answer in answers), max(answer.ended for answer in answers)
        tokens = sum(count for at, count in pieces if begin < at <= end)
    return tokens / (end - begin) if end > begin else 0.0


class Meter:
    """An engine with its events in a queue. `close` ends it."""

    def __init__(self, make_engine: MakeEngine, contexts: Path, seed: int) -> None:
        """`contexts` is a folder of our own for saved states; other seeds make prompts that begin otherwise."""
        self._events: queue.SimpleQueue[tuple[float, Event]] = queue.SimpleQueue()
        self._random = Random(seed)
        self._vocabulary = STORY.split()
        self.engine = make_engine(lambda event: self._events.put((time.perf_counter(), event)), contexts)
        self.engine.save_up_to(SAVED_BYTES)

    def close(self) -> None:
        self.engine.save_up_to(0)
        self.engine.close()

    def load(self, path: Path, loading: Loading) -> ModelInfo:
        """Raises what the engine fails with."""
        return self.end_of(self.engine.load(path, loading), Loaded).model

    def prompt(self, tokens: int) -> list[Turn]:
        """One user turn that makes a prompt of so many tokens, template and all; a few fewer where it cannot be met.

        It begins unlike every other prompt, so that nothing but the template's own beginning is known already.
        """
        words = self._words(tokens)

        def turns(count: int, rest: str = "") -> list[Turn]:
            return [Turn("user", " ".join(words[:count]) + rest)]

        count = max(1, bisect_right(range(tokens + 1), tokens, key=lambda count: self.count(turns(count))) - 1)
        missing = tokens - self.count(turns(count))
        for filler in FILLERS if missing > 0 else ():
            if self.count(filled := turns(count, filler * missing)) == tokens:
                return filled
        return turns(count)

    def _words(self, count: int) -> list[str]:
        start = self._random.randrange(10**6)
        return [f"{start}"] + [self._random.choice(self._vocabulary) for _ in range(count)]

    def short_prompts(self, count: int) -> list[list[Turn]]:
        return [[Turn("user", " ".join(self._words(8)))] for _ in range(count)]

    def count(self, turns: list[Turn]) -> int:
        return self.end_of(self.engine.count(turns), Counted).conversation_tokens

    def ask(self, turns: list[Turn], max_tokens: int, *, conversation: int = 0, **sampling: Value) -> Answer:
        return self.ask_all([turns], max_tokens, conversation=conversation, **sampling)[0]

    def ask_all(
        self, prompts: Sequence[list[Turn]], max_tokens: int, *, conversation: int = 0, **sampling: Value
    ) -> list[Answer]:
        """The answers to all of them, asked at once. Nothing is guessed ahead unless `sampling` says so."""
        self._settle()
        rows = layered(Sampling, {"seed": 1, "max_tokens": max_tokens, "lookup": False}, sampling)
        asked = time.perf_counter()
        answers = {self.engine.generate(turns, rows, conversation=conversation): Answer(asked) for turns in prompts}
        open_ones = set(answers)
        while open_ones:
            at, event = self._next()
            if isinstance(event, Gone) or event.id not in answers:
                continue
            answer = answers[event.id]
            match event:
                case Started():
                    answer.started = event
                case Piece():
                    answer.pieces.append((at, event.tokens))
                    if event.kind == "answer":
                        answer.text += event.text
                    else:
                        answer.thinking += event.text
                case Done():
                    answer.done, answer.ended = event, at
                    open_ones.discard(event.id)
        return list(answers.values())

    def _settle(self) -> None:
        """Let the engine read ahead what it reads while nobody waits; counts are answered between two batches."""
        for _ in range(SETTLED):
            self.count([Turn("user", "x")])

    def write(self, tokens: int) -> list[Answer]:
        """Answers one after another until so many tokens were written, if the model writes any."""
        answers: list[Answer] = []
        while tokens > 0 and len(answers) < MOST_ANSWERS:
            answers.append(self.ask(self.short_prompts(1)[0], tokens))
            tokens -= sum(count for _, count in answers[-1].pieces)
        return answers

    def reopen(self, turns: list[Turn], path: Path, loading: Loading) -> Answer | None:
        """The answer to turns that were asked as a conversation, after its state was saved and the model loaded again.

        None where so little is read again sooner than it is restored.
        """
        if not self.end_of(self.engine.park(CONVERSATION), Parked).tokens:
            return None
        self.end_of(self.engine.unload(), Unloaded)
        self.load(path, loading)
        self.ask(self.short_prompts(1)[0], 2)  # the first batch after a load is slower than all others
        answer = self.ask(turns, 1, conversation=CONVERSATION)
        self.engine.forget(CONVERSATION)  # or it would be saved again while something else is measured
        return answer

    def end_of(self, request_id: int, kind: type[Ended]) -> Ended:
        """The event that ends this request; raises what it failed with."""
        while True:
            _, event = self._next()
            if isinstance(event, kind) and getattr(event, "id", 0) == request_id:
                return event

    def _next(self) -> tuple[float, Event]:
        """The next event; one that a request failed with is raised."""
        while True:
            try:
                at, event = self._events.get(timeout=WAIT_S)
            except queue.Empty:
                continue
            if isinstance(event, Failed | Gone):
                raise event.error
            return at, event
