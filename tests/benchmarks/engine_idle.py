"""Processor time of both processes while a model is loaded and nothing happens. Prints one JSON object. Linux only.

python tests/benchmarks/engine_idle.py [MODEL] [--seconds 30]
"""

import argparse
import json
import os
import queue
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.core.params import Sampling
from app.core.paths import bundled
from app.core.protocol import Done, Event, Failed, Turn
from app.engine.host import Host


def cpu_seconds(process: int) -> float:
    """User and system time, all threads, from the scheduler's nanosecond counters."""
    tasks = Path(f"/proc/{process}/task")
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9


def resident_mb(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGESIZE") / 1e6, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=bundled("models/guide.gguf"))
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    host = Host(events.put)
    host.load(options.model)
    host.generate([Turn("user", "hello")], Sampling(seed=1, max_tokens=20))
    while not isinstance(event := events.get(timeout=60), Done):
        if isinstance(event, Failed):
            raise SystemExit(str(event.error))
    child = host.process_id
    assert child is not None
    before = cpu_seconds(os.getpid()), cpu_seconds(child)
    time.sleep(options.seconds)
    after = cpu_seconds(os.getpid()), cpu_seconds(child)
    result = {
        "benchmark": "engine_idle",
        "model": options.model.name,
        "seconds": options.seconds,
        "parent_cpu_s": round(after[0] - before[0], 5),
        "child_cpu_s": round(after[1] - before[1], 5),
        "goal_s": 0.05,
        "child_resident_mb": resident_mb(child),
    }
    host.close()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
