"""What can be done with messages: by mouse, by keyboard, by menu, and in the editor."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.core.protocol import Timing
from app.ui.grounds import Elided
from app.ui.theme import DARK, LIGHT
from app.ui.transcript import Transcript
from app.ui.transcript.footer import actions, details, figures
from app.ui.transcript.keys import told_bottom
from tests.ui.transcript.conftest import entry, talk

TIMING = Timing(prompt_tokens=5, completion_tokens=100, time_to_first_token_s=0.21, generation_s=8.0)


def press_button(view: Transcript, qtbot: QtBot, index: int, name: str) -> None:
    top = view.reading.top_of(index)
    assert top is not None
    rect = next(button.rect for button in view.row(index).buttons if button.action.name == name)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center() + QPoint(view.left, top))


def names(number: int = 2, **more: object) -> list[str]:
    return [action.name for action in actions(entry(number, "text", **more))]  # type: ignore[arg-type]  # keywords of a Message


def test_which_actions_a_message_offers() -> None:
    assert names() == ["copy", "regenerate", "edit", "delete", "more"]
    assert names(1) == ["copy", "edit", "delete", "more"]
    assert names(status="streaming") == []
    assert names(status="stopped") == ["copy", "regenerate", "edit", "continue", "delete", "more"]
    assert names(finish_reason="length") == ["copy", "regenerate", "edit", "continue", "delete", "more"]
    assert names(finish_reason="end") == ["copy", "regenerate", "edit", "delete", "more"]
    assert names(status="failed") == ["copy", "retry", "edit", "delete", "more"]
    told = replace(entry(2, "", status="failed"), detail="errno 28")
    assert [action.name for action in actions(told)] == ["retry", "reason", "edit", "delete", "more"]
    assert names(version=2, versions=3)[-2:] == ["previous", "next"]
    assert [action.enabled for action in actions(entry(2, "a", version=3, versions=3))][-2:] == [True, False]


def test_figures() -> None:
    assert figures(entry(2, "a", timing=TIMING)) == ["12.5 tokens/s", "first token 0.21 s"]
    restored = replace(TIMING, restored_tokens=3120, restore_s=0.23)
    assert figures(entry(2, "a", timing=restored))[2] == "restored 3,120 tokens in 0.2 s"
    assert figures(entry(2, "a", timing=replace(restored, restore_s=0.034)))[2].endswith("in 0.03 s")
    assert figures(entry(2, "a", status="stopped")) == ["Stopped"]
    assert figures(entry(2, "a")) == []
    assert "first token 0.21 s" in details(entry(2, "a", timing=TIMING))
    assert "40 tokens of it thought" in details(entry(2, "a", timing=replace(TIMING, thinking_tokens=40)))
    assert "100 tokens in the answer" in details(entry(2, "a", model="Guide", timing=TIMING))


@pytest.mark.parametrize(
    ("name", "signal", "values"),
    [
        ("regenerate", "regenerate_asked", [2]),
        ("continue", "continue_asked", [2]),
        ("delete", "delete_asked", [2]),
        ("previous", "version_asked", [2, 1]),
        ("next", "version_asked", [2, 3]),
        ("copy", "copied", [2]),
        ("edit", "edit_asked", [2]),
    ],
)
def test_buttons_tell_what_is_wanted(view: Transcript, qtbot: QtBot, name: str, signal: str, values: list[int]) -> None:
    view.show_entries([entry(1, "Q"), entry(2, "**A**", version=2, versions=3, status="stopped")], key=1)
    with qtbot.waitSignal(getattr(view, signal)) as caught:
        press_button(view, qtbot, 1, name)
    assert caught.args == values
    if name == "copy":
        assert QGuiApplication.clipboard().text() == "**A**"


def test_a_failed_answer_says_why_and_offers_another_try(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(1, "Q"), entry(2, "", status="failed", error="The model is gone.")], key=1)
    error = view.row(1).foot.error
    assert error is not None
    assert error.text == "The model is gone."
    with qtbot.waitSignal(view.retry_asked) as caught:
        press_button(view, qtbot, 1, "retry")
    assert caught.args == [2]


def test_the_model_is_named_where_it_changes(view: Transcript) -> None:
    answers = [entry(n, "x", model=model) for n, model in ((2, "A"), (4, "A"), (6, "B"))]
    view.show_entries(answers, key=1)
    assert [view.row(index).shown.headed for index in range(3)] == [False, False, True]


# ── the editor ────────────────────────────────────────────────────────────────────────────────────────


def editor_text(view: Transcript) -> QPlainTextEdit:
    assert view.editing.editor is not None
    found = view.editing.editor.findChild(QPlainTextEdit)
    assert isinstance(found, QPlainTextEdit)
    return found


def test_editing_in_place(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries(talk(4), key=1)
    press_button(view, qtbot, 3, "edit")
    box = editor_text(view)
    assert box.hasFocus()
    assert box.toPlainText().startswith("Answer 4.")
    box.setPlainText("changed 😀")
    with qtbot.waitSignal(view.edited) as caught:
        qtbot.keyClick(box, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert caught.args == [4, "changed 😀"]
    assert view.editing.editor is None
    assert view.hasFocus()


def test_escape_leaves_the_message_as_it_was(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries(talk(4), key=1)
    height = view.row(2).height
    view.start_editing(3)
    assert view.row(2).height > height
    with qtbot.assertNotEmitted(view.edited):
        qtbot.keyClick(editor_text(view), Qt.Key.Key_Escape)
    assert view.editing.editor is None
    assert view.row(2).height == height


@pytest.mark.parametrize(("message_id", "does"), [(1, "sends"), (2, "saves")])
def test_the_editor_says_which_key_does_it(view: Transcript, message_id: int, does: str) -> None:
    view.show_entries(talk(2), key=1)
    view.start_editing(message_id)
    assert view.editing.editor is not None
    (told,) = view.editing.editor.findChildren(Elided)
    assert told.toolTip() == f"Ctrl+Enter {does}, Enter breaks the line"


def test_the_editor_grows_with_its_text_and_takes_no_empty_one(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries(talk(2), key=1)
    view.start_editing(1)
    editor = view.editing.editor
    assert editor is not None
    low = editor.height()
    editor_text(view).setPlainText("\n".join("line" for _ in range(8)))
    assert editor.height() > low
    assert view.row(0).height > editor.height()
    editor_text(view).setPlainText("  \n")
    save = next(button for button in editor.findChildren(QPushButton) if button.text() == "Send")
    with qtbot.assertNotEmitted(view.edited):
        qtbot.mouseClick(save, Qt.MouseButton.LeftButton)


def test_the_editor_scrolls_with_its_message_and_survives_theme_and_size(view: Transcript) -> None:
    view.show_entries(talk(20), key=1)
    view.message_in_view(10)
    view.start_editing(11)
    editor = view.editing.editor
    assert editor is not None
    y = editor.y()
    view.scroll_by(40)
    assert editor.y() == y - 40
    view.set_theme(DARK, 120)
    view.resize(600, 500)
    QApplication.processEvents()
    assert editor.width() == view.column
    view.show_entries(talk(2), key=2)
    assert view.editing.editor is None


@pytest.mark.parametrize("zoom", [100, 200])
def test_figures_go_below_the_buttons_where_there_is_no_room_beside_them(view: Transcript, zoom: int) -> None:
    restored = replace(TIMING, restored_tokens=3120, restore_s=0.23)
    view.set_theme(LIGHT, zoom)
    view.show_entries([entry(1, "Q"), entry(2, "a", timing=restored, versions=2, status="stopped")], key=1)
    heights = []
    for width in (1400, 500, 360):
        view.resize(view.look.px(width), 500)
        row = view.row(1)
        assert row.foot.figures is not None
        assert row.foot.figures.text.replace("\n", " · ") == " · ".join(figures(view.items[1].entry))
        assert row.foot.figures.rect.right() <= view.column
        assert row.foot.figures.rect.bottom() <= row.height
        assert not any(button.rect.intersects(row.foot.figures.rect) for button in row.buttons)
        heights.append(row.height)
    assert heights[0] < heights[1] <= heights[2]


@pytest.mark.parametrize(
    "shown", [{"status": "streaming"}, {"status": "stopped"}, {"status": "failed", "error": "It failed. " * 20}]
)
def test_the_frame_holds_an_answer_that_has_no_text(view: Transcript, shown: dict[str, str]) -> None:
    view.show_entries([entry(1, "Q"), entry(2, "", **shown)], key=1)  # type: ignore[arg-type]  # keywords of a Message
    row = view.row(1)
    assert told_bottom(row) - row.above.bottom >= view.look.px(28)
    assert told_bottom(row) <= row.height
    if row.foot.error:
        assert told_bottom(row) == row.foot.error_top + row.foot.error.height


def test_what_was_typed_stays_while_the_branch_changes(view: Transcript) -> None:
    view.show_entries(talk(6), key=1)
    view.start_editing(3)
    editor = view.editing.editor
    assert editor is not None
    editor_text(view).setPlainText("half a thought")
    view.show_entries(talk(4), key=1)
    assert view.editing.editor is editor
    assert view.row(2).height > editor.height()
    view.change_entry(entry(3, "Question 3?", versions=2))
    assert editor.isVisible()
    view.show_entries(talk(2), key=1)  # as if the message was deleted
    assert view.editing.editor is None
    view.show_entries(talk(40), key=2)
    view.show_entries(talk(6), key=1)  # and brought back
    assert editor_text(view).toPlainText() == "half a thought"
    view.start_editing(1)
    assert editor_text(view).toPlainText() == "Question 1?"
    view.start_editing(3)
    assert editor_text(view).toPlainText() == "half a thought"


def test_a_cancelled_edit_is_forgotten(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries(talk(4), key=1)
    view.start_editing(3)
    editor_text(view).setPlainText("nonsense")
    qtbot.keyClick(editor_text(view), Qt.Key.Key_Escape)
    view.show_entries(talk(2), key=2)
    view.show_entries(talk(4), key=1)
    assert view.editing.editor is None
    view.start_editing(3)
    assert editor_text(view).toPlainText() == "Question 3?"


# ── the keyboard ──────────────────────────────────────────────────────────────────────────────────────


def test_scrolling_keys(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries(talk(40), key=1)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.reading.value == 0
    qtbot.keyClick(view, Qt.Key.Key_Down)
    line = view.reading.value
    assert line > 0
    qtbot.keyClick(view, Qt.Key.Key_PageDown)
    assert view.reading.value > line + 400
    qtbot.keyClick(view, Qt.Key.Key_PageUp)
    assert view.reading.value == line
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.reading.value == 0
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.reading.following


def test_messages_and_their_buttons_by_keyboard(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries(talk(6), key=1)
    view.setFocus()
    alt = Qt.KeyboardModifier.AltModifier
    qtbot.keyClick(view, Qt.Key.Key_Up, alt)
    assert view.keys.row == 5
    qtbot.keyClick(view, Qt.Key.Key_Up, alt)
    qtbot.keyClick(view, Qt.Key.Key_Down, alt)
    assert view.keys.row == 5
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    with qtbot.waitSignal(view.regenerate_asked) as caught:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert caught.args == [6]
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.keys.row is None


@pytest.mark.parametrize(
    ("key", "held", "is_written"),
    [
        (Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, True),
        (Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier, True),
        (Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier, True),
        (Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier, False),
        (Qt.Key.Key_X, Qt.KeyboardModifier.AltModifier, False),
        (Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, False),
        (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, False),
        (Qt.Key.Key_F5, Qt.KeyboardModifier.NoModifier, False),
    ],
)
def test_letters_are_for_whoever_writes(
    view: Transcript, qtbot: QtBot, key: Qt.Key, held: Qt.KeyboardModifier, is_written: bool
) -> None:
    view.show_entries(talk(2), key=1)
    written: list[object] = []
    view.written.connect(written.append)
    qtbot.keyClick(view, key, held)
    assert bool(written) is is_written


def test_a_window_that_comes_back_frames_no_more_than_before(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries(talk(6), key=1)
    view.clearFocus()
    view.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not view.keys.framed
    view.clearFocus()
    view.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
    assert not view.keys.framed
    qtbot.keyClick(view, Qt.Key.Key_PageUp)
    assert view.keys.framed
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton)
    assert not view.keys.framed


def test_the_keyboard_is_seen_where_it_comes_in_by_tab(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries(talk(6), key=1)
    view.clearFocus()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    assert view.keys.row == 5
    place = (view.reading.row, view.reading.offset)
    for _ in range(5):
        qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert (view.keys.row, view.keys.button, view.keys.code) == (5, 4, -1)
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert (view.keys.button, view.row(5).placed[view.keys.code].piece.text) == (5, "print('code')")
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert view.keys.row is None
    assert (view.reading.row, view.reading.offset) == place


def test_a_copied_message_says_so_for_a_moment(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries(talk(2), key=1)
    press_button(view, qtbot, 1, "copy")
    assert view.pointer.copied == 2
    qtbot.waitUntil(lambda: view.pointer.copied is None)


def test_a_row_is_selected_and_copied_by_keyboard(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(1, "Q"), entry(2, "**bold** 😀\n\n1. one\n2. two")], key=1)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    qtbot.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "bold 😀\n\n1. one\n2. two"


def test_the_menu_has_the_same_actions(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(1, "Q"), entry(2, "A", version=1, versions=2)], key=1)
    menu = view.keys.build_menu(1, "https://a.example")
    qtbot.addWidget(menu)
    texts = [action.text() for action in menu.actions()]
    assert texts == [
        "Open link",
        "Copy link",
        "Copy message",
        "Regenerate",
        "Edit",
        "Delete",
        "Previous version",
        "Next version",
        "Regenerate with another model…",
        "",
        "Pin message",
        "Note on message…",
        "What the model received",
        "Details of the answer",
    ]
    with qtbot.waitSignal(view.version_asked) as caught:
        menu.actions()[texts.index("Next version")].trigger()
    assert caught.args == [2, 2]
    assert "Open link" not in [action.text() for action in view.keys.build_menu(1, "file:///etc/passwd").actions()]
