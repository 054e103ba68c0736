"""Pins, notes, the prompt and the details of an answer: commands, menus and dialogs in the real window."""

from collections.abc import Callable
from itertools import accumulate

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea, QToolTip

from app.chat.changes import PromptSeen
from app.core.errors import EngineGone
from app.core.prompt import Part
from app.core.protocol import Examined, Turn
from app.ui.answer_details import DetailsDialog
from app.ui.dialogs import Dialog
from app.ui.note_dialog import NoteDialog
from app.ui.received import COUNT, PLACE, ReceivedDialog
from tests.ui.conftest import Desk


def button(dialog: Dialog, text: str) -> QPushButton:
    return next(each for each in dialog.findChildren(QPushButton) if each.text() == text)


def last(desk: Desk, kind: type[Dialog]) -> Dialog:
    QApplication.processEvents()
    return desk.window.findChildren(kind)[-1]


@pytest.fixture
def talked(desk: Desk) -> Desk:
    desk.engine.answer = lambda request: f"Answer to {request.turns[-1].text}"
    desk.ask("one")
    desk.ask("two")
    return desk


def messages(desk: Desk) -> list[int]:
    return [entry.message.id for entry in desk.session.entries]


def test_pin_marks_the_last_answer_or_the_one_that_was_chosen(talked: Desk) -> None:
    talked.trigger("pin_message")
    assert [entry.message.pinned for entry in talked.session.entries] == [False, False, False, True]
    talked.trigger("pin_message")
    assert not talked.session.entries[3].message.pinned
    talked.window.transcript.marks.choose(0)
    talked.trigger("pin_message")
    assert talked.session.entries[0].message.pinned
    talked.session.new()
    talked.run()
    talked.trigger("pin_message")  # nothing was said


def test_a_note_is_written_and_removed_with_undo(talked: Desk) -> None:
    talked.trigger("note_message")
    dialog = last(talked, NoteDialog)
    assert isinstance(dialog, NoteDialog)
    talked.qtbot.keyClicks(dialog.box, "mine")
    talked.qtbot.keyClick(dialog.box, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert talked.session.entries[3].message.note == "mine"
    talked.window.transcript.marks.note_asked.emit(messages(talked)[3])
    button(last(talked, NoteDialog), "Remove note").click()
    assert talked.session.entries[3].message.note == ""
    assert talked.window.middle.toast.isVisible()
    talked.trigger("undo_delete")
    assert talked.session.entries[3].message.note == "mine"


def test_a_note_that_is_too_long_is_refused_with_a_sentence(talked: Desk) -> None:
    talked.trigger("note_message")
    dialog = last(talked, NoteDialog)
    assert isinstance(dialog, NoteDialog)
    dialog.box.setPlainText("x" * 20_000)
    button(dialog, "Save").click()
    assert talked.window.middle.banner.isVisible()
    assert talked.session.entries[3].message.note == ""


def test_what_the_model_received(talked: Desk) -> None:
    talked.trigger("what_was_sent")
    dialog = last(talked, ReceivedDialog)
    assert isinstance(dialog, ReceivedDialog)
    assert not dialog.copy.isEnabled()
    talked.run()
    assert dialog.view.toPlainText() == "<user>one<assistant>Answer to one<user>two"
    assert "This is what was sent" in dialog.told.text()
    assert dialog.size_told.text() == "5 tokens · 3 of them control tokens"
    rows = [(dialog.parts.item(row).text(), dialog.parts.item(row).data(COUNT)) for row in range(dialog.parts.count())]
    assert rows == [
        ("You · one", 1), ("Model · Answer to one", 3), ("You · two", 1), ("Added by the template", 0),
        ("Together", 5), ("Room for the answer, of 2,048", 2043),
    ]  # fmt: skip
    dialog.parts.setCurrentRow(2)
    dialog.kinds.chosen.emit("all")
    dialog.grab()
    dialog.copy.click()
    assert QApplication.clipboard().text() == dialog.view.toPlainText()
    dialog.close()
    talked.trigger("what_was_sent")
    assert last(talked, ReceivedDialog).isVisible()


def test_another_answer_can_be_asked_about(talked: Desk) -> None:
    talked.window.transcript.marks.received_asked.emit(messages(talked)[1])
    talked.run()
    dialog = last(talked, ReceivedDialog)
    assert isinstance(dialog, ReceivedDialog)
    assert dialog.view.toPlainText() == "<user>one"


def test_without_a_model_a_sentence_says_what_to_do(talked: Desk) -> None:
    talked.trigger("unload_model")
    talked.run()
    talked.trigger("what_was_sent")
    assert talked.window.middle.banner.isVisible()
    assert not talked.window.findChildren(ReceivedDialog)


def test_a_prompt_that_cannot_be_made_says_why(talked: Desk) -> None:
    talked.trigger("what_was_sent")
    talked.engine.die()
    QApplication.processEvents()
    dialog = last(talked, ReceivedDialog)
    assert isinstance(dialog, ReceivedDialog)
    assert "ended unexpectedly" in dialog.told.text()
    assert not dialog.copy.isEnabled()
    dialog.show_prompt(PromptSeen(1, error=EngineGone("It is gone.", "Try again.")))
    assert dialog.told.text() == "It is gone. Try again."


@pytest.fixture
def shown(talked: Desk) -> Callable[..., ReceivedDialog]:
    """A dialog with a prompt of one's own."""

    def show(pieces: list[str], parts: tuple[Part, ...] = (), *differences: str) -> ReceivedDialog:
        dialog = ReceivedDialog(talked.session.entries[1].message, talked.window)
        dialog.show()
        ends = tuple(accumulate(map(len, pieces)))
        counts = tuple(part.tokens for part in parts if not part.left_out)
        prompt = Examined(1, "".join(pieces), ends, tuple(range(len(pieces))), (0,), counts)
        dialog.show_prompt(PromptSeen(dialog.message_id, prompt, parts, 100, differences))
        QApplication.processEvents()
        return dialog

    return show


@pytest.mark.qt_log_ignore("This plugin does not support")  # raising and grabbing, as the offscreen one says
def test_odd_tokens_are_painted(shown: Callable[..., ReceivedDialog]) -> None:
    dialog = shown(["<|s|>", "", "a\x07\u202e", "漢😀\n", "\n", "x" * 5000, "\r\n", "end"])
    plain = dialog.view.grab().toImage()
    dialog.view.show_all(True)
    assert dialog.view.grab().toImage() != plain
    text = dialog.view.toPlainText()
    assert text.startswith("<|s|>a␇")
    assert text.endswith("end")
    at = dialog.view.cursorRect().center()
    QApplication.sendEvent(
        dialog.view.viewport(), QHelpEvent(QEvent.Type.ToolTip, at, dialog.view.viewport().mapToGlobal(at))
    )
    assert QToolTip.text() == "Token 1 of 8, number 0"
    QToolTip.hideText()


def test_the_parts_lead_to_their_places_and_tell_what_is_missing(shown: Callable[..., ReceivedDialog]) -> None:
    def turn(text: str, left_out: str = "", tokens: int = 1) -> Part:
        return Part("turn", Turn("user", text), tokens, 1, left_out)  # type: ignore[arg-type]  # a LeftOut

    parts = (
        Part("system", Turn("system", "rules"), 1),
        turn("gone", "summarised"),
        turn("gone", "no_room"),
        turn("same"),
        turn("same"),
        turn("changed by the template"),
        Part("beginning", Turn("assistant", "It was"), 2),
    )
    dialog = shown(["<s>", "rules\n" * 200, "same\n", "same\n", "It was"], parts, "Another model.", "And more.")
    assert dialog.told.text() == "Another model.\nAnd more."
    rows = [(dialog.parts.item(row).text(), dialog.parts.item(row).data(PLACE)) for row in range(dialog.parts.count())]
    assert [label for label, _ in rows] == [
        "System prompt", "1 earlier message summarised", "1 earlier message left out", "You · same", "You · same",
        "You · changed by the template", "Beginning of the answer", "Added by the template", "Together",
        "Room for the answer, of 100",
    ]  # fmt: skip
    places = [place for _, place in rows]
    assert places[:7] == [3, None, None, 1203, 1208, None, 1213]
    dialog.parts.setCurrentRow(6)
    assert dialog.view.textCursor().blockNumber() == 202


def test_details(talked: Desk) -> None:
    talked.trigger("answer_details")
    dialog = last(talked, DetailsDialog)
    assert isinstance(dialog, DetailsDialog)
    button(dialog, "Copy").click()
    assert QApplication.clipboard().text() == dialog.text
    assert "Model: Scripted" in dialog.text
    assert "The model ended its answer." in dialog.text
    assert dialog.findChildren(QScrollArea)[0].verticalScrollBar().maximum() == 0  # all of it is seen
    dialog.close()
    talked.window.transcript.marks.details_asked.emit(messages(talked)[1])
    assert last(talked, DetailsDialog).isVisible()


@pytest.mark.qt_log_ignore("This plugin does not support")  # raising and grabbing, as the offscreen one says
def test_the_menu_offers_it_all(talked: Desk) -> None:
    transcript = talked.window.transcript
    answer = [action.text() for action in transcript.keys.build_menu(3).actions()]
    assert answer[-4:] == ["Pin message", "Note on message…", "What the model received", "Details of the answer"]
    question = [action.text() for action in transcript.keys.build_menu(0).actions()]
    assert question[-2:] == ["Pin message", "Note on message…"]
    talked.session.pin_message(messages(talked)[3], True)
    talked.session.note_message(messages(talked)[3], "x")
    answer = [action.text() for action in transcript.keys.build_menu(3).actions()]
    assert answer[-4:-2] == ["Unpin message", "Edit note…"]
    top = transcript.reading.top_of(3) or 0
    rect = next(each.rect for each in transcript.row(3).buttons if each.action.name == "more")
    at = rect.center() + QPoint(transcript.left, top)
    talked.qtbot.mouseClick(transcript.viewport(), Qt.MouseButton.LeftButton, pos=at)
    menu = QApplication.activePopupWidget()
    assert menu is not None
    menu.close()
