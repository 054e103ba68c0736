"""The question when old messages do not fit: in the real window, by mouse and by keyboard."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from app.chat.changes import ContextFull, SeenFrom
from app.core.protocol import Candidate, Generate
from app.ui.candidates import CandidatesDialog
from app.ui.context_menu import ContextMenu, show_summary
from app.ui.context_question import ContextQuestion
from app.ui.problems import TextBox
from tests.ui.conftest import Desk

LONG = "word " * 250


@pytest.fixture
def asked(desk: Desk) -> Desk:
    """A context of 1,000 tokens, and a message that makes old ones too many."""
    desk.engine.trained_context = 8000
    desk.engine.answer = lambda request: "They spoke." if request.background else "Yes."
    desk.session.set_loading(context_length=1024)
    desk.run()
    for number in range(3):
        desk.ask(f"Question {number} {LONG}")
    desk.session.say(f"One more {LONG}")
    desk.run()
    return desk


def card(desk: Desk) -> ContextQuestion:
    found = desk.window.middle.question
    assert found is not None
    return found


def test_tab_leads_through_its_buttons_to_the_composer(asked: Desk) -> None:
    question, editor = card(asked), asked.window.composer.editor
    for button in (question.leave_out, question.summarise, question.raise_length):
        asked.window.focusNextPrevChild(False)
        assert button.hasFocus()
    for _ in range(3):
        asked.window.focusNextPrevChild(True)
    assert editor.hasFocus()


def test_after_a_choice_the_next_message_can_be_typed(asked: Desk) -> None:
    card(asked).leave_out.setFocus()
    card(asked).leave_out.click()
    asked.run()
    assert asked.window.composer.editor.hasFocus()


def test_a_window_that_needs_no_question_has_none(desk: Desk) -> None:
    desk.ask("Hello")
    assert desk.window.middle.question is None


def test_it_stands_above_the_composer_and_takes_no_focus(asked: Desk) -> None:
    question = card(asked)
    assert question.isVisible()
    assert "4 earlier messages" in question.title.text()
    assert question.raise_length.text() == "Raise the context to 2,048"
    assert (
        question.mapTo(asked.window, QPoint(0, question.height())).y()
        <= asked.window.composer.mapTo(asked.window, QPoint(0, 0)).y()
    )
    assert asked.window.composer.editor.hasFocus()
    assert asked.window.transcript.held


@pytest.mark.parametrize(("button", "seen"), [("raise_length", 4), ("summarise", 2), ("leave_out", 2)])
def test_each_choice_leads_to_the_answer(asked: Desk, button: str, seen: int) -> None:
    question = card(asked)
    asked.qtbot.mouseClick(getattr(question, button), Qt.MouseButton.LeftButton)
    if button == "summarise":
        assert "summarising" in question.title.text()
        assert not question.leave_out.isVisible()
    asked.run()
    assert question.isHidden()
    assert not asked.window.transcript.held
    last = [request for request in asked.engine.requests if isinstance(request, Generate)][-1]
    assert len([turn for turn in last.turns if turn.role == "user"]) == seen
    marked = [item.mark for item in asked.window.transcript.items if item.mark]
    assert len(marked) == (0 if button == "raise_length" else 1)


def test_the_buttons_are_reached_by_tab(asked: Desk) -> None:
    reached = set()
    for _ in range(60):
        focus = QApplication.focusWidget()
        assert focus is not None
        reached.add(focus)
        asked.qtbot.keyClick(focus, Qt.Key.Key_Tab)
    question = card(asked)
    assert {question.raise_length, question.summarise, question.leave_out} <= reached


def test_escape_stops_and_the_question_is_gone(asked: Desk) -> None:
    asked.trigger("stop")
    assert card(asked).isHidden()
    assert asked.session.entries[-1].message.status == "stopped"


def test_it_follows_the_conversation(asked: Desk) -> None:
    first = asked.session.conversation.id
    asked.trigger("new_chat")
    assert card(asked).isHidden()
    asked.session.open(first)
    assert card(asked).isVisible()
    asked.window._restyle()  # all parts are made anew
    QApplication.processEvents()
    assert card(asked).isVisible()
    asked.trigger("stop")


@pytest.mark.parametrize("width", [200, 900])
def test_its_buttons_have_room(asked: Desk, width: int) -> None:
    question = ContextQuestion()
    asked.qtbot.addWidget(question)
    question.show_question(ContextFull("asking", 12, 12_345, 32_768))
    question.resize(width, 260)
    question.show()
    QApplication.processEvents()
    buttons = [question.raise_length, question.summarise, question.leave_out]
    assert len({button.y() for button in buttons}) == (1 if width > 500 else 3)
    question.show_question(ContextFull("asking", 1, 12, 0))
    assert question.raise_length.isHidden()
    asked.trigger("stop")


def test_the_mark_offers_what_can_be_done(asked: Desk) -> None:
    asked.session.context.summarise()
    asked.run()
    assert asked.window.transcript.items
    context = asked.session.context
    menu = ContextMenu(context.seen_from, asked.session.conversation.overflow, asked.window)
    menu.forget_asked.connect(context.forget_summary)
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts[:2] == ["Show the summary", "Remove the summary"]
    menu.actions()[0].trigger()
    boxes = [box.toPlainText() for box in asked.window.findChildren(TextBox) if box.isReadOnly()]
    assert boxes == ["They spoke."]
    menu.actions()[1].trigger()
    asked.run()
    assert asked.session.context.seen_from == SeenFrom(None)
    assert not any(item.mark for item in asked.window.transcript.items)
    other = ContextMenu(SeenFrom(5, 4), "without", asked.window)
    other.chosen.connect(context.choose)
    assert len(other.actions()) == 3
    assert [bool(action.icon().cacheKey()) and not action.icon().isNull() for action in other.actions()] == [
        False,
        True,
        False,
    ]
    other.actions()[2].trigger()
    assert asked.session.conversation.overflow == "summarise"


def test_the_summary_can_be_read(desk: Desk) -> None:
    dialog = show_summary("What was said.", desk.window)
    (box,) = dialog.findChildren(TextBox)
    assert (box.toPlainText(), box.isReadOnly()) == ("What was said.", True)
    dialog.close()


def test_a_candidate_is_copied_or_taken(desk: Desk) -> None:
    desk.engine.candidates = (Candidate("Good day.", -0.5), Candidate("Hello, hello.", -0.75))
    desk.engine.answer = lambda request: "Good day."
    desk.session.set_sampling(strategy="beam")
    desk.ask("Hello")
    answer = desk.session.entries[-1].message.id
    desk.window.transcript.candidates_asked.emit(answer)
    (dialog,) = desk.window.findChildren(CandidatesDialog)
    assert "Score −0.500" in [label.text() for label in dialog.findChildren(QLabel)]
    names = [button.accessibleName() for button in dialog.findChildren(QPushButton)]
    assert names == ["Copy candidate 1", "Copy candidate 2", "Use candidate 2", "Close"]
    buttons = {button.accessibleName(): button for button in dialog.findChildren(QPushButton)}
    buttons["Copy candidate 2"].click()
    assert QApplication.clipboard().text() == "Hello, hello."
    buttons["Use candidate 2"].click()
    assert desk.session.entries[-1].message.text == "Hello, hello."
    assert not dialog.isVisible()


def test_thinking_reaches_the_window(desk: Desk) -> None:
    desk.engine.answer = lambda request: "<think>A greeting.</think>Good day."
    desk.ask("Hello")
    item = desk.window.transcript.items[-1]
    assert (item.text, item.thinking) == ("Good day.", "A greeting.")
    desk.trigger("copy_answer")
    assert QApplication.clipboard().text() == "Good day."
