"""Processor time of the whole application, window and model process, while the model is loaded and nothing happens.

    python tests/benchmarks/window_idle.py [--seconds 30] [--settle 15] [--platform offscreen]

Starts the application as a person does and counts what the kernel counts for it and its children, in seconds of
processor time, as JSON. Linux only.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
TICK = os.sysconf("SC_CLK_TCK")


def family(process_id: int) -> list[int]:
    """The process and all its descendants, whichever thread made them."""
    children = Path(f"/proc/{process_id}/task").glob("*/children")
    found = [int(child) for of_thread in children for child in of_thread.read_text().split()]
    return [process_id, *(each for child in found for each in family(child))]


def processor_seconds(process_ids: list[int]) -> dict[str, float]:
    """User and system time of each process, by its command."""
    result = {}
    for process_id in process_ids:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
        command = Path(f"/proc/{process_id}/cmdline").read_text().replace("\0", " ").strip()
        part = "model" if "spawn_main" in command else "tracker" if "resource_tracker" in command else "window"
        result[part] = (int(fields[11]) + int(fields[12])) / TICK
    return result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--settle", type=float, default=15)
    parser.add_argument("--platform", default="offscreen")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"FIRESIDE_HOME": home, "QT_QPA_PLATFORM": given.platform}
        running = subprocess.Popen([sys.executable, "-m", "app"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        time.sleep(given.settle)
        before = processor_seconds(family(running.pid))
        time.sleep(given.seconds)
        after = processor_seconds(family(running.pid))
        running.send_signal(signal.SIGTERM)
        running.wait()
    used = {part: round(after[part] - before[part], 3) for part in after}
    print(json.dumps({"seconds": given.seconds, "goal_s": 0.05, "cpu_s": used, "total_s": sum(used.values())}))


if __name__ == "__main__":
    main()
