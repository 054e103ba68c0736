"""The sampler chain: every row of `Sampling` in llama.cpp's order (common/sampling.cpp, common_sampler_init)."""

from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, Any

from app.core.errors import InputError
from app.core.language import tr
from app.core.params import Sampling
from app.core.record import record
from app.engine.llama.bias import Biases, biases
from app.engine.llama.grammar import Grammar
from app.engine.llama.library import api
from app.engine.llama.vocabulary import Vocabulary, encoded

if TYPE_CHECKING:
    from app.engine.decoding.base import Writing
    from app.engine.llama.candidates import Candidates

MIN_KEEP = 0
MIROSTAT_CANDIDATES = 100
NEXT_TO_NOTHING = 1e-37  # of the likeliest token's probability; near the smallest that float32 holds
SEED_STEP = 0x9E3779B1  # 2³² divided by the golden ratio: far from any other seed that somebody chooses
SEEDS = 1 << 31
LLAMA_DRAWS: int = api.LLAMA_DEFAULT_SEED
NO_TOKEN = -1
EAGER = 4  # times as many tokens as wanted are tried one by one before the grammar looks at all


@record
class Place:
    """Where a chain is used: what some samplers ask for besides their own rows."""

    vocabulary: Vocabulary
    context_length: int
    seed: int


@record
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


def _typical(s: Sampling, place: Place) -> Any:
    """Its entropy is NaN as soon as one probability is 0, so what others have refused is taken out first."""
    if s.typical_p >= 1:
        return api.llama_sampler_init_typical(s.typical_p, MIN_KEEP)
    both = api.llama_sampler_chain_init(api.llama_sampler_chain_default_params())
    api.llama_sampler_chain_add(both, api.llama_sampler_init_min_p(NEXT_TO_NOTHING, MIN_KEEP))
    api.llama_sampler_chain_add(both, api.llama_sampler_init_typical(s.typical_p, MIN_KEEP))
    return both


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
    Step(("typical_p",), _typical),
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


# Those that only change logits; beam search compares them, so that nothing may be drawn or left out by chance.
PENALTIES = CHAIN[:2]
GREEDY = (*PENALTIES, Step((), lambda s, place: api.llama_sampler_init_greedy()))


def steps(sampling: Sampling) -> tuple[Step, ...]:
    """The samplers in order; Mirostat replaces them all."""
    if sampling.strategy == "greedy":
        return GREEDY
    if sampling.strategy == "beam":
        return PENALTIES
    return MIROSTAT.get(sampling.mirostat, CHAIN)


def seed_of(sampling: Sampling, number: int) -> int:
    """The seed for one of several answers to the same request; where none is given, llama.cpp draws one."""
    return (sampling.seed + number * SEED_STEP) % SEEDS if sampling.seed >= 0 else LLAMA_DRAWS


class SamplerChain:
    """Biases, grammar and samplers of one answer; `free` it afterwards.

    The grammar is applied the cheap way, as llama.cpp does it (common/sampling.cpp, common_sampler_sample): a token
    is drawn without it, and only where it does not fit, drawn again from those that do.
    """

    def __init__(
        self,
        sampling: Sampling,
        vocabulary: Vocabulary,
        context_length: int,
        context: Any = None,
        number: int = 0,
        *,
        prefill: str = "",
        logprobs: int = 0,
    ) -> None:
        """Make it.

        Args:
            context: llama.cpp's, whose logits `sample` reads.
            number: tells the answers of one request apart.
            prefill: what the answer already begins with; the grammar holds for it too.
            logprobs: whether `kept` will be asked.

        Raises:
            InputError: a bias, a banned token, the grammar or the JSON schema cannot be used.
        """
        self._writing: Writing | None = None
        self._begun = False  # has the grammar taken anything
        self._vocabulary = vocabulary
        self._context = context
        self._greedy = sampling.strategy == "greedy"
        self._watched = logprobs > 0
        self._looks_back = _looks_back(sampling, context_length)
        self._changes = False  # the logits, by biases or penalties
        self._candidates: Candidates | None = None
        self._bias: Any = None
        self.pointer: Any = None
        self._grammar = Grammar.of(sampling, vocabulary)
        try:
            if self._grammar is not None and prefill:
                self._grammar.begin(prefill)
                self._begun = True
            bias = _bias(biases(sampling, vocabulary), vocabulary)
            self._changes = bool(bias or self._looks_back)
            self.pointer = api.llama_sampler_chain_init(api.llama_sampler_chain_default_params())
            if self._grammar is None and bias:
                api.llama_sampler_chain_add(self.pointer, bias)
            else:
                self._bias = bias  # before the grammar, so that it is seen when nothing is left
            place = Place(vocabulary, context_length, seed_of(sampling, number))
            for step in steps(sampling):
                api.llama_sampler_chain_add(self.pointer, step.make(sampling, place))
        except BaseException:
            self.free()
            raise

    def follow(self, writing: "Writing") -> None:
        """The grammar holds for the answer in this text, and not for what is thought before it."""
        self._writing = writing

    @property
    def _grammar_now(self) -> Grammar | None:
        """The grammar where it holds for the next token."""
        writing = self._writing
        if self._grammar is None or writing is None or self._begun or writing.phase == "answer":
            return self._grammar
        return self._grammar if writing.phase == "open" and not writing.holds_back else None

    def _begins_to_think(self, token: int) -> bool:
        return not self._begun and self._writing is not None and self._writing.thinks_with(token)

    def sample(self, row: int) -> int:
        """Pick the next token from the logits in this row of the last batch, and remember it.

        -1 where the grammar is complete and the vocabulary has no token to end with.

        Raises:
            InputError: no token fits the grammar.
        """
        if self._watched or (self._grammar is not None and (self._bias or self._grammar_now is not None)):
            return self.sample_from(self._logits(row))
        token: int = api.llama_sampler_sample(self.pointer, self._context, row)
        return token

    def sample_from(self, logits: Any) -> int:
        """The same from float32 (vocabulary,) logits that were made in another way."""
        token = self._draw(logits)
        grammar = self._grammar_now
        if grammar is not None and not grammar.allows(token) and not self._begins_to_think(token):
            token = self._draw(logits, grammar)
        if token == NO_TOKEN:
            return self.nothing_left()
        self.accept(token)
        return token

    def accept(self, token: int) -> None:
        """The answer goes on with this token; ask before it is added to the text that is followed."""
        grammar = self._grammar_now
        if grammar is not None and grammar.allows(token):
            grammar.accept(token)
            self._begun = True
        api.llama_sampler_accept(self.pointer, token)

    def _draw(self, logits: Any, grammar: Grammar | None = None) -> int:
        candidates = self._filled(logits)
        if grammar is not None:
            grammar.refuse(candidates)
        if (grammar is not None or self._bias) and not candidates.drop_refused():
            return NO_TOKEN
        candidates.apply(self.pointer)
        return candidates.picked

    def nothing_left(self) -> int:
        """What it means that no token fits the grammar: the end, for a vocabulary without a token for that.

        Raises:
            InputError: the vocabulary has one, and even that does not fit.
        """
        if self._vocabulary.can_end:
            raise InputError(
                tr("No token of this model fits the grammar here."),
                tr("Change the grammar, the biases or the banned tokens in the sampling settings."),
            )
        return NO_TOKEN

    # ── for those who choose themselves ──

    def adjusted(self, row: int) -> Any:
        """The logits of a row with biases and penalties: float32 (vocabulary,), valid until the next call or batch."""
        logits = self._logits(row)
        if not self._changes:
            return logits
        candidates = self._filled(logits)
        candidates.apply(self.pointer)
        return candidates.left["logit"]

    def likeliest(self, logits: Any, count: int) -> list[int]:
        """The `count` likeliest tokens that fit the grammar, best first; fewer where there are not so many."""
        from app.engine.logprobs import likeliest

        grammar = self._grammar_now
        first: list[int] = likeliest(logits, count if grammar is None else EAGER * count).tolist()
        if grammar is None:
            return first
        fitting = [token for token in first if grammar.allows(token) or self._begins_to_think(token)]
        if len(fitting) < count and len(first) == EAGER * count:  # there are more, which takes long
            candidates = self._own_candidates()
            candidates.fill(logits.copy())  # they may be a view of what is filled
            grammar.refuse(candidates)
            fitting = likeliest(candidates.left["logit"], count).tolist()
        return fitting[:count]

    def kept(self, count: int) -> list[tuple[int, float]]:
        """Of what the last token was drawn from, the `count` likeliest with their log-probabilities.

        Only with `logprobs`.
        """
        from app.engine.logprobs import likeliest, log_sum_exp

        candidates = self._own_candidates()
        if self._greedy:
            return [(candidates.picked, 0.0)]
        tokens, logits = candidates.left["id"], candidates.left["logit"]
        total = log_sum_exp(logits)
        return [(int(tokens[place]), float(logits[place]) - total) for place in likeliest(logits, count)]

    def copy(self) -> "SamplerChain":
        """Another one at the same place, to be freed like this one."""
        other = copy(self)
        other.pointer = api.llama_sampler_clone(self.pointer)
        other._bias = api.llama_sampler_clone(self._bias) if self._bias else None
        other._grammar = self._grammar.copy() if self._grammar else None
        return other

    # ── what happens inside ──

    def _logits(self, row: int) -> Any:
        import numpy

        return numpy.ctypeslib.as_array(api.llama_get_logits_ith(self._context, row), (self._vocabulary.size,))

    def _own_candidates(self) -> "Candidates":
        if self._candidates is None:
            from app.engine.llama.candidates import Candidates

            self._candidates = Candidates(self._vocabulary.size)
        return self._candidates

    def _filled(self, logits: Any) -> "Candidates":
        candidates = self._own_candidates()
        candidates.fill(logits)
        if self._bias:
            candidates.apply(self._bias)
        return candidates

    def read(self, tokens: list[int]) -> None:
        """Show the prompt to the samplers that look back."""
        if self._looks_back:
            for token in tokens[-self._looks_back :]:
                api.llama_sampler_accept(self.pointer, token)

    def names(self) -> list[str]:
        """What llama.cpp calls the samplers of this chain; one that is switched off begins with "?"."""
        count = api.llama_sampler_chain_n(self.pointer)
        links = [api.llama_sampler_chain_get(self.pointer, index) for index in range(count)]
        return [bytes(api.llama_sampler_name(link)).decode() for link in links]

    def free(self) -> None:
        for pointer in (self.pointer, self._bias):
            if pointer:
                api.llama_sampler_free(pointer)
        self.pointer = self._bias = None
        if self._grammar is not None:
            self._grammar.free()
            self._grammar = None


def _bias(wanted: Biases, vocabulary: Vocabulary) -> Any:
    """The sampler that adds them; None where there are none."""
    if not wanted:
        return None
    entries = (api.llama_logit_bias * len(wanted))(*(api.llama_logit_bias(*item) for item in wanted.items()))
    return api.llama_sampler_init_logit_bias(vocabulary.size, len(wanted), entries)


def _looks_back(s: Sampling, context_length: int) -> int:
    """How many tokens of the prompt any sampler can see."""
    if not set(PENALTIES) & set(steps(s)):
        return 0
    windows = [0]
    if s.repeat_penalty != 1 or s.frequency_penalty != 0 or s.presence_penalty != 0:
        windows.append(s.repeat_last_n)
    if s.dry_multiplier != 0:
        windows.append(s.dry_last_n)
    return context_length if min(windows) < 0 else max(windows)
