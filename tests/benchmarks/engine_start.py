"""From nothing to the first token: spawn, import, load, prompt, first piece. Prints one JSON object.

python tests/benchmarks/engine_start.py [MODEL] [--runs 5]
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
from app.core.protocol import Done, Event, Failed, Loaded, Piece, Started, Turn
from app.engine.host import Host


def one_run(model: Path) -> dict[str, float]:
    events: queue.SimpleQueue[tuple[float, Event]] = queue.SimpleQueue()
    begin = time.perf_counter()
    host = Host(lambda event: events.put((time.perf_counter() - begin, event)))
    host.load(model)
    host.generate([Turn("user", "What is the temperature?")], Sampling(seed=1, max_tokens=4))
    times: dict[str, float] = {}
    names: dict[type, str] = {Loaded: "loaded_s", Started: "prompt_begun_s", Piece: "first_piece_s", Done: "done_s"}
    while "done_s" not in times:
        at, event = events.get(timeout=60)
        if isinstance(event, Failed):
            raise SystemExit(f"{event.error}\n{event.error.detail}")
        if name := names.get(type(event)):
            times.setdefault(name, at)
    closing = time.perf_counter()
    host.close()
    return times | {"close_s": time.perf_counter() - closing}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=bundled("models/guide.gguf"))
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    runs = [one_run(options.model) for _ in range(options.runs)]
    result: dict[str, object] = {
        "benchmark": "engine_start",
        "model": options.model.name,
        "runs": options.runs,
        "goal_s": 1.5,
    }
    for name in runs[0]:
        values = [run.get(name, float("nan")) for run in runs]
        result[name] = {
            "median": round(statistics.median(values), 4),
            "best": round(min(values), 4),
            "worst": round(max(values), 4),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
