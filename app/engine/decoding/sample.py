"""One token after the other: the likeliest each time, or drawn by the samplers."""

from app.engine.decoding.base import Desk, Feed, Outcome, Steps


class Sample:
    """`sample`: each token is drawn by the sampler chain. `greedy` is the same with a chain that takes the likeliest."""

    sequences = 1

    def run(self, desk: Desk) -> Steps:
        sequence, row = yield from desk.read(desk.prompt)
        chain, writing = desk.chain(), desk.writing()
        if not desk.limit:
            return Outcome("length")
        while True:
            token = chain.sample(row)
            reason = writing.add(token)
            if reason is not None:
                return Outcome(reason)
            (row,) = yield [Feed(sequence, (token,))]
