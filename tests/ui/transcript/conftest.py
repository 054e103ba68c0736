"""A transcript of its own on a window of fixed size, and messages to show in it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.chat.changes import Entry
from app.core.protocol import Role
from app.core.tree import Message
from app.ui.theme import LIGHT
from app.ui.transcript import Transcript

CREATED = datetime(2026, 1, 1, tzinfo=UTC)


def entry(
    number: int, text: str = "", role: Role | None = None, version: int = 1, versions: int = 1, **more: Any
) -> Entry:
    """Odd numbers ask, even ones answer."""
    message = Message(
        id=number,
        conversation=1,
        parent=number - 1 or None,
        role=role or ("user" if number % 2 else "assistant"),
        text=text,
        created=CREATED,
        **more,
    )
    return Entry(message, version, versions)


def long_answer(number: int) -> str:
    """An answer of some twenty lines with a list and code."""
    return (
        f"Answer {number}. " + "Some words that make a paragraph of several lines in the column. " * 6
        + "\n\n- one\n- two\n\n```python\nprint('code')\n```\n\nAnd an end."
    )  # fmt: skip


def talk(count: int) -> list[Entry]:
    """A conversation of so many messages."""
    return [entry(n, long_answer(n) if n % 2 == 0 else f"Question {n}?") for n in range(1, count + 1)]


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[Transcript]:
    """Shown, empty, 800 × 600."""
    transcript = Transcript()
    qtbot.addWidget(transcript)
    transcript.resize(800, 600)
    transcript.set_theme(LIGHT, 100)
    transcript.show()
    qtbot.waitExposed(transcript)
    yield transcript
    transcript.editing.stop()
    transcript.formulas.rest()
    transcript.plates.rest()


@pytest.fixture
def pixels(view: Transcript, qtbot: QtBot) -> Callable[..., QImage]:
    """What is seen in the rows' part of the view (the scroll bar and the pill move, and may), code coloured."""

    def grab(area: QRect | None = None) -> QImage:
        QApplication.processEvents()
        qtbot.waitUntil(lambda: not view.plates.busy)
        place = area or QRect(QPoint(0, 0), view.viewport().size()).adjusted(0, 0, 0, -60)
        return view.viewport().grab(place).toImage()

    return grab
