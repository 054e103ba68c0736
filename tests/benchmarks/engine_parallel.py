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

        def measure(streams: int) -> dict[str, float]:
            answers = meter.ask_all([meter.prompt(PROMPT) for _ in range(streams)], tokens + 1)
            return {"rate": parallel_rate(answers)}

        def theirs(streams: int) -> dict[str, float]:
            rates = comparing.batched_bench(options.tools, options.model, options.threads, PROMPT, tokens, [streams])
            return {"rate": rates[str(streams)]}

        def compare(streams: int) -> dict[str, dict[str, list[float]]]:
            return comparing.in_turn(
                options.runs, ours=lambda: measure(streams), llama_batched_bench=lambda: theirs(streams)
            )

        found = {streams: compare(streams) for streams in options.streams}
    # Of runs next to each other in time: the speed of a machine may drift by more than the difference.
    ratios = {
        streams: comparing.paired(sides["ours"]["rate"], sides["llama_batched_bench"]["rate"])
        for streams, sides in found.items()
    }
    summaries = {str(streams): comparing.summaries(sides) for streams, sides in found.items()}
    comparing.report("engine_parallel", options, generation_tokens=tokens, ratio=ratios, goal=GOAL, **summaries)


if __name__ == "__main__":
    main()
