"""The dialogs of the Models page: header, chat template, adding, folders, and a smaller copy made by the real quantizer."""

from pathlib import Path
from typing import TypeVar

from PySide6.QtWidgets import QApplication, QFileDialog

from app.ui.dialogs import Dialog
from app.ui.models_page.adding import AddDialog, FoldersDialog
from app.ui.models_page.header_dialog import HeaderDialog
from app.ui.models_page.shrink_dialog import ShrinkDialog
from app.ui.models_page.template_dialog import TemplateDialog
from tests.library.files import write_model
from tests.tiny_model import write_tiny_model
from tests.ui.conftest import Desk
from tests.ui.models import Shelf, shelf

__all__ = ["shelf"]
Kind = TypeVar("Kind", bound=Dialog)


def _dialog(desk: Desk, kind: type[Kind]) -> Kind:
    desk.qtbot.waitUntil(lambda: any(each.isVisible() for each in desk.window.findChildren(kind)), timeout=20_000)
    return next(each for each in desk.window.findChildren(kind) if each.isVisible())


def test_the_whole_header_is_searched(shelf: Shelf) -> None:
    extra = {f"extra.key_{number}": number for number in range(3000)}
    write_model(shelf.folder / "cow.gguf", "Cow", **extra, long__list=list(range(9000)), odd="a\nb" * 500)
    shelf.open()
    shelf.choose("Cow")
    shelf.tab.details.header.click()
    dialog = _dialog(shelf.desk, HeaderDialog)
    assert len(dialog.keys.rows) > 3000
    shelf.desk.qtbot.keyClicks(dialog.filter, "key_299")
    assert [key for key, _ in dialog.keys.rows] == ["extra.key_299", *(f"extra.key_299{n}" for n in range(10))]
    dialog.filter.setText("long.list")
    assert "9,000 values" in dialog.value.toPlainText()
    dialog.filter.setText("odd")
    assert dialog.value.toPlainText().count("\n") == 500
    dialog.filter.setText("nowhere at all")
    assert "Nothing" in dialog.count.text()
    assert dialog.value.toPlainText() == ""
    dialog.close()


def test_the_chat_template_is_written_over_and_taken_back(shelf: Shelf) -> None:
    shelf.open()
    shelf.choose("Ant")
    path = shelf.folder / "ant.gguf"
    shelf.tab.details.template.click()
    dialog = _dialog(shelf.desk, TemplateDialog)
    assert dialog.box.toPlainText() == "{{ messages }}"
    assert not dialog.reset.isVisible()
    dialog.box.setPlainText("{% if")
    dialog.save.click()
    assert dialog.isVisible()
    assert "Line 1" in dialog.flaw.text()
    dialog.box.setPlainText("{{ messages[0] }}")
    dialog.reject()  # what was typed is there again
    QApplication.processEvents()
    shelf.tab.details.template.click()
    dialog = _dialog(shelf.desk, TemplateDialog)
    assert dialog.box.toPlainText() == "{{ messages[0] }}"
    assert dialog.unfinished.isVisible()
    dialog.save.click()
    assert shelf.desk.session.template_of(path) == "{{ messages[0] }}"
    assert shelf.tab.details.facts.texts()["Template"] == "your own"
    QApplication.processEvents()
    shelf.tab.details.template.click()
    dialog = _dialog(shelf.desk, TemplateDialog)
    assert dialog.box.toPlainText() == "{{ messages[0] }}"
    dialog.reset.click()
    dialog.save.click()
    assert shelf.desk.session.template_of(path) == ""


def test_files_come_to_the_list_as_one_chooses(shelf: Shelf, tmp_path: Path) -> None:
    shelf.open()
    asking = shelf.desk.window.opening.asking
    files = [write_model(tmp_path / "elsewhere" / f"{name}.gguf", name) for name in ("Cow", "Dog", "Elk")]
    asking.ask_to_add(files[:1])
    dialog = _dialog(shelf.desk, AddDialog)
    dialog.ways["copy"].setChecked(True)
    dialog.use.setChecked(False)
    dialog.go.click()
    shelf.settle()
    assert (shelf.folder / "Cow.gguf").exists()
    assert files[0].exists()
    assert shelf.tab.list.row() is not None
    asking.ask_to_add(files[1:])
    dialog = _dialog(shelf.desk, AddDialog)
    assert not dialog.use.isVisible()
    dialog.go.click()
    shelf.settle()
    assert {"Cow", "Dog", "Elk"} <= set(shelf.names())
    shelf.choose("Dog")
    assert shelf.tab.details.forget.isVisible()
    shelf.tab.details.forget.click()
    shelf.settle()
    assert "Dog" not in shelf.names()
    assert files[1].exists()


def test_one_that_is_moved_is_used_when_it_is_there(shelf: Shelf, tmp_path: Path) -> None:
    file = write_model(tmp_path / "elsewhere" / "cow.gguf", "Cow")
    shelf.desk.window.opening.asking.ask_to_add([file])
    dialog = _dialog(shelf.desk, AddDialog)
    dialog.ways["move"].setChecked(True)
    dialog.go.click()
    shelf.desk.qtbot.waitUntil(lambda: shelf.desk.session.model_state.path == shelf.folder / "cow.gguf", timeout=20_000)
    assert not file.exists()
    assert shelf.desk.window.opening.desk is None
    shelf.settle()


def test_what_is_no_model_is_not_added_and_says_why(shelf: Shelf, tmp_path: Path) -> None:
    shelf.open()
    odd = tmp_path / "elsewhere.gguf"
    odd.write_bytes(b"")
    shelf.desk.window.opening.asking.ask_to_add([odd])
    dialog = _dialog(shelf.desk, AddDialog)
    dialog.use.setChecked(False)
    dialog.go.click()
    shelf.settle()
    assert shelf.page.page.banner.isVisible()
    assert "elsewhere" not in shelf.names()


def test_folders_are_added_and_taken_away(shelf: Shelf, tmp_path: Path) -> None:
    write_model(tmp_path / "more" / "cow.gguf", "Cow")
    shelf.desk.window.opening.asking.add_folder(tmp_path / "more")
    shelf.settle()
    assert "Cow" in shelf.names()
    shelf.desk.window.opening.asking.add_folder(tmp_path / "gone")
    shelf.settle()
    assert shelf.tab.trouble.isVisible()
    shelf.tab.folders_asked.emit()
    dialog = _dialog(shelf.desk, FoldersDialog)
    dialog.forgotten.emit(tmp_path / "more")
    shelf.settle()
    assert "Cow" not in shelf.names()
    dialog.close()


def test_the_commands_open_what_they_say(shelf: Shelf) -> None:
    shelf.desk.session.load_model(shelf.folder / "bee-Q8_0.gguf")
    shelf.desk.run()
    shelf.desk.trigger("model_details")
    shelf.settle()
    row = shelf.tab.list.row()
    assert row is not None
    assert row.name == "Bee"
    shelf.desk.trigger("add_model_folder")
    chooser = shelf.desk.window.findChild(QFileDialog)
    assert chooser is not None
    chooser.close()
    shelf.page.leave()
    shelf.desk.trigger("models")
    assert shelf.desk.window.opening.desk is not None
    shelf.settle()


def test_a_smaller_copy_is_planned_made_and_used(shelf: Shelf) -> None:
    source = write_tiny_model(shelf.folder / "tiny-F32.gguf", name="Tiny", width=256)
    shelf.open()
    shelf.choose("Tiny")
    shelf.tab.details.shrink.click()
    dialog = _dialog(shelf.desk, ShrinkDialog)
    shelf.desk.qtbot.waitUntil(dialog.go.isEnabled, timeout=60_000)
    names = [kind.name for kind in dialog.kinds.kinds]
    dialog.list.setCurrentIndex(dialog.kinds.index(names.index("Q8_0")))
    assert not dialog.go.isEnabled()
    shelf.desk.qtbot.waitUntil(dialog.go.isEnabled, timeout=60_000)
    assert "→" in dialog.facts.texts()["Size"]
    dialog.go.click()
    assert not dialog.list.isEnabled()
    shelf.desk.qtbot.waitUntil(lambda: dialog.state == "done", timeout=60_000)
    dialog.go.click()
    shelf.desk.run()
    made = shelf.folder / "tiny-Q8_0.gguf"
    assert made.stat().st_size < source.stat().st_size
    assert shelf.desk.session.model_state.path == made
    shelf.settle()


def test_what_makes_no_sense_is_said_in_the_dialog(shelf: Shelf) -> None:
    shelf.desk.session.load_model(shelf.folder / "bee-Q8_0.gguf")
    shelf.desk.run()
    shelf.desk.trigger("shrink_model")
    dialog = _dialog(shelf.desk, ShrinkDialog)
    shelf.desk.qtbot.waitUntil(lambda: bool(dialog.kinds.kinds), timeout=60_000)
    dialog.layers.setText("7-3")
    dialog.wished.emit()
    assert "no list of layers" in dialog.flaw.text()
    assert not dialog.go.isEnabled()
    dialog.layers.setText("")
    dialog.importance.setText(str(shelf.folder / "gone.dat"))
    dialog.wished.emit()
    shelf.desk.qtbot.waitUntil(lambda: "gone.dat" in dialog.flaw.text(), timeout=60_000)
    dialog.close()
