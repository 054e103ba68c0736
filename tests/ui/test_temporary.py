"""A temporary conversation in the window: marked, asked about before it is left, kept by one button."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QPushButton

from app.core.commands import BY_NAME
from app.core.listing import Summary
from app.ui.dialogs import Dialog
from app.ui.palette import Palette
from app.ui.window import KEPT_ONLY
from tests.ui.conftest import Desk


def question(desk: Desk) -> Dialog | None:
    QApplication.processEvents()
    found = [each for each in desk.window.findChildren(Dialog) if each.isVisible()]
    return found[0] if found else None


def press(desk: Desk, text: str) -> None:
    dialog = question(desk)
    assert dialog is not None
    button = next(each for each in dialog.findChildren(QPushButton) if each.text() == text)
    desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    QApplication.processEvents()


def test_it_is_marked(desk: Desk) -> None:
    desk.ask("one")
    desk.trigger("temporary_chat")
    middle = desk.window.middle
    assert middle.mark is not None
    assert middle.mark.isVisible()
    assert not middle.mark.keep.isVisible()
    assert "kept nowhere" in desk.window.composer.editor.placeholderText()
    assert desk.window.windowTitle() == "Temporary conversation — Fireside"
    assert not any(desk.window.actions_by_name[name].isEnabled() for name in KEPT_ONLY)
    desk.ask("two")
    assert middle.mark.keep.isVisible()
    assert desk.window.windowTitle() == "Temporary conversation — Fireside"
    assert [line.title for line in desk.window.sidebar.list.lines_model.lines if isinstance(line, Summary)] == ["one"]


def offered(desk: Desk) -> set[str | int]:
    """What the command palette lets one choose."""
    desk.trigger("palette")
    palette = desk.window.findChildren(Palette)[-1]
    found = {item.key for item in palette._model.items}
    palette.close()
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_belongs_to_the_list_cannot_be_chosen_in_it(desk: Desk, theme: str) -> None:
    desk.ask("one")
    before = desk.session.history.listed()
    assert set(KEPT_ONLY) <= offered(desk)
    desk.trigger("temporary_chat")
    desk.ask("two")
    desk.window.prefer(theme=theme)  # all parts of the window are made anew
    assert offered(desk).isdisjoint(KEPT_ONLY)
    assert {"export_chat", "branches", "pin_message", "delete_message", 1} <= offered(desk)
    for name in KEPT_ONLY:
        desk.trigger(name)
        if keys := BY_NAME[name].shortcut:
            desk.qtbot.keySequence(desk.window, keys)
        assert question(desk) is None, name
    assert desk.session.history.listed() == before
    assert desk.session.temporary
    assert desk.window.sidebar.list.drawer.open_id not in [line.id for line in before]
    desk.session.keep()
    assert set(KEPT_ONLY) <= offered(desk)


def test_an_empty_one_is_left_without_a_word(desk: Desk) -> None:
    desk.trigger("temporary_chat")
    desk.trigger("new_chat")
    assert question(desk) is None
    assert not desk.session.temporary
    assert desk.window.middle.mark is not None
    assert not desk.window.middle.mark.isVisible()
    assert desk.window.composer.editor.placeholderText() == "Write a message"
    assert desk.window.actions_by_name["rename_chat"].isEnabled()


def test_one_with_nothing_but_a_draft_is_not_left_without_a_word(desk: Desk) -> None:
    desk.trigger("temporary_chat")
    desk.window.composer.show_text("many words that took a while")
    desk.trigger("new_chat")
    dialog = question(desk)
    assert dialog is not None
    assert [each.text() for each in dialog.findChildren(QPushButton) if each.isVisible()] == ["Stay", "Leave it"]
    press(desk, "Stay")
    assert desk.window.composer.draft() == "many words that took a while"
    desk.trigger("new_chat")
    press(desk, "Leave it")
    assert not desk.session.temporary


def test_each_way_out_asks(desk: Desk) -> None:
    desk.ask("one")
    desk.trigger("temporary_chat")
    desk.ask("two")
    ways = (
        lambda: desk.trigger("new_chat"),
        lambda: desk.trigger("temporary_chat"),
        lambda: desk.trigger("next_chat"),
        lambda: desk.trigger("quit"),
        lambda: desk.window.sidebar.opened.emit(1, None),
        lambda: desk.window.opening._run_chosen(1),
        lambda: QApplication.sendEvent(desk.window.windowHandle(), QCloseEvent()),
    )
    for way in ways:
        way()
        press(desk, "Stay")
        assert desk.session.entries[0].message.text == "two"
        assert desk.window.isVisible()


def test_left_it_is_gone(desk: Desk) -> None:
    desk.ask("one")
    desk.trigger("temporary_chat")
    desk.ask("two")
    desk.window.sidebar.opened.emit(1, None)
    press(desk, "Leave it")
    assert desk.session.entries[0].message.text == "one"
    assert not desk.session.history.search("two")


def test_enter_stays(desk: Desk) -> None:
    desk.trigger("temporary_chat")
    desk.ask("two")
    desk.trigger("new_chat")
    dialog = question(desk)
    assert dialog is not None
    desk.qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    assert question(desk) is None
    assert desk.session.entries[0].message.text == "two"


def test_kept_while_it_is_left(desk: Desk) -> None:
    desk.ask("one")
    desk.trigger("temporary_chat")
    desk.session.say("two")
    desk.engine.step(3)
    desk.trigger("new_chat")
    press(desk, "Keep it")
    assert desk.session.conversation.id == 0
    assert [item.title for item in desk.session.history.listed()] == ["two", "one"]


def test_the_window_closes_after_the_answer(desk: Desk) -> None:
    desk.trigger("temporary_chat")
    desk.ask("two")
    desk.trigger("quit")
    press(desk, "Leave it")
    assert not desk.window.isVisible()


def test_nobody_is_asked_by_a_program_that_is_told_to_end(desk: Desk) -> None:
    desk.trigger("temporary_chat")
    desk.ask("two")
    desk.window.close()
    assert not desk.window.isVisible()


def test_keep_leaves_the_line_being_read_where_it_is(desk: Desk) -> None:
    desk.trigger("temporary_chat")
    for number in range(12):
        desk.ask(f"question {number}\n" + "and more\n" * 6)
    transcript = desk.window.transcript
    transcript.verticalScrollBar().setValue(transcript.verticalScrollBar().maximum() // 2)
    QApplication.processEvents()
    reading = transcript.reading
    before = reading.row, reading.offset, [(index, y) for index, y in reading.visible()]
    desk.window.composer.editor.setPlainText("half a thought")
    assert desk.window.middle.mark is not None
    desk.qtbot.mouseClick(desk.window.middle.mark.keep, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert not desk.session.temporary
    assert reading.row == before[0]
    assert desk.window.composer.editor.toPlainText() == "half a thought"
    assert desk.session.draft(desk.session.conversation.id) == "half a thought"
    assert not desk.window.middle.mark.isVisible()
    assert desk.window.composer.editor.hasFocus()


def test_a_draft_survives_another_theme_and_reaches_no_disk(desk: Desk) -> None:
    desk.trigger("temporary_chat")
    desk.window.composer.editor.setPlainText("half a secret")
    desk.trigger("switch_theme")
    assert desk.window.composer.text() == "half a secret"
    assert desk.window.middle.mark is not None
    assert desk.window.middle.mark.isVisible()
    assert not desk.session._store.rows("SELECT * FROM setting WHERE value LIKE '%secret%'")
    desk.trigger("new_chat")
    press(desk, "Leave it")
    assert desk.window.composer.text() == ""
