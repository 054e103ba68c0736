"""The sampler chain: every row of `Sampling` in llama.cpp's order (common/sampling.cpp, common_sampler_init)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from app.core.params import Sampling
from app.engine.llama.library import api
from app.engine.llama.vocabulary import Vocabulary, encoded

MIN_KEEP = 0
MIROSTAT_CANDIDATES = 100


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chain is used: what some samplers ask for besides their own rows."""

    vocabulary: Vocabulary
    context_length: int
    seed: int


@dataclass(frozen=True, slots=True)
class Step:
    """One sampler: the rows it reads and how it is made."""

    rows: tuple[str, ...]
    make: Callable[[Sampling, Place], Any]


def _penalties(s: Sampling, place: Place) -> Any:
    window = place.context_length if s.repeat_last_n < 0 else s.repeat_last_n
    return api.llama_sampler_init_penalties(
        place.vocabulary.size, window, s.repeat_penalty, s.frequency_penalty, s.presence_penalty
    )


def _dry(s: Sampling, place: Place) -> Any:
    window = place.context_length if s.dry_last_n < 0 else s.dry_last_n
    # A C string ends at NUL; a breaker that begins with it can break nothing.
    texts = [text for text in (encoded(breaker).partition(b"\0")[0] for breaker in s.dry_breakers) if text]
    breakers = (api.ctypes.c_char_p * len(texts))(*texts)
    return api.llama_sampler_init_dry(
        place.vocabulary.pointer, s.dry_multiplier, s.dry_base, s.dry_allowed_length, window, breakers, len(texts)
    )


def _temperature(s: Sampling, place: Place) -> Any:
    spread = s.dynatemp_range if s.temperature > 0 else 0.0  # 0 is greedy whatever else is set
    return api.llama_sampler_init_temp_ext(s.temperature, spread, s.dynatemp_exponent)


def _pick(s: Sampling, place: Place) -> Any:
    if s.adaptive_target >= 0:
        return api.llama_sampler_init_adaptive_p(s.adaptive_target, s.adaptive_decay, place.seed)
    return api.llama_sampler_init_dist(place.seed)


def _mirostat_1(s: Sampling, place: Place) -> Any:
    return api.llama_sampler_init_mirostat(
        place.vocabulary.size, place.seed, s.mirostat_tau, s.mirostat_eta, MIROSTAT_CANDIDATES
    )


# fmt: off
CHAIN = (
    Step(("repeat_last_n", "repeat_penalty", "frequency_penalty", "presence_penalty"), _penalties),
    Step(("dry_multiplier", "dry_base", "dry_allowed_length", "dry_last_n", "dry_breakers"), _dry),
    Step(("top_n_sigma",), lambda s, place: api.llama_sampler_init_top_n_sigma(s.top_n_sigma)),
    Step(("top_k",), lambda s, place: api.llama_sampler_init_top_k(s.top_k)),
    Step(("typical_p",), lambda s, place: api.llama_sampler_init_typical(s.typical_p, MIN_KEEP)),
    Step(("top_p",), lambda s, place: api.llama_sampler_init_top_p(s.top_p, MIN_KEEP)),
    Step(("min_p",), lambda s, place: api.llama_sampler_init_min_p(s.min_p, MIN_KEEP)),
    Step(("xtc_probability", "xtc_threshold"), lambda s, place: api.llama_sampler_init_xtc(s.xtc_probability, s.xtc_threshold, MIN_KEEP, place.seed)),
    Step(("temperature", "dynatemp_range", "dynatemp_exponent"), _temperature),
    Step(("seed", "adaptive_target", "adaptive_decay"), _pick),
)
MIROSTAT = {
    "1": (Step(("temperature",), lambda s, place: api.llama_sampler_init_temp(s.temperature)),
          Step(("seed", "mirostat", "mirostat_tau", "mirostat_eta"), _mirostat_1)),
    "2": (Step(("temperature",), lambda s, place: api.llama_sampler_init_temp(s.temperature)),
          Step(("seed", "mirostat", "mirostat_tau", "mirostat_eta"), lambda s, place: api.llama_sampler_init_mirostat_v2(place.seed, s.mirostat_tau, s.mirostat_eta))),
}
# fmt: on


def steps(sampling: Sampling) -> tuple[Step, ...]:
    """The samplers in order; Mirostat replaces them all."""
    return MIROSTAT.get(sampling.mirostat, CHAIN)


class SamplerChain:
    """A chain of llama.cpp's samplers for one answer; `free` it afterwards."""

    def __init__(self, sampling: Sampling, vocabulary: Vocabulary, context_length: int) -> None:
        seed = sampling.seed if sampling.seed >= 0 else api.LLAMA_DEFAULT_SEED  # llama.cpp draws one itself
        place = Place(vocabulary, context_length, seed)
        self.pointer = api.llama_sampler_chain_init(api.llama_sampler_chain_default_params())
        self._looks_back = _looks_back(sampling, context_length)
        self._add_suppressed(vocabulary)
        for step in steps(sampling):
            api.llama_sampler_chain_add(self.pointer, step.make(sampling, place))

    def _add_suppressed(self, vocabulary: Vocabulary) -> None:
        """Tokens that the file wants never to be picked."""
        count = api.ctypes.c_int32(0)
        tokens = api.llama_vocab_get_suppress_tokens(vocabulary.pointer, api.ctypes.byref(count))
        if count.value > 0:
            biases = (api.llama_logit_bias * count.value)(
                *(api.llama_logit_bias(tokens[index], float("-inf")) for index in range(count.value))
            )
            bias = api.llama_sampler_init_logit_bias(vocabulary.size, count.value, biases)
            api.llama_sampler_chain_add(self.pointer, bias)

    def read(self, tokens: list[int]) -> None:
        """Show the prompt to the samplers that look back."""
        if self._looks_back:
            self._accept(tokens[-self._looks_back :])

    def _accept(self, tokens: Iterable[int]) -> None:
        for token in tokens:
            api.llama_sampler_accept(self.pointer, token)

    def names(self) -> list[str]:
        """What llama.cpp calls the samplers of this chain; one that is switched off begins with "?"."""
        count = api.llama_sampler_chain_n(self.pointer)
        links = [api.llama_sampler_chain_get(self.pointer, index) for index in range(count)]
        return [bytes(api.llama_sampler_name(link)).decode() for link in links]

    def free(self) -> None:
        if self.pointer:
            api.llama_sampler_free(self.pointer)
            self.pointer = None


def _looks_back(s: Sampling, context_length: int) -> int:
    """How many tokens of the prompt any sampler can see."""
    if s.mirostat != "0":
        return 0
    windows = [0]
    if s.repeat_penalty != 1 or s.frequency_penalty != 0 or s.presence_penalty != 0:
        windows.append(s.repeat_last_n)
    if s.dry_multiplier != 0:
        windows.append(s.dry_last_n)
    return context_length if min(windows) < 0 else max(windows)
