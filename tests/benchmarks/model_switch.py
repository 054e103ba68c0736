"""Changing the model: back to one that is still loaded, and to one that is not. Prints one JSON object.

python tests/benchmarks/model_switch.py FIRST SECOND [--runs 5] [--llama-cli PATH]

Back: from the choice until the model is ready, and until the first token of the next answer in a conversation that it
has read; beside it the first token of such an answer when the model was not changed. Cold: the same for a file that is in the system's memory but not loaded, against llama-cli with the same file
and prompt, from its start until it has written one token and ended; both take turns, so that a busy machine is one for
both. What is not on an idle machine is said with its load.
"""

import argparse
import json
import os
import queue
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.core.params import Loading, Sampling
from app.core.paths import bundled
from app.core.protocol import Done, Event, Failed, Loaded, LoadProgress, Piece, Started, Turn
from app.engine.pool import Pool

ASKED = [Turn("user", "Tell me about the sea. " * 20)]
LOADING = Loading(context_length=2048)
LATE = 300.0  # seconds
PAUSE = 1.5  # seconds


class Watched:
    """A pool, and when it told what."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[tuple[float, Event]] = queue.SimpleQueue()
        self.pool = Pool(lambda event: self._events.put((time.perf_counter(), event)))
        self.pool.keep(2, 0)

    def until(self, kind: type[Event]) -> tuple[float, Event]:
        while True:
            at, event = self._events.get(timeout=LATE)
            if isinstance(event, Failed):
                raise SystemExit(f"{event.error}\n{event.error.detail}")
            if isinstance(event, kind):
                return at, event

    def first(self, turns: list[Turn]) -> tuple[float, str, int]:
        """When the first token of an answer came, the answer, and how many tokens were read for it."""
        self.pool.generate(turns, Sampling(temperature=0.0, max_tokens=8))
        at, text, read = 0.0, "", 0
        while True:
            now, event = self._events.get(timeout=LATE)
            match event:
                case Started():
                    read = event.prompt_tokens - event.reused_tokens
                case Piece():
                    at, text = at or now, text + event.text
                case Failed():
                    raise SystemExit(str(event.error))
                case Done():
                    return at, text, read

    def answer(self, turns: list[Turn], tokens: int = 8) -> str:
        self.pool.generate(turns, Sampling(temperature=0.0, max_tokens=tokens))
        text = ""
        while True:
            _, event = self._events.get(timeout=LATE)
            if isinstance(event, Failed):
                raise SystemExit(str(event.error))
            if isinstance(event, Piece):
                text += event.text
            if isinstance(event, Done):
                return text


def back(first: Path, second: Path, runs: int) -> dict[str, object]:
    """To a model that is loaded and has read the conversation."""
    watched = Watched()
    pool, turns = watched.pool, list(ASKED)
    pool.load(first, LOADING)
    watched.until(Loaded)
    turns += [Turn("assistant", watched.answer(turns))]
    ready, token, stay, read = [], [], [], []
    for _ in range(runs):
        turns += [Turn("user", "Go on.")]
        time.sleep(PAUSE)  # as long as a person takes; it has read its own answer meanwhile
        begin = time.perf_counter()
        at, text, _ = watched.first(turns)
        stay.append(at - begin)
        turns += [Turn("assistant", text)]
        pool.load(second, LOADING)
        watched.until(Loaded)
        watched.answer([Turn("user", "Hello.")])
        turns += [Turn("user", "Go on.")]
        time.sleep(PAUSE)
        begin = time.perf_counter()
        pool.load(first, LOADING)
        ready.append(watched.until(Loaded)[0] - begin)
        at, text, tokens = watched.first(turns)
        token.append(at - begin)
        read.append(tokens)
        turns += [Turn("assistant", text)]
    pool.close()
    return {
        "ready_s": told(ready),
        "first_token_s": told(token),
        "unchanged_first_token_s": told(stay),
        "tokens_read": read,
        "goal_s": 0.3,
    }


def cold(first: Path, second: Path, runs: int, llama_cli: Path | None) -> dict[str, object]:
    """To a model that is not loaded, beside one that is."""
    ours, theirs = [], []
    for _ in range(runs):
        watched = Watched()
        watched.pool.load(second, LOADING)
        watched.until(Loaded)
        watched.answer([Turn("user", "Hello.")])
        begin = time.perf_counter()
        watched.pool.load(first, LOADING)
        watched.until(LoadProgress)
        watched.until(Loaded)
        watched.pool.generate([Turn("user", "Hello.")], Sampling(temperature=0.0, max_tokens=1))
        ours.append(watched.until(Piece)[0] - begin)
        watched.pool.close()
        if llama_cli is not None:
            command = [str(llama_cli), "-m", str(first), "-c", "2048", "-p", "Hello.", "-n", "1", "-st", "--no-warmup"]
            begin = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=LATE)
            theirs.append(time.perf_counter() - begin)
    result: dict[str, object] = {"first_token_s": told(ours)}
    if theirs:
        ratio = round(statistics.median(ours) / statistics.median(theirs), 2)
        result |= {"llama_cli_s": told(theirs), "ratio": ratio, "goal_ratio": 1.2}
    return result


def told(values: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(values), 4),
        "best": round(min(values), 4),
        "worst": round(max(values), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path, nargs="?", default=bundled("models/guide.gguf"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--llama-cli", type=Path)
    options = parser.parse_args()
    options.first.read_bytes()  # into the system's memory
    result = {
        "benchmark": "model_switch",
        "first": options.first.name,
        "second": options.second.name,
        "runs": options.runs,
        "load": round(os.getloadavg()[0], 1),
        "back": back(options.first, options.second, options.runs),
        "cold": cold(options.first, options.second, options.runs, options.llama_cli),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
