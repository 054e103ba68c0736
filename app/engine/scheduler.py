"""Many requests, one context: each step evaluates one batch with a part of what every running request wants.

A step, in order:

1. requests that were stopped end;
2. waiting requests begin while there are slots and sequences for them;
3. the batch: first the next tokens of all running answers, then pieces of prompts in the room that is left;
4. llama.cpp evaluates it;
5. each request whose tokens were all in it picks its next ones;
6. what is idle and slows a growing answer is put aside.

Requests in the background get their turn only while nobody waits for an answer, and what is read ahead only while
nobody waits for anything. While someone watches an answer grow, prompts are read in pieces that hold the others up
for a tenth of a second at most. A graphics card cannot be interrupted: there, Stop is heard between pieces, which are
kept short enough for that. When the KV cache is full, the sequence that was idle longest is forgotten; if none
is left, the youngest request gives its memory up and waits until another has ended.
"""

import traceback
from collections.abc import Callable, Container
from dataclasses import replace
from time import perf_counter

from app.core.errors import AppError, LoadError
from app.core.language import tr
from app.engine.decoding.lookup import StepCosts
from app.engine.job import Job
from app.engine.llama.context import DONE, EVERYWHERE, NO_ROOM, Context, Part
from app.engine.slots import Slots

HOLD_UP = 0.1  # seconds that a piece of a prompt may take while other answers grow
SHARED_HOLD_UP = 1.0  # the same while there are only other prompts
SMALLEST_PIECE = 16  # tokens; smaller ones cost hardly less
GROWN = 4  # steps without a prompt, after which it is worth putting aside what slows them
AHEAD = 2  # the rank of jobs that nobody has asked for
FIRST_PIECE = 32  # before anything was measured
ALONE = 1.5  # seconds that a piece may take where only Stop could wait for it; the host waits for three
ALONE_PIECE = 128  # tokens, before anything was measured there
WHOLE_PIECE = 64  # tokens; fewer say little of what many take

Stopped = Callable[[], Container[int]]
Share = tuple[Job, list[Part], bool]
"""A job's part of a batch, and whether that completes what it wants evaluated."""


class Scheduler:
    """Works on jobs step by step; `stopped` gives the ids of requests that are to end."""

    def __init__(
        self,
        context: Context,
        slots: Slots,
        limit: int,
        stopped: Stopped,
        ended: Callable[[Job], None] = lambda _: None,
    ) -> None:
        """At most `limit` jobs run at once, of those that are waited for and of the others each.

        `ended` is told of each job that has come to its own end.
        """
        self._context = context
        self._slots = slots
        self._limit = limit
        self._stopped = stopped
        self._ended = ended
        self._waiting: list[Job] = []
        self._running: list[Job] = []  # oldest first
        self._crowded = False  # somebody had to give its memory up, and nobody has ended since
        self._costs = StepCosts()
        self._written = 0  # steps in a row without a prompt
        self._alone = ALONE_PIECE  # tokens of a piece that Stop can wait for

    @property
    def busy(self) -> bool:
        """Is there anything to do?"""
        return bool(self._running or self._waiting)

    @property
    def urgent(self) -> bool:
        """Is there more to do than reading ahead?"""
        return any(job.rank < AHEAD for job in (*self._running, *self._waiting))

    @property
    def token_seconds(self) -> float:
        """How long a token of a prompt took last; 0 before any was read."""
        return self._costs.prompt_token

    def add(self, job: Job) -> None:
        """A new request.

        Raises:
            LoadError: it can never run, because the context has too few sequences for it.
        """
        if job.sequences > self._context.sequences:
            raise LoadError(
                tr("This way of decoding works on {count} texts at once, but the model has {limit} slots.").format(
                    count=job.sequences, limit=self._context.sequences
                ),
                tr("Raise the number of slots in the loading settings, or choose another strategy."),
            )
        job.costs = self._costs
        self._waiting.append(job)

    def step(self) -> None:
        """Evaluate one batch and let its jobs go on."""
        self._end_stopped()
        self._admit()
        jobs = self._turn()
        for job in jobs:
            job.alone = len(jobs) == 1
            if not job.feeds:  # it has just begun, or waits for what another one reads
                self._advance(job)
        batch = self._gather([job for job in jobs if not job.finished])
        if batch:
            self._evaluate(batch)
        self._running = [job for job in self._running if not job.finished]
        if self._written >= GROWN and any(job.rank == 0 for job in self._running):
            self._slots.tidy()

    def interrupt(self) -> bool:
        """Let reading ahead be, and tell whether there was any; what was read stays for whoever needs it."""
        ahead = [job for job in (*self._running, *self._waiting) if job.rank == AHEAD]
        for job in ahead:
            self._remove(job)
            job.stop()
        return bool(ahead)

    def disown(self, conversation: int | None) -> None:
        """What is read for requests of this conversation, or of all, is nobody's."""
        for job in (*self._running, *self._waiting):
            if conversation in (None, job.request.conversation):
                job.request = replace(job.request, conversation=0)

    def fail_all(self, error: AppError) -> None:
        """End everything, because of something that no single job is to blame for."""
        for job in (*self._running, *self._waiting):
            if not job.finished:
                job.fail(error)
        self._running.clear()
        self._waiting.clear()
        self._crowded = False

    def _end_stopped(self) -> None:
        ids = self._stopped()
        for job in [job for job in (*self._running, *self._waiting) if job.id in ids]:
            self._remove(job)
            job.stop()
            self._crowded = False
            self._ended(job)

    def _remove(self, job: Job) -> None:
        (self._running if job in self._running else self._waiting).remove(job)

    # ── who runs ──

    def _admit(self) -> None:
        """Begin what waits, in the order in which it came; those that are waited for first."""
        if not self._waiting:
            return
        for job in sorted(self._waiting, key=lambda job: job.rank):
            alike = [other for other in self._running if other.rank <= job.rank]
            if len(alike) >= self._limit or (self._crowded and alike) or not self._sequences_for(job):
                return
            self._waiting.remove(job)
            self._running.append(job)

    def _sequences_for(self, job: Job) -> bool:
        """Are there enough for one more? Background jobs make room for others."""
        while sum(other.sequences for other in self._running) + job.sequences > self._context.sequences:
            youngest = next((other for other in reversed(self._running) if other.rank > job.rank), None)
            if youngest is None:
                return False
            self._put_back(youngest)
        return True

    def _turn(self) -> list[Job]:
        """The jobs whose turn it is."""
        if len(self._running) < 2:
            return list(self._running)
        first = min(job.rank for job in self._running)
        return [job for job in self._running if job.rank == first]

    # ── the batch ──

    def _gather(self, jobs: list[Job]) -> list[Share]:
        """What to evaluate. The next tokens of answers come first; who found no room last time is first this time."""
        room = self._context.batch_size
        batch: list[Share] = []
        readers: list[Job] = []
        for job in sorted(jobs, key=lambda job: -job.left_out) if len(jobs) > 1 else jobs:
            if job.overfull:
                self._fill_up(job)
            if job.reads:
                readers.append(job)
            elif 0 < job.tokens <= room:
                batch.append((job, *job.take(room)))
                room -= job.tokens
                job.left_out = 0
            elif job.tokens:
                job.left_out += 1
        if readers:
            room = min(room, self._piece(bool(batch) or readers[0].rank == AHEAD, len(readers)))
            readers.sort(key=lambda job: job.tokens)
            for number, job in enumerate(readers):  # an equal share for each, and what one does not need to the next
                parts, complete = job.take(-(-room // (len(readers) - number)))
                if parts:
                    batch.append((job, parts, complete))
                    room -= sum(len(tokens) for _, tokens, _ in parts)
        return batch

    def _piece(self, others: bool, readers: int) -> int:
        """How many tokens of prompts a batch may hold so that it does not take too long for the other requests."""
        if not others and readers == 1:
            return self._context.batch_size if self._context.interruptible else self._alone
        if not self._costs.prompt_token:
            return FIRST_PIECE
        seconds = HOLD_UP if others else SHARED_HOLD_UP
        return max(SMALLEST_PIECE * readers, int(seconds / self._costs.prompt_token))

    def _evaluate(self, batch: list[Share]) -> None:
        parts = [part for _, own, _ in batch for part in own]
        begin = perf_counter()
        try:
            status = self._context.decode(parts, lambda: self._all_stopped(batch))
        except LoadError as error:
            for job, _, _ in batch:
                self._fail(job, error)
            return
        if status == NO_ROOM:
            self._make_room()
        elif status == DONE:
            self._measure(batch, perf_counter() - begin)
            self._hand_out(batch)

    def _hand_out(self, batch: list[Share]) -> None:
        """Tell every job of the batch where its logits are."""
        at = 0
        for job, parts, complete in batch:
            rows: list[int] = []
            for _, tokens, wanted in parts:
                end = at + len(tokens)
                if complete:
                    rows += range(at, end) if wanted == EVERYWHERE else (end - 1,)
                at = end
            job.tell_progress()
            if complete:
                self._advance(job, rows)
            else:
                job.taken(parts)

    def _measure(self, batch: list[Share], seconds: float) -> None:
        """How long such a batch takes."""
        tokens = sum(len(tokens) for _, parts, _ in batch for _, tokens, _ in parts)
        if not any(job.reads for job, _, _ in batch):
            self._costs.note(tokens, seconds)
            self._written += 1
            return
        self._written = 0
        if tokens >= SMALLEST_PIECE:
            self._costs.prompt_token = seconds / tokens
        if tokens >= WHOLE_PIECE:
            self._alone = max(WHOLE_PIECE, int(ALONE * tokens / max(seconds, 1e-6)))

    def _all_stopped(self, batch: list[Share]) -> bool:
        ids = self._stopped()
        return all(job.id in ids for job, _, _ in batch)

    # ── the KV cache is full ──

    def _make_room(self) -> None:
        """Forget what is idle, or let one job wait, or end the last one; the next step tries again."""
        if self._slots.evict():
            return
        youngest = max(reversed(self._running), key=lambda job: job.rank)
        if len(self._running) > 1:
            self._put_back(youngest)
            self._crowded = True
        else:
            self._fill_up(youngest)

    def _put_back(self, job: Job) -> None:
        """Let it give its memory up and wait; later it goes on from its tokens."""
        job.suspend()
        self._running.remove(job)
        self._waiting.insert(0, job)

    # ── single jobs ──

    def _advance(self, job: Job, rows: list[int] | None = None) -> None:
        try:
            job.advance(rows)
        except AppError as error:
            self._fail(job, error)
        except Exception as error:  # noqa: BLE001 - a bug in one way of decoding costs one answer
            self._fail(job, failure(error))
        if job.finished:
            self._crowded = False
            self._ended(job)

    def _fill_up(self, job: Job) -> None:
        try:
            job.fill_up()
        except AppError as error:
            self._fail(job, error)

    def _fail(self, job: Job, error: AppError) -> None:
        job.fail(error)
        self._crowded = False


def failure(error: Exception) -> AppError:
    """What is told of a bug, or of memory that ran out."""
    words = "".join(traceback.format_exception(error))
    if isinstance(error, MemoryError):
        return LoadError(
            tr("There is not enough memory to go on."),
            tr("Close other programs, choose a smaller model or a shorter context."),
            words,
        )
    return LoadError(tr("Something in the engine went wrong."), tr("Try again, or load the model again."), words)
