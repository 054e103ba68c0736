"""Beam search: several beginnings of the answer are pursued at once, and the likeliest whole answers win."""

from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence as Row
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.protocol import Candidate, Chosen, FinishReason
from app.core.record import record
from app.engine.decoding.base import ContextFull, Desk, Feed, Outcome, Sequence, Steps, Writing

if TYPE_CHECKING:
    from app.engine.llama.sampler import SamplerChain


@record
class Node:
    """The last token of a beginning; beginnings share what they have in common."""

    before: "Node | None"
    token: int
    logprob: float  # of this token
    chosen: Chosen | None
    total: float  # log-probability of the whole beginning
    length: int  # tokens so far, one that ended it included


@dataclass(slots=True)
class Beam:
    """A beginning that is pursued."""

    node: Node | None
    writing: Writing
    sequence: Sequence
    chain: "SamplerChain"

    @property
    def total(self) -> float:
        return self.node.total if self.node else 0.0


@record
class Ended:
    """A whole answer."""

    score: float
    text: str
    node: Node | None
    reason: FinishReason


@record
class Option:
    """A token that a beam could go on with."""

    beam: int
    token: int
    logprob: float
    total: float


class BeamSearch:
    """Keeps the `width` likeliest beginnings and goes on with the likeliest of all their next tokens.

    A whole answer scores log-probability / length^length_penalty (Wu et al. 2016, without their constant), where the
    length counts every token, the one that ended it included. Of the best 2·width next tokens those that end an
    answer (an end token, a stop text, the longest answer) end it if they are among the best width; the others go on.
    With `early_stopping` it is over as soon as `width` answers have ended and no beginning would score better than the
    best of them if it ended now: without the second, a model that is sure of a long answer would be cut short by
    unlikely short ones. Without `early_stopping` it is over when no beginning can become better than the worst of the
    best `width`. What a beginning can become is known where a longest answer is set: the same log-probability at that
    length. Where none is set, it is again what it would score if it ended now.

    Log-probabilities are those of the logits after biases and penalties. Temperature, the shortlists and all else
    that depends on chance do not apply, nor does the seed. The grammar takes tokens out without changing the others'
    log-probabilities. A text that was found in several ways, token by token, is told once.
    """

    def __init__(self, width: int, length_penalty: float, early_stopping: bool) -> None:
        self.sequences = width
        self._width = width
        self._penalty = length_penalty
        self._early = early_stopping

    def run(self, desk: Desk) -> Steps:
        chain = desk.chain()  # says what is wrong with the grammar before the prompt is read
        sequence, row = yield from desk.read(desk.prompt)
        if not desk.limit:
            return Outcome("length")
        live = [Beam(None, desk.writing(shown=False), sequence, chain.copy())]
        live[0].chain.follow(live[0].writing)
        ended: list[Ended] = []
        spare: list[Sequence] = []
        rows = [row]
        try:
            while True:
                live = self._grow(desk, live, rows, ended, spare)
                if not live or self._is_over(desk, live, ended):
                    break
                rows = yield [Feed(beam.sequence, (beam.node.token,)) for beam in live if beam.node]
        except ContextFull:
            self._end_all(live, ended, "context_full")
        except GeneratorExit:
            self._end_all(live, ended, "stopped")
            show(desk, ended[0].node)
            raise
        finally:
            for beam in live:
                beam.chain.free()
        show(desk, ended[0].node)
        best: dict[str, float] = {}
        for each in ended:
            best.setdefault(each.text, each.score)
        return Outcome(ended[0].reason, tuple(Candidate(*each) for each in best.items()))

    # ── one step ──

    def _grow(
        self, desk: Desk, live: list[Beam], rows: Row[int], ended: list[Ended], spare: list[Sequence]
    ) -> list[Beam]:
        """The beams of the next step; answers that end are put into `ended`."""
        picked: list[tuple[Option, Node, Writing]] = []
        for rank, option in enumerate(self._options(desk, live, rows, ended)):
            parent = live[option.beam]
            chosen = _chosen(desk, rows[option.beam], option.token)
            length = (parent.node.length if parent.node else 0) + 1
            node = Node(parent.node, option.token, option.logprob, chosen, option.total, length)
            writing = parent.writing.copy()
            reason = writing.add(option.token, option.logprob)
            if reason is not None:
                if rank < self._width:
                    self._end(node, writing.text, reason, ended)
            elif len(picked) < self._width:
                picked.append((option, node, writing))
        return _children(desk, live, picked, spare)

    def _options(self, desk: Desk, live: list[Beam], rows: Row[int], ended: list[Ended]) -> list[Option]:
        """The 2·width likeliest next tokens over all beams, best first."""
        from app.engine.logprobs import log_sum_exp

        options: list[Option] = []
        stuck: list[Beam] = []
        for number, (beam, row) in enumerate(zip(live, rows, strict=True)):
            logits = beam.chain.adjusted(row)
            least = log_sum_exp(logits)
            tokens = beam.chain.likeliest(logits, 2 * self._width)
            logprobs = (logits[tokens] - least).tolist()
            for token, logprob in zip(tokens, logprobs, strict=True):
                options.append(Option(number, token, logprob, beam.total + logprob))
            if not tokens:
                stuck.append(beam)
        if stuck and not (options and desk.vocabulary.can_end):
            stuck[0].chain.nothing_left()  # raises where that is a fault
            self._end_all(stuck, ended, "end")
        options.sort(key=lambda option: -option.total)  # stable: of equal ones the likelier beam, the likelier token
        return options[: 2 * self._width]

    # ── the end ──

    def _score(self, total: float, length: int) -> float:
        return float(total / length**self._penalty) if length else 0.0

    def _end(self, node: Node | None, text: str, reason: FinishReason, ended: list[Ended]) -> None:
        """Put an answer among the best `width`."""
        score = self._score(node.total, node.length) if node else 0.0
        ended.append(Ended(score, text, node, reason))
        ended.sort(key=lambda each: -each.score)
        del ended[self._width :]

    def _end_all(self, beams: list[Beam], ended: list[Ended], reason: FinishReason) -> None:
        for beam in beams:
            beam.writing.finish()
            self._end(beam.node, beam.writing.text, reason, ended)

    def _is_over(self, desk: Desk, live: list[Beam], ended: list[Ended]) -> bool:
        if len(ended) < self._width:
            return False
        likeliest = max(beam.total for beam in live)
        length = live[0].node.length if live[0].node else 0  # all are equally long
        if self._early:
            return self._score(likeliest, length) <= ended[0].score
        if self._penalty and desk.sampling.max_tokens >= 0:
            length = desk.limit
        return self._score(likeliest, length) <= ended[-1].score


def _children(
    desk: Desk, live: list[Beam], picked: list[tuple[Option, Node, Writing]], spare: list[Sequence]
) -> list[Beam]:
    """Beams for what was picked. One child of each goes on in its sequence, the others in copies of it."""
    uses = Counter(option.beam for option, _, _ in picked)
    for number, beam in enumerate(live):
        if not uses[number]:
            spare.append(beam.sequence)
            beam.chain.free()
    children = []
    for option, node, writing in picked:
        parent = live[option.beam]
        uses[option.beam] -= 1
        if uses[option.beam]:
            chain, sequence = parent.chain.copy(), _copy(desk, parent.sequence, spare)
        else:
            chain, sequence = parent.chain, parent.sequence
        children.append(Beam(node, writing, sequence, chain))
    for child in children:
        if child.node:
            child.chain.accept(child.node.token)  # it still follows the parent's text
            child.chain.follow(child.writing)
    return children


def _copy(desk: Desk, sequence: Sequence, spare: list[Sequence]) -> Sequence:
    if not spare:
        return desk.fork(sequence)
    copy = spare.pop()
    desk.become(copy, sequence)
    return copy


def _chosen(desk: Desk, row: int, token: int) -> Chosen | None:
    if not desk.logprobs:
        return None
    from app.engine.logprobs import chosen

    return chosen(desk.context.logits(row), token, desk.logprobs, None, desk.vocabulary)


def show(desk: Desk, last: Node | None) -> None:
    """Let the window see this answer."""
    writing = desk.writing()
    for node in reversed(list(_back(last))):
        writing.add(node.token, node.logprob, node.chosen)


def _back(node: Node | None) -> Iterator[Node]:
    while node:
        yield node
        node = node.before
