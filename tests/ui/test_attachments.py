"""Attachments of the message that is being written: chips, their dialog, undo, drafts, files."""

from pathlib import Path
from time import perf_counter

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMenu

from app.core.attachments import LONG, MOST, attachment, joined
from app.ui.attaching import RETURNED
from app.ui.attachment_dialog import AttachmentDialog
from app.ui.composer import Composer
from tests.ui.conftest import Desk

PASTED = "\n".join(f"line {n} of what was said" for n in range(200))
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def paste(composer: Composer, text: str) -> None:
    data = QMimeData()
    data.setText(text)
    composer.editor.insertFromMimeData(data)


def names(composer: Composer) -> list[str]:
    assert [chip.shown for chip in composer.bar.chips] == list(composer.attached.attachments)
    return [each.name for each in composer.attached.attachments]


def undo(desk: Desk) -> None:
    desk.qtbot.keyClick(desk.window.composer.editor, Qt.Key.Key_Z, CTRL)


def redo(desk: Desk) -> None:
    desk.qtbot.keyClick(desk.window.composer.editor, Qt.Key.Key_Z, CTRL | SHIFT)


def dialog_of(desk: Desk) -> AttachmentDialog:
    QApplication.processEvents()
    (dialog,) = [each for each in desk.window.findChildren(AttachmentDialog) if each.isVisible()]
    desk.qtbot.waitUntil(lambda: not dialog._waiting)
    return dialog


def test_a_long_paste_becomes_a_chip_and_goes_with_the_message(desk: Desk) -> None:
    composer = desk.window.composer
    paste(composer, "x" * LONG)
    assert not composer.bar.chips
    composer.clear()
    assert not composer.button.isEnabled()
    paste(composer, PASTED)
    paste(composer, '{"a": [' + "1, " * 1000 + "2]}")
    assert names(composer) == ["line 0 of what was said", "JSON"]
    assert composer.bar.isVisible()
    assert composer.button.isEnabled()
    assert composer.bar.chips[0].accessibleName() == "Attachment: line 0 of what was said"
    assert composer.bar.chips[0].accessibleDescription() == "5,089 characters, 200 lines"
    desk.qtbot.keyClicks(composer.editor, "Look")
    composer.button.click()
    message = desk.session.entries[0].message.text
    assert message.startswith('Look\n\n```text attachment="line 0 of')
    assert PASTED in message
    assert (composer.text(), composer.bar.isVisible()) == ("", False)


def test_chips_are_taken_off_by_mouse_and_by_keyboard(desk: Desk) -> None:
    composer = desk.window.composer
    for text in ("a" * 3000, "b" * 3000, "c" * 3000):
        paste(composer, text)
    composer.bar.chips[1].cross.click()
    assert [each.text[0] for each in composer.attached.attachments] == ["a", "c"]
    assert composer.editor.hasFocus()
    desk.qtbot.keyClick(composer.bar.chips[0], Qt.Key.Key_Delete)
    assert [each.text[0] for each in composer.attached.attachments] == ["c"]
    assert composer.editor.hasFocus()


def test_the_name_of_an_attachment_is_no_markup(desk: Desk) -> None:
    composer = desk.window.composer
    paste(composer, "<b>bold</b> is what it says\n" * 200)
    chip = composer.bar.chips[0]
    assert chip.accessibleName() == "Attachment: <b>bold</b> is what it says"
    for tip in (chip.toolTip(), chip.cross.toolTip()):
        assert "&lt;b&gt;bold&lt;/b&gt;" in tip


def test_one_undo_for_text_and_chips(desk: Desk) -> None:
    composer = desk.window.composer
    states = [composer.draft()]

    def done() -> None:
        assert composer.draft() not in states
        states.append(composer.draft())

    desk.qtbot.keyClicks(composer.editor, "one")
    done()
    paste(composer, "a" * 3000)
    done()
    desk.qtbot.keyClicks(composer.editor, " two")
    done()
    paste(composer, "b" * 3000)
    done()
    composer.bar.chips[0].cross.click()
    done()
    desk.qtbot.keyClicks(composer.editor, " three")
    done()
    composer.bar.chips[0].put_back_asked.emit()
    done()
    desk.qtbot.keyClicks(composer.editor, " four")
    done()
    for state in reversed(states[:-1]):
        undo(desk)
        assert composer.draft() == state
    assert not composer.editor.can_undo()
    for state in states[1:]:
        redo(desk)
        assert composer.draft() == state
    undo(desk)
    undo(desk)
    desk.qtbot.keyClicks(composer.editor, "!")
    typed = composer.draft()
    redo(desk)
    assert composer.draft() == typed


@pytest.mark.qt_log_ignore("This plugin does not support")  # raising and grabbing, as the offscreen one says
def test_the_menu_undoes_the_same(desk: Desk) -> None:
    composer = desk.window.composer
    paste(composer, PASTED)
    place = QPoint(5, 5)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, composer.editor.mapToGlobal(place))
    QApplication.sendEvent(composer.editor.viewport(), event)
    (menu,) = [each for each in composer.editor.findChildren(QMenu) if each.isVisible()]
    action = next(each for each in menu.actions() if each.objectName() == "edit-undo")
    assert action.isEnabled()
    action.trigger()
    menu.close()
    assert not composer.attached.attachments


def test_a_chip_opens_and_is_edited(desk: Desk) -> None:
    composer = desk.window.composer
    paste(composer, PASTED)
    composer.bar.chips[0].setFocus()
    desk.qtbot.keyClick(composer.bar.chips[0], Qt.Key.Key_Return)
    dialog = dialog_of(desk)
    assert dialog.text.toPlainText() == PASTED
    dialog.name.setText('the "minutes"')
    dialog.text.setPlainText("shorter")
    desk.qtbot.keyClick(dialog.text, Qt.Key.Key_Return, CTRL)
    assert composer.attached.attachments == (attachment("the 'minutes'", "shorter"),)
    undo(desk)
    assert composer.attached.attachments[0].text == PASTED


def test_cancelling_changes_nothing(desk: Desk) -> None:
    composer = desk.window.composer
    paste(composer, PASTED)
    before = composer.draft()
    composer.bar.chips[0].click()
    dialog = dialog_of(desk)
    dialog.text.setPlainText("other")
    dialog.reject()
    assert composer.draft() == before


def test_it_goes_back_into_the_text_from_its_dialog(desk: Desk) -> None:
    composer = desk.window.composer
    desk.qtbot.keyClicks(composer.editor, "Before: ")
    paste(composer, PASTED)
    composer.bar.chips[0].click()
    dialog = dialog_of(desk)
    button = next(
        each for each in dialog.findChildren(type(dialog.save).__mro__[1]) if each.text() == "Put back as plain text"
    )
    button.click()
    assert composer.text() == f"Before: {PASTED}"
    undo(desk)
    assert composer.editor.toPlainText() == "Before: "
    assert composer.attached.attachments[0].text == PASTED


def test_what_is_too_long_for_the_box_stays_beside_it(desk: Desk) -> None:
    composer = desk.window.composer
    paste(composer, "a" * (RETURNED + 1))
    composer.bar.chips[0].put_back_asked.emit()
    assert composer.editor.toPlainText() == ""
    assert len(composer.attached.attachments) == 1


def test_long_lines_are_read_and_not_edited(desk: Desk) -> None:
    composer = desk.window.composer
    text = "word " * 200_000
    paste(composer, text)
    composer.bar.chips[0].click()
    dialog = dialog_of(desk)
    assert dialog.text.isReadOnly()
    assert dialog.whole() == text
    assert "shown cut" in dialog.told.text()
    dialog.reject()


def test_drafts_with_chips_survive_switching(desk: Desk) -> None:
    desk.ask("one")
    first = desk.session.conversation.id
    composer = desk.window.composer
    paste(composer, PASTED)
    desk.qtbot.keyClicks(composer.editor, "half a thought")
    kept = composer.draft()
    desk.session.new()
    assert not composer.attached.attachments
    desk.session.open(first)
    assert composer.draft() == kept
    assert composer.editor.toPlainText() == "half a thought"
    desk.window.prefer(zoom=125)
    assert desk.window.composer.draft() == kept


def test_a_sent_message_comes_back_with_its_chips(desk: Desk) -> None:
    composer = desk.window.composer
    paste(composer, PASTED)
    desk.qtbot.keyClicks(composer.editor, "Look")
    composer.send()
    desk.run()
    desk.qtbot.keyClick(composer.editor, Qt.Key.Key_Up)
    assert composer.editor.toPlainText() == "Look"
    assert composer.attached.attachments[0].text == PASTED
    composer.editor.clear()
    before = composer.draft()
    desk.qtbot.keyClick(composer.editor, Qt.Key.Key_Up)  # the box is not empty: a chip is in it
    assert composer.draft() == before


def test_a_copied_message_is_taken_apart_again(desk: Desk) -> None:
    composer = desk.window.composer
    paste(composer, joined("What is this?", [attachment("a.txt", PASTED)]))
    assert composer.editor.toPlainText() == "What is this?"
    assert names(composer) == ["a.txt"]
    undo(desk)
    assert composer.text() == ""


def test_a_megabyte_is_attached_in_a_moment(desk: Desk) -> None:
    composer = desk.window.composer
    text = "\n".join(f"{n} some words in a line of text" for n in range(30_000))
    begun = perf_counter()
    paste(composer, text)
    assert perf_counter() - begun < 20  # a box would take far longer on any machine
    composer.send()
    assert len(desk.session.entries[0].message.text) > len(text)


def test_a_text_without_end_is_refused(desk: Desk) -> None:
    composer = desk.window.composer
    paste(composer, "x" * (MOST + 1))
    assert not composer.attached.attachments
    assert desk.window.middle.banner.isVisible()


def drop(desk: Desk, paths: list[Path]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    desk.window.dragEnterEvent(QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, buttons, keys))
    desk.window.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, buttons, keys))


def test_dropped_text_files_become_chips(desk: Desk, tmp_path: Path) -> None:
    composer = desk.window.composer
    (tmp_path / "app.py").write_text("print('中')\n", "utf-8")
    (tmp_path / "alt.txt").write_bytes("Grüße an alle".encode("cp1252"))
    drop(desk, [tmp_path / "app.py", tmp_path / "alt.txt"])
    desk.qtbot.waitUntil(lambda: len(composer.attached.attachments) == 2)
    first, second = composer.attached.attachments
    assert (first.name, first.language, first.text) == ("app.py", "python", "print('中')\n")
    assert (second.name, second.text) == ("alt.txt", "Grüße an alle")
    undo(desk)
    assert names(composer) == ["app.py"]


def test_files_are_pasted_as_well(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a", "utf-8")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.txt"))])
    desk.window.composer.editor.insertFromMimeData(data)
    desk.qtbot.waitUntil(lambda: names(desk.window.composer) == ["a.txt"])


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.bin", b"\0\1\2", "a.bin is not a text file."),
        ("none.txt", None, "none.txt could not be read."),
        ("empty.txt", b" \n", "empty.txt is empty."),
        ("big.txt", b"x" * (MOST + 1), "big.txt is too large: it has 4.0 MB."),
    ],
)
def test_files_that_are_not_attached(desk: Desk, tmp_path: Path, name: str, content: bytes | None, told: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with desk.qtbot.waitSignal(desk.window.composer.refused) as caught:
        drop(desk, [path])
    assert caught.args[0].message.endswith(told)
    assert caught.args[0].hint
    assert desk.window.middle.banner.isVisible()
    assert not desk.window.composer.attached.attachments


def test_a_pasted_folder_is_not_attached(desk: Desk, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    with desk.qtbot.waitSignal(desk.window.composer.refused) as caught:
        desk.window.composer.editor.insertFromMimeData(data)
    assert caught.args[0].message.endswith("is a folder.")


def test_a_model_file_is_loaded_and_not_attached(desk: Desk, model_file: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(model_file))])
    assert not desk.window.composer.editor.canInsertFromMimeData(data)
    drop(desk, [model_file])
    desk.run()
    assert not desk.window.composer.attached.attachments


def test_many_chips_scroll_and_leave_room_for_the_text(desk: Desk) -> None:
    desk.window.resize(700, 500)
    composer = desk.window.composer
    for n in range(12):
        paste(composer, f"{n} " * 2000)
    QApplication.processEvents()
    assert composer.bar.verticalScrollBar().maximum() > 0
    assert composer.bar.height() < 150
    composer.show_text("\n" * 60)
    assert composer.height() < desk.window.height()


def test_two_chips_stand_side_by_side_in_a_narrow_window(desk: Desk) -> None:
    composer = desk.window.composer
    desk.window.resize(700, 500)
    for n in range(3):
        paste(composer, f"{n} " * 2000)
    QApplication.processEvents()
    first, second, third = composer.bar.chips
    assert first.y() == second.y() < third.y()
    assert second.geometry().right() < composer.bar.width()
    assert all(chip.rect().contains(chip.cross.geometry()) for chip in composer.bar.chips)
