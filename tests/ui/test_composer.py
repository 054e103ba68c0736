"""The message box: keys, growth, long texts, drafts."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication

from app.ui.attaching import RETURNED
from tests.ui.conftest import Desk


def test_enter_sends_and_shift_enter_breaks(desk: Desk) -> None:
    editor = desk.window.composer.editor
    desk.qtbot.keyClicks(editor, "one")
    desk.qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    desk.qtbot.keyClicks(editor, "two")
    desk.qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert desk.session.entries[0].message.text == "one\ntwo"
    assert editor.toPlainText() == ""


def test_the_preference_reverses_the_keys(desk: Desk) -> None:
    desk.window.prefer(send_key="ctrl_enter")
    editor = desk.window.composer.editor
    desk.qtbot.keyClicks(editor, "one")
    desk.qtbot.keyClick(editor, Qt.Key.Key_Return)
    desk.qtbot.keyClicks(editor, "two")
    assert not desk.session.entries
    desk.qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert desk.session.entries[0].message.text == "one\ntwo"


def test_an_input_method_at_work_sends_nothing(desk: Desk) -> None:
    editor = desk.window.composer.editor
    desk.qtbot.keyClicks(editor, "a")
    QApplication.sendEvent(editor, QInputMethodEvent("ni", []))
    desk.qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert not desk.session.entries
    done = QInputMethodEvent("", [])
    done.setCommitString("你")
    QApplication.sendEvent(editor, done)
    desk.qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert desk.session.entries


def test_blank_text_is_not_sent(desk: Desk) -> None:
    editor = desk.window.composer.editor
    assert not desk.window.composer.button.isEnabled()
    desk.qtbot.keyClicks(editor, "  ")
    desk.qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert not desk.session.entries


def test_up_in_an_empty_box_brings_the_last_message_back(desk: Desk) -> None:
    desk.ask("what I said")
    editor = desk.window.composer.editor
    desk.qtbot.keyClick(editor, Qt.Key.Key_Up)
    assert desk.window.composer.text() == "what I said"


def test_it_grows_with_its_text_up_to_a_share_of_the_window(desk: Desk) -> None:
    composer = desk.window.composer
    small = composer.editor.height()
    composer.show_text("\n".join("abc"))
    assert composer.editor.height() > small
    composer.show_text("\n" * 200)
    assert composer.editor.height() <= desk.window.height() * 0.4


def test_stop_takes_the_place_of_send(desk: Desk) -> None:
    composer = desk.window.composer
    desk.session.say("one two three")
    assert composer.button.accessibleName() == "Stop"
    assert composer.button.isEnabled()
    composer.button.click()
    desk.run()
    assert composer.button.accessibleName() == "Send"
    assert desk.session.entries[-1].message.status == "stopped"


def test_escape_stops(desk: Desk) -> None:
    desk.session.say("one two three")
    desk.qtbot.keyClick(desk.window.composer.editor, Qt.Key.Key_Escape)
    desk.run()
    assert desk.session.entries[-1].message.status == "stopped"


def test_a_message_too_long_for_the_box_is_kept_beside_it(desk: Desk) -> None:
    composer = desk.window.composer
    composer.show_text("x" * (RETURNED + 1))
    assert composer.editor.toPlainText() == ""
    assert composer.attached.attachments[0].text == "x" * (RETURNED + 1)
    composer.bar.chips[0].cross.click()
    assert composer.text() == ""


def test_each_conversation_keeps_its_draft(desk: Desk) -> None:
    desk.ask("one")
    first = desk.session.conversation.id
    desk.window.composer.show_text("half a thought")
    desk.session.new()
    assert desk.window.composer.text() == ""
    desk.window.composer.show_text('["a", "list"]')
    desk.session.open(first)
    assert desk.window.composer.text() == "half a thought"
    desk.session.new()
    assert desk.window.composer.text() == '["a", "list"]'


def test_a_sent_message_leaves_no_draft(desk: Desk) -> None:
    editor = desk.window.composer.editor
    desk.qtbot.keyClicks(editor, "one")
    desk.qtbot.waitUntil(lambda: desk.session.recall("draft:0") == "one")
    desk.qtbot.keyClick(editor, Qt.Key.Key_Return)
    desk.run()
    desk.session.new()
    assert desk.window.composer.text() == ""


def test_typing_counts_the_draft(desk: Desk) -> None:
    desk.qtbot.keyClicks(desk.window.composer.editor, "three little words")

    def counted() -> bool:
        desk.run()
        return "3 tokens" in desk.window.middle.top.meter.toolTip()

    desk.qtbot.waitUntil(counted)
    assert desk.window.composer._tokens.text() == "3 tokens"
    desk.window.composer.clear()
    assert desk.window.composer._tokens.text() == ""


def test_tall_letters_fit_without_a_scroll_bar(desk: Desk) -> None:
    composer = desk.window.composer
    for text in ("one line", "\n".join("line" for _ in range(5)), "क ན \u0f40\u0fb5"):
        composer.show_text(text)
        QApplication.processEvents()
        assert not composer.editor.verticalScrollBar().isVisible()
        assert composer.editor.viewport().height() >= composer.editor.text_height(1000)


def test_undo_belongs_to_the_text_while_there_is_something_to_undo(desk: Desk) -> None:
    desk.ask("one")
    desk.session.history.trash(desk.session.conversation.id)
    editor = desk.window.composer.editor
    desk.qtbot.keyClicks(editor, "typed")
    desk.qtbot.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert editor.toPlainText() == ""
    assert desk.session.conversation.id == 0


def test_the_cursor_stands_still_when_nobody_types(desk: Desk) -> None:
    editor = desk.window.composer.editor
    desk.qtbot.keyClicks(editor, "a")
    assert editor._still.isActive()
    assert QApplication.cursorFlashTime() > 0
    editor._still.timeout.emit()
    assert QApplication.cursorFlashTime() == 0
    desk.qtbot.keyClicks(editor, "b")
    assert QApplication.cursorFlashTime() > 0


def test_when_the_answer_ends_the_keyboard_goes_from_stop_to_the_text(desk: Desk) -> None:
    composer = desk.window.composer
    for typed in ("", "the next one"):
        desk.session.say("one two three")
        desk.engine.step(2)
        QApplication.processEvents()
        composer.show_text(typed)
        composer.button.setFocus()
        desk.run()
        assert composer.editor.hasFocus()


def test_whoever_is_elsewhere_when_the_answer_ends_stays_there(desk: Desk) -> None:
    desk.session.say("one two three")
    desk.engine.step(2)
    desk.window.transcript.setFocus()
    desk.run()
    assert desk.window.transcript.hasFocus()
