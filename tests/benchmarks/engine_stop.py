"""How long Stop takes, between tokens and within a prompt; a batch's own time beside it. Prints one JSON object.

python tests/benchmarks/engine_stop.py [MODEL] [--runs 20]
"""

import argparse
import json
import queue
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.core.params import Sampling
from app.core.paths import bundled
from app.core.protocol import Done, Event, Failed, Loaded, Piece, Progress, Started, Turn
from app.engine.host import Host


class Bench:
    def __init__(self, model: Path) -> None:
        self.events: queue.SimpleQueue[tuple[float, Event]] = queue.SimpleQueue()
        self.host = Host(lambda event: self.events.put((time.perf_counter(), event)))
        self.host.load(model)
        _, loaded = self.until(Loaded)
        assert isinstance(loaded, Loaded)
        self.context = loaded.model.context_length

    def until(self, *kinds: type[Event]) -> tuple[float, Event]:
        while True:
            at, event = self.events.get(timeout=120)
            if isinstance(event, Failed):
                raise SystemExit(f"{event.error}\n{event.error.detail}")
            if isinstance(event, kinds):
                return at, event

    def stop_after(self, turns: list[Turn], kind: type[Event], wait: float) -> float:
        while True:
            request = self.host.generate(turns, Sampling(temperature=2.0, top_k=0, top_p=1.0, min_p=0.0))
            _, event = self.until(kind, Done)
            if isinstance(event, Done):
                continue  # it ended its turn before it said anything
            time.sleep(wait)
            begin = time.perf_counter()
            self.host.stop(request)
            at, done = self.until(Done)
            if isinstance(done, Done) and done.finish_reason == "stopped":
                return at - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=bundled("models/guide.gguf"))
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    bench = Bench(options.model)
    between = [
        bench.stop_after([Turn("user", f"{run} hello")], Piece, 0.003 * (run % 5)) for run in range(options.runs)
    ]
    long = "".join(chr(97 + index * 7 % 26) + " " for index in range(bench.context // 3))
    bench.host.generate([Turn("user", long)], Sampling(max_tokens=1))
    begin, _ = bench.until(Started)
    first, _ = bench.until(Progress)
    bench.until(Done)
    within = [
        bench.stop_after([Turn("user", f"{run} {long}")], Started, 0.003 * (run % 5)) for run in range(options.runs)
    ]
    bench.host.close()

    def spread(values: list[float]) -> dict[str, float]:
        return {"median_ms": round(1000 * statistics.median(values), 2), "worst_ms": round(1000 * max(values), 2)}

    result = {
        "benchmark": "engine_stop",
        "model": options.model.name,
        "between_tokens": spread(between) | {"goal_ms": 50},
        "within_a_prompt": spread(within) | {"first_batch_ms": round(1000 * (first - begin), 2)},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
