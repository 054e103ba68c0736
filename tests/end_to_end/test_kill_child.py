"""The model process dies in mid-answer: the text stays, a sentence says so, and "Try again" works."""

import os
import queue
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.chat.changes import Busy, Change, Problem, TextGrew
from app.chat.session import Session
from app.core.protocol import Event
from app.engine.host import Host
from app.store.database import Database
from tests.tiny_model import write_tiny_model


class Desk:
    """A session with a real model process; `listen` plays the event loop."""

    def __init__(self, folder: Path) -> None:
        model = write_tiny_model(folder / "babbling.gguf", layers=8, width=128, context=32768)
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.changes: list[Change] = []
        self.store = Database(folder / "fireside.db")
        self.host = Host(self.events.put)
        self.session = Session(self.store, self.host, self.changes.append, model)
        self.session.set_sampling(temperature=0)

    def listen(self, until: Callable[[Change], bool]) -> None:
        """Handle events until a change comes that is waited for."""
        self.changes.clear()
        while not any(until(change) for change in self.changes):
            self.session.handle(self.events.get(timeout=30))

    def close(self) -> None:
        self.session.close()
        self.host.close()
        self.store.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals end processes otherwise there")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGABRT])
def test_the_model_process_ends_in_mid_answer(desk: Desk, how: signal.Signals) -> None:
    desk.session.say("Hello")
    desk.listen(lambda change: isinstance(change, TextGrew))
    process = desk.host.process_id
    assert process is not None
    os.kill(process, how)
    desk.listen(lambda change: isinstance(change, Problem))
    problem = next(change for change in desk.changes if isinstance(change, Problem))
    assert problem.retry
    assert problem.error.message
    assert problem.error.hint
    answer = desk.session.entries[-1].message
    assert answer.status == "failed"
    assert answer.text
    assert problem.error.message in answer.error
    stored = desk.store.conversations.messages(answer.conversation)
    assert stored[-1] == answer

    desk.session.try_again()
    desk.listen(lambda change: isinstance(change, TextGrew))
    assert desk.host.process_id not in (None, process)
    desk.session.stop()
    desk.listen(lambda change: isinstance(change, Busy))
    entry = desk.session.entries[-1]
    assert (entry.message.status, entry.versions) == ("stopped", 2)
