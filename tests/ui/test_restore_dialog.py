"""Going back to a day: what the dialog shows, what it asks, and what the window hands over when it closes."""

from datetime import date, timedelta
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from app.core.errors import StoreError
from app.store.backup import back_up, put_in_place
from app.store.database import Database
from app.ui.dialogs import Dialog
from app.ui.exchange import Restored
from app.ui.restore_dialog import RestoreDialog
from tests.ui.conftest import Desk


def opened(desk: Desk) -> RestoreDialog:
    desk.trigger("restore_backup")
    settled(desk)
    (dialog,) = desk.window.findChildren(RestoreDialog)
    return dialog


def settled(desk: Desk) -> None:
    exchange = desk.window.exchange
    desk.qtbot.waitUntil(lambda: exchange.task is None and not exchange.looks, timeout=60_000)
    QApplication.processEvents()


def copied(desk: Desk, day: date) -> None:
    back_up(desk.window.paths.database, desk.window.paths.backups, day)


def agree(desk: Desk, dialog: RestoreDialog) -> str:
    """Choose and confirm; what was said before."""
    dialog.take.click()
    (question,) = [each for each in dialog.findChildren(Dialog) if each.isVisible()]
    told = " ".join(label.text() for label in question.findChildren(type(dialog.told)))
    button = next(each for each in question.findChildren(QPushButton) if each.text() == "Go back")
    desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    return told


def test_without_backups_it_says_so(desk: Desk) -> None:
    dialog = opened(desk)
    assert dialog.told.text().startswith("There is no backup yet.")
    assert not dialog.take.isEnabled()
    dialog.close()


def test_it_opens_again_at_once(desk: Desk) -> None:
    desk.ask("one")
    copied(desk, date.today())
    desk.trigger("restore_backup")
    (first,) = desk.window.findChildren(RestoreDialog)
    desk.qtbot.keyClick(first, Qt.Key.Key_Escape)
    desk.trigger("restore_backup")
    (second,) = [each for each in desk.window.findChildren(RestoreDialog) if each.isVisible()]
    settled(desk)
    assert second.list.count() == 1
    assert second.take.isEnabled()
    second.close()


def test_enter_asks_once(desk: Desk) -> None:
    desk.ask("one")
    copied(desk, date.today())
    dialog = opened(desk)
    desk.qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    assert len([each for each in dialog.findChildren(Dialog) if each.isVisible()]) == 1
    dialog.close()


def test_the_backups_with_what_they_hold_and_what_would_change(desk: Desk) -> None:
    desk.ask("one")
    copied(desk, date.today() - timedelta(1))
    desk.trigger("new_chat")
    desk.ask("two")
    desk.session.open(1)
    desk.ask("more")
    copied(desk, date.today())
    desk.session.history.trash(2)
    dialog = opened(desk)
    first, second = (dialog.list.item(number).text() for number in range(2))
    assert first.startswith(f"{date.today().isoformat()} · Today\n2 conversations · 6 messages · ")
    assert second.startswith(f"{(date.today() - timedelta(1)).isoformat()} · Yesterday\n1 conversation · 2 messages · ")
    assert dialog.changes.text() == "1 would come back."
    dialog.list.setCurrentRow(1)
    assert dialog.changes.text() == "1 would be as it was then."
    dialog.close()


def test_a_damaged_backup_is_listed_and_cannot_be_chosen(desk: Desk) -> None:
    desk.ask("one")
    copied(desk, date.today())
    (desk.window.paths.backups / f"fireside-{date.today().isoformat()}.db").write_bytes(b"no database" * 500)
    dialog = opened(desk)
    assert "is damaged" in dialog.changes.text()
    assert not dialog.take.isEnabled()
    dialog.close()


def test_the_window_closes_with_a_prepared_copy(desk: Desk) -> None:
    desk.ask("one")
    copied(desk, date.today())
    desk.trigger("new_chat")
    desk.ask("two")
    dialog = opened(desk)
    assert dialog.changes.text() == "1 conversation of now is not in it."
    told = agree(desk, dialog)
    assert f"fireside.replaced-{date.today().isoformat()}.db" in told
    desk.qtbot.waitUntil(lambda: not desk.window.isVisible(), timeout=60_000)
    restoring = desk.window.exchange.restoring
    assert restoring is not None
    path = desk.window.paths.database
    desk.session._store.close()
    aside = put_in_place(path, restoring.prepared)
    assert aside is not None
    assert aside.name in told
    for each, titles in ((path, ["one"]), (aside, ["two", "one"])):
        store = Database(each)
        assert [conversation.title for conversation in store.conversations.listed(9)] == titles
        store.close()


def test_a_backup_that_cannot_be_prepared_leaves_everything_as_it_is(desk: Desk) -> None:
    desk.ask("one")
    copied(desk, date.today())
    dialog = opened(desk)
    (desk.window.paths.backups / f"fireside-{date.today().isoformat()}.db").unlink()
    agree(desk, dialog)
    settled(desk)
    assert desk.window.isVisible()
    assert desk.window.exchange.restoring is None
    assert dialog.told.text()
    assert dialog.take.isEnabled()
    assert not list(desk.window.paths.data.glob("*.restoring"))
    dialog.close()


def test_the_new_window_says_what_happened(desk: Desk, tmp_path: Path) -> None:
    desk.window.exchange.tell_restored(Restored("fireside-2026-11-20.db", tmp_path / "fireside.replaced.db"))
    toast = desk.window.middle.toast
    assert "kept as fireside.replaced.db" in toast.accessibleName()
    assert "kept as fireside.replaced.db" in " ".join(label.text() for label in toast.findChildren(QLabel))
    high = toast.height()
    desk.window.middle.say("Done.")
    assert high > toast.height()
    desk.window.exchange.tell_restored(Restored("x", error=StoreError("The disk is full.", "Free some space.")))
    assert desk.window.middle.banner.message.text() == "The disk is full."


def test_a_temporary_conversation_is_asked_about_first(desk: Desk) -> None:
    desk.trigger("temporary_chat")
    desk.ask("secret")
    desk.trigger("restore_backup")
    assert not desk.window.findChildren(RestoreDialog)
    for dialog in desk.window.findChildren(Dialog):
        dialog.close()
