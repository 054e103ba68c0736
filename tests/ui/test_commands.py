"""Every row of the command table does what it says."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication, QFileDialog

from app.core.commands import COMMANDS
from app.core.params import Preferences, rows
from app.ui.about import AboutDialog
from app.ui.arranging import FolderDialog, MarksDialog
from app.ui.commands import Commands
from app.ui.help import HelpDialog
from app.ui.settings_dialogs import LoadingDialog, PreferencesDialog, SystemPromptDialog
from app.ui.transcript.selection import END, Selection
from tests.ui.conftest import Desk


def test_each_row_has_a_method_and_each_method_a_row() -> None:
    methods = {name for name in vars(Commands) if not name.startswith("_")}
    assert methods == {row.name for row in COMMANDS}


def test_each_action_has_the_label_and_the_keys_of_its_row(desk: Desk) -> None:
    for row in COMMANDS:
        action = desk.window.actions_by_name[row.name]
        assert action.text() == row.label
        keys = [key.toString() for key in action.shortcuts()]
        assert (QKeySequence(row.shortcut).toString() in keys) if row.shortcut else not keys


def test_no_two_commands_share_a_key(desk: Desk) -> None:
    keys = [
        key.toString() for name in desk.window.actions_by_name for key in desk.window.actions_by_name[name].shortcuts()
    ]
    assert len(keys) == len(set(keys))


def test_new_conversation(desk: Desk) -> None:
    desk.ask("one")
    desk.trigger("new_chat")
    assert desk.session.conversation.id == 0
    assert desk.window.middle.welcome is not None
    assert desk.window.middle.welcome.isVisible()


def test_rename_edits_the_title_in_place(desk: Desk) -> None:
    desk.ask("one")
    desk.trigger("rename_chat")
    field = QApplication.focusWidget()
    assert field is not None
    desk.qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    desk.qtbot.keyClicks(field, "Garden")
    desk.qtbot.keyClick(field, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert desk.session.conversation.title == "Garden"
    assert desk.window.windowTitle().startswith("Garden")


def test_pin_and_let_go(desk: Desk) -> None:
    desk.ask("one")
    desk.trigger("pin_chat")
    assert desk.session.conversation.pinned
    desk.trigger("pin_chat")
    assert not desk.session.conversation.pinned


def test_delete_undo_and_trash(desk: Desk) -> None:
    desk.ask("one")
    number = desk.session.conversation.id
    desk.trigger("delete_chat")
    assert desk.session.conversation.id == 0
    assert desk.window.middle.toast.isVisible()
    desk.trigger("show_trash")
    assert desk.window.sidebar.trash_in_view()
    desk.trigger("undo_delete")
    assert desk.session.conversation.id == number
    assert not desk.window.middle.toast.isVisible()


def test_trash_restores_and_empties(desk: Desk) -> None:
    desk.ask("one")
    number = desk.session.conversation.id
    desk.trigger("delete_chat")
    desk.trigger("show_trash")
    desk.window.sidebar.restored.emit(number)
    assert [one.id for one in desk.session.history.listed()] == [number]
    desk.session.history.trash(number)
    desk.window.sidebar.emptied.emit()
    assert desk.session.history.trashed() == []


def test_search_takes_the_keyboard(desk: Desk) -> None:
    desk.trigger("toggle_sidebar")
    desk.trigger("search")
    assert desk.window.sidebar.search.hasFocus()


def test_next_and_previous_go_along_the_list(desk: Desk) -> None:
    for text in ("one", "two", "three"):
        desk.session.new()
        desk.ask(text)
    listed = [one.id for one in desk.session.history.listed()]
    desk.trigger("next_chat")
    assert desk.session.conversation.id == listed[1]
    desk.trigger("previous_chat")
    assert desk.session.conversation.id == listed[0]
    desk.trigger("previous_chat")
    assert desk.session.conversation.id == listed[0]


def test_move_tag_and_archive(desk: Desk) -> None:
    for name in ("move_chat", "tag_chat", "archive_chat"):
        desk.trigger(name)  # there is no conversation yet
    assert not desk.window.findChildren(FolderDialog) + desk.window.findChildren(MarksDialog)
    desk.ask("one")
    desk.trigger("move_chat")
    (folders,) = desk.window.findChildren(FolderDialog)
    desk.qtbot.keyClicks(folders.field, "Garden")
    desk.qtbot.keyClick(folders.field, Qt.Key.Key_Return)
    assert desk.session.conversation.folder == "Garden"
    desk.trigger("tag_chat")
    (marks,) = desk.window.findChildren(MarksDialog)
    desk.qtbot.keyClicks(marks.field, "plan, green")
    marks.buttons.buttons()[4].click()
    desk.qtbot.keyClick(marks.field, Qt.Key.Key_Return)
    assert (desk.session.conversation.tags, desk.session.conversation.colour) == (("plan", "green"), "blue")
    desk.trigger("archive_chat")
    assert desk.session.conversation.archived
    desk.trigger("archive_chat")
    assert not desk.session.conversation.archived


def test_system_prompt(desk: Desk) -> None:
    desk.trigger("system_prompt")
    (dialog,) = desk.window.findChildren(SystemPromptDialog)
    dialog.box.setPlainText("Be brief.")
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert desk.session.conversation.system_prompt == "Be brief."


def test_send_and_stop(desk: Desk) -> None:
    assert not desk.window.actions_by_name["stop"].isEnabled()
    desk.window.composer.show_text("hello there")
    desk.trigger("send")
    assert desk.session.answering
    assert desk.window.composer.text() == ""
    desk.engine.step(3)
    desk.trigger("stop")
    desk.run()
    assert not desk.session.answering
    assert desk.session.entries[-1].message.status == "stopped"


def test_regenerate_and_versions(desk: Desk) -> None:
    desk.ask("one")
    desk.trigger("regenerate")
    desk.run()
    assert (desk.session.entries[-1].version, desk.session.entries[-1].versions) == (2, 2)
    desk.trigger("previous_version")
    assert desk.session.entries[-1].version == 1
    desk.trigger("next_version")
    assert desk.session.entries[-1].version == 2
    desk.trigger("next_version")
    assert desk.session.entries[-1].version == 2


def test_continue(desk: Desk) -> None:
    desk.ask("one")
    desk.trigger("continue_answer")
    desk.run()
    assert desk.session.entries[-1].versions == 2


def test_edit_last_edits_in_the_transcript(desk: Desk) -> None:
    desk.ask("one")
    desk.trigger("edit_last")
    editor = desk.window.transcript.editing.editor
    assert editor is not None
    editor.show_text("two")
    desk.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.run()
    assert desk.session.entries[0].message.text == "two"
    assert desk.window.composer.editor.hasFocus()


def test_copy_answer(desk: Desk) -> None:
    desk.engine.answer = lambda _request: "forty two"
    desk.ask("one")
    desk.trigger("copy_answer")
    assert QApplication.clipboard().text() == "forty two"


def test_delete_last_message_with_undo(desk: Desk) -> None:
    desk.ask("one")
    desk.trigger("delete_message")
    assert len(desk.session.entries) == 1
    desk.trigger("undo_delete")
    assert len(desk.session.entries) == 2


def test_open_model_asks_for_a_file(desk: Desk, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"GGUF")
    desk.trigger("open_model")
    dialog = desk.window.findChildren(QFileDialog)[-1]
    dialog.fileSelected.emit(str(other))
    dialog.close()
    desk.run()
    assert desk.session.model_state.path == other
    assert str(other) in desk.window.changes.recent_models()


def test_built_in_unload_and_reload(desk: Desk) -> None:
    desk.trigger("unload_model")
    desk.run()
    assert desk.session.model_state.state == "none"
    desk.trigger("reload_model")
    desk.run()
    assert desk.session.model_state.state == "ready"
    desk.trigger("built_in_model")
    desk.run()
    assert desk.session.model_state.path is not None
    assert desk.session.model_state.path.name == "guide.gguf"


def test_loading_settings_apply_together(desk: Desk) -> None:
    desk.trigger("loading_settings")
    (dialog,) = desk.window.findChildren(LoadingDialog)
    dialog.rows["threads"].changed.emit("threads", 3)
    dialog.rows["memory_lock"].changed.emit("memory_lock", True)
    assert desk.session.loading.threads == 0
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Return)
    desk.run()
    assert (desk.session.loading.threads, desk.session.loading.memory_lock) == (3, True)


def test_palette_opens_and_escape_closes(desk: Desk) -> None:
    desk.trigger("palette")
    field = QApplication.focusWidget()
    assert field is not None
    assert field.accessibleName() == "Command palette"
    desk.qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert desk.window.composer.editor.hasFocus()


def test_sides_fold(desk: Desk) -> None:
    for name, side in (("toggle_sidebar", "sidebar"), ("toggle_panel", "panel")):
        assert desk.window.shell.in_view(side)
        desk.trigger(name)
        assert not desk.window.shell.in_view(side)
        desk.trigger(name)
        assert desk.window.shell.in_view(side)


def test_reset_all_sliders(desk: Desk) -> None:
    desk.session.set_sampling(temperature=1.5, top_k=3)
    desk.trigger("reset_sampling")
    assert desk.session.sampling.top_k == 40


def test_focus_composer(desk: Desk) -> None:
    desk.window.sidebar.search.setFocus()
    desk.trigger("focus_composer")
    assert desk.window.composer.editor.hasFocus()


def test_zoom_stays_in_its_range(desk: Desk) -> None:
    desk.trigger("zoom_in")
    assert desk.session.preferences.zoom == 110
    desk.trigger("zoom_out")
    desk.trigger("zoom_out")
    assert desk.session.preferences.zoom == 90
    desk.trigger("zoom_reset")
    assert desk.session.preferences.zoom == 100
    row = rows(Preferences)["zoom"]
    desk.window.prefer(zoom=int(row.high))
    desk.trigger("zoom_in")
    assert desk.session.preferences.zoom == row.high


def test_switch_theme(desk: Desk) -> None:
    dark = desk.window.theme.dark
    desk.trigger("switch_theme")
    assert desk.window.theme.dark is not dark
    desk.trigger("switch_theme")
    assert desk.window.theme.dark is dark


def test_dialogs_open(desk: Desk) -> None:
    for name, kind in (
        ("preferences", PreferencesDialog),
        ("help", HelpDialog),
        ("shortcuts", HelpDialog),
        ("about", AboutDialog),
    ):
        desk.trigger(name)
        (dialog,) = desk.window.findChildren(kind)
        assert dialog.isVisible()
        dialog.close()
        desk.qtbot.waitUntil(lambda kind=kind: not desk.window.findChildren(kind))


def test_quit_stops_the_answer_and_keeps_it(desk: Desk) -> None:
    desk.session.say("a b c d e f")
    desk.engine.step(4)
    QApplication.processEvents()
    desk.trigger("quit")
    assert not desk.window.isVisible()
    assert desk.session.entries[-1].message.status == "stopped"


def test_copy_as_markdown(desk: Desk) -> None:
    desk.trigger("copy_markdown")  # there is nothing
    assert not desk.window.middle.toast.isVisible()
    desk.ask("one")
    desk.trigger("copy_markdown")
    assert QGuiApplication.clipboard().text() == desk.session.entries[-1].message.text
    assert desk.window.middle.toast.isVisible()
    desk.window.transcript.select(Selection((0, 0, 0), (0, 0, 2)))
    desk.trigger("copy_markdown")
    assert QGuiApplication.clipboard().text() == "on"


def test_a_selection_is_quoted_where_the_cursor_is(desk: Desk) -> None:
    desk.ask("one **two**\n\nthree")
    desk.trigger("quote")
    assert desk.window.composer.text() == ""
    assert desk.window.middle.toast.isVisible()
    transcript, editor = desk.window.transcript, desk.window.composer.editor
    transcript.select(Selection((0, 0, 4), (0, END, END)))
    transcript.quote_asked.emit()
    assert desk.window.composer.text() == "> **two**\n>\n> three\n\n"
    assert editor.hasFocus()
    desk.qtbot.keyClicks(editor, "why?")
    transcript.setFocus()
    transcript.select(Selection((0, 0, 0), (0, 0, 3)))
    desk.trigger("quote")
    assert desk.window.composer.text() == "> **two**\n>\n> three\n\nwhy?\n\n> one\n\n"
    assert editor.textCursor().atEnd()


def test_questions_are_walked_through_from_the_composer(desk: Desk) -> None:
    for number in range(4):
        desk.ask(f"question {number}" + "\n" * 60 + "end")
    transcript = desk.window.transcript
    desk.window.composer.setFocus()
    transcript.show_start()
    desk.qtbot.keyClick(desk.window.composer.editor, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert transcript.reading.top_of(2) == 0
    desk.qtbot.keyClick(desk.window.composer.editor, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert transcript.reading.top_of(0) == 0
