"""A prompt's state restored from disk ÷ the same prompt read again. Prints one JSON object.

    .venv/bin/python tests/benchmarks/engine_restore.py MODEL [--tokens 2000]

Each round reads a new prompt, saves it by unloading the model, loads the model again and asks the same: once with the
file still in the system's cache, as after closing and opening the window, and once after it was thrown out of it, as
after a restart of the machine. Restoring is finding the file, its checksum, and loading it.
"""

import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.cli.meter import CONVERSATION, Meter
from app.core.params import Loading
from app.core.protocol import Unloaded
from app.engine.host import Host
from app.engine.saved import SavedFolder
from tests.benchmarks import comparing

GOAL = 0.01


def forget_cached(folder: SavedFolder) -> None:
    """Throw the files out of the system's cache, where it can be told to."""
    if hasattr(os, "posix_fadvise"):
        for found in folder.files():
            file = os.open(found.path, os.O_RDONLY)
            os.fsync(file)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(file)


def main() -> None:
    parser = comparing.parser(__doc__, tools=False, runs=3)
    parser.add_argument("--tokens", type=int, default=2000)
    options = parser.parse_args()
    loading = Loading(
        threads=options.threads,
        prompt_threads=options.threads,
        context_length=max(comparing.CONTEXT, options.tokens + 256),
        batch_size=comparing.BATCH,
    )
    sizes: list[int] = []
    with TemporaryDirectory() as name:
        folder = SavedFolder(Path(name))
        meter = Meter(lambda deliver, contexts: Host(deliver, contexts=contexts), folder.path, time.time_ns())
        meter.load(options.model, loading)

        def measure(*, cached: bool) -> dict[str, float]:
            meter.ask(meter.short_prompts(1)[0], 2)  # the first batch after a load is slower than all others
            turns = meter.prompt(options.tokens)
            cold = meter.ask(turns, 1, conversation=CONVERSATION)
            meter.end_of(meter.engine.unload(), Unloaded)
            sizes.append(folder.bytes())
            if not cached:
                forget_cached(folder)
            meter.load(options.model, loading)
            meter.ask(meter.short_prompts(1)[0], 2)
            again = meter.ask(turns, 1, conversation=CONVERSATION)
            meter.engine.forget(CONVERSATION)
            if again.started is None or not again.started.restored_tokens:
                raise SystemExit("nothing was restored")
            return {
                "read_s": cold.first_token_s,
                "restore_s": again.started.restore_s,
                "first_token_s": again.first_token_s,
            }

        found = comparing.in_turn(
            options.runs, cached=lambda: measure(cached=True), from_disk=lambda: measure(cached=False)
        )
        meter.close()
    cached, disk = found["cached"], found["from_disk"]
    comparing.report(
        "engine_restore", options, tokens=options.tokens, file_bytes=max(sizes), goal=GOAL,
        ratio=comparing.ratio(cached["restore_s"], cached["read_s"]),
        ratio_from_disk=comparing.ratio(disk["restore_s"], disk["read_s"]),
        **comparing.summaries(found),
    )  # fmt: skip


if __name__ == "__main__":
    main()
