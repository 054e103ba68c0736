"""The collector looks through everything when nobody looks at the window, and at no other time."""

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.ui.tidying import Tidying


@pytest.fixture
def full() -> Iterator[list[int]]:
    """One for each look through everything."""
    found: list[int] = []

    def note(phase: str, about: dict[str, int]) -> None:
        if phase == "stop" and about["generation"] == 2:
            found.append(1)

    before = gc.get_threshold()
    gc.callbacks.append(note)
    yield found
    gc.callbacks.remove(note)
    gc.set_threshold(*before)


def test_it_waits_until_the_person_is_elsewhere(qapp: QApplication, qtbot: QtBot, full: list[int]) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    tidying = Tidying(window)
    full.clear()
    kept = [[number] for number in range(200_000)]
    assert not full
    assert len(kept) == 200_000
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    assert not full
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationInactive)
    assert len(full) == 1
    tidying._timer.timeout.emit()
    assert len(full) == 2
