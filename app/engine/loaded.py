"""A loaded model with all that answers need: its context, its slots, its chat template, its scheduler."""

from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import cast

from app.core.errors import AppError, ContextError
from app.core.language import tr
from app.core.params import Sampling
from app.core.prompt import joined
from app.core.protocol import Count, Counted, Event, Examine, Examined, Generate, Load, LoadProgress, SavedAt, Turn
from app.engine.counting import BYTES_PER_TOKEN, Counter
from app.engine.decoding import strategy
from app.engine.decoding.ahead import Ahead
from app.engine.job import Job
from app.engine.llama.context import Context
from app.engine.llama.log import Log
from app.engine.llama.model import Cancelled, Model
from app.engine.llama.vocabulary import encoded
from app.engine.parking import FREEING, Parking
from app.engine.scheduler import Scheduler
from app.engine.seen_pieces import seen_pieces
from app.engine.shelf import Shelf
from app.engine.slots import Slots, common
from app.engine.state import SavedStates
from app.engine.template import ChatTemplate, Mode, Prompt
from app.engine.turn_end import correct_ends

Send = Callable[[Event], None]
Stopped = Callable[[], Container[int]]
PROGRESS_STEP = 0.01
WORTH_READING = 4  # tokens; fewer are not read ahead
UNLIKE = ("a", "7")  # texts that have no token in common
NOBODY = -1  # the id of what nobody asked for
MOST_BYTES_PER_TOKEN = 32  # what fits with this many on average is worth tokenizing


class LoadedModel:
    """A model with its context and its chat template. `free` it when another takes its place."""

    def __init__(self, request: Load, send: Send, stopped: Stopped, log: Log, saved: SavedAt | None = None) -> None:
        """Load it, telling the progress; `stopped` gives the ids of all requests that are to end.

        What it has read may be `saved`; without a place for that, nothing is.

        Raises:
            ModelFileError, LoadError: why not, in a sentence.
            Cancelled: the user stopped it.
        """
        told = -1.0

        def go(fraction: float) -> bool:
            nonlocal told
            if fraction - told >= PROGRESS_STEP or fraction == 1 != told:
                told = fraction
                send(LoadProgress(request.id, fraction))
            return request.id not in stopped()

        go(0.0)
        self._request = request
        self._model = Model(request.path, request.loading, go, log)
        try:
            self.context = Context(self._model, request.loading, log)
            if request.id in stopped():
                self.context.free()
                raise Cancelled
        except BaseException:
            self._model.free()
            raise
        self.slots = Slots(self.context, Shelf(self.context))
        self.scheduler = Scheduler(self.context, self.slots, request.loading.slots, stopped, self._note_end)
        self._answered: Job | None = None  # what comes next to it may be read ahead
        self._read_behind: Job | None = None  # what comes next to it is being read
        self.vocabulary = self._model.vocabulary
        self._template = ChatTemplate(request.template or self._model.chat_template(), self.vocabulary)
        named_end = self._model.metadata("tokenizer.ggml.eos_token_id")
        self._stop = correct_ends(self.vocabulary, named_end, self._template)
        problem = str(self._template.error or "")
        info = self._model.info(self.context.length, self._template.source, problem)
        self.info = replace(info, can_think=self._template.can_think)
        self._counter = Counter(
            lambda text: self.vocabulary.tokenize(text, False), self._tokens_in, self.context.length
        )
        self.parking: Parking | None = None
        if saved is not None:
            states = SavedStates(saved, self._model, self.info.digest, self.context, request.loading, log)
            states.token_seconds = lambda: self.scheduler.token_seconds
            self.parking = Parking(states, self.slots)

    def is_of(self, request: Load) -> bool:
        """Whether a load of this would give the same again."""
        mine = self._request
        same = (mine.path, mine.loading, mine.template) == (request.path, request.loading, request.template)
        return same and self._model.is_unchanged

    def free(self) -> None:
        if self.parking is not None:
            self.parking.save_all(FREEING)
        self.context.free()
        self._model.free()

    def count(self, request: Count) -> Counted:
        """Raises TemplateError where the template refuses the turns."""
        return self._counter.count(request)

    def examine(self, request: Examine) -> Examined:
        """The prompt that these turns give, token by token.

        Raises:
            TemplateError, ContextError: there can be none.
        """
        asked = Generate(
            request.id,
            joined(request.turns),
            Sampling(thinking=request.thinking),
            request.prefill,
            thought=request.thought,
        )
        prompt = self._prompt(asked, asked.turns)
        pieces = seen_pieces(prompt.tokens, self.vocabulary)
        return Examined(
            request.id,
            "".join(pieces),
            tuple(accumulate(map(len, pieces))),
            tuple(prompt.tokens),
            tuple(place for place, token in enumerate(prompt.tokens) if self._template.steers(token)),
            tuple(self._counter.text(text) for text in (*(turn.text for turn in request.turns), request.prefill)),
            self._template.source,
            prompt.repaired,
        )

    def _tokens_in(self, turns: Sequence[Turn]) -> int:
        """How many tokens; a guess where there are so many that the answer is "too many" anyway."""
        return self._guess(turns) or len(self._template.tokens(turns))

    def _guess(self, turns: Sequence[Turn]) -> int:
        """0 where counting is better. Some vocabularies take a minute for a megabyte."""
        size = sum(len(encoded(turn.text + turn.thinking)) for turn in turns)
        return size // BYTES_PER_TOKEN if size > self.context.length * MOST_BYTES_PER_TOKEN else 0

    def job(self, request: Generate, arrival: float, send: Send) -> Job:
        """What the scheduler works on to answer the request, which came at `arrival` (perf_counter).

        Raises:
            TemplateError, ContextError, ModelFileError: why there can be no answer.
        """
        self._model.check_file()
        prompt = self._prompt(request, request.turns)
        if self._stop:
            stop = (*request.sampling.stop, self._stop)
            request = replace(request, sampling=replace(request.sampling, stop=stop))
        return Job(
            request,
            arrival,
            prompt.tokens,
            strategy(request.sampling),
            self.slots,
            self.context,
            self.vocabulary,
            send,
            lambda: self._prompt(request, with_system(request.turns, request.sampling.negative_prompt)).tokens,
            lambda: self._template.splitter(prompt),
            lambda: self._stable(request, prompt.tokens),
        )

    # ── what the next turn will begin with ──

    def read_ahead(self) -> bool:
        """Begin to read the fixed part of the next turn; False where there is nothing to gain. Nobody waits now."""
        job, self._answered = self._answered, None
        tokens = [] if job is None else self._next(job)
        if job is None or len(tokens) - self.slots.held(tokens) < WORTH_READING:
            return False
        request = replace(job.request, id=NOBODY, sampling=Sampling(), prefill="", thought="", logprobs=0)
        ahead = Job(request, 0.0, tokens, Ahead(), self.slots, self.context, self.vocabulary, _unheard, ahead=True)
        self.scheduler.add(ahead)
        self._read_behind = job
        return True

    def interrupt(self) -> None:
        """Something was asked for: let reading ahead be until nobody waits any more."""
        if self.scheduler.interrupt():
            self._answered = self._read_behind

    def forget(self, conversation: int | None) -> None:
        """Something of the conversation was deleted, None: of all; nothing is read ahead for it."""
        if self._answered is not None and conversation in (None, self._answered.request.conversation):
            self._answered = None
        self.scheduler.disown(conversation)
        if self.parking is not None:
            self.parking.forget(conversation)

    def _note_end(self, job: Job) -> None:
        if job.rank == 0:
            self._answered = job if job.said("answer") else None

    def _next(self, job: Job) -> list[int]:
        """The tokens that the next prompt begins with, whatever the user will write."""
        request = job.request
        answer = Turn("assistant", request.prefill + job.said("answer"), request.thought + job.said("thinking"))
        first, second = self._prompts(request, [(answer, Turn("user", text)) for text in UNLIKE])
        return first[: common(first, second, self.context.length - 1)]

    def _stable(self, request: Generate, prompt: list[int]) -> int:
        """How many tokens of the prompt the next one begins with, whatever the answer."""
        return min(
            common(prompt, other, len(prompt))
            for other in self._prompts(request, [(Turn("assistant", text), Turn("user", "x")) for text in UNLIKE])
        )

    def _prompts(self, request: Generate, later: Sequence[Sequence[Turn]]) -> list[list[int]]:
        """The prompts of the request's turns with each of these behind them; empty ones where there are none."""
        plain = replace(request, prefill="", thought="")
        try:
            return [self._prompt(plain, (*request.turns, *turns)).tokens for turns in later]
        except AppError:
            return [[] for _ in later]

    def _prompt(self, request: Generate, turns: Sequence[Turn]) -> Prompt:
        """The prompt of a request with these turns.

        Raises:
            TemplateError, ContextError: there can be none.
        """
        sampling = request.sampling
        mode = cast(Mode, sampling.thinking)
        guess = self._guess([*turns, Turn("assistant", request.prefill, request.thought)])
        prompt = Prompt("", [])
        if not guess:
            prompt = self._template.prompt(turns, request.prefill, thinking=mode, thought=request.thought)
        tokens = prompt.tokens
        if not tokens and not guess:
            raise ContextError(tr("There is nothing to answer."), tr("Write a message first."))
        if max(guess, len(tokens)) >= self.context.length:
            if guess:
                message = tr(
                    "The conversation takes about {tokens} tokens, but the model sees at most {limit} at once."
                )
            else:
                message = tr("The conversation takes {tokens} tokens, but the model sees at most {limit} at once.")
            raise ContextError(
                message.format(tokens=f"{guess or len(tokens):,}", limit=f"{self.context.length:,}"),
                tr("Shorten the message, or raise the context length in the loading settings."),
            )
        return prompt


def _unheard(event: Event) -> None:
    """Nobody asked, so nobody is told."""


def with_system(turns: Sequence[Turn], text: str) -> tuple[Turn, ...]:
    """The same turns with another system text."""
    rest = tuple(turn for turn in turns if turn.role != "system")
    return (Turn("system", text), *rest) if text.strip() else rest
