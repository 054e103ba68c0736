"""The branch overview in the real window: by mouse, by keyboard, and for a screen reader."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.ui.branches import BranchesDialog, told
from tests.ui.conftest import Desk


def opened(desk: Desk) -> BranchesDialog:
    desk.trigger("branches")
    return desk.window.findChildren(BranchesDialog)[-1]


def shown(dialog: BranchesDialog) -> list[str]:
    return [str(dialog.model.index(row).data()) for row in range(dialog.model.rowCount())]


def texts(desk: Desk) -> list[str]:
    return [entry.message.text for entry in desk.session.entries if entry.message.role == "user"]


def forked(desk: Desk) -> list[int]:
    """Twelve turns; the third question has a second version with one more turn, which is in view."""
    for number in range(12):
        desk.ask(f"question {number}")
    ids = [entry.message.id for entry in desk.session.entries]
    desk.session.edit(ids[4], "another question")
    desk.run()
    desk.ask("and more")
    return ids


def test_an_empty_conversation_has_no_branches(desk: Desk) -> None:
    desk.trigger("branches")
    assert not desk.window.findChildren(BranchesDialog)


def test_runs_are_folded_and_the_branch_in_view_is_marked(desk: Desk) -> None:
    forked(desk)
    dialog = opened(desk)
    lines = dialog.model.lines
    assert [(line.lane, line.in_view, len(line.messages)) for line in lines] == [
        (0, True, 1),  # question 0
        (0, True, 1), (0, True, 1), (0, True, 1),  # up to the fork: too few to fold
        (1, False, 1), (1, False, 18), (1, False, 1),  # the first version and all below it
        (0, True, 1), (0, True, 1), (0, True, 1), (0, True, 1),  # the version in view
    ]  # fmt: skip
    assert "2 branches" in dialog.told.text()
    assert any("18 messages" in text for text in shown(dialog))
    assert sum("in the branch in view" in text for text in shown(dialog)) == 8
    assert any("version 1 of 2" in text for text in shown(dialog))


def test_enter_opens_the_branch_at_the_message(desk: Desk) -> None:
    ids = forked(desk)
    dialog = opened(desk)
    row = dialog.model.row_of(ids[4])
    dialog.view.setCurrentIndex(dialog.model.index(row))
    desk.qtbot.keyClick(dialog.view, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert [entry.message.id for entry in desk.session.entries] == ids
    transcript = desk.window.transcript
    assert transcript.items[transcript.reading.row].message_id == ids[4]
    assert not desk.window.findChildren(BranchesDialog)
    assert desk.window.focusWidget() is transcript


def test_a_folded_line_opens_and_closes(desk: Desk) -> None:
    forked(desk)
    dialog = opened(desk)
    before = shown(dialog)
    row = next(row for row, line in enumerate(dialog.model.lines) if line.folded)
    first = dialog.model.lines[row].first
    dialog.view.setCurrentIndex(dialog.model.index(row))
    desk.qtbot.keyClick(dialog.view, Qt.Key.Key_Right)
    assert dialog.model.rowCount() == len(before) + 17
    assert dialog.model.lines[dialog.view.currentIndex().row()].first == first
    desk.qtbot.keyClick(dialog.view, Qt.Key.Key_Down)
    desk.qtbot.keyClick(dialog.view, Qt.Key.Key_Left)
    assert shown(dialog) == before
    desk.qtbot.keyClick(dialog.view, Qt.Key.Key_Return)  # Enter unfolds as well
    assert dialog.model.rowCount() > len(before)
    desk.qtbot.keyClick(dialog.view, Qt.Key.Key_End)
    assert dialog.view.currentIndex().row() == dialog.model.rowCount() - 1
    desk.qtbot.keyClick(dialog.view, Qt.Key.Key_Home)
    assert dialog.view.currentIndex().row() == 0


def test_a_click_goes_there(desk: Desk) -> None:
    ids = forked(desk)
    dialog = opened(desk)
    index = dialog.model.index(dialog.model.row_of(ids[4]))
    dialog.view.scrollTo(index)
    place = dialog.view.visualRect(index).center()
    desk.qtbot.mouseClick(dialog.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert desk.session.entries[4].message.id == ids[4]


def test_typing_finds(desk: Desk) -> None:
    ids = forked(desk)
    desk.session.note_message(ids[1], "zebra crossing")
    dialog = opened(desk)
    desk.qtbot.keyClicks(dialog.view, "qu")
    assert dialog.field.hasFocus()
    desk.qtbot.keyClicks(dialog.field, "estion 1")
    assert dialog.model.lines[0].first == ids[2]
    assert "found" in dialog.told.text()
    desk.qtbot.keyClick(dialog.field, Qt.Key.Key_Down)
    assert dialog.view.hasFocus()
    dialog.field.setText("zebra")
    assert [line.first for line in dialog.model.lines] == [ids[1]]
    desk.qtbot.keyClick(dialog.field, Qt.Key.Key_Escape)
    assert dialog.field.text() == ""
    assert dialog.isVisible()
    dialog.field.setText("nowhere at all")
    assert dialog.model.rowCount() == 0
    desk.qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert dialog.isVisible()


def test_pinned_and_noted_messages_are_gone_to(desk: Desk) -> None:
    ids = forked(desk)
    dialog = opened(desk)
    dialog.kinds.chosen.emit("marked")
    assert dialog.model.rowCount() == 0
    assert "Nothing is pinned" in dialog.told.text()
    dialog.close()
    desk.session.pin_message(ids[10], True)
    desk.session.note_message(ids[13], "mine")
    dialog = opened(desk)
    dialog.kinds.chosen.emit("marked")
    assert [line.first for line in dialog.model.lines] == [ids[10], ids[13]]
    assert "pinned" in shown(dialog)[0]
    assert "Note: mine" in shown(dialog)[1]
    desk.qtbot.keyClick(dialog.view, Qt.Key.Key_Return)
    assert [entry.message.id for entry in desk.session.entries] == ids


def test_it_opens_where_one_is_reading_and_paints(desk: Desk) -> None:
    ids = forked(desk)
    desk.session.show_message(ids[4])
    desk.run()
    desk.window.transcript.message_in_view(ids[12])
    dialog = opened(desk)
    assert ids[12] in dialog.model.lines[dialog.view.currentIndex().row()].messages
    pictures: set[bytes] = set()
    for name in ("all", "marked"):
        dialog.kinds.chosen.emit(name)
        image: QImage = dialog.grab().toImage()
        pictures.add(bytes(image.constBits()))
    assert len(pictures) == 2
    line = dialog.model.lines
    assert all(told(each, dialog._overview[each.first], "x") for each in line)
