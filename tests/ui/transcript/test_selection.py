"""Selecting across messages, copying what is read, clicking links and code, bad texts, screen readers."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from app.ui.theme import DARK, LIGHT
from app.ui.transcript import Transcript
from app.ui.transcript.code import CodePiece
from app.ui.transcript.pointer import word_at
from app.ui.transcript.selection import END, Selection
from app.ui.transcript.wide import TablePiece
from tests.ui.transcript.conftest import entry, talk


def point_of(view: Transcript, row: int, piece: int, position: int) -> QPoint:
    """Where a position in the text is on the viewport."""
    top = view.reading.top_of(row)
    assert top is not None
    line = view.row(row).line_of(piece, position)
    return QPoint(view.left + line.left(), top + line.center().y())


def drag(view: Transcript, qtbot: QtBot, start: QPoint, end: QPoint) -> None:
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    view.pointer._drag_to(end)
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end)


def test_dragging_across_messages(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(1, "Hello 😀 world"), entry(2, "An **answer**.\n\n- one\n- two 😀 end")], key=1)
    drag(view, qtbot, point_of(view, 0, 0, 6), point_of(view, 1, 2, 6))
    assert view.selected_text() == "😀 world\n\nAn answer.\n\n• one\n• two 😀"
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == view.selected_text()
    drag(view, qtbot, point_of(view, 1, 2, 6), point_of(view, 0, 0, 6))
    assert view.selected_text().startswith("😀 world")


def test_double_click_selects_a_word(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(2, "😀 some words here")], key=1)
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point_of(view, 0, 0, 10))
    assert view.selected_text() == "words"
    assert word_at("a bc", 3) == (2, 4)


def test_shift_click_extends(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(2, "some words here")], key=1)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point_of(view, 0, 0, 5))
    qtbot.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, point_of(view, 0, 0, 10)
    )
    assert view.selected_text() == "words"


def test_all_is_selected_without_laying_it_out(view: Transcript) -> None:
    view.show_entries(talk(300), key=1)
    view.keys.select_all()
    text = view.selected_text()
    assert text.startswith("Question 1?\n\nAnswer 2. Some words")
    assert text.endswith("And an end.")
    assert view.selection == Selection((0, 0, 0), (299, END, END))


@pytest.mark.parametrize(
    ("text", "position", "selected"),
    [
        ("one 😀 two\nthree", 4, "one 😀 two\nthree"),
        ("```\nfirst\nthe 😀 second\nthird\n```", 14, "the 😀 second"),
        ("|a|b|\n|-|-|\n|😀 one|two 😀|", 12, "two 😀"),
    ],
    ids=["paragraph", "code", "table"],
)
def test_a_third_click_selects_the_paragraph(
    view: Transcript, qtbot: QtBot, text: str, position: int, selected: str
) -> None:
    view.show_entries([entry(2, text)], key=1)
    point, left = point_of(view, 0, 0, position), Qt.MouseButton.LeftButton
    qtbot.mouseDClick(view.viewport(), left, pos=point)
    assert 0 < len(view.selected_text()) < len(selected)
    qtbot.mousePress(view.viewport(), left, pos=point)
    qtbot.mouseMove(view.viewport(), point + QPoint(2, 0))
    qtbot.mouseRelease(view.viewport(), left, pos=point)
    assert view.selected_text() == selected
    qtbot.mouseClick(view.viewport(), left, pos=point)
    assert not view.selection


def test_code_and_tables_are_selected_as_text(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(2, "```\nfirst 😀\nsecond\n```\n\n|a|b|\n|-|-|\n|one|two|")], key=1)
    drag(view, qtbot, point_of(view, 0, 0, 6), point_of(view, 0, 0, 12))
    assert view.selected_text() == "😀\nsec"
    drag(view, qtbot, point_of(view, 0, 1, 4), point_of(view, 0, 1, 11))
    assert view.selected_text() == "one\ttwo"


@pytest.mark.parametrize(
    ("address", "opens"), [("https://a.example", True), ("mailto:a@b.example", True), ("ftp://a.example", False)]
)
def test_links_open_through_the_signal_only(view: Transcript, qtbot: QtBot, address: str, opens: bool) -> None:
    view.show_entries([entry(2, f"see [this]({address})")], key=1)
    point = point_of(view, 0, 0, 6)
    assert view.row(0).link_at(point - QPoint(view.left, view.reading.top_of(0) or 0)) == address
    opened: list[str] = []
    view.link_opened.connect(opened.append)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert opened == ([address] if opens else [])


def test_code_is_copied_by_its_button_and_scrolls_sideways(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(2, "```py\n" + "x" * 300 + "\n```")], key=1)
    item = view.row(0).placed[0]
    assert isinstance(item.piece, CodePiece)
    origin = QPoint(view.left + item.x, (view.reading.top_of(0) or 0) + item.y)
    qtbot.mouseMove(view.viewport(), origin + QPoint(50, 50))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=origin + item.piece.buttons()[0][1].center())
    assert QGuiApplication.clipboard().text() == "x" * 300
    assert item.piece.overflow > 0
    assert item.piece.scroll_by(10_000)
    assert item.piece.shift == item.piece.overflow
    assert not item.piece.scroll_by(1)


def test_wide_tables(view: Transcript) -> None:
    head = "|" + "|".join(f"column number {n}" for n in range(30)) + "|\n|" + "-|" * 30 + "\n|" + "value|" * 30
    view.show_entries([entry(2, head), entry(4, "|a|b|\n|-|-|\n|short|" + "long words " * 60 + "|")], key=1)
    wide, wrapped = view.row(0).placed[0].piece, view.row(1).placed[0].piece
    assert isinstance(wide, TablePiece)
    assert isinstance(wrapped, TablePiece)
    assert wide.overflow > 0
    assert wrapped.overflow == 0
    assert wrapped.height > 100


BAD = {
    "nothing": "",
    "spaces": "  \n \n",
    "nul": "a\x00b\x07",
    "surrogates": "a\ud800 b\udfff \ud83d\ude00",
    "long word": "x" * 50_000,
    "long line of code": "```\n" + "y" * 100_000 + "\n```",
    "megabyte": "line of words\n" * 75_000,
    "megabyte in a line": "word " * 200_000,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈" * 500,
    "right to left": "שלום עולם **مرحبا** " * 50,
    "marks": "a" + "\u0301" * 5_000,
    "empty table": "||\n|-|\n||",
    "empty items": "-\n-\n  -\n1.",
    "empty fence": "```\n```",
    "quotes": ">" * 5_000,
    "many lines of code": "```\n" + "z = 1\n" * 20_000 + "```",
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("number", [1, 2])
def test_bad_texts_are_shown(view: Transcript, name: str, number: int) -> None:
    view.show_entries([entry(number, BAD[name])], key=name)
    view.grab()
    view.show_start()
    for _ in range(5):
        view.scroll_by(500)
        view.grab()
    view.keys.select_all()
    view.selected_text().encode()
    view.copy(BAD[name])
    assert len(view.items) == 1 or len(BAD[name]) > 20_000


def test_bad_texts_grow(view: Transcript) -> None:
    for number, text in enumerate(BAD.values()):
        if len(text) > 60_000:
            continue
        view.show_entries([entry(2 * number + 2, status="streaming")], key=number)
        for start in range(0, len(text), max(1, len(text) // 5)):
            view.grow(2 * number + 2, text[start : start + max(1, len(text) // 5)])
            view.frames.show_frame()
            view.grab()
        view.change_entry(entry(2 * number + 2, text))
        view.grab()


def test_theme_and_zoom_change_colours_and_sizes(view: Transcript, pixels: Callable[..., QImage]) -> None:
    view.show_entries([entry(1, "Q"), entry(2, "An answer")], key=1)
    assert pixels().pixelColor(2, 2).name() == LIGHT.window
    height = view.row(1).height
    view.set_theme(DARK, 200)
    assert pixels().pixelColor(2, 2).name() == DARK.window
    assert view.row(1).height > 1.7 * height


def test_right_to_left_text_begins_at_the_right(view: Transcript) -> None:
    view.show_entries([entry(1, "שלום"), entry(2, "שלום עולם"), entry(4, "left")], key=1)
    starts = [view.row(index).line_of(0, 0).x() for index in range(3)]
    assert starts[0] > view.column * 0.9
    assert starts[1] > view.column * 0.9
    assert starts[2] == 0


def test_a_question_from_right_to_left_has_a_card_of_its_size(view: Transcript) -> None:
    view.show_entries([entry(1, "שלום"), entry(3, "שלום עולם\nשלום")], key=1)
    for row in (view.row(0), view.row(1)):
        assert row.card.width() < view.column / 4
        assert row.card.right() + 1 == view.column
        assert row.card.left() < row.line_of(0, 0).x() < row.card.right()


def test_code_begins_at_the_left_whatever_it_says(view: Transcript) -> None:
    view.show_entries([entry(2, '```python\n# שלום\nprint("שלום")\n```')], key=1)
    for position in (0, 7):
        assert view.row(0).line_of(0, position).x() < 30


def test_a_table_from_right_to_left_begins_at_the_right(view: Transcript) -> None:
    view.show_entries([entry(2, "|אחד|שתיים|שלוש|\n|-|-|-|\n|a|b|ג|\n")], key=1)
    (item,) = view.row(0).placed
    assert item.rect.right() + 1 == view.column
    cells = [item.piece.text.index(word) for word in ("אחד", "שתיים", "שלוש")]
    places = [item.piece.line_at(at) for at in cells]
    assert places[0].x() > places[1].x() > places[2].x()
    for at, place in zip(cells, places, strict=True):
        assert item.piece.position_at(place.x(), place.center().y()) == at


def test_a_wide_table_from_right_to_left_shows_its_beginning(view: Transcript) -> None:
    head = "|" + "עמודה ארוכה מאוד|" * 20 + "\n" + "|-" * 20 + "|\n"
    view.show_entries([entry(2, head + "|" + "תא|" * 20)], key=1)
    piece = view.row(0).placed[0].piece
    assert isinstance(piece, TablePiece)
    assert piece.shift == piece.overflow > 0
    assert 0 < piece.line_at(0).x() < piece.width


def test_prompt_progress_and_caret_are_painted(view: Transcript, pixels: Callable[..., QImage]) -> None:
    view.show_entries([entry(1, "Q"), entry(2, status="streaming")], key=1)
    empty = pixels()
    view.show_prompt_progress(2, 40, 100)
    view.frames.show_frame()
    assert pixels() != empty
    view.grow(2, "word")
    view.frames.show_frame()
    assert view.row(1).placed


def test_screen_readers_find_every_message(view: Transcript) -> None:
    view.show_entries([entry(1, "Q"), entry(2, "**A**", model="Guide", status="stopped")], key=1)
    found = QAccessible.queryAccessibleInterface(view)
    assert found.role() == QAccessible.Role.List
    assert found.text(QAccessible.Text.Name) == "Conversation"
    assert found.childCount() == 2
    names = [found.child(n).text(QAccessible.Text.Name) for n in range(2)]
    assert names == ["You: Q", "Guide: A"]
    assert found.child(1).text(QAccessible.Text.Description) == "Stopped"
    assert found.child(0).rect().height() > 0
    assert found.childAt(found.child(1).rect().center().x(), found.child(1).rect().center().y()) is found.child(1)


def test_benchmark_streams(qtbot: QtBot) -> None:
    """The benchmark's own texts go through the transcript; its figures are not judged here."""
    from tests.benchmarks.transcript_stream import KINDS, message, tokens

    view = Transcript()
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.show()
    for number, (kind, text) in enumerate(KINDS.items(), 1):
        view.show_entries([entry(number, role="assistant", status="streaming")], key=kind)
        pieces = tokens(text, 200)
        for piece in pieces:
            view.grow(number, piece)
        view.frames.show_frame()
        view.change_entry(entry(number, message(number, "assistant", "".join(pieces)).text, role="assistant"))
        assert view.row(0).placed
