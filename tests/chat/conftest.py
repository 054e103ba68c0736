"""A session on a real database, with a scripted engine."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from app.chat.changes import Change, ContextFull
from app.chat.session import Session
from app.core.errors import AppError, ContextError, LoadError, ModelFileError
from app.core.params import Loading, Value
from app.core.protocol import Event, Failed, Generate, Load, Loaded, LoadProgress
from app.engine.base import Deliver
from app.engine.scripted import Scripted, word_count
from app.store.database import Database

Kind = TypeVar("Kind")
TOO_MUCH = 1 << 20  # a context that there is no memory for
LONG = "word " * 80
QUESTION = "Question {number} " + LONG  # 82 tokens, and 3 of the answer


class DeskEngine(Scripted):
    """Says what `says` is, in words that are tokens; refuses files that are not named .gguf, and has no memory for huge.gguf."""

    def __init__(self, deliver: Deliver, says: str, context_length: int, trained: int) -> None:
        super().__init__(self._pass_on, self._answer, context_length=context_length, trained_context=trained)
        self.says = says
        self.recommended: dict[str, Value] = {}
        self._to_session = deliver
        self._delivered: Event | None = None

    @property
    def asked(self) -> list[Generate]:
        """All requests for an answer."""
        return [request for request in self.requests if isinstance(request, Generate)]

    @property
    def loads(self) -> list[Load]:
        """All requests for a model."""
        return [request for request in self.requests if isinstance(request, Load)]

    def load(self, path: Path, loading: Loading = Loading(), template: str = "", *, anew: bool = False) -> int:
        request = Load(next(self._ids), path, loading)
        if path.suffix != ".gguf":
            return self._ask(request, self._refuse(request))  # looked at before the model in use is given up
        if path.stem == "huge" or loading.context_length == TOO_MUCH:
            return self._ask(request, self._run_out(request))
        return super().load(path, loading, template, anew=anew)

    def _run_out(self, request: Load) -> Iterator[Event]:
        self.model = None
        yield LoadProgress(request.id, 0.5)
        yield Failed(request.id, LoadError("There is not enough memory.", "Choose a smaller model."))

    def _refuse(self, request: Load) -> Iterator[Event]:
        refused = ModelFileError("This is not a model.", "Choose another file.")
        yield Failed(request.id, refused, self.model is not None)

    def run_until(self, kind: type[Event]) -> None:
        """Deliver up to and with the next event of a kind."""
        self._delivered = None
        while not isinstance(self._delivered, kind):
            assert self.step()

    def _answer(self, request: Generate) -> str | AppError:
        assert self.model is not None
        if sum(word_count(turn.text) for turn in request.turns) >= self.model.context_length:
            return ContextError("Too long.", "Shorten it.")
        return self.says

    def _pass_on(self, event: Event) -> None:
        if isinstance(event, Loaded):
            stem = event.model.path.stem
            event = replace(
                event, model=replace(event.model, name=stem, digest=f"d-{stem}", recommended=self.recommended)
            )
        self._delivered = event
        self._to_session(event)


class Desk:
    """A session with everything around it."""

    def __init__(self, path: Path, answer: str = "Hello to you.", context: int = 2048, trained: int = 0) -> None:
        self.path = path
        self.changes: list[Change] = []
        self.store = Database(path)
        self.engine = DeskEngine(lambda event: self.session.handle(event), answer, context, trained)
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


Make = Callable[..., Desk]


def overflow(desk: Desk) -> ContextFull:
    """Say one thing too many."""
    desk.changes.clear()
    desk.session.say(QUESTION.format(number=3))
    desk.engine.run()
    return desk.session.context.question


@pytest.fixture
def make_desk(tmp_path: Path, new_database: Path) -> Iterator[Make]:
    desks: list[Desk] = []

    def make(answer: str = "Hello to you.", context: int = 2048, trained: int = 0) -> Desk:
        path = Path(shutil.copy(new_database, tmp_path / f"{len(desks)}.db"))
        desks.append(Desk(path, answer, context, trained))
        return desks[-1]

    yield make
    for desk in desks:
        desk.session.close()
        desk.store.close()


@pytest.fixture
def desk(make_desk: Make) -> Desk:
    return make_desk()


@pytest.fixture
def full(make_desk: Make) -> Desk:
    """A desk whose next message asks: 400 tokens of context, three exchanges of 85 are in it."""
    desk = make_desk(context=400, trained=4000)
    desk.session.set_system_prompt("Be brief.")
    desk.talk(*(QUESTION.format(number=number) for number in range(3)))
    assert desk.session.context.question.state == "settled"
    return desk
