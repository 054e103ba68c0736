"""What every way of decoding is made of: sequences, what to evaluate next, and the desk that a strategy works at.

A strategy is a generator. It yields what it wants evaluated and gets back where the logits are; the scheduler
evaluates it together with what all other requests want, in one batch.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.core.params import Sampling
from app.core.protocol import Candidate, Chosen, FinishReason
from app.core.record import record
from app.engine.thinking import Phase

if TYPE_CHECKING:
    from app.engine.decoding.lookup import StepCosts
    from app.engine.llama.context import Context
    from app.engine.llama.sampler import SamplerChain
    from app.engine.llama.vocabulary import Vocabulary


@dataclass(slots=True, eq=False)
class Sequence:
    """One of llama.cpp's sequences: a row of tokens whose keys and values are in the KV cache."""

    id: int
    tokens: list[int]  # evaluated, in order; only the scheduler and the slots change it
    conversation: int = 0  # whose it is, so that it may be saved to disk; 0: it never is


@record
class Feed:
    """Tokens to evaluate behind what the sequence holds."""

    sequence: Sequence
    tokens: tuple[int, ...] | list[int]
    every: bool = False  # logits after every token, not only after the last


Rows = list[int]
"""Where the logits are, in the order of the feeds (and of their tokens where `every`); they hold until the next yield."""


@record
class Outcome:
    """How an answer ended."""

    finish_reason: FinishReason
    candidates: tuple[Candidate, ...] = ()  # best first


Steps = Generator[list[Feed], Rows, Outcome]
Reading = Generator[list[Feed], Rows, tuple[Sequence, int]]


class ContextFull(Exception):
    """Thrown into a strategy at its yield when there is no room for its feeds.

    It may end with what it has, or yield less; one that lets the exception pass ends with "context_full".
    """


class Strategy(Protocol):
    """One way of decoding; made anew for each answer."""

    sequences: int
    """How many sequences it needs at most."""

    def run(self, desk: "Desk") -> Steps:
        """Yield what to evaluate next, be sent the rows of its logits, and return how it ended.

        It is closed (GeneratorExit) when the user stops the answer; sequences and chains are given back by the desk.
        """


class Writing(Protocol):
    """The text of one answer while it is written."""

    tokens: list[int]  # without the one that ended it
    logprob: float  # sum of what `add` was told

    @property
    def text(self) -> str:
        """All that may be shown so far: whole characters, nothing of a stop text."""

    @property
    def phase(self) -> Phase:
        """What the next token belongs to: "thinking", the "answer", or "open": it may begin either."""

    @property
    def holds_back(self) -> bool:
        """Is there text that may turn out to be a marker of thinking?"""

    def thinks_with(self, token: int) -> bool:
        """Would this token, coming now, begin a thinking?"""

    def add(self, token: int, logprob: float = 0.0, chosen: Chosen | None = None) -> FinishReason | None:
        """Take the next token: why the answer ends with it ("end", "stop_text", "length"), or None to go on."""

    def finish(self) -> None:
        """Let out what was held back, for an answer that ends for another reason than `add` said."""

    def copy(self) -> "Writing":
        """Another answer that begins the same; what is added to it is not shown."""


class Desk(Protocol):
    """What a strategy works with."""

    sampling: Sampling
    vocabulary: "Vocabulary"
    context: "Context"  # .logits(row): float32 view (vocabulary,); .pointer for samplers
    prompt: list[int]  # tokens of the rendered conversation, with the beginning of the answer
    limit: int  # at most so many tokens
    logprobs: int  # alternatives to tell with each token; 0: none
    alone: bool  # no other request is worked on just now
    costs: "StepCosts"  # what batches take

    @property
    def negative(self) -> list[int]:
        """The prompt with `Sampling.negative_prompt` in the system text's place."""

    def read(self, tokens: list[int]) -> Reading:
        """`sequence, row = yield from desk.read(desk.prompt)`: evaluates what no sequence holds yet.

        `row` is where the last token's logits are. Several may be read in one batch only one after the other.
        """

    def fork(self, sequence: Sequence) -> Sequence:
        """A sequence that holds the same and shares its memory."""

    def become(self, target: Sequence, source: Sequence) -> None:
        """From now on `target` holds what `source` holds."""

    def cut(self, sequence: Sequence, length: int) -> None:
        """Forget the tokens from `length` on; only where `can_cut`."""

    @property
    def can_cut(self) -> bool:
        """Can the model forget its newest tokens? Recurrent ones cannot."""

    def close(self, sequence: Sequence) -> None:
        """This sequence is not needed any more; what it holds may serve later prompts."""

    def chain(self, number: int = 0) -> "SamplerChain":
        """The samplers for one answer, freed with the desk; `number` varies the seed."""

    def writing(self, shown: bool = True) -> Writing:
        """A new answer. What is added to a `shown` one goes to the window piece by piece."""

    def tell_drafts(self, drafted: int, accepted: int) -> None:
        """So many more tokens were guessed, and so many of them rightly."""
