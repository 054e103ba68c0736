"""The ways of decoding, one small class each; `STRATEGIES` is the list of them."""

from collections.abc import Callable

from app.core.params import Sampling
from app.engine.decoding.base import Strategy
from app.engine.decoding.beam import BeamSearch
from app.engine.decoding.best_of import BestOf
from app.engine.decoding.guided import Guided
from app.engine.decoding.sample import Sample

STRATEGIES: dict[str, Callable[[Sampling], Strategy]] = {
    "greedy": lambda sampling: Sample(),
    "sample": lambda sampling: Sample(),
    "beam": lambda s: BeamSearch(s.beam_width, s.length_penalty, s.early_stopping),
    "best_of": lambda s: BestOf(s.best_of),
    "guided": lambda s: Guided(s.guidance_scale),
}


def strategy(sampling: Sampling) -> Strategy:
    """The one that `Sampling.strategy` names."""
    return STRATEGIES.get(sampling.strategy, STRATEGIES["sample"])(sampling)
