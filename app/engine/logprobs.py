"""Log-probabilities from raw logits, and what is told of a token with `Generate.logprobs`.

All arrays are numpy's, float32 of the vocabulary's length. Nothing here loops over the vocabulary in Python:
for 128,000 tokens the sum takes half a millisecond and the likeliest ones a tenth of that.
"""

import math
from typing import TYPE_CHECKING, Any

import numpy

from app.core.protocol import Alternative, Chosen

if TYPE_CHECKING:
    from app.engine.llama.sampler import SamplerChain
    from app.engine.llama.vocabulary import Vocabulary

ROWS = 64  # into which the vocabulary is folded
SLICE = 16384  # tokens that are summed at once: longer arrays are got from the system anew each time, page by page


def log_sum_exp(logits: Any) -> float:
    """The number that turns logits into log-probabilities when it is taken from them."""
    highest = logits.max()
    total = 0.0
    for begin in range(0, len(logits), SLICE):
        total += float(numpy.exp(logits[begin : begin + SLICE] - highest).sum())
    return float(highest) + math.log(total)


def likeliest(logits: Any, count: int) -> Any:
    """The `count` tokens with the highest logits, highest first; of equal ones the lower number first.

    Those of -inf are left out. Folded into rows, the best n lie in the n columns with the highest maxima, so only
    these are sorted.
    """
    size = len(logits)
    columns = size // ROWS
    if columns > 2 * count:
        heads = logits[: ROWS * columns].reshape(ROWS, columns).max(axis=0)
        bound = numpy.partition(heads, columns - count)[columns - count]  # equal ones stay: they may be lower numbers
        places = (numpy.arange(0, ROWS * columns, columns)[:, None] + numpy.flatnonzero(heads >= bound)).ravel()
        places = numpy.concatenate([places, numpy.arange(ROWS * columns, size)])
        values = logits[places]
    else:
        places, values = numpy.arange(size), logits
    order = numpy.argsort(-values, kind="stable")[:count]
    return places[order[values[order] > -numpy.inf]]


def chosen(logits: Any, token: int, count: int, chain: "SamplerChain | None", vocabulary: "Vocabulary") -> Chosen:
    """What is known of a token that was picked, with `count` alternatives in `logits`, the model's own.

    `chain` is what has just drawn it; None where nothing was drawn.
    """
    total = log_sum_exp(logits)

    def alternative(other: int, logprob: float) -> Alternative:
        return Alternative(other, vocabulary.shown(other), logprob)

    top = tuple(alternative(other, float(logits[other]) - total) for other in likeliest(logits, count).tolist())
    kept = tuple(alternative(*each) for each in chain.kept(count)) if chain else ()
    return Chosen(token, vocabulary.shown(token), float(logits[token]) - total, top, kept)
