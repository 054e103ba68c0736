"""What stands above a message: thinking that opens and closes, and the mark of where the model's view begins."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.chat.changes import SeenFrom
from app.core.protocol import Candidate
from app.ui.theme import DARK
from app.ui.transcript import Transcript
from app.ui.transcript.above import mark_label, thinking_label
from app.ui.transcript.accessible import List
from app.ui.transcript.footer import actions
from app.ui.transcript.selection import thought_number
from tests.ui.transcript.conftest import entry, talk
from tests.ui.transcript.test_actions import press_button

THOUGHT = "First one thing.\n\nThen " + "another thing " * 40
THINKING = entry(2, "The answer.", thinking=THOUGHT, thinking_s=3.2, model="A")


def button(view: Transcript, index: int, name: str) -> QRect:
    return next(each.rect for each in view.row(index).buttons if each.action.name == name)


def test_labels() -> None:
    assert thinking_label(0.2, live=True) == "Thinking…"
    assert thinking_label(3.9, live=True) == "Thinking… 3 s"
    assert thinking_label(0.2, live=False) == "Thought for 1 s"
    assert thinking_label(3.9, live=False) == "Thought for 4 s"
    assert mark_label(1, 0).endswith("1 earlier message left out")
    assert mark_label(4, 12).endswith("12 earlier messages summarised · 4 earlier messages left out")


def test_thinking_is_folded_until_it_is_asked_for(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(1, "Q"), THINKING], key=1)
    row = view.row(1)
    assert row.shown.thought == "Thought for 3 s"
    folded = row.height
    press_button(view, qtbot, 1, "thinking")
    opened = view.row(1)
    assert opened.height > folded + 60
    assert opened.content_top > row.content_top + 60
    view.show_entries([entry(1, "Q"), THINKING, entry(3, "More?")], key=1)
    assert view.row(1).height == opened.height  # it stays open
    press_button(view, qtbot, 1, "thinking")
    assert view.row(1).height == folded


def test_thinking_is_no_part_of_what_is_copied_and_selected_with_messages(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(1, "Q"), THINKING], key=1)
    press_button(view, qtbot, 1, "thinking")
    press_button(view, qtbot, 1, "copy")
    assert QGuiApplication.clipboard().text() == "The answer."
    view.keys.select_all()
    assert view.selected_text() == "Q\n\nThe answer."
    menu = view.keys.build_menu(1)
    qtbot.addWidget(menu)
    offered = {action.text(): action for action in menu.actions()}
    assert {"Copy selection", "Hide what the model thought", "Copy what the model thought"} <= set(offered)
    offered["Copy what the model thought"].trigger()
    assert QGuiApplication.clipboard().text() == THOUGHT


def drag(view: Transcript, qtbot: QtBot, start: QPoint, end: QPoint) -> None:
    """Both in the viewport."""
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(view.viewport(), left, pos=start)
    qtbot.mouseMove(view.viewport(), end)
    qtbot.mouseRelease(view.viewport(), left, pos=end)


def spot(view: Transcript, piece: int, position: int, index: int = 1) -> QPoint:
    """Where a position is on the screen."""
    line = view.row(index).line_of(piece, position)
    return QPoint(view.left + line.x(), (view.reading.top_of(index) or 0) + line.center().y())


def test_thinking_is_selected_and_copied_with_the_mouse(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(1, "Q"), THINKING], key=1)
    view.notes.toggle(2)
    first, second = thought_number(0), thought_number(2)
    drag(view, qtbot, spot(view, first, 6), spot(view, second, 4))
    assert view.selected_text() == "one thing.\n\nThen"
    marks = view.found.marks(1, view.row(1), first)
    assert marks is not None
    assert marks.selected == (6, 16)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    data = QGuiApplication.clipboard().mimeData()
    assert data.text() == "one thing.\n\nThen"
    assert "one thing.</p>" in data.html()
    assert view.copying.markdown() == "one thing.\n\nThen"
    view.notes.toggle(2)  # what is folded away is not selected
    assert not view.selection
    view.notes.toggle(2)
    drag(view, qtbot, spot(view, second, 5), spot(view, 0, 3))  # on into the answer
    assert view.selected_text() == THOUGHT[23:] + "\n\nThe"
    assert view.copying.markdown() == f"> {THOUGHT[23:].strip()}\n\nThe"
    drag(view, qtbot, spot(view, 0, 0, 0), spot(view, 0, 3))  # from the question over it into the answer
    assert view.selected_text() == "Q\n\nThe"
    drag(view, qtbot, spot(view, 0, 0, 0), spot(view, first, 5))
    assert view.selected_text() == "Q\n\nFirst"


def test_a_word_of_the_thinking_is_selected_by_a_double_click(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(1, "Q"), THINKING], key=1)
    view.notes.toggle(2)
    at = spot(view, thought_number(0), 8)
    qtbot.mouseMove(view.viewport(), at)
    assert view.viewport().cursor().shape() == Qt.CursorShape.IBeamCursor
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert view.selected_text() == "one"
    below = QPoint(at.x(), view.viewport().height() - 5)
    drag(view, qtbot, at, below)
    assert view.selected_text().endswith("\n\nThe answer.")


def test_the_line_of_the_thinking_that_is_read_stays_in_a_view_of_another_size(view: Transcript) -> None:
    long = entry(2, "The answer.", thinking="\n\n".join(f"{n}. " + "thought " * 40 for n in range(30)), thinking_s=3.2)
    view.show_entries([entry(1, "Q"), long, *talk(6)[2:]], key=1)
    view.notes.toggle(2)
    view.show_start()
    view.scroll_by(900)
    _, piece, position, y = view.places.line() or pytest.fail("at the end")
    assert piece < 0
    view.resize(620, 500)
    assert (view.reading.top_of(1) or 0) + view.row(1).line_of(piece, position).top() == y


def test_thinking_opens_by_keyboard(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(1, "Q"), THINKING], key=1)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    before = view.row(1).height
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert view.row(1).height > before
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert view.row(1).height == before


def test_thinking_streams_above_the_answer(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(1, "Q"), entry(2, "", status="streaming")], key=1)
    item = view.items[1]
    item.clock = lambda: 100.0
    view.grow(2, "Let me ", "thinking")
    view.grow(2, "see.", "thinking")
    view.frames.show_frame()
    assert (item.thinking, item.text, view.row(1).shown.thought) == ("Let me see.", "", "Thinking…")
    item.clock = lambda: 105.25
    view.frames.show_frame()
    assert view.row(1).shown.thought == "Thinking… 5 s"
    press_button(view, qtbot, 1, "thinking")
    folded = view.row(1).height
    view.grow(2, "\nAnd\nso\non.", "thinking")
    view.frames.show_frame()
    assert view.row(1).height > folded
    top = view.row(1).content_top
    view.grow(2, "The **answer**.")
    view.frames.show_frame()
    row = view.row(1)
    assert (row.shown.thought, row.content_top) == ("Thought for 5 s", top)
    assert row.placed[0].y == top
    view.change_entry(entry(2, "The **answer**.", thinking=item.thinking, thinking_s=5.0))
    assert view.row(1).content_top == top
    assert view.row(1).placed[0].piece.text == "The answer."


def test_the_answer_does_not_move_apart_from_its_thinking(view: Transcript) -> None:
    """Whatever is written when, a row that grew is laid out as one that is made at once."""
    view.show_entries([entry(1, "Q"), entry(2, "", status="streaming")], key=1)
    view.notes.toggle(2)
    for text, kind in (
        ("One.", "thinking"),
        ("\n\nTwo. " + "word " * 60, "thinking"),
        ("A", "answer"),
        ("B", "answer"),
    ):
        view.grow(2, text, kind)  # type: ignore[arg-type]  # a kind
        view.frames.show_frame()
    grown = view.row(1)
    heights = grown.content_top, [each.y for each in grown.placed]
    view.kept.clear()
    fresh = view.row(1)
    assert heights == (fresh.content_top, [each.y for each in fresh.placed])


def test_a_thought_that_goes_on_is_known_when_the_conversation_is_opened_again(view: Transcript) -> None:
    view.show_entries([entry(1, "Q"), entry(2, "", status="streaming", thinking="Hm.", thinking_s=7.0)], key=1)
    label = view.row(1).shown.thought
    assert label.startswith("Thinking… ")
    assert int(label.split()[1]) >= 7
    view.show_entries([entry(1, "Q"), entry(2, "So", status="streaming", thinking="Hm.", thinking_s=7.0)], key=2)
    assert view.row(1).shown.thought == "Thought for 7 s"


def test_the_mark_stands_above_its_message_and_moves(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries(talk(8), key=1)
    before = [view.row(index).height for index in range(8)]
    view.notes.show_seen_from(SeenFrom(5, 4))
    assert view.row(4).height > before[4]
    assert view.row(4).shown.mark == mark_label(4, 0)
    view.notes.show_seen_from(SeenFrom(7, 6))
    assert [view.row(index).height == before[index] for index in range(8)].count(False) == 1
    assert view.row(6).shown.mark == mark_label(6, 0)
    view.show_entries(talk(10), key=1)
    assert view.row(6).shown.mark == mark_label(6, 0)
    view.notes.show_seen_from(SeenFrom(None))
    assert not any(item.mark for item in view.items)


def test_what_is_read_does_not_move_when_the_mark_does(view: Transcript) -> None:
    view.show_entries(talk(20), key=1)
    view.message_in_view(11)
    view.scroll_by(30)
    place = view.reading.top_of(11)
    view.notes.show_seen_from(SeenFrom(3, 2))
    view.notes.show_seen_from(SeenFrom(9, 8))
    assert view.reading.top_of(11) == place


def test_the_mark_can_be_asked_about(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries(talk(2), key=1)
    view.notes.show_seen_from(SeenFrom(1, 4))
    with qtbot.waitSignal(view.context_asked) as caught:
        press_button(view, qtbot, 0, "seen_from")
    assert isinstance(caught.args[0], QPoint)
    view.setFocus()
    view.keys.row, view.keys.button = 0, 0
    with qtbot.waitSignal(view.context_asked):
        qtbot.keyClick(view, Qt.Key.Key_Return)


def test_a_screen_reader_is_told(view: Transcript) -> None:
    view.show_entries([entry(1, "Q"), THINKING], key=1)
    view.notes.show_seen_from(SeenFrom(2, 1))
    described = List(view).child(1)
    assert described is not None
    text = described.text(QAccessible.Text.Description)
    assert text.startswith("The model sees the conversation from here")
    assert "Thought for 3 s" in text


def test_candidates_are_offered_below(view: Transcript, qtbot: QtBot) -> None:
    several = (Candidate("A", -1.0), Candidate("B", -2.0), Candidate("C", -3.0))
    view.show_entries([entry(1, "Q"), entry(2, "A", candidates=several, versions=2)], key=1)
    names = [action.name for action in actions(view.items[1].entry)]
    assert names[-3:] == ["candidates", "previous", "next"]
    assert "candidates" not in [action.name for action in actions(entry(2, "A", candidates=several[:1]))]
    with qtbot.waitSignal(view.candidates_asked) as caught:
        press_button(view, qtbot, 1, "candidates")
    assert caught.args == [2]
    assert button(view, 1, "candidates").width() > button(view, 1, "copy").width()


@pytest.mark.parametrize("width", [330, 800])
def test_it_can_be_painted_in_every_state(view: Transcript, width: int) -> None:
    view.resize(width, 500)
    view.show_entries([entry(1, "Q"), THINKING, entry(3, "More"), entry(4, "x", model="B")], key=1)
    view.notes.show_seen_from(SeenFrom(2, 3, 4, "A summary."))
    view.notes.toggle(2)
    view.set_theme(DARK, 150)
    for x in range(10, width, 40):
        for y in range(10, 480, 13):
            view.pointer._hover(QPoint(x, y))
    assert not view.grab().isNull()


def test_nothing_moves_while_the_answer_waits_for_the_person(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(1, "Q"), entry(2, "", status="streaming")], key=1)
    view.hold(True)
    qtbot.waitUntil(lambda: not view.frames.running)
    first = view.grab().toImage()
    QApplication.processEvents()
    assert view.grab().toImage() == first
    view.hold(False)
    assert view.frames.running
    view.show_entries([], key=2)
