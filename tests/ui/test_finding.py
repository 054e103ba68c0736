"""Finding words in the open conversation, from the keyboard and with a real window."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from app.core.find import Query
from app.ui.find_bar import FindBar
from app.ui.transcript.selection import Selection
from tests.ui.conftest import Desk

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


def settled(desk: Desk) -> None:
    """Everything is searched."""
    desk.qtbot.waitUntil(lambda: desk.window.changes.finding.finding.finished)
    QApplication.processEvents()


def opened(desk: Desk, text: str = "") -> FindBar:
    desk.trigger("find")
    bar = desk.window.changes.finding.bar
    assert bar is not None
    if text:
        bar.field.clear()
        desk.qtbot.keyClicks(bar.field, text)
        settled(desk)
    return bar


def told(bar: FindBar) -> str:
    return bar.field.count.text()


def press(desk: Desk, bar: FindBar, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    desk.qtbot.keyClick(bar.field, key, modifier)
    settled(desk)


def test_words_are_found_and_walked_through(desk: Desk) -> None:
    desk.ask("one two")
    desk.ask("two three Two")
    bar = opened(desk, "two")
    count = sum(entry.message.text.casefold().count("two") for entry in desk.session.entries)
    assert bar.field.hasFocus()
    assert told(bar) == f"1 of {count}"
    press(desk, bar, Qt.Key.Key_Return)
    assert told(bar) == f"2 of {count}"
    press(desk, bar, Qt.Key.Key_Return, SHIFT)
    press(desk, bar, Qt.Key.Key_Return, SHIFT)
    assert told(bar) == f"{count} of {count}"
    desk.trigger("find_next")
    assert told(bar) == f"1 of {count}"
    desk.trigger("find_previous")
    assert told(bar) == f"{count} of {count}"
    bar.options["case"].click()
    settled(desk)
    assert int(told(bar).split()[-1]) < count
    desk.qtbot.keyClicks(bar.field, "zzz")
    settled(desk)
    assert told(bar) == "None found"
    assert not bar.next.isEnabled()


def test_the_mouse_leaves_the_keyboard_in_the_field(desk: Desk) -> None:
    desk.ask("one two")
    bar = opened(desk, "two")
    for button in (bar.options["regex"], bar.next):
        desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        settled(desk)
        assert bar.field.hasFocus()
    assert bar.options["regex"].isChecked()


def test_escape_closes_the_bar_and_does_not_stop_the_answer(desk: Desk) -> None:
    desk.ask("one")
    desk.session.say("one two three four five")
    desk.engine.step(2)
    desk.window.composer.setFocus()
    bar = opened(desk, "one")
    desk.qtbot.keyClick(bar.field, Qt.Key.Key_Escape)
    assert desk.window.changes.finding.bar is None
    assert desk.session.answering
    assert desk.window.composer.editor.hasFocus()
    desk.window.transcript.setFocus()
    opened(desk)
    desk.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert desk.window.transcript.hasFocus()
    desk.run()


def test_the_last_words_come_back_and_a_selection_comes_first(desk: Desk) -> None:
    desk.ask("one two")
    opened(desk, "two")
    desk.window.changes.finding.close()
    desk.trigger("find_next")
    bar = desk.window.changes.finding.bar
    assert bar is not None
    assert bar.query == Query("two")
    desk.window.changes.finding.close()
    desk.window.transcript.select(Selection((0, 0, 0), (0, 0, 3)))
    assert opened(desk).field.text() == "one"


def test_a_wrong_pattern_is_explained_below_the_field(desk: Desk) -> None:
    desk.ask("one two")
    bar = opened(desk)
    bar.options["regex"].click()
    bar.field.clear()
    desk.qtbot.keyClicks(bar.field, "(o")
    assert bar.complaint.isVisible()
    assert bar.complaint.text().startswith("A bracket “(” is not closed.")
    assert desk.window.transcript.reading.cover == bar.height()
    desk.qtbot.keyClicks(bar.field, "n|w)")
    settled(desk)
    assert not bar.complaint.isVisible()
    assert told(bar).startswith("1 of")
    bar.field.clear()
    desk.session.say("a" * 2_000 + "!")
    desk.qtbot.keyClicks(bar.field, "(a+)+$")
    settled(desk)
    assert bar.complaint.text().startswith("This pattern takes too long.")
    desk.run()


def test_matches_grow_while_an_answer_is_written(desk: Desk) -> None:
    desk.ask("one")
    bar = opened(desk, "tree")
    assert told(bar) == "None found"
    desk.session.say("tree " * 6)
    desk.engine.step(4)
    desk.qtbot.waitUntil(lambda: desk.window.changes.finding.finding.count > 1)
    desk.run()
    settled(desk)
    count = sum(entry.message.text.count("tree") for entry in desk.session.entries)
    assert desk.window.changes.finding.finding.count == count
    assert count > 6


def test_other_branches_are_counted_and_gone_to(desk: Desk) -> None:
    desk.ask("a needle in it")
    first = desk.session.entries[0].message.id
    desk.session.edit(first, "nothing in it")
    desk.run()
    bar = opened(desk, "needle")
    assert told(bar) == "None found"
    bar.options["all_branches"].click()
    settled(desk)
    assert "in other branches" in told(bar) or "in another branch" in told(bar)
    assert desk.session.entries[0].message.text == "nothing in it"
    press(desk, bar, Qt.Key.Key_Return)
    assert desk.session.entries[0].message.id == first
    assert told(bar).startswith("1 of")
    assert bar.isVisible()


def test_another_conversation_closes_the_bar(desk: Desk) -> None:
    desk.ask("one")
    opened(desk, "one")
    desk.trigger("new_chat")
    assert desk.window.changes.finding.bar is None
    desk.trigger("find")
    assert desk.window.changes.finding.bar is None
    assert desk.window.middle.toast.isVisible()


@pytest.mark.qt_log_ignore("This plugin does not support")  # masks, raising and grabbing, as the offscreen one says
def test_another_theme_keeps_the_bar_and_a_narrow_window_folds_it(desk: Desk) -> None:
    desk.ask("one")
    bar = opened(desk, "one")
    assert bar.options["case"].isVisible()
    desk.window.resize(400, 500)
    QApplication.processEvents()
    assert not bar.options["case"].isVisible()
    assert bar.more.isVisible()
    assert bar.width() == desk.window.transcript.viewport().width()
    bar.more.click()
    menu = QApplication.activePopupWidget()
    menu.actions()[0].trigger()
    menu.close()
    assert bar.query.case
    desk.trigger("switch_theme")
    QApplication.processEvents()
    after = desk.window.changes.finding.bar
    assert after is not None
    assert after is not bar
    assert after.query == Query("one", case=True)
    assert told(after).startswith("1 of")
    desk.trigger("find")
    assert desk.window.focusWidget() is after.field


def test_every_control_has_a_name(desk: Desk) -> None:
    desk.ask("one")
    bar = opened(desk)
    for button in [*bar.findChildren(QPushButton), *bar.options.values(), bar.next, bar.previous, bar.more, bar.field]:
        assert button.accessibleName()


def test_the_line_being_read_stays_when_the_bar_comes_and_goes(desk: Desk) -> None:
    for number in range(6):
        desk.ask(f"question {number} " + "words " * 80)
    transcript = desk.window.transcript
    transcript.scroll_by(-300)
    place = (transcript.reading.row, transcript.reading.offset)
    opened(desk)
    assert (transcript.reading.row, transcript.reading.offset) == place
    desk.window.changes.finding.close()
    assert (transcript.reading.row, transcript.reading.offset) == place
