"""What the clipboard holds after copying: text, rich text, Markdown; of long messages and of what is being written."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.ui.transcript import Transcript
from app.ui.transcript.selection import END, Selection
from tests.ui.transcript.conftest import entry

ANSWER = "# Title\n\nAn **answer** with `code`.\n\n- one\n- two\n\n```py\nx = 1\n```\n\n[ref]: http://a.b"


def test_a_selection_is_copied_as_text_and_as_rich_text(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(1, "A **question**"), entry(2, ANSWER)], key=1)
    view.select(Selection((0, 0, 2), (1, 1, 9)))
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    data = QGuiApplication.clipboard().mimeData()
    assert data.text() == "**question**\n\nTitle\n\nAn answer"
    assert "<h1>Title</h1>" in data.html()
    assert "<b>answer</b></p>" in data.html()
    assert "**question**" in data.html()


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection((0, 0, 0), (1, END, END)), "A **question**\n\n" + ANSWER),
        (Selection((1, 0, 0), (1, END, END)), ANSWER),
        (Selection((1, 0, 0), (1, 1, 20)), "# Title\n\nAn **answer** with `code`."),
        (Selection((0, 0, 4), (1, 1, 6)), "question**\n\n# Title\n\nAn **ans**"),
        (Selection((1, 2, 0), (1, 3, 2)), "- one\n- tw"),
        (Selection((1, 3, 1), (1, 4, 3)), "- wo\n\n```py\nx =\n```"),
        (Selection((0, 0, 0), (0, 0, 0)), ANSWER),
    ],
)
def test_the_markdown_of_a_selection(view: Transcript, selection: Selection, expected: str) -> None:
    view.show_entries([entry(1, "A **question**"), entry(2, ANSWER)], key=1)
    view.select(selection)
    assert view.copying.markdown() == expected


def test_nothing_is_nothing(view: Transcript) -> None:
    view.show_entries([entry(1, "A question")], key=1)
    assert view.copying.markdown() == ""


def test_an_answer_that_is_being_written(view: Transcript) -> None:
    view.show_entries([entry(1, "Q"), entry(2, status="streaming")], key=1)
    view.grow(2, "Some **bold** text\n\n- one\n- tw")
    view.frames.show_frame()
    view.select(Selection((1, 0, 5), (1, 2, 2)))
    assert view.copying.markdown() == "**bold** text\n\n- one\n- tw"


def test_messages_in_several_rows(view: Transcript) -> None:
    text = "\n".join(f"line {number} **x**" for number in range(4_000))
    view.show_entries([entry(1, text), entry(2, "An **answer**")], key=1)
    rows = len(view.items) - 1
    assert rows > 1
    view.select(Selection((0, 0, 0), (rows, END, END)))
    assert view.copying.markdown() == f"{text}\n\nAn **answer**"
    view.select(Selection((0, 0, 5), (1, 0, 4)))
    found = view.copying.markdown()
    assert found.startswith("0 **x**\nline 1 **x**\n")
    assert found in text


def test_the_menu_offers_it(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(1, "Q"), entry(2, ANSWER)], key=1)
    labels = [action.text() for action in view.keys.build_menu(1).actions()]
    assert "Quote selection" not in labels
    view.select(Selection((1, 1, 0), (1, 1, 9)))
    actions = {action.text(): action for action in view.keys.build_menu(1).actions()}
    actions["Copy as Markdown"].trigger()
    assert QGuiApplication.clipboard().text() == "An **answer**"
    with qtbot.waitSignal(view.quote_asked):
        actions["Quote selection"].trigger()
    actions["Copy selection"].trigger()
    assert QGuiApplication.clipboard().mimeData().hasHtml()
