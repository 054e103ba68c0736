"""Whatever is asked of the Host, or of a pool of them, in whatever order, and however often its child dies: every request ends exactly once."""

import os
import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from app.core.params import Loading, Sampling
from app.core.protocol import Counted, Done, Failed, Forgotten, Gone, Loaded, LoadProgress, Parked, Turn, Unloaded
from app.engine.host import Host
from app.engine.pool import Pool
from tests.engine.conftest import Watched

TURNS = [Turn("user", "hello")]
LOADING = Loading(threads=1, context_length=512)


@pytest.mark.parametrize(("make", "seed"), [*((Host, seed) for seed in range(6)), *((Pool, seed) for seed in range(2))])
def test_every_request_ends_exactly_once(
    babbler: Path, sayer: Path, tmp_path: Path, make: type[Host | Pool], seed: int
) -> None:
    chance = random.Random(seed)
    watched = Watched(make, patience=2.0, contexts=tmp_path / "contexts")
    host = watched.host
    host.keep(2, 0)
    host.save_up_to(1 << 30)
    asked: list[int] = []

    def ended() -> Counter[int]:
        return Counter(
            event.id
            for event in watched.seen
            if isinstance(event, Loaded | Unloaded | Counted | Parked | Done | Failed)
        )

    paths = [babbler, babbler, sayer, tmp_path / "missing.gguf"]
    try:
        for _ in range(60):
            match chance.choice(
                [
                    "load",
                    "answer",
                    "answer",
                    "answer",
                    "count",
                    "stop",
                    "stop",
                    "listen",
                    "listen",
                    "unload",
                    "kill",
                    "park",
                    "forget",
                ]
            ):
                case "load":
                    asked.append(host.load(chance.choice(paths), LOADING))
                case "answer":
                    sampling = Sampling(seed=seed, max_tokens=chance.choice([0, 5, 200]))
                    asked.append(host.generate(TURNS, sampling, conversation=chance.choice([0, 1, 2])))
                case "park":
                    asked.append(host.park(chance.choice([1, 2])))
                case "forget":
                    host.forget(chance.choice([None, 1, 2]))
                case "count":
                    asked.append(host.count(TURNS, "draft"))
                case "stop" if asked:
                    host.stop(chance.choice(asked[-4:]))
                case "unload":
                    asked.append(host.unload())
                case "listen":
                    for _ in range(chance.choice([1, 10, 100])):
                        if set(asked) - set(ended()):
                            watched.next()
                case "kill" if host.process_id is not None and chance.random() < 0.5:
                    os.kill(host.process_id, signal.SIGKILL)
        asked.append(host.load(sayer, LOADING))
        asked.append(host.generate(TURNS, Sampling(temperature=0.0)))
        while set(asked) - set(ended()):
            watched.next()
        for event in watched.seen:
            if not isinstance(event, Gone) and event.id not in asked:
                assert isinstance(event, LoadProgress | Loaded | Done | Forgotten | Failed), (
                    "only a second load of the last model has an id of its own, and what is to be forgotten"
                )
        assert {request: ended()[request] for request in asked} == dict.fromkeys(asked, 1)
    finally:
        host.close()
