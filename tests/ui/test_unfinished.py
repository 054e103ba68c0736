"""What was typed and not saved is there again: in every dialog with a box, and over a message."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QPushButton

from app.core.attachments import split
from app.ui.arranging import MarksDialog
from app.ui.attachment_dialog import AttachmentDialog
from app.ui.dialogs import Dialog
from app.ui.note_dialog import NoteDialog
from app.ui.settings_dialogs import SystemPromptDialog
from app.ui.unfinished import Unfinished
from tests.ui.conftest import Desk

TYPED = "many words that took a while"
DIALOGS = [("system_prompt", SystemPromptDialog), ("note_message", NoteDialog), ("tag_chat", MarksDialog)]


@pytest.fixture
def talked(desk: Desk) -> Desk:
    desk.engine.answer = lambda request: f"Answer to {request.turns[-1].text}"
    desk.ask("one")
    return desk


def opened(desk: Desk, command: str, kind: type[Dialog]) -> Dialog:
    desk.trigger(command)
    return shown(desk, kind)


def shown(desk: Desk, kind: type[Dialog]) -> Dialog:
    QApplication.sendPostedEvents(None, 52)  # DeferredDelete
    (dialog,) = [each for each in desk.window.findChildren(kind) if each.isVisible()]
    return dialog


def box_of(dialog: Dialog) -> QPlainTextEdit | QLineEdit:
    found = dialog.findChildren(QPlainTextEdit)
    return found[0] if found else dialog.findChildren(QLineEdit)[0]


def write(dialog: Dialog, text: str) -> None:
    """In place of what stands there. Keys would open the list of known tags, for which there is no screen here."""
    box = box_of(dialog)
    box.selectAll()
    box.setText(text) if isinstance(box, QLineEdit) else box.insertPlainText(text)


def text_of(dialog: Dialog) -> str:
    box = box_of(dialog)
    return box.text() if isinstance(box, QLineEdit) else box.toPlainText()


def line_of(dialog: Dialog) -> Unfinished:
    (line,) = dialog.findChildren(Unfinished)
    return line


def press(dialog: Dialog, text: str) -> None:
    next(each for each in dialog.findChildren(QPushButton) if each.text() == text).click()
    QApplication.processEvents()


def escape(dialog: Dialog) -> None:
    dialog.reject()
    QApplication.processEvents()


@pytest.mark.parametrize(("command", "kind"), DIALOGS)
def test_closing_keeps_it_and_opening_offers_it(talked: Desk, command: str, kind: type[Dialog]) -> None:
    dialog = opened(talked, command, kind)
    assert not line_of(dialog).isVisible()
    write(dialog, TYPED)
    dialog.close()
    QApplication.processEvents()
    assert talked.window.middle.toast.isVisible()
    talked.session.new()
    talked.run()
    talked.window.open_conversation(talked.session.history.listed()[0].id)
    dialog = opened(talked, command, kind)
    assert text_of(dialog) == TYPED
    assert line_of(dialog).isVisible()
    press(dialog, "Save")
    dialog = opened(talked, command, kind)  # saved: this is what there is
    assert TYPED in text_of(dialog)
    assert not line_of(dialog).isVisible()
    escape(dialog)


@pytest.mark.parametrize(("command", "kind"), DIALOGS)
def test_it_can_be_discarded_and_that_taken_back(talked: Desk, command: str, kind: type[Dialog]) -> None:
    dialog = opened(talked, command, kind)
    write(dialog, "saved")
    press(dialog, "Save")
    dialog = opened(talked, command, kind)
    write(dialog, TYPED)
    escape(dialog)
    dialog = opened(talked, command, kind)
    line_of(dialog).discard.click()
    assert text_of(dialog) == "saved"
    assert not line_of(dialog).isVisible()
    assert box_of(dialog).hasFocus()
    if kind is not MarksDialog:  # a field forgets its steps when it gets another text
        box_of(dialog).undo()
        assert text_of(dialog) == TYPED
        box_of(dialog).redo()
    escape(dialog)
    dialog = opened(talked, command, kind)
    assert text_of(dialog) == "saved"
    assert not line_of(dialog).isVisible()
    escape(dialog)


def test_what_could_not_be_saved_is_kept(talked: Desk) -> None:
    dialog = opened(talked, "note_message", NoteDialog)
    write(dialog, "x" * 20_000)
    press(dialog, "Save")
    assert talked.window.middle.banner.isVisible()  # it is too long
    dialog = opened(talked, "note_message", NoteDialog)
    assert text_of(dialog) == "x" * 20_000
    escape(dialog)


def test_it_is_written_while_it_is_typed(talked: Desk) -> None:
    dialog = opened(talked, "system_prompt", SystemPromptDialog)
    talked.qtbot.keyClicks(box_of(dialog), TYPED)
    number, unfinished = talked.session.conversation.id, talked.session.unfinished
    talked.qtbot.waitUntil(lambda: unfinished.text(number, "prompt") == TYPED)
    escape(dialog)


def test_an_attachment(talked: Desk) -> None:
    composer = talked.window.composer
    composer.attached.paste("a line of many\n" * 500)
    for number in range(2):
        composer.attached.open(0)
        dialog = shown(talked, AttachmentDialog)
        talked.qtbot.waitUntil(lambda dialog=dialog: bool(dialog.findChildren(Unfinished)))
        if number:
            assert text_of(dialog).endswith(TYPED)
            assert line_of(dialog).isVisible()
            press(dialog, "Save")
            break
        write(dialog, TYPED)
        escape(dialog)
    assert split(composer.text())[1][0].text.endswith(TYPED)
    composer.clear()


def field(desk: Desk) -> QPlainTextEdit:
    editor = desk.window.transcript.editing.editor
    assert editor is not None
    found = editor.findChild(QPlainTextEdit)
    assert isinstance(found, QPlainTextEdit)
    return found


def test_a_message_that_is_edited(talked: Desk) -> None:
    talked.window.composer.setFocus()
    talked.trigger("edit_last")
    talked.qtbot.keyClicks(field(talked), " and more")
    talked.qtbot.keyClick(field(talked), Qt.Key.Key_Escape)
    assert talked.window.composer.editor.hasFocus()
    assert talked.window.transcript.editing.editor is None
    assert talked.window.middle.toast.isVisible()
    talked.trigger("edit_last")
    editor = talked.window.transcript.editing.editor
    assert editor is not None
    assert editor.text == "one and more"
    assert editor.discard.isVisible()
    editor.discard.click()
    assert (editor.text, editor.discard.isVisible()) == ("one", False)
    talked.qtbot.keyClick(field(talked), Qt.Key.Key_Escape)
    talked.trigger("edit_last")
    assert field(talked).toPlainText() == "one"
    talked.qtbot.keyClicks(field(talked), "!")
    talked.window.transcript.editing.put_away()  # as when the window closes
    number, message = talked.session.conversation.id, talked.session.entries[0].message.id
    assert talked.session.unfinished.text(number, f"edit:{message}") == "one!"
    talked.trigger("edit_last")
    talked.qtbot.keyClick(field(talked), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    talked.run()
    assert talked.session.entries[0].message.text == "one!"
    assert talked.session.unfinished.text(number, f"edit:{message}") is None


def test_an_edit_that_is_refused_stays_kept(talked: Desk) -> None:
    message, number = talked.session.entries[0].message.id, talked.session.conversation.id
    talked.trigger("edit_last")
    talked.qtbot.keyClicks(field(talked), "!")
    talked.session.regenerate()  # an answer is being written: nothing can be edited
    talked.qtbot.keyClick(field(talked), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert field(talked).toPlainText() == "one!"
    talked.qtbot.waitUntil(lambda: talked.session.unfinished.text(number, f"edit:{message}") == "one!")
    talked.run()
