"""Dialogs for what went wrong."""

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app.core.errors import AppError
from app.ui.problems import TextBox, show_crash, show_details
from app.ui.theme import dress, in_use


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> None:
    """As the window has done it before anything can go wrong in it."""
    dress(qapp, in_use("system"), 100)


def test_a_crash_report_can_be_copied(qtbot: QtBot) -> None:
    dialog = show_crash("Traceback: everything", None)
    qtbot.addWidget(dialog)
    assert dialog.findChildren(TextBox)[0].toPlainText() == "Traceback: everything"
    copy = next(button for button in dialog.findChildren(QPushButton) if "Copy" in button.text())
    copy.click()
    assert QApplication.clipboard().text() == "Traceback: everything"


def test_details_of_a_problem(qtbot: QtBot) -> None:
    dialog = show_details(AppError("It is full.", "Make room.", "errno 28"), None)
    qtbot.addWidget(dialog)
    assert dialog.windowTitle() == "It is full."
    assert dialog.findChildren(TextBox)[0].toPlainText() == "errno 28"
