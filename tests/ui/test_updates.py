"""What is new, licences, and the quiet line about new versions."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from app import __version__
from app.chat.updates import LAST, LOOKED, Line
from app.core.errors import AppError
from app.library.releases import Place, Release
from app.ui.about import AboutDialog
from app.ui.quiet_line import QuietLine
from app.ui.text_pages import ChangesDialog, LicencesDialog
from app.ui.updates import UpdateNotices
from tests.ui.conftest import Desk


def line_of(desk: Desk) -> QuietLine:
    line = desk.window.middle.line
    assert isinstance(line, QuietLine)
    assert line.isVisible()
    return line


def click(desk: Desk, key: str) -> None:
    desk.qtbot.mouseClick(line_of(desk).buttons[key], Qt.MouseButton.LeftButton)


@pytest.fixture
def notices(desk: Desk) -> UpdateNotices:
    """Of a copy that knows where the releases are; nothing is asked of that address."""
    notices = desk.window.opening.updates()
    place = Place("http://127.0.0.1:1/latest", "https://a.example")
    notices._place = notices.updates._place = place
    return notices


def test_what_is_new_shows_the_change_log(desk: Desk) -> None:
    desk.trigger("what_is_new")
    (dialog,) = desk.window.findChildren(ChangesDialog)
    assert "one command, and a model answers" in dialog.view.toPlainText()
    assert "**" not in dialog.view.toPlainText()
    dialog.close()


def test_licences_from_the_command_and_from_about(desk: Desk) -> None:
    desk.trigger("about")
    (about,) = desk.window.findChildren(AboutDialog)
    about.licences_asked.emit()
    (dialog,) = desk.window.findChildren(LicencesDialog)
    assert "MIT License" in dialog.view.toPlainText()
    dialog.list.setCurrentRow(1)
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in dialog.view.toPlainText()
    dialog.close()
    about.close()


def test_a_checkout_does_not_know_where_its_releases_are(desk: Desk) -> None:
    desk.trigger("look_for_update")
    assert "does not know where its releases are" in desk.window.middle.banner.message.text()


def test_a_line_after_an_update(desk: Desk) -> None:
    desk.session.remember(LAST, "0.0.1")
    desk.window.opening.updates().start()
    assert line_of(desk).text.text() == f"Fireside was updated to {__version__}."
    desk.window.prefer(theme="dark")  # everything is made anew
    QApplication.processEvents()
    assert line_of(desk).text.text() == f"Fireside was updated to {__version__}."
    click(desk, "news")
    assert desk.window.middle.line is None
    (dialog,) = desk.window.findChildren(ChangesDialog)
    dialog.close()


def test_nothing_is_said_at_other_starts(desk: Desk) -> None:
    desk.window.opening.updates().start()
    assert desk.window.middle.line is None


@pytest.mark.parametrize("yes", [True, False])
def test_the_question(desk: Desk, notices: UpdateNotices, yes: bool) -> None:
    notices._line = Line("question")
    notices.show()
    notices._place = None  # the answer is what is looked at
    click(desk, "yes" if yes else "no")
    assert desk.session.preferences.update_notice is yes
    assert desk.window.middle.line is None


def test_a_newer_version_is_told_until_the_line_is_closed(
    desk: Desk, notices: UpdateNotices, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()) or True)
    notices._answered.emit(Release("999.0", "https://a.example/999"))
    assert line_of(desk).text.text() == "Fireside 999.0 is there."
    click(desk, "")
    notices._answered.emit(Release("999.0", "https://a.example/999"))
    assert desk.window.middle.line is None
    notices._answered.emit(Release("999.1", "https://a.example/999"))
    click(desk, "page")
    assert opened == ["https://a.example/999"]


def test_a_person_hears_what_came_of_the_question_and_the_question_of_the_day_is_quiet(
    desk: Desk, notices: UpdateNotices, tmp_path: Path
) -> None:
    heard: Callable[[object], None] = notices._take
    heard(AppError("No answer."))
    assert not desk.window.middle.banner.isVisible()
    with desk.qtbot.waitSignal(notices._answered):  # nobody is at that address
        desk.trigger("look_for_update")
    assert "cannot be learned" in desk.window.middle.banner.message.text()
    assert desk.session.recall(LOOKED)
    notices._asked = True
    heard(Release(__version__, ""))
    assert "is the newest version" in desk.window.middle.toast.accessibleName()


def test_the_place_comes_with_the_build(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "release.json"
    file.write_text(json.dumps({"latest": "https://a.example/l", "page": "https://a.example"}))
    monkeypatch.setattr("app.ui.updates.bundled", lambda _name: file)
    notices = UpdateNotices(desk.window)
    assert notices.updates._place == Place("https://a.example/l", "https://a.example")
    notices.close()


def test_offline_the_command_says_so(desk: Desk, notices: UpdateNotices) -> None:
    desk.session.set_preferences(offline=True)
    desk.trigger("look_for_update")
    assert "stays offline" in desk.window.middle.banner.message.text()
    assert not desk.session.recall(LOOKED)
