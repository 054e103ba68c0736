"""Writing with prompt lookup ÷ without, for texts that repeat the prompt and texts that do not. Prints one JSON object.

.venv/bin/python tests/benchmarks/engine_lookup.py [--shape 1.2b] [--type Q4_K_M] [--words 500]

Random weights copy nothing. So the model is made to say the same words whatever it is asked (shape_model, `says`), at the full cost
of its size, and the prompt decides what lookup finds: `copied` holds the whole text; `new` holds nothing of it; `misleading` holds
it in pieces of four words in another order, so that every guess is soon wrong.
"""

import argparse
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.cli.meter import generation_rate
from app.core.protocol import Turn
from app.engine.hardware import physical_cores
from tests.benchmarks import comparing
from tests.benchmarks.made_words import COMMON
from tests.benchmarks.shape_model import SHAPES, TYPES, said_words, write_shape_model

GOALS = {"copied": 1.25, "new": 0.98}
PIECE = 4  # words


def prompts(words: list[str]) -> dict[str, str]:
    pieces = [words[start : start + PIECE] for start in range(0, len(words), PIECE)]
    random.Random(1).shuffle(pieces)
    common = COMMON.split()
    return {
        "copied": "Repeat this: " + " ".join(words),
        "new": "Write something: " + " ".join(common[number % len(common)] for number in range(len(words))),
        "misleading": "Put this in order: " + " ".join(word for piece in pieces for word in piece),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=SHAPES, default="1.2b")
    parser.add_argument("--type", choices=TYPES, default="Q4_K_M")
    parser.add_argument("--words", type=int, default=500)
    parser.add_argument("--threads", type=int, default=physical_cores())
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--only", nargs="*", choices=("copied", "new", "misleading"))
    options = parser.parse_args()
    words = said_words(options.words)
    with TemporaryDirectory() as folder:
        options.model = Path(folder) / f"{options.shape}.gguf"
        write_shape_model(options.model, SHAPES[options.shape], options.type, says=words)
        with comparing.ours(options.model, options.threads) as meter:

            def measure(name: str, lookup: bool) -> dict[str, float]:
                turns = [Turn("user", prompts(words)[name])]
                answer = meter.ask(turns, len(words), strategy="greedy", lookup=lookup)
                assert answer.text.split() == words, "lookup must not change the answer"
                return {"rate": generation_rate([answer])}

            def compare(name: str) -> dict[str, dict[str, list[float]]]:
                meter.ask([Turn("user", prompts(words)[name])], 1)  # so that neither side reads the prompt
                return comparing.in_turn(
                    options.runs, lookup=lambda: measure(name, True), without=lambda: measure(name, False)
                )

            found = {name: compare(name) for name in options.only or prompts(words)}
    # Of runs next to each other in time: the speed of a machine may drift by more than the difference.
    ratios = {
        name: comparing.paired(sides["lookup"]["rate"], sides["without"]["rate"]) for name, sides in found.items()
    }
    summaries = {name: comparing.summaries(sides) for name, sides in found.items()}
    comparing.report("engine_lookup", options, words=len(words), ratio=ratios, goals=GOALS, **summaries)


if __name__ == "__main__":
    main()
