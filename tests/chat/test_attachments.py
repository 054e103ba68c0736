"""Attachments through the whole application: the model reads them, search finds them, files bring them back."""

from collections.abc import Callable
from pathlib import Path

from app.chat.exporting import exported
from app.chat.importing.adding import added
from app.chat.importing.reading import read
from app.core.attachments import attachment, joined, split
from tests.chat.conftest import Desk

ATTACHED = (attachment("notes.txt", "The heron stands\n```\nby the river.\n"), attachment("app.py", "x = 1", "python"))
MESSAGE = joined("What is in these?", ATTACHED)


def test_the_model_reads_all_of_it_and_search_finds_it(desk: Desk) -> None:
    desk.session.load_model()
    desk.engine.run()
    desk.talk(MESSAGE)
    assert desk.engine.asked[-1].turns[-1].text == MESSAGE
    assert desk.session.conversation.title == "What is in these?"
    (found,) = desk.session.history.search("heron river")
    assert found.places[0].message == desk.session.entries[0].message.id
    desk.same_on_disk()


def test_what_was_exported_comes_back_with_its_attachments(make_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk, other = make_desk(), make_desk()
    desk.session.load_model()
    desk.engine.run()
    desk.talk(MESSAGE)
    path = tmp_path / "one.json"
    path.write_text(exported(desk.store, desk.session.conversation, "json"), "utf-8")
    assert list(added(other.store, read([path])))
    (conversation,) = other.store.conversations.listed(9)
    message = other.store.conversations.messages(conversation.id)[0]
    assert split(message.text) == ("What is in these?", ATTACHED)
    assert MESSAGE in exported(desk.store, desk.session.conversation, "markdown")


def test_an_edited_message_keeps_what_it_is_given(desk: Desk) -> None:
    desk.session.load_model()
    desk.engine.run()
    desk.talk(MESSAGE)
    desk.session.edit(desk.session.entries[0].message.id, joined("And now?", ATTACHED[1:]))
    desk.engine.run()
    assert split(desk.shown()[0]) == ("And now?", ATTACHED[1:])
