"""A session on a real database, with a scripted engine."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from app.chat.changes import Change
from app.chat.session import Session
from app.store.database import Database

sys.path.insert(0, str(Path(__file__).parent))
from script_engine import ScriptEngine

Kind = TypeVar("Kind")


class Desk:
    """A session with everything around it."""

    def __init__(self, path: Path, answer: str = "Hello to you.", context: int = 2048) -> None:
        self.path = path
        self.changes: list[Change] = []
        self.store = Database(path)
        self.engine = ScriptEngine(lambda event: self.session.handle(event), answer, context)
        self.built_in = Path("guide.gguf")
        self.session = Session(self.store, self.engine, self.changes.append, self.built_in)

    def told(self, kind: type[Kind]) -> list[Kind]:
        """The changes of a kind, and forget all that were told so far."""
        found = [change for change in self.changes if isinstance(change, kind)]
        self.changes.clear()
        return found

    def talk(self, *texts: str) -> None:
        """Say something and get it answered."""
        for text in texts:
            self.session.say(text)
            self.engine.run()

    def shown(self) -> list[str]:
        """The texts in view."""
        return [entry.message.text for entry in self.session.entries]

    def reopened(self) -> "Desk":
        """The same after a restart."""
        self.store.close()
        return Desk(self.path)

    def same_on_disk(self) -> None:
        """Memory and disk agree."""
        conversation = self.session.conversation
        if conversation.id:
            assert self.store.conversations.get(conversation.id) == conversation
            stored = self.store.conversations.messages(conversation.id)
            branch = self.session._branch
            assert {message.id: message for message in stored} == {m.id: branch.tree[m.id] for m in stored}
            assert len(branch.tree) == len(stored)


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    desks: list[Desk] = []

    def make(answer: str = "Hello to you.", context: int = 2048) -> Desk:
        desks.append(Desk(tmp_path / f"{len(desks)}.db", answer, context))
        return desks[-1]

    yield make
    for desk in desks:
        desk.session.close()
        desk.store.close()


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk()
