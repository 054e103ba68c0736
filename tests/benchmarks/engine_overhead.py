"""What the token loop costs besides llama.cpp's own decoding and sampling. Prints one JSON object.

The same tokens are decoded twice in this process: by bare calls of the C functions, and by the whole loop with
events; and once more through the pipe of a model process.

    python tests/benchmarks/engine_overhead.py [MODEL] [--tokens 300] [--runs 7]
"""

import argparse
import json
import queue
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.core.params import Loading, Sampling
from app.core.paths import bundled
from app.core.protocol import Done, Event, Generate, Load, Piece, Timing, Turn
from app.engine.decoding.base import Sequence
from app.engine.host import Host
from app.engine.llama.context import LAST, Context
from app.engine.llama.library import api
from app.engine.llama.log import Log
from app.engine.llama.model import Model
from app.engine.llama.sampler import SamplerChain
from app.engine.loaded import LoadedModel

TURNS = (Turn("user", "hello"),)
LOADING = Loading(threads=1)


def bare(model: Path, log: Log, sampling: Sampling, like: Timing, runs: int) -> float:
    """Seconds per token of llama_sampler_sample and llama_decode alone."""
    loaded = Model(model, LOADING, lambda fraction: True, log)
    context = Context(loaded, LOADING, log)
    prompt = loaded.vocabulary.tokenize("x", True)[:1] * like.prompt_tokens
    tokens = like.completion_tokens
    best = float("inf")
    sequence = Sequence(0, [])
    for _ in range(runs):
        context.clear(sequence)
        context.decode([(sequence, prompt, LAST)], lambda: False)
        chain = SamplerChain(sampling, loaded.vocabulary, context.length)
        one = (api.llama_token * 1)()
        batch = api.llama_batch_get_one(one, 1)
        begin = time.perf_counter()
        for _ in range(tokens):
            one[0] = api.llama_sampler_sample(chain.pointer, context.pointer, -1)
            api.llama_decode(context.pointer, batch)
        best = min(best, (time.perf_counter() - begin) / tokens)
        chain.free()
    context.free()
    loaded.free()
    return best


def looped(model: Path, log: Log, sampling: Sampling, runs: int) -> tuple[float, Timing]:
    stops = [0] * 64
    loaded = LoadedModel(Load(1, model, LOADING), lambda event: None, lambda: stops[:], log)
    best = float("inf")
    timing = Timing()

    def take(event: Event) -> None:
        nonlocal timing
        if isinstance(event, Done):
            timing = event.timing

    for run in range(runs):
        loaded.scheduler.add(loaded.job(Generate(run + 2, TURNS, sampling), 0.0, take))
        while loaded.scheduler.busy:
            loaded.scheduler.step()
        best = min(best, timing.generation_s / timing.completion_tokens)
    loaded.free()
    return best, timing


def piped(model: Path, sampling: Sampling, runs: int) -> tuple[float, int]:
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    host = Host(events.put)
    host.load(model, LOADING)
    best, pieces = float("inf"), 0
    for _ in range(runs):
        host.generate(TURNS, sampling)
        pieces = 0
        while not isinstance(event := events.get(timeout=60), Done):
            pieces += isinstance(event, Piece)
        best = min(best, event.timing.generation_s / event.timing.completion_tokens)
    host.close()
    return best, pieces


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=bundled("models/guide.gguf"))
    parser.add_argument("--tokens", type=int, default=300)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    log = Log()
    # No model of this size keeps talking for long of its own accord.
    ends = ("<|im_end|>", "<|endoftext|>")
    sampling = Sampling(seed=1, temperature=1.0, banned=ends, lookup=False, max_tokens=options.tokens)
    loop, timing = looped(options.model, log, sampling, options.runs)
    alone = bare(options.model, log, sampling, timing, options.runs)
    pipe, pieces = piped(options.model, sampling, options.runs)
    result = {
        "benchmark": "engine_overhead",
        "model": options.model.name,
        "bare_ms": round(1000 * alone, 4),
        "loop_adds_ms": round(1000 * (loop - alone), 4),
        "pipe_adds_ms": round(1000 * (pipe - loop), 4),
        "goal_loop_adds_ms": 0.03,
        "tokens_per_second": round(1 / pipe, 1),
        "tokens": timing.completion_tokens,
        "pieces": pieces,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
