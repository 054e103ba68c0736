"""The ways of decoding, one small class each; `STRATEGIES` is the list of them."""

from collections.abc import Callable

from app.core.params import Sampling
from app.engine.decoding.base import Strategy
from app.engine.decoding.sample import Sample

STRATEGIES: dict[str, Callable[[Sampling], Strategy]] = {
    "greedy": lambda sampling: Sample(),
    "sample": lambda sampling: Sample(),
}


def strategy(sampling: Sampling) -> Strategy:
    """The one that `Sampling.strategy` names."""
    return STRATEGIES.get(sampling.strategy, STRATEGIES["sample"])(sampling)
