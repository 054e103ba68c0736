"""The search above the list: what it finds, marks and opens, wrong filters, hints and offers."""

import pytest
from PySide6.QtCore import Qt

from app.core.listing import Place, Summary
from app.core.markdown import utf16_slice
from tests.ui.conftest import Desk
from tests.ui.listed import search, talk, titles


def test_search_finds_titles_and_texts(desk: Desk) -> None:
    desk.engine.answer = lambda _request: "Basil likes the sun."
    desk.ask("balcony plants")
    desk.session.new()
    desk.engine.answer = lambda _request: "Nothing to see."
    desk.ask("something else")
    desk.qtbot.keyClicks(desk.window.sidebar.search, "basil")
    model = desk.window.sidebar.list.lines_model
    desk.qtbot.waitUntil(lambda: len(model.lines) == 2)
    title, place = model.lines
    assert isinstance(title, Summary)
    assert isinstance(place, Place)
    assert "Basil" in place.passage.text
    desk.window.sidebar.search.clear()
    desk.qtbot.waitUntil(lambda: len(model.lines) == 3)


def test_a_search_without_result_says_so(desk: Desk) -> None:
    desk.ask("one")
    desk.qtbot.keyClicks(desk.window.sidebar.search, "qqqq")
    desk.qtbot.waitUntil(desk.window.sidebar._empty.isVisible)


def test_enter_opens_what_was_found_at_the_place(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ui.found_place.BRIEFLY", 1)
    desk.engine.answer = lambda _request: "words " * 200
    first, _ = talk(desk, "line\n" * 60 + "the 😀 Needle here", "else")
    desk.session.open(first)
    asked = desk.session.entries[0].message.id
    for text in ("more", "and more"):
        desk.ask(text)
    desk.session.new()
    sidebar = desk.window.sidebar
    sidebar.search.setFocus()
    desk.qtbot.keyClicks(sidebar.search, "needle")
    desk.qtbot.keyClick(sidebar.search, Qt.Key.Key_Return)  # at once, whatever the pause after a key is
    assert desk.session.conversation.id == first
    transcript = desk.window.transcript
    assert transcript.selected_text() == "Needle"
    row, piece, position = transcript.selection.start
    assert transcript.items[row].message_id == asked
    top = transcript.reading.top_of(row)
    assert top is not None
    assert 0 < top + transcript.row(row).line_of(piece, position).top() < transcript.viewport().height()
    desk.qtbot.waitUntil(lambda: not transcript.selection)
    desk.window.sidebar.search.setText("before:soon")
    assert desk.session.history.words(desk.window.sidebar.query()) == ()


def test_all_words_of_the_search_are_marked_in_the_message_for_a_moment(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ui.found_place.BRIEFLY", 1)
    desk.engine.answer = lambda _request: "Some **salt** here, 😀 flour there.\n\n- and salt again"
    desk.ask("question")
    number, answer = desk.session.conversation.id, desk.session.entries[-1].message.id
    desk.session.new()
    _, place = search(desk, "flour salt")
    assert isinstance(place, Place)
    assert [place.passage.text[start:end] for start, end in place.passage.marks] == ["salt", "flour", "salt"]
    desk.window.sidebar.opened.emit(number, place.message)
    transcript = desk.window.transcript
    index = next(n for n, item in enumerate(transcript.items) if item.message_id == answer)

    def marked(piece: int) -> list[str]:
        found = transcript.found.marks(index, transcript.row(index), piece)
        text = transcript.items[index].blocks()[piece].text
        return [utf16_slice(text, *part) for part in found.found] if found else []

    assert (marked(0), marked(1)) == (["salt", "flour"], ["salt"])
    desk.qtbot.waitUntil(lambda: not marked(0))


def test_a_message_on_another_branch_is_brought_into_view(desk: Desk) -> None:
    answers = iter(["a needle", "hay"])
    desk.engine.answer = lambda _request: next(answers)
    desk.ask("question")
    desk.trigger("regenerate")
    desk.run()
    number = desk.session.conversation.id
    desk.session.new()
    _, place = search(desk, "needle")
    assert isinstance(place, Place)
    desk.window.sidebar.opened.emit(number, place.message)
    assert desk.session.entries[-1].message.text == "a needle"


def test_a_wrong_filter_is_told_in_the_list(desk: Desk) -> None:
    talk(desk, "one")
    sidebar = desk.window.sidebar
    for text, sentence in (
        ("before:soon", "“soon” is not a day. Write it as in before:"),
        ("role:cat", "role:assistant"),
        ("tag:none", "No conversation has the tag “none”."),
        ("folder:none one", "There is no folder “none”."),
        ("model:none", "No answer is from a model called “none”. There is: Scripted."),
    ):
        assert search(desk, text) == []
        assert sentence in sidebar._empty.text()
    search(desk, "one")
    assert not sidebar._empty.isVisible()


def test_filters_find(desk: Desk) -> None:
    one, two = talk(desk, "one thing", "another thing")
    arranging = desk.session.history.arranging
    arranging.move(one, "Work things")
    arranging.mark(one, ("home", "plan"), "")
    arranging.archive(two, True)
    for text, found in (
        ("thing folder:work", ["one thing"]),
        ('folder:"work things"', ["one thing"]),
        ("tag:plan tag:ho", ["one thing"]),
        ("thing after:today role:user", ["another thing", "one thing"]),
        ("thing before:today", []),
    ):
        search(desk, text)
        assert sorted(titles(desk)) == sorted(found)


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_hint_and_the_offers(desk: Desk) -> None:
    talk(desk, "one")
    desk.session.history.arranging.mark(desk.session.conversation.id, ("plans",), "")
    field = desk.window.sidebar.search
    desk.trigger("search")
    assert desk.window.sidebar._hint.isVisible()
    desk.qtbot.keyClicks(field, "ta")
    completer = field.completer()
    assert completer is not None
    popup = completer.popup()
    assert popup.isVisible()
    desk.qtbot.keyClick(popup, Qt.Key.Key_Down)
    desk.qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert field.text() == "tag:"
    desk.qtbot.waitUntil(popup.isVisible)
    desk.qtbot.keyClick(popup, Qt.Key.Key_Down)
    desk.qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert field.text() == "tag:plans "
    assert not popup.isVisible()
    desk.qtbot.waitUntil(lambda: titles(desk) == ["one"])
    field.clear()
    desk.qtbot.keyClicks(field, "ro")
    assert popup.width() >= popup.sizeHintForColumn(0)
    desk.qtbot.keyClicks(popup, "le:")  # a window that pops up is given all keys
    assert popup.model().rowCount() > 1
    assert not popup.verticalScrollBar().isVisible()
    desk.qtbot.keyClicks(popup, "us")
    assert field.text() == "role:us"
    assert popup.isVisible()
    desk.qtbot.keyClick(popup, Qt.Key.Key_Return)  # nothing was chosen: it is no more than typed
    assert field.text() == "role:us"
    assert not popup.isVisible()
    desk.window.composer.setFocus()
    assert not desk.window.sidebar._hint.isVisible()
