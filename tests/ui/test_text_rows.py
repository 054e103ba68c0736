"""Rows that hold words or code: what is wrong is told while it is typed, and what was typed is not lost."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from app.core.params import Preferences, Sampling, rows
from app.ui.settings_dialogs import LoadingDialog, PreferencesDialog, folded_groups
from app.ui.table_rows import TableRow
from app.ui.text_rows import FolderField, TextBlock, TextDialog, folder_flaw
from tests.ui.conftest import Desk
from tests.ui.test_param_panel import row_of


def block_of(row: TableRow) -> TextBlock:
    assert isinstance(row._control, TextBlock)
    return row._control


def test_a_schema_says_what_is_wrong_with_it(desk: Desk) -> None:
    block = block_of(row_of(desk, "json_schema"))
    letters = block.box.fontMetrics()
    assert letters.horizontalAdvance("i") == letters.horizontalAdvance("M")  # code
    block.box.setFocus()
    desk.qtbot.keyClicks(block.box, '{"type":')
    assert block.flaw.isVisible()
    assert "line 1, column 9" in block.flaw.text()
    desk.qtbot.keyClicks(block.box, '"object"}')
    assert block.flaw.isHidden()
    assert desk.session.sampling.json_schema == ""
    desk.qtbot.keyClick(block.box, Qt.Key.Key_Tab)  # leaves it
    assert desk.session.sampling.json_schema == '{"type":"object"}'


def test_a_text_that_is_wrong_is_kept_all_the_same(desk: Desk) -> None:
    block = block_of(row_of(desk, "json_schema"))
    block.box.setPlainText("[1,")
    block.settle()
    assert desk.session.sampling.json_schema == "[1,"
    desk.session.reset_sampling("json_schema")
    assert block.box.toPlainText() == ""


def test_sending_takes_what_is_still_being_typed(desk: Desk) -> None:
    block = block_of(row_of(desk, "grammar"))
    block.box.setFocus()
    desk.qtbot.keyClicks(block.box, 'root ::= "yes"')
    desk.window.composer.show_text("Well?")
    desk.qtbot.mouseClick(desk.window.composer.button, Qt.MouseButton.LeftButton)
    assert desk.session.sampling.grammar == 'root ::= "yes"'
    desk.run()
    assert desk.session.entries[-1].message.sampling == {"grammar": 'root ::= "yes"'}


def test_another_slider_does_not_disturb_what_is_typed(desk: Desk) -> None:
    block = block_of(row_of(desk, "grammar"))
    block.box.setPlainText("root ::=")
    desk.session.set_sampling(temperature=0.2)
    assert block.box.toPlainText() == "root ::="


def test_it_grows_with_its_text(desk: Desk) -> None:
    block = block_of(row_of(desk, "grammar"))
    low = block.box.height()
    block.box.setPlainText("a\n" * 6)
    assert block.box.height() > low
    high = block.box.height()
    block.box.setPlainText("a\n" * 200)
    assert block.box.height() < 2 * high


def test_a_larger_window(desk: Desk) -> None:
    block = block_of(row_of(desk, "json_schema"))
    block.box.setPlainText("{")
    block.larger.click()
    (dialog,) = desk.window.findChildren(TextDialog)
    assert dialog.box.toPlainText() == "{"
    assert dialog.flaw.isVisible()
    dialog.box.setPlainText("{}")
    assert dialog.flaw.isHidden()
    dialog._save()
    assert desk.session.sampling.json_schema == "{}"
    assert block.box.toPlainText() == "{}"


def test_rows_are_shown_while_they_apply(desk: Desk) -> None:
    width, scale = row_of(desk, "beam_width"), row_of(desk, "guidance_scale")
    assert not width.isVisible()
    desk.session.set_sampling(strategy="beam")
    assert width.isVisible()
    assert not scale.isVisible()
    desk.session.set_sampling(beam_width=8)
    basics = desk.window.panel._groups["Basics"]
    assert basics.header.accessibleDescription() == "2 changed"
    desk.session.set_sampling(strategy="guided")
    assert not width.isVisible()
    assert scale.isVisible()
    assert basics.header.accessibleDescription() == "1 changed"  # the other one does not matter now
    desk.session.reset_sampling()
    assert desk.session.sampling == Sampling()


def test_what_is_about_several_cards_waits_folded(desk: Desk) -> None:
    desk.trigger("loading_settings")
    (dialog,) = desk.window.findChildren(LoadingDialog)
    assert not dialog.rows["main_gpu"].isVisible()
    assert dialog.rows["gpu_layers"].isVisible()
    header = next(each for each in dialog.findChildren(type(desk.window.panel._groups["Basics"].header)))
    header.click()
    assert dialog.rows["tensor_split"].isVisible()
    dialog.close()
    values = desk.session.loading
    assert folded_groups(values, 1) == {"Several graphics cards"}
    assert folded_groups(values, 2) == set()
    desk.session.set_loading(main_gpu=1)
    assert folded_groups(desk.session.loading, 0) == set()


def test_closing_a_dialog_keeps_what_was_typed(desk: Desk) -> None:
    desk.trigger("preferences")
    (dialog,) = desk.window.findChildren(PreferencesDialog)
    block = block_of(dialog.rows["system_prompt"])
    assert rows(Preferences)["system_prompt"].form == "prose"
    block.box.setFocus()
    desk.qtbot.keyClicks(block.box, "Be kind.")
    desk.qtbot.keyClick(block.box, Qt.Key.Key_Escape)
    QApplication.processEvents()
    assert desk.session.preferences.system_prompt == "Be kind."


def test_a_folder_is_typed_or_looked_for(desk: Desk, tmp_path: Path) -> None:
    dialog = desk.window.opening.preferences()
    field = dialog.rows["models_folder"]._control
    assert isinstance(field, FolderField)
    field.field.setFocus()
    desk.qtbot.keyClicks(field.field, "models")
    assert "whole path" in field.flaw.text()
    desk.qtbot.keyClick(field.field, Qt.Key.Key_Tab)
    assert desk.session.preferences.models_folder == ""  # not taken as long as something is wrong with it
    file = tmp_path / "a file"
    file.write_text("")
    field.field.setText(str(file))
    assert "not a folder" in field.flaw.text()
    field.browse.click()
    chooser = desk.window.findChild(QFileDialog) or dialog.findChild(QFileDialog)
    assert isinstance(chooser, QFileDialog)
    chooser.fileSelected.emit(str(tmp_path))
    chooser.close()
    assert desk.session.preferences.models_folder == str(tmp_path)
    assert field.flaw.isHidden()
    dialog.rows["models_folder"]._reset.click()
    assert (desk.session.preferences.models_folder, field.field.text()) == ("", "")
    dialog.close()


@pytest.mark.parametrize("path", ["", " ", "~", "~/models", str(Path.home())])
def test_folders_that_will_do(path: str) -> None:
    assert folder_flaw(path) == ""


@pytest.mark.parametrize("path", ["x", "./x", "a\0b", "~nobody-at-all/x", "/\0"])
def test_folders_that_will_not(path: str) -> None:
    assert folder_flaw(path)
