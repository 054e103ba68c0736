"""Conversations come: files are named or dropped, looked into, chosen from and added; what could not be read is told."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from app.chat.importing.adding import Preview
from app.core.listing import Summary
from app.ui.import_dialog import ImportDialog
from tests.chat.importing import files
from tests.ui.conftest import Desk


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "conversations.json"
    broken = {"mapping": {"a": 3}, "title": "Broken"}
    path.write_text(json.dumps([files.chatgpt(), files.claude(), files.open_webui(), broken]))
    return path


def opened(desk: Desk) -> ImportDialog:
    desk.trigger("import_chats")
    (dialog,) = desk.window.findChildren(ImportDialog)
    return dialog


def settled(desk: Desk) -> None:
    desk.qtbot.waitUntil(lambda: desk.window.exchange.task is None, timeout=60_000)
    QApplication.processEvents()


def titles(desk: Desk) -> list[str]:
    """What the list on the left shows."""
    QApplication.processEvents()
    return [line.title for line in desk.window.sidebar.list.lines_model.lines if isinstance(line, Summary)]


def test_what_is_in_a_file_is_shown_and_what_is_ticked_is_added(desk: Desk, file: Path) -> None:
    dialog = opened(desk)
    assert not dialog.take.isEnabled()
    assert dialog.drop.isVisible()
    assert dialog.told.y() + dialog.told.height() < dialog.drop.y() < dialog.height() // 3
    dialog.named.emit((file,))
    assert dialog.told.text() == "Reading conversations.json…"
    assert not dialog.drop.isVisible()
    settled(desk)
    assert dialog.told.text() == (
        "ChatGPT: 1 conversation. Claude: 1 conversation. Open WebUI: 1 conversation. 1 could not be read."
    )
    assert dialog.take.text() == "Import 3 conversations"
    rows = dialog.model.rows
    assert [row.title for row in rows if isinstance(row, Preview)] == ["Rivers", "A poem", "Hello"]
    dialog.list.setCurrentIndex(dialog.model.index(1))
    desk.qtbot.keyClick(dialog.list, Qt.Key.Key_Space)
    assert dialog.take.text() == "Import 2 conversations"
    dialog.take.click()
    assert dialog.state == "adding"
    settled(desk)
    assert dialog.told.text() == "2 conversations added. 1 could not be read."
    assert set(titles(desk)) == {"Rivers", "Hello"}
    desk.session.open(desk.session.history.search("Rivers")[0].conversation.id)
    assert desk.window.transcript.items
    dialog.close()


def test_what_is_here_already_has_no_tick(desk: Desk, file: Path) -> None:
    dialog = opened(desk)
    for _ in range(2):
        dialog.named.emit((file,))
        settled(desk)
        dialog.take.click()
        settled(desk)
    dialog.named.emit((file,))
    settled(desk)
    assert "3 are here already." in dialog.told.text()
    assert not dialog.take.isEnabled()
    dialog.list.setCurrentIndex(dialog.model.index(0))
    desk.qtbot.keyClick(dialog.list, Qt.Key.Key_Space)
    assert dialog.model.chosen == set()
    assert len(titles(desk)) == 3
    dialog.close()


def test_a_click_ticks_and_the_buttons_tick_all_and_none(desk: Desk, file: Path) -> None:
    dialog = opened(desk)
    dialog.named.emit((file,))
    settled(desk)
    at = dialog.list.visualRect(dialog.model.index(0)).center()
    desk.qtbot.mouseClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert dialog.model.chosen == {1, 2}
    dialog.none.click()
    assert (dialog.model.chosen, dialog.take.isEnabled()) == (set(), False)
    dialog.every.click()
    assert dialog.model.chosen == {0, 1, 2}
    assert dialog.model.index(0).data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
    dialog.close()


def test_a_file_that_is_dropped_on_the_window_opens_the_dialog(desk: Desk, file: Path, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    given = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(9, 9), *given)
    desk.window.dragEnterEvent(enter)
    assert enter.isAccepted()
    desk.window.dropEvent(QDropEvent(QPointF(9, 9), *given))
    settled(desk)
    (dialog,) = desk.window.findChildren(ImportDialog)
    assert dialog.state == "choosing"
    folder = QMimeData()
    folder.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    dialog.dropEvent(
        QDropEvent(
            QPointF(9, 9), Qt.DropAction.CopyAction, folder, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
    )
    settled(desk)
    assert len(dialog.model.new()) == 3
    dialog.close()


def test_a_file_that_is_none_is_said(desk: Desk, tmp_path: Path) -> None:
    dialog = opened(desk)
    dialog.named.emit((tmp_path / "none.json",))
    settled(desk)
    assert "There is no file" in dialog.told.text()
    assert dialog.files.isVisible()
    (tmp_path / "photo.json").write_bytes(b"\x89PNG")
    dialog.named.emit((tmp_path / "photo.json",))
    settled(desk)
    assert dialog.told.text() == "1 could not be read."
    dialog.close()


def many(tmp_path: Path, count: int) -> Path:
    """A file of many conversations."""
    path = tmp_path / "many.json"
    path.write_text(json.dumps([files.claude() | {"uuid": str(n), "name": f"Talk {n}", "chat_messages": [
        {"uuid": "m", "sender": "human", "text": f"Question {n} " + "word " * 200, "created_at": "2026-02-14T10:04:22Z"}
    ]} for n in range(count)]))  # fmt: skip
    return path


def test_closed_while_it_reads_nothing_is_left(desk: Desk, tmp_path: Path) -> None:
    dialog = opened(desk)
    dialog.named.emit((many(tmp_path, 300),))
    desk.qtbot.waitUntil(lambda: len(dialog.model.rows) > 3, timeout=60_000)
    dialog.close()
    settled(desk)
    assert titles(desk) == []
    assert opened(desk).state == "empty"


def test_cancelled_while_it_adds_what_is_added_stays_whole(desk: Desk, tmp_path: Path) -> None:
    dialog = opened(desk)
    dialog.named.emit((many(tmp_path, 300),))
    settled(desk)
    dialog.take.click()
    desk.qtbot.waitUntil(lambda: dialog._added > 3, timeout=60_000)
    dialog.close()
    settled(desk)
    listed = desk.session.history.listed()
    assert 3 < len(listed) < 300
    assert len(titles(desk)) == len(listed)
    store = desk.session._store
    assert all(store.conversations.messages(item.id) for item in listed)


def test_one_goes_on_talking_meanwhile(desk: Desk, tmp_path: Path) -> None:
    dialog = opened(desk)
    dialog.named.emit((many(tmp_path, 150),))
    settled(desk)
    dialog.take.click()
    for number in range(5):
        desk.qtbot.waitUntil(lambda number=number: dialog._added > 20 * number, timeout=60_000)
        desk.session.say(f"meanwhile {number}")
        desk.engine.step(3)
        desk.session.tick()
        desk.run()
    settled(desk)
    assert dialog.told.text() == "150 conversations added."
    assert [entry.message.status for entry in desk.session.entries] == ["done"] * 10
    assert not desk.window.middle.banner.isVisible()
    dialog.close()


def test_the_window_closes_while_it_adds(desk: Desk, tmp_path: Path) -> None:
    dialog = opened(desk)
    dialog.named.emit((many(tmp_path, 300),))
    settled(desk)
    dialog.take.click()
    desk.qtbot.waitUntil(lambda: dialog._added > 3, timeout=60_000)
    desk.window.close()
    assert desk.window.exchange.task is None
