"""A step of beam search ÷ a step of as many single answers in one batch. Prints one JSON object.

.venv/bin/python tests/benchmarks/engine_beam.py MODEL [--width 4] [--tokens 64]
"""

import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.cli.meter import Answer
from tests.benchmarks import comparing

GOAL = 1.25


def step_s(answer: Answer) -> float:
    """Seconds for each token of the answer, without the prompt."""
    assert answer.done is not None
    timing = answer.done.timing
    return timing.generation_s / timing.completion_tokens


def main() -> None:
    parser = comparing.parser(__doc__, tools=False)
    parser.add_argument("--width", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=64)
    options = parser.parse_args()
    with comparing.ours(options.model, options.threads) as meter:

        def beams() -> dict[str, float]:
            turns = meter.short_prompts(1)[0]
            return {"step_s": step_s(meter.ask(turns, options.tokens, strategy="beam", beam_width=options.width))}

        def singles() -> dict[str, float]:
            answers = meter.ask_all(meter.short_prompts(options.width), options.tokens, strategy="greedy")
            return {"step_s": statistics.median(map(step_s, answers))}

        found = comparing.in_turn(options.runs, beams=beams, singles=singles)
    comparing.report(
        "engine_beam", options, width=options.width, tokens=options.tokens,
        ratio=comparing.ratio(found["beams"]["step_s"], found["singles"]["step_s"]), goal=GOAL,
        **comparing.summaries(found),
    )  # fmt: skip


if __name__ == "__main__":
    main()
