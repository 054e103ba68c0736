"""A conversation goes on at once after a restart: session, database and model process, all real, without a window."""

import queue
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.chat.changes import Busy, Change, Problem
from app.chat.session import Session
from app.core.paths import Paths
from app.core.tree import Message
from app.engine.host import Host
from app.engine.saved import SavedFolder
from app.main import drop_strays
from app.store.database import Database
from tests.tiny_model import write_tiny_model

LONG = "".join(f"{number} is a number. " for number in range(40))  # worth saving with this model


class Program:
    """What `app.main` puts together, with a loop of its own in the window's place."""

    def __init__(self, paths: Paths, model: Path, *, saves: bool = True) -> None:
        self._events: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._busy = False
        self.paths = paths
        self.host = Host(self._events.put, contexts=paths.contexts if saves else None)
        self.store = Database(paths.database)
        self.session = Session(self.store, self.host, self._change, model)
        self.saved = SavedFolder(paths.contexts)
        self.session.resume()

    def _change(self, change: Change) -> None:
        assert not isinstance(change, Problem), change.error.detail
        if isinstance(change, Busy):
            self._busy = change.answering

    def ask(self, text: str) -> Message:
        """Say something; the answer."""
        self.session.set_sampling(strategy="greedy", max_tokens=16)
        self.session.say(text)
        return self.wait()

    def wait(self) -> Message:
        while self._busy:
            self.session.handle(self._events.get(timeout=60))  # type: ignore[arg-type]  # the host puts events
        return self.session.entries[-1].message

    def restored(self) -> int:
        """Tokens of the last answer's prompt that were read from disk."""
        timing = self.session.entries[-1].message.timing
        assert timing is not None
        return timing.restored_tokens

    def conversations(self) -> set[int]:
        """Of which something is saved."""
        return {found.state.conversation for found in self.saved.files()}

    def quit(self) -> None:
        self.session.close()
        self.store.close()
        self.host.close()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of such a size that what it has read is worth saving."""
    return write_tiny_model(tmp_path_factory.mktemp("model") / "weighty.gguf", width=256, context=8192, unsaid=20_000)


@pytest.fixture
def start(tmp_path: Path, model: Path) -> Iterator[Callable[..., Program]]:
    running: list[Program] = []

    def program(name: str = "home", **options: bool) -> Program:
        home = tmp_path / name
        running.append(Program(Paths(home, home / "cache", home / "logs"), model, **options))
        return running[-1]

    yield program
    for each in running:
        each.host.close()


def test_the_answers_after_a_restart_are_those_of_a_program_that_never_saved(start: Callable[..., Program]) -> None:
    answers: dict[bool, list[str]] = {}
    for saves in (True, False):
        first = start(f"saves {saves}", saves=saves)
        texts = [first.ask(LONG).text, first.ask("And then?").text]
        first.quit()
        second = start(f"saves {saves}", saves=saves)
        assert second.session.conversation.id == 1
        texts.append(second.ask("Go on.").text)
        assert (second.restored() > 500) is saves
        second.session.regenerate()
        texts.append(second.wait().text)
        assert second.restored() == 0  # the model has it in memory
        answers[saves] = texts
        second.quit()
    assert answers[True] == answers[False]


def test_a_conversation_that_was_left_while_another_model_worked(start: Callable[..., Program], tmp_path: Path) -> None:
    program = start()
    program.ask(LONG)
    program.session.new()
    program.session.load_model(write_tiny_model(tmp_path / "other.gguf"))
    program.ask("Hello")
    program.session.load_model(program.session._model._built_in)
    program.session.open(1)
    program.ask("More")
    assert program.restored() > 500


def test_what_is_deleted_is_not_left_in_saved_contexts(start: Callable[..., Program]) -> None:
    first = start()
    for _ in range(2):
        first.session.new()
        first.ask(LONG)
    first.quit()
    assert first.conversations() == {1, 2}
    second = start()
    second.session.history.trash(1)
    assert second.conversations() == {1, 2}  # it can still be taken back
    second.session.history.empty_trash()
    assert second.conversations() == {2}
    second.session.open(2)
    second.session.delete_message(second.session.entries[-1].message.id)
    assert second.conversations() == set()
    second.quit()
    assert second.conversations() == set()


def test_what_a_crash_left_of_a_deleted_conversation_goes_with_the_next_start(start: Callable[..., Program]) -> None:
    program = start()
    for _ in range(2):
        program.session.new()
        program.ask(LONG)
    program.quit()
    again = start()
    again.session.history.trash(2)
    again.store.conversations.empty_trash()  # as if the program had ended before it told the engine
    drop_strays(again.paths, again.store)
    assert again.conversations() == {1}
