"""Time to the first token of a next turn ÷ of the same conversation read anew, and ÷ llama-server. Prints one JSON object.

.venv/bin/python tests/benchmarks/engine_next_turn.py MODEL --tools DIR [--tokens 3000]

A prompt of so many tokens is answered, then a short question follows, after our engine has read ahead what it reads while a person
reads. llama-server has one slot and its prompt cache.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.core.protocol import Turn
from tests.benchmarks import comparing

GOAL_OF_COLD, GOAL_OF_SERVER = 0.05, 1.0
ANSWER = 16  # tokens


def main() -> None:
    parser = comparing.parser(__doc__, runs=2)
    parser.add_argument("--tokens", type=int, default=3000)
    options = parser.parse_args()
    with (
        comparing.ours(options.model, options.threads) as meter,
        comparing.Server(options.tools, options.model, options.threads) as server,
    ):

        def ask_ours() -> dict[str, float]:
            turns = meter.prompt(options.tokens)
            cold = meter.ask(turns, ANSWER)
            turns += [Turn("assistant", cold.text), Turn("user", "And then?")]
            following = meter.ask(turns, ANSWER)
            assert following.started is not None
            read = following.started.prompt_tokens - following.started.reused_tokens
            return {"cold_s": cold.first_token_s, "next_turn_s": following.first_token_s, "read_tokens": read}

        def ask_server() -> dict[str, float]:
            turns = meter.prompt(options.tokens)
            cold, text = server.first_token_s(turns, ANSWER)
            turns += [Turn("assistant", text), Turn("user", "And then?")]
            following, _ = server.first_token_s(turns, ANSWER)
            return {"cold_s": cold, "next_turn_s": following}

        server.first_token_s(meter.short_prompts(1)[0], 4)
        found = comparing.in_turn(options.runs, ours=ask_ours, llama_server=ask_server)
    mine, theirs = found["ours"], found["llama_server"]
    comparing.report(
        "engine_next_turn", options, tokens=options.tokens,
        ratio_of_cold=comparing.ratio(mine["next_turn_s"], mine["cold_s"]), goal_of_cold=GOAL_OF_COLD,
        ratio_of_server=comparing.ratio(mine["next_turn_s"], theirs["next_turn_s"]), goal_of_server=GOAL_OF_SERVER,
        cold_ratio_of_server=comparing.ratio(mine["cold_s"], theirs["cold_s"]), **comparing.summaries(found),
    )  # fmt: skip


if __name__ == "__main__":
    main()
