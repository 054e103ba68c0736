"""Requests of random kinds with random stops, several at once: does the model process grow, does it lose a sequence?

    .venv/bin/python tests/benchmarks/engine_soak.py [MODEL] [--count 2000] [--seed 0]

Prints one JSON object: how the requests ended, how much the process's resident memory grew after the first 200, how much
of it that is its own, and how many sequences are lost in the end.
"""

import argparse
import json
import queue
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.core.params import Loading, Sampling
from app.core.protocol import Counted, Done, Event, Failed, Forgotten, Gone, Loaded, Parked, Started, Turn
from app.engine.host import Host
from tests.tiny_model import write_tiny_model

WARM_UP = 200  # requests before memory is compared
GOAL = 0.05  # growth afterwards
PATIENCE = 120.0  # seconds without any event
MOST_AT_ONCE = 12
CONTEXT = 2048
SLOTS = 8
WIDEST_BEAM = 16  # two of them take all sequences that 8 slots have
DISK = 64 << 20  # bytes for saved states
ENDS = (Done, Failed, Counted, Parked, Forgotten)
WORDS = ("hello", "the answer", "of seven", "and so on", "why?", "漢字", "12 + 30", "\n", "tell me")

GRAMMARS = ('root ::= "yes" | "no" | "well, " [a-z]{1,8}', 'root ::= [0-9]+ ("." [0-9]+)?')
SCHEMA = '{"type": "object", "properties": {"a": {"type": "integer"}, "b": {"enum": ["x", "y"]}}, "required": ["a"]}'


class Soak:
    """One model process under a shower of requests."""

    def __init__(self, model: Path, folder: Path, seed: int) -> None:
        self.ends: Counter[str] = Counter()
        self._chance = random.Random(seed)
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._host = Host(self._events.put, contexts=folder)
        self._host.save_up_to(DISK)
        self._open: dict[int, str] = {}  # id to kind
        self._doomed: dict[int, int] = {}  # id to how many more events it is let live
        self._histories: list[list[Turn]] = [[] for _ in range(6)]
        loaded = self._host.load(model, Loading(threads=1, context_length=CONTEXT, slots=SLOTS))
        while not isinstance(event := self._next(), Loaded):
            if isinstance(event, Failed):
                raise SystemExit(str(event.error))
        assert event.id == loaded

    def fill(self) -> None:
        """Use the whole context once, so that all buffers that were allocated with the model are touched."""
        text = "7 " * (CONTEXT // 2 - 100)
        self._open[self._host.generate([Turn("user", text)], Sampling(max_tokens=20, stop=()))] = "fill"
        while self._open:
            self._hear()

    def run(self, count: int, told: Callable[[int], None] = lambda _: None) -> None:
        """Send so many requests and wait until all have ended; `told` is called after each with how many are sent."""
        for number in range(1, count + 1):
            most = self._chance.choice((1, 3, MOST_AT_ONCE))
            while len(self._open) >= most:
                self._hear()
            self._send()
            told(number)
        while self._open:
            self._hear()

    def memory(self) -> tuple[int, int]:
        """Bytes of the process that are resident, and those of them that are its own: no library, no mapped model."""
        status = Path(f"/proc/{self._host.process_id}/status").read_text()
        resident, own = (int(status.partition(name)[2].split()[0]) * 1024 for name in ("VmRSS:", "RssAnon:"))
        return resident, own

    def lost(self) -> int:
        """At least so many sequences are lost: 0 where two beams that need all of them run side by side."""
        beam = Sampling(strategy="beam", beam_width=WIDEST_BEAM, max_tokens=8, stop=())
        requests = [self._host.generate([Turn("user", text)], beam) for text in ("one", "two")]
        begun = 0
        while True:
            event = self._next()
            begun += isinstance(event, Started)
            if isinstance(event, Failed):
                raise SystemExit(str(event.error))
            if isinstance(event, Done):
                self._open = dict.fromkeys(set(requests) - {event.id}, "beam")
                while self._open:
                    self._hear()
                return 0 if begun == len(requests) else 1

    def close(self) -> None:
        self._host.close()

    def _next(self) -> Event:
        event = self._events.get(timeout=PATIENCE)
        if isinstance(event, Gone):
            raise SystemExit(f"{event.error}\n{event.error.detail}")
        return event

    def _hear(self) -> None:
        event = self._next()
        if isinstance(event, Gone | Loaded):
            return
        if isinstance(event, ENDS):
            kind = self._open.pop(event.id, "forget")
            self._doomed.pop(event.id, None)
            if isinstance(event, Failed):
                self.ends[f"failed: {event.error.message}"] += 1
            elif isinstance(event, Done):
                self.ends[f"{kind} {event.finish_reason}"] += 1
            else:
                self.ends[kind] += 1
        elif event.id in self._doomed:
            self._doomed[event.id] -= 1
            if self._doomed[event.id] <= 0:
                self._host.stop(event.id)

    def _send(self) -> None:
        chance, host = self._chance, self._host
        number = chance.randrange(len(self._histories))
        history = self._histories[number]
        match chance.choices(("generate", "count", "park", "forget"), (80, 10, 7, 3))[0]:
            case "count":
                self._open[host.count(history, self._text())] = "count"
            case "park":
                self._open[host.park(number + 1)] = "park"
            case "forget":
                host.forget(number + 1)
                history.clear()
            case _:
                self._generate(number + 1, history)

    def _generate(self, conversation: int, history: list[Turn]) -> None:
        chance = self._chance
        if len(history) > 8 or chance.random() < 0.1:
            history.clear()
        elif history and chance.random() < 0.2:
            del history[-1:]  # edit, regenerate, go back
        if not history or history[-1].role == "assistant":
            history.append(Turn("user", self._text()))
        sampling = self._sampling()
        request = self._host.generate(
            tuple(history),
            sampling,
            prefill="" if sampling.grammar or sampling.json_schema else chance.choice(("", "", "", "Well, ")),
            logprobs=chance.choice((0, 0, 0, 5)),
            background=chance.random() < 0.1,
            conversation=chance.choice((0, conversation)),
        )
        self._open[request] = sampling.strategy
        history.append(Turn("assistant", self._text()))
        if chance.random() < 0.3:
            self._doomed[request] = chance.choice((1, 2, 3, 5, 10))
            if chance.random() < 0.3:
                self._host.stop(request)

    def _sampling(self) -> Sampling:
        chance = self._chance
        strategy = chance.choices(("greedy", "sample", "beam", "best_of", "guided"), (3, 5, 1, 1, 1))[0]
        control: dict[str, object] = {}
        match chance.randrange(8):
            case 0:
                control["grammar"] = chance.choice(GRAMMARS)
            case 1:
                control["json_schema"] = SCHEMA
            case 2:
                control["stop"] = ("e", "the")
            case 3:
                control["logit_bias"] = ("the=-5",)
        return Sampling(
            strategy=strategy,
            max_tokens=chance.choice((1, 5, 20, 80)),
            seed=chance.randrange(1000),
            beam_width=chance.randint(2, 6),
            best_of=chance.randint(2, 4),
            negative_prompt="Be dull.",
            lookup=chance.random() < 0.7,
            temperature=chance.choice((0.0, 0.8, 1.5)),
            repeat_penalty=chance.choice((1.0, 1.1)),
            mirostat=chance.choice(("0", "0", "0", "2")),
            **control,  # type: ignore[arg-type]  # rows by name
        )

    def _text(self) -> str:
        return " ".join(self._chance.choices(WORDS, k=self._chance.choice((1, 4, 12, 40))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, nargs="?", help="a tiny one with random weights where none is given")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    memory: dict[int, tuple[int, int]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        soak = Soak(options.model or write_tiny_model(folder / "tiny.gguf"), folder / "contexts", options.seed)

        def told(number: int) -> None:
            if number % WARM_UP == 0:
                memory[number] = soak.memory()
                print(f"{number}: {_megabytes(memory[number])}", file=sys.stderr, flush=True)

        soak.fill()
        begin = time.perf_counter()
        soak.run(options.count, told)
        seconds = time.perf_counter() - begin
        lost = soak.lost()
        soak.close()
    first, last = memory.get(WARM_UP, (1, 1)), memory[max(memory)] if memory else (1, 1)
    result = {
        "benchmark": "engine_soak",
        "requests": options.count,
        "seconds": round(seconds, 1),
        "growth": round(last[0] / first[0] - 1, 4),
        "growth_goal": GOAL,
        "growth_of_own": round(last[1] / first[1] - 1, 4),
        "memory": {str(number): _megabytes(sizes) for number, sizes in memory.items()},
        "lost_sequences": lost,
        "ends": dict(sorted(soak.ends.items())),
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))


def _megabytes(sizes: tuple[int, int]) -> str:
    return f"{sizes[0] / 1e6:.1f} MB, {sizes[1] / 1e6:.1f} MB its own"


if __name__ == "__main__":
    main()
