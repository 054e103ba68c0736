"""The Models page: it takes the conversation's place, shows what is on the disk, and does what is asked of it."""

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QPushButton

from app.core.errors import InputError
from app.library.arranged import Row
from app.ui.dialogs import Dialog
from tests.library.files import write_model
from tests.ui.conftest import Desk
from tests.ui.models import Shelf, shelf

__all__ = ["shelf"]


def _dialog(desk: Desk) -> Dialog:
    return next(each for each in desk.window.findChildren(Dialog) if each.isVisible())


def _press(dialog: Dialog, text: str) -> None:
    next(button for button in dialog.findChildren(QPushButton) if button.text() == text).click()
    QApplication.processEvents()


def test_the_page_takes_the_place_of_the_conversation_and_gives_it_back(shelf: Shelf) -> None:
    window = shelf.desk.window
    shelf.open()
    assert not window.middle.isVisible()
    assert not window.shell.in_view("panel")
    assert window.sidebar.isVisible()
    assert shelf.page.page.geometry().right() == window.shell.width() - 1
    shelf.desk.qtbot.keyClick(shelf.tab.list, Qt.Key.Key_Escape)
    assert window.opening.desk is None
    assert window.middle.isVisible()
    assert window.shell.in_view("panel")
    assert window.composer.editor.hasFocus()


def test_opening_a_conversation_leaves_the_page(shelf: Shelf) -> None:
    shelf.desk.ask("one")
    number = shelf.desk.session.conversation.id
    shelf.open()
    shelf.desk.window.sidebar.opened.emit(number, None)  # the one that is open already
    assert shelf.desk.window.opening.desk is None
    shelf.open()
    shelf.desk.trigger("new_chat")
    assert shelf.desk.window.opening.desk is None


def test_models_other_files_and_broken_ones_stand_in_groups(shelf: Shelf) -> None:
    shelf.open()
    assert shelf.names() == [
        "Ant", "Bee", "Fireside Guide", "# Other files", "cat eyes", "# Cannot be used", "broken",
    ]  # fmt: skip
    shelf.choose("broken")
    details = shelf.tab.details
    assert "broken.gguf" in details.why.text()
    assert not details.use.isEnabled()
    shelf.choose("Bee")
    assert details.facts.texts()["Licence"] == "mit"
    assert details.facts.texts()["Type"] == "Q8_0"
    assert "KV cache" in details.numbers.texts()
    assert details.pill.isVisible()


def test_words_narrow_the_list_and_escape_widens_it_again(shelf: Shelf) -> None:
    shelf.open()
    shelf.desk.qtbot.keyClicks(shelf.tab.list, "be")
    assert shelf.tab.filter.text() == "be"
    assert shelf.names() == ["Bee"]
    shelf.desk.qtbot.keyClicks(shelf.tab.filter, " nothing")
    assert shelf.names() == []
    assert "Nothing found" in shelf.tab.empty.text()
    shelf.desk.qtbot.keyClick(shelf.tab.filter, Qt.Key.Key_Escape)
    assert len(shelf.rows()) == 5
    shelf.desk.qtbot.keyClick(shelf.tab.list, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert shelf.tab.filter.hasFocus()
    shelf.desk.qtbot.keyClick(shelf.tab.filter, Qt.Key.Key_Down)
    assert shelf.tab.list.hasFocus()


def test_the_list_is_sorted_as_chosen_and_that_is_remembered(shelf: Shelf) -> None:
    write_model(shelf.folder / "cow.gguf", "Cow", layers=40)
    shelf.open()
    shelf.tab.order.chosen.emit("size")
    models = [row.name for row in shelf.rows()][:2]
    assert models == ["Fireside Guide", "Cow"]
    shelf.page.leave()
    shelf.open()
    assert [row.name for row in shelf.rows()][:2] == models
    for order in ("date", "fit"):
        shelf.tab.order.chosen.emit(order)
        assert len(shelf.rows()) == 6


def test_enter_uses_the_model_and_goes_back(shelf: Shelf) -> None:
    shelf.open()
    shelf.choose("Ant")
    shelf.desk.qtbot.keyClick(shelf.tab.list, Qt.Key.Key_Return)
    shelf.desk.run()
    assert shelf.desk.window.opening.desk is None
    assert shelf.desk.session.model_state.path == shelf.folder / "ant.gguf"
    shelf.open()
    assert [row.name for row in shelf.rows() if row.in_use] == ["Ant"]
    assert shelf.tab.list.row() is not None
    assert shelf.tab.details.use.text() == "Go on with it"


def test_what_nobody_can_chat_with_says_so_and_the_page_stays(shelf: Shelf) -> None:
    shelf.open()
    for name in ("cat eyes", "broken"):
        shelf.choose(name)
        shelf.desk.qtbot.keyClick(shelf.tab.list, Qt.Key.Key_Return)
        assert shelf.page.page.banner.isVisible()
        assert shelf.page.page.banner.hint.text()


def test_f2_renames_and_what_is_written_as_a_note_is_kept(shelf: Shelf) -> None:
    shelf.open()
    shelf.choose("Ant")
    shelf.desk.qtbot.keyClick(shelf.tab.list, Qt.Key.Key_F2)
    field = QApplication.focusWidget()
    assert field is not None
    shelf.desk.qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    shelf.desk.qtbot.keyClicks(field, "Worker")
    shelf.desk.qtbot.keyClick(field, Qt.Key.Key_Return)
    shelf.desk.qtbot.waitUntil(lambda: "Worker" in shelf.names())
    shelf.choose("Worker")
    shelf.tab.details.note.setPlainText("digs")
    shelf.choose("Bee")
    shelf.settle()
    shelf.choose("Worker")
    assert shelf.tab.details.note.toPlainText() == "digs"
    assert shelf.tab.details.facts.texts()["In the file"] == "Ant"


def test_nothing_of_the_row_looks_out_below_the_field_for_its_name(shelf: Shelf) -> None:
    shelf.open()
    shelf.choose("Ant")
    view = shelf.tab.list
    shelf.desk.qtbot.keyClick(view, Qt.Key.Key_F2)
    field = QApplication.focusWidget()
    assert field is not None
    below = view.visualRect(view.currentIndex())
    below.setTop(field.geometry().bottom() + 1)
    strip = view.viewport().grab(below.adjusted(12, 0, -12, -4)).toImage()
    seen = {strip.pixel(x, y) for x in range(strip.width()) for y in range(strip.height())}
    assert len(seen) == 1
    shelf.desk.qtbot.keyClick(field, Qt.Key.Key_Escape)


def test_what_changes_on_the_disk_appears_without_moving_anything(shelf: Shelf) -> None:
    for number in range(30):
        write_model(shelf.folder / f"m{number:02}.gguf", f"Model {number:02}")
    shelf.open()
    shelf.choose("Model 20")
    view = shelf.tab.list
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    QApplication.processEvents()
    top = view.indexAt(QPoint(4, 4)).row()
    first = view.lines_model.lines[top]
    place = view.visualRect(view.lines_model.index(top)).top()
    write_model(shelf.folder / "aaa.gguf", "Aaa")
    shelf.desk.window.models.look(if_changed=True)
    shelf.desk.qtbot.waitUntil(lambda: "Aaa" in shelf.names())
    QApplication.processEvents()
    row = view.row()
    assert isinstance(first, Row)
    assert row is not None
    assert row.name == "Model 20"
    number = view.lines_model.row_of(first.entry.path)
    assert view.visualRect(view.lines_model.index(number)).top() == place


def test_delete_asks_and_moves_to_the_trash(shelf: Shelf, tmp_path: Path) -> None:
    shelf.open()
    shelf.choose("Bee")
    shelf.desk.qtbot.keyClick(shelf.tab.list, Qt.Key.Key_Delete)
    dialog = _dialog(shelf.desk)
    assert "Bee" in dialog.windowTitle()
    _press(dialog, "Cancel")
    assert (shelf.folder / "bee-Q8_0.gguf").exists()
    shelf.desk.qtbot.keyClick(shelf.tab.list, Qt.Key.Key_Delete)
    _press(_dialog(shelf.desk), "Move to the trash")
    shelf.settle()
    assert not (shelf.folder / "bee-Q8_0.gguf").exists()
    assert "Bee" not in shelf.names()
    assert shelf.page.page.toast.isVisible()


def test_what_belongs_to_others_is_not_removed(shelf: Shelf) -> None:
    shelf.open()
    shelf.choose("Fireside Guide")
    shelf.desk.qtbot.keyClick(shelf.tab.list, Qt.Key.Key_Delete)
    assert "came with Fireside" in shelf.page.page.banner.message.text()


def test_the_model_in_use_is_unloaded_before_it_goes(shelf: Shelf) -> None:
    shelf.desk.session.load_model(shelf.folder / "ant.gguf")
    shelf.desk.run()
    shelf.open()
    shelf.choose("Ant")
    shelf.tab.details.trash.click()
    dialog = _dialog(shelf.desk)
    _press(dialog, "Move to the trash")
    shelf.desk.run()
    shelf.settle()
    assert shelf.desk.session.model_state.state == "none"
    assert not (shelf.folder / "ant.gguf").exists()


def test_a_narrow_window_shows_the_list_or_the_details(shelf: Shelf) -> None:
    shelf.desk.window.resize(700, 500)
    shelf.open()
    assert shelf.tab.left.isVisible()
    assert not shelf.tab.details.isVisible()
    shelf.choose("Bee")
    shelf.tab.open_details()
    assert shelf.tab.details.isVisible()
    assert not shelf.tab.left.isVisible()
    shelf.desk.qtbot.keyClick(shelf.tab.details.back, Qt.Key.Key_Escape)
    assert shelf.tab.left.isVisible()
    assert shelf.desk.window.opening.desk is not None


def test_another_theme_leaves_the_page_open(shelf: Shelf) -> None:
    shelf.open()
    shelf.desk.trigger("switch_theme")
    assert shelf.desk.window.opening.desk is not None
    assert not shelf.desk.window.middle.isVisible()
    shelf.settle()
    assert "Ant" in shelf.names()


def test_what_is_refused_is_said_where_it_can_be_read(shelf: Shelf) -> None:
    shelf.open()
    shelf.desk.window.show_refused(InputError("No.", "Do it otherwise."))
    assert shelf.page.page.banner.isVisible()
    shelf.page.leave()
    shelf.desk.window.show_refused(InputError("No.", "Do it otherwise."))
    assert shelf.desk.window.middle.banner.isVisible()


def test_every_part_of_the_page_has_a_name(shelf: Shelf) -> None:
    shelf.open()
    shelf.choose("Bee")
    for button in shelf.page.page.findChildren(QPushButton):
        assert button.accessibleName() or button.text()
    index = shelf.tab.list.lines_model.index(1)
    spoken = str(index.data(Qt.ItemDataRole.AccessibleTextRole))
    assert "Bee" in spoken
    assert "Fits" in spoken


def test_whatever_lies_there_is_a_sentence_and_the_rest_of_the_list_works(shelf: Shelf, tmp_path: Path) -> None:
    folder = shelf.folder / "odd"
    whole = write_model(folder / "cut.gguf", "Cut").read_bytes()
    (folder / "cut.gguf").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.gguf").write_bytes(b"")
    (folder / "newer.gguf").write_bytes(b"GGUF" + (99).to_bytes(4, "little") + bytes(16))
    absurd = b"GGUF" + (3).to_bytes(4, "little") + bytes(8) + (1).to_bytes(8, "little")
    key = b"a"
    absurd += len(key).to_bytes(8, "little") + key + (9).to_bytes(4, "little") + (4).to_bytes(4, "little")
    (folder / "absurd.gguf").write_bytes(absurd + (1 << 60).to_bytes(8, "little"))
    (folder / "circle").symlink_to(folder, target_is_directory=True)
    (folder / "nowhere.gguf").symlink_to(folder / "gone.gguf")
    write_model(folder / "na\tme “with” <b>every</b> & odd\u202e 字.gguf", "<b>Odd</b> &amp; long " * 40)
    for number in (1, 2):
        write_model(folder / str(number) / "twin.gguf", "Twin", general__license=f"licence {number}")
    write_model(folder / "part-00001-of-00003.gguf", parts=(1, 3))
    shelf.desk.window.opening.asking.add_folder(tmp_path / "vanished")
    shelf.settle()
    broken = [row for row in shelf.rows() if row.entry.problem is not None]
    assert {row.entry.path.name for row in broken} >= {
        "cut.gguf", "empty.gguf", "newer.gguf", "absurd.gguf", "part-00001-of-00003.gguf", "nowhere.gguf", "broken.gguf",
    }  # fmt: skip
    for row in broken:
        assert row.entry.problem is not None
        assert row.entry.problem.message
        assert row.entry.problem.hint
        shelf.choose(row.name)
        assert row.entry.problem.message in shelf.tab.details.why.text()
    assert {"1/twin", "2/twin", "Ant", "Bee"} <= set(shelf.names())
    assert "vanished" in shelf.tab.status.toolTip()
    odd = next(row for row in shelf.rows() if row.name.startswith("<b>Odd"))
    shelf.choose(odd.name)
    assert shelf.tab.details.title.text() == odd.name
    shelf.page.page.grab()


def test_a_folder_that_vanishes_is_told_and_comes_back(shelf: Shelf, tmp_path: Path) -> None:
    more = tmp_path / "more"
    write_model(more / "cow.gguf", "Cow")
    shelf.desk.window.opening.asking.add_folder(more)
    shelf.settle()
    assert "Cow" in shelf.names()
    more.rename(tmp_path / "away")
    shelf.desk.window.models.look(if_changed=True)
    shelf.desk.qtbot.waitUntil(lambda: "Cow" not in shelf.names())
    assert shelf.tab.trouble.isVisible()
    (tmp_path / "away").rename(more)
    shelf.desk.window.models.look(if_changed=True)
    shelf.desk.qtbot.waitUntil(lambda: "Cow" in shelf.names())
    assert not shelf.tab.trouble.isVisible()
