"""The help names everything that the tables hold."""

import re

import pytest
from PySide6.QtWidgets import QApplication

from app.core.commands import COMMANDS
from app.core.params import Loading, Preferences, Sampling, rows
from app.core.paths import bundled
from app.ui.help import HelpDialog, commands_text, filled, page_name, pages, range_text, table_text
from tests.ui.conftest import Desk


@pytest.mark.parametrize("table", [Sampling, Loading, Preferences])
def test_every_parameter_is_explained(table: type[Sampling]) -> None:
    text = table_text(rows(table))
    for row in rows(table).values():
        assert row.label in text
        assert row.help in text


def test_every_command_is_listed() -> None:
    text = commands_text()
    assert all(row.label in text and row.help in text for row in COMMANDS)


def test_ranges() -> None:
    assert range_text(rows(Sampling)["temperature"]) == "From 0.00 to 2.00 · Default: 0.80"
    assert "−1 means “No limit”" in range_text(rows(Sampling)["max_tokens"])


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_no_page_has_an_unknown_field(language: str) -> None:
    files = pages(language)
    assert "commands" in [page_name(file) for file in files]
    for file in files:
        assert not re.search(r"\{[a-z:_]+\}", filled(file.read_text("utf-8")))


def test_pages_are_shown(desk: Desk) -> None:
    dialog = HelpDialog(desk.window, "en", "sampling")
    assert "Temperature" in dialog.view.toPlainText()
    dialog.list.setCurrentRow(0)
    assert "First steps" in dialog.view.toPlainText()
    dialog.close()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_page_is_wider_than_its_place(desk: Desk, language: str) -> None:
    dialog = HelpDialog(desk.window, language)
    dialog.resize(660, 436)
    dialog.show()
    for page in range(dialog.list.count()):
        dialog.list.setCurrentRow(page)
        QApplication.processEvents()
        assert not dialog.view.horizontalScrollBar().maximum(), dialog.list.item(page).text()
    dialog.close()


def test_every_icon_keeps_the_style_of_the_others() -> None:
    drawings = sorted(bundled("resources/icons").glob("*.svg"))
    assert len(drawings) > 20
    for drawing in drawings:
        text = drawing.read_text("utf-8")
        if drawing.stem != "fireside":
            assert 'viewBox="0 0 24 24"' in text
            assert 'stroke-width="1.5"' in text
