"""Guidance: each token is drawn from what the prompt makes likelier than a negative prompt does."""

from app.engine.decoding.base import Desk, Feed, Outcome, Steps
from app.engine.decoding.told import told


class Guided:
    """Classifier-free guidance (Sanchez et al. 2023, "Stay on topic with Classifier-Free Guidance", equation 7).

    Two sequences in one batch hold the same answer behind two prompts, of which the second has the negative prompt in
    the system text's place. The samplers get negative + scale · (prompt − negative), where both are log-probabilities.
    That equals the prompt's logits + (scale − 1) · (prompt − negative) up to a number that is the same for all tokens;
    taken so, a scale of 1 gives exactly what sampling gives. Without a negative prompt the second reading has no
    system text.
    """

    sequences = 2

    def __init__(self, scale: float) -> None:
        self._scale = scale

    def run(self, desk: Desk) -> Steps:
        from app.engine.logprobs import log_sum_exp

        chain, writing = desk.chain(), desk.writing()
        chain.follow(writing)
        sequence, row = yield from desk.read(desk.prompt)
        if not desk.limit:
            return Outcome("length")
        logits = desk.context.logits(row).copy()  # reading the other prompt overwrites it
        away, other_row = yield from desk.read(desk.negative)
        while True:
            away_logits = desk.context.logits(other_row)
            difference = (logits - log_sum_exp(logits)) - (away_logits - log_sum_exp(away_logits))
            token = chain.sample_from(logits + (self._scale - 1) * difference)
            reason = writing.add(token, chosen=told(desk, row, token, chain, logits))
            if reason is not None:
                return Outcome(reason)
            row, other_row = yield [Feed(sequence, (token,)), Feed(away, (token,))]
            logits = desk.context.logits(row)
