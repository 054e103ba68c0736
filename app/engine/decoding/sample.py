"""One token after the other: the likeliest each time, or drawn by the samplers; several at once where they repeat."""

from app.engine.decoding.base import Desk, Feed, Outcome, Sequence, Steps, Writing
from app.engine.decoding.lookup import Lookup
from app.engine.decoding.told import told


class Sample:
    """`sample` draws each token by the sampler chain; `greedy` is the same with a chain that takes the likeliest.

    Guessed tokens are drawn like all others, each from the logits in its own row, for as long as they come out as
    guessed. So the answer is the one without guesses.
    """

    sequences = 1

    def run(self, desk: Desk) -> Steps:
        chain, writing = desk.chain(), desk.writing()  # what is wrong with a grammar is said before the prompt is read
        chain.follow(writing)
        sequence, row = yield from desk.read(desk.prompt)
        if not desk.limit:
            return Outcome("length")
        lookup = Lookup(desk.prompt) if desk.sampling.lookup and desk.can_cut else None
        guesses: list[int] = []
        rows = [row]
        while True:
            for number, row in enumerate(rows):
                token = chain.sample(row)
                reason = writing.add(token, chosen=told(desk, row, token, chain))
                if reason is not None:
                    desk.cut(sequence, len(sequence.tokens) - len(guesses) + number)
                    return Outcome(reason)
                if lookup is not None:
                    lookup.add(token)
                if number < len(guesses) and token != guesses[number]:
                    desk.cut(sequence, len(sequence.tokens) - len(guesses) + number)
                    break
            if lookup is not None:
                if guesses:
                    desk.tell_drafts(len(guesses), number)
                guesses = lookup.draft(desk.costs, self._room(desk, writing, sequence)) if desk.alone else []
            rows = yield [Feed(sequence, (token, *guesses), every=bool(guesses))]

    @staticmethod
    def _room(desk: Desk, writing: Writing, sequence: Sequence) -> int:
        """How many guesses there may be: each is a token of the answer, of the context and of a batch."""
        context = desk.context
        limits = desk.limit - len(writing.tokens), context.length - len(sequence.tokens), context.batch_size
        return min(limits) - 1
