"""Reading a prompt and writing an answer through the engine process ÷ llama-bench. Prints one JSON object.

.venv/bin/python tests/benchmarks/engine_against_llama_bench.py MODEL --tools DIR [--prompt-tokens 512] [--generation-tokens 128]

Ours is what a window sees: from the question to the first token, template and pipe and sampling included; and from the first token
to the end. Prompt lookup is off, because llama-bench has no text that it could look anything up in.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.cli.meter import generation_rate
from tests.benchmarks import comparing

GOAL = 0.97


def main() -> None:
    parser = comparing.parser(__doc__)
    parser.add_argument("--prompt-tokens", type=int, default=512)
    parser.add_argument("--generation-tokens", type=int, default=128)
    options = parser.parse_args()
    size = options.prompt_tokens, options.generation_tokens
    with comparing.ours(options.model, options.threads) as meter:

        def measure() -> dict[str, float]:
            read = meter.ask(meter.prompt(size[0]), 1)
            written = meter.write(size[1] + 1)  # the first token comes from the prompt
            return {
                "prompt_tokens_per_second": read.prompt_tokens_per_second,
                "generation_tokens_per_second": generation_rate(written),
            }

        found = comparing.in_turn(
            options.runs,
            ours=measure,
            llama_bench=lambda: comparing.llama_bench(options.tools, options.model, options.threads, *size),
        )
    ratios = {name: comparing.ratio(values, found["llama_bench"][name]) for name, values in found["ours"].items()}
    comparing.report(
        "engine_against_llama_bench", options, prompt_tokens=size[0], generation_tokens=size[1], ratio=ratios, goal=GOAL,
        **comparing.summaries(found),
    )  # fmt: skip


if __name__ == "__main__":
    main()
