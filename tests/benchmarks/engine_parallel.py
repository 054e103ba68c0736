"""Answers at once, all their tokens per second ÷ llama-batched-bench with as many sequences. Prints one JSON object.

.venv/bin/python tests/benchmarks/engine_parallel.py MODEL --tools DIR [--streams 2,4,8] [--generation-tokens 128]

Ours are separate requests with prompts of their own, sampled and sent through the pipe; counted while all of them are written.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.cli.meter import parallel_rate
from tests.benchmarks import comparing

GOAL = 0.95
PROMPT = 32  # tokens


def main() -> None:
    parser = comparing.parser(__doc__)
    parser.add_argument("--streams", type=lambda text: [int(part) for part in text.split(",")], default=[2, 4, 8])
    parser.add_argument("--generation-tokens", type=int, default=128)
    options = parser.parse_args()
    tokens = options.generation_tokens
    with comparing.ours(options.model, options.threads) as meter:

        def measure() -> dict[str, float]:
            return {
                str(streams): parallel_rate(meter.ask_all([meter.prompt(PROMPT) for _ in range(streams)], tokens + 1))
                for streams in options.streams
            }

        found = comparing.in_turn(
            options.runs,
            ours=measure,
            llama_batched_bench=lambda: comparing.batched_bench(
                options.tools, options.model, options.threads, PROMPT, tokens, options.streams
            ),
        )
    ratios = {
        name: comparing.ratio(values, found["llama_batched_bench"][name]) for name, values in found["ours"].items()
    }
    comparing.report(
        "engine_parallel", options, generation_tokens=tokens, ratio=ratios, goal=GOAL, **comparing.summaries(found)
    )


if __name__ == "__main__":
    main()
