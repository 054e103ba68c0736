"""Whatever the user does, in whatever order: memory and disk agree, and what was said is never lost."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.chat.changes import BranchShown, ContextFull, EntryAdded, EntryChanged, SeenFrom, TextGrew
from app.core.errors import AppError
from app.core.protocol import Candidate
from tests.chat.conftest import Desk

TEXTS = st.text(st.characters(exclude_categories=()), max_size=12) | st.sampled_from(["Hello", "word " * 30])
PLACES = st.integers(0, 9)


class SessionMachine(RuleBasedStateMachine):
    """Every rule is something that the user, the engine or the clock does."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.desk = self.made()
        self.said: list[str] = []
        self.removed_for_good = False
        self.seen = 0
        self.checked: object = None
        self.mirror: list[tuple[int, str]] = []
        self.question, self.seen_from = ContextFull("settled"), SeenFrom(None)

    def made(self) -> Desk:
        """Thinks, answers in several ways, and outgrows its context soon."""
        desk = Desk(Path(self.folder.name) / "fireside.db", "<think>Hm, hm.</think>Hello to you.", 120, 300)
        desk.engine.candidates = (Candidate("Hello to you.", -1.0), Candidate("Good day.", -2.0))
        return desk

    def teardown(self) -> None:
        self.desk.session.close()
        self.desk.store.close()
        self.folder.cleanup()

    def attempt(self, what) -> bool:
        """Do it; a refusal is a sentence and changes nothing."""
        try:
            what()
        except AppError as error:
            refusal = error.message
        else:
            return True
        assert refusal
        return False

    def message(self, place: int) -> int:
        entries = self.desk.session.entries
        return entries[place % len(entries)].message.id if entries else 999

    @rule(text=TEXTS)
    def say(self, text: str) -> None:
        if self.attempt(lambda: self.desk.session.say(text)):
            self.said.append(self.desk.session.entries[-2].message.text)

    @rule(text=TEXTS, place=PLACES)
    def edit(self, text: str, place: int) -> None:
        self.attempt(lambda: self.desk.session.edit(self.message(place), text))

    @rule(place=PLACES)
    def regenerate(self, place: int) -> None:
        self.attempt(lambda: self.desk.session.regenerate(self.message(place)))

    @rule(place=PLACES)
    def continue_answer(self, place: int) -> None:
        self.attempt(lambda: self.desk.session.continue_answer(self.message(place)))

    @rule()
    def try_again(self) -> None:
        self.attempt(self.desk.session.try_again)

    @rule(place=PLACES)
    def delete(self, place: int) -> None:
        self.removed_for_good |= self.attempt(lambda: self.desk.session.delete_message(self.message(place)))

    @rule(place=PLACES, version=st.integers(0, 4))
    def show_version(self, place: int, version: int) -> None:
        self.attempt(lambda: self.desk.session.show_version(self.message(place), version))

    @rule()
    def undo(self) -> None:
        self.desk.session.undo()

    @rule(choice=st.sampled_from(["leave_out", "summarise", "raise_length", "forget_summary"]))
    def decide(self, choice: str) -> None:
        self.attempt(getattr(self.desk.session.context, choice))

    @rule(choice=st.sampled_from(["ask", "without", "summarise"]))
    def choose(self, choice: str) -> None:
        self.desk.session.context.choose(choice)

    @rule(place=PLACES, number=st.integers(0, 2))
    def take_candidate(self, place: int, number: int) -> None:
        self.attempt(lambda: self.desk.session.take_candidate(self.message(place), number))

    @rule(place=PLACES, pinned=st.booleans())
    def pin(self, place: int, pinned: bool) -> None:
        self.attempt(lambda: self.desk.session.pin_message(self.message(place), pinned))

    @rule(place=PLACES, note=TEXTS)
    def note(self, place: int, note: str) -> None:
        self.attempt(lambda: self.desk.session.note_message(self.message(place), note))

    @rule(place=PLACES)
    def go_to_any_message(self, place: int) -> None:
        lines = self.desk.session.overview.lines()
        if lines:
            self.attempt(lambda: self.desk.session.show_message(lines[place % len(lines)].first))

    @rule(place=PLACES)
    def ask_what_was_sent(self, place: int) -> None:
        self.attempt(lambda: self.desk.session.received.ask(self.message(place)))

    @rule(strategy=st.sampled_from(["sample", "beam"]))
    def decode(self, strategy: str) -> None:
        self.desk.session.set_sampling(strategy=strategy)

    @rule()
    def stop(self) -> None:
        self.desk.session.stop()

    @rule()
    def new(self) -> None:
        self.desk.session.new()

    @rule(place=PLACES)
    def open(self, place: int) -> None:
        listed = self.desk.session.history.listed()
        if listed:
            self.desk.session.open(listed[place % len(listed)].id)

    @rule(place=PLACES, what=st.sampled_from(["trash", "pin", "rename"]))
    def change_the_list(self, place: int, what: str) -> None:
        history = self.desk.session.history
        listed = [*history.listed(), *history.archived()]
        if listed:
            number = listed[place % len(listed)].id
            more = {"trash": (), "pin": (place % 2 == 0,), "rename": (f"title {place}",)}[what]
            getattr(history, what)(number, *more)

    @rule(place=PLACES, what=st.sampled_from(["move", "mark", "archive"]))
    def arrange(self, place: int, what: str) -> None:
        history = self.desk.session.history
        listed = [*history.listed(), *history.archived()]
        if listed:
            number = listed[place % len(listed)].id
            more = {
                "move": (["", "Work", "Garden"][place % 3],),
                "mark": ((f"tag {place % 2}",), ["", "red"][place % 2]),
                "archive": (place % 2 == 0,),
            }[what]
            getattr(history.arranging, what)(number, *more)

    @rule(place=PLACES, name=st.sampled_from(["Work", "Garden", "Other"]), what=st.sampled_from(["rename", "remove"]))
    def change_a_folder(self, place: int, name: str, what: str) -> None:
        arranging = self.desk.session.history.arranging
        folders = arranging.folders()
        if folders:
            more = (name,) if what == "rename" else ()
            self.attempt(lambda: getattr(arranging, what)(folders[place % len(folders)].name, *more))

    @rule()
    def empty_trash(self) -> None:
        self.removed_for_good |= bool(self.desk.session.history.trashed())
        self.desk.session.history.empty_trash()

    @rule(value=st.floats(0, 2))
    def set_sampling(self, value: float) -> None:
        self.desk.session.set_sampling(temperature=value)

    @rule(text=TEXTS)
    def set_system_prompt(self, text: str) -> None:
        self.desk.session.set_system_prompt(text)

    @rule(path=st.sampled_from([None, "guide.gguf", "other.gguf", "letter.docx"]))
    def load(self, path: str | None) -> None:
        self.desk.session.load_model(Path(path) if path else None)

    @rule()
    def unload(self) -> None:
        self.desk.session.unload_model()

    @rule()
    def cancel(self) -> None:
        self.desk.session.cancel_loading()

    @rule(events=st.integers(1, 9))
    def hear(self, events: int) -> None:
        self.desk.engine.step(events)

    @rule()
    def hear_all(self) -> None:
        self.desk.engine.run()

    @rule()
    def tick(self) -> None:
        self.desk.session.tick()

    @precondition(lambda self: self.desk.engine.requests)
    @rule()
    def die(self) -> None:
        self.desk.engine.die()

    @rule()
    def restart(self) -> None:
        self.desk.session.close()
        self.desk.store.close()
        self.desk = self.made()
        self.seen, self.mirror = 0, []
        self.question, self.seen_from = ContextFull("settled"), SeenFrom(None)
        self.desk.session.resume()

    @invariant()
    def memory_and_disk_agree(self) -> None:
        self.desk.session.tick()
        self.desk.same_on_disk()
        assert self.desk.store.rows("PRAGMA foreign_key_check") == []

    @invariant()
    def nothing_that_was_said_is_lost(self) -> None:
        if not self.removed_for_good:
            found = {row[0] for row in self.desk.store.rows("SELECT text FROM message WHERE role = 'user'")}
            assert set(self.said) <= found

    @invariant()
    def a_listener_that_follows_the_changes_sees_what_is(self) -> None:
        for change in self.desk.changes[self.seen :]:
            match change:
                case BranchShown():
                    self.mirror = [(entry.message.id, entry.message.text) for entry in change.entries]
                case EntryAdded():
                    self.mirror.append((change.entry.message.id, change.entry.message.text))
                case TextGrew(kind="answer"):
                    number, text = self.mirror[-1]
                    assert number == change.message_id
                    self.mirror[-1] = (number, text + change.text)
                case ContextFull():
                    self.question = change
                case SeenFrom():
                    self.seen_from = change
                case EntryChanged():
                    assert (change.entry.message.id, change.entry.message.text) in self.mirror
        self.seen = len(self.desk.changes)
        entries = self.desk.session.entries
        assert self.mirror == [(entry.message.id, entry.message.text) for entry in entries]
        context = self.desk.session.context
        assert (self.question, self.seen_from) == (context.question, context.seen_from)

    @invariant()
    def a_question_is_one_that_can_be_answered(self) -> None:
        session = self.desk.session
        question = session.context.question
        if question.state != "settled":
            assert session.entries[-1].message.status == "streaming" or session.answering
            assert question.messages > 0

    @invariant()
    def nothing_is_sent_that_is_too_long(self) -> None:
        engine = self.desk.engine
        if engine.asked and engine.asked[-1] is not self.checked and engine.model is not None:
            self.checked = engine.asked[-1]
            plan = self.desk.session._answering.plan
            if plan is not None and not self.checked.background:
                assert plan.fits

    @invariant()
    def one_answer_at_most(self) -> None:
        streaming = self.desk.store.rows("SELECT id FROM message WHERE status = 'streaming'")
        assert len(streaming) == self.desk.session.answering


TestSession = SessionMachine.TestCase
TestSession.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
