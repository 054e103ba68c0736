"""Addresses open in the browser; where there is none, they can at least be taken elsewhere."""

import pytest
from PySide6.QtGui import QDesktopServices, QGuiApplication

from tests.ui.conftest import Desk

ADDRESS = "https://a.example/<b>path</b>"


def test_a_link_that_nothing_opens_is_said_and_can_be_copied(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: False)
    desk.ask("hello")
    desk.window.transcript.link_opened.emit(ADDRESS)
    banner = desk.window.middle.banner
    assert banner.message.text() == "No program on this computer opens this link."
    (copy,) = banner.offers
    copy.click()
    assert QGuiApplication.clipboard().text() == ADDRESS


def test_nothing_is_said_of_a_link_that_opens(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()) or True)
    desk.window.transcript.link_opened.emit("mailto:a@b.example")
    assert opened == ["mailto:a@b.example"]
    assert desk.window.middle.banner.isHidden()
