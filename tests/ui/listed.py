"""The list of conversations as a test sees it."""

from app.core.listing import Line, Summary
from tests.ui.conftest import Desk


def shown(desk: Desk) -> list[Line]:
    """Its lines."""
    return list(desk.window.sidebar.list.lines_model.lines)


def titles(desk: Desk) -> list[str]:
    """The titles in it."""
    return [line.title for line in shown(desk) if isinstance(line, Summary)]


def talk(desk: Desk, *texts: str) -> list[int]:
    """A conversation for each text; returns their ids. The last one is in view."""
    numbers = []
    for text in texts:
        desk.session.new()
        desk.ask(text)
        numbers.append(desk.session.conversation.id)
    return numbers


def search(desk: Desk, text: str) -> list[Line]:
    """What a search for a text shows."""
    desk.window.sidebar.search.setText(text)
    desk.window.sidebar._search()
    return shown(desk)
