"""Best of n: several answers are drawn side by side, and the one that the model finds likeliest is shown."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.core.protocol import Candidate, Chosen, FinishReason
from app.engine.decoding.base import ContextFull, Desk, Feed, Outcome, Sequence, Steps, Writing
from app.engine.decoding.told import told

if TYPE_CHECKING:
    from app.engine.llama.sampler import SamplerChain


@dataclass(slots=True)
class Stream:
    """One of the answers."""

    sequence: Sequence
    chain: "SamplerChain"
    writing: Writing
    tokens: list[tuple[int, float, Chosen | None]] = field(default_factory=list)  # with one that ended it
    reason: FinishReason | None = None

    @property
    def score(self) -> float:
        """Mean log-probability of its tokens."""
        return sum(logprob for _, logprob, _ in self.tokens) / len(self.tokens) if self.tokens else 0.0


class BestOf:
    """Draws `count` answers in one batch from one prompt, whose memory they share; each has a seed of its own.

    They are ranked by the mean log-probability that the model gives to their tokens, before any sampler, the token
    that ends the answer included. Nothing is shown before that is decided: what the window showed could be taken back.
    """

    def __init__(self, count: int) -> None:
        self.sequences = count

    def run(self, desk: Desk) -> Steps:
        chains = [desk.chain(number) for number in range(self.sequences)]
        first, row = yield from desk.read(desk.prompt)
        if not desk.limit:
            return Outcome("length")
        sequences = [first, *(desk.fork(first) for _ in chains[1:])]
        streams = [
            Stream(sequence, chain, desk.writing(shown=False))
            for sequence, chain in zip(sequences, chains, strict=True)
        ]
        for stream in streams:
            stream.chain.follow(stream.writing)
        try:
            live, rows = streams, [row] * len(streams)
            while True:
                for stream, row in zip(live, rows, strict=True):
                    self._draw(desk, stream, row)
                live = [stream for stream in live if stream.reason is None]
                if not live:
                    break
                rows = yield [Feed(stream.sequence, (stream.tokens[-1][0],)) for stream in live]
        except ContextFull:
            _end(streams, "context_full")
        except GeneratorExit:
            _end(streams, "stopped")
            self._show(desk, streams)
            raise
        best = self._show(desk, streams)
        return Outcome(best[0].reason or "end", tuple(Candidate(stream.writing.text, stream.score) for stream in best))

    def _draw(self, desk: Desk, stream: Stream, row: int) -> None:
        """The stream's next token."""
        from app.engine.logprobs import log_sum_exp

        token = stream.chain.sample(row)
        logits = desk.context.logits(row)
        logprob = float(logits[token]) - log_sum_exp(logits) if token >= 0 else 0.0
        stream.tokens.append((token, logprob, told(desk, row, token, stream.chain)))
        stream.reason = stream.writing.add(token, logprob)
        if stream.reason:
            desk.close(stream.sequence)

    def _show(self, desk: Desk, streams: list[Stream]) -> list[Stream]:
        """All of them, best first; the best is shown."""
        best = sorted(streams, key=lambda stream: -stream.score)
        writing = desk.writing()
        for token in best[0].tokens:
            writing.add(*token)
        return best


def _end(streams: list[Stream], reason: FinishReason) -> None:
    for stream in streams:
        if stream.reason is None:
            stream.writing.finish()
            stream.reason = reason
