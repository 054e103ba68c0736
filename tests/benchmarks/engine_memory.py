"""Resident memory of the model process without a model. Prints one JSON object. Linux only.

.venv/bin/python tests/benchmarks/engine_memory.py
"""

import json
import os
import queue
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.core.protocol import Event, Failed, Turn
from app.engine.host import Host

GOAL_MB = 90


def main() -> None:
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    host = Host(events.put)
    host.count([Turn("user", "hello")])  # it answers once it has imported all that it imports at the start
    while not isinstance(events.get(timeout=60), Failed):
        pass
    process = host.process_id
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    resident = pages * os.sysconf("SC_PAGESIZE") / 1e6
    loaded = Path(f"/proc/{process}/maps").read_text()
    host.close()
    print(
        json.dumps(
            {
                "benchmark": "engine_memory",
                "resident_mb": round(resident, 1),
                "goal_mb": GOAL_MB,
                "numpy": "/numpy/" in loaded,
            }
        )
    )


if __name__ == "__main__":
    main()
