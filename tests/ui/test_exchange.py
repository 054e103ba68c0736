"""Conversations leave: what is asked, what is written, what is said, and how it is ended."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton

from app.core.errors import InputError
from app.core.export import ENDINGS
from app.store.database import Database
from app.ui.export_dialogs import ExportAllDialog, SaveDialog, forms, with_ending
from tests.ui.conftest import Desk


def settled(desk: Desk) -> None:
    """The work has ended."""
    desk.qtbot.waitUntil(lambda: desk.window.exchange.task is None, timeout=60_000)
    QApplication.processEvents()


def placed(desk: Desk, path: Path, label: str) -> None:
    """Export the conversation in view to a place, as this kind."""
    desk.trigger("export_chat")
    (dialog,) = desk.window.findChildren(SaveDialog)
    dialog.selectNameFilter(next(kind.filter for kind in forms(True) if kind.label == label))
    dialog.fileSelected.emit(str(path))
    dialog.close()
    settled(desk)


@pytest.mark.parametrize(
    ("label", "begins"),
    [
        ("Markdown", "# one"),
        ("Web page", "<!DOCTYPE"),
        ("PDF", "%PDF"),
        ("JSON with all versions, to import again", "{"),
    ],
)
def test_each_form(desk: Desk, tmp_path: Path, label: str, begins: str) -> None:
    desk.ask("one")
    form = next(kind.form for kind in forms(False) if kind.label == label)
    path = tmp_path / f"talk{ENDINGS[form]}"
    placed(desk, path, label)
    assert path.read_bytes().decode("latin-1").startswith(begins)
    assert desk.window.middle.toast.isVisible()
    assert not desk.window.middle.banner.isVisible()
    assert desk.session.recall("export.form") == form
    assert [each.name for each in tmp_path.iterdir() if "part" in each.name] == []


def test_all_versions(desk: Desk, tmp_path: Path) -> None:
    desk.ask("one")
    desk.session.regenerate()
    desk.run()
    placed(desk, tmp_path / "plain.md", "Markdown")
    placed(desk, tmp_path / "all.md", "Markdown with all versions")
    assert "version 1 of 2" not in (tmp_path / "plain.md").read_text("utf-8")
    assert "version 1 of 2" in (tmp_path / "all.md").read_text("utf-8")


def test_a_temporary_conversation_is_exported_from_memory(desk: Desk, tmp_path: Path) -> None:
    desk.trigger("temporary_chat")
    desk.ask("secret")
    placed(desk, tmp_path / "talk.json", "JSON with all versions, to import again")
    assert json.loads((tmp_path / "talk.json").read_text("utf-8"))["messages"][0]["text"] == "secret"


def test_nothing_to_export_is_not_offered_or_said(desk: Desk) -> None:
    export = desk.window.actions_by_name["export_chat"]
    assert not export.isEnabled()
    desk.trigger("export_all")
    assert desk.window.middle.banner.message.text() == "There is nothing to export yet."
    desk.ask("one")
    assert export.isEnabled()
    desk.session.delete_message(desk.session.entries[0].message.id)
    assert not export.isEnabled()


def test_a_place_that_cannot_be_written_to_is_said(desk: Desk, tmp_path: Path) -> None:
    desk.ask("one")
    for label, name, told in (("Markdown", "a.md", "There is no folder"), ("PDF", "a.pdf", "cannot be written")):
        desk.window.middle.banner.hide()
        placed(desk, tmp_path / "none" / name, label)
        assert desk.window.middle.banner.isVisible()
        assert told in desk.window.middle.banner.message.text()


def test_the_ending_follows_the_kind(desk: Desk, tmp_path: Path) -> None:
    desk.ask("one")
    desk.trigger("export_chat")
    (dialog,) = desk.window.findChildren(SaveDialog)
    markdown, html, pdf = (kind for kind in forms(False)[:3])
    assert dialog.settled(tmp_path / "a.md") == (tmp_path / "a.md", markdown)
    assert dialog.settled(tmp_path / "a.html") == (tmp_path / "a.html", html)
    assert dialog.settled(tmp_path / "1.5 things") == (tmp_path / "1.5 things.md", markdown)
    dialog.selectNameFilter(pdf.filter)
    assert dialog.settled(tmp_path / "a.md") == (tmp_path / "a.pdf", pdf)
    assert dialog.settled(tmp_path / "a.PDF") == (tmp_path / "a.PDF", pdf)
    dialog.filterSelected.emit(pdf.filter)
    assert Path(dialog.selectedFiles()[0]).name == "one.pdf"
    dialog.close()
    assert with_ending(Path("v1.5"), "html") == Path("v1.5.html")


def choose(desk: Desk, form: str, together: bool, place: Path) -> None:
    """Export all conversations so."""
    desk.trigger("export_all")
    (dialog,) = [each for each in desk.window.findChildren(ExportAllDialog) if each.isVisible()]
    dialog.choose(form, together)  # type: ignore[arg-type]  # a form
    button = next(each for each in dialog.findChildren(QPushButton) if each.isDefault())
    desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    (files,) = [each for each in desk.window.findChildren(QFileDialog) if each.isVisible()]
    files.fileSelected.emit(str(place))
    files.close()


@pytest.mark.parametrize("form", ["markdown", "html", "pdf", "json"])
def test_all_to_a_folder(desk: Desk, tmp_path: Path, form: str) -> None:
    for text in ("one", "two"):
        desk.trigger("new_chat")
        desk.ask(text)
    folder = tmp_path / "out"
    folder.mkdir()
    choose(desk, form, False, folder)
    settled(desk)
    ending = ENDINGS[form]  # type: ignore[index]  # a form
    assert sorted(each.name for each in folder.iterdir()) == [f"one{ending}", f"two{ending}"]
    assert not desk.window.middle.banner.isVisible()


def test_all_to_one_file_that_is_imported_again(desk: Desk, tmp_path: Path) -> None:
    for text in ("one", "two"):
        desk.trigger("new_chat")
        desk.ask(text)
    choose(desk, "json", True, tmp_path / "all.json")
    settled(desk)
    assert len(json.loads((tmp_path / "all.json").read_text("utf-8"))) == 2


def fill(desk: Desk, count: int) -> None:
    """Many conversations on disk, written beside the session."""
    desk.ask("first")
    store = desk.session._store
    with store.write():
        for number in range(count):
            added = store.conversations.add(
                type(desk.session.conversation)(
                    id=0,
                    title=f"talk {number}",
                    created=desk.session.conversation.created,
                    updated=desk.session.conversation.created,
                )
            )
            message = store.conversations.messages(1)[0]
            first = store.conversations.add_message(
                type(message)(
                    id=0, conversation=added.id, parent=None, role="user", text="x " * 500, created=message.created
                )
            )
            store.run("UPDATE conversation SET leaf = ? WHERE id = ?", (first.id, added.id))


@pytest.mark.parametrize(("form", "together"), [("json", True), ("pdf", False)])
def test_it_shows_how_far_it_is_and_can_be_cancelled(desk: Desk, tmp_path: Path, form: str, together: bool) -> None:
    fill(desk, 400)
    out = tmp_path / "out"
    if not together:
        out.mkdir()
    choose(desk, form, together, out)
    exchange, middle = desk.window.exchange, desk.window.middle
    exchange._shown.stop()
    told: list[str] = []
    assert exchange.task is not None
    exchange.task.came.connect(lambda _step: told.append(middle.working.text.text() if middle.working else ""))
    desk.qtbot.waitUntil(lambda: len(told) > 5, timeout=60_000)
    assert middle.working is not None
    assert middle.working.isVisible()
    assert "of 401" in told[-1]
    desk.trigger("switch_theme")
    assert desk.window.middle.working is not None
    assert desk.window.middle.working.isVisible()
    desk.trigger("export_chat")
    assert desk.window.middle.banner.message.text() == "Something else is being exported or imported."
    desk.window.middle.working.cancel.click()
    settled(desk)
    assert not desk.window.middle.working.isVisible()
    assert not list(tmp_path.rglob("*.part"))
    if together:
        assert not out.exists()
    else:
        assert all(each.read_bytes().startswith(b"%PDF") for each in out.iterdir())


def test_the_window_closes_while_it_works(desk: Desk, tmp_path: Path) -> None:
    fill(desk, 300)
    choose(desk, "json", True, tmp_path / "out.json")
    task = desk.window.exchange.task
    assert task is not None
    with desk.qtbot.waitSignal(task.came, timeout=60_000):
        pass
    desk.window.close()
    assert desk.window.exchange.task is None
    assert not (tmp_path / "out.json").exists()
    assert not list(tmp_path.rglob("*.part"))


def test_a_database_that_is_gone_is_said(desk: Desk, tmp_path: Path) -> None:
    desk.ask("one")
    desk.window.paths = type(desk.window.paths)(tmp_path / "none", tmp_path, tmp_path)
    choose(desk, "json", True, tmp_path / "out.json")
    settled(desk)
    assert desk.window.middle.banner.message.text() == "There are no conversations yet."


def test_a_process_that_dies_is_said(desk: Desk, tmp_path: Path) -> None:
    fill(desk, 300)
    choose(desk, "json", True, tmp_path / "out.json")
    task = desk.window.exchange.task
    assert task is not None
    with desk.qtbot.waitSignal(task.came, timeout=60_000):
        pass
    process = task._process  # type: ignore[union-attr]  # a Task
    assert process is not None
    process.kill()
    settled(desk)
    assert desk.window.middle.banner.message.text() == "The work on the files ended unexpectedly."
    assert not (tmp_path / "out.json").exists()


def test_the_sentence_is_that_of_a_refused_place(tmp_path: Path) -> None:
    store = Database(None)
    from app.chat.exporting import written_to_file, written_to_folder

    (tmp_path / "file").touch()
    with pytest.raises(InputError):
        list(written_to_folder(store, [], "markdown", tmp_path / "file" / "below"))
    with pytest.raises(InputError):
        list(written_to_file(store, [], tmp_path / "none" / "all.json"))
    store.close()
