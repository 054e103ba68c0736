"""Between the built-in model and another one and back, in one conversation, with real model processes."""

import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.chat.changes import Busy, Change, ModelState, Problem
from app.chat.session import Session
from app.core.paths import bundled
from app.core.protocol import Event
from app.core.tree import Message
from app.engine.pool import Pool
from app.store.database import Database
from tests.tiny_model import write_tiny_model

GUIDE = bundled("models/guide.gguf")


class Desk:
    """A session as the window has it; `listen` plays the event loop."""

    def __init__(self, folder: Path) -> None:
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.changes: list[Change] = []
        self.store = Database(folder / "fireside.db")
        self.pool = Pool(self.events.put)
        self.session = Session(self.store, self.pool, self.changes.append, GUIDE)
        self.session.set_sampling(temperature=0, max_tokens=12)

    def listen(self, until: Callable[[Change], bool]) -> None:
        while not any(until(change) for change in self.changes):
            self.session.handle(self.events.get(timeout=60))

    def use(self, path: Path) -> list[ModelState]:
        """Load a model; the states on the way to it."""
        self.changes.clear()
        self.session.load_model(path)
        self.listen(lambda change: isinstance(change, ModelState) and change.state == "ready" and change.path == path)
        return [change for change in self.changes if isinstance(change, ModelState)]

    def say(self, text: str) -> Message:
        self.changes.clear()
        self.session.say(text)
        self.listen(lambda change: change == Busy(False))
        return self.session.entries[-1].message


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.session.close()
    made.pool.close()
    made.store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals end processes otherwise there")
def test_there_and_back_again(desk: Desk, tmp_path: Path) -> None:
    other = write_tiny_model(tmp_path / "other.gguf", says="Helo.", width=128)
    desk.use(GUIDE)
    first = desk.pool.process_id
    asked = desk.say("What does temperature do?")
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "engine host"]
    desk.use(other)
    assert [model.path for model in desk.session.kept_models] == [GUIDE]
    assert desk.say("Go on.").model == "Tiny"

    states = desk.use(GUIDE)  # at once: nothing is loaded
    assert [state.fraction for state in states] == [0.0, 1.0]
    assert desk.pool.process_id == first
    again = desk.say("And now?")
    assert again.model == asked.model
    assert again.timing is not None
    assert asked.timing is not None
    assert again.timing.reused_tokens >= asked.timing.prompt_tokens  # what it has read, it has not read again

    desk.use(other)
    assert first is not None
    os.kill(first, signal.SIGKILL)
    thread.join(60)
    assert desk.session.kept_models == ()
    desk.use(GUIDE)  # from the disk, without a word about it
    assert not any(isinstance(change, Problem) for change in desk.changes)
    assert desk.say("Once more?").status == "done"
    assert len(desk.session.entries) == 8
