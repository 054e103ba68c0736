"""What `fireside bench` measures of a model, each figure in every repetition."""

import statistics
from collections.abc import Callable, Sequence

from app.cli.meter import CONVERSATION, Meter, generation_rate, parallel_rate
from app.core.language import tr, trn
from app.core.params import Loading
from app.core.protocol import ModelInfo, Turn
from app.core.record import record

STREAMS = (1, 2, 4, 8)  # answers at once
FIGURES = (
    "prompt_tokens_per_second",
    "generation_tokens_per_second",
    "time_to_first_token_s",
    "next_turn_time_to_first_token_s",
    "restore_s",
    *(f"parallel_{streams}" for streams in STREAMS),
)
OPENING = 8  # tokens of the answer that a next turn follows
SHORT_PROMPT = 64  # more tokens than the prompts have that only begin an answer

Told = Callable[[float, str], None]  # before each step: the share that is done, and what comes


@record
class Size:
    """How much is measured, how often."""

    prompt_tokens: int = 512
    generation_tokens: int = 128
    repeat: int = 3

    @property
    def context(self) -> int:
        """Tokens that the longest conversation takes."""
        return max(self.prompt_tokens + OPENING, self.generation_tokens) + SHORT_PROMPT

    def context_of(self, streams: int) -> int:
        """Tokens that so many answers at once take."""
        return streams * (self.generation_tokens + SHORT_PROMPT)


class Measurement:
    """One model measured; `values` holds each figure's value of every repetition, as far as it could be measured."""

    def __init__(self, meter: Meter, model: ModelInfo, loading: Loading, size: Size) -> None:
        self.values: dict[str, list[float]] = {name: [] for name in FIGURES}
        self._meter = meter
        self._model = model
        self._loading = loading
        self._size = size
        self._turns: list[Turn] = []
        self._steps: list[tuple[str, Callable[[], None]]] = [
            (tr("reading a prompt"), self._prompt),
            (tr("the next turn"), self._next_turn),
            (tr("writing"), self._generation),
            *(
                (trn("{count} answer at once", "{count} answers at once", streams), lambda n=streams: self._parallel(n))
                for streams in STREAMS[1:]
                if size.context_of(streams) <= model.context_length
            ),
            (tr("restoring from disk"), self._restore),
        ]

    def run(self, told: Told) -> None:
        """Measure everything once in each repetition, so that a busy moment of the machine meets all figures alike."""
        self._meter.ask(self._meter.short_prompts(1)[0], 2)  # the first batch is slower than all others
        steps = self._steps * self._size.repeat
        for number, (what, step) in enumerate(steps):
            told(number / len(steps), what)
            step()

    def mean(self, figure: str) -> float | None:
        values = self.values[figure]
        return statistics.fmean(values) if values else None

    def spread(self, figure: str) -> float | None:
        """The standard deviation of the sample; None where there are not two values."""
        values = self.values[figure]
        return statistics.stdev(values) if len(values) > 1 else None

    def _prompt(self) -> None:
        self._turns = self._meter.prompt(self._size.prompt_tokens)
        answer = self._meter.ask(self._turns, OPENING, conversation=CONVERSATION)
        self._turns += [Turn("assistant", answer.text.strip() or "…", answer.thinking), Turn("user", "And then?")]
        self._add("prompt_tokens_per_second", answer.prompt_tokens_per_second)
        self._add("time_to_first_token_s", answer.first_token_s)

    def _next_turn(self) -> None:
        answer = self._meter.ask(self._turns, 1, conversation=CONVERSATION)
        self._add("next_turn_time_to_first_token_s", answer.first_token_s)

    def _generation(self) -> None:
        rate = generation_rate(self._meter.write(self._size.generation_tokens))
        self._add("generation_tokens_per_second", rate)
        self._add("parallel_1", rate)

    def _parallel(self, streams: int) -> None:
        answers = self._meter.ask_all(self._meter.short_prompts(streams), self._size.generation_tokens)
        self._add(f"parallel_{streams}", parallel_rate(answers))

    def _restore(self) -> None:
        answer = self._meter.reopen(self._turns, self._model.path, self._loading)
        if answer is not None and answer.started is not None and answer.started.restored_tokens:
            self._add("restore_s", answer.started.restore_s)

    def _add(self, figure: str, value: float) -> None:
        if value > 0:  # 0: the model wrote nothing that could be measured
            self.values[figure].append(value)


def change(now: float | None, before: object) -> float | None:
    """The relative change since an earlier value: 0.03 is 3 % more."""
    if now is None or not isinstance(before, int | float) or before <= 0:
        return None
    return now / before - 1


def widest_context(size: Size, model: ModelInfo) -> int:
    """The context that all of it needs, as far as the model was trained for it."""
    needed = max(size.context, *(size.context_of(streams) for streams in STREAMS))
    return min(needed, model.trained_context or needed)


def figures(measurement: Measurement, pick: Callable[[str], float | None]) -> dict[str, object]:
    """Means or spreads by name, the parallel ones in an object by the number of answers."""
    result: dict[str, object] = {name: pick(name) for name in FIGURES if not name.startswith("parallel_")}
    return result | {"parallel": {str(streams): pick(f"parallel_{streams}") for streams in STREAMS}}


def flat(figures: object) -> dict[str, object]:
    """What `figures` made, by the names of FIGURES; of anything else nothing."""
    if not isinstance(figures, dict):
        return {}
    parallel: object = figures.get("parallel")
    streams: Sequence[tuple[object, object]] = tuple(parallel.items()) if isinstance(parallel, dict) else ()
    return {**figures, **{f"parallel_{name}": value for name, value in streams}}
