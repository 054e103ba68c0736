"""What is told of each token that a strategy picks, where the request asks for it."""

from typing import TYPE_CHECKING, Any

from app.core.protocol import Chosen
from app.engine.decoding.base import Desk

if TYPE_CHECKING:
    from app.engine.llama.sampler import SamplerChain


def told(desk: Desk, row: int, token: int, chain: "SamplerChain", logits: Any = None) -> Chosen | None:
    """Of a token that `chain` has just sampled from the logits in `row`; None where nobody asked.

    `logits` are the model's own, where they are not in the row any more.
    """
    if not desk.logprobs or token < 0:
        return None
    from app.engine.logprobs import chosen  # numpy, which plain sampling does without

    own = desk.context.logits(row) if logits is None else logits
    return chosen(own, token, desk.logprobs, chain, desk.vocabulary)
