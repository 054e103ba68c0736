"""Loads randomly damaged model files and lets those that load answer: how each one ends, and how long it takes.

    .venv/bin/python tests/benchmarks/damaged_files.py [--count 1000] [--first 0] [--keep FOLDER]

Each file is refused with a sentence and a next step, or answers some tokens, or ends the model process, which the parent
survives and says; each within 10 s. Prints what ended the process or took long, then one JSON object.
"""

import argparse
import json
import queue
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.core.errors import EngineGone
from app.core.params import Loading, Sampling
from app.core.paths import bundled
from app.core.protocol import Done, Event, Failed, Gone, Loaded, Turn
from app.engine.host import Host
from tests.architectures import NETWORKS, write_network
from tests.damage import damage
from tests.tiny_model import write_tiny_model

LIMIT = 10.0  # seconds for each
PATIENCE = 60.0


class Patient:
    """A model process that is given one damaged file after the other."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.host = Host(self._events.put)

    def try_file(self, path: Path) -> tuple[str, str]:
        """How it ended ("refused", "answered", "failed", "died") and what was said.

        Raises:
            AssertionError: an error without a next step.
            queue.Empty: nothing was said for a minute.
        """
        loaded = self._end_of(self.host.load(path, Loading(threads=1)))
        if isinstance(loaded, Failed):
            return self._told("refused", loaded)
        assert isinstance(loaded, Loaded), loaded
        request = self.host.generate([Turn("user", "hello")], Sampling(max_tokens=4, seed=1))
        answered = self._end_of(request)
        if isinstance(answered, Failed):
            return self._told("failed", answered)
        assert isinstance(answered, Done), answered
        return "answered", ""

    def _told(self, otherwise: str, event: Failed) -> tuple[str, str]:
        assert event.error.message
        assert event.error.hint
        return ("died" if isinstance(event.error, EngineGone) else otherwise), f"{event.error}\n{event.error.detail}"

    def _end_of(self, request_id: int) -> Event:
        while True:
            event = self._events.get(timeout=PATIENCE)
            if isinstance(event, Loaded | Done | Failed) and not isinstance(event, Gone) and event.id == request_id:
                return event


def sources(folder: Path) -> list[Path]:
    """The whole files: the built-in model, a tiny one, and one of each architecture."""
    written = [write_network(folder / f"source-{name}.gguf", network) for name, network in NETWORKS.items()]
    return [bundled("models/guide.gguf"), write_tiny_model(folder / "source-tiny.gguf"), *written]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--keep", type=Path, help="where files are kept that ended the process or took long")
    options = parser.parse_args()
    ends: Counter[str] = Counter()
    slowest = 0.0
    patient = Patient()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = sources(folder)
        for seed in range(options.first, options.first + options.count):
            source, path = whole[seed * 7 % len(whole)], folder / "damaged.gguf"
            what = damage(source, path, seed)
            begin = time.perf_counter()
            end, words = patient.try_file(path)
            took = time.perf_counter() - begin
            slowest = max(slowest, took)
            ends[end] += 1
            if end == "died" or took > LIMIT:
                print(f"{seed} {source.stem}, {what}: {end} after {took:.1f} s\n{words}\n", flush=True)
                if options.keep:
                    shutil.copy(path, options.keep / f"{seed}.gguf")
    patient.host.close()
    result = dict(benchmark="damaged_files", count=options.count, limit_s=LIMIT, slowest_s=round(slowest, 2), **ends)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
