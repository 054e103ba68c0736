"""The chooser of folders, and the dialog of tags and colour."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.arranging import FolderDialog, MarksDialog
from app.ui.theme import LIGHT, dress
from app.ui.unfinished import Slot


@pytest.fixture(autouse=True)
def looks(qapp: QApplication) -> None:
    dress(qapp, LIGHT, 100)


def folder_dialog(qtbot: QtBot, folder: str = "", folders: tuple[str, ...] = ("Garden", "Work")) -> FolderDialog:
    dialog = FolderDialog("One", folder, folders, None)
    qtbot.addWidget(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.show()
    return dialog


def offered(dialog: FolderDialog) -> list[str]:
    return [dialog.list.item(row).text() for row in range(dialog.list.count())]


def test_the_present_folder_is_marked_and_can_be_left(qtbot: QtBot) -> None:
    dialog = folder_dialog(qtbot, "Work")
    assert offered(dialog) == ["No folder", "Garden", "Work"]
    assert dialog.list.currentRow() == 2
    with qtbot.waitSignal(dialog.chosen) as told:
        qtbot.keyClick(dialog.field, Qt.Key.Key_Down)
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert told.args == [""]
    assert not dialog.isVisible()


def test_typing_narrows_down_and_offers_a_new_one(qtbot: QtBot) -> None:
    dialog = folder_dialog(qtbot, "Work")
    qtbot.keyClicks(dialog.field, "gar")
    assert offered(dialog) == ["Garden", "New folder “gar”"]
    qtbot.keyClick(dialog.field, Qt.Key.Key_Up)
    with qtbot.waitSignal(dialog.chosen) as told:
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert told.args == ["gar"]


def test_a_name_that_is_there_is_not_offered_anew(qtbot: QtBot) -> None:
    dialog = folder_dialog(qtbot)
    qtbot.keyClicks(dialog.field, "garden")
    assert offered(dialog) == ["Garden"]


def test_without_folders_it_says_what_to_do(qtbot: QtBot) -> None:
    dialog = folder_dialog(qtbot, folders=())
    assert "Type a name" in offered(dialog)[0]
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)  # nothing is chosen
    assert dialog.isVisible()
    dialog.field.setText("Work")
    with qtbot.waitSignal(dialog.chosen) as told:
        dialog.list.itemClicked.emit(dialog.list.item(0))
    assert told.args == ["Work"]


def marks_dialog(qtbot: QtBot) -> MarksDialog:
    dialog = MarksDialog("One", ("home",), "red", ["plan", "home", "place"], Slot(), None)
    qtbot.addWidget(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.show()
    return dialog


def test_tags_and_colour_are_saved_together(qtbot: QtBot) -> None:
    dialog = marks_dialog(qtbot)
    assert dialog.field.text() == "home"
    assert dialog.buttons.checkedButton().text() == "Red"
    dialog.field.setText("home, #new，第三")
    dialog.buttons.buttons()[0].click()
    with qtbot.waitSignal(dialog.saved) as told:
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert told.args == [("home", "new", "第三"), ""]


@pytest.mark.qt_log_ignore("This plugin does not support")  # raising and grabbing, as the offscreen one says
def test_the_last_tag_is_completed(qtbot: QtBot) -> None:
    dialog = marks_dialog(qtbot)
    dialog.field.setFocus()
    dialog.field.setText("")
    qtbot.keyClicks(dialog.field, "home, pl")
    completer = dialog.field.completer()
    assert completer is not None
    popup = completer.popup()
    qtbot.waitUntil(popup.isVisible)
    assert popup.model().rowCount() == 2
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert dialog.field.text() == "home, plan"
    assert dialog.isVisible()
