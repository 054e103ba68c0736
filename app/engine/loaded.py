"""A loaded model at work: loads, counts, and decodes one answer token by token."""

import time
from collections.abc import Callable, Sequence

from app.core.errors import ContextError
from app.core.language import tr
from app.core.params import Sampling
from app.core.protocol import (
    Count,
    Counted,
    Done,
    Event,
    FinishReason,
    Generate,
    Load,
    LoadProgress,
    Piece,
    Progress,
    Started,
    Timing,
    Turn,
)
from app.engine.llama.context import Context
from app.engine.llama.library import api
from app.engine.llama.log import Log
from app.engine.llama.model import Cancelled, Model
from app.engine.llama.sampler import SamplerChain
from app.engine.llama.vocabulary import encoded
from app.engine.template import ChatTemplate
from app.engine.text_stream import TextStream

Send = Callable[[Event], None]
Stopped = Callable[[], bool]
PROGRESS_STEP = 0.01
BYTES_PER_TOKEN = 4  # of ordinary text, for guesses
MOST_BYTES_PER_TOKEN = 32  # what fits with this many on average is worth tokenizing


class LoadedModel:
    """A model with its context and its chat template. `free` it when another takes its place."""

    def __init__(self, request: Load, send: Send, stopped: Stopped, log: Log) -> None:
        """Load it, telling the progress.

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
            return not stopped()

        go(0.0)
        self._model = Model(request.path, request.loading, go, log)
        try:
            self._context = Context(self._model, request.loading, log)
            if stopped():
                self._context.free()
                raise Cancelled
        except BaseException:
            self._model.free()
            raise
        self._vocabulary = self._model.vocabulary
        self._template = ChatTemplate(self._model.chat_template(), self._vocabulary)
        problem = str(self._template.error or "")
        self.info = self._model.info(self._context.length, self._template.source, problem)
        self._counted: tuple[tuple[Turn, ...], int] = ((), 0)

    def free(self) -> None:
        self._context.free()
        self._model.free()

    def count(self, request: Count) -> Counted:
        """Raises TemplateError where the template refuses the turns."""
        if request.turns != self._counted[0]:
            self._counted = request.turns, self._tokens_in(request.turns) if request.turns else 0
        before = self._counted[1]
        if not request.draft:
            return Counted(request.id, before, 0)
        after = self._tokens_in((*request.turns, Turn("user", request.draft)))
        return Counted(request.id, before, max(0, after - before))

    def _tokens_in(self, turns: Sequence[Turn]) -> int:
        """How many tokens; a guess where there are so many that the answer is "too many" anyway."""
        return self._guess(turns) or len(self._template.tokens(turns))

    def _guess(self, turns: Sequence[Turn]) -> int:
        """0 where counting is better. Some vocabularies take a minute for a megabyte."""
        size = sum(len(encoded(turn.text)) for turn in turns)
        return size // BYTES_PER_TOKEN if size > self._context.length * MOST_BYTES_PER_TOKEN else 0

    def generate(
        self, request: Generate, arrival: float, send: Send, stopped: Stopped, meanwhile: Callable[[], None]
    ) -> Done:
        """Answer; `arrival` is when the request came (perf_counter), `meanwhile` runs between tokens.

        Raises:
            TemplateError, ContextError, LoadError: why there is no answer, or no more of it.
        """
        prompt = self._prompt(request.turns, request.prefill)
        context = self._context
        reused = context.keep_prefix(prompt)
        send(Started(request.id, len(prompt), reused))
        if not self._read(request.id, prompt, send, stopped, meanwhile):
            now = time.perf_counter()
            return Done(request.id, "stopped", Timing(len(prompt), reused, 0, 0.0, now - arrival, 0.0))
        chain = SamplerChain(request.sampling, self._vocabulary, context.length)
        try:
            chain.read(prompt)
            read_at = time.perf_counter()
            reason, tokens, first = self._write(request.id, request.sampling, chain, send, stopped, meanwhile)
        finally:
            chain.free()
        end = time.perf_counter()
        timing = Timing(
            prompt_tokens=len(prompt),
            reused_tokens=reused,
            completion_tokens=tokens,
            time_to_first_token_s=first - arrival if tokens else 0.0,
            prompt_s=read_at - arrival,
            generation_s=end - read_at,
        )
        return Done(request.id, reason, timing)

    def _prompt(self, turns: Sequence[Turn], prefill: str) -> list[int]:
        guess = self._guess([*turns, Turn("assistant", prefill)])
        tokens = [] if guess else self._template.tokens(turns, prefill)
        if not tokens and not guess:
            raise ContextError(tr("There is nothing to answer."), tr("Write a message first."))
        if max(guess, len(tokens)) >= self._context.length:
            if guess:
                message = tr(
                    "The conversation takes about {tokens} tokens, but the model sees at most {limit} at once."
                )
            else:
                message = tr("The conversation takes {tokens} tokens, but the model sees at most {limit} at once.")
            raise ContextError(
                message.format(tokens=f"{guess or len(tokens):,}", limit=f"{self._context.length:,}"),
                tr("Shorten the message, or raise the context length in the loading settings."),
            )
        return tokens

    def _read(
        self, request_id: int, prompt: list[int], send: Send, stopped: Stopped, meanwhile: Callable[[], None]
    ) -> bool:
        """Evaluate the prompt behind what the cache holds; False when it was stopped."""
        context = self._context
        total = len(prompt)
        while (done := len(context.tokens)) < total:
            if stopped() or not context.read(prompt[done : done + context.batch_size], stopped):
                return False
            send(Progress(request_id, len(context.tokens), total))
            meanwhile()
        return not stopped()

    def _write(
        self,
        request_id: int,
        sampling: Sampling,
        chain: SamplerChain,
        send: Send,
        stopped: Stopped,
        meanwhile: Callable[[], None],
    ) -> tuple[FinishReason, int, float]:
        """The token loop: why it ended, how many tokens it made, when the first one came."""
        context, vocabulary = self._context, self._vocabulary
        sample, ends, piece = api.llama_sampler_sample, vocabulary.ends, vocabulary.piece
        stream = TextStream(sampling.stop)
        limit = sampling.max_tokens if sampling.max_tokens >= 0 else context.length
        reason: FinishReason = "length"
        tokens = told = 0
        first = 0.0
        while tokens < limit:
            if stopped():
                reason = "stopped"
                break
            token = sample(chain.pointer, context.pointer, -1)
            if ends(token):
                reason = "end"
                break
            tokens += 1
            text = stream.feed(piece(token))
            if text:
                send(Piece(request_id, text, tokens - told))
                told = tokens
            if tokens == 1:
                first = time.perf_counter()
            if stream.stopped:
                reason = "stop_text"
                break
            if len(context.tokens) >= context.length:
                reason = "context_full"
                break
            if tokens < limit:
                if not context.step(token, stopped):
                    reason = "stopped"
                    break
                meanwhile()
        rest = stream.finish()
        if stream.stopped:
            reason = "stop_text"
        if rest or tokens > told:
            send(Piece(request_id, rest, tokens - told))
        return reason, tokens, first
