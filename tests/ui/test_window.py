"""The window as a whole: what the session tells reaches the screen, what the user does reaches the session."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QTextBrowser,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.chat.changes import Problem
from app.core.commands import COMMANDS
from app.core.errors import AppError, LoadError, StoreError
from app.core.paths import Paths
from app.core.protocol import Load, Loaded
from app.ui.dialogs import Dialog
from app.ui.param_panel import GroupHeader
from app.ui.problems import TextBox
from app.ui.settings_dialogs import PreferencesDialog
from app.ui.welcome import Welcome
from app.ui.window import Window
from tests.ui.conftest import Desk

INTERACTIVE = (QAbstractButton, QLineEdit, QPlainTextEdit, QSlider, QAbstractItemView, QTextBrowser)


def test_a_card_of_the_welcome_page_asks_its_question(desk: Desk) -> None:
    welcome = desk.window.middle.welcome
    assert welcome is not None
    card = welcome.cards[1]  # type: ignore[attr-defined]  # a Welcome
    desk.qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    desk.run()
    assert desk.session.entries[0].message.text == card.question
    assert not welcome.isVisible()
    assert desk.window.transcript.isVisible()
    assert desk.window.composer.editor.hasFocus()


def test_the_top_bar_tells_what_the_model_does(desk: Desk, model_file: Path) -> None:
    top = desk.window.middle.top
    assert (top.model.text(), top.state.text()) == ("Scripted", "Ready")
    desk.session.load_model(model_file)
    desk.engine.step(1)
    assert top.state.text().startswith("Loading")
    assert top.action.text() == "Cancel"
    top.action.click()
    desk.run()
    assert top.state.text() == "Ready"  # the one before is back
    assert len([request for request in desk.engine.requests if isinstance(request, Load)]) == 3


def test_a_model_that_cannot_be_loaded_says_why_and_can_be_tried_again(desk: Desk) -> None:
    desk.engine.load_error = LoadError("It does not fit.", "Choose a smaller one.", "needs 9 GB")
    desk.trigger("reload_model")
    desk.run()
    banner = desk.window.middle.banner
    assert banner.isVisible()
    assert (banner.message.text(), banner.hint.text()) == ("It does not fit.", "Choose a smaller one.")
    assert desk.window.middle.top.state.text() == "It does not fit."
    assert not desk.window.composer.editor.isReadOnly()
    desk.engine.load_error = None
    banner.retry.click()
    desk.run()
    assert not banner.isVisible()
    assert desk.session.model_state.state == "ready"


def test_a_model_process_that_dies_keeps_the_text_and_can_be_tried_again(desk: Desk) -> None:
    desk.session.say("one two three four")
    desk.engine.step(4)
    desk.engine.die()
    QApplication.processEvents()
    assert not desk.window.middle.banner.isVisible()  # the answer's own row says it, once
    transcript = desk.window.transcript
    assert [button.action.name for button in transcript.row(1).buttons][:2] == ["copy", "retry"]
    transcript.act(1, "retry")
    desk.run()
    assert desk.session.entries[-1].message.status == "done"


def test_what_an_answer_failed_with_can_be_looked_at_in_its_row(desk: Desk) -> None:
    desk.engine.answer = lambda _: LoadError("It broke.", "Try again.", "errno 28")
    desk.ask("one")
    assert not desk.window.middle.banner.isVisible()
    transcript = desk.window.transcript
    assert "reason" in [button.action.name for button in transcript.row(1).buttons]
    transcript.act(1, "reason")
    (dialog,) = desk.window.findChildren(Dialog)
    assert [box.toPlainText() for box in dialog.findChildren(TextBox)] == ["errno 28"]
    assert any("It broke. Try again." in label.text() for label in dialog.findChildren(QLabel))


def test_an_answer_that_fails_out_of_view_is_told_of(desk: Desk) -> None:
    desk.engine.answer = lambda _: "word\n\n" * 100
    desk.ask("one")
    desk.engine.answer = lambda _: LoadError("It broke.", "Try again.")
    desk.session.say("two")
    desk.window.transcript.show_start()
    desk.run()
    assert desk.window.middle.banner.isVisible()
    desk.session.new()
    desk.engine.answer = lambda _: LoadError("It broke.", "Try again.")
    desk.session.say("three")
    desk.session.new()
    desk.run()
    assert desk.window.middle.banner.isVisible()


def test_a_problem_takes_no_focus_and_can_be_closed(desk: Desk) -> None:
    desk.bridge.changed.emit(Problem(AppError("It is full.", "Make room.", "errno 28")))
    banner = desk.window.middle.banner
    assert desk.window.composer.editor.hasFocus()
    assert not banner.retry.isVisible()
    assert banner.details.isVisible()
    banner.closed.emit()
    assert not banner.isVisible()


def test_what_the_session_refuses_is_said(desk: Desk) -> None:
    desk.session.say("one two three")
    desk.trigger("regenerate")
    assert desk.window.middle.banner.isVisible()


def test_a_dropped_model_file_is_loaded_with_one_key(desk: Desk, tmp_path: Path) -> None:
    other = tmp_path / "dropped.GGUF"
    other.write_bytes(b"GGUF")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "notes.txt")), QUrl.fromLocalFile(str(other))])
    given = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(9, 9), *given)
    desk.window.dragEnterEvent(enter)
    assert enter.isAccepted()
    desk.window.dropEvent(QDropEvent(QPointF(9, 9), *given))
    dialog = next(each for each in desk.window.findChildren(Dialog) if each.isVisible())
    assert desk.session.model_state.path != other
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Return)
    desk.run()
    assert desk.session.model_state.path == other


def test_what_is_no_file_is_not_taken(desk: Desk) -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/notes.txt")])
    enter = QDragEnterEvent(
        QPoint(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    enter.ignore()
    desk.window.dragEnterEvent(enter)
    assert not enter.isAccepted()


def test_the_sides_fold_when_the_window_gets_narrow(desk: Desk) -> None:
    shell = desk.window.shell
    desk.window.resize(850, 600)
    assert (shell.in_view("sidebar"), shell.in_view("panel")) == (True, False)
    desk.window.resize(600, 500)
    assert (shell.in_view("sidebar"), shell.in_view("panel")) == (False, False)
    desk.trigger("toggle_sidebar")
    assert shell.in_view("sidebar")
    desk.trigger("toggle_panel")
    assert (shell.in_view("sidebar"), shell.in_view("panel")) == (False, True)
    desk.window.resize(1280, 800)
    assert (shell.in_view("sidebar"), shell.in_view("panel")) == (True, True)


def test_shape_and_groups_are_remembered(desk: Desk, tmp_path: Path, qtbot: QtBot) -> None:
    desk.window.resize(700, 600)
    desk.trigger("toggle_sidebar")
    for group in desk.window.panel._groups.values():
        group.header.setChecked(True)
    desk.window.close()
    again = Window(desk.session, desk.bridge, Paths(tmp_path, tmp_path, tmp_path))
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: again.panel is not None)
    assert (again.width(), again.height()) == (700, 600)
    assert not again.shell.in_view("sidebar")
    assert all(group.header.isChecked() for group in again.panel._groups.values())


def test_language_changes_at_run_time(desk: Desk) -> None:
    desk.ask("one")
    desk.window.composer.show_text("half a thought")
    desk.window.prefer(language="zh_CN")
    assert desk.window.composer.text() == "half a thought"
    assert len(desk.window.transcript.items) == 2
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "取消"  # of Qt's own dialogs
    desk.window.prefer(language="en")
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Cancel"
    assert desk.window.composer.button.accessibleName() == "Send"


def test_theme_and_zoom_change_everything(desk: Desk) -> None:
    desk.ask("one")
    transcript = desk.window.transcript
    desk.window.prefer(theme="dark")
    assert desk.window.palette().window().color().lightness() < 60
    before = desk.window.composer.button.width()
    desk.window.prefer(zoom=150)
    assert desk.window.composer.button.width() > before
    assert desk.window.transcript is transcript
    desk.ask("two")
    assert len(transcript.items) == 4


def test_actions_work_once_after_a_change_of_looks(desk: Desk) -> None:
    desk.ask("one")
    desk.window.prefer(theme="dark")
    desk.window.prefer(theme="light")
    desk.window.transcript.regenerate_asked.emit(desk.session.entries[-1].message.id)
    desk.run()
    assert desk.session.entries[-1].versions == 2
    assert not desk.window.middle.banner.isVisible()


def test_preferences_hold_at_once(desk: Desk) -> None:
    desk.trigger("preferences")
    (dialog,) = desk.window.findChildren(PreferencesDialog)
    dialog.rows["zoom"].changed.emit("zoom", 130)
    assert desk.session.preferences.zoom == 130
    dialog.rows["load_at_start"].changed.emit("load_at_start", False)
    assert desk.session.preferences.load_at_start is False
    assert dialog.isVisible()


def test_every_control_has_a_name_for_screen_readers(desk: Desk) -> None:
    desk.ask("one")
    desk.session.set_sampling(stop=("END",))
    for group in desk.window.panel._groups.values():
        group.header.setChecked(True)
    for name in ("show_trash", "preferences", "loading_settings", "system_prompt", "help", "about", "palette"):
        desk.trigger(name)
    nameless = [
        f"{type(each).__name__} in {type(each.parent()).__name__}" for each in _shown(desk.window) if not _named(each)
    ]
    assert nameless == []


def _shown(window: QWidget) -> list[QWidget]:
    return [
        each
        for each in window.findChildren(QWidget)
        if isinstance(each, INTERACTIVE) and not each.objectName().startswith("qt_")
    ]


def _named(widget: QWidget) -> bool:
    return bool(widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()))


def test_all_parts_are_reached_by_tab(desk: Desk) -> None:
    desk.ask("one")
    reached: list[QWidget] = []
    for _ in range(60):
        focus = QApplication.focusWidget()
        assert focus is not None
        if focus in reached:
            break
        reached.append(focus)
        desk.qtbot.keyClick(focus, Qt.Key.Key_Tab)
    assert desk.window.sidebar.list in reached
    assert desk.window.middle.top.model in reached
    assert desk.window.composer.editor in reached
    assert any(desk.window.panel.isAncestorOf(each) for each in reached)


def test_what_is_typed_over_the_transcript_is_a_message(desk: Desk) -> None:
    desk.ask("one")
    desk.window.prefer(theme="dark")  # the transcript outlives its neighbours
    transcript, editor = desk.window.transcript, desk.window.composer.editor
    transcript.setFocus()
    desk.qtbot.keyClick(transcript, "h")
    assert editor.hasFocus()
    QApplication.clipboard().setText("i")
    transcript.setFocus()
    desk.qtbot.keyClick(transcript, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert editor.toPlainText() == "hi"


def test_tab_goes_through_the_parts_as_they_stand(desk: Desk) -> None:
    """Also through those that are made late."""
    composer, panel = desk.window.composer, desk.window.panel
    assert panel is not None
    composer.show_text('hello\n\n```text attachment="a.txt"\nx\n```\n\n```text attachment="b.txt"\nx\n```')
    headers = panel.findChildren(GroupHeader)
    headers[1].click()
    composer.setFocus()
    reached: list[QWidget] = []
    while (focus := QApplication.focusWidget()) is not None and focus not in reached:
        reached.append(focus)
        desk.qtbot.keyClick(focus, Qt.Key.Key_Tab)
    chips = [each for chip in composer.bar.chips for each in (chip, chip.cross)]
    assert reached[-4:] == chips
    assert isinstance(desk.window.middle.welcome, Welcome)
    assert reached[-8:-4] == desk.window.middle.welcome.cards
    inside = reached[reached.index(headers[1]) + 1 : reached.index(headers[2])]
    assert inside
    assert all(headers[1].parentWidget().isAncestorOf(each) for each in inside)


def test_every_shortcut_works_from_the_composer(desk: Desk) -> None:
    """A text field would swallow some of them."""
    heard: list[str] = []
    for row in COMMANDS:
        action = desk.window.actions_by_name[row.name]
        action.setEnabled(True)
        action.triggered.disconnect()
        action.triggered.connect(lambda _checked=False, name=row.name: heard.append(name))
    desk.window.composer.setFocus()
    own = {"send"}  # the editor takes its own key
    for row in COMMANDS:
        if row.shortcut and row.name not in own:
            for action_key in desk.window.actions_by_name[row.name].shortcuts():
                desk.qtbot.keySequence(desk.window.composer.editor, action_key)
    assert {row.name for row in COMMANDS if row.shortcut} - own - set(heard) == set()


def test_nothing_ticks_when_nothing_is_written(desk: Desk) -> None:
    ticks = desk.window.changes._ticks
    assert not ticks.isActive()
    desk.session.say("one two")
    assert ticks.isActive()
    desk.run()
    assert not ticks.isActive()


def test_recent_models_are_remembered_newest_first(desk: Desk, tmp_path: Path) -> None:
    for name in ("a.gguf", "b.gguf", "a.gguf"):
        (tmp_path / name).write_bytes(b"GGUF")
        desk.session.load_model(tmp_path / name)
        desk.run()
    names = [Path(path).name for path in json.loads(desk.session.recall("models.recent"))]
    assert names == ["a.gguf", "b.gguf", "small.gguf"]


@pytest.mark.parametrize("size", [(360, 400), (640, 480), (1920, 1080)])
def test_it_can_be_painted_in_every_size(desk: Desk, size: tuple[int, int]) -> None:
    desk.ask("one")
    desk.window.resize(*size)
    assert not desk.window.grab().isNull()


def test_an_edit_that_is_refused_stays_open(desk: Desk) -> None:
    desk.ask("one")
    question = desk.session.entries[0].message.id
    desk.session.say("two")
    desk.engine.step(3)
    desk.trigger("stop")
    desk.window.transcript.start_editing(question)
    editor = desk.window.transcript.editing.editor
    assert editor is not None
    editor.show_text("better words")
    editor.save()  # the answer has not ended yet
    assert desk.window.middle.banner.isVisible()
    editor = desk.window.transcript.editing.editor
    assert editor is not None
    assert editor.text == "better words"
    desk.run()
    desk.session.set_preferences(language="zh_CN")
    desk.window._restyle()
    editor = desk.window.transcript.editing.editor
    assert editor is not None
    assert editor.text == "better words"
    editor.save()
    desk.run()
    assert desk.window.transcript.editing.editor is None
    assert desk.session.entries[0].message.text == "better words"


def test_a_model_without_a_template_is_told_about_once(desk: Desk) -> None:
    model = desk.session.model_state.model
    assert model is not None
    odd = replace(model, template_source="ChatML", digest="odd")
    for again in (True, False):
        desk.session.load_model()
        desk.engine._running.clear()
        desk.bridge.deliver(Loaded(desk.engine.requests[-1].id, odd))
        desk.run()
        assert desk.window.middle.banner.isVisible() == again
    assert "ChatML" in desk.window.middle.top.model.toolTip()
    assert str(model.path) in desk.window.middle.top.model.toolTip()


def test_a_model_that_is_ready_takes_only_its_own_problems_away(desk: Desk) -> None:
    banner = desk.window.middle.banner
    for error, stays in ((StoreError("Repaired.", "It is kept as x."), True), (LoadError("No memory.", ""), False)):
        desk.bridge.changed.emit(Problem(error))
        desk.session.load_model()
        desk.run()
        assert banner.isVisible() == stays


def test_why_a_model_did_not_load_stays_when_the_earlier_one_is_back(desk: Desk, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"GGUF")
    banner = desk.window.middle.banner
    desk.engine.load_error = LoadError("It does not fit.", "Choose a smaller one.")
    desk.session.load_model(other)
    while desk.session.model_state.path == other:
        assert desk.engine.step()
        QApplication.processEvents()
    desk.engine.load_error = None
    desk.run()
    assert desk.session.model_state.state == "ready"
    assert banner.isVisible()
    assert banner.message.text() == "It does not fit."
    desk.session.load_model(other)
    desk.run()
    assert not banner.isVisible()
