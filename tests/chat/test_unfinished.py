"""What was typed and not saved: kept with its conversation, taken along, and gone with it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.chat.kept import own_key
from tests.chat.conftest import Desk


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    desk = make_desk()
    desk.session.load_model(Path("a.gguf"))
    desk.engine.run()
    return desk


def test_it_is_there_after_a_restart_and_goes_with_its_conversation(desk: Desk) -> None:
    desk.talk("Hello")
    number = desk.session.conversation.id
    desk.session.unfinished.keep(number, "note:1", "half a sent")
    desk.session.unfinished.keep(number, "prompt", "")
    desk = desk.reopened()
    history, unfinished = desk.session.history, desk.session.unfinished
    assert unfinished.text(number, "note:1") == "half a sent"
    assert unfinished.text(number, "prompt") == ""
    assert unfinished.text(number, "note:2") is None
    unfinished.keep(number, "prompt", None)
    assert unfinished.text(number, "prompt") is None
    unfinished.forget(number, "note")
    assert unfinished.text(number, "note:1") is None
    unfinished.keep(number, "tags", "one, tw")
    history.trash(number)
    assert unfinished.text(number, "tags") == "one, tw"  # it may come back
    history.empty_trash()
    unfinished.keep(number, "tags", "one, tw")  # from a dialog that was still open
    assert unfinished.text(number, "tags") is None
    assert not desk.session.settings.text(own_key("unfinished", number))
    desk.store.close()


def test_what_was_typed_before_the_first_message_belongs_to_the_conversation_that_begins_with_it(desk: Desk) -> None:
    unfinished = desk.session.unfinished
    unfinished.keep(0, "prompt", "Be br")
    unfinished.keep(0, "template:/a/b.gguf", "{{ mess")
    desk.talk("Hello")
    assert unfinished.text(desk.session.conversation.id, "prompt") == "Be br"
    desk.session.new()
    assert unfinished.text(0, "prompt") is None
    assert unfinished.text(0, "template:/a/b.gguf") == "{{ mess"


def test_a_temporary_conversation_takes_it_along_when_it_is_kept_and_to_the_grave_when_not(desk: Desk) -> None:
    unfinished, secret = desk.session.unfinished, "xyzzy"
    for kept in (False, True):
        desk.session.new_temporary()
        desk.talk("One")
        number, (question, answer) = desk.session.conversation.id, desk.session.entries
        for what in ("prompt", f"note:{answer.message.id}", f"edit:{question.message.id}"):
            unfinished.keep(number, what, f"{secret} {what[:4]}")
        written = b"".join(path.read_bytes() for path in desk.path.parent.rglob("*") if path.is_file())
        assert secret.encode() not in written
        if not kept:
            desk.session.new()
            assert unfinished.text(number, "prompt") is None
    desk.session.keep()
    number, (question, answer) = desk.session.conversation.id, desk.session.entries
    assert unfinished.text(number, "prompt") == f"{secret} prom"
    assert unfinished.text(number, f"note:{answer.message.id}") == f"{secret} note"
    assert unfinished.text(number, f"edit:{question.message.id}") == f"{secret} edit"


def test_what_cannot_be_read_is_nothing(desk: Desk) -> None:
    for written in ("{", "[1]", '{"prompt": 1}'):
        desk.session.settings.set_text(own_key("unfinished", 0), written)
        assert desk.session.unfinished.text(0, "prompt") is None
