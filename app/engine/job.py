"""One request on its way from the prompt to Done; it is the desk that its strategy works at (decoding/base)."""

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

from app.core.errors import AppError
from app.core.params import Sampling
from app.core.protocol import (
    Chosen,
    Done,
    Event,
    Failed,
    FinishReason,
    Generate,
    Kind,
    Piece,
    Progress,
    Started,
    Timing,
)
from app.engine.decoding.base import ContextFull, Feed, Outcome, Reading, Rows, Sequence, Steps, Strategy
from app.engine.decoding.lookup import StepCosts
from app.engine.llama.context import EVERYWHERE, LAST, NOWHERE, Context, Part, no_room
from app.engine.llama.sampler import SamplerChain
from app.engine.llama.vocabulary import Vocabulary
from app.engine.slots import NONE, Slots
from app.engine.thinking import ThinkingSplitter
from app.engine.writing import WrittenText

Send = Callable[[Event], None]


class Job:
    """What the scheduler works on: `feeds` is what the strategy wants evaluated next, [] while it waits for another job."""

    def __init__(
        self,
        request: Generate,
        arrival: float,
        prompt: list[int],
        strategy: Strategy,
        slots: Slots,
        context: Context,
        vocabulary: Vocabulary,
        send: Send,
        negative: Callable[[], list[int]] = list,
        splitter: Callable[[], ThinkingSplitter] = lambda: ThinkingSplitter(None),
        stable: Callable[[], int] = int,
        ahead: bool = False,
    ) -> None:
        """Put the request on its way.

        Args:
            arrival: when the request came (perf_counter).
            negative: renders the negative prompt.
            splitter: tells the thinking of an answer from the rest.
            stable: how many tokens of the prompt the next turn will begin with, whatever the answer.
            ahead: nobody has asked for it; it is only read, while there is nothing else to do.
        """
        self.id = request.id
        self.rank = 2 if ahead else int(request.background)  # lower ranks go first
        self.sampling: Sampling = request.sampling
        self.prompt = prompt
        self.logprobs = request.logprobs
        self.limit = self.sampling.max_tokens if self.sampling.max_tokens >= 0 else context.length
        self.vocabulary = vocabulary
        self.context = context
        self.sequences = strategy.sequences
        self.request = request
        self.feeds: list[Feed] = []
        self.tokens = 0  # in the feeds
        self.reads = False  # the feeds are a prompt rather than the next tokens
        self.finished = False
        self.left_out = 0  # so many batches in a row had no room for its tokens
        self.alone = False  # is no other request worked on just now
        self.costs = StepCosts()  # the scheduler's
        self._arrival = arrival
        self._slots = slots
        self._send = send
        self._negative = negative
        self._splitter = splitter
        self._stable = stable
        self._steps: Steps = strategy.run(self)
        self._owned: dict[Sequence, None] = {}  # in the order in which they were taken
        self._lost: dict[Sequence, list[int]] = {}  # what sequences held before their memory was taken away
        self._after: list[Feed] = []  # the feeds that wait until it is regained
        self._chains: list[SamplerChain] = []
        self._shown: list[WrittenText] = []
        self._said: dict[Kind, list[str]] = {"answer": [], "thinking": []}
        self._read: Sequence | None = None  # the prompt is read into it
        self._timing = Timing()
        self._read_at = self._first = 0.0
        self._drafted = self._accepted = 0

    # ── for the scheduler ──

    def advance(self, rows: Rows | None = None) -> None:
        """Let the strategy go on, with the rows that its feeds gave; `finished` tells whether it has ended.

        Raises:
            AppError: why there is no answer, or no more of it.
        """
        if self._lost:
            self._set(self._regain() or self._after)
            return
        try:
            self._set(self._steps.send(rows))  # type: ignore[arg-type]  # None starts it
        except StopIteration as end:
            self._finish(end.value)

    def _set(self, feeds: list[Feed]) -> None:
        self.feeds = feeds
        if len(feeds) == 1 and len(feeds[0].tokens) == 1:  # as nearly always
            self.tokens, self.reads = 1, False
        else:
            self.tokens = sum(len(feed.tokens) for feed in feeds)
            self.reads = any(len(feed.tokens) > 1 and not feed.every for feed in feeds)

    def take(self, room: int) -> tuple[list[Part], bool]:
        """What to evaluate next, at most `room` tokens, and whether that is all, so that its rows can be sent."""
        if self.tokens <= room:
            return [(feed.sequence, feed.tokens, EVERYWHERE if feed.every else LAST) for feed in self.feeds], True
        parts: list[Part] = []
        for feed in self.feeds:  # what gives no logits may go ahead
            count = 0 if feed.every else min(room, len(feed.tokens) - 1)
            if count > 0:
                parts.append((feed.sequence, feed.tokens[:count], NOWHERE))
                room -= count
        return parts, False

    def taken(self, parts: list[Part]) -> None:
        """These parts of the feeds are evaluated."""
        counts = {sequence.id: len(tokens) for sequence, tokens, _ in parts}
        self._set([replace(feed, tokens=feed.tokens[counts.get(feed.sequence.id, 0) :]) for feed in self.feeds])

    def tell_progress(self) -> None:
        """After a batch that held something of the prompt."""
        if self._read is not None and not self._read_at:
            self._send(Progress(self.id, len(self._read.tokens), self._timing.prompt_tokens))

    @property
    def overfull(self) -> bool:
        """Do the feeds reach beyond the end of the context?"""
        return any(len(feed.sequence.tokens) + len(feed.tokens) > self.context.length for feed in self.feeds)

    def fill_up(self) -> None:
        """There is no room for the feeds: the strategy may make do with what it has.

        Raises:
            ContextError: not even the prompt found room.
        """
        if not self._read_at:
            raise no_room()
        try:
            self._set(self._steps.throw(ContextFull()))
        except StopIteration as end:
            self._finish(end.value)
        except ContextFull:
            self._finish(Outcome("context_full"))

    def suspend(self) -> None:
        """Give up the memory; `advance` regains what was in it before the feeds go on."""
        if not self._lost:
            self._after = self.feeds
        for sequence in self._owned:
            tokens = self._slots.lose(sequence)
            self._lost.setdefault(sequence, tokens)
        self._set([])

    def _regain(self) -> list[Feed]:
        """What to evaluate to have the next of the lost sequences again; [] when all are there."""
        for sequence, tokens in list(self._lost.items()):
            if sequence.id == NONE:
                self._slots.regain(sequence, tokens)
            if missing := tokens[len(sequence.tokens) :]:
                return [Feed(sequence, missing)]
            del self._lost[sequence]
        return []

    def stop(self) -> None:
        """End it as it is."""
        self._finish(Outcome("stopped"))

    def fail(self, error: AppError) -> None:
        self._end()
        self._send(Failed(self.id, error, True))

    def said(self, kind: Kind) -> str:
        """What the window was shown of this kind."""
        return "".join(self._said[kind])

    # ── the end ──

    def _finish(self, outcome: Outcome) -> None:
        now = perf_counter()
        self._end()
        written = sum(len(writing.tokens) for writing in self._shown)
        read_at = self._read_at or now
        timing = replace(
            self._timing,
            completion_tokens=written,
            thinking_tokens=sum(writing.thinking_tokens for writing in self._shown),
            drafted=self._drafted,
            accepted=self._accepted,
            time_to_first_token_s=(self._first or now) - self._arrival if written else 0.0,
            prompt_s=read_at - self._arrival if self._read is not None else 0.0,
            generation_s=now - read_at,
        )
        reason: FinishReason = outcome.finish_reason
        self._send(Done(self.id, reason, timing, outcome.candidates))

    def _end(self) -> None:
        """Give everything back."""
        self.finished = True
        self._steps.close()
        for writing in self._shown:
            writing.finish()
        for sequence in list(self._owned):
            self.close(sequence)
        for chain in self._chains:
            chain.free()
        self._chains.clear()
        self._set([])

    # ── for the strategy: a Desk ──

    @property
    def negative(self) -> list[int]:
        return self._negative()

    @property
    def can_cut(self) -> bool:
        return self.context.can_cut

    def read(self, tokens: list[int]) -> Reading:
        conversation = self.request.conversation if self._read is None else 0
        begin = perf_counter()
        while (begun := self._slots.begin(tokens, self.rank > 0, conversation)) is None:
            yield []
            begin = perf_counter()
        sequence = begun.sequence
        self._owned[sequence] = None
        if self._read is None:
            self._read = sequence
            took = perf_counter() - begin if begun.restored else 0.0
            self._timing = Timing(
                prompt_tokens=len(tokens), reused_tokens=begun.reused, restored_tokens=begun.restored, restore_s=took
            )
            self._send(Started(self.id, len(tokens), begun.reused, begun.restored, took))
            stable = 0 if self.can_cut else min(self._stable(), len(tokens) - 1)
            if len(sequence.tokens) < stable:  # it cannot be cut back to there later
                yield [Feed(sequence, tokens[len(sequence.tokens) : stable])]
                self._slots.mark(sequence)
        (row,) = yield [Feed(sequence, tokens[len(sequence.tokens) :])]
        self._slots.has_read(sequence)
        self._read_at = perf_counter()
        return sequence, row

    def fork(self, sequence: Sequence) -> Sequence:
        new = self._slots.fork(sequence)
        self._owned[new] = None
        return new

    def become(self, target: Sequence, source: Sequence) -> None:
        self._slots.become(target, source)

    def cut(self, sequence: Sequence, length: int) -> None:
        self.context.cut(sequence, length)

    def close(self, sequence: Sequence) -> None:
        if sequence in self._owned:
            del self._owned[sequence]
            self._slots.release(sequence)

    def chain(self, number: int = 0) -> SamplerChain:
        chain = SamplerChain(
            self.sampling,
            self.vocabulary,
            self.context.length,
            self.context.pointer,
            number,
            prefill=self.request.prefill,
            logprobs=self.logprobs,
        )
        self._chains.append(chain)
        chain.read(self.prompt)
        return chain

    def writing(self, shown: bool = True) -> WrittenText:
        show = self._show if shown else None
        writing = WrittenText(self.vocabulary, self.sampling.stop, self.limit, self._splitter(), show)
        if shown:
            self._shown.append(writing)
        return writing

    def tell_drafts(self, drafted: int, accepted: int) -> None:
        self._drafted += drafted
        self._accepted += accepted

    def _show(self, text: str, tokens: int, kind: Kind, chosen: tuple[Chosen, ...]) -> None:
        self._first = self._first or perf_counter()
        self._said[kind].append(text)
        self._send(Piece(self.id, text, tokens, kind, chosen))
